"""Rules for a chest CT on a coarse grid, axes x (to the left), y (to the back), z (to the head).

All masks here are boolean `[x, y, z]`; `mm` is the voxel size along the three axes.
"""

import numpy as np
from jaxtyping import Bool, Float
from scipy import ndimage

Mask = Bool[np.ndarray, "x y z"]

AIR_HU = -500
MIN_LUNG_ML = 60.0
MIN_PIECE_ML = 3.0
FILL_MM = 12.0
GAS_HU = -945
FAT_HU = (-200, -30)
SKIN_MM = 5.0
NEAR_SKIN_MM = 12.0


def grown(mask: Mask, mm: Float[np.ndarray, "3"], by_mm: float) -> Mask:
    """Dilation by a ball: the squared distance, axis by axis, looked for no farther than `by_mm`."""
    out = np.zeros_like(mask)
    box = _box(mask, [int(by_mm / step) for step in mm])
    if not box:
        return out
    away = np.where(mask[box], np.float32(0), np.float32(np.inf))
    for axis, step in enumerate(mm):
        before, now = np.moveaxis(away, axis, 0), np.moveaxis(away.copy(), axis, 0)
        for n in range(1, min(int(by_mm / step), len(now) - 1) + 1):
            cost = np.float32((n * step) ** 2)
            np.minimum(now[n:], before[:-n] + cost, out=now[n:])
            np.minimum(now[:-n], before[n:] + cost, out=now[:-n])
        away = np.moveaxis(now, 0, axis)
    out[box] = away <= by_mm**2 * (1 + 1e-6)
    return out


def shrunk(mask: Mask, mm: Float[np.ndarray, "3"], by_mm: float) -> Mask:
    """Erosion by a ball; the volume's faces do not erode (the body goes on behind them)."""
    out = np.zeros_like(mask)
    box = _box(mask, [1, 1, 1])
    if box:
        out[box] = ~grown(~mask[box], mm, by_mm)
    return out


def closed(mask: Mask, mm: Float[np.ndarray, "3"], by_mm: float) -> Mask:
    """Closing by a ball, with a margin so that the volume's faces do not stop it."""
    pad = [int(np.ceil(by_mm / s)) + 1 for s in mm]
    out = shrunk(grown(np.pad(mask, [(p, p) for p in pad]), mm, by_mm), mm, by_mm)
    return out[tuple(slice(p, -p) for p in pad)] | mask


def pieces(mask: Mask, mm: Float[np.ndarray, "3"], min_ml: float) -> list[Mask]:
    """Connected components of at least `min_ml` millilitres, largest first."""
    labels, count = ndimage.label(mask)
    ml = np.bincount(labels.ravel(), minlength=count + 1) * np.prod(mm) / 1000
    order = [n for n in np.argsort(-ml[1:], kind="stable") + 1 if ml[n] >= min_ml]
    return [labels == n for n in order]


def body(hu: Float[np.ndarray, "x y z"], mm: Float[np.ndarray, "3"]) -> Mask:
    """Everything inside the skin: tissue, and the air that each axial slice encloses."""
    tissue = sum(pieces(hu > -400, mm, 50.0), np.zeros(hu.shape, bool))
    closing = np.ones((3, 3), bool)
    for k in range(hu.shape[2]):
        slab = ndimage.binary_closing(np.pad(tissue[:, :, k], 2), closing)[2:-2, 2:-2] | tissue[:, :, k]
        tissue[:, :, k] = ndimage.binary_fill_holes(slab)
    return tissue


def fat_under_skin(
    hu: Float[np.ndarray, "x y z"], inside: Mask, lungs: Mask, mm: Float[np.ndarray, "3"]
) -> Mask:
    """Fat outside the body wall: outside what muscle, bone and lungs enclose in each axial slice."""
    deep = shrunk(inside, mm, SKIN_MM)
    firm = deep & (hu > FAT_HU[1])
    firm = sum(pieces(firm, mm, 20.0), np.zeros_like(firm))  # no strands
    wall = closed(firm | lungs, mm, 25.0)
    wall = np.stack([ndimage.binary_fill_holes(p) for p in np.moveaxis(wall, 2, 0)], axis=2)
    fat = inside & ~wall & (hu > FAT_HU[0]) & (hu < FAT_HU[1])
    core, count = ndimage.label(shrunk(fat, mm, 2.5))  # parted from the fat behind gaps in the wall
    outer = np.zeros(count + 1, bool)
    outer[core[~shrunk(inside, mm, NEAR_SKIN_MM)]] = True
    outer[0] = False
    return grown(outer[core], mm, 4.0) & fat


