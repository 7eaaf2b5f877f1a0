"""Several data sets -> one, without making any picture again."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fluoroseg import __version__
from fluoroseg.dataset import record as records
from fluoroseg.dataset.description import FORMAT, listed_shards, read_description, write_json
from fluoroseg.dataset.files import new_folder, read_bytes
from fluoroseg.dataset.index import Entry, write_index
from fluoroseg.dataset.shards import (
    Packed,
    members,
    open_shard,
    read_at,
    scan_shard,
    shard_name,
    write_shard,
)
from fluoroseg.errors import ReadError, UsageError


def merge(sources: Sequence[str | Path], out: str | Path) -> int:
    """Copies all samples into the new data set `out`, and returns their number.

    Keys are numbered anew, so that they are unique; a record's `source` tells the number of its set and its
    key there, `dataset.json` the sets (`sources`: name, plan, seed, versions, checksum). Images are
    copied byte for byte. Raises UsageError for fewer than two sources, one named twice, or an `out` that
    exists and is not empty; ReadError for a set that is broken or not finished.
    """
    folders = [Path(source) for source in sources]
    if len(folders) < 2 or len({folder.resolve() for folder in folders}) != len(folders):
        raise UsageError("name two or more different data sets to merge")
    told = [read_description(folder) for folder in folders]
    for folder in folders:
        if not (folder / "index.jsonl").exists():
            raise ReadError(f"{folder}: generation was not finished; go on with --resume first")
    entries: list[Entry] = []
    infos: list[dict[str, Any]] = []
    with new_folder(out) as draft:
        for number, (folder, description) in enumerate(zip(folders, told, strict=True)):
            for shard in listed_shards(description):
                path = draft / shard_name(len(infos))
                write_shard(path, _renamed(folder / shard, number, len(entries)))
                info, there = scan_shard(path)
                infos.append(asdict(info))
                entries += there
        write_index(draft, entries)
        write_json(draft / "dataset.json", _description(folders, told, infos, len(entries)))
    return len(entries)


def _renamed(shard: Path, source: int, first: int) -> list[Packed]:
    """A shard's samples under new keys, numbered from `first` on."""
    waiting: dict[str, dict[str, bytes]] = {}
    with open_shard(shard) as file:
        for key, suffix, offset, size in members(file, str(shard)):
            waiting.setdefault(key, {})[suffix] = read_at(file, (offset, size), f"{shard}: {key}")
    samples = []
    for number, (key, parts) in enumerate(waiting.items(), start=first):
        where = f"{shard}: {key}"
        if len(parts) != 2:
            raise ReadError(f"{where}: has only its {next(iter(parts))} file")
        record = records.load(parts["json"], where)
        if record["key"] != key:
            raise ReadError(f"{where}: the record belongs to {record['key']!r}")
        earlier = {"source": record["source"]} if "source" in record else {}
        record |= {"key": f"{number:08d}", "source": {"set": source, "key": key, **earlier}}
        samples.append(Packed(record["key"], parts["png"], records.dump(record)))
    return samples


def _description(
    folders: list[Path], told: list[dict[str, Any]], infos: list[dict[str, Any]], images: int
) -> dict[str, Any]:
    """`dataset.json`; of the sources only what is in them, not where they lay."""
    kept = ("images", "complete", "plan", "seed", "versions", "sources")
    sources = [
        {"name": folder.resolve().name}
        | {key: content[key] for key in kept if key in content}
        | {"sha256": hashlib.sha256(read_bytes(folder / "dataset.json")).hexdigest()}
        for folder, content in zip(folders, told, strict=True)
    ]
    return {
        "format": FORMAT,
        "complete": all(content.get("complete") is True for content in told),
        "images": images,
        "intensity": "transmission = exp(value / 5000 - 12)",
        "plan": None,
        "versions": {"fluoroseg": __version__},
        "sources": sources,
        "shards": infos,
    }
