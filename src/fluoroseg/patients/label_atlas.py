"""Names for what a CT shows, carried over from labelled bodies (atlases) by registration.

Every atlas is brought onto the CT more than once. What the runs agree on, and what lies on the CT's own
bone, is measured structure by structure; what does not reach the thresholds is left unknown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int16, UInt16
from scipy import ndimage

from fluoroseg import anatomy
from fluoroseg.errors import GeometryError, UsageError
from fluoroseg.patients import registration
from fluoroseg.patients._chest_rules import grown
from fluoroseg.patients.label_parts import Parts, parts_of_atlas, parts_of_ct, solid_bones
from fluoroseg.patients.label_starts import starts
from fluoroseg.patients.patient import Patient

AFFINE_REACH_MM = 20.0
DEFORM_REACH_MM = 8.0
STIFF, SOFT = 2.5, 1.5
"""Voxels that the deformation is smoothed by."""
WORSE = 0.12
"""A run whose skeleton overlaps the CT's by so much less than the best one's has gone astray."""
SNAP_MM = 12.0
"""The CT's bone gets the name of the atlas's nearest bone, up to this far."""
FINER = 2
SMALLEST_MM = 60.0
REACH_MM = 9.0
ALIKE_HU = 40.0


@dataclass(frozen=True)
class Found:
    """A structure carried over.

    agreement: mean Dice of the runs with their consensus. overlap: Dice with what the CT itself shows
    there: bone's own outline, or tissue of the organ's HU within reach. volume_ml: of the consensus.
    """

    name: str
    agreement: float
    overlap: float
    volume_ml: float


@dataclass(frozen=True)
class Carried:
    """The consensus: `names[labels - 1]` at every voxel of `grid` (0 = none), and what was measured."""

    labels: UInt16[np.ndarray, "a b c"]
    names: tuple[str, ...]
    grid: registration.Grid
    found: tuple[Found, ...]
    bone_overlap: float


def carry_over(
    hu: Int16[np.ndarray, "i j k"], world_from_index: Float[np.ndarray, "4 4"], atlases: Sequence[Patient]
) -> Carried:
    """The consensus of all atlases on a grid of `COARSE_MM / FINER` along the LPS axes.

    Raises UsageError without an atlas or without SimpleITK, GeometryError for a CT that is too small.
    """
    if not atlases:
        raise UsageError("labelling by an atlas needs at least one labelled patient")
    size_mm = np.array(hu.shape) * np.linalg.norm(world_from_index[:3, :3], axis=0)
    if size_mm.min() < SMALLEST_MM:
        raise GeometryError(
            f"the CT spans {' x '.join(f'{mm:.0f}' for mm in size_mm)} mm; registration needs at least "
            f"{SMALLEST_MM:.0f} mm along every axis (label by rules instead)"
        )
    ct = parts_of_ct(hu, world_from_index)
    grid = ct.grid.finer(FINER)
    values = registration.on_grid(hu, world_from_index, grid, -1000.0)
    bone = solid_bones(values.astype(np.float32), np.full(3, grid.step_mm))
    names = tuple(sorted({name for atlas in atlases for name in atlas.structures.values()}))
    runs = [(raw, _snapped(raw, values, bone, names)) for raw in _all_runs(ct, bone, atlases, grid, names)]
    labels = _consensus([final for _, final in runs])
    found = tuple(_measured(labels, runs, names, values, grid.step_mm))
    skeleton = _bones(names)
    overlap = max(_dice(skeleton[raw], bone) for raw, _ in runs)
    return Carried(labels, names, grid, found, overlap)


def _all_runs(
    ct: Parts,
    bone: Bool[np.ndarray, "a b c"],
    atlases: Sequence[Patient],
    grid: registration.Grid,
    names: tuple[str, ...],
) -> list[np.ndarray]:
    """The atlases' labels, numbered as in `names` from 1, brought onto the grid in several ways.

    From two starts each, and once more and stiffer from the better one; those gone astray are left out.
    """
    skeleton = _bones(names)
    loose: list[tuple[float, np.ndarray]] = []
    stiff: list[tuple[float, np.ndarray]] = []
    for atlas in atlases:
        parts = parts_of_atlas(atlas)
        table = np.zeros(1 + max(int(atlas.labels.max()), *atlas.structures, 0), np.uint16)
        for label, name in atlas.structures.items():
            table[label] = names.index(name) + 1
        bend = partial(_bent, _Pair(ct, parts, table[atlas.labels], atlas.world_from_index), grid)
        ways = _straight(ct, parts)
        runs = [bend(way, SOFT) for way in ways]
        scores = [_dice(skeleton[raw], bone) for raw in runs]
        best = int(np.argmax(scores))
        loose += zip(scores, runs, strict=True)
        stiff.append((scores[best], bend(ways[best], STIFF)))
    limit = max(score for score, _ in loose) - WORSE
    return [raw for score, raw in loose + stiff if score >= limit]


@dataclass(frozen=True)
class _Pair:
    """A CT and an atlas: what both show, and the atlas's labels with their affine."""

    ct: Parts
    atlas: Parts
    labels: UInt16[np.ndarray, "i j k"]
    world_from_index: Float[np.ndarray, "4 4"]

    @cached_property
    def pictures(self) -> tuple[np.ndarray, np.ndarray]:
        return self.ct.picture(DEFORM_REACH_MM), self.atlas.picture(DEFORM_REACH_MM)


