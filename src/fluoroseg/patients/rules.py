"""Labels for an unlabelled CT by plain rules: airways, lungs, bone, mediastinum, what lies below the lungs,
fat under the skin.

A voxel that no rule covers stays 0, and what it may be stays outside `known`: unknown, not background.
"""

import numpy as np
from jaxtyping import Bool, Float, Int16, UInt16
from scipy import ndimage

from fluoroseg.patients import _chest_rules as chest
from fluoroseg.patients import _diaphragm_rules as between

STRUCTURES = {
    1: "lung_left",
    2: "lung_right",
    3: "bone",
    4: "cardiomediastinum",
    5: "subdiaphragm",
    6: "trachea",
    7: "subcutaneous_fat",
}
WORK_MM = 2.3
BONE_HU = 180
CORTEX_HU = 350


def label_by_rules(
    hu: Int16[np.ndarray, "i j k"], world_from_index: Float[np.ndarray, "4 4"]
) -> tuple[UInt16[np.ndarray, "i j k"], dict[int, str], frozenset[str]]:
    """Label an unlabelled CT of any orientation.

    hu: int16 Hounsfield units, air outside the body about -1000.
    world_from_index: 4x4, index -> LPS mm; axes nearly along the body's.

    Returns labels (uint16 `[i, j, k]`, 0 = no rule), structures (label -> canonical name) and `known`,
    the names that the rules answered for. `trachea` stands for the trachea with the main bronchi. What
    a rule did not find is not in `known`: its absence is not claimed.
    """
    order, flips, mm = to_lps(world_from_index)
    volume = np.transpose(hu, order)[flips]
    step = np.maximum(1, np.round(WORK_MM / mm)).astype(int)
    coarse = block_mean(volume, step)
    masks = _coarse_masks(coarse, mm * step)
    contrast = refined(chest.grown(masks["contrast"], mm * step, 4.0), step, volume.shape)
    bone = bones(volume, mm) & ~contrast
    bone &= ~between.enclosed(bone, refined(masks["hull"], step, volume.shape))
    labels = np.zeros(volume.shape, np.uint16, order="F")
    number = {name: label for label, name in STRUCTURES.items()}
    for name in (
        "subdiaphragm",
        "subcutaneous_fat",
        "cardiomediastinum",
        "lung_left",
        "lung_right",
        "trachea",
    ):
        labels[refined(masks[name], step, volume.shape)] = number[name]
    labels[bone] = number["bone"]
    there = np.bincount(labels.ravel(), minlength=len(STRUCTURES) + 1) > 0
    structures = {label: name for label, name in STRUCTURES.items() if there[label]}
    out = np.ascontiguousarray(np.transpose(labels[flips], np.argsort(order)))
    return out, structures, frozenset(structures.values())


def bones(hu: Int16[np.ndarray, "x y z"], mm: Float[np.ndarray, "3"]) -> Bool[np.ndarray, "x y z"]:
    """Bone: bright components with cortex, marrow filled; large even pools (contrast) are not bone."""
    bright = hu > BONE_HU
    bright &= ~_contrast(hu, mm)
    labels, count = ndimage.label(bright)
    ml = np.bincount(labels.ravel(), minlength=count + 1) * np.prod(mm) / 1000
    cortex = np.bincount(labels[hu > CORTEX_HU], minlength=count + 1) * np.prod(mm) / 1000
    keep = (ml > 0.4) & (cortex > 0.08 * ml)
    keep[0] = False
    out = keep[labels]
    disc = _disc(2.5, mm)
    for k in np.flatnonzero(out.any((0, 1))):
        slab = _closed(np.ascontiguousarray(out[:, :, k]), disc)
        holes, count = ndimage.label(~slab)
        area = np.bincount(holes.ravel(), minlength=count + 1) * mm[0] * mm[1]
        out[:, :, k] = slab | ((area < 1200) & (np.arange(count + 1) > 0))[holes]
    return out


def _contrast(hu: Int16[np.ndarray, "x y z"], mm: Float[np.ndarray, "3"]) -> Bool[np.ndarray, "x y z"]:
    """Blood with contrast medium (or a bright bladder): bright, even, large, and darker around.

    A young vertebra's marrow is bright and even too, but its cortex is brighter still.
    """
    step = np.maximum(1, np.round(WORK_MM / mm)).astype(int)
    coarse, at = block_mean(hu, step), mm * step
    mean = ndimage.uniform_filter(coarse, 3)
    spread = np.sqrt(np.maximum(ndimage.uniform_filter(coarse**2, 3) - mean**2, 0))
    even = (mean > BONE_HU - 30) & (mean < 700) & (spread < 60)
    pools = np.zeros_like(even)
    for piece in chest.pieces(even, at, 30.0):
        shell = ndimage.binary_dilation(piece, iterations=2) & ~piece
        if np.mean(coarse[shell] > coarse[piece].mean() + 80) < 0.14:
            pools |= piece
    return refined(chest.grown(pools, at, 5.0), step, hu.shape)


