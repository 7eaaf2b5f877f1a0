"""What the atlas lacks, made plausible: skin and fat, lungs, heart, bowel gas; and everything's HU."""

import numpy as np
from jaxtyping import Bool, Float, Int16, UInt8, UInt16
from scipy import ndimage

from fluoroseg.patients._chest_rules import Mask, closed, grown
from fluoroseg.patients._diaphragm_rules import hull2d
from fluoroseg.patients.rules import refined

TISSUE_HU = np.array([0, 55, 120, 250, 750, 1200], np.int16)  # outside, soft, cartilage, marrow, thin, cortex
AIR_HU, FAT_HU, FILL_HU, LUNG_HU, BLOOD_HU = -1000, -90, 30, -820, 40
WORK_MM = 4.0
SKIN_MM = 8.0


def clothe(
    labels: UInt16[np.ndarray, "i j k"],
    tissue: UInt8[np.ndarray, "i j k"],
    structures: dict[int, str],
    sheets: dict[str, Bool[np.ndarray, "i j k"]],
    spacing_mm: float,
) -> Int16[np.ndarray, "i j k"]:
    """HU of the whole body. Adds the lungs, mediastinum and what lies below to `labels` and `structures`."""
    step = max(1, round(WORK_MM / spacing_mm))
    mm = np.full(3, step * spacing_mm)
    solid = _coarse(tissue > 0, step)
    inner = closed(solid, mm, 20.0) | _trunk(labels, structures, sheets["wall"], step)
    for k in range(inner.shape[2]):
        inner[:, :, k] = ndimage.binary_fill_holes(inner[:, :, k])
    skin = ndimage.gaussian_filter(grown(inner, mm, SKIN_MM).astype(np.float32), 6 / mm[0]) > 0.5
    hu = np.full(labels.shape, AIR_HU, np.int16)
    hu[_fine(skin, step, labels.shape)] = FAT_HU
    hu[_fine(ndimage.binary_erosion(inner), step, labels.shape)] = FILL_HU
    drawn = tissue > 0
    hu[drawn] = TISSUE_HU[tissue[drawn]]
    organs = _chest(labels, structures, sheets["diaphragm"], solid, step, mm)
    for name, mask in organs.items():
        label = max(structures, default=0) + 1
        fine = _fine(mask, step, labels.shape) & (labels == 0) & (tissue < 2)
        if name != "subdiaphragm":
            fine &= ~drawn | (
                name.startswith("lung") & ~_fine(ndimage.binary_dilation(solid), step, labels.shape)
            )
        labels[fine], structures[label] = label, name
        if name != "subdiaphragm":
            hu[fine] = LUNG_HU if name.startswith("lung_") else AIR_HU if name == "trachea" else BLOOD_HU
        else:
            hu[fine & ~drawn] = BLOOD_HU
    _bowel_gas(hu, labels, inner, structures, step, mm)
    return hu


def _trunk(
    labels: UInt16[np.ndarray, "i j k"],
    structures: dict[int, str],
    wall: Bool[np.ndarray, "i j k"],
    step: int,
) -> Mask:
    """The belly, which has no front in the atlas: in each slice the hull of its wall, hip bones and spine."""
    bones = [
        n for n, name in structures.items() if name.startswith(("hip_", "vertebrae_L", "sacrum", "rib_"))
    ]
    frame = _coarse(wall, step)
    slices = np.flatnonzero(frame.any((0, 1)))
    out = np.zeros_like(frame)
    if len(slices):
        frame |= _coarse(np.isin(labels, bones), step)
        for k in range(slices[0], slices[-1] + 1):
            out[:, :, k] = hull2d(frame[:, :, k])
    return out


def _chest(
    labels: UInt16[np.ndarray, "i j k"],
    structures: dict[int, str],
    diaphragm: Bool[np.ndarray, "i j k"],
    solid: Mask,
    step: int,
    mm: Float[np.ndarray, "3"],
) -> dict[str, Mask]:
    """Lungs, trachea, mediastinum what is below the dome; nothing without a rib cage."""
    cage = [
        n
        for n, name in structures.items()
        if name.startswith("rib_") or name in ("sternum", "costal_cartilages")
    ]
    spine = [n for n, name in structures.items() if name.startswith("vertebrae_T")]
    if len(cage) < 20 or not spine or not diaphragm.any():
        return {}
    ribs = _coarse(np.isin(labels, cage), step)
    bones = closed(ribs | _coarse(np.isin(labels, spine), step), mm, 6.0)
    hull = np.stack([hull2d(ribs[:, :, k]) for k in range(ribs.shape[2])], axis=2)
    inside = ndimage.distance_transform_edt(np.pad(hull, 1), sampling=mm)[1:-1, 1:-1, 1:-1] > 10
    cavity = ndimage.binary_opening(inside & ~grown(bones, mm, 3.0), iterations=2)
    pieces, _ = ndimage.label(cavity)
    cavity = pieces == np.bincount(pieces.ravel())[1:].argmax() + 1
    x, _, z = np.indices(cavity.shape)
    sheet = _coarse(diaphragm, step)
    top = np.where(sheet.max(2), sheet.shape[2] - 1 - sheet[:, :, ::-1].argmax(2), 0)
    nearest = ndimage.distance_transform_edt(~sheet.max(2), return_indices=True, return_distances=False)
    top = ndimage.grey_closing(top[tuple(nearest)], size=(9, 9))  # no pits at gaps
    top = ndimage.gaussian_filter(top.astype(float), 1.0)
    above = cavity & (z > top[:, :, None])
    middle = np.argwhere(np.isin(labels, spine))[:, 0].mean() / step
    heart = _heart(above, middle, mm)
    trachea = _windpipe(above, bones, middle, mm)
    lung = above & ~heart & ~grown(trachea, mm, 3.0) & ~solid
    lung = ndimage.binary_opening(lung)
    lowest = np.flatnonzero(lung.any((0, 1)))[0]
    below = hull & (z <= top[:, :, None]) & (z >= lowest - 10 / mm[2])
    return {
        "trachea": trachea,
        "lung_left": lung & (x > middle),
        "lung_right": lung & (x <= middle),
        "cardiomediastinum": heart & above,
        "subdiaphragm": below,
    }


