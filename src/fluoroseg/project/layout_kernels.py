"""A patient's volumes laid out for the march, and what is known of their bricks (numba)."""

import numpy as np
from numba import njit

from fluoroseg.project.constants import BRICK, MIXED

_AIR = np.int32(-1000)


@njit(cache=True, nogil=True, error_model="numpy", no_cfunc_wrapper=True, _nrt=False)
def lay_out(
    hu, labels, slot_of, row, slab, air_hu, pairs, slots, brick_label, brick_air, highest, total, first, end
):
    """Fills the slabs of bricks first .. end along axis 0.

    hu, labels `[i, j, k]` of any strides -> pairs, slots, flat, with rows of `row` and slabs of `slab`
    voxels: a pair is a voxel's HU in the low half and that of its successor along k in the high half (at
    the end of a row: its own). brick_label: slot of all of a brick's voxels or mixed. brick_air: nothing but
    air, as `volume.lay_out` defines it by air_hu = (highest, mean); its voxels become -1000 HU. highest,
    total: scratch int32, as large as a slab of bricks.
    """
    n0, n1, n2 = hu.shape
    for b0 in range(first, end):
        for b1 in range(brick_air.shape[1]):
            for b2 in range(brick_air.shape[2]):
                highest[b1, b2], total[b1, b2] = -32768, 0
        last0 = min((b0 + 1) * BRICK, n0)
        for i in range(b0 * BRICK, last0):
            for j in range(n1):
                for k in range(n2):
                    b1, b2 = j // BRICK, k // BRICK
                    highest[b1, b2] = max(highest[b1, b2], np.int32(hu[i, j, k]))
                    total[b1, b2] += hu[i, j, k]
        for b1 in range(brick_air.shape[1]):
            for b2 in range(brick_air.shape[2]):
                deep = (last0 - b0 * BRICK) * min(BRICK, n1 - b1 * BRICK) * min(BRICK, n2 - b2 * BRICK)
                air = highest[b1, b2] <= air_hu[0] and total[b1, b2] <= air_hu[1] * deep
                brick_air[b0, b1, b2] = 1 if air else 0
        for i in range(b0 * BRICK, last0):
            for j in range(n1):
                b1, at = j // BRICK, i * slab + j * row
                begins = i % BRICK == 0 and j % BRICK == 0
                label, slot = labels[i, j, 0], slot_of[labels[i, j, 0]]
                value = _AIR if brick_air[b0, b1, 0] else np.int32(hu[i, j, 0])
                for k in range(n2):
                    b2, following = k // BRICK, value
                    if k + 1 < n2:
                        following = np.int32(hu[i, j, k + 1])
                        if brick_air[b0, b1, (k + 1) // BRICK]:
                            following = _AIR
                    pairs[at + k] = (following << 16) | (value & np.int32(0xFFFF))
                    value = following
                    if labels[i, j, k] != label:
                        label, slot = labels[i, j, k], slot_of[labels[i, j, k]]
                    slots[at + k] = slot
                    if begins and k % BRICK == 0:
                        brick_label[b0, b1, b2] = slot
                    elif brick_label[b0, b1, b2] != slot:
                        brick_label[b0, b1, b2] = MIXED
