"""One march per ray through the HU and label volumes (numba). Per-ray functions first, driver last.

Joseph's method (IEEE TMI 1982): along the axis on which the ray moves fastest, one bilinear sample per
plane of voxel centres. Everything is in voxel indices; millimetres enter by the length of one step.
Offsets into the volumes are unsigned: numba then emits no wrap-around of negative indices.
"""

import numpy as np
from numba import njit, prange

TILE = 16
"""Rays are walked in square tiles of pixels: neighbours share cache lines of the volume."""

NO_SLOT = np.uint16(65535)
"""`slot_of` of a label that is no structure."""

_FAST = {"reassoc", "contract", "arcp", "nsz"}
_DE_BRUIJN = np.uint64(0x03F79D71B4CB0A89)
_BIT_OF = np.zeros(64, dtype=np.uint8)
for _bit in range(64):
    _BIT_OF[((int(_DE_BRUIJN) << _bit) & (2**64 - 1)) >> 58] = _bit


@njit(cache=True)
def _clip(first, last, start, slope, low, high):
    """Shrink [first, last] to the k where low <= start + slope * k <= high."""
    if abs(slope) < 1e-12:
        if start < low or start > high:
            return first, first - 1.0
        return first, last
    a = (low - start) / slope
    b = (high - start) / slope
    return max(first, min(a, b)), min(last, max(a, b))


@njit(cache=True)
def _trace(source, pixel, shape, ray):
    """Where the segment source -> pixel crosses the volume: (main axis, first plane, planes).

    ray[0:4] becomes u, du, v, dv: the two other coordinates at the first plane and their change per plane.
    A voxel reaches half a step around its centre, so the volume spans -0.5 .. n - 0.5.
    """
    d0, d1, d2 = abs(pixel[0] - source[0]), abs(pixel[1] - source[1]), abs(pixel[2] - source[2])
    a = 0 if d0 >= d1 and d0 >= d2 else (1 if d1 >= d2 else 2)
    first, last = _clip(0.0, shape[a] - 1.0, 0.0, 1.0, min(source[a], pixel[a]), max(source[a], pixel[a]))
    run = pixel[a] - source[a]
    u, v = (a + 1) % 3, (a + 2) % 3
    du, dv = (pixel[u] - source[u]) / run, (pixel[v] - source[v]) / run
    u0, v0 = source[u] - source[a] * du, source[v] - source[a] * dv
    first, last = _clip(first, last, u0, du, -0.5, shape[u] - 0.5)
    first, last = _clip(first, last, v0, dv, -0.5, shape[v] - 0.5)
    begin, end = np.ceil(first), np.floor(last)
    ray[0], ray[1] = u0 + begin * du, du
    ray[2], ray[3] = v0 + begin * dv, dv
    return a, int(begin), max(int(end - begin) + 1, 0)


@njit(cache=True, fastmath=_FAST)
def _materials(hu, base, step_a, step_u, step_v, last_u, last_v, ray, count, weights, ramps, sums):
    """Sums over `count` planes of the HU ramps, times `weights` where there are any, into sums[0:5].

    ramps: rows (HU where it starts, slope); the first four end at 1, the last goes on.
    """
    zero, one = np.float32(0.0), np.float32(1.0)
    u0, du, v0, dv = np.float32(ray[0]), np.float32(ray[1]), np.float32(ray[2]), np.float32(ray[3])
    top_u, top_v = np.float32(last_u), np.float32(last_v)
    low_u, low_v = np.float32(max(last_u - 1, 0)), np.float32(max(last_v - 1, 0))
    next_u = step_u if last_u > 0 else np.uint64(0)
    next_v = step_v if last_v > 0 else np.uint64(0)
    h0, h1, h2, h3, h4 = ramps[0, 0], ramps[1, 0], ramps[2, 0], ramps[3, 0], ramps[4, 0]
    g0, g1, g2, g3, g4 = ramps[0, 1], ramps[1, 1], ramps[2, 1], ramps[3, 1], ramps[4, 1]
    s0 = s1 = s2 = s3 = s4 = zero
    weighted = weights.size > 0
    for n in range(count):
        u = min(max(u0 + np.float32(n) * du, zero), top_u)
        v = min(max(v0 + np.float32(n) * dv, zero), top_v)
        iu = np.int32(min(u, low_u))
        iv = np.int32(min(v, low_v))
        au, av = u - np.float32(iu), v - np.float32(iv)
        i = base + np.uint64(n) * step_a + np.uint64(iu) * step_u + np.uint64(iv) * step_v
        near = np.float32(hu[i]) * (one - av) + np.float32(hu[i + next_v]) * av
        far = np.float32(hu[i + next_u]) * (one - av) + np.float32(hu[i + next_u + next_v]) * av
        h = near * (one - au) + far * au
        w = weights[n] if weighted else one
        s0 += w * min(max((h - h0) * g0, zero), one)
        s1 += w * min(max((h - h1) * g1, zero), one)
        s2 += w * min(max((h - h2) * g2, zero), one)
        s3 += w * min(max((h - h3) * g3, zero), one)
        s4 += w * max((h - h4) * g4, zero)
    sums[0], sums[1], sums[2], sums[3], sums[4] = s0, s1, s2, s3, s4


