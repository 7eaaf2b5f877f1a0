"""Silhouettes that exist only in a view: what a reader of X-rays outlines is not always a whole organ."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Bool
from scipy import ndimage

LUNG_PARTS = {
    "left": ("lung_left", "lung_upper_lobe_left", "lung_lower_lobe_left"),
    "right": ("lung_right", "lung_upper_lobe_right", "lung_middle_lobe_right", "lung_lower_lobe_right"),
}
BELOW = (
    "subdiaphragm", "liver", "stomach", "spleen", "colon", "kidney_left", "kidney_right", "gallbladder",
    "pancreas", "adrenal_gland_left", "adrenal_gland_right", "small_bowel", "duodenum",
)  # fmt: skip
NEEDED = {"left": ("stomach", "spleen"), "right": ("liver",)}


def above_dome(masks: Mapping[str, Bool[np.ndarray, "h w"]]) -> dict[str, Bool[np.ndarray, "h w"]]:
    """`lung_left_above_dome`, `lung_right_above_dome`: lung not behind or before the dome of the diaphragm.

    masks: silhouettes of one view by canonical name. A lung is its whole silhouette or the union of its
    lobes; a lobe without a mask counts as out of view. What lies below the dome is `subdiaphragm`, or the
    organs under it with the gaps between them filled.

    A side is answered only where `masks` tell enough: some of that lung, and either `subdiaphragm` or the
    organs that carry that dome (right: liver; left: stomach and spleen).
    """
    below = _below(masks)
    out = {}
    for side, names in LUNG_PARTS.items():
        parts = [masks[name] for name in names if name in masks]
        enough = "subdiaphragm" in masks or all(name in masks for name in NEEDED[side])
        if parts and below is not None and enough:
            out[f"lung_{side}_above_dome"] = _largest(np.logical_or.reduce(parts) & ~below)
    return out


def _largest(mask: Bool[np.ndarray, "h w"]) -> Bool[np.ndarray, "h w"]:
    """The largest connected part: a rim of the recess that peeps out under the abdomen is not meant."""
    parts, count = ndimage.label(mask)
    return mask if count < 2 else parts == 1 + np.argmax(np.bincount(parts.ravel())[1:])


def _below(masks: Mapping[str, Bool[np.ndarray, "h w"]]) -> Bool[np.ndarray, "h w"] | None:
    """Union of what lies below the diaphragm; thin gaps between organs (fat, walls) are closed."""
    parts = [masks[name] for name in BELOW if name in masks]
    if not parts:
        return None
    union = np.logical_or.reduce(parts)
    if "subdiaphragm" in masks:
        return union
    reach = max(1, round(0.02 * max(union.shape)))
    grown = ndimage.distance_transform_edt(~np.pad(union, reach, mode="edge")) <= reach
    closed = ndimage.distance_transform_edt(np.pad(grown, 1)) > reach
    inner = slice(reach + 1, -reach - 1)
    return ndimage.binary_fill_holes(closed[inner, inner] | union)
