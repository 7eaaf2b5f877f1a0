"""Clicks, boxes and masks drawn on the decoder's grid (a quarter of the network's picture)."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Float32

from fluorosam.model.decoder import HINTS

_SIGMA_CELLS = 1.2

Click = tuple[float, float, int]
"""`(y, x, label)`: place as a share of the picture's height and width, 0 .. 1; label 1 = inside."""


def draw(
    shape: tuple[int, int],
    clicks: Sequence[Click] = (),
    box: tuple[float, float, float, float] | None = None,
    mask: Float[np.ndarray, "h w"] | None = None,
) -> Float32[np.ndarray, "4 h w"]:
    """One prompt's hints.

    shape: rows and columns of the decoder's grid. box: `(y0, x0, y1, x1)` as shares of the picture.
    mask: 0 .. 1 on the decoder's grid. Channels: positive clicks, negative clicks (a small bell each),
    box (1 inside), mask.
    """
    hints = np.zeros((HINTS, *shape), dtype=np.float32)
    rows = (np.arange(shape[0]) + 0.5)[:, None]
    columns = (np.arange(shape[1]) + 0.5)[None]
    for y, x, label in clicks:
        square = (rows - y * shape[0]) ** 2 + (columns - x * shape[1]) ** 2
        channel = 0 if label else 1
        hints[channel] = np.maximum(hints[channel], np.exp(-square / (2 * _SIGMA_CELLS**2)))
    if box is not None:
        y0, x0, y1, x1 = box
        inside_rows = (rows > y0 * shape[0] - 0.5) & (rows < y1 * shape[0] + 0.5)
        hints[2] = inside_rows & (columns > x0 * shape[1] - 0.5) & (columns < x1 * shape[1] + 0.5)
    if mask is not None:
        hints[3] = mask
    return hints
