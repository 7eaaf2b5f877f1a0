"""One DICOM file, hostile ones included: parsed within limits, its pixels decoded, every failure ours.

pydicom raises almost anything on a broken file, inflates without limit and follows any number of items;
`guarded` and `parse` turn that into one error, promptly.
"""

import io
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from jaxtyping import Shaped
from pydicom.encaps import get_frame
from pydicom.filereader import read_file_meta_info, read_partial
from pydicom.pixels import get_decoder, pixel_array
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ExplicitVRLittleEndian
from pydicom.uid import ImplicitVRLittleEndian as Implicit

from fluoroseg.errors import FluorosegError, LimitError, ReadError
from fluoroseg.patients.codestream import stated_size

PIXEL_DATA = 0x7FE00010
_MAX_ELEMENTS = 20_000
_MAX_READS = 100_000  # a frame of an enhanced CT or a segmentation needs about 60
_BYTES_PER_READ = 32  # large files may have more frames
_MAX_INFLATED_BYTES = 200 << 20
_MAX_INFLATION = 100  # compressed frames of a CT shrink 2 to 4 times, those of a mask more
_LARGE_BYTES = 1 << 26


@contextmanager
def guarded(path: Path) -> Iterator[None]:
    """Whatever goes wrong inside becomes a FluorosegError that names the file."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            yield
    except FluorosegError as error:
        raise type(error)(f"{path}: {str(error).removeprefix(f'{path}: ')}") from None
    except MemoryError:
        raise LimitError(f"{path}: asks for more memory than there is") from None
    except (NameError, ImportError):  # ours, not the file's
        raise
    except Exception as error:  # a broken file makes pydicom raise almost anything
        reason = "too deeply nested" if isinstance(error, RecursionError) else error or type(error).__name__
        raise ReadError(f"{path}: broken DICOM file: {reason}") from None


def parse(path: Path, pixels: bool = True) -> pydicom.Dataset:
    """The data set of a file; without `pixels` only what stands before them. Use inside `guarded`.

    It has a transfer syntax, also where the file does not say it. Raises LimitError for a bomb or an
    endless header, and whatever pydicom raises.
    """
    _refuse_deflate_bomb(path)
    count = 0

    def stop(tag: Any, vr: str | None, length: int) -> bool:
        nonlocal count
        count += 1
        if count > _MAX_ELEMENTS:
            raise LimitError(f"the header has more than the {_MAX_ELEMENTS} elements that are read")
        return not pixels and tag == PIXEL_DATA

    with _Counted(path) as file:
        try:
            dataset = read_partial(file, stop_when=stop, force=True)
        except OSError:
            file.check()  # pydicom may have taken our refusal for the end of the file
            raise
    _complete_syntax(dataset)
    return dataset


def check_pixels(dataset: pydicom.Dataset, frames: int) -> None:
    """What must hold before `frames` frames of grey pixels are decoded; nothing is allocated before."""
    if "PixelData" not in dataset:
        raise ReadError("has no Pixel Data (7FE0,0010); cut off?")
    bits = int(dataset.BitsAllocated)
    stored, high = int(dataset.get("BitsStored", bits)), int(dataset.get("HighBit", bits - 1))
    if bits not in (1, 8, 16, 32) or not 1 <= stored <= bits or high != stored - 1:
        raise ReadError(
            f"{stored} bits stored in {bits} with high bit {high}; expected the low bits of 1, 8 or 16"
        )
    if int(dataset.get("SamplesPerPixel", 1)) != 1 or not str(dataset.PhotometricInterpretation).startswith(
        "MONO"
    ):
        raise ReadError(f"is {dataset.PhotometricInterpretation}; expected one grey value a pixel")
    expected = (int(dataset.Rows) * int(dataset.Columns) * frames * bits + 7) // 8
    there = len(dataset.PixelData)
    syntax = dataset.file_meta.TransferSyntaxUID
    if not syntax.is_encapsulated:
        if there < expected:
            raise ReadError(f"Pixel Data is cut off: {there} of {expected} bytes")
        return
    require_decoder(syntax)
    if expected > max(_LARGE_BYTES, _MAX_INFLATION * there):
        raise LimitError(f"{there} bytes of pixels would expand to {expected}")


def stored_values(dataset: pydicom.Dataset, frame: int = 0) -> Shaped[np.ndarray, "rows columns"]:
    """The stored values of one frame, decoded and in the machine's byte order. After `check_pixels`."""
    if dataset.file_meta.TransferSyntaxUID.is_encapsulated:
        check_codestream(dataset, frame)
    elif int(dataset.BitsAllocated) == 1:
        return _bits(dataset, frame)
    values = pixel_array(dataset, index=frame)
    if values.shape != (dataset.Rows, dataset.Columns):
        raise ReadError(f"a frame of {values.shape} pixels; expected {dataset.Rows} x {dataset.Columns}")
    return values.astype(values.dtype.newbyteorder("="), copy=False)


