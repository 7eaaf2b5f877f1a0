"""PNG, JPEG and TIFF by Pillow, in every bit depth, to one grey picture."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import numpy as np
from jaxtyping import Float32
from PIL import Image, ImageOps

from fluorosam.errors import FluorosamError, LimitError, ReadError
from fluorosam.formats.pages import MAX_PIXELS, Pages, check_size

_T = TypeVar("_T")
_PHOTOMETRIC_TAG, _WHITE_IS_ZERO = 262, 0


def read(path: Path) -> Pages:
    """Open and check the header of a raster file. Raises ReadError, LimitError."""

    def header() -> Pages:
        with _open(path) as picture:
            check_size(path, picture.height, picture.width)
            count = getattr(picture, "n_frames", 1) if picture.format == "TIFF" else 1
            return Pages(count, lambda page: _page(path, page), None, f"{picture.format} {picture.mode}")

    return _guarded(path, header)


def _page(path: Path, page: int) -> Float32[np.ndarray, "h w"]:
    def decode() -> Float32[np.ndarray, "h w"]:
        with _open(path) as picture:
            if page:
                picture.seek(page)
                check_size(path, picture.height, picture.width)
            white_is_zero = getattr(picture, "tag_v2", {}).get(_PHOTOMETRIC_TAG) == _WHITE_IS_ZERO
            picture.load()
            grey = _grey(_upright(picture))
            # Pillow undoes WhiteIsZero itself up to 8 bits, not for 16 bits and floats
            inverted = white_is_zero and picture.mode not in ("1", "L")
            return np.float32(1) - grey if inverted else grey

    return _guarded(path, decode)


@contextmanager
def _open(path: Path) -> Iterator[Image.Image]:
    """By file handle: given a path, Pillow maps an uncompressed TIFF, and garbles one that lies on its side
    (orientation 5 to 8)."""
    with path.open("rb") as file, Image.open(file, formats=("PNG", "JPEG", "TIFF")) as picture:
        yield picture


def _upright(picture: Image.Image) -> Image.Image:
    """Turned as EXIF says; an EXIF block that cannot be read does not spoil the picture."""
    try:
        return ImageOps.exif_transpose(picture)
    except Exception:
        return picture


def _grey(picture: Image.Image) -> Float32[np.ndarray, "h w"]:
    """Any mode -> 0 .. 1: integers by their type's range, 32 bits and floats by their own range."""
    if picture.mode.startswith("I;16"):
        return np.asarray(picture, dtype=np.float32) / np.float32(65535)
    if picture.mode in ("I", "F"):
        return _stretched(np.asarray(picture))
    if picture.mode in ("P", "PA", "LA", "La", "RGBA", "RGBa") or "transparency" in picture.info:
        # over black, as what lies under full transparency is arbitrary
        picture = picture.convert("RGBA")
        grey = np.asarray(picture.convert("RGB").convert("L"), dtype=np.float32) / np.float32(255)
        return grey * (np.asarray(picture.getchannel("A"), dtype=np.float32) / np.float32(255))
    return np.asarray(picture.convert("L"), dtype=np.float32) / np.float32(255)


def _stretched(values: np.ndarray) -> Float32[np.ndarray, "h w"]:
    """Lowest -> 0, highest -> 1; NaN is shown black, infinities as the nearest finite value."""
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        raise ReadError("no pixel has a finite value")
    low, high = float(finite.min()), float(finite.max())
    values = np.nan_to_num(values.astype(np.float64), nan=low, posinf=high, neginf=low)
    return ((values - low) / max(high - low, np.finfo(np.float64).tiny)).astype(np.float32)


def _guarded(path: Path, work: Callable[[], _T]) -> _T:
    """Pillow's many ways to fail -> ours."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return work()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise LimitError(f"{path}: more than the {MAX_PIXELS} pixels that are read") from None
    except FluorosamError as error:
        raise type(error)(f"{path}: {str(error).removeprefix(f'{path}: ')}") from None
    except Exception as error:  # a broken file makes Pillow raise almost anything
        raise ReadError(f"{path}: broken image file: {error or type(error).__name__}") from None
