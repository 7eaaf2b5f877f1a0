"""Lungs, airway, mediastinum and what is below the dome, from a rib cage and a diaphragm."""

import numpy as np
from jaxtyping import Float
from scipy import ndimage

from fluoroseg.patients._atlas_body import AIR_HU, Body, put_free
from fluoroseg.patients._chest_rules import Mask, closed, grown
from fluoroseg.patients._diaphragm_rules import hull2d

LUNG_HU, BLOOD_HU, BELLY_HU = -820, 40, 35
GROOVE_MM = 10.0
CAGE = ("rib_", "sternum", "manubrium", "costal_cartilage")
MEDIASTINAL = (
    "heart", "aort", "superior_vena", "inferior_vena", "pulmonary_", "thymus", "brachio", "coronary",
    "subclavian", "common_carotid", "mitral", "tricuspid",
)  # fmt: skip


def fill_chest(body: Body) -> None:
    """Adds trachea, lungs, mediastinum and `subdiaphragm`; nothing without a rib cage and a diaphragm.

    Organs of the mediastinum that are there already keep their place; else an invented heart takes it.
    """
    names = [name for name in body.label if name.startswith("rib_")]
    dome = body.coarse(body.mask("diaphragm"))
    spine = body.mask("vertebrae_T")
    if len(names) < 20 or not dome.any() or not spine.any():
        return
    mm = body.coarse_mm
    ribs = body.coarse(body.mask(*CAGE))
    bones = ribs | body.coarse(spine)
    solid = body.coarse((body.labels > 0) & ~body.mask("liver", "spleen", "diaphragm"))
    hull = np.stack([hull2d(ribs[:, :, k]) for k in range(ribs.shape[2])], axis=2)
    inside = ndimage.distance_transform_edt(np.pad(hull, 1), sampling=mm)[1:-1, 1:-1, 1:-1] > 10
    cavity = ndimage.binary_opening(inside & ~grown(bones, mm, 3.0), iterations=2)
    pieces, _ = ndimage.label(cavity)
    cavity = pieces == np.bincount(pieces.ravel())[1:].argmax() + 1
    top = _dome(dome)
    z = np.arange(cavity.shape[2])
    above = cavity & (z > top[:, :, None])
    middle = float(np.argwhere(spine)[:, 0].mean() / body.step)
    organs = body.coarse(body.mask(*MEDIASTINAL)) & inside
    heart = _around(organs, middle, mm) if organs.any() else _heart(above, middle, mm)
    trachea = _windpipe(above, bones, middle, mm)
    lung = above & ~heart & ~grown(trachea, mm, 3.0) & ~solid
    lung = ndimage.binary_opening(lung)
    lowest = np.flatnonzero(lung.any((0, 1)))[0]
    x = np.arange(lung.shape[0])[:, None, None]
    put_free(body, "trachea", body.fine(trachea), AIR_HU)
    put_free(body, "lung_left", body.fine(lung & (x > middle)), LUNG_HU)
    put_free(body, "lung_right", body.fine(lung & (x <= middle)), LUNG_HU)
    # an atlas without vessels: the arch is taken to reach up to the fourth thoracic vertebra
    arch = np.argwhere(body.coarse(body.mask("vertebrae_T4")))[:, 2].min(initial=len(z))
    put_free(body, "cardiomediastinum", body.fine(heart & above & (z <= arch)), BLOOD_HU)
    below = hull & (z <= top[:, :, None]) & (z >= lowest - 10 / mm[2])
    put_free(body, "subdiaphragm", body.fine(below), BELLY_HU)


def fill_heart(body: Body) -> None:
    """`heart` between the chambers' walls: blood, valves' rings, fat of the grooves."""
    chambers = body.coarse(body.mask("heart_"))
    if chambers.any():
        put_free(body, "heart", body.fine(closed(chambers, body.coarse_mm, GROOVE_MM)), BLOOD_HU)


def _dome(sheet: Mask) -> Float[np.ndarray, "x y"]:
    """Height (index) of the diaphragm above each column, without pits at its gaps."""
    top = np.where(sheet.max(2), sheet.shape[2] - 1 - sheet[:, :, ::-1].argmax(2), 0)
    nearest = ndimage.distance_transform_edt(~sheet.max(2), return_indices=True, return_distances=False)
    return ndimage.gaussian_filter(ndimage.grey_closing(top[tuple(nearest)], size=(9, 9)).astype(float), 1.0)


def _around(organs: Mask, middle: float, mm: Float[np.ndarray, "3"]) -> Mask:
    """The organs of the mediastinum, the gaps between them, and a septum from front to back."""
    x = np.arange(organs.shape[0])[:, None, None]
    return ndimage.binary_closing(np.pad(organs, 4), iterations=3)[4:-4, 4:-4, 4:-4] | (
        (np.abs(x - middle) * mm[0] < 7) & np.ones_like(organs)
    )


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
