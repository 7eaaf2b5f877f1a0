"""Reads all of a data set and names everything in it that is damaged."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fluoroseg.dataset import record as records
from fluoroseg.dataset import rle
from fluoroseg.dataset.description import damage, listed_shards, read_description
from fluoroseg.dataset.index import read_index
from fluoroseg.dataset.intensity import decode_png
from fluoroseg.dataset.shards import Entry, open_shard, read_at, scan_shard
from fluoroseg.errors import ReadError


@dataclass(frozen=True)
class Problem:
    """A damaged place: `shard` and `key` are empty where the data set as a whole is meant."""

    shard: str
    key: str
    problem: str


def verify(folder: Path) -> tuple[int, list[Problem]]:
    """Number of sound samples, and every problem found.

    Hashes every shard, parses every record, unpacks every image and mask, and holds records, index and
    `dataset.json` against each other. Raises ReadError only when the folder is no finished data set.
    """
    description = read_description(folder)
    listed = listed_shards(description)
    index: dict[str, list[Entry]] = {}
    for entry in read_index(folder):
        index.setdefault(entry.shard, []).append(entry)
    sound, problems = 0, [Problem("", "", told) for told in damage(folder, description)]
    count = sum(map(len, index.values()))
    if description.get("images") != count:
        told = f"dataset.json tells of {description.get('images')!r} images, the index of {count}"
        problems.append(Problem("", "", told))
    on_disk = {path.name for path in folder.glob("shard-*.tar")}
    for name in sorted(listed.keys() | index.keys() | on_disk):
        if name not in listed:
            problems.append(Problem(name, "", "the shard is not listed in dataset.json"))
            continue
        found = list(_check_shard(folder / name, listed[name], index.get(name, [])))
        problems += found
        damaged = {p.key for p in found if p.key}
        whole = all(p.key or p.problem == _HASH for p in found)
        sound += sum(e.key not in damaged for e in index.get(name, [])) if whole else 0
    return sound, problems


_HASH = "the sha-256 is not the one in dataset.json"


def _check_shard(path: Path, listed: dict[str, Any], entries: list[Entry]) -> Iterator[Problem]:
    try:
        info, there = scan_shard(path)
    except ReadError as e:
        yield Problem(path.name, "", str(e))
        yield from _check_samples(path, entries)
        return
    if info.sha256 != listed.get("sha256"):
        yield Problem(path.name, "", _HASH)
    elif asdict(info) != listed:
        yield Problem(path.name, "", "dataset.json tells another size or number of samples")
    if there != entries:
        yield Problem(path.name, "", "index.jsonl does not tell what the shard holds")
    yield from _check_samples(path, there)


def _check_samples(path: Path, entries: list[Entry]) -> Iterator[Problem]:
    try:
        file = open_shard(path)
    except ReadError:
        return  # told already
    with file:
        for entry in entries:
            where = f"{path.name}: {entry.key}"
            try:
                record = records.load(read_at(file, entry.record, where), where)
                image = decode_png(read_at(file, entry.image, where), where)
                _check_sample(record, image.shape, where)
            except ReadError as e:
                yield Problem(path.name, entry.key, str(e))


def _check_sample(record: dict[str, Any], shape: tuple[int, ...], where: str) -> None:
    """Masks against image, boxes and areas."""
    if shape != (record["height"], record["width"]):
        raise ReadError(f"{where}: the image has {shape} pixels, the record says otherwise")
    for item in record["objects"]:
        mask = rle.decode(item["segmentation"])
        if np.count_nonzero(mask) != item["area"] or records.box(mask) != item["bbox"]:
            raise ReadError(f"{where}: area or box of {item['name']!r} is not that of its mask")


def as_record(sound: int, problems: list[Problem]) -> dict[str, Any]:
    """JSON-able account of a check."""
    return {"ok": not problems, "sound": sound, "problems": [asdict(p) for p in problems]}