@njit(cache=True, fastmath=_FAST)
def _nearest(labels, base, step_a, step_u, step_v, last_u, last_v, ray, count, row):
    """The label of the voxel nearest to each plane's sample, into row[0:count]."""
    zero, half = np.float32(0.0), np.float32(0.5)
    u0, du, v0, dv = np.float32(ray[0]), np.float32(ray[1]), np.float32(ray[2]), np.float32(ray[3])
    top_u, top_v = np.float32(last_u), np.float32(last_v)
    for n in range(count):
        iu = np.int32(min(max(u0 + np.float32(n) * du, zero), top_u) + half)
        iv = np.int32(min(max(v0 + np.float32(n) * dv, zero), top_v) + half)
        row[n] = labels[base + np.uint64(n) * step_a + np.uint64(iu) * step_u + np.uint64(iv) * step_v]


@njit(cache=True)
def _labels(row, count, slot_of, factor_of, weights, bits, runs):
    """Act only where the label changes: set its bit, add its run of planes.

    Fills `weights` (when it has any room) with each plane's factor and returns their sum.
    """
    weighted, timed = weights.size > 0, runs.size > 0
    slot, factor, total = NO_SLOT, np.float32(1.0), 0.0
    current, since = np.uint16(0), 0
    for n in range(count):
        if row[n] != current:
            if timed and slot != NO_SLOT:
                runs[slot] += n - since
            total += factor * (n - since)
            current, since = row[n], n
            slot = slot_of[current]
            factor = np.float32(1.0)
            if slot != NO_SLOT:
                bits[slot >> 6] |= np.uint64(1) << np.uint64(slot & 63)
                if weighted:
                    factor = factor_of[slot]
        if weighted:
            weights[n] = factor
    if timed and slot != NO_SLOT:
        runs[slot] += count - since
    return total + factor * (count - since)


@njit(cache=True)
def _store_runs(bits, runs, planes):
    """Move the runs of the labels whose bit is set to planes[0:], in ascending order of slot; their number.

    What does not fit is counted, not stored. `runs` is left all zero for the next ray.
    """
    hits = 0
    for word in range(bits.size):
        rest = bits[word]
        while rest != np.uint64(0):
            low = rest & (~rest + np.uint64(1))
            slot = word * 64 + _BIT_OF[(low * _DE_BRUIJN) >> np.uint64(58)]
            if hits < planes.size:
                planes[hits] = runs[slot]
            runs[slot] = 0
            hits += 1
            rest ^= low
    return hits


@njit(cache=True, parallel=True)
def march(
    hu, labels, shape, spacing_mm, source, origin, right, down, slot_of, factor_of, ramps, density,
    areal, bits, planes, step_mm, most_hits,
):  # fmt: skip
    """Every ray of a picture. Each pixel belongs to one thread: the number of threads changes nothing.

    hu, labels: flat C-order volumes of `shape`. source, origin, right, down: the camera in voxel indices.
    factor_of: attenuation factor of each slot, or empty. Out: areal [6, h, w] g/cm^2, bits [h, w, words]
    (zero on entry; no words: no labels wanted), planes [h, w, room] (no room: lengths not asked for),
    step_mm [h, w] length of one plane, most_hits [tiles] largest number of labels on one ray.
    """
    rows, columns = step_mm.shape
    across = (columns + TILE - 1) // TILE
    tiles = across * ((rows + TILE - 1) // TILE)
    stride = np.array([shape[1] * shape[2], shape[2], 1]).astype(np.uint64)
    for tile in prange(tiles):
        row = np.empty(shape.max(), dtype=np.uint16)
        weights = np.empty(shape.max() if factor_of.size else 0, dtype=np.float32)
        runs = np.zeros(bits.shape[2] * 64 if planes.shape[2] else 0, dtype=np.int32)
        sums, ray, pixel = np.zeros(5, dtype=np.float32), np.zeros(4), np.zeros(3)
        for r in range(tile // across * TILE, min((tile // across + 1) * TILE, rows)):
            for c in range(tile % across * TILE, min((tile % across + 1) * TILE, columns)):
                for i in range(3):
                    pixel[i] = origin[i] + c * right[i] + r * down[i]
                a, first, count = _trace(source, pixel, shape, ray)
                u, v = (a + 1) % 3, (a + 2) % 3
                length = 0.0
                for i in range(3):
                    length += (spacing_mm[i] * (pixel[i] - source[i])) ** 2
                step = np.sqrt(length) / abs(pixel[a] - source[a])
                step_mm[r, c] = step
                where = (
                    np.uint64(first) * stride[a],
                    stride[a],
                    stride[u],
                    stride[v],
                    shape[u] - 1,
                    shape[v] - 1,
                )
                total = float(count)
                if bits.shape[2]:
                    _nearest(labels, *where, ray, count, row)
                    total = _labels(row, count, slot_of, factor_of, weights, bits[r, c], runs)
                _materials(hu, *where, ray, count, weights, ramps, sums)
                _to_areal(total, sums, step / 10, density, areal[:, r, c])
                if planes.shape[2]:
                    most_hits[tile] = max(most_hits[tile], _store_runs(bits[r, c], runs, planes[r, c]))


@njit(cache=True)
def _to_areal(total, sums, step_cm, density, areal):
    """Differences of neighbouring ramps are the materials' shares; times density and step: g/cm^2."""
    areal[0] = (total - sums[0]) * density[0] * step_cm
    areal[1] = (sums[0] - sums[1]) * density[1] * step_cm
    areal[2] = (sums[1] - sums[2]) * density[2] * step_cm
    areal[3] = (sums[2] - sums[3]) * density[3] * step_cm
    areal[4] = 0.0  # contrast
    areal[5] = (sums[3] * density[5] + sums[4]) * step_cm
