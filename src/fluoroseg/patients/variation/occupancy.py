"""Where a patient's volume has anything at all, and where every label of the new one lies."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int64

from fluoroseg.geometry.points import once_a_patient
from fluoroseg.patients.patient import Patient
from fluoroseg.project.threads import run


@dataclass(frozen=True, eq=False)
class Occupancy:
    """bricks: of `warp_kernels.BRICK` voxels an edge, whether one has a label or more than thin air's HU.
    labels: one more than the largest label."""

    bricks: Bool[np.ndarray, "a b c"]
    labels: int


@once_a_patient
def occupancy(patient: Patient) -> Occupancy:
    """Found once and kept as long as the patient lives."""
    from fluoroseg.patients.variation import warp_kernels

    bricks = np.empty([-(-n // warp_kernels.BRICK) for n in patient.hu.shape], bool)
    source = np.ascontiguousarray(patient.hu), np.ascontiguousarray(patient.labels)
    most: list[int] = []
    run(lambda first, last: most.append(warp_kernels.occupied(*source, bricks, first, last)), len(bricks))
    return Occupancy(bricks, max(*most, *patient.structures, 0) + 1)


def no_boxes(labels: int) -> Int64[np.ndarray, "labels 3 2"]:
    """First and last index of every label along each axis, of nothing so far."""
    return np.tile(np.array([np.iinfo(np.int64).max, -1]), (labels, 3, 1))


def merged_boxes(boxes: Sequence[Int64[np.ndarray, "labels 3 2"]]) -> Int64[np.ndarray, "labels 3 2"]:
    """The boxes that hold those of all parts."""
    found = np.stack(boxes)
    return np.stack([found[..., 0].min(0), found[..., 1].max(0)], axis=-1)
