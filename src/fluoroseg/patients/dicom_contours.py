"""RTSTRUCT: closed planar contours (PS3.3 C.8.8.6) filled on the CT's grid.

Contours are filled here, by the even-odd rule at voxel centres, because no kept library fits: rt-utils
(1.2.7) needs OpenCV and the DICOM slices themselves, plastimatch is a program of its own.
"""

import numpy as np
import pydicom
from jaxtyping import Bool, Float, Int

from fluoroseg.errors import GeometryError, LimitError, ReadError

RTSTRUCT = "1.2.840.10008.5.1.4.1.1.481.3"
NOT_ANATOMY = frozenset(
    {"PTV", "CTV", "GTV", "TREATED_VOLUME", "IRRAD_VOLUME", "BOLUS", "DOSE_REGION", "ISOCENTER", "CONTROL"}
    | {"MARKER", "REGISTRATION", "FIXATION", "SUPPORT", "FIDUCIAL", "DOSE_MEASUREMENT"}
    | {"BRACHY_CHANNEL", "BRACHY_ACCESSORY", "BRACHY_SRC_APP", "BRACHY_CHNL_SHLD"}
)
"""Interpreted types of regions that are no anatomy; they are left out."""

_BY_KIND = {"EXTERNAL": ("body",)}  # the patient's outline, whatever it is called
_MAX_CROSSINGS = 50_000_000
_FLAT = 0.35  # voxels that a contour may leave its slice


def contour_words(dataset: pydicom.Dataset) -> dict[int, list[str]]:
    """ROI number -> its name and the type it is interpreted as, for regions of anatomy with contours."""
    drawn = {int(item.ReferencedROINumber) for item in dataset.get("ROIContourSequence") or []}
    kinds = {
        int(item.ReferencedROINumber): str(item.get("RTROIInterpretedType") or "").upper()
        for item in dataset.get("RTROIObservationsSequence") or []
    }
    words = {}
    for roi in dataset.get("StructureSetROISequence") or []:
        number = int(roi.ROINumber)
        if number in drawn and kinds.get(number) not in NOT_ANATOMY:
            words[number] = [str(roi.get("ROIName") or ""), *_BY_KIND.get(kinds.get(number, ""), ())]
    if not words:
        raise ReadError("has no contours of anatomy (ROIContourSequence)")
    return words


def contours_of(dataset: pydicom.Dataset, number: int) -> list[Float[np.ndarray, "n 3"]]:
    """The closed planar contours of a ROI, points in LPS mm."""
    loops = []
    for item in dataset.ROIContourSequence:
        if int(item.ReferencedROINumber) == number:
            for contour in item.get("ContourSequence") or []:
                kind = str(contour.get("ContourGeometricType") or "")
                if kind in ("CLOSED_PLANAR", "CLOSEDPLANAR_XOR"):
                    loops.append(_points(contour))
    return loops


def fill(
    loops: list[Float[np.ndarray, "_ 3"]],
    shape: tuple[int, int, int],
    world_from_index: Float[np.ndarray, "4 4"],
) -> Bool[np.ndarray, "i j k"]:
    """Voxels whose centre lies inside an odd number of the contours of their slice.

    The contours may lie in slices of any of the three index directions. A slice takes the nearest
    contours, when they are no further than half the distance between contours (or half a slice).
    Raises GeometryError for contours that lie in no slices.
    """
    mask = np.zeros(shape, bool)
    if not loops:
        return mask
    index_from_world = np.linalg.inv(world_from_index)
    inside = [loop @ index_from_world[:3, :3].T + index_from_world[:3, 3] for loop in loops]
    uneven = np.max([np.ptp(loop, axis=0) for loop in inside], axis=0)
    axis = int(uneven.argmin())
    if uneven[axis] > _FLAT:
        raise GeometryError(
            f"its contours lie in no slices of this CT (up to {uneven[axis]:.1f} voxels out of plane); "
            "are they drawn on another series?"
        )
    u, v = (a for a in range(3) if a != axis)
    levels = np.array([loop[:, axis].mean() for loop in inside])
    planes = _planes(levels)
    reach = max(1.0, float(np.diff(planes).min()) if len(planes) > 1 else 1.0) / 2 + 1e-3
    slices = np.moveaxis(mask, axis, 0)
    for k in range(shape[axis]):
        nearest = int(np.abs(planes - k).argmin())
        if abs(planes[nearest] - k) <= reach:
            here = [inside[n][:, (u, v)] for n in np.flatnonzero(np.abs(levels - planes[nearest]) <= 0.05)]
            slices[k] = even_odd(here, (shape[u], shape[v]))
    return mask


def even_odd(loops: list[Float[np.ndarray, "_ 2"]], shape: tuple[int, int]) -> Bool[np.ndarray, "u v"]:
    """Points `(u, v)` of a grid inside an odd number of closed polygons (vertices `(u, v)`).

    Along every line v = constant, each edge that crosses it turns what follows from out to in or back.
    """
    turns = np.zeros((shape[0] + 1, shape[1]), np.int64)
    start = np.concatenate(loops)
    end = np.concatenate([np.roll(loop, -1, axis=0) for loop in loops])
    low, high = np.minimum(start[:, 1], end[:, 1]), np.maximum(start[:, 1], end[:, 1])
    first = np.clip(np.ceil(low), 0, shape[1]).astype(np.int64)
    count = np.clip(np.ceil(high), 0, shape[1]).astype(np.int64) - first  # low <= v < high
    if count.sum() > _MAX_CROSSINGS:
        raise LimitError(f"{int(count.sum())} crossings of contours and rows in one slice")
    edge = np.repeat(np.arange(len(start)), count)
    v: Int[np.ndarray, " n"] = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count) + first[edge]
    share = (v - start[edge, 1]) / (end[edge, 1] - start[edge, 1])
    u = start[edge, 0] + share * (end[edge, 0] - start[edge, 0])
    np.add.at(turns, (np.clip(np.ceil(u), 0, shape[0]).astype(np.int64), v), 1)
    return np.cumsum(turns, axis=0)[:-1] % 2 == 1


def _planes(levels: Float[np.ndarray, "n"]) -> Float[np.ndarray, "m"]:
    """Where contours lie, in voxels; those within a twentieth of a voxel are of one plane."""
    ordered = np.sort(levels)
    return ordered[np.concatenate([[True], np.diff(ordered) > 0.05])]


def _points(contour: pydicom.Dataset) -> Float[np.ndarray, "n 3"]:
    raw = contour.get_item("ContourData")
    value = getattr(raw, "value", None)
    cells = value.split(b"\\") if isinstance(value, bytes) else list(value or [])
    points = np.array(cells, dtype=np.float64)
    if not len(points) or len(points) % 3 or not np.isfinite(points).all() or np.abs(points).max() > 1e6:
        raise ReadError(f"a contour of {len(points)} numbers; expected x, y, z of every point in mm")
    return points.reshape(-1, 3)
