"""A CT from DICOM: a folder of slices of one series, or an enhanced (multi-frame) file."""

import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from jaxtyping import Float, Int16

from fluoroseg.errors import LimitError, ReadError, UsageError
from fluoroseg.patients.dicom_files import check_pixels, guarded, numbers, parse, stored_values
from fluoroseg.patients.dicom_signature import is_dicom
from fluoroseg.patients.dicom_stack import Plane, order_stack
from fluoroseg.patients.nifti import MAX_VOXELS

CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2"
ENHANCED_CT = ("1.2.840.10008.5.1.4.1.1.2.1", "1.2.840.10008.5.1.4.1.1.2.2")  # and its legacy conversion
_CTS = ("ct", "enhanced ct")
_MAX_FILES = 20_000


@dataclass(frozen=True)
class Picture:
    """What the header of one file says. `kind`: "ct", "enhanced ct", "localiser" or the modality."""

    path: Path
    series: str
    frame_of_reference: str
    description: str
    kind: str
    header: pydicom.Dataset


def has_dicom(folder: Path) -> bool:
    """Whether any file below the folder is DICOM."""
    return any(is_dicom(path) for path in _files(folder))


def read_dicom_ct(path: str | Path) -> tuple[Int16[np.ndarray, "i j k"], Float[np.ndarray, "4 4"], str]:
    """HU `[column, row, slice]` (below -1024 becomes -1024), `world_from_index` (LPS mm), frame of reference.

    path: a folder with the slices of one CT series, under any names, sub-folders included; an enhanced CT
    file; or one slice, which stands for its series in its folder. Localisers and what is no CT are left out.
    Raises ReadError, LimitError, GeometryError (`dicom_stack`), UsageError when there are several series.
    """
    path = Path(path)
    if not path.exists():
        raise ReadError(f"{path}: no such file or folder")
    if path.is_dir():
        chosen = _only_series(path, [_picture(p) for p in _files(path) if is_dicom(p)])
    else:
        wanted = _picture(path)
        if wanted.kind not in _CTS:
            raise ReadError(f"{path}: is {_article(wanted.kind)}, not a slice of a CT")
        beside = [_picture(p) for p in sorted(path.parent.iterdir()) if is_dicom(p)]
        chosen = [p for p in beside if (p.series, p.kind) == (wanted.series, "ct")]
        chosen = [wanted] if wanted.kind == "enhanced ct" else chosen
    with guarded(path):
        return _read(chosen)


def _files(folder: Path) -> list[Path]:
    found: list[Path] = []
    for place, folders, names in os.walk(folder):
        folders.sort()
        found += [Path(place, name) for name in sorted(names) if name.upper() != "DICOMDIR"]
        if len(found) > _MAX_FILES:
            raise LimitError(
                f"{folder}: more than the {_MAX_FILES} files that are looked at; give a sub-folder"
            )
    return found


def _picture(path: Path) -> Picture:
    with guarded(path):
        header = parse(path, pixels=False)
        modality = str(header.get("Modality") or "")
        sop = str(header.get("SOPClassUID") or (CT_IMAGE if modality == "CT" else ""))
        kind = "ct" if sop == CT_IMAGE else "enhanced ct" if sop in ENHANCED_CT else modality or "no image"
        if kind == "CT":
            kind = "derived object"
        if kind in _CTS and "LOCALIZER" in (header.get("ImageType") or ()):
            kind = "localiser"
        described = str(header.get("SeriesDescription") or "no description")
        series, frame = (str(header.get(uid) or "") for uid in ("SeriesInstanceUID", "FrameOfReferenceUID"))
        return Picture(path, series, frame, described[:60], kind, header)


def _only_series(folder: Path, pictures: list[Picture]) -> list[Picture]:
    """The pictures of the folder's only CT series."""
    series: dict[tuple[str, str], list[Picture]] = {}
    for picture in pictures:
        if picture.kind in _CTS:
            # every enhanced file is a volume of its own
            key = picture.series, str(picture.path) if picture.kind == "enhanced ct" else ""
            series.setdefault(key, []).append(picture)
    if not series:
        others = ", ".join(f"{n} {kind}" for kind, n in Counter(p.kind for p in pictures).most_common(5))
        raise ReadError(f"{folder}: holds no slice of a CT" + (f", only: {others}" if others else ""))
    if len(series) > 1:
        listed = "; ".join(
            f"{len(of)} files '{of[0].description}' ({uid or 'no UID'}), "
            f"one is {of[0].path.relative_to(folder)}"
            for (uid, _), of in sorted(series.items(), key=lambda item: -len(item[1]))[:8]
        )
        raise UsageError(
            f"{folder}: holds {len(series)} CT series: {listed}. Give one file of the wanted series, "
            "or a folder with it alone"
        )
    return next(iter(series.values()))


