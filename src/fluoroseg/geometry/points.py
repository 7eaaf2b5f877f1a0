"""Where a patient's structures are: a few thousand sample points of each, in world coordinates.

They serve everything that asks "where": views, tool placement, how much of a structure lies in the picture.
"""

import weakref
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

import numpy as np
from jaxtyping import Bool, Float, Int

from fluoroseg.patients.patient import Patient

MOST_POINTS = 4000
END_MM = 3.0
MOST_SAMPLES = 2_500_000
"""Points nearer than END_MM to an end of the volume are `at_end`; in a large volume all the points in its
outermost layers, were it divided into so many cubes."""


@dataclass(frozen=True)
class StructurePoints:
    """Sample points of one structure.

    world_mm: centres of its voxels, evenly drawn from all of them, at most `MOST_POINTS`, LPS mm.
    at_end: per point, whether it lies in the outermost layers of the volume (anatomy cut there goes on
        outside).
    cut: whether the structure has a voxel in the volume's outermost layer: the volume's end cuts it.
    box: the part of the volume that holds all its voxels, and no smaller part does.
    """

    world_mm: Float[np.ndarray, "n 3"]
    at_end: Bool[np.ndarray, "n"]
    cut: bool
    box: tuple[slice, slice, slice]


Found = TypeVar("Found")


def once_a_patient(find: Callable[[Patient], Found]) -> Callable[[Patient], Found]:
    """`find` keeps its answer for as long as the patient lives. (A patient cannot be hashed; its id can.)"""
    kept: dict[int, Any] = {}

    @wraps(find)
    def found(patient: Patient) -> Found:
        key = id(patient)
        if key not in kept:
            kept[key] = find(patient)
            weakref.finalize(patient, kept.pop, key, None)
        return kept[key]

    return found


@once_a_patient
def structure_points(patient: Patient) -> dict[str, StructurePoints]:
    """Structure name -> its points, for every structure with at least one voxel. Computed once a patient."""
    from fluoroseg.geometry._kernels import sample, survey

    labels = np.ascontiguousarray(patient.labels)
    numbers, owner = label_owners(patient)
    names = list(numbers)
    voxels = np.zeros(len(names), np.int64)
    low, high = np.full((len(names), 3), labels.size), np.full((len(names), 3), -1)
    survey(labels, owner, voxels, low, high)
    every = np.maximum(1, -(-voxels // MOST_POINTS))
    first = np.concatenate([[0], np.cumsum(-(-voxels // every))])
    found, end = np.empty(first[-1], np.int64), first[:-1].copy()
    sample(labels.reshape(-1), owner, every, end, found)
    shape, layer = np.array(labels.shape), _layer(patient)
    cut = ((low == 0) | (high == shape - 1)).any(axis=1)
    points: dict[str, StructurePoints] = {}
    for s in np.flatnonzero(voxels):
        index = np.stack(np.unravel_index(found[first[s] : end[s]], labels.shape), axis=1)
        at_end = ((index < layer) | (index >= shape - layer)).any(axis=1)
        i, j, k = (slice(a, b + 1) for a, b in zip(low[s].tolist(), high[s].tolist(), strict=True))
        points[names[s]] = StructurePoints(
            patient.to_world(index.astype(float)), at_end, bool(cut[s]), (i, j, k)
        )
    return points


@once_a_patient
def label_owners(patient: Patient) -> tuple[dict[str, int], Int[np.ndarray, "65536"]]:
    """Numbers of structures, and for each label the number of its structure (several may be one), or -1."""
    names = dict.fromkeys(name for _, name in sorted(patient.structures.items()))
    number = {name: n for n, name in enumerate(names)}
    owner = np.full(1 << 16, -1)
    for label, name in patient.structures.items():
        owner[label] = number[name]
    return number, owner


def _layer(patient: Patient) -> Int[np.ndarray, "3"]:
    """How many voxels along each axis count as the volume's end."""
    volume_mm3 = patient.labels.size * patient.spacing_mm.prod()
    thick_mm = max(END_MM, float(np.cbrt(volume_mm3 / MOST_SAMPLES)))
    return np.maximum(1, np.round(thick_mm / patient.spacing_mm)).astype(int)
