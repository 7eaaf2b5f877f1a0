"""What registration found, judged, and put onto a CT that rules have labelled."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, UInt16
from scipy import ndimage

from fluoroseg import anatomy
from fluoroseg.anatomy.mirror import twins
from fluoroseg.patients.label_atlas import Carried, Found
from fluoroseg.patients.patient import Patient
from fluoroseg.patients.resample import labels_onto_grid

MIN_SKELETON = 0.5
HIP_LIMITS = (0.93, 0.55)
BONE_LIMITS = (0.95, 0.75)
LEVEL_LIMITS = (0.95, 0.8)
SOFT_LIMITS = (0.85, 0.85)
"""Least agreement and overlap of what is believed; docs/patients.md shows what they let pass.

Hip bones have a shape of their own. Vertebrae and ribs look like their neighbours, and the sacrum passes into
L5: there a shift still overlaps well.
"""

EVEN = 0.8
"""Least volume of the smaller bone of a pair in parts of the larger one's."""

EDGE_MM = 4.0
"""How far a bone's name reaches from the coarse grid to the CT's own bone voxels."""

LEVELS = ("vertebrae_", "sacrum", "rib_", "disc_", "costal_cartilage")

FILLING = ("lung", "trachea", "skin", "body", "muscle", "visceral_fat", "subcutaneous_fat", "fat", "bone",
           "cardiomediastinum", "subdiaphragm", "bowel_gas", "gastric_bubble")  # fmt: skip
"""What rules find better, or what only fills an atlas: never carried over (also names that begin so)."""


@dataclass(frozen=True)
class Judged:
    """A structure of the report: how it was found, what was measured (None = not measured), whether it is
    believed, and why not."""

    name: str
    method: str
    trusted: bool
    agreement: float | None
    overlap: float | None
    volume_ml: float
    why: str = ""


def judged(carried: Carried) -> list[Judged]:
    """Every carried structure against the thresholds; a pair whose sides are swapped, or of which one is
    much smaller than the other, is not believed."""
    out = []
    swapped, uneven = _swapped(carried), _uneven(carried)
    for one in carried.found:
        if one.name.startswith(FILLING):
            continue
        why = _doubt(one, carried.bone_overlap)
        if not why and one.name in uneven:
            why = "left and right differ in volume: {:.0f} and {:.0f} ml".format(*uneven[one.name])
        if one.name in swapped:
            why = "left and right are swapped"
        out.append(Judged(one.name, "atlas", not why, one.agreement, one.overlap, one.volume_ml, why))
    return _whole(out)


def with_names(patient: Patient, carried: Carried, trusted: set[str]) -> Patient:
    """The CT labelled by rules, with the trusted structures put over; labels are ids of the anatomy table."""
    ids = {s.name: s.id for s in anatomy.structures().values()}
    table = np.zeros(1 + max([0, *patient.structures]), np.uint16)
    for label, name in patient.structures.items():
        table[label] = ids[name]
    labels = table[patient.labels]
    number = np.array([0, *(ids[n] if n in trusted else 0 for n in carried.names)], np.uint16)
    is_bone = np.array(
        [False, *(n in trusted and anatomy.structures()[n].tissue == "bone" for n in carried.names)]
    )
    shape, world = patient.hu.shape, patient.world_from_index
    near = _onto(carried, number[_spread(carried.labels, is_bone, carried.grid.step_mm)], shape, world)
    exact = _onto(carried, number[carried.labels], shape, world)
    named_bone = np.isin(exact, number[is_bone])
    free = ~np.isin(labels, [ids["lung_left"], ids["lung_right"], ids["trachea"], ids["bone"]])
    labels = np.where((exact > 0) & (free | named_bone), exact, labels)
    labels = np.where((table[patient.labels] == ids["bone"]) & (near > 0), near, labels)
    there = np.flatnonzero(np.bincount(labels.ravel()))
    names = {i: n for n, i in ids.items()}
    structures = {int(i): names[int(i)] for i in there if i}
    return Patient(
        patient.hu, labels.astype(np.uint16), world, structures, patient.name, frozenset(structures.values())
    )


def _doubt(one: Found, skeleton: float) -> str:
    """Why a structure is not believed; empty when it is."""
    if skeleton < MIN_SKELETON:
        return f"the skeletons overlap by {skeleton:.2f} only"
    bone = anatomy.structures()[one.name].tissue == "bone"
    agreement, overlap = BONE_LIMITS if bone else SOFT_LIMITS
    if one.name.startswith("hip_"):
        agreement, overlap = HIP_LIMITS
    if one.name.startswith(LEVELS):
        agreement, overlap = LEVEL_LIMITS
    if one.agreement < agreement:
        return f"the runs agree by {one.agreement:.2f}, below {agreement}"
    if one.overlap < overlap:
        return f"overlap with what the CT shows is {one.overlap:.2f}, below {overlap}"
    return ""


def _whole(found: list[Judged]) -> list[Judged]:
    """The same; a structure of which the atlas names a part apart is believed only with that part."""
    lost = {anatomy.structures()[one.name].part_of: one.name for one in found if not one.trusted}
    return [
        replace(one, trusted=False, why=f"its part {lost[one.name]} is unknown")
        if one.trusted and one.name in lost
        else one
        for one in found
    ]


def _swapped(carried: Carried) -> set[str]:
    """Names of pairs whose left member does not lie to the left of the right one."""
    pairs = _pairs(carried)
    if not pairs:
        return set()
    numbers = [carried.names.index(n) + 1 for pair in pairs for n in pair]
    x = [c[0] for c in ndimage.center_of_mass(carried.labels > 0, carried.labels, numbers)]
    return {n for k, pair in enumerate(pairs) if x[2 * k] <= x[2 * k + 1] for n in pair}


def _uneven(carried: Carried) -> dict[str, tuple[float, float]]:
    """Pairs of bones with the volumes of left and right in ml, where they differ much: a part of one has
    been given to its neighbour, or the CT's edge cuts it."""
    ml = {f.name: f.volume_ml for f in carried.found}
    known = anatomy.structures()
    pairs = [(a, b) for a, b in _pairs(carried) if known[a].tissue == "bone"]
    return {
        n: (ml[a], ml[b]) for a, b in pairs if min(ml[a], ml[b]) < EVEN * max(ml[a], ml[b]) for n in (a, b)
    }


def _pairs(carried: Carried) -> list[tuple[str, str]]:
    """(left, right) names of what was found on both sides."""
    return twins(sorted(f.name for f in carried.found))


def _spread(
    labels: UInt16[np.ndarray, "a b c"], is_bone: Bool[np.ndarray, " n"], step_mm: float
) -> UInt16[np.ndarray, "a b c"]:
    """Bones' labels grown by `EDGE_MM`, nothing else."""
    bone = is_bone[labels]
    if not bone.any():
        return np.zeros_like(labels)
    away, nearest = ndimage.distance_transform_edt(~bone, sampling=step_mm, return_indices=True)
    return np.where((away <= EDGE_MM) & (bone | (labels == 0)), labels[tuple(nearest)], 0).astype(np.uint16)


def _onto(
    carried: Carried, labels: UInt16[np.ndarray, "a b c"], shape: tuple[int, ...], world: np.ndarray
) -> UInt16[np.ndarray, "i j k"]:
    return labels_onto_grid(labels, carried.grid.world_from_index, (shape[0], shape[1], shape[2]), world)
