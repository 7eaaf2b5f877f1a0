"""Mean and longest path of every structure in one sweep over the rays (numba)."""

import numpy as np
from numba import njit

from fluoroseg.project.constants import BIT_OF, DE_BRUIJN


@njit(cache=True, nogil=True)
def summarise(bits, planes, step_mm, total_mm, longest_mm, rays, first, end):
    """Adds up each of the rows first .. end: total_mm, longest_mm float64, rays int64 `[row, slot]`."""
    for r in range(first, end):
        for c in range(bits.shape[1]):
            step, hits = abs(step_mm[r, c]), 0
            for word in range(bits.shape[2]):
                rest = bits[r, c, word]
                while rest != np.uint64(0):
                    low = rest & (~rest + np.uint64(1))
                    slot = word * 64 + BIT_OF[(low * DE_BRUIJN) >> np.uint64(58)]
                    path = planes[r, c, hits] * step
                    total_mm[r, slot] += path
                    longest_mm[r, slot] = max(longest_mm[r, slot], path)
                    rays[r, slot] += 1
                    hits += 1
                    rest ^= low
