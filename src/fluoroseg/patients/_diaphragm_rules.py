"""Rules for what lies between and below the lungs, on the same coarse grid as `_chest_rules`."""

import numpy as np
from jaxtyping import Bool, Float
from scipy import ndimage
from scipy.spatial import ConvexHull

from fluoroseg.patients._chest_rules import Mask, grown, pieces, shrunk

Plane = Bool[np.ndarray, "a b"]

_SAG_MM = 10.0
"""How far the diaphragm lies lower under the heart than the line from dome to dome."""

_ARCH_MM = 38.0
"""How far the top of the aortic arch (T3/T4) lies above the carina (T4/T5)."""

_BEHIND_MM = 35.0
"""How much higher the outline's lower border lies behind the heart, so that a tilted view does not show
gullet and descending aorta below it."""

_ARCH_SHARE = 0.2
"""Where the carina was not found: the share of the lungs' height that lies above the arch."""


def lung_hull(left: Mask, right: Mask) -> Mask:
    """The convex hull of both lungs in every axial slice."""
    both = left | right
    return np.stack([hull2d(both[:, :, k]) for k in range(both.shape[2])], axis=2)


def not_bone(bright: Mask, hull: Mask, mm: Float[np.ndarray, "3"]) -> Mask:
    """What is bright between the lungs without being bone: blood with contrast medium, calcified nodes.

    Spine, ribs and sternum reach out of the lungs' hull, so a piece that stays inside is none of them.
    Before the hull's middle bone is thin (sternum, ribs), so what a ball of 8 mm fits into is the heart.
    """
    thick = grown(shrunk(bright, mm, 8.0), mm, 12.0)
    depth = np.cumsum(hull, axis=1) / np.maximum(hull.sum(axis=1, keepdims=True), 1)
    rows = np.flatnonzero(
        hull.any((0, 2))
    )  # low slices show the lungs' back only: the spine is in their front
    ahead = np.arange(hull.shape[1])[:, None] < np.quantile(rows, 0.55) if len(rows) else False
    return enclosed(bright, hull) | (bright & thick & hull & (depth < 0.55) & ahead)


def enclosed(bright: Mask, hull: Mask) -> Mask:
    """The connected pieces that lie within the hull."""
    labels, count = ndimage.label(bright)
    total = np.bincount(labels.ravel(), minlength=count + 1)
    within = np.bincount(labels[hull], minlength=count + 1)
    lost = within > 0.85 * total
    lost[0] = False
    return lost[labels]


def dome(left: Mask, right: Mask, mm: Float[np.ndarray, "3"]) -> Float[np.ndarray, "x y"]:
    """Height (index along z) of the diaphragm under each column; -1 where there is none.

    Under a lung it is the lung's lowest voxel, never above that side's dome: a lung column may also end
    on a hilum or on the heart. Between the lungs it goes on smoothly from dome to dome, sagging under the
    heart. The abdomen reaches no farther out than the lungs do below the domes: a column of the wider
    chest above stands on the chest wall, whose shadow would hide the lung's base in a tilted view.
    """
    shape = left.shape[:2]
    foot = np.any(left | right, axis=2)
    if not foot.any():
        return np.full(shape, -1.0)
    low = (left | right).argmax(2).astype(float)
    limit = _limit(left, right, low, mm)
    below = np.arange(left.shape[2]) <= limit.max()
    hull = hull2d(np.any((left | right) & below, axis=2))
    filled = _harmonic(np.minimum(low, limit), foot & hull, hull)
    sag = np.where(foot, 0.0, _SAG_MM / mm[2])
    return np.where(hull, np.minimum(filled, limit) - sag, -1.0)


def _limit(
    left: Mask, right: Mask, low: Float[np.ndarray, "x y"], mm: Float[np.ndarray, "3"]
) -> Float[np.ndarray, "x y"]:
    """Height that the diaphragm does not exceed: each side's dome, and between them the line."""
    apex: list[float] = []
    inner: list[float] = []
    for lung, outward in ((right, -1), (left, +1)):
        foot = np.any(lung, axis=2)
        if not foot.any():
            continue
        x = np.argwhere(foot)[:, 0] * outward
        core = ndimage.distance_transform_edt(foot, sampling=mm[:2]) > 12
        core &= np.arange(foot.shape[0])[:, None] * outward > np.quantile(x, 0.45)
        if outward > 0:  # before the left lung's middle most columns end on the heart
            core &= np.arange(foot.shape[1]) > np.quantile(np.argwhere(foot)[:, 1], 0.45)
        apex.append(float(np.percentile(low[core if core.any() else foot], 85)))
        inner.append(float(np.quantile(x, 0.25) * outward))
    if len(apex) == 2:
        apex[1] = min(apex[1], apex[0] + 5 / mm[2])  # the left dome is the lower one; above it is heart
    across = np.arange(left.shape[0], dtype=float)
    return np.broadcast_to(np.interp(across, inner, apex)[:, None], left.shape[:2]).copy()