def require_decoder(syntax: pydicom.uid.UID) -> None:
    """Raises ReadError that names what is missing, when nothing installed decodes a compressed syntax."""
    decoder = get_decoder(syntax)
    if decoder.is_available:
        return
    missing = decoder.missing_dependencies
    ours = "pip install 'fluorosam[dicom]', or " if any("openjpeg" in one for one in missing) else ""
    raise ReadError(
        f"its pixels are compressed as {syntax.name}, which needs more software: {ours}one of: "
        f"{'; '.join(missing)}; or export it uncompressed"
    )


def check_codestream(dataset: pydicom.Dataset, frame: int) -> None:
    """A decoder believes the compressed picture's own size; refuses one that is not the header's."""
    count = int(dataset.get("NumberOfFrames") or 1)
    size = stated_size(get_frame(dataset.PixelData, frame, number_of_frames=count))
    if size is not None and size != (dataset.Rows, dataset.Columns):
        raise ReadError(
            f"the compressed picture has {size[0]} x {size[1]} pixels, the header says "
            f"{dataset.Rows} x {dataset.Columns}"
        )


def _bits(dataset: pydicom.Dataset, frame: int) -> Shaped[np.ndarray, "rows columns"]:
    """One frame of one bit a pixel; frames follow each other without gap, also inside a byte (PS3.5 8.1.1).

    pydicom 3.0 reads a single such frame from whole bytes only.
    """
    count = int(dataset.Rows) * int(dataset.Columns)
    first, last = frame * count // 8, ((frame + 1) * count + 7) // 8
    whole = np.unpackbits(np.frombuffer(dataset.PixelData[first:last], np.uint8), bitorder="little")
    return whole[frame * count - 8 * first :][:count].reshape(dataset.Rows, dataset.Columns)


def numbers(dataset: pydicom.Dataset, keyword: str, count: int) -> list[float]:
    """A tag's finite numbers. Raises ReadError when it is missing or has another count."""
    value = dataset.get(keyword)
    if value is None or value == "":
        raise ReadError(f"has no {keyword}; without it the picture has no place in the patient")
    items = list(value) if isinstance(value, pydicom.multival.MultiValue) else [value]
    found = [float(item) for item in items]
    if len(found) != count or not np.isfinite(found).all() or max(map(abs, found)) > 1e6:
        raise ReadError(f"{keyword} is {found[:8]}; expected {count} finite numbers")
    return found


class _Counted(io.BufferedReader):
    """A file that is read in not too many pieces: items of sequences can be empty by the million, too."""

    reads = 0

    def __init__(self, path: Path) -> None:
        super().__init__(io.FileIO(path))
        self.most = _MAX_READS + path.stat().st_size // _BYTES_PER_READ

    def read(self, size: int | None = -1, /) -> bytes:
        self.reads += 1
        self.check()
        return super().read(size)

    def check(self) -> None:
        if self.reads > self.most:
            raise LimitError("the header has more elements and sequence items than are read")


def _refuse_deflate_bomb(path: Path) -> None:
    """The deflated transfer syntax would be inflated whole when parsed; count first."""
    with path.open("rb") as file:
        if file.read(132)[128:] != b"DICM":
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


def _complete_syntax(dataset: pydicom.Dataset) -> None:
    """Meta information without a transfer syntax: the encoding that pydicom found in parsing."""
    if not hasattr(dataset, "file_meta"):
        dataset.file_meta = pydicom.dataset.FileMetaDataset()
    if "TransferSyntaxUID" not in dataset.file_meta:
        implicit, little = dataset.original_encoding
        explicit = ExplicitVRLittleEndian if little else ExplicitVRBigEndian
        dataset.file_meta.TransferSyntaxUID = Implicit if implicit else explicit
