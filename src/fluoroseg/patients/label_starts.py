"""Where in an atlas a CT lies: every size and every place tried, on a very coarse grid."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32
from scipy import fft, ndimage

from fluoroseg.patients.label_parts import Parts

BLOCK = 2
ACROSS = (0.85, 1.0, 1.18)
ALONG = (0.88, 0.96, 1.04, 1.12)
APART_MM = 25.0
WEIGHTS = (1.0, 0.5, 0.3)
"""Of bone, lung and body in the score."""


@dataclass(frozen=True)
class Start:
    """A first guess: CT = `scale` * atlas + shift, per axis x, y, z.

    score: soft Dice of bone, lung and body, 0 to 1. middle_mm: the height in the atlas of the CT's middle.
    """

    score: float
    scale: Float[np.ndarray, "3"]
    atlas_shift_mm: Float[np.ndarray, "3"]
    middle_mm: float


def starts(ct: Parts, atlas: Parts, count: int) -> list[Start]:
    """The best places, at least `APART_MM` of height apart in the atlas, best first."""
    target = [_coarse(p) for p in (ct.bone, ct.lung, ct.body)]
    source = [_coarse(p) for p in (atlas.bone, atlas.lung, atlas.body)]
    found: list[Start] = []
    for across in ACROSS:
        for along in ALONG:
            found += _places(target, source, np.array([across, across, along]), ct, atlas)
    found.sort(key=lambda s: -s.score)
    kept: list[Start] = []
    for one in found:
        if all(abs(one.middle_mm - other.middle_mm) >= APART_MM for other in kept):
            kept.append(one)
        if len(kept) == count:
            break
    return kept


def _coarse(part: Float32[np.ndarray, "a b c"]) -> Float32[np.ndarray, "d e f"]:
    return ndimage.gaussian_filter(part, 1.2)[::BLOCK, ::BLOCK, ::BLOCK]


def _places(
    target: list[np.ndarray], source: list[np.ndarray], scale: Float[np.ndarray, "3"], ct: Parts, atlas: Parts
) -> list[Start]:
    """For one size, the best place at every height.

    Soft Dice `2 sum(ab) / (sum(a^2) + sum(b^2))`, the sums over the CT's box and over the slices that the
    atlas has; times the root of the share of the CT's body in them.
    """
    size = np.array(target[0].shape)
    over, under, share = np.zeros(()), np.zeros(()), np.zeros(())
    for weight, goal, part in zip(WEIGHTS, target, source, strict=True):
        sized = ndimage.zoom(part, scale, order=1)
        over = over + weight * 2 * _slide(sized, goal)
        slices = np.convolve(np.ones(sized.shape[2]), (goal**2).sum((0, 1))[::-1])
        under = under + weight * (_box_sums(sized**2, size) + slices)
        share = slices / max(float((goal**2).sum()), 1e-6)  # of the last part: the body
    score = over / np.maximum(under, 1e-6) * np.sqrt(np.clip(share, 0, 1))
    best = score.reshape(-1, score.shape[2]).argmax(0)
    low_ct, low_atlas = np.array(ct.grid.low_mm), np.array(atlas.grid.low_mm)
    step = BLOCK * ct.grid.step_mm
    out = []
    for k, at in enumerate(best):
        i, j = np.unravel_index(at, score.shape[:2])
        offset = (np.array([i, j, k]) - (size - 1)) * step  # of the CT's first voxel in the sized atlas
        shift = low_atlas + (offset - low_ct) / scale
        middle = low_ct[2] + 0.5 * size[2] * step
        out.append(Start(float(score[i, j, k]), scale, shift, float(middle / scale[2] + shift[2])))
    return out


def _slide(field: Float32[np.ndarray, "a b c"], pattern: Float32[np.ndarray, "d e f"]) -> np.ndarray:
    """`sum(field[o + n] * pattern[n])` for every offset o from 1 - pattern's size on ("full")."""
    full = [a + b - 1 for a, b in zip(field.shape, pattern.shape, strict=True)]
    fast = [fft.next_fast_len(n, real=True) for n in full]
    product = fft.rfftn(field, fast) * fft.rfftn(pattern[::-1, ::-1, ::-1], fast)
    return fft.irfftn(product, fast)[: full[0], : full[1], : full[2]]


def _box_sums(field: Float32[np.ndarray, "a b c"], size: np.ndarray) -> np.ndarray:
    """Sum over a box of `size` at every offset, as `_slide` with a pattern of ones."""
    out = field.astype(np.float64)
    for axis, n in enumerate(size):
        pad = [(0, 0)] * 3
        pad[axis] = (int(n), int(n) - 1)
        total = np.cumsum(np.pad(out, pad), axis)
        length = total.shape[axis]
        out = np.take(total, range(int(n), length), axis) - np.take(total, range(length - int(n)), axis)
    return out
