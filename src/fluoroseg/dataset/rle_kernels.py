"""Runs of many labels from their bit sets (numba): only where a bit changes is anything done.

A counting sort brings the changes into order: the first `sweep` counts those of each label in each column,
the second puts them there; then `pack` writes each label's runs. A place is column * h + row.
"""

import numpy as np
from numba import njit

from fluoroseg.project.constants import BIT_OF, DE_BRUIJN


@njit(cache=True, nogil=True)
def sweep(bits, wanted, free, places):
    """Adds 1 to free[slot, column] for each change of a wanted bit, whose place goes to places[free] first.

    A change is a difference to the pixel above, in the top row to the last one of the column before.
    bits: uint64 [h, w, words]; wanted: uint64 [words]; free: int64 [slots, w]; places: int64, empty: count.
    """
    height, width, words = bits.shape
    for r in range(height):
        for c in range(width):
            for w in range(words):
                rest = bits[r, c, w]
                if r:
                    rest ^= bits[r - 1, c, w]
                elif c:
                    rest ^= bits[height - 1, c - 1, w]
                rest &= wanted[w]
                while rest != np.uint64(0):
                    low = rest & (~rest + np.uint64(1))
                    slot = w * 64 + BIT_OF[(low * DE_BRUIJN) >> np.uint64(58)]
                    if places.size:
                        places[free[slot, c]] = c * height + r
                    free[slot, c] += 1
                    rest ^= low


@njit(cache=True, nogil=True, error_model="numpy")
def pack(places, bounds, height, width, text, ends, areas, boxes):
    """Writes the runs of each label as COCO's characters, one label after the other, into `text`.

    places: int64; label i has places[bounds[i, 0] : bounds[i, 1]]. Out, for each label: `ends` of its text,
    `areas` in pixels, `boxes` x, y, width, height (zero on entry, and left so without a pixel).
    """
    at = 0
    for i in range(bounds.shape[0]):
        first, last = bounds[i]
        start, older, old = 0, 0, 0
        area, top, bottom = 0, height, 0
        for k in range(first, last + 1):
            end = places[k] if k < last else height * width
            run = end - start
            if (k - first) & 1:
                area += run
                upper, lower = start % height, start % height + run - 1
                if lower >= height:  # the run goes on in the next column: through the bottom and the top
                    upper, lower = 0, height - 1
                top, bottom = min(top, upper), max(bottom, lower)
                boxes[i, 2] = (end - 1) // height
            value = run - older if k - first > 2 else run
            start, older, old = end, old, run
            more = True
            while more:
                group, value = value & 31, value >> 5
                more = value != (-1 if group & 16 else 0)
                text[at] = 48 + group + (32 if more else 0)
                at += 1
        if area:
            left = places[first] // height
            boxes[i, 0], boxes[i, 1] = left, top
            boxes[i, 2], boxes[i, 3] = boxes[i, 2] - left + 1, bottom - top + 1
        ends[i], areas[i] = at, area
