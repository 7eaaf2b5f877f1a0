"""Volumes of a patient's structures beside what textbooks give for adults."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from fluoroseg import anatomy
from fluoroseg.patients.patient import Patient


@dataclass(frozen=True)
class VolumeRow:
    """A structure's volume with all its parts, and the range of adults.

    cut: it reaches the volume's edge, so that some of it may be missing.
    """

    name: str
    ml: float
    low_ml: float
    high_ml: float
    cut: bool

    @property
    def within(self) -> bool:
        """Whether the volume lies in the range."""
        return self.low_ml <= self.ml <= self.high_ml


def volume_table(patient: Patient) -> list[VolumeRow]:
    """One row for every structure of `volumes.csv` that the patient has, in that order.

    A structure counts with all its finer parts: `colon` is the sum of its segments.
    """
    number = {name: label for label, name in patient.structures.items()}
    count = np.bincount(patient.labels.ravel(), minlength=max(number.values(), default=0) + 1)
    voxel_ml = float(np.prod(patient.spacing_mm)) / 1000
    at_edge = {int(n) for axis in range(3) for n in np.unique(patient.labels.take((0, -1), axis))}
    rows = []
    for name, low_ml, high_ml in _ranges():
        labels = [number[n] for n in sorted(anatomy.members(name)) if n in number]
        ml = float(count[labels].sum()) * voxel_ml
        if ml > 0:
            rows.append(VolumeRow(name, ml, low_ml, high_ml, not at_edge.isdisjoint(labels)))
    return rows


@cache
def _ranges() -> list[tuple[str, float, float]]:
    with (Path(__file__).parent / "volumes.csv").open(newline="", encoding="utf-8") as file:
        return [(r["name"], float(r["low_ml"]), float(r["high_ml"])) for r in csv.DictReader(file)]
