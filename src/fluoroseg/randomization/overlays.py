"""What lies over real pictures: letters, cables, electrodes, frames and collimators."""

from functools import cache

import numpy as np
from jaxtyping import Bool, Float32
from PIL import Image, ImageDraw, ImageFont

from fluoroseg.randomization import _kernels
from fluoroseg.randomization.draw import Draw

_WORDS = (
    "L",
    "R",
    "PA",
    "AP",
    "A",
    "B",
    "PORTABLE",
    "SUPINE",
    "ERECT",
    "11:42",
    "2019",
    "kV",
    "1",
    "DX",
    "L19",
)


def draw_overlays(
    draw: Draw,
    rng: np.random.Generator,
    pixels: Float32[np.ndarray, "h w"],
    inside: Bool[np.ndarray, "h w"],
) -> tuple[Float32[np.ndarray, "h w"], Bool[np.ndarray, "h w"]]:
    """Cables, discs and letters in place of pixels; then the frame, which also hides what is behind."""
    pixels = pixels.copy()
    for _ in range(draw.wires):
        _wire(rng, pixels)
    for _ in range(draw.discs):
        centre, radius = (
            rng.random((2, 1)) * np.array([[pixels.shape[0]], [pixels.shape[1]]]),
            rng.uniform(2, 6),
        )
        _kernels.stroke(pixels, centre[0], centre[1], radius, rng.uniform(0.7, 1), rng.uniform(0.3, 1))
    inside = inside & _field(draw, pixels.shape)
    pixels[~inside] = draw.border_value
    for _ in range(draw.letters):
        _letters(rng, pixels)
    return pixels, inside


def _wire(rng: np.random.Generator, pixels: np.ndarray) -> None:
    rows, columns = pixels.shape
    knots = rng.random((4, 2)) * 1.4 - 0.2
    t = np.linspace(0, 1, 600)[:, None]
    curve = (1 - t) ** 3 * knots[0] + 3 * t * (1 - t) ** 2 * knots[1]
    curve = curve + 3 * t**2 * (1 - t) * knots[2] + t**3 * knots[3]
    width = rng.uniform(0.2, 1.6)
    _kernels.stroke(
        pixels, curve[:, 0] * rows, curve[:, 1] * columns, width, rng.uniform(0.7, 1.0), rng.uniform(0.2, 0.9)
    )


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _letters(rng: np.random.Generator, pixels: np.ndarray) -> None:
    rows, columns = pixels.shape
    word = str(rng.choice(_WORDS))
    font = _font(int(rng.integers(7, 26)))
    box = font.getbbox(word)
    stamp = Image.new("L", (int(box[2]) + 4, int(box[3]) + 4), 0)
    ImageDraw.Draw(stamp).text((2, 2), word, fill=255, font=font)
    ink = np.asarray(stamp, dtype=np.float32) / 255
    edge = rng.random() < 0.75
    top = rng.uniform(0, 0.15) if edge and rng.random() < 0.6 else rng.uniform(0, 0.95)
    left = rng.choice([rng.uniform(0, 0.15), rng.uniform(0.8, 0.95)]) if edge else rng.uniform(0, 0.95)
    r, c = int(top * rows), int(left * columns)
    patch = pixels[r : r + ink.shape[0], c : c + ink.shape[1]]
    ink = ink[: patch.shape[0], : patch.shape[1]]
    value = 0.0 if rng.random() < 0.15 else 1.0
    if rng.random() < 0.25:
        patch[:] = 1 - value
    patch += ink * (value - patch)


def _field(draw: Draw, shape: tuple[int, int]) -> Bool[np.ndarray, "h w"]:
    rows, columns = shape
    top, bottom, left, right = draw.border
    field = np.zeros(shape, dtype=np.bool_)
    field[
        int(top * rows) : rows - int(bottom * rows), int(left * columns) : columns - int(right * columns)
    ] = True
    if draw.round_field:
        y, x = np.ogrid[:rows, :columns]
        radius = 0.55 * min(rows, columns)
        field &= (y - rows / 2) ** 2 + (x - columns / 2) ** 2 < radius**2
    return field
