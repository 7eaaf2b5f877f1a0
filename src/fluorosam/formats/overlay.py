"""The picture with what was found drawn into it, and a legend: for eyes, not for measuring."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float, UInt8
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

COLOURS = (
    (255, 176, 0),
    (100, 143, 255),
    (220, 38, 127),
    (60, 190, 120),
    (254, 97, 0),
    (170, 110, 255),
    (0, 200, 220),
    (230, 220, 80),
)
"""Told apart with any colour vision as well as eight can be; repeated after the eighth."""

_LEAST_SIDE, _MOST_SIDE = 448, 1024
_FILL = 0.22


def overlay(
    pixels: Float[np.ndarray, "h w"],
    masks: Sequence[Bool[np.ndarray, "h w"]],
    legend: Sequence[str],
    most_side: int = _MOST_SIDE,
    fill: float = _FILL,
) -> Image.Image:
    """RGB picture with filled and outlined masks, one line of legend for each below it.

    An empty mask has its line but no colour. Very large and very small pictures are scaled to
    `most_side` and 448 pixels on the longer side.
    """
    rgb = draw(pixels, masks, most_side, fill)
    if not legend:
        return Image.fromarray(rgb)
    drawn = [bool(mask.any()) for mask in masks]
    return _with_legend(Image.fromarray(rgb), legend, drawn)


def draw(
    pixels: Float[np.ndarray, "h w"],
    masks: Sequence[Bool[np.ndarray, "h w"]],
    most_side: int = _MOST_SIDE,
    fill: float = _FILL,
) -> UInt8[np.ndarray, "H W 3"]:
    """The picture part of `overlay`."""
    longest = max(pixels.shape)
    scale = min(most_side, max(longest, _LEAST_SIDE)) / longest
    size = tuple(max(1, round(side * scale)) for side in pixels.shape)
    rgb = np.repeat(_resized(stretched(pixels), size)[..., None], 3, axis=2) * 255
    thickness = max(1, round(max(size) / 500))
    for number, mask in enumerate(masks):
        if not mask.any():
            continue
        colour = np.array(COLOURS[number % len(COLOURS)], dtype=np.float32)
        inside = _resized(mask.astype(np.float32), size) > 0.5
        edge = inside & ~ndimage.binary_erosion(inside, iterations=thickness)
        rgb[inside] = rgb[inside] * (1 - fill) + colour * fill
        rgb[edge] = colour
    return rgb.clip(0, 255).astype(np.uint8)


def stretched(pixels: Float[np.ndarray, "h w"]) -> Float[np.ndarray, "h w"]:
    """Half a percent of the pixels black and white: a 12-bit picture in a 16-bit file is not shown dark."""
    low, high = np.percentile(pixels[:: max(1, pixels.shape[0] // 512)], (0.5, 99.5))
    return ((pixels - low) / max(high - low, 1e-6)).clip(0, 1).astype(np.float32)


def _resized(values: Float[np.ndarray, "h w"], size: tuple[int, ...]) -> Float[np.ndarray, "H W"]:
    picture = Image.fromarray(np.ascontiguousarray(values, dtype=np.float32))
    return np.asarray(picture.resize((size[1], size[0]), Image.Resampling.BILINEAR)).copy()


def _with_legend(picture: Image.Image, legend: Sequence[str], drawn: Sequence[bool]) -> Image.Image:
    line = max(18, round(max(picture.size) / 45))
    font = ImageFont.load_default(size=line * 0.7)
    needed = max(int(font.getlength(text)) for text in legend) + 2 * line
    size = (max(picture.width, needed), picture.height + line * len(legend) + line // 2)
    canvas = Image.new("RGB", size, (20, 20, 20))
    canvas.paste(picture, ((size[0] - picture.width) // 2, 0))
    pen = ImageDraw.Draw(canvas)
    for number, (text, shown) in enumerate(zip(legend, drawn, strict=True)):
        top = picture.height + line // 4 + number * line
        colour = COLOURS[number % len(COLOURS)] if shown else (90, 90, 90)
        pen.rectangle((line // 3, top + line // 5, line, top + line * 4 // 5), fill=colour)
        pen.text((line * 1.4, top), text, fill=(235, 235, 235) if shown else (150, 150, 150), font=font)
    return canvas
