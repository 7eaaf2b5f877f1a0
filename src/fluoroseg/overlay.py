"""Silhouettes over a picture: a colour each, with a legend."""

import colorsys
from collections.abc import Mapping

import numpy as np
from jaxtyping import Bool, UInt8
from PIL import Image, ImageDraw, ImageFont

_LEAST_HEIGHT = 800
_LINE = 14
_COLUMN = 210


def draw_overlay(grey: UInt8[np.ndarray, "h w"], masks: Mapping[str, Bool[np.ndarray, "h w"]]) -> Image.Image:
    """The picture (enlarged by a whole number when small) with outlines and faint fills, legend at the right.

    The largest silhouettes are drawn first, so that the small ones stay visible.
    """
    scale = max(1, round(_LEAST_HEIGHT / grey.shape[0]))
    canvas = _enlarge(grey, scale)[..., None].repeat(3, axis=2).astype(np.float32)
    names = sorted(masks, key=lambda name: -np.count_nonzero(masks[name]))
    colours = {name: _colour(i) for i, name in enumerate(sorted(names))}
    for name in names:
        mask = _enlarge(masks[name], scale)
        canvas[mask] += 0.08 * (colours[name] - canvas[mask])
    for name in names:
        canvas[_outline(_enlarge(masks[name], scale))] = colours[name]
    return _with_legend(Image.fromarray(canvas.astype(np.uint8)), colours)


def _enlarge(picture: np.ndarray, scale: int) -> np.ndarray:
    return picture.repeat(scale, axis=0).repeat(scale, axis=1)


def _outline(mask: Bool[np.ndarray, "h w"]) -> Bool[np.ndarray, "h w"]:
    """Pixels of the mask with a neighbour outside it."""
    inside = np.pad(mask, 1, constant_values=True)
    inner = inside[:-2, 1:-1] & inside[2:, 1:-1] & inside[1:-1, :-2] & inside[1:-1, 2:]
    return mask & ~inner


def _colour(index: int) -> np.ndarray:
    """Hues by the golden ratio, so that neighbours in the list differ."""
    hue = index * 0.618034 % 1
    return 255 * np.array(colorsys.hsv_to_rgb(hue, 0.65 + 0.35 * (index % 2), 1.0), dtype=np.float32)


def _with_legend(picture: Image.Image, colours: Mapping[str, np.ndarray]) -> Image.Image:
    rows = max(1, (picture.height - 8) // _LINE)
    columns = -(-len(colours) // rows)
    sheet = Image.new("RGB", (picture.width + columns * _COLUMN, picture.height))
    sheet.paste(picture, (0, 0))
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(11)
    for i, name in enumerate(sorted(colours)):
        x, y = picture.width + 8 + i // rows * _COLUMN, 4 + i % rows * _LINE
        colour = (int(colours[name][0]), int(colours[name][1]), int(colours[name][2]))
        draw.rectangle((x, y + 2, x + 9, y + 11), fill=colour)
        draw.text((x + 15, y), name.replace("_", " "), fill=(235, 235, 235), font=font)
    return sheet