def _coarse_masks(
    hu: Float[np.ndarray, "x y z"], mm: Float[np.ndarray, "3"]
) -> dict[str, Bool[np.ndarray, "x y z"]]:
    """The rules' masks on the coarse grid; `contrast` is what looked like bone between the lungs,
    `hull` the lungs with what lies between them."""
    inside = chest.body(hu, mm)
    airway = chest.airways(hu, inside, mm)
    left, right = chest.lungs(hu, inside, airway, mm)
    z = np.arange(hu.shape[2])
    lungs = left | right
    where = np.flatnonzero(lungs.any((0, 1)))
    if not len(where) or np.flatnonzero(airway.any((0, 1)))[-1:].sum() < where.mean():
        airway = np.zeros_like(airway)  # a windpipe comes from above the lungs; this was bowel
    hull = between.lung_hull(left, right)
    bright = bones(hu.astype(np.int16), mm)
    contrast = between.not_bone(bright, hull, mm)
    floor = between.dome(left, right, mm)
    bone = chest.closed(bright & ~contrast, mm, 4.0)
    middle = between.mediastinum(hu, (left, right), hull, bone, floor, mm)
    below = inside & (z < floor[:, :, None]) & ~lungs
    below &= z > (where[0] if len(where) else 0) - 10 / mm[2]
    return {
        "subcutaneous_fat": chest.fat_under_skin(hu, inside, lungs, mm),
        "trachea": airway,
        "lung_left": left,
        "lung_right": right,
        "cardiomediastinum": between.heart_and_arch(middle, hull, airway, mm) & ~airway,
        "subdiaphragm": below,
        "contrast": contrast,
        "hull": hull,
    }


def to_lps(
    world_from_index: Float[np.ndarray, "4 4"],
) -> tuple[tuple[int, ...], tuple[slice, ...], Float[np.ndarray, "3"]]:
    """Axis order and flips that bring a volume to x left, y back, z head; voxel size in that order."""
    axes = world_from_index[:3, :3]
    spacing = np.linalg.norm(axes, axis=0)
    cosines = axes / spacing
    order: list[int] = []
    for world in np.argsort(-np.abs(cosines).max(1), kind="stable"):  # the clearest axis first
        free = [i for i in range(3) if i not in order]
        order.append(max(free, key=lambda i: abs(cosines[world, i])))
    clearest = np.argsort(-np.abs(cosines).max(1), kind="stable")
    by_world = tuple(order[list(clearest).index(w)] for w in range(3))
    flips = tuple(slice(None, None, 1 if cosines[w, by_world[w]] > 0 else -1) for w in range(3))
    return by_world, flips, spacing[list(by_world)]


def block_mean(hu: Int16[np.ndarray, "x y z"], step: np.ndarray) -> Float[np.ndarray, "a b c"]:
    """Mean over blocks of `step` voxels, the last block filled up with the edge."""
    pad = [(0, int(-n % s)) for n, s in zip(hu.shape, step, strict=True)]
    padded = np.pad(hu, pad, mode="edge").astype(np.float32)
    a, b, c = (n // s for n, s in zip(padded.shape, step, strict=True))
    return padded.reshape(a, step[0], b, step[1], c, step[2]).mean((1, 3, 5))


def refined(
    mask: Bool[np.ndarray, "a b c"], step: np.ndarray, shape: tuple[int, ...]
) -> Bool[np.ndarray, "x y z"]:
    """A coarse mask on the fine grid, its surface smooth: linear interpolation between block centres."""
    if not mask.any():
        return np.zeros(shape, bool)
    scale = 2 * np.asarray(step)  # whole numbers: weights in parts of 1 / scale
    kind = np.uint8 if scale.prod() < 256 else np.uint32
    value: np.ndarray = np.asfortranarray(mask, kind)
    for axis, (n, s) in enumerate(zip(shape, step.tolist(), strict=True)):
        size = [s * m if a == axis else m for a, m in enumerate(value.shape)]
        finer = np.empty(size, value.dtype, order="F")
        low, out = np.moveaxis(value, axis, 0), np.moveaxis(finer, axis, 0)
        for phase in range(s):
            off = 2 * phase + 1 - s  # from the block's centre
            near, share = out[phase::s], kind(abs(off))
            np.multiply(low, 2 * s - abs(off), out=near)
            to, of = (near[1:], low[:-1]) if off < 0 else (near[:-1], low[1:])
            to += of * share
            edge = 0 if off < 0 else -1
            near[edge] += low[edge] * share
        value = np.moveaxis(out[:n], 0, axis)
    return value >= kind(scale.prod() // 2)


def _disc(radius_mm: float, mm: Float[np.ndarray, "3"]) -> Bool[np.ndarray, "a b"]:
    a, b = (int(radius_mm // s) for s in mm[:2])
    x, y = np.mgrid[-a : a + 1, -b : b + 1]
    return (x * mm[0]) ** 2 + (y * mm[1]) ** 2 <= radius_mm**2


def _closed(plane: Bool[np.ndarray, "x y"], disc: Bool[np.ndarray, "a b"]) -> Bool[np.ndarray, "x y"]:
    """Closing as shifts and unions, several times faster than `binary_closing` with its footprint."""
    a, b = (n // 2 for n in disc.shape)
    x, y = plane.shape
    wide = np.zeros((x + 2 * a, y + 2 * b), bool)
    for i, j in np.argwhere(disc):
        wide[i : i + x, j : j + y] |= plane
    out = np.ones_like(plane)
    for i, j in np.argwhere(disc):
        out &= wide[i : i + x, j : j + y]
    return out | plane
