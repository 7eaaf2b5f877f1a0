"""Silhouettes that exist only in a view: what a reader of X-rays outlines is not always a whole organ."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Bool, Float
from scipy import ndimage

LUNG_PARTS = {
    "left": ("lung_left", "lung_upper_lobe_left", "lung_lower_lobe_left"),
    "right": ("lung_right", "lung_upper_lobe_right", "lung_middle_lobe_right", "lung_lower_lobe_right"),
}
BELOW = (
    "subdiaphragm", "liver", "stomach", "spleen", "colon", "kidney_left", "kidney_right", "gallbladder",
    "pancreas", "adrenal_gland_left", "adrenal_gland_right", "small_bowel", "duodenum", "gastric_bubble",
)  # fmt: skip
NEEDED = {"left": ("stomach", "spleen"), "right": ("liver",)}


LUNG_MM = 12.0
"""A ray through less lung than this shows none."""

TONGUE_MM = {"left": 25.0, "right": 65.0}
"""The same towards the midline, where no reader outlines thin tongues of lung: before the heart and beside
the spine; on the right the recess behind gullet and heart, which reaches over the spine."""

BELOW_MM = 40.0
"""A ray through less abdomen than this does not show the dome (70 mm of radius: 3 mm at its top)."""

HEART_MM = 20.0
"""A ray through less of heart and vessels than this passes them: small vessels beside the hila."""

DEFINING = frozenset({*BELOW, *LUNG_PARTS["left"], *LUNG_PARTS["right"]})
"""Structures whose path lengths `above_dome` reads."""


def above_dome(
    path_mm: Mapping[str, Float[np.ndarray, "h w"]], left: tuple[float, float] = (0.0, 1.0)
) -> dict[str, Bool[np.ndarray, "h w"]]:
    """`lung_left_above_dome`, `lung_right_above_dome`: the lungs as radiographs are read.

    A lung down to the visible dome of the diaphragm, including what lies behind the heart, but not the
    thin tongues that a silhouette has across the midline.

    path_mm: path length in mm through each structure of DEFINING that one view shows. A lung is itself or
    its lobes; a lobe without an entry counts as out of view. What lies below the dome is `subdiaphragm`,
    or the organs under it with the gaps between them filled.
    left: direction of the patient's left in the picture, (rows down, columns to the right).

    A side is answered only where they tell enough: some of that lung, and either `subdiaphragm` or the
    organs that carry that dome (right: liver; left: stomach and spleen).
    """
    below = _below(path_mm)
    out = {}
    for side, names in LUNG_PARTS.items():
        parts = [path_mm[name] for name in names if name in path_mm]
        enough = "subdiaphragm" in path_mm or all(name in path_mm for name in NEEDED[side])
        if parts and below is not None and enough:
            medial = np.array(left) / np.hypot(*left) * (-1 if side == "left" else 1)
            lung = _without_tongues(_sum(parts), TONGUE_MM[side], medial)
            out[f"lung_{side}_above_dome"] = _largest(lung & ~below)
    return out


def cardiac_silhouette(
    path_mm: Mapping[str, Float[np.ndarray, "h w"]], head: tuple[float, float]
) -> Bool[np.ndarray, "h w"] | None:
    """The cardiomediastinal silhouette as radiographs are read: heart and great vessels in one outline,
    from the heart's lower border to the top of the aortic arch.

    path_mm: path length in mm through each of `anatomy.members("cardiomediastinum")` that one frontal view
    shows.
    head: direction of the patient's head in the picture, (rows down, columns to the right).

    `cardiomediastinum`, what lies between the lungs, must be among them, else None: without it gaps
    between the organs would stay. Heart and aorta bound the outline where they are labelled themselves;
    where they are not, `cardiomediastinum` is labelled within these bounds (`patients.rules`).
    """
    if "cardiomediastinum" not in path_mm:
        return None
    mask = _sum(list(path_mm.values())) > HEART_MM
    rows, columns = np.ogrid[: mask.shape[0], : mask.shape[1]]
    height = rows * head[0] + columns * head[1]
    for name, side in (("heart", -1), ("aorta", 1)):
        if name in path_mm and path_mm[name].any():
            mask &= side * height <= (side * height)[path_mm[name] > 0].max()
    return _largest(_filled(mask))


def _without_tongues(
    path: Float[np.ndarray, "h w"], tongue_mm: float, medial: Float[np.ndarray, "2"]
) -> Bool[np.ndarray, "h w"]:
    """Where a lung is seen: at each height as far towards the midline as it is thick thereabouts."""
    seen, thick = path > LUNG_MM, path > tongue_mm
    if not thick.any():
        return seen
    rows, columns = np.ogrid[: path.shape[0], : path.shape[1]]
    inwards = rows * medial[0] + columns * medial[1]
    height = np.rint(rows * medial[1] - columns * medial[0]).astype(int)
    height -= height.min()
    reach = np.full(height.max() + 1, -np.inf)
    np.maximum.at(reach, height[thick], inwards[thick])
    there = np.flatnonzero(reach > -np.inf)
    reach = np.interp(np.arange(len(reach)), there, reach[there])
    thereabouts = 2 * max(1, round(0.06 * len(there))) + 1
    return seen & (inwards <= ndimage.maximum_filter1d(reach, thereabouts)[height])


def _sum(paths: list[Float[np.ndarray, "h w"]]) -> Float[np.ndarray, "h w"]:
    return sum(paths[1:], start=paths[0])


def _largest(mask: Bool[np.ndarray, "h w"]) -> Bool[np.ndarray, "h w"]:
    """The largest connected part: a rim of the recess that peeps out under the abdomen is not meant."""
    parts, count = ndimage.label(mask)
    return mask if count < 2 else parts == 1 + np.argmax(np.bincount(parts.ravel())[1:])


def _filled(mask: Bool[np.ndarray, "h w"]) -> Bool[np.ndarray, "h w"]:
    """Holes closed; a hole touches no edge of the picture."""
    gaps, count = ndimage.label(~mask)
    hole = np.ones(count + 1, bool)
    hole[[0, *gaps[0], *gaps[-1], *gaps[:, 0], *gaps[:, -1]]] = False
    return mask | hole[gaps]


def _below(path_mm: Mapping[str, Float[np.ndarray, "h w"]]) -> Bool[np.ndarray, "h w"] | None:
    """What lies below the diaphragm; thin gaps between organs (fat, walls) are closed."""
    parts = [path_mm[name] for name in BELOW if name in path_mm]
    if not parts:
        return None
    union = _sum(parts) > BELOW_MM
    if "subdiaphragm" in path_mm or not union.any():
        return union
    reach = max(1, round(0.02 * max(union.shape)))
    around = _around(union, 2 * reach)  # the rest stays empty, and costs time
    part = union[around]
    grown = ndimage.distance_transform_edt(~np.pad(part, reach, mode="edge")) <= reach
    closed = ndimage.distance_transform_edt(np.pad(grown, 1)) > reach
    inner = slice(reach + 1, -reach - 1)
    union[around] = _filled(closed[inner, inner] | part)
    return union


def _around(mask: Bool[np.ndarray, "h w"], margin: int) -> tuple[slice, slice]:
    """Rows and columns of a mask's pixels, and a margin."""
    rows, columns = ndimage.find_objects(mask.astype(np.uint8))[0]
    return (
        slice(max(0, rows.start - margin), rows.stop + margin),
        slice(max(0, columns.start - margin), columns.stop + margin),
    )
