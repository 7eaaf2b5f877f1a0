"""What lies between the rays along which the tissue was marched (numba)."""

import numpy as np
from numba import njit

from fluoroseg.project.constants import TILE


@njit(cache=True, nogil=True)
def fill(areal, strides, first, end):
    """Bilinear between every `stride`-th row and column, in the rows of tiles first .. end.

    areal: float32 `[material, h, w]`.  strides: uint8 `[tile row, tile column]`. Towards a tile that was
    marched more sparsely the last values go on; those at multiples of `stride` are never written, so that
    the order of the tiles does not matter.
    """
    materials, rows, columns = areal.shape
    for i in range(first, end):
        for j in range(strides.shape[1]):
            stride = np.int64(strides[i, j])
            if stride == 1:
                continue
            on_down = i + 1 < strides.shape[0] and strides[i + 1, j] <= stride
            on_right = j + 1 < strides.shape[1] and strides[i, j + 1] <= stride
            corner = on_down and on_right and strides[i + 1, j + 1] <= stride
            top, left = i * TILE, j * TILE
            below, beyond = min(top + TILE, rows), min(left + TILE, columns)
            for r in range(top, below):
                r0 = r - r % stride
                r1 = r0 + stride
                if r1 >= rows or (r1 >= below and not on_down):
                    r1 = r0
                down = np.float32(r - r0) / np.float32(stride)
                for c in range(left, beyond):
                    c0 = c - c % stride
                    if r == r0 and c == c0:
                        continue
                    c1 = c0 + stride
                    if c1 >= columns or (c1 >= beyond and not on_right):
                        c1 = c0
                    low = r1
                    if r1 >= below and c1 >= beyond and not corner:
                        low = r0
                    right = np.float32(c - c0) / np.float32(stride)
                    for m in range(materials):
                        one = areal[m, r0, c0] + (areal[m, r0, c1] - areal[m, r0, c0]) * right
                        other = areal[m, low, c0] + (areal[m, low, c1] - areal[m, low, c0]) * right
                        areal[m, r, c] = one + (other - one) * down
