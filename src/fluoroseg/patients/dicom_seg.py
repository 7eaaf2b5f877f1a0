"""DICOM segmentations (PS3.3 A.51, A.91): binary, fractional and label maps, each with its own geometry."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from jaxtyping import Bool, Float, Int, UInt16

from fluoroseg.errors import GeometryError, LimitError, ReadError
from fluoroseg.patients.dicom_files import check_pixels, numbers, stored_values
from fluoroseg.patients.dicom_series import frame_planes, functional
from fluoroseg.patients.dicom_stack import MAX_UNEVEN, check_alike, unit_directions
from fluoroseg.patients.nifti import MAX_VOXELS

SEGMENTATION = ("1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7")
_HALF = 0.5


@dataclass(frozen=True)
class Grid:
    """Frames on one grid: where slice `k` of each frame is, and voxel centre index -> LPS mm."""

    shape: tuple[int, int, int]
    world_from_index: Float[np.ndarray, "4 4"]
    slice_of_frame: Int[np.ndarray, "frames"]


def segment_words(dataset: pydicom.Dataset) -> dict[int, list[str]]:
    """Segment number -> what it is called, most telling first: label, code, coded words, description."""
    words = {}
    for segment in dataset.get("SegmentSequence") or []:
        coded = " ".join(
            filter(None, (_side(segment), _meaning(segment, "SegmentedPropertyTypeCodeSequence")))
        )
        region = " ".join(filter(None, (_side(segment), _meaning(segment, "AnatomicRegionSequence"))))
        said = [
            str(segment.get("SegmentLabel") or ""),
            _by_code(segment),
            coded,
            region,
            str(segment.get("SegmentDescription") or ""),
        ]
        words[int(segment.SegmentNumber)] = [s for s in dict.fromkeys(said) if s]
    if not words:
        raise ReadError("has no segments (SegmentSequence)")
    return words


def segment_grid(dataset: pydicom.Dataset, path: Path) -> Grid:
    """The grid of all frames; frames of empty slices may have been left out."""
    planes = frame_planes(dataset, path)
    check_alike(planes)
    row, column = unit_directions(planes[0])
    normal = np.cross(row, column)
    positions = np.array([p.position_mm for p in planes])
    along = positions @ normal
    step_mm = _distance(dataset, along)
    slice_of_frame = np.rint((along - along.min()) / step_mm).astype(np.int64)
    first, last = int(along.argmin()), int(along.argmax())
    count = int(slice_of_frame.max()) + 1
    step = (positions[last] - positions[first]) / (count - 1) if count > 1 else normal * step_mm
    places = positions[first] + slice_of_frame[:, None] * step
    off_mm = float(np.abs(positions - places).max())
    if off_mm > MAX_UNEVEN * 2 * step_mm:
        raise GeometryError(f"its frames do not lie {step_mm:.3g} mm apart: one is {off_mm:.3g} mm off")
    rows, columns = planes[0].shape
    if rows * columns * count > MAX_VOXELS:
        raise LimitError(f"{columns} x {rows} x {count} voxels; at most {MAX_VOXELS:.3g} are read")
    between_rows, between_columns = planes[0].spacing_mm
    affine = np.eye(4)
    affine[:3] = np.column_stack([row * between_columns, column * between_rows, step, positions[first]])
    return Grid((columns, rows, count), affine, slice_of_frame)


def paint_segments(
    dataset: pydicom.Dataset, grid: Grid, ids: Mapping[int, int]
) -> UInt16[np.ndarray, "i j k"]:
    """Every segment's id on the grid (0 = none of `ids`); where segments overlap, the smaller id wins."""
    frames = len(grid.slice_of_frame)
    check_pixels(dataset, frames)
    kind = str(dataset.get("SegmentationType"))
    columns, rows, count = grid.shape
    if rows * columns * count > max(1 << 26, 1000 * len(dataset.PixelData)):
        raise LimitError(f"{len(dataset.PixelData)} bytes of pixels would become {grid.shape} voxels")
    stack = np.zeros((count, rows, columns), np.uint16)
    if kind not in ("BINARY", "FRACTIONAL", "LABELMAP"):
        raise ReadError(f"SegmentationType {kind}; expected BINARY, FRACTIONAL or LABELMAP")
    for frame, k in enumerate(grid.slice_of_frame):
        if kind == "LABELMAP":
            stack[k] = _translated(stored_values(dataset, frame), ids)
            continue
        item = functional(dataset, frame, "SegmentIdentificationSequence")
        new = ids.get(int(item.ReferencedSegmentNumber), 0)
        if new:
            old = stack[k]
            old[_member(dataset, frame) & ((old == 0) | (old > new))] = new
    return np.ascontiguousarray(stack.transpose(2, 1, 0))


def _member(dataset: pydicom.Dataset, frame: int) -> Bool[np.ndarray, "rows columns"]:
    values = stored_values(dataset, frame)
    if str(dataset.SegmentationType) == "BINARY":
        return values > 0
    return values >= _HALF * int(dataset.get("MaximumFractionalValue") or 255)


def _translated(values: Any, ids: Mapping[int, int]) -> UInt16[np.ndarray, "rows columns"]:
    table = np.zeros(max(int(values.max()), max(ids, default=0)) + 1, np.uint16)
    for number, new in ids.items():
        table[number] = new
    return table[values]


def _distance(dataset: pydicom.Dataset, along: Float[np.ndarray, "n"]) -> float:
    """Between slices: as stated, else the smallest distance of two frames, else the thickness."""
    measures = functional(dataset, 0, "PixelMeasuresSequence")
    gaps = np.diff(np.unique(np.round(along, 3)))
    for keyword in ("SpacingBetweenSlices", "SliceThickness"):
        if keyword == "SliceThickness" and len(gaps):
            return float(gaps.min())
        if measures.get(keyword):
            stated = abs(numbers(measures, keyword, 1)[0])
            if 1e-3 < stated < 100:
                return stated
    raise ReadError("has neither SpacingBetweenSlices nor two frames at different places")


def _by_code(segment: pydicom.Dataset) -> str:
    """The structure with the segment's SNOMED CT or FMA code and side, when it is exactly one."""
    from fluoroseg.anatomy import structures

    side = _side(segment).lower()
    for keyword in ("SegmentedPropertyTypeCodeSequence", "AnatomicRegionSequence"):
        for item in segment.get(keyword) or []:
            scheme, code = str(item.get("CodingSchemeDesignator")), str(item.get("CodeValue") or "")
            fits = [
                s.name
                for s in structures().values()
                if code and s.side == side and code == {"SCT": s.snomed, "FMA": s.fma}.get(scheme)
            ]
            if len(fits) == 1:
                return fits[0]
    return ""


def _side(segment: pydicom.Dataset) -> str:
    """Laterality: a modifier of the type or of the region."""
    for keyword in ("SegmentedPropertyTypeCodeSequence", "AnatomicRegionSequence"):
        for item in segment.get(keyword) or []:
            for modifier in (
                "SegmentedPropertyTypeModifierCodeSequence",
                "AnatomicRegionModifierSequence",
            ):
                told = _meaning(item, modifier)
                if re.fullmatch(r"(?i)left|right", told):
                    return told
    return ""


def _meaning(item: pydicom.Dataset, keyword: str) -> str:
    codes = item.get(keyword) or []
    return str(codes[0].get("CodeMeaning") or "") if len(codes) else ""
