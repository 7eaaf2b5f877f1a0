"""Ways to damage files."""

import gzip
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from damage_samples import TARGETS, Sample, whole


def damaged(kind: str, folder: Path, rng: np.random.Generator) -> Sample:
    """A sample of a kind, one or a few of its files damaged, written below `folder`."""
    files = dict(whole(kind))
    targets = [path for path in files if path.startswith(TARGETS[kind])]
    for _ in range(1 + int(rng.random() < 0.2)):
        target = targets[rng.integers(len(targets))]
        files[target] = damage(files[target], target.endswith(".gz"), rng)
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    labels = folder / "seg.dcm" if "seg.dcm" in files else None
    return Sample(folder / "p" / "ct.dcm" if kind == "enhanced" else folder / "p", labels)


def damage(data: bytes, gzipped: bool, rng: np.random.Generator) -> bytes:
    """One or two mutations; of a compressed file most of them inside, with a right checksum."""
    inside = gzipped and rng.random() < 0.7
    try:
        data = gzip.decompress(data) if inside else data
    except (OSError, EOFError, zlib.error):
        inside = False
    for _ in range(rng.integers(1, 3)):
        data = MUTATIONS[rng.integers(len(MUTATIONS))](data, rng)
    return gzip.compress(data, 1) if inside else data


def flip_bytes(data: bytes, rng: np.random.Generator) -> bytes:
    out = bytearray(data)
    for _ in range(rng.integers(1, 9)):
        if out:
            out[_near_start(len(out), rng)] = rng.integers(256)
    return bytes(out)


def truncate(data: bytes, rng: np.random.Generator) -> bytes:
    return data[: rng.integers(len(data) + 1)]


def swap_chunks(data: bytes, rng: np.random.Generator) -> bytes:
    a, b, c = sorted(int(n) for n in rng.integers(0, len(data) + 1, 3))
    return data[:a] + data[b:c] + data[a:b] + data[c:]


def repeat_chunk(data: bytes, rng: np.random.Generator) -> bytes:
    a, b = sorted(int(n) for n in rng.integers(0, len(data) + 1, 2))
    return data[:b] + data[a:b][:4096] * int(rng.integers(1, 50)) + data[b:]


def huge_number(data: bytes, rng: np.random.Generator) -> bytes:
    """Somewhere near the header a number becomes as large, as small or as odd as it can."""
    odd = [
        b"\xff\xff\xff\x7f",
        b"\0\0\0\x80",
        b"\xff\xff\xff\xff",
        b"\0\0\x80\x7f",
        b"\0\0\xc0\x7f",
        b"\xff\x7f",
    ]
    at = _near_start(len(data), rng)
    new = odd[rng.integers(len(odd))]
    return data[:at] + new + data[at + len(new) :]


def huge_text(data: bytes, rng: np.random.Generator) -> bytes:
    """A digit somewhere becomes a long or odd number."""
    digits = [n for n, byte in enumerate(data[:20_000]) if 48 <= byte < 58]
    if not digits:
        return data
    at = digits[rng.integers(len(digits))]
    odd = [b"1e999", b"-1", b"nan", b"99999999999999999999", b"0", b"1.5", b"[" * 5000, b'"' * 3]
    return data[:at] + odd[rng.integers(len(odd))] + data[at + 1 :]


def nest(data: bytes, rng: np.random.Generator) -> bytes:
    """Openings without end, as text and as DICOM's sequences and items."""
    deep = [
        b"[" * 50_000,
        b'{"a":' * 20_000,
        b"\x08\x00\x15\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff" * 3000,
    ]
    at = _near_start(len(data), rng)
    return data[:at] + deep[rng.integers(len(deep))] + data[at:]


def bomb(data: bytes, rng: np.random.Generator) -> bytes:
    """Zeros without end, in the file or squeezed."""
    zeros = b"\0" * int(rng.integers(1, 1 << 22))
    return [data + zeros, gzip.compress(data + zeros * 20, 1), zeros][rng.integers(3)]


MUTATIONS: list[Callable[[bytes, np.random.Generator], bytes]] = [
    flip_bytes, flip_bytes, flip_bytes, flip_bytes, truncate, swap_chunks, repeat_chunk, huge_number,
    huge_number, huge_text, huge_text, nest, bomb,
]  # fmt: skip


def _near_start(length: int, rng: np.random.Generator) -> int:
    """A place in a file, three times of four in its first 2 kB."""
    return int(rng.integers(max(1, min(length, 2000) if rng.random() < 0.75 else length)))
