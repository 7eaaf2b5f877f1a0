"""From the sorted hits of a ray to the intervals inside each solid and inside any of them (numba)."""

# mypy: disable-error-code="no-untyped-def"

import numpy as np
from numba import njit

from fluoroseg.project.mesh_kernels import SOLID_SHIFT, UNIT

LEAK, REPAIRED = 1, 2
"""States of a pixel whose hits with a solid do not balance: found so, and mended."""

_inlined = njit(error_model="numpy", inline="always")  # a call counts references to its arrays: too dear here
_SWAPPED_MM = 0.05  # rays that leave before they enter by no more than this are grazing, not leaking


@njit(cache=True, nogil=True, error_model="numpy")
def sweep(
    first, last, box, rays_mm, head, link, keys, clipped, closed, material_of, mending, ray, own, covered,
    state, enter_mm, path_mm, material_mm, counts, enter, leave,
):  # fmt: skip
    """Rows first:last of the picture: hits to intervals. Returns how many intervals there are.

    box: of `mesh_kernels.find_rows`.  head, link, keys: of `mesh_kernels.draw`.
    rays_mm: rows source -> pixel (0, 0), one column on, one row on.
    clipped: parts of the solid near the source were cut off.  closed: balanced by topology, not to be judged.
    state [solid, h, w] of the box: while mending, REPAIRED where enter_mm and path_mm hold the mended ray.
    Out, of the box: state (LEAK), enter_mm, path_mm [solid, h, w], material_mm [material, h, w];
    counts [h, w] of the picture: intervals of each pixel; enter, leave [n]: the intervals, mm, in turn.
    ray, own [n, 2], covered [n, 2]: room for the hits and intervals of one pixel.
    """
    used = 0
    for row in range(first, last):
        for column in range(box[2], box[3]):
            r, c = row - box[0], column - box[2]
            if head[row - first, c] < 0 and not mending:
                continue
            size = _sorted_hits(head[row - first, c], link, keys, ray)
            mm = _ray_mm(rays_mm, row, column) / UNIT
            end, count = 0, 0
            for s in range(state.shape[0]):
                begin = end
                while end < size and ray[end] >> SOLID_SHIFT == s:
                    end += 1
                parts = 0
                if state[s, r, c] == REPAIRED:
                    own[0, 0] = np.int64(enter_mm[s, r, c] / mm)
                    own[0, 1] = own[0, 0] + np.int64(path_mm[s, r, c] / mm)
                    parts = 1 if own[0, 1] > own[0, 0] else 0
                elif begin < end:
                    winding, fair = _judge(ray, begin, end, clipped[s], closed[s], _SWAPPED_MM / mm)
                    if fair:
                        parts = _inside(ray, begin, end, winding, own)
                    else:
                        state[s, r, c] = LEAK
                length, new = 0, 0
                for part in range(parts):
                    count, gained = _add(covered, count, own[part, 0], own[part, 1])
                    length, new = length + own[part, 1] - own[part, 0], new + gained
                if parts > 0:
                    enter_mm[s, r, c], path_mm[s, r, c] = own[0, 0] * mm, length * mm
                    material_mm[material_of[s], r, c] += new * mm
            for k in range(count):
                enter[used + k], leave[used + k] = covered[k, 0] * mm, covered[k, 1] * mm
            used += count
            counts[row, column] = count
    return used


@_inlined
def _ray_mm(rays_mm, row, column):
    """Distance from the source to a pixel's centre."""
    x = rays_mm[0, 0] + column * rays_mm[1, 0] + row * rays_mm[2, 0]
    y = rays_mm[0, 1] + column * rays_mm[1, 1] + row * rays_mm[2, 1]
    z = rays_mm[0, 2] + column * rays_mm[1, 2] + row * rays_mm[2, 2]
    return np.sqrt(x * x + y * y + z * z)


@_inlined
def _sorted_hits(hit, link, keys, ray):
    """One pixel's keys in ascending order into ray; returns their number."""
    size = 0
    while hit >= 0:
        key, i = keys[hit], size
        while i > 0 and ray[i - 1] > key:
            ray[i] = ray[i - 1]
            i -= 1
        ray[i] = key
        size += 1
        hit = link[hit]
    return size


@_inlined
def _judge(ray, begin, end, clipped, closed, tolerance):
    """How many times the solid surrounds the ray's start, and whether its hits balance."""
    winding, before, astray = 0, 0, 0
    for i in range(begin, end):
        t = (ray[i] & 0xFFFFFFFF) >> 1
        if winding < 0:
            astray += t - before
        winding += 1 - 2 * (ray[i] & 1)
        before = t
    if clipped and winding < 0:  # what is missing was cut off at the near plane
        return -winding, True
    return 0, winding == 0 and (closed or astray <= tolerance)


@_inlined
def _inside(ray, begin, end, winding, own):
    """Intervals of one solid, ascending and disjoint, into own [n, 2]; how many."""
    parts, since = 0, 0
    for i in range(begin, end):
        t = (ray[i] & 0xFFFFFFFF) >> 1
        was = winding
        winding += 1 - 2 * (ray[i] & 1)
        if was == 0 and winding == 1:
            since = t
        elif was == 1 and winding == 0 and t > since:
            own[parts, 0], own[parts, 1] = since, t
            parts += 1
    return parts


@_inlined
def _add(covered, count, low, high):
    """Unites an interval with the `count` ascending disjoint ones: (their number now, newly covered)."""
    i = count
    while i > 0 and covered[i - 1, 1] >= low:
        i -= 1
    j, gained, start, stop = i, high - low, low, high
    while j < count and covered[j, 0] <= high:
        gained -= min(high, covered[j, 1]) - max(low, covered[j, 0])
        start, stop = min(start, covered[j, 0]), max(stop, covered[j, 1])
        j += 1
    if j == i:
        for k in range(count, i, -1):
            covered[k, 0], covered[k, 1] = covered[k - 1, 0], covered[k - 1, 1]
    else:
        for k in range(j, count):
            covered[k - j + i + 1, 0], covered[k - j + i + 1, 1] = covered[k, 0], covered[k, 1]
    covered[i, 0], covered[i, 1] = start, stop
    return count + 1 - (j - i), gained
