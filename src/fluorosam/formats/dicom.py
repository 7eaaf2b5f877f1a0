"""DICOM radiographs and fluoroscopy: the grey-scale pipeline of PS3.3 C.11 up to what is displayed.

stored value -> modality LUT or rescale -> VOI LUT or window -> inversion (MONOCHROME1, INVERSE). As no
X-ray has more than 16 bits, the pipeline is computed once for every value that can be stored, and a
frame is then one look-up.
"""

import io
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pydicom
from jaxtyping import Float32, Float64, Shaped
from pydicom.encaps import get_frame
from pydicom.filereader import read_file_meta_info, read_partial
from pydicom.pixels import apply_modality_lut, get_decoder, pixel_array
from pydicom.uid import DeflatedExplicitVRLittleEndian

from fluorosam.errors import FluorosamError, LimitError, ReadError
from fluorosam.formats.pages import Pages, check_size
from fluorosam.formats.window import Display, display
from fluoroseg.patients.codestream import stated_size

_T = TypeVar("_T")
_MAX_INFLATED_BYTES = 200 << 20
_MAX_FRAMES = 100_000
_MAX_ELEMENTS = 20_000
_MAX_READS = 100_000
_GREY = ("MONOCHROME1", "MONOCHROME2")
_SPACINGS = ("PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing")


def read(path: Path) -> Pages:
    """Parse and check a DICOM file. Raises ReadError, LimitError."""

    def parse() -> Pages:
        _refuse_deflate_bomb(path)
        dataset = _parse(path)
        _check(path, dataset)
        count = int(dataset.get("NumberOfFrames") or 1)
        if not 1 <= count <= _MAX_FRAMES:
            raise ReadError(f"the header claims {count} frames")
        note = f"DICOM {dataset.get('Modality') or ''} {dataset.PhotometricInterpretation}"
        return Pages(
            count, lambda page: _guarded(path, lambda: _page(dataset, page)), _spacing(dataset), note
        )

    return _guarded(path, parse)


def _parse(path: Path) -> pydicom.Dataset:
    """As `pydicom.dcmread`, but not endlessly: millions of empty elements would take minutes."""
    count = 0

    def count_up(tag: Any, vr: str | None, length: int) -> bool:
        nonlocal count
        count += 1
        if count > _MAX_ELEMENTS:
            raise LimitError(f"the header has more than the {_MAX_ELEMENTS} elements that are read")
        return False

    with _Counted(io.FileIO(path)) as file:
        try:
            return read_partial(file, stop_when=count_up, force=True)
        except OSError:
            file.check()  # pydicom may have taken our refusal for the end of the file
            raise


class _Counted(io.BufferedReader):
    """A file that is read in not too many pieces: items of sequences can be empty by the million, too."""

    reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.reads += 1
        self.check()
        return super().read(size)

    def check(self) -> None:
        if self.reads > _MAX_READS:
            raise LimitError("the header has more elements and sequence items than are read")


def _refuse_deflate_bomb(path: Path) -> None:
    """The deflated transfer syntax would be inflated whole when parsed; count first."""
    with path.open("rb") as file:
        file.seek(128)
        if file.read(4) != b"DICM":
            return
    meta = read_file_meta_info(path)
    if meta.get("TransferSyntaxUID") != DeflatedExplicitVRLittleEndian:
        return
    start = 128 + 4 + 12 + int(meta.FileMetaInformationGroupLength)
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    data, total = path.read_bytes()[start:], 0
    while data and not inflate.eof:
        total += len(inflate.decompress(data, 1 << 20))
        data = inflate.unconsumed_tail
        if total > _MAX_INFLATED_BYTES:
            raise LimitError(f"inflates to more than the {_MAX_INFLATED_BYTES >> 20} MiB that are read")


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
    syntax = dataset.file_meta.get("TransferSyntaxUID") if hasattr(dataset, "file_meta") else None
    if syntax is not None and syntax.is_encapsulated:
        decoder = get_decoder(syntax)
        if not decoder.is_available:
            missing = decoder.missing_dependencies
            ours = "pip install 'fluorosam[dicom]', or " if any("openjpeg" in one for one in missing) else ""
            raise ReadError(
                f"the pixels are compressed as {syntax.name}, which needs more software: "
                f"{ours}one of: {'; '.join(missing)}; or export the image uncompressed"
            )
        return
    frames = int(dataset.get("NumberOfFrames") or 1)
    expected = int(dataset.Rows) * int(dataset.Columns) * samples * frames * int(dataset.BitsAllocated) // 8
    if len(dataset.PixelData) < expected:
        raise ReadError(f"Pixel Data is cut off: {len(dataset.PixelData)} of {expected} bytes")


def _page(dataset: pydicom.Dataset, page: int) -> Float32[np.ndarray, "h w"]:
    if not hasattr(dataset, "file_meta") or "TransferSyntaxUID" not in dataset.file_meta:
        _assume_syntax(dataset)
    if dataset.file_meta.TransferSyntaxUID.is_encapsulated:
        _check_codestream(dataset, page)
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


def _check_codestream(dataset: pydicom.Dataset, page: int) -> None:
    """A decoder believes the compressed picture's own size; refuse one that is not the header's."""
    frames = int(dataset.get("NumberOfFrames") or 1)
    size = stated_size(get_frame(dataset.PixelData, page, number_of_frames=frames))
    if size is not None and size != (dataset.Rows, dataset.Columns):
        raise ReadError(
            f"the compressed picture has {size[0]} x {size[1]} pixels, the header says "
            f"{dataset.Rows} x {dataset.Columns}"
        )


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


def _assume_syntax(dataset: pydicom.Dataset) -> None:
    """A file without meta information: the encoding that pydicom found in parsing it."""
    implicit, little = dataset.original_encoding
    if not hasattr(dataset, "file_meta"):
        dataset.file_meta = pydicom.dataset.FileMetaDataset()
    explicit = pydicom.uid.ExplicitVRLittleEndian if little else pydicom.uid.ExplicitVRBigEndian
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.ImplicitVRLittleEndian if implicit else explicit


def _guarded(path: Path, work: Callable[[], _T]) -> _T:
    """pydicom's many ways to fail -> ours."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return work()
    except FluorosamError as error:
        raise type(error)(f"{path}: {str(error).removeprefix(f'{path}: ')}") from None
    except Exception as error:  # a broken file makes pydicom raise almost anything
        reason = "too deeply nested" if isinstance(error, RecursionError) else error or type(error).__name__
        raise ReadError(f"{path}: broken DICOM file: {reason}") from None
