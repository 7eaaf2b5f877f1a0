"""Letters and shapes as cover 0 .. 1 of the pixels, drawn by Pillow."""

from functools import cache

import numpy as np
from jaxtyping import Float32
from PIL import Image, ImageDraw, ImageFont

Picture = Float32[np.ndarray, "h w"]

_WORDS = (
    "L", "R", "L", "R", "PA", "AP", "LAT", "A", "B", "PORTABLE", "SUPINE", "ERECT", "11:42", "2019", "kV 90",
    "1", "DX", "L19", "W 1024", "C 512", "CHEST PA", "mAs 2.0", "ID 004812", "Zoom 1.0", "F", "Se: 2",
    "Im: 1/4",
)  # fmt: skip


def written(
    rng: np.random.Generator, shape: tuple[int, int], place: tuple[float, float], size_px: int
) -> Picture:
    """A word of a hospital's picture with its top left at `place` (share of rows, of columns)."""
    page = Image.new("L", shape[::-1])
    corner = (place[1] * shape[1], place[0] * shape[0])
    ImageDraw.Draw(page).text(corner, str(rng.choice(_WORDS)), fill=255, font=_font(size_px))
    return _cover(page)


def filled(
    shape: tuple[int, int], place: tuple[float, float] | np.ndarray, size: tuple[float, float]
) -> Picture:
    """A filled rectangle; place and size in shares of rows and columns."""
    rows, columns = shape
    cover = np.zeros(shape, np.float32)
    top, left = int(place[0] * rows), int(place[1] * columns)
    cover[top : top + max(1, int(size[0] * rows)), left : left + max(1, int(size[1] * columns))] = 1
    return cover


def lines(shape: tuple[int, int], paths: list[np.ndarray], width_px: int) -> Picture:
    """Poly-lines through (row, column) places in pixels."""
    page = Image.new("L", shape[::-1])
    pen = ImageDraw.Draw(page)
    for path in paths:
        pen.line([(float(column), float(row)) for row, column in path], fill=255, width=width_px)
    return _cover(page)


def blend(pixels: Picture, cover: Picture, value: float) -> Picture:
    """Towards the grey `value` where there is ink."""
    return pixels + cover * (np.float32(value) - pixels)


def _cover(page: Image.Image) -> Picture:
    return np.asarray(page, dtype=np.float32) / np.float32(255)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
