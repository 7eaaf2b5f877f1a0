"""Pixels whose ray leaks through a hole of a surface are told from those around them."""

import numpy as np
from jaxtyping import Bool, Float32, Int, UInt8

_REPAIRED = 2  # as in mesh_sweep_kernels
_AROUND = np.array([(0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1)])
_MARGIN = 2
_PIT = 5
"""An empty pixel beside a leaking one with so many of its eight neighbours hit is a hole seen through."""


def mend(
    state: UInt8[np.ndarray, "h w"],
    enter_mm: Float32[np.ndarray, "h w"],
    path_mm: Float32[np.ndarray, "h w"],
) -> None:
    """Gives every leaking pixel (state 1) the entry and path of the silhouette around it, in place.

    From the rim of each patch of leaking pixels inwards, each pixel takes the median of what straight lines
    through the sound pixels beside it foretell. A patch that touches no sound pixel gets path 0. All
    mended pixels become state 2.
    """
    path_mm[state != 0] = 0
    hit = (path_mm > 0) | (state != 0)
    beside = np.argwhere(~hit)
    near = _at(state != 0, beside, 1).any(axis=1) & (_at(hit, beside, 1).sum(axis=1) >= _PIT)
    state[tuple(beside[near].T)] = _REPAIRED
    leaking = np.argwhere(state != 0)
    state[state != 0] = _REPAIRED
    while len(leaking):
        sound = path_mm > 0
        known = _at(sound, leaking, 1).any(axis=1)
        if not known.any():
            return
        rim = leaking[known]
        for picture in (enter_mm, path_mm):
            picture[tuple(rim.T)] = _foretold(picture, sound, rim)
        leaking = leaking[~known]


def _foretold(
    picture: Float32[np.ndarray, "h w"], sound: Bool[np.ndarray, "h w"], pixels: Int[np.ndarray, "n 2"]
) -> Float32[np.ndarray, " n"]:
    """Median of all the means of opposite neighbours and continued pairs; else of the neighbours."""
    one, two = _at(picture, pixels, 1), _at(picture, pixels, 2)
    one_sound, two_sound = _at(sound, pixels, 1), _at(sound, pixels, 2)
    lines = np.concatenate([(one + np.roll(one, 4, axis=1)) / 2, 2 * one - two], axis=1)
    told = np.concatenate([one_sound & np.roll(one_sound, 4, axis=1), one_sound & two_sound], axis=1)
    none = ~told.any(axis=1)
    lines[none, :8], told[none, :8] = one[none], one_sound[none]
    ascending = np.sort(np.where(told, lines, np.inf), axis=1)
    count, row = told.sum(axis=1), np.arange(len(pixels))
    median = (ascending[row, (count - 1) // 2] + ascending[row, count // 2]) / 2
    return np.maximum(median, 0).astype(np.float32)


def _at(picture: np.ndarray, pixels: Int[np.ndarray, "n 2"], distance: int) -> np.ndarray:
    """`[n, 8]` values around each pixel, 0 beyond the border."""
    rows, columns = np.moveaxis(pixels[:, None] + distance * _AROUND + _MARGIN, 2, 0)
    return np.pad(picture, _MARGIN)[rows, columns]
