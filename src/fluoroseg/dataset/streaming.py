"""Data sets read from front to back, shard by shard: for network folders, where random access is slow."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fluoroseg.dataset.description import listed_shards, read_description
from fluoroseg.dataset.reading import folders
from fluoroseg.dataset.sample import Sample, unpack
from fluoroseg.dataset.shards import members, open_shard, read_at
from fluoroseg.errors import ReadError, UsageError


def stream(
    path: str | Path | Sequence[str | Path],
    transform: Callable[[Sample], Any] | None = None,
    part: tuple[int, int] = (0, 1),
    seed: int | None = None,
    buffer: int = 256,
) -> Iterator[Any]:
    """The samples of one or several data sets, each shard read once, in the order of its bytes.

    part: `(i, n)`: only every n-th shard from the i-th on, for worker i of n; all parts together give
        every sample once.
    seed: None: in order. A number: shards in random order, samples drawn from a `buffer` that is kept filled
        (packed: about 150 kB each); the same seed gives the same order. Take another for each epoch.
    Needs `dataset.json` but not the index, so that data sets of any length begin at once.
    Raises ReadError for what is damaged, UsageError for a part that is none.
    """
    number, parts = part
    if not 0 <= number < parts or buffer < 1 or (seed is not None and seed < 0):
        raise UsageError(
            f"part {part}, buffer {buffer}, seed {seed}: expected (i, n) with i < n, 1 or more, 0 up"
        )
    shards = [f / name for f in folders(path) for name in listed_shards(read_description(f))]
    if seed is not None:
        order = np.random.default_rng([seed, 0]).permutation(len(shards))
        shards = [shards[i] for i in order]
    return _stream(shards[number::parts], transform, seed, number, buffer)


def _stream(
    shards: list[Path],
    transform: Callable[[Sample], Any] | None,
    seed: int | None,
    number: int,
    buffer: int,
) -> Iterator[Any]:
    packed: Iterator[_Packed] = (one for shard in shards for one in _packed(shard))
    if seed is not None:
        packed = _shuffled(packed, np.random.default_rng([seed, 1, number]), buffer)
    for record, image, key, where in packed:
        sample = unpack(record, image, key, where)
        yield sample if transform is None else transform(sample)


_Packed = tuple[bytes, bytes, str, str]


def _packed(shard: Path) -> Iterator[_Packed]:
    """Record, image, key and place of every sample of a shard; its two files stand one after the other."""
    waiting: dict[str, bytes] = {}
    with open_shard(shard) as file:
        for key, suffix, offset, size in members(file, shard.name):
            where = f"{shard}: {key}"
            waiting[suffix] = read_at(file, (offset, size), where)
            if suffix == "png":
                if len(waiting) != 2:
                    raise ReadError(f"{where}: the record does not stand before the image")
                yield waiting["json"], waiting["png"], key, where
                waiting = {}
    if waiting:
        raise ReadError(f"{shard}: the last sample has no image")


def _shuffled(packed: Iterator[_Packed], rng: np.random.Generator, buffer: int) -> Iterator[_Packed]:
    held: list[_Packed] = []
    for one in packed:
        if len(held) < buffer:
            held.append(one)
            continue
        at = int(rng.integers(buffer))
        out, held[at] = held[at], one
        yield out
    for i in rng.permutation(len(held)):
        yield held[i]
