"""What both kinds of picture file become before one page of them is asked for, and their limits."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from jaxtyping import Float32
from numpy import ndarray

from fluorosam.errors import LimitError, ReadError

MAX_FILE_BYTES = 1 << 30
MAX_PIXELS = 40_000_000
"""Per page; the largest films (stitched legs, mammograms) have about 30 million."""


@dataclass(frozen=True)
class Pages:
    """An opened, checked file.

    count: number of pages (DICOM frames, TIFF pages), at least 1.
    page: page number -> float32 pixels 0 (black) .. 1 (white) as shown; may raise ReadError.
    spacing_mm: distance of rows and of columns, None where the file does not tell.
    source: one line on the file's kind and how it was turned into what is shown.
    """

    count: int
    page: Callable[[int], Float32[ndarray, "h w"]]
    spacing_mm: tuple[float, float] | None
    source: str


def check_size(path: Path, rows: int, columns: int) -> None:
    """Raises ReadError for a picture without pixels, LimitError for one that is too large to be meant."""
    if rows < 1 or columns < 1:
        raise ReadError(f"{path}: the picture has {rows} x {columns} pixels")
    if rows * columns > MAX_PIXELS:
        raise LimitError(f"{path}: {rows} x {columns} pixels, more than the {MAX_PIXELS} that are read")