def _heart(above: Mask, middle: float, mm: Float[np.ndarray, "3"]) -> Mask:
    """An egg on the diaphragm, mostly left of the midline, the great vessels above, a septum all through."""
    where = np.argwhere(above)
    low, high = np.quantile(where, [0.01, 0.99], axis=0)
    x, y, z = (np.indices(above.shape)[n] for n in range(3))
    half, depth, height = 0.5 * (high[0] - low[0]), high[1] - low[1], high[2] - low[2]
    near = above.any(2) & (np.abs(x[:, :, 0] - middle) < 0.4 * half) & (y[:, :, 0] < low[1] + 0.6 * depth)
    floor = float(np.median(above.argmax(2)[near])) if near.any() else float(low[2])
    across, back, up = (x - middle) / half, (y - low[1]) / depth, (z - floor) / height
    egg = (
        ((across - 0.17 - 0.25 * (0.2 - up)) / 0.42) ** 2
        + ((back - 0.36) / 0.34) ** 2
        + ((up - 0.18) / 0.26) ** 2
    )
    vessels = ((across - 0.04) / (0.24 - 0.06 * up)) ** 2 + ((back - 0.42) / 0.3) ** 2 < 1
    septum = np.abs(x - middle) * mm[0] < 7
    return (egg < 1) | (vessels & (up > 0.1)) | septum


def _windpipe(above: Mask, bones: Mask, middle: float, mm: Float[np.ndarray, "3"]) -> Mask:
    """A tube of 9 mm radius before the spine, from the bifurcation (two thirds up) to above the lungs."""
    tops = np.flatnonzero(above.any((0, 1)))
    start, stop = int(tops[0] + 0.62 * np.ptp(tops)), min(int(tops[-1] + 60 / mm[2]), above.shape[2])
    out = np.zeros_like(above)
    x, y = np.indices(above.shape[:2])
    near = slice(max(int(middle - 8 / mm[0]), 0), int(middle + 8 / mm[0]) + 1)
    front = None
    for k in range(start, stop):
        hit = np.flatnonzero(bones[near, :, k].all(0))
        if front is None and not len(hit):
            continue
        rows = np.flatnonzero(above[:, :, k].any(0))
        spine = hit[hit > rows.mean()] if len(rows) else hit
        if len(spine):
            front = spine.min() if front is None else 0.8 * front + 0.2 * spine.min()
        if front is not None:
            out[:, :, k] = np.hypot((x - middle) * mm[0], (y - front) * mm[1] + 16) < 9
    return out


def _bowel_gas(
    hu: Int16[np.ndarray, "i j k"],
    labels: UInt16[np.ndarray, "i j k"],
    inner: Mask,
    structures: dict[int, str],
    step: int,
    mm: Float[np.ndarray, "3"],
) -> None:
    """Some pockets of gas before the lumbar spine (always the same)."""
    number = {name: label for label, name in structures.items()}
    spine = [
        number[n] for n in ("vertebrae_L2", "vertebrae_L3", "vertebrae_L4", "vertebrae_L5") if n in number
    ]
    if not spine:
        return
    where = np.argwhere(_coarse(np.isin(labels, spine), step))
    rng = np.random.default_rng(2)
    deep = ~grown(~inner, mm, 25.0)
    gas = np.zeros_like(inner)
    for _ in range(24):
        centre = np.array([where[:, 0].mean(), where[:, 1].min(), where[:, 2].mean()])
        centre += rng.uniform([-95, -70, -90], [95, -15, 90]) / mm
        radius = rng.uniform(8, 20, 3) / mm
        box = tuple(
            slice(max(int(a), 0), int(b) + 2) for a, b in zip(centre - radius, centre + radius, strict=True)
        )
        at = np.moveaxis(
            np.mgrid[tuple(slice(s.start, s.start + n) for s, n in zip(box, gas[box].shape, strict=True))],
            0,
            -1,
        )
        gas[box] |= (((at - centre) / radius) ** 2).sum(-1) < 1
    gas &= deep
    fine = _fine(gas, step, labels.shape) & (labels == 0) & (hu == FILL_HU)
    hu[fine] = -900


def _coarse(mask: Bool[np.ndarray, "i j k"], step: int) -> Mask:
    """A block is set when any of its voxels is: thin sheets stay closed."""
    padded = np.pad(mask, [(0, -n % step) for n in mask.shape])
    a, b, c = (n // step for n in padded.shape)
    return padded.reshape(a, step, b, step, c, step).max((1, 3, 5))


def _fine(mask: Mask, step: int, shape: tuple[int, ...]) -> Bool[np.ndarray, "i j k"]:
    return refined(mask, np.full(3, step), shape)
