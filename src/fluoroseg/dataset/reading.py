"""Random access to data sets of shards, without unpacking them."""

import os
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np

from fluoroseg.dataset.description import read_description
from fluoroseg.dataset.index import Entry, read_index
from fluoroseg.dataset.sample import Masks, Sample, unpack
from fluoroseg.errors import ReadError, UsageError

__all__ = ["Dataset", "Masks", "Sample", "read_description", "read_index"]
_MAX_OPEN = 64


class Dataset:
    """The samples of a folder that `fluoroseg generate` wrote, or of several one after the other, by number.

    `transform` is called with each Sample, and its answer is given instead. Can be pickled and used in
    the workers of a torch DataLoader: shards are opened when first read, by each process for itself.
    `descriptions` holds the `dataset.json` of each folder, `entries` the index of all.
    Raises ReadError when a folder is no complete data set, or a sample is damaged.
    """

    def __init__(
        self, path: str | Path | Sequence[str | Path], transform: Callable[[Sample], Any] | None = None
    ) -> None:
        self.paths = folders(path)
        self.transform = transform
        self.descriptions = [read_description(folder) for folder in self.paths]
        indexes = [read_index(folder) for folder in self.paths]
        self.entries: list[Entry] = [entry for index in indexes for entry in index]
        self._ends = np.array(list(accumulate(map(len, indexes))), dtype=np.int64)
        self._open: dict[Path, int] = {}

    def __len__(self) -> int:
        return len(self.entries)

    def __getitem__(self, number: int) -> Any:
        sample = self.sample(number)
        return sample if self.transform is None else self.transform(sample)

    def sample(self, number: int) -> Sample:
        """The sample itself, whatever the transform."""
        entry, folder = self.entries[number], self.folder_of(number)
        where = f"{folder}: {entry.key}"
        shard = folder / entry.shard
        return unpack(self._read(shard, entry.record, where), self._read(shard, entry.image, where),
                      entry.key, where)  # fmt: skip

    def record_bytes(self, number: int) -> bytes:
        """The JSON of a sample, without looking at its picture; `fluoroseg.dataset.record.load` reads it."""
        entry, folder = self.entries[number], self.folder_of(number)
        return self._read(folder / entry.shard, entry.record, f"{folder}: {entry.key}")

    def folder_of(self, number: int) -> Path:
        """The data set that a sample is in."""
        at = number if number >= 0 else number + len(self)
        return self.paths[int(np.searchsorted(self._ends, at, side="right"))]

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_open": {}}

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        """Closes the shards; the next look-up opens them again."""
        for handle in self.__dict__.pop("_open", {}).values():
            os.close(handle)
        self._open = {}

    def _read(self, shard: Path, place: tuple[int, int], where: str) -> bytes:
        """`place = (offset, size)` of a shard. `pread` leaves no position to fight over."""
        try:
            if shard not in self._open:
                if len(self._open) >= _MAX_OPEN:
                    self.close()
                self._open[shard] = os.open(shard, os.O_RDONLY)
            data = os.pread(self._open[shard], place[1], place[0])
        except OSError as e:
            raise ReadError(f"{where}: {shard.name} cannot be read: {e.strerror}") from None
        if len(data) != place[1]:
            raise ReadError(f"{where}: {shard.name} is cut off")
        return data


def folders(path: str | Path | Sequence[str | Path]) -> list[Path]:
    """One or several folders as a list. Raises UsageError for none."""
    listed = [path] if isinstance(path, str | Path) else list(path)
    if not listed:
        raise UsageError("name at least one data set folder (made by `fluoroseg generate`)")
    return [Path(folder) for folder in listed]
