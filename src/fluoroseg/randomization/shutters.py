"""Edges that hide what is behind them: collimators, round fields, borders, a screenshot's frame.

Each returns `(light, behind)`: the share 0 .. 1 of the picture that is seen, and the grey where it is not.
Structures that it hides leave the masks.
"""

import numpy as np
from jaxtyping import Float32

from fluoroseg.randomization.ink import blend, filled, written

Light = tuple[Float32[np.ndarray, "h w"], Float32[np.ndarray, "h w"]]
Picture = Float32[np.ndarray, "h w"]


def collimator(
    pixels: Picture, rng: np.random.Generator, *, width: float, height: float, turn_deg: float,
    edge_px: float, value: float, leak: float,
) -> Light:  # fmt: skip
    """Four blades around a turned rectangle, off the middle by what it leaves free.

    width, height: of the opening, share of the sides. edge_px: penumbra of the focal spot, pixels. value:
    grey of the blades; leak: share of the picture still seen through them (0 to 0.1).
    """
    y, x = _offsets(pixels, (rng.random(2) - 0.5) * (1 - np.array([height, width])))
    angle = np.deg2rad(turn_deg)
    down, right = y * np.cos(angle) - x * np.sin(angle), y * np.sin(angle) + x * np.cos(angle)
    rows, columns = pixels.shape
    depth = np.minimum(height * rows / 2 - np.abs(down), width * columns / 2 - np.abs(right))
    light = _soft(depth, edge_px)
    return light, value + np.float32(leak) * (pixels - np.float32(value))


def round_field(
    pixels: Picture, rng: np.random.Generator, *, radius: float, edge_px: float, value: float
) -> Light:
    """The round field of an image intensifier or an iris. radius: share of the shorter side, 0.35 to 0.7."""
    y, x = _offsets(pixels, rng.normal(0, 0.02, 2))
    light = _soft(radius * min(pixels.shape) - np.sqrt(y * y + x * x), edge_px)
    return light, np.full_like(pixels, value)


def borders(
    pixels: Picture, rng: np.random.Generator, *, top: float, bottom: float, left: float, right: float,
    value: float,
) -> Light:  # fmt: skip
    """Black, white or grey bars of an archive or a scanned film; shares of the side that they take."""
    return _frame(pixels.shape, top, bottom, left, right), np.full_like(pixels, value)


def screenshot(
    pixels: Picture, rng: np.random.Generator, *, top: float, bottom: float, left: float, right: float,
    value: float,
) -> Light:  # fmt: skip
    """A viewer's window around the picture: bars with buttons and lines of text on grey `value`.

    top ... right: shares of the sides that the bars take.
    """
    light = _frame(pixels.shape, top, bottom, left, right)
    behind = np.full_like(pixels, value)
    ink = 1.0 if value < 0.5 else 0.0
    for _ in range(int(rng.integers(4, 12))):
        row, column = rng.random(2) * 0.95
        behind = blend(behind, written(rng, pixels.shape, (row, column), int(rng.integers(6, 12))), ink)
    for _ in range(int(rng.integers(0, 8))):
        place = rng.random(2) * 0.95
        behind = blend(behind, filled(pixels.shape, place, (0.03, 0.04)), float(rng.uniform(0.2, 0.8)))
    return light, behind


def _offsets(pixels: Picture, shift: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns from a centre that lies off the picture's by `shift` (share of the sides)."""
    rows, columns = pixels.shape
    y, x = np.ogrid[:rows, :columns]
    return (
        (y - (rows - 1) / 2 - shift[0] * rows).astype(np.float32),
        (x - (columns - 1) / 2 - shift[1] * columns).astype(np.float32),
    )


def _soft(depth_px: np.ndarray, edge_px: float) -> Picture:
    """Light at this depth inside of an edge whose penumbra is `edge_px` wide."""
    return (depth_px / max(edge_px, 1e-3) + 0.5).clip(0, 1).astype(np.float32)


def _frame(shape: tuple[int, int], top: float, bottom: float, left: float, right: float) -> Picture:
    rows, columns = shape
    light = np.zeros(shape, np.float32)
    light[
        round(top * rows) : rows - round(bottom * rows),
        round(left * columns) : columns - round(right * columns),
    ] = 1
    return light
