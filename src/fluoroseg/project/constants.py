"""Numbers that the kernels and their callers share; they are compiled into the kernels."""

import numpy as np

TILE = 16
"""Rays are walked in square tiles of pixels: neighbours share cache lines of the volume."""

BRICK = 8
"""Voxels along each edge of a brick, and planes along a ray, of which it is known that they are alike."""

NO_SLOT = np.uint16(65535)
"""Slot of a voxel that belongs to no structure."""

MIXED = np.uint16(65534)
"""Of a brick or block with several labels."""

DE_BRUIJN = np.uint64(0x03F79D71B4CB0A89)
BIT_OF = np.zeros(64, dtype=np.uint8)
"""The number of a single set bit b: BIT_OF[(b * DE_BRUIJN) >> 58] (Leiserson, Prokop & Randall 1998)."""
for _bit in range(64):
    BIT_OF[((int(DE_BRUIJN) << _bit) & (2**64 - 1)) >> 58] = _bit
