"""Pixels and lines of a panel that do not work."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32

from fluoroseg.errors import UsageError


@dataclass(frozen=True)
class Defects:
    """What one panel has; the same seed is the same panel.

    pixels: share of single dead pixels.  lines: dead rows and columns, each from somewhere to the edge.
    corrected: replaced by the mean of their working neighbours, as a panel's own processing does; else dark.
    """

    pixels: float = 2e-4
    lines: int = 0
    seed: int = 0
    corrected: bool = True

    def __post_init__(self) -> None:
        if not 0 <= self.pixels <= 0.1 or self.lines < 0 or self.seed < 0:
            raise UsageError(
                f"defects: share of pixels {self.pixels:g}, {self.lines} lines, seed {self.seed}: "
                "a share from 0 to 0.1, lines and seed 0 or more"
            )


def defect_map(shape: tuple[int, int], defects: Defects) -> Bool[np.ndarray, "h w"]:
    """The pixels that do not work."""
    rng = np.random.default_rng(defects.seed)
    dead = np.zeros(shape, dtype=bool)
    dead.flat[rng.integers(0, dead.size, rng.binomial(dead.size, defects.pixels))] = True
    for _ in range(defects.lines):
        view = dead if rng.random() < 0.5 else dead.T
        line, start = rng.integers(len(view)), rng.integers(view.shape[1])
        view[line, start:] = True
    return dead


def with_defects(picture: Float32[np.ndarray, "h w"], defects: Defects) -> Float32[np.ndarray, "h w"]:
    """The picture as this panel delivers it."""
    dead = defect_map(picture.shape, defects)
    out = np.where(dead, np.float32(0), picture)
    if not defects.corrected:
        return out
    rows, columns = np.nonzero(dead)
    total, number = np.zeros(len(rows), dtype=np.float32), np.zeros(len(rows), dtype=np.float32)
    for down, right in ((-1, 0), (1, 0), (0, -1), (0, 1), (-1, -1), (-1, 1), (1, -1), (1, 1)):
        r, c = rows + down, columns + right
        inside = (r >= 0) & (r < dead.shape[0]) & (c >= 0) & (c < dead.shape[1])
        r, c = r.clip(0, dead.shape[0] - 1), c.clip(0, dead.shape[1] - 1)
        works = inside & ~dead[r, c]
        total += np.where(works, picture[r, c], 0)
        number += works
    out[rows, columns] = total / np.maximum(number, 1)
    return out