def airways(hu: Float[np.ndarray, "x y z"], inside: Mask, mm: Float[np.ndarray, "3"]) -> Mask:
    """Trachea and main bronchi: round dark spots followed from slice to slice, head to feet.

    A spot starts the trachea when it runs on for 40 mm; it is given up where it opens into a lung
    (more than 650 mm^2 in one slice).
    """
    dark = inside & (hu < -800)
    pixel_mm2 = mm[0] * mm[1]
    small = np.zeros_like(dark)
    for k in range(dark.shape[2]):
        labels, count = ndimage.label(dark[:, :, k])
        area = np.bincount(labels.ravel(), minlength=count + 1) * pixel_mm2
        fits = (area > 25) & (area < 650)
        fits[0] = False
        small[:, :, k] = fits[labels]
    best, best_length = np.zeros_like(dark), 40.0
    width = np.flatnonzero(inside.any((1, 2)))
    for piece in pieces(small, mm, 4.0):
        where = np.argwhere(piece)
        length = np.ptp(where[:, 2]) * mm[2]
        spread = np.ptp(where[:, :2], axis=0) * mm[:2]
        off_centre = abs(where[:, 0].mean() - width.mean()) * mm[0]
        if length > best_length and spread.max() < 160 and off_centre < 60:
            best, best_length = piece, length
    return grown(best, mm, 1.5) & inside & (hu < AIR_HU)


def lungs(
    hu: Float[np.ndarray, "x y z"], inside: Mask, airway: Mask, mm: Float[np.ndarray, "3"]
) -> tuple[Mask, Mask]:
    """The patient's left and right lung, vessels and fine structure filled; empty where there is none."""
    air = inside & (hu < AIR_HU) & ~grown(airway, mm, 2.0) & shrunk(inside, mm, 4.0)
    found = _without_gas(hu, air, mm)
    large = [p for p in found if p.sum() * np.prod(mm) / 1000 >= MIN_LUNG_ML]
    if not large:
        return np.zeros_like(air), np.zeros_like(air)
    middle = float(np.flatnonzero(inside.any((1, 2))).mean())
    left, right = _sides(large, middle, mm)
    sides = [side for side in (left, right) if side.any()]
    for piece in found[len(large) :]:  # islands beside an effusion, the far side of a fissure
        away = [ndimage.distance_transform_edt(~s, sampling=mm)[piece].min() for s in sides]
        if min(away) < 15:
            sides[int(np.argmin(away))] |= piece
    full = [closed(s, mm, FILL_MM) & inside for s in (left, right)]
    full = [ndimage.binary_fill_holes(f) & ~grown(airway, mm, 1.0) for f in full]
    both = full[0] & full[1]
    if both.any():
        away = [ndimage.distance_transform_edt(~s, sampling=mm) for s in (left, right)]
        full[0] &= ~(both & (away[0] > away[1]))
        full[1] &= ~(both & (away[0] <= away[1]))
    return full[0], full[1]


def _without_gas(hu: Float[np.ndarray, "x y z"], air: Mask, mm: Float[np.ndarray, "3"]) -> list[Mask]:
    """Air spaces, largest first, without bowel gas: it is empty inside (-1000 HU), lung is not.

    A space above a litre is a lung, however emphysematous; a thin diaphragm may join a smaller one to gas.
    """
    empty = sum(pieces(air & (hu < GAS_HU), mm, 0.5), np.zeros_like(air))
    gas = grown(empty, mm, 6.0)
    found: list[Mask] = []
    for piece in pieces(air, mm, MIN_PIECE_ML):
        if piece.sum() * np.prod(mm) > 1e6:
            found.append(piece)
        elif np.percentile(hu[piece], 50) > GAS_HU + 30:
            found += pieces(piece & ~gas, mm, MIN_PIECE_ML)
    return sorted(found, key=lambda p: -int(p.sum()))


def _sides(large: list[Mask], middle: float, mm: Float[np.ndarray, "3"]) -> tuple[Mask, Mask]:
    """Sort big air spaces into left (high x) and right; one that spans both sides is cut at its neck."""
    left, right = np.zeros_like(large[0]), np.zeros_like(large[0])
    for piece in large:
        for part in _cut(piece, middle, mm):
            side = left if np.argwhere(part)[:, 0].mean() > middle else right
            side |= part
    return left, right


def _cut(piece: Mask, middle: float, mm: Float[np.ndarray, "3"]) -> list[Mask]:
    """Two lungs that touch: shrink until they part, then give every voxel to the nearer core."""
    columns = np.argwhere(piece)[:, 0]
    share = np.mean(columns > middle)
    if not 0.12 < share < 0.88:
        return [piece]
    depth = ndimage.distance_transform_edt(piece, sampling=mm)
    for r_mm in np.arange(1.5, 25.0, 1.5):
        cores = pieces(depth > r_mm, mm, 0.08 * piece.sum() * np.prod(mm) / 1000)[:2]
        if len(cores) == 2:
            x = [np.argwhere(c)[:, 0].mean() for c in cores]
            if (x[0] - middle) * (x[1] - middle) < 0:
                away = [ndimage.distance_transform_edt(~c, sampling=mm) for c in cores]
                return [piece & (away[0] <= away[1]), piece & (away[0] > away[1])]
    on_left = np.arange(piece.shape[0])[:, None, None] > middle
    return [piece & on_left, piece & ~on_left]


def _box(mask: Mask, margin: list[int]) -> tuple[slice, ...]:
    """The box around what is set, wider by `margin` voxels; empty when nothing is set."""
    found = []
    for axis, more in enumerate(margin):
        other = tuple(a for a in range(mask.ndim) if a != axis)
        at = np.flatnonzero(mask.any(axis=other))
        if not len(at):
            return ()
        found.append(slice(max(int(at[0]) - more, 0), int(at[-1]) + 1 + more))
    return tuple(found)
