"""Crossings of a surface with a grid's lines, and the votes that follow from them (numba)."""

import numpy as np
from numba import njit

SAME = 1e-5
"""Crossings of one line nearer than this (in voxels) and of the same direction are a face drawn twice."""


@njit(cache=True, nogil=True)
def _area(points, p, q, a, b, u, v):
    """Twice the signed area of (p, q, (u, v)); exactly opposite for the edge taken backwards."""
    px, py, qx, qy = points[p, a], points[p, b], points[q, a], points[q, b]
    if px > qx or (px == qx and py > qy):
        return -((px - qx) * (v - qy) - (py - qy) * (u - qx))
    return (qx - px) * (v - py) - (qy - py) * (u - px)


@njit(cache=True, nogil=True)
def _cross(points, faces, axis, nu, nv, start, depth, sign, write):
    """Every line through every face: counts per line, or (write) depth and direction of each crossing."""
    a, b = (axis + 1) % 3, (axis + 2) % 3
    for f in range(faces.shape[0]):
        i, j, k = faces[f, 0], faces[f, 1], faces[f, 2]
        lu = max(int(np.ceil(min(points[i, a], points[j, a], points[k, a]))), 0)
        hu = min(int(np.floor(max(points[i, a], points[j, a], points[k, a]))), nu - 1)
        lv = max(int(np.ceil(min(points[i, b], points[j, b], points[k, b]))), 0)
        hv = min(int(np.floor(max(points[i, b], points[j, b], points[k, b]))), nv - 1)
        for u in range(lu, hu + 1):
            for v in range(lv, hv + 1):
                wi = _area(points, j, k, a, b, u, v)
                wj = _area(points, k, i, a, b, u, v)
                wk = _area(points, i, j, a, b, u, v)
                if not ((wi >= 0 and wj >= 0 and wk >= 0) or (wi <= 0 and wj <= 0 and wk <= 0)):
                    continue
                total = wi + wj + wk
                if total == 0:  # seen edge-on: covers nothing
                    continue
                line = u * nv + v
                if write:
                    at = start[line]
                    depth[at] = (wi * points[i, axis] + wj * points[j, axis] + wk * points[k, axis]) / total
                    sign[at] = -1 if total > 0 else 1  # a face that looks back along the line is entered
                start[line] += 1


@njit(cache=True, nogil=True)
def _sorted_once(depth, sign, first, end):
    """Sorts one line's crossings and drops faces drawn twice; the new end."""
    for n in range(first + 1, end):
        d, s = depth[n], sign[n]
        m = n
        while m > first and depth[m - 1] > d:
            depth[m], sign[m] = depth[m - 1], sign[m - 1]
            m -= 1
        depth[m], sign[m] = d, s
    kept = first
    for n in range(first, end):
        if kept > first and sign[n] == sign[kept - 1] and depth[n] - depth[kept - 1] < SAME:
            continue
        depth[kept], sign[kept] = depth[n], sign[n]
        kept += 1
    return kept


@njit(cache=True, nogil=True)
def vote(points, faces, axis, score):
    """Adds the votes of the lines along `axis`: +1 inside, -1 outside, nothing from a line with a leak.

    points: float64 `[v, 3]` in voxels; faces: int64 `[f, 3]`; score: int8 `[i, j, k]`, changed in place.
    Where the faces' directions add up to nothing, inside is where the winding number is not 0; else, where
    the line meets an even number of faces, inside is after an odd number of them.
    """
    a, b = (axis + 1) % 3, (axis + 2) % 3
    nu, nv, nw = score.shape[a], score.shape[b], score.shape[axis]
    start = np.zeros(nu * nv + 1, np.int64)
    none_d, none_s = np.zeros(0), np.zeros(0, np.int8)
    _cross(points, faces, axis, nu, nv, start, none_d, none_s, False)
    number = 0
    for n in range(nu * nv + 1):
        number, start[n] = number + start[n], number
    depth, sign = np.zeros(number), np.zeros(number, np.int8)
    _cross(points, faces, axis, nu, nv, start, depth, sign, True)
    at = np.zeros(3, np.int64)
    for line in range(nu * nv):
        first, end = (start[line - 1] if line else 0), start[line]
        end = _sorted_once(depth, sign, first, end)
        total = 0
        for n in range(first, end):
            total += sign[n]
        if total != 0 and (end - first) % 2:
            continue
        at[a], at[b] = line // nv, line % nv
        winding, n = 0, first
        for w in range(nw):
            while n < end and depth[n] <= w:
                winding += sign[n] if total == 0 else 1
                n += 1
            inside = winding != 0 if total == 0 else winding % 2 == 1
            at[axis] = w
            score[at[0], at[1], at[2]] += 1 if inside else -1


@njit(cache=True, nogil=True)
def touch(points, faces, mask):
    """Sets every voxel (bool `[i, j, k]`) that a face runs through, by points at most 0.4 voxels apart."""
    at = np.zeros(3, np.int64)
    for f in range(faces.shape[0]):
        i, j, k = faces[f, 0], faces[f, 1], faces[f, 2]
        longest = 0.0
        for c in range(3):
            longest = max(longest, abs(points[j, c] - points[i, c]), abs(points[k, c] - points[i, c]))
            longest = max(longest, abs(points[k, c] - points[j, c]))
        steps = int(longest / 0.4) + 1
        for s in range(steps + 1):
            for t in range(steps + 1 - s):
                within = True
                for c in range(3):
                    along = s * (points[j, c] - points[i, c]) + t * (points[k, c] - points[i, c])
                    at[c] = int(np.rint(points[i, c] + along / steps))
                    within = within and 0 <= at[c] < mask.shape[c]
                if within:
                    mask[at[0], at[1], at[2]] = True


@njit(cache=True, nogil=True)
def depth(inside, offsets, distance, out):
    """Distance (float32) of every voxel of a mask from the nearest one outside it, as far as offsets reach.

    offsets: int64 `[n, 3]`, nearest first; distance: their lengths, and one more for what is deeper.
    """
    ni, nj, nk = inside.shape
    for i in range(ni):
        for j in range(nj):
            for k in range(nk):
                if not inside[i, j, k]:
                    continue
                found = len(offsets)
                for n in range(len(offsets)):
                    a, b, c = i + offsets[n, 0], j + offsets[n, 1], k + offsets[n, 2]
                    within = 0 <= a < ni and 0 <= b < nj and 0 <= c < nk
                    if not within or not inside[a, b, c]:
                        found = n
                        break
                out[i, j, k] = distance[found]
