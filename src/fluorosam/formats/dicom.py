"""DICOM radiographs and fluoroscopy: the grey-scale pipeline of PS3.3 C.11 up to what is displayed.

stored value -> modality LUT or rescale -> VOI LUT or window -> inversion (MONOCHROME1, INVERSE). As no
X-ray has more than 16 bits, the pipeline is computed once for every value that can be stored, and a
frame is then one look-up.
"""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pydicom
from jaxtyping import Float32, Float64, Shaped
from pydicom.pixels import apply_modality_lut, pixel_array

from fluorosam.errors import FluorosamError, LimitError, ReadError
from fluorosam.formats.pages import Pages, check_size
from fluorosam.formats.window import Display, display
from fluoroseg.errors import LimitError as TooLargeError
from fluoroseg.errors import ReadError as UnreadableError
from fluoroseg.patients.dicom_files import check_codestream, require_decoder
from fluoroseg.patients.dicom_files import parse as parse_file

_T = TypeVar("_T")
_MAX_FRAMES = 100_000
_GREY = ("MONOCHROME1", "MONOCHROME2")
_SPACINGS = ("PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing")


def read(path: Path) -> Pages:
    """Parse and check a DICOM file. Raises ReadError, LimitError."""

    def parse() -> Pages:
        dataset = parse_file(path)
        _check(path, dataset)
        count = int(dataset.get("NumberOfFrames") or 1)
        if not 1 <= count <= _MAX_FRAMES:
            raise ReadError(f"the header claims {count} frames")
        note = f"DICOM {dataset.get('Modality') or ''} {dataset.PhotometricInterpretation}"
        return Pages(
            count, lambda page: _guarded(path, lambda: _page(dataset, page)), _spacing(dataset), note
        )

    return _guarded(path, parse)


def _check(path: Path, dataset: pydicom.Dataset) -> None:
    """What must hold before pixels are decoded."""
    if "PixelData" not in dataset or "Rows" not in dataset:
        raise ReadError("not a DICOM image: it has no Rows or no Pixel Data (7FE0,0010)")
    check_size(path, int(dataset.Rows), int(dataset.Columns))
    photometric = str(dataset.get("PhotometricInterpretation"))
    samples = int(dataset.get("SamplesPerPixel", 1))
    if samples == 1 and photometric not in _GREY:
        raise ReadError(
            f"Photometric Interpretation {photometric} is not an X-ray's; expected {' or '.join(_GREY)}"
        )
    if int(dataset.BitsAllocated) not in (8, 16):
        raise ReadError(f"{dataset.BitsAllocated} bits allocated; expected 8 or 16")
    _check_length(dataset, samples)


def _check_length(dataset: pydicom.Dataset, samples: int) -> None:
    if dataset.file_meta.TransferSyntaxUID.is_encapsulated:
        require_decoder(dataset.file_meta.TransferSyntaxUID)
        return
    frames = int(dataset.get("NumberOfFrames") or 1)
    expected = int(dataset.Rows) * int(dataset.Columns) * samples * frames * int(dataset.BitsAllocated) // 8
    if len(dataset.PixelData) < expected:
        raise ReadError(f"Pixel Data is cut off: {len(dataset.PixelData)} of {expected} bytes")


def _page(dataset: pydicom.Dataset, page: int) -> Float32[np.ndarray, "h w"]:
    if dataset.file_meta.TransferSyntaxUID.is_encapsulated:
        check_codestream(dataset, page)
    # pydicom's own masking of unused bits takes no account of High Bit; see below
    stored = pixel_array(dataset, index=page, correct_unused_bits=False)
    stored = stored.astype(stored.dtype.newbyteorder("="), copy=False)
    if stored.ndim == 3:
        scale = np.float32(1 / np.iinfo(stored.dtype).max)
        return stored.astype(np.float32) @ np.array([0.299, 0.587, 0.114], dtype=np.float32) * scale
    bits = int(dataset.get("BitsStored") or dataset.BitsAllocated)
    allocated = int(dataset.BitsAllocated)
    if not 1 <= bits <= allocated:
        raise ReadError(f"{bits} bits stored in {allocated} allocated")
    shift = min(max(int(dataset.get("HighBit", bits - 1)) + 1 - bits, 0), allocated - bits)
    # bits above the stored ones may hold an overlay of old
    codes = (stored.view(f"u{stored.dtype.itemsize}") >> shift) & ((1 << bits) - 1)
    used = np.flatnonzero(np.bincount(codes.ravel(), minlength=1 << bits))
    return _table(dataset, page, bits, used)[codes]


def _table(
    dataset: pydicom.Dataset, page: int, bits: int, used: Shaped[np.ndarray, "n"]
) -> Float32[np.ndarray, "values"]:
    """What is shown for every stored value; `used` are those that the frame has."""
    values = np.arange(1 << bits)
    if int(dataset.get("PixelRepresentation", 0)):
        values = np.where(values >> (bits - 1), values - (1 << bits), values)
    modality = _group(dataset, page, "RescaleSlope", "PixelValueTransformationSequence")
    values = np.asarray(apply_modality_lut(values, modality), dtype=np.float64)
    voi = _group(dataset, page, "WindowCenter", "FrameVOILUTSequence")
    # either statement may say that low values are white; files that carry both mean one inversion
    inverted = (
        dataset.PhotometricInterpretation == "MONOCHROME1" or dataset.get("PresentationLUTShape") == "INVERSE"
    )
    return display(Display.of(voi, inverted), _finite(values), used)


def _finite(values: Float64[np.ndarray, "n"]) -> Float64[np.ndarray, "n"]:
    if not np.all(np.isfinite(values)):
        raise ReadError("the rescale gives values that are not finite")
    return values


def _group(dataset: pydicom.Dataset, page: int, keyword: str, macro: str) -> pydicom.Dataset:
    """The item that holds a keyword: the data set, or enhanced multi-frame's functional groups."""
    if keyword in dataset:
        return dataset
    groups: list[Any] = list(dataset.get("PerFrameFunctionalGroupsSequence") or [])[page : page + 1]
    groups += list(dataset.get("SharedFunctionalGroupsSequence") or [])
    return next((group[macro][0] for group in groups if group.get(macro)), dataset)


def _spacing(dataset: pydicom.Dataset) -> tuple[float, float] | None:
    """Calibrated spacing if there is one, else the detector's own."""
    for keyword in _SPACINGS:
        try:
            rows, columns = (float(value) for value in dataset.get(keyword) or ())
        except (TypeError, ValueError):
            continue
        if 0 < rows < 100 and 0 < columns < 100:
            return rows, columns
    return None


def _guarded(path: Path, work: Callable[[], _T]) -> _T:
    """pydicom's many ways to fail -> ours."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return work()
    except UnreadableError as error:  # of the other package
        kind = LimitError if isinstance(error, TooLargeError) else ReadError
        raise kind(f"{path}: {error}") from None
    except FluorosamError as error:
        raise type(error)(f"{path}: {str(error).removeprefix(f'{path}: ')}") from None
    except Exception as error:  # a broken file makes pydicom raise almost anything
        reason = "too deeply nested" if isinstance(error, RecursionError) else error or type(error).__name__
        raise ReadError(f"{path}: broken DICOM file: {reason}") from None
