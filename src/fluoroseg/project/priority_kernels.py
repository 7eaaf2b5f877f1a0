"""Intervals of rays: where a volume has matter, and the union of two lists (numba)."""

import numpy as np
from numba import njit

from fluoroseg.project.constants import NO_SLOT
from fluoroseg.project.ray_kernels import trace


@njit(cache=True, nogil=True)
def matter(volume, camera, air_hu, columns, start, enter_mm, leave_mm, first, end):
    """Runs of planes of the rays first .. end whose nearest voxel is a structure or above `air_hu`.

    Without room in `enter_mm` they are counted: start[ray + 1]. With room they are stored from start[ray].
    """
    pairs, slots, shape, stride, spacing_mm = volume
    ray, pixel, grid = np.zeros(6), np.zeros(3), np.zeros(6, dtype=np.int32)
    for index in range(first, end):
        r, c = index // columns, index % columns
        _, count = trace(camera, shape, stride, spacing_mm, r, c, pixel, ray, grid)
        since, runs = -1, 0
        for step in range(count + 1):
            n = step if ray[5] > 0 else count - 1 - step  # away from the source
            there = False
            if step < count:
                u = int(np.floor(ray[0] + n * ray[1] + 0.5))
                v = int(np.floor(ray[2] + n * ray[3] + 0.5))
                u, v = min(max(u, 0), grid[4]), min(max(v, 0), grid[5])
                i = grid[0] + n * grid[1] + u * grid[2] + v * grid[3]
                there = slots[i] != NO_SLOT or np.int32(pairs[i] << 16) >> 16 > air_hu
            if there and since < 0:
                since = step
            if not there and since >= 0:
                if enter_mm.size:
                    near = ray[4] if ray[5] > 0 else ray[4] + (count - 1) * ray[5]
                    enter_mm[start[index] + runs] = near + (since - 0.5) * abs(ray[5])
                    leave_mm[start[index] + runs] = near + (step - 0.5) * abs(ray[5])
                since, runs = -1, runs + 1
        if not enter_mm.size:
            start[index + 1] = runs


@njit(cache=True, nogil=True)
def merge(one, other, start, enter_mm, leave_mm, first, end):
    """Union of two lists of intervals of the rays first .. end; counts or stores as `matter` does."""
    for index in range(first, end):
        i, j = one[0][index], other[0][index]
        runs, low, high = 0, np.float32(0.0), np.float32(-1.0)
        while i < one[0][index + 1] or j < other[0][index + 1]:
            if j == other[0][index + 1] or (i < one[0][index + 1] and one[1][i] <= other[1][j]):
                enter, leave = one[1][i], one[2][i]
                i += 1
            else:
                enter, leave = other[1][j], other[2][j]
                j += 1
            if high >= low and enter <= high:
                high = max(high, leave)
            else:
                if high >= low:
                    if enter_mm.size:
                        enter_mm[start[index] + runs], leave_mm[start[index] + runs] = low, high
                    runs += 1
                low, high = enter, leave
        if high >= low:
            if enter_mm.size:
                enter_mm[start[index] + runs], leave_mm[start[index] + runs] = low, high
            runs += 1
        if not enter_mm.size:
            start[index + 1] = runs