def _harmonic(
    value: Float[np.ndarray, "x y"], known: Bool[np.ndarray, "x y"], hull: Bool[np.ndarray, "x y"]
) -> Float[np.ndarray, "x y"]:
    """Fill `hull & ~known` smoothly (Laplace's equation; free outside the hull), starting from nearest."""
    at = ndimage.distance_transform_edt(~known, return_indices=True, return_distances=False)
    out = value[tuple(at)]
    weight = ndimage.uniform_filter(hull.astype(float), 3) + 1e-9
    for _ in range(300):
        mean = ndimage.uniform_filter(np.where(hull, out, 0.0), 3) / weight
        out = np.where(known, value, mean)
    return out


def mediastinum(
    hu: Float[np.ndarray, "x y z"],
    lungs: tuple[Mask, Mask],
    hull: Mask,
    bone: Mask,
    floor: Float[np.ndarray, "x y"],
    mm: Float[np.ndarray, "3"],
) -> Mask:
    """Soft tissue between the lungs: in each slice the hull of both lungs, before and beside the spine,
    behind the sternum, above the diaphragm."""
    left, right = lungs
    out = np.zeros_like(left)
    for k in range(out.shape[2]):
        if left[:, :, k].any() and right[:, :, k].any():
            slab = hull[:, :, k] & ~left[:, :, k] & ~right[:, :, k]
            out[:, :, k] = slab & _room(left[:, :, k], right[:, :, k], bone[:, :, k], mm)
    out &= (hu > -300) & (np.arange(out.shape[2]) > floor[:, :, None])
    main = pieces(shrunk(out, mm, 3.0), mm, 20.0)[:1]
    if not main:
        return np.zeros_like(out)
    return grown(main[0], mm, 4.0) & out


def heart_and_arch(middle: Mask, hull: Mask, airway: Mask, mm: Float[np.ndarray, "3"]) -> Mask:
    """The part of `mediastinum` that radiographs are read for: from the heart's lower border to the top of
    the aortic arch; above it are the vessels of the neck, below it what lies behind the heart."""
    z = np.arange(middle.shape[2])
    depth = np.cumsum(hull, axis=1) / np.maximum(hull.sum(axis=1, keepdims=True), 1)
    ahead = (middle & (depth < 0.5)).sum((0, 1))
    heart = np.flatnonzero(ahead > 0.25 * ahead.max(initial=0))
    if not len(heart):
        return middle
    border = heart[0] + np.where(depth < 0.5, 0.0, _BEHIND_MM / mm[2])
    return middle & (z >= border) & (z <= _arch_top(hull, airway, mm))


def _arch_top(hull: Mask, airway: Mask, mm: Float[np.ndarray, "3"]) -> float:
    """Height (index along z) of the top of the aortic arch, from the fork of the windpipe."""
    forked = np.array([_wide_pieces(airway[:, :, k], mm) > 1 for k in range(airway.shape[2])])
    deep = max(2, round(8 / mm[2]))
    # the slices that are forked like all `deep` ones from them downwards
    lasting = np.flatnonzero(np.convolve(forked, np.ones(deep))[: len(forked)] == deep)
    if len(lasting):
        return float(lasting[-1] + _ARCH_MM / mm[2])
    where = np.flatnonzero(hull.any((0, 1)))
    return float(where[-1] - _ARCH_SHARE * np.ptp(where))


def _wide_pieces(plane: Plane, mm: Float[np.ndarray, "3"]) -> int:
    """How many pieces of one slice are as wide as a main bronchus."""
    parts, _ = ndimage.label(plane)
    return int((np.bincount(parts.ravel())[1:] * mm[0] * mm[1] > 40).sum())


def _room(left: Plane, right: Plane, bone: Plane, mm: Float[np.ndarray, "3"]) -> Plane:
    """Where in one slice the mediastinum may be: not behind the spine or the sternum's front, not lateral."""
    x, y = np.indices(left.shape)
    right_x, left_x = np.argwhere(right)[:, 0], np.argwhere(left)[:, 0]
    lateral = (x < np.quantile(right_x, 0.3)) | (x > np.quantile(left_x, 0.8))
    rows = np.flatnonzero((left | right).any(0))
    behind = bone & (y > rows[0] + 0.5 * np.ptp(rows))
    front = bone & (y < rows[0] + 0.25 * np.ptp(rows))
    shadow = np.maximum.accumulate(behind, axis=1) | np.maximum.accumulate(front[:, ::-1], axis=1)[:, ::-1]
    middle = 0.5 * (np.quantile(right_x, 0.98) + np.quantile(left_x, 0.02))
    spine = np.argwhere(behind & (np.abs(x - middle) * mm[0] < 15))
    deepest = spine[:, 1].min() + 28 / mm[1] if len(spine) else rows[-1]
    return ~lateral & ~shadow & ~bone & (y < deepest)


def hull2d(mask: Plane) -> Plane:
    """Convex hull of the set pixels (the pixels themselves when they are few or lie on one line)."""
    points = np.argwhere(mask)
    if len(points) < 3 or np.any(np.ptp(points, axis=0) == 0):
        return mask.copy()
    a, b = np.indices(mask.shape)
    inside = np.ones(mask.shape, bool)
    for na, nb, offset in np.unique(ConvexHull(points, qhull_options="QJ").equations.round(6), axis=0):
        inside &= na * a + nb * b + offset <= 0.5
    return inside
