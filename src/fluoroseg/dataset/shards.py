"""Tar shards on disk: written whole or not at all, the same bytes for the same samples.

A data set is a folder:

    shard-000000.tar ...   <key>.json and <key>.png of each sample, in key order
    index.jsonl            one line a sample: where it is, and enough to choose by
    dataset.json           plan, seed, versions, sha-256 of every shard

The tar headers are plain ustar with nothing of the machine in them, so WebDataset and `tar` read them.
"""

import hashlib
import io
import os
import re
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fluoroseg.dataset import record as records
from fluoroseg.dataset.description import FORMAT, write_json
from fluoroseg.dataset.files import atomic
from fluoroseg.dataset.index import MAX_MEMBER_BYTES, Entry, entry_of, write_index, write_lines
from fluoroseg.dataset.intensity import encode_png
from fluoroseg.errors import LimitError, ReadError
from fluoroseg.scene import Shot

__all__ = [
    "FORMAT",
    "Entry",
    "Packed",
    "ShardInfo",
    "members",
    "open_shard",
    "pack",
    "read_at",
    "scan_shard",
    "shard_name",
    "write_index",
    "write_json",
    "write_lines",
    "write_shard",
]
_BLOCK = 512
_MEMBER = re.compile(r"([A-Za-z0-9_-]{1,80})\.(json|png)")


@dataclass(frozen=True)
class ShardInfo:
    """A shard as `dataset.json` lists it."""

    name: str
    sha256: str
    bytes: int
    samples: int


@dataclass(frozen=True)
class Packed:
    """A sample as it goes into a shard."""

    key: str
    image: bytes
    record: bytes


def pack(shot: Shot, record: dict[str, Any]) -> Packed:
    """Image and record of one exposure -> bytes."""
    return Packed(record["key"], encode_png(shot.image), records.dump(record))


def shard_name(number: int) -> str:
    return f"shard-{number:06d}.tar"


def write_shard(path: Path, samples: Iterable[Packed]) -> None:
    """All samples, in key order, under a temporary name; flushed to disk, then renamed."""
    with atomic(path) as file, tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for sample in sorted(samples, key=lambda s: s.key):
            for suffix, data in (("json", sample.record), ("png", sample.image)):
                member = tarfile.TarInfo(f"{sample.key}.{suffix}")
                member.size, member.mode = len(data), 0o644
                tar.addfile(member, io.BytesIO(data))


def scan_shard(path: Path) -> tuple[ShardInfo, list[Entry]]:
    """What a shard holds, read from the shard itself. Raises ReadError when it is broken."""
    entries = []
    with open_shard(path) as file:
        for key, places in _samples(file, path.name):
            where = f"{path.name}: {key}"
            record = records.load(read_at(file, places["json"], where), where)
            if record["key"] != key:
                raise ReadError(f"{where}: the record belongs to {record['key']!r}")
            entries.append(entry_of(path.name, places["png"], places["json"], record))
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        size = file.tell()
    return ShardInfo(path.name, digest, size, len(entries)), entries


def open_shard(path: Path) -> io.BufferedReader:
    """A shard for reading. Raises ReadError."""
    try:
        return path.open("rb")
    except OSError as e:
        raise ReadError(f"{path}: the shard cannot be read: {e.strerror}") from None


def read_at(file: io.BufferedReader, place: tuple[int, int], where: str) -> bytes:
    """`place = (offset, size)` in bytes. Raises ReadError when the shard is shorter."""
    file.seek(place[0])
    data = file.read(place[1])
    if len(data) != place[1]:
        raise ReadError(f"{where}: {file.name} is cut off")
    return data


def members(file: io.BufferedReader, where: str) -> Iterator[tuple[str, str, int, int]]:
    """`(key, suffix, offset, size)` of every member of a ustar archive of ours.

    Strict: plain files with plain names only, so that nothing in a shard can point out of it.
    """
    end, offset = os.fstat(file.fileno()).st_size, 0
    while True:
        file.seek(offset)
        header = file.read(_BLOCK)
        if len(header) < _BLOCK:
            raise ReadError(f"{where}: the shard ends in the middle (byte {offset})")
        if not any(header):
            return
        key, suffix, size = _parse_header(header, f"{where}: byte {offset}")
        offset += _BLOCK
        if offset + size > end:
            raise ReadError(f"{where}: {key}.{suffix} is cut off")
        yield key, suffix, offset, size
        offset += -(-size // _BLOCK) * _BLOCK


def _parse_header(header: bytes, where: str) -> tuple[str, str, int]:
    """Key, suffix and size of a tar header."""
    try:
        total = int(header[148:156].strip(b" \0"), 8)
        size = int(header[124:136].strip(b" \0"), 8)
        name = header[:100].rstrip(b"\0").decode("ascii")
    except (ValueError, UnicodeDecodeError):
        raise ReadError(f"{where}: not a tar header") from None
    if total != sum(header[:148]) + 8 * 32 + sum(header[156:]):
        raise ReadError(f"{where}: the tar header's checksum is wrong")
    match = _MEMBER.fullmatch(name)
    if match is None or header[156:157] != b"0" or any(header[345:500]):
        raise ReadError(f"{where}: expected a plain file <key>.json or <key>.png, found {name!r}")
    if not 0 <= size <= MAX_MEMBER_BYTES:
        raise LimitError(f"{where}: {name} claims {size} bytes, more than the {MAX_MEMBER_BYTES} read")
    return match[1], match[2], size


def _samples(file: io.BufferedReader, where: str) -> Iterator[tuple[str, dict[str, tuple[int, int]]]]:
    """Key and places of the two files of each sample."""
    samples: dict[str, dict[str, tuple[int, int]]] = {}
    for key, suffix, offset, size in members(file, where):
        places = samples.setdefault(key, {})
        if suffix in places:
            raise ReadError(f"{where}: {key}.{suffix} is there twice")
        places[suffix] = (offset, size)
    for key, places in samples.items():
        if len(places) != 2:
            raise ReadError(f"{where}: {key} has only its {next(iter(places))} file")
        yield key, places
