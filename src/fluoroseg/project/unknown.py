"""What a picture cannot tell because the volume ends: where a cut structure would go on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, UInt16

from fluoroseg.geometry.camera import Camera
from fluoroseg.project.constants import NO_SLOT


@dataclass(frozen=True)
class Cut:
    """One structure at one end of the volume.

    axis, upper: which of the six faces, in voxel indices.
    low, high: box of the structure in the outermost layer, voxel indices along all axes.
    """

    axis: int
    upper: bool
    low: tuple[int, int, int]
    high: tuple[int, int, int]


def find_cuts(slots: UInt16[np.ndarray, "i j k"], names: Sequence[str]) -> dict[str, list[Cut]]:
    """Structure -> the faces of the volume at which it is cut."""
    cuts: dict[str, list[Cut]] = {}
    for axis in range(3):
        for upper in (False, True):
            at = slots.shape[axis] - 1 if upper else 0
            index: Int[np.ndarray, "n 3"] = np.argwhere(np.take(slots, [at], axis=axis) != NO_SLOT)
            index[:, axis] = at
            found = slots[tuple(index.T)]
            for slot in np.unique(found):
                own = index[found == slot]
                box = own.min(axis=0).tolist(), own.max(axis=0).tolist()
                cuts.setdefault(names[slot], []).append(Cut(axis, upper, tuple(box[0]), tuple(box[1])))
    return cuts


def beyond(
    cuts: Sequence[Cut], camera: Camera, index_from_world: Float[np.ndarray, "4 4"]
) -> Bool[np.ndarray, "h w"]:
    """Rays that pass where the structure would go on: straight out of the volume, as wide as at its end."""
    unknown = np.zeros(camera.shape, dtype=bool)
    if not cuts:
        return unknown
    turn, shift = index_from_world[:3, :3], index_from_world[:3, 3]
    row, column = np.indices(camera.shape)
    pixel = camera.origin_mm + row[..., None] * camera.down_mm + column[..., None] * camera.right_mm
    source, ray = turn @ camera.source_mm + shift, (pixel - camera.source_mm) @ turn.T
    for cut in cuts:
        low, high = np.array(cut.low) - 0.5, np.array(cut.high) + 0.5
        if cut.upper:
            low[cut.axis], high[cut.axis] = high[cut.axis], np.inf
        else:
            low[cut.axis], high[cut.axis] = -np.inf, low[cut.axis]
        with np.errstate(divide="ignore", invalid="ignore"):
            one, other = (low - source) / ray, (high - source) / ray
        near = np.nan_to_num(np.minimum(one, other), nan=-np.inf).max(axis=-1)
        far = np.nan_to_num(np.maximum(one, other), nan=np.inf).min(axis=-1)
        unknown |= np.minimum(far, 1.0) > np.maximum(near, 0.0)
    return unknown
