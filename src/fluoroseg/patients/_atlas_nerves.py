"""Brain and spinal cord, for atlases that have the bones around them only."""

import numpy as np
from jaxtyping import Float
from scipy import ndimage

from fluoroseg.patients._atlas_body import Body, put_free
from fluoroseg.patients._chest_rules import closed, grown, pieces, shrunk

BRAIN_HU, CORD_HU = 36, 32
VAULT = ("parietal_bone", "occipital_bone", "frontal_bone", "temporal_bone", "sphenoid_bone", "ethmoid_bone")
CANAL = tuple(f"vertebrae_C{n}" for n in range(1, 8)) + tuple(f"vertebrae_T{n}" for n in range(1, 13))
CONUS = "vertebrae_L1"
CORD_RADIUS_MM = 5.5
HOLE_MM2 = (60.0, 900.0)


def fill_skull(body: Body) -> None:
    """`brain` in the vault that the skull's bones enclose; nothing where they enclose none."""
    mm = body.coarse_mm
    bone = body.coarse(body.mask(*VAULT))
    if not bone.any():
        return
    shell = closed(bone, mm, 14.0)
    space = ndimage.binary_fill_holes(shell)
    for axis in range(3):  # the skull's base has gaps, but some plane through every place is a closed ring
        for plane, filled in zip(np.moveaxis(shell, axis, 0), np.moveaxis(space, axis, 0), strict=True):
            filled |= ndimage.binary_fill_holes(plane)
    room = pieces(shrunk(space & ~bone, mm, 10.0), mm, 200.0)  # the face's spaces are narrower
    if room:
        put_free(body, "brain", body.fine(grown(room[0], mm, 11.0) & space) & (body.labels == 0), BRAIN_HU)


def fill_canal(body: Body) -> None:
    """`spinal_cord` through the vertebrae's canal, C1 to L1."""
    if "spinal_cord" in body.label:
        return
    centres = _canal(body)
    if len(centres) < 10:
        return
    size = body.grid.spacing_mm
    order = centres[np.argsort(centres[:, 2])]
    z = np.arange(int(order[0, 2]), int(order[-1, 2]) + 1)
    width = max(3.0, 15.0 / size)
    where = np.zeros(body.grid.shape, bool)
    x, y = (np.arange(n) for n in body.grid.shape[:2])
    for k in z:
        weight = np.exp(-0.5 * ((order[:, 2] - k) / width) ** 2)
        cx, cy = (order[:, :2] * weight[:, None]).sum(0) / max(weight.sum(), 1e-9)
        taper = np.clip((k - z[0]) * size / 30, 0.25, 1)  # the conus
        where[:, :, k] = np.hypot(x[:, None] - cx, y - cy) * size < CORD_RADIUS_MM * taper
    put_free(body, "spinal_cord", where, CORD_HU)


def _canal(body: Body) -> Float[np.ndarray, "n 3"]:
    """Middles (indices) of the holes that axial slices through single vertebrae show."""
    found = []
    for name in (*CANAL, CONUS):
        if name not in body.label:
            continue
        mask = body.labels == body.label[name]
        box = ndimage.find_objects(mask.astype(np.uint8))
        if not box:
            continue
        for k in range(box[0][2].start, box[0][2].stop):
            plane = np.pad(mask[box[0][0], box[0][1], k], 1)
            holes, number = ndimage.label(ndimage.binary_fill_holes(plane) & ~plane)
            area = np.bincount(holes.ravel(), minlength=number + 1)[1:] * body.grid.spacing_mm**2
            if number and HOLE_MM2[0] < area.max() < HOLE_MM2[1]:
                middle = np.argwhere(holes == area.argmax() + 1).mean(0) - 1
                found.append([middle[0] + box[0][0].start, middle[1] + box[0][1].start, k])
    return np.array(found, float).reshape(-1, 3)
