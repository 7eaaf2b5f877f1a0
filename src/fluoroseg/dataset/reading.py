"""Random access to a data set of shards, without unpacking it."""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from fluoroseg.dataset import record as records
from fluoroseg.dataset import rle
from fluoroseg.dataset.description import read_description
from fluoroseg.dataset.index import read_index
from fluoroseg.dataset.intensity import decode_png
from fluoroseg.errors import ReadError

_MAX_OPEN = 64


class Masks(Mapping[str, Bool[np.ndarray, "h w"]]):
    """Name -> mask; each is unpacked when it is asked for."""

    def __init__(self, objects: list[dict[str, Any]]) -> None:
        self._packed = {o["name"]: o["segmentation"] for o in objects}

    def __getitem__(self, name: str) -> Bool[np.ndarray, "h w"]:
        return rle.decode(self._packed[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._packed)

    def __len__(self) -> int:
        return len(self._packed)


@dataclass(frozen=True)
class Sample:
    """One X-ray of a data set.

    image: float32 `[row, column]`, transmitted energy fraction (1 = open air).
    masks: structure or tool name -> bool silhouette; unpacked at each look-up.
    record: everything that is known about it (`fluoroseg.dataset.record`).
    """

    image: Float[np.ndarray, "h w"]
    masks: Masks
    record: dict[str, Any]

    @property
    def key(self) -> str:
        return self.record["key"]

    @property
    def phrases(self) -> dict[str, list[str]]:
        """The same names as `masks` -> words that a person could use."""
        return {o["name"]: o["phrases"] for o in self.record["objects"]}


class Dataset:
    """The samples of a folder that `fluoroseg generate` wrote, by number.

    `transform` is called with each Sample, and its answer is given instead. Can be pickled and used in
    the workers of a torch DataLoader: shards are opened when first read, by each process for itself.
    Raises ReadError when the folder is no complete data set, or a sample is damaged.
    """

    def __init__(self, path: str | Path, transform: Callable[[Sample], Any] | None = None) -> None:
        self.path = Path(path)
        self.transform = transform
        self.description = read_description(self.path)
        self.entries = read_index(self.path)
        self._open: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self.entries)

    def __getitem__(self, number: int) -> Any:
        entry = self.entries[number]
        where = f"{self.path}: {entry.key}"
        record = records.load(self._read(entry.shard, entry.record, where), where)
        image = decode_png(self._read(entry.shard, entry.image, where), where)
        if record["key"] != entry.key or image.shape != (record["height"], record["width"]):
            raise ReadError(f"{where}: index, record and image do not belong together")
        sample = Sample(image, Masks(record["objects"]), record)
        return sample if self.transform is None else self.transform(sample)

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

    def _read(self, shard: str, place: tuple[int, int], where: str) -> bytes:
        """`place = (offset, size)` of a shard. `pread` leaves no position to fight over."""
        try:
            if shard not in self._open:
                if len(self._open) >= _MAX_OPEN:
                    self.close()
                self._open[shard] = os.open(self.path / shard, os.O_RDONLY)
            data = os.pread(self._open[shard], place[1], place[0])
        except OSError as e:
            raise ReadError(f"{where}: {shard} cannot be read: {e.strerror}") from None
        if len(data) != place[1]:
            raise ReadError(f"{where}: {shard} is cut off")
        return data
