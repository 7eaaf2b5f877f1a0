"""What lies where in a label volume, in two passes over its runs of equal labels (numba)."""

import numpy as np
from numba import njit

SCATTER = np.uint64(0x9E3779B97F4A7C15)
"""2**64 over the golden ratio: multiples of it fall evenly, and on no line of voxels twice."""


@njit(cache=True, nogil=True)
def survey(labels, owner, voxels, low, high):
    """Counts each structure's voxels, and finds its box.

    labels: uint16 [i, j, k]; owner: int64 [65536], a label's structure or -1.
    voxels: int64 [s], zeros; low, high: int64 [s, 3], filled with the largest and the least number.
    """
    ni, nj, nk = labels.shape
    for i in range(ni):
        for j in range(nj):
            k = 0
            while k < nk:
                label, start = labels[i, j, k], k
                while k < nk and labels[i, j, k] == label:
                    k += 1
                s = owner[label]
                if s < 0:
                    continue
                voxels[s] += k - start
                low[s, 0], high[s, 0] = min(low[s, 0], i), max(high[s, 0], i)
                low[s, 1], high[s, 1] = min(low[s, 1], j), max(high[s, 1], j)
                low[s, 2], high[s, 2] = min(low[s, 2], start), max(high[s, 2], k - 1)


@njit(cache=True, nogil=True)
def place_of(number, every):
    """The voxel that stands for the `number`-th `every` voxels of a structure, at an even share of them."""
    share = (np.uint64(number) * SCATTER) >> np.uint64(40)
    return number * every + np.int64((share * np.uint64(every)) >> np.uint64(24))


@njit(cache=True, nogil=True)
def sample(labels, owner, every, free, found):
    """Writes the places of one voxel of each structure's consecutive `every` ones.

    labels: uint16 [n], in the order of memory; every: int64 [s]; free: int64 [s], where each structure's
    places begin in found; afterwards where they end.  found: int64.
    """
    number = np.zeros(len(every), np.int64)
    seen = np.zeros(len(every), np.int64)
    wanted = np.zeros(len(every), np.int64)
    for s in range(len(every)):
        wanted[s] = place_of(0, every[s])
    at = 0
    while at < len(labels):
        label, start = labels[at], at
        while at < len(labels) and labels[at] == label:
            at += 1
        s = owner[label]
        if s < 0:
            continue
        end = seen[s] + at - start
        while wanted[s] < end:
            found[free[s]] = start + wanted[s] - seen[s]
            free[s] += 1
            number[s] += 1
            wanted[s] = place_of(number[s], every[s])
        seen[s] = end
