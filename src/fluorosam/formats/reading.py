"""`open`: any X-ray file -> pixels as a viewer shows them, MONOCHROME1 turned to MONOCHROME2."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from jaxtyping import Float32
from numpy import ndarray

from fluorosam.errors import LimitError, ReadError
from fluorosam.formats.pages import MAX_FILE_BYTES, Pages

DICOM_SUFFIXES = (".dcm", ".dicom", ".ima")
SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", *DICOM_SUFFIXES)
_RASTER_SIGNATURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


@dataclass(frozen=True)
class XRay:
    """One X-ray picture.

    pixels: float32, finite, 0 (black) .. 1 (white) as a viewer shows it; MONOCHROME1, INVERSE look-up
        tables and WhiteIsZero are undone, so a radiograph has bright bones. A file that shows bones dark
        (some fluoroscopy) is left as it is shown.
    spacing_mm: distance of rows and of columns in mm, None where the file does not tell.
    path: where it came from, None for an array made in memory.
    frame, frames: which page of how many.
    source: one line on how the pixels were made.
    """

    pixels: Float32[ndarray, "h w"]
    spacing_mm: tuple[float, float] | None = None
    path: Path | None = None
    frame: int = 0
    frames: int = 1
    source: str = ""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.pixels.shape[0], self.pixels.shape[1]


def open(path: str | Path, frame: int = 0) -> XRay:
    """Read one X-ray: PNG, JPEG, TIFF or DICOM, told apart by content.

    frame: which page of a multi-frame DICOM or TIFF, from 0.
    Raises ReadError (missing, broken, no such frame), LimitError (too large to be meant).
    """
    path = Path(path)
    pages = _pages(path)
    if not 0 <= frame < pages.count:
        raise ReadError(f"{path}: there is no frame {frame}; the file has {pages.count}, counted from 0")
    return _xray(path, pages, frame)


def open_frames(path: str | Path) -> Iterator[XRay]:
    """Every frame of a file in order; the file is parsed once. Raises as `open` does."""
    path = Path(path)
    pages = _pages(path)
    for frame in range(pages.count):
        yield _xray(path, pages, frame)


def looks_like_xray(path: Path) -> bool:
    """Whether a file found in a folder is one to open: by suffix, or by DICOM's mark within
    (archives name such files by number or UID)."""
    return path.suffix.lower() in SUFFIXES or _head(path)[128:132] == b"DICM"


def _xray(path: Path, pages: Pages, frame: int) -> XRay:
    return XRay(pages.page(frame), pages.spacing_mm, path, frame, pages.count, pages.source)


def _pages(path: Path) -> Pages:
    head = _head(path)
    if path.stat().st_size > MAX_FILE_BYTES:
        raise LimitError(f"{path}: larger than the {MAX_FILE_BYTES >> 20} MiB that are read")
    if head.startswith(_RASTER_SIGNATURES):
        from fluorosam.formats import raster

        return raster.read(path)
    # a DICOM file without its preamble is accepted when its name says what it is
    if head[128:132] == b"DICM" or (head and path.suffix.lower() in DICOM_SUFFIXES):
        from fluorosam.formats import dicom

        return dicom.read(path)
    raise ReadError(
        f"{path}: "
        + ("not a PNG, JPEG, TIFF or DICOM file" if head else "the file is empty; expected an image")
    )


def _head(path: Path) -> bytes:
    if path.is_dir():
        raise ReadError(f"{path}: is a folder; expected an image file")
    try:
        with path.open("rb") as file:
            return file.read(132)
    except FileNotFoundError:
        raise ReadError(f"{path}: there is no such file") from None
    except (OSError, ValueError) as error:
        raise ReadError(f"{path}: cannot be read: {error}") from None
