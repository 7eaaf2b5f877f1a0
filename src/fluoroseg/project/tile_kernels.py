"""What is alike for all rays of a tile: blocks of planes with one label, or with nothing but air (numba).

Skipping them changes no result: the label is known, and air below the first HU node adds nothing.
"""

import numpy as np
from numba import njit

_TILE = 16
_BLOCK = 8
_MIXED = np.uint16(65534)


@njit(cache=True, nogil=True)
def classify(
    shape, source, origin, right, down, rows, columns, brick_label, brick_air, label, air, first, end
):
    """Fills label, air `[tile, block]` of the tiles first .. end; blocks count along their main axis.

    The four corner rays of a tile bound all its rays. Where they do not share the main axis, nothing is
    known. One voxel of margin covers the bilinear neighbours and rounding.
    """
    across = (columns + _TILE - 1) // _TILE
    low, high = np.empty(3), np.empty(3)
    brick = np.empty((3, 2), dtype=np.int64)
    for tile in range(first, end):
        label[tile, :], air[tile, :] = _MIXED, 0
        r0, c0 = tile // across * _TILE, tile % across * _TILE
        r1, c1 = min(r0 + _TILE, rows) - 1, min(c0 + _TILE, columns) - 1
        rays = np.empty((4, 3))
        axis, agreed = -1, True
        for corner in range(4):
            r, c = (r0 if corner < 2 else r1), (c0 if corner % 2 == 0 else c1)
            longest = 0
            for i in range(3):
                rays[corner, i] = origin[i] + c * right[i] + r * down[i] - source[i]
                if abs(rays[corner, i]) > abs(rays[corner, longest]):
                    longest = i
            agreed = agreed and (axis == -1 or axis == longest)
            axis = longest
        for corner in range(1, 4):
            agreed = agreed and rays[corner, axis] * rays[0, axis] > 0
        if not agreed:
            continue
        for block in range((shape[axis] + _BLOCK - 1) // _BLOCK):
            for i in range(3):
                low[i], high[i] = np.inf, -np.inf
            for corner in range(4):
                for side in range(2):
                    along = (block * _BLOCK + side * (_BLOCK - 1) - source[axis]) / rays[corner, axis]
                    for i in range(3):
                        at = source[i] + along * rays[corner, i]
                        low[i], high[i] = min(low[i], at), max(high[i], at)
            for i in range(3):
                brick[i, 0] = int(min(max(low[i] - 1.0, 0.0), shape[i] - 1.0)) // _BLOCK
                brick[i, 1] = int(min(max(high[i] + 1.0, 0.0), shape[i] - 1.0)) // _BLOCK
            brick[axis, 0] = brick[axis, 1] = block
            alike, empty = brick_label[brick[0, 0], brick[1, 0], brick[2, 0]], np.uint8(1)
            for i in range(brick[0, 0], brick[0, 1] + 1):
                for j in range(brick[1, 0], brick[1, 1] + 1):
                    for k in range(brick[2, 0], brick[2, 1] + 1):
                        if brick_label[i, j, k] != alike:
                            alike = _MIXED
                        empty = min(empty, brick_air[i, j, k])
            label[tile, block], air[tile, block] = alike, empty
