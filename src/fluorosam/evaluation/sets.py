"""Evaluation sets: a folder with `index.csv` (columns image, prompt, mask), paths relative to it."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Bool

from fluorosam.errors import ReadError
from fluorosam.formats import reading

_COLUMNS = ("image", "prompt", "mask")


@dataclass(frozen=True)
class Case:
    """One question with its true answer."""

    image: Path
    prompt: str
    mask: Path


@dataclass(frozen=True)
class EvaluationSet:
    """A named list of cases, in the order of the index."""

    name: str
    cases: tuple[Case, ...]

    def by_image(self) -> dict[Path, list[Case]]:
        """The cases of each image, so that it is opened and encoded once."""
        groups: dict[Path, list[Case]] = {}
        for case in self.cases:
            groups.setdefault(case.image, []).append(case)
        return groups


def read_set(folder: Path) -> EvaluationSet:
    """Read `index.csv`; every file that it names must exist. Raises ReadError with the line."""
    index = folder / "index.csv"
    if not index.is_file():
        raise ReadError(f"{folder}: not an evaluation set; there is no index.csv in it")
    try:
        with index.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.DictReader(file)
            missing = [name for name in _COLUMNS if name not in (rows.fieldnames or ())]
            if missing:
                raise ReadError(f"{index}: no column {', '.join(missing)}; expected {','.join(_COLUMNS)}")
            cases = tuple(_case(folder, index, rows.line_num, row) for row in rows)
    except (OSError, ValueError, csv.Error) as error:
        raise ReadError(f"{index}: not a readable CSV file: {error}") from None
    if not cases:
        raise ReadError(f"{index}: names no image")
    return EvaluationSet(folder.resolve().name, cases)


def read_mask(path: Path, shape: tuple[int, int]) -> Bool[np.ndarray, "h w"]:
    """A mask picture: what is not black is inside. Raises ReadError when it has another size."""
    mask = reading.open(path).pixels > 0
    if mask.shape != shape:
        raise ReadError(f"{path}: the mask has {_size(mask.shape)} pixels, its image {_size(shape)}")
    return mask


def _case(folder: Path, index: Path, line: int, row: dict[str, str | None]) -> Case:
    image, prompt, mask = ((row[name] or "").strip() for name in _COLUMNS)
    if not (image and prompt and mask):
        raise ReadError(f"{index}, line {line}: image, prompt and mask must all be given")
    for name in (image, mask):
        if not (folder / name).is_file():
            raise ReadError(f"{index}, line {line}: there is no file {name}")
    return Case(folder / image, prompt, folder / mask)


def _size(shape: tuple[int, ...]) -> str:
    return f"{shape[0]} x {shape[1]}"