def _read(pictures: list[Picture]) -> tuple[Int16[np.ndarray, "i j k"], Float[np.ndarray, "4 4"], str]:
    enhanced = pictures[0].kind == "enhanced ct"
    multi = parse(pictures[0].path) if enhanced else None
    if multi is not None:
        planes = frame_planes(multi, pictures[0].path)
    else:
        planes = [_plane(p.header, p.path) for p in pictures]
    order, world_from_index = order_stack(planes)
    rows, columns = planes[0].shape
    if rows * columns * len(planes) > MAX_VOXELS:
        raise LimitError(f"{columns} x {rows} x {len(planes)} voxels; at most {MAX_VOXELS:.3g} are read")
    _check_files_hold(planes)
    stack = np.empty((len(planes), rows, columns), np.int16)
    for k, n in enumerate(order):
        with guarded(planes[n].path):
            dataset = multi if multi is not None else parse(planes[n].path)
            check_pixels(dataset, len(planes) if enhanced else 1)
            stack[k] = _hu(dataset, planes[n].frame, enhanced)
    return np.ascontiguousarray(stack.transpose(2, 1, 0)), world_from_index, pictures[0].frame_of_reference


def _check_files_hold(planes: list[Plane]) -> None:
    """Refuses, before anything is allocated, more pixels than the files can hold."""
    size = sum(path.stat().st_size for path in {p.path for p in planes})
    pixels = planes[0].shape[0] * planes[0].shape[1] * len(planes)
    if pixels > (1 << 26) and pixels > 100 * size:
        raise LimitError(f"{size} bytes would expand to {pixels} pixels")


def _plane(header: pydicom.Dataset, path: Path) -> Plane:
    with guarded(path):
        if int(header.get("NumberOfFrames") or 1) != 1:
            raise ReadError("has several frames but is not an enhanced CT")
        spacing = numbers(header, "PixelSpacing", 2)
        return Plane(
            path,
            0,
            tuple(numbers(header, "ImagePositionPatient", 3)),
            tuple(numbers(header, "ImageOrientationPatient", 6)),
            (spacing[0], spacing[1]),
            _shape(header),
        )


def frame_planes(dataset: pydicom.Dataset, path: Path) -> list[Plane]:
    """The planes of a multi-frame file (enhanced CT, segmentation), by its functional groups."""
    count = int(dataset.get("NumberOfFrames") or 0)
    groups = dataset.get("PerFrameFunctionalGroupsSequence") or []
    if count < 1 or len(groups) != count:
        raise ReadError(f"{count} frames, but {len(groups)} functional groups; expected one for each frame")
    planes = []
    for frame in range(count):
        spacing = numbers(functional(dataset, frame, "PixelMeasuresSequence"), "PixelSpacing", 2)
        position = functional(dataset, frame, "PlanePositionSequence")
        orientation = functional(dataset, frame, "PlaneOrientationSequence")
        planes.append(
            Plane(
                path,
                frame,
                tuple(numbers(position, "ImagePositionPatient", 3)),
                tuple(numbers(orientation, "ImageOrientationPatient", 6)),
                (spacing[0], spacing[1]),
                _shape(dataset),
            )
        )
    return planes


def functional(dataset: pydicom.Dataset, frame: int, macro: str) -> pydicom.Dataset:
    """A frame's item of a functional group, its own or the shared one; empty when there is none."""
    shared: Any = list(dataset.get("SharedFunctionalGroupsSequence") or [])
    for group in (dataset.PerFrameFunctionalGroupsSequence[frame], *shared):
        if group.get(macro):
            return group[macro][0]
    return pydicom.Dataset()


def _shape(header: pydicom.Dataset) -> tuple[int, int]:
    rows, columns = int(header.Rows), int(header.Columns)
    if min(rows, columns) < 2:
        raise ReadError(f"{rows} rows and {columns} columns; expected at least 2 of each")
    return rows, columns


def _hu(dataset: pydicom.Dataset, frame: int, enhanced: bool) -> Int16[np.ndarray, "rows columns"]:
    values = stored_values(dataset, frame)
    item = functional(dataset, frame, "PixelValueTransformationSequence") if enhanced else dataset
    unit = str(item.get("RescaleType") or "HU").upper()
    if unit not in ("HU", "US", "HU_MOD"):
        raise ReadError(f"its values are {unit}, expected HU")
    slope, intercept = numbers(item, "RescaleSlope", 1)[0], numbers(item, "RescaleIntercept", 1)[0]
    if slope == 0:
        raise ReadError("RescaleSlope is 0")
    exact = values.astype(np.float32) * np.float32(slope) + np.float32(intercept)  # 16 bits fit
    hu = np.clip(np.rint(exact), -1024, 32767).astype(np.int16)
    padding = dataset.get("PixelPaddingValue")
    if padding is not None:
        hu[values == int(padding)] = -1024
    return hu


def _article(kind: str) -> str:
    return f"a {kind}" if kind[0].islower() else f"{kind}"