def _bent(pair: _Pair, grid: registration.Grid, straight: Any, smooth: float) -> UInt16[np.ndarray, "a b c"]:
    """The atlas's labels on the grid, brought there by `straight` and a deformation from there."""
    fixed, moving = pair.pictures
    bent, _ = registration.deform(fixed, pair.ct.grid, moving, pair.atlas.grid, straight, smooth)
    return registration.on_grid(pair.labels, pair.world_from_index, grid, 0, bent, nearest=True)


def _straight(ct: Parts, parts: Parts) -> list[Any]:
    """Affine transforms from the two best starts, without one that is plainly worse than the other."""
    fixed, moving = ct.picture(AFFINE_REACH_MM), parts.picture(AFFINE_REACH_MM)
    found = []
    for start in starts(ct, parts, 2):
        first = registration.scaled(1 / start.scale, start.atlas_shift_mm)
        way = registration.affine(fixed, ct.grid, moving, parts.grid, first)
        skeleton = registration.on_grid(parts.bone, parts.grid.world_from_index, ct.grid, 0.0, way)
        found.append((_dice(skeleton > 0.3, ct.bone > 0.3), way))
    limit = max(score for score, _ in found) - WORSE
    return [way for score, way in found if score >= limit]


def _bones(names: tuple[str, ...]) -> Bool[np.ndarray, " n"]:
    known = anatomy.structures()
    return np.array([False, *(known[name].tissue == "bone" for name in names)])


def _snapped(
    raw: UInt16[np.ndarray, "a b c"], hu: np.ndarray, bone: Bool[np.ndarray, "a b c"], names: tuple[str, ...]
) -> UInt16[np.ndarray, "a b c"]:
    """Bones' names on the CT's bone, organs' names off bone and air."""
    is_bone = _bones(names)[raw]
    if not is_bone.any():
        return np.where(bone | (hu < -300), 0, raw).astype(np.uint16)
    away, nearest = ndimage.distance_transform_edt(~is_bone, sampling=3.0, return_indices=True)
    named = np.where(away <= SNAP_MM, raw[tuple(nearest)], 0)
    soft = np.where(is_bone | (hu < -300), 0, raw)
    return np.where(bone, named, soft).astype(np.uint16)


def _consensus(runs: list[np.ndarray]) -> UInt16[np.ndarray, "a b c"]:
    """At every voxel the name that most runs give, if at least half of them do."""
    best = np.zeros(runs[0].shape, np.uint16)
    votes = np.full(runs[0].shape, 0.5 * len(runs) - 1e-6)
    for one in runs:
        number = sum((other == one).astype(np.float32) for other in runs)
        better = (number > votes) & (one > 0)
        best[better], votes[better] = one[better], number[better]
    return best


def _measured(
    labels: np.ndarray,
    runs: list[tuple[np.ndarray, np.ndarray]],
    names: tuple[str, ...],
    hu: np.ndarray,
    step_mm: float,
) -> list[Found]:
    count = len(names) + 1
    size = np.bincount(labels.ravel(), minlength=count)
    bones = _bones(names)
    agree, overlap = np.zeros(count), np.zeros(count)
    for raw, final in runs:
        agree += _dices(final, labels, count) / len(runs)
        overlap += _dices(raw, final, count) / len(runs)
    smooth = ndimage.gaussian_filter(hu, 1.0)
    boxes = ndimage.find_objects(labels, count - 1)
    out = []
    for n, name in enumerate(names, 1):
        if size[n]:
            fit = float(overlap[n]) if bones[n] else _fit(labels, n, boxes[n - 1], smooth, step_mm)
            ml = round(float(size[n]) * step_mm**3 / 1000, 2)
            out.append(Found(name, round(float(agree[n]), 3), round(fit, 3), ml))
    return out


def _fit(labels: np.ndarray, n: int, box: tuple[slice, ...], hu: np.ndarray, step_mm: float) -> float:
    """Dice of an organ with the tissue of its own HU within `REACH_MM`: low where it has no edge there."""
    reach = int(np.ceil(REACH_MM / step_mm))
    wide = tuple(slice(max(b.start - reach, 0), b.stop + reach) for b in box)
    mask, values = labels[wide] == n, hu[wide]
    near = grown(mask, np.full(3, step_mm), REACH_MM)
    alike = near & (np.abs(values - np.median(values[mask])) < ALIKE_HU)
    return _dice(mask, alike)


def _dices(a: np.ndarray, b: np.ndarray, count: int) -> np.ndarray:
    both = np.bincount(a[a == b].ravel(), minlength=count)
    total = np.bincount(a.ravel(), minlength=count) + np.bincount(b.ravel(), minlength=count)
    return 2 * both / np.maximum(total, 1)


def _dice(a: np.ndarray, b: np.ndarray) -> float:
    return 2 * float((a & b).sum()) / max(float(a.sum() + b.sum()), 1.0)
