"""Where a patient's structures are: a few thousand sample points of each, in world coordinates.

One pass over the label volume serves everything that asks "where": views, tool placement, how much of a
structure lies in the picture.
"""

import weakref
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

import numpy as np
from jaxtyping import Bool, Float, Int

from fluoroseg.patients.patient import Patient

GRID_MM = 3.0
MOST_SAMPLES = 2_500_000  # of the whole volume: large volumes get a coarser grid
MOST_POINTS = 4000
FEW_POINTS = 400  # a structure with fewer points on the coarse grid is sampled voxel by voxel


@dataclass(frozen=True)
class StructurePoints:
    """Sample points of one structure.

    world_mm: points inside the structure on a grid of about `GRID_MM`, at most `MOST_POINTS`, LPS mm.
    at_end: per point, whether it lies in the outermost layers of the volume (anatomy cut there goes on
        outside).
    cut: whether the structure has a voxel in the volume's outermost layer: the volume's end cuts it.
    """

    world_mm: Float[np.ndarray, "n 3"]
    at_end: Bool[np.ndarray, "n"]
    cut: bool


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
    return _collect(patient)


def _collect(patient: Patient) -> dict[str, StructurePoints]:
    volume_mm3 = patient.labels.size * patient.spacing_mm.prod()
    grid_mm = max(GRID_MM, float(np.cbrt(volume_mm3 / MOST_SAMPLES)))
    step = np.maximum(1, np.round(grid_mm / patient.spacing_mm)).astype(int)
    coarse = patient.labels[:: step[0], :: step[1], :: step[2]]
    by_label = _split(np.argwhere(coarse > 0) * step, coarse[coarse > 0])
    for label, index in by_label.items():
        if len(index) < FEW_POINTS:
            by_label[label] = _every_voxel(patient, label, index.min(axis=0) - step, index.max(axis=0) + step)
    missing = [label for label in patient.structures if label not in by_label]
    if missing:  # thinner than the coarse grid, or not there at all
        wanted = np.zeros(1 << 16, dtype=bool)
        wanted[missing] = True
        fine = np.argwhere(wanted[patient.labels])
        by_label |= _split(fine, patient.labels[tuple(fine.T)])
    last = np.array(patient.labels.shape) - 1 - step
    cut = _at_the_ends(patient)
    by_name: dict[str, list[Int[np.ndarray, "n 3"]]] = {}
    for label, index in sorted(by_label.items()):
        if label in patient.structures:
            by_name.setdefault(patient.structures[label], []).append(index)
    points: dict[str, StructurePoints] = {}
    for name, parts in by_name.items():  # several labels may be one structure
        index = np.concatenate(parts)
        thin = index[:: -(-len(index) // MOST_POINTS)]
        at_end = ((thin < step) | (thin > last)).any(axis=1)
        points[name] = StructurePoints(patient.to_world(thin.astype(np.float64)), at_end, name in cut)
    return points


def _every_voxel(
    patient: Patient, label: int, low: Int[np.ndarray, "3"], high: Int[np.ndarray, "3"]
) -> Int[np.ndarray, "n 3"]:
    """Indices of all voxels of a label between two corners of the volume."""
    low = np.maximum(low, 0)
    box = tuple(slice(a, b + 1) for a, b in zip(low.tolist(), high.tolist(), strict=True))
    return np.argwhere(patient.labels[box] == label) + low


def _at_the_ends(patient: Patient) -> set[str]:
    """Structures with a voxel on one of the volume's six faces."""
    faces = [np.take(patient.labels, end, axis=axis) for axis in range(3) for end in (0, -1)]
    found = set(np.unique(np.concatenate([face.ravel() for face in faces])).tolist())
    return {name for label, name in patient.structures.items() if label in found}


def _split(index: Int[np.ndarray, "n 3"], labels: np.ndarray) -> dict[int, Int[np.ndarray, "m 3"]]:
    """Voxel indices grouped by label, in the order of the volume."""
    order = np.argsort(labels, kind="stable")
    present, first = np.unique(labels[order], return_index=True)
    parts = np.split(index[order], first)[1:]
    return {int(label): part for label, part in zip(present, parts, strict=True)}
