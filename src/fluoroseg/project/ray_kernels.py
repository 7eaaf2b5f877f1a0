"""One march per ray through the HU and label volumes (numba): per-ray functions first, the CPU driver last.

Joseph's method (IEEE TMI 1982): along the axis on which the ray moves fastest, one bilinear sample per
plane of voxel centres. Everything is in voxel indices; millimetres enter by the length of one step.

The CUDA driver (`cuda_kernels`) calls the same per-ray functions: they allocate nothing. Arguments that
belong together travel as tuples. What a picture does not need (`effects`, `noted`) is None, so that it is
neither compiled nor waited for; beyond that an array without elements switches its feature off.

volume: pairs int32 `[voxel]` (HU of a voxel in the low half, of its neighbour along the last axis in the
    high half), slots uint16 `[voxel]`, shape int64 `[3]`, stride int64 `[3]`, spacing_mm float64 `[3]`.
camera: float64 `[4, 3]`, source, origin, right, down in voxel indices.
ramps: float32 `[3, 6]`, nodes in HU, slopes per HU, densities in g/cm^3.
tiles: uint16 `[tile, 5, block]`, of blocks of `BRICK` planes: the label that all rays of a tile share, the
    block up to which they do, whether there is nothing but air, the block up to which it stays so, the end of
    the tile's last mixed block (`tiles`).
out: areal float32 `[6, h, w]`, bits uint64 `[h, w, words]`, start_mm, step_mm float32 `[h, w]`.
scratch: nearest uint32 `[planes]`, sums float32 `[9]`, ray, pixel float64 `[6]`, `[3]`, grid int32 `[6]`.
effects: None, or (factor_of float32 `[slot]`, is_contrast uint8 `[slot]`, cover, hidden, weights, iodine
    float32 `[planes]`).
noted: None, or (stored, notes): what is noted of every structure on a ray.
cover, hidden: start int64 `[ray + 1]`, enter_mm, leave_mm float32: intervals of each ray, measured from the
    source, where metal displaces tissue, or where another volume comes first.
stored: planes, entries, exits uint16 `[h, w, room]`.
notes: runs, first, last int32 `[slot]`: planes, first plane and end in each structure of a ray.
"""

import math

import numpy as np
from numba import njit

from fluoroseg.project.constants import BIT_OF, BRICK, DE_BRUIJN, MIXED, NO_SLOT, TILE

_FAST = {"reassoc", "contract", "arcp", "nsz"}
_MARCH = {"cache": True, "nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True, "_nrt": False}
_RAY = _MARCH | {"no_cpython_wrapper": True}
# Nothing here allocates: without numba's run-time (_nrt), no thread counts references to shared arrays.
_ONE, _TWO, _THREE, _FOUR = np.uint64(1), np.uint64(2), np.uint64(3), np.uint64(4)


@njit(**_RAY)
def trace(camera, shape, stride, spacing_mm, r, c, pixel, ray, grid):
    """Where the ray to pixel (r, c) crosses the volume: (first plane, planes) along its main axis.

    ray[0:4] becomes u, du, v, dv: the two other coordinates at the first plane and their change per plane;
    ray[4:6] the distance of the first plane from the source and from plane to plane, mm. grid becomes place
    of the first plane in the volume, strides along the main axis, u and v, last voxels along u and v.
    A voxel reaches half a step around its centre, so the volume spans -0.5 .. n - 0.5.
    """
    source, length = camera[0], 0.0
    for i in range(3):
        pixel[i] = camera[1, i] + c * camera[2, i] + r * camera[3, i]
        length += (spacing_mm[i] * (pixel[i] - source[i])) ** 2
    d0, d1, d2 = abs(pixel[0] - source[0]), abs(pixel[1] - source[1]), abs(pixel[2] - source[2])
    a = 0 if d0 >= d1 and d0 >= d2 else (1 if d1 >= d2 else 2)
    u, v = (1 if a == 0 else 0), (1 if a == 2 else 2)
    run = pixel[a] - source[a]
    per_run = 1.0 / run
    first, last = max(0.0, min(source[a], pixel[a])), min(shape[a] - 1.0, max(source[a], pixel[a]))
    for i in range(2):  # shrink [first, last] to the planes k where -0.5 <= start + slope k <= n - 0.5
        other = u if i == 0 else v
        across = pixel[other] - source[other]
        slope = across * per_run
        start, top = source[other] - source[a] * slope, shape[other] - 0.5
        ray[2 * i], ray[2 * i + 1] = start, slope
        if abs(slope) >= 1e-12:
            planes = run / across
            one, two = (-0.5 - start) * planes, (top - start) * planes
            first, last = max(first, min(one, two)), min(last, max(one, two))
        elif start < -0.5 or start > top:
            last = first - 1.0
    begin, end = int(math.ceil(first)), int(math.floor(last))
    ray[0], ray[2] = ray[0] + begin * ray[1], ray[2] + begin * ray[3]
    step = math.sqrt(length) * per_run  # signed: planes may be counted towards the source
    ray[4], ray[5] = (begin - source[a]) * step, step
    grid[0], grid[1], grid[2], grid[3] = begin * stride[a], stride[a], stride[u], stride[v]
    grid[4], grid[5] = shape[u] - 1, shape[v] - 1
    return begin, max(end - begin + 1, 0)


@njit(fastmath=_FAST, **_RAY)
def _integrate(pairs, grid, ray, first, end, ramps, weights, iodine, sums):
    """Adds HU, clamped to each interval between two nodes, over the ray's planes first .. end to sums[0:5].

    `weights`, where there are any, multiply them; sums[5:7] add up `iodine` times the last two, sums[7] the
    weights (or planes), sums[8] the iodine.
    """
    zero = np.float32(0.0)
    u0, du, v0, dv = np.float32(ray[0]), np.float32(ray[1]), np.float32(ray[2]), np.float32(ray[3])
    base, step, step_u, step_v = grid[0], grid[1], grid[2], grid[3]
    top_u, top_v = np.float32(grid[4]), np.float32(grid[5])
    h0, h1, h2, h3, h4 = ramps[0, 0], ramps[0, 1], ramps[0, 2], ramps[0, 3], ramps[0, 4]
    s0 = s1 = s2 = s3 = s4 = s5 = s6 = zero
    s7, s8 = np.float32(end - first), zero
    weighted, contrast, apart = False, False, step_v != 1
    if weights is not None:
        weighted, contrast = weights.size > 0, iodine.size > 0
    if weighted:
        s7 = zero
    begin = np.int32(first)
    for k in range(np.uint32(end - first)):
        n = np.int32(begin + np.int32(k))
        u = min(max(u0 + np.float32(n) * du, zero), top_u)
        v = min(max(v0 + np.float32(n) * dv, zero), top_v)
        iu, iv = np.int32(u), np.int32(v)
        au, av = u - np.float32(iu), v - np.float32(iv)
        across = np.int32(np.int32(iu * step_u) + np.int32(iv * step_v))
        i = np.uint32(np.int32(base + np.int32(np.int32(n * step) + across)))
        j = np.uint32(i + np.uint32(step_u))
        p, q = pairs[i], pairs[j]
        p1, q1 = p >> 16, q >> 16
        if apart:  # the second coordinate is not the last axis: its neighbours are no pairs
            p1 = np.int32(pairs[np.uint32(i + np.uint32(step_v))] << 16) >> 16
            q1 = np.int32(pairs[np.uint32(j + np.uint32(step_v))] << 16) >> 16
        p0, q0 = np.float32(np.int32(p << 16) >> 16), np.float32(np.int32(q << 16) >> 16)
        near = p0 + (np.float32(p1) - p0) * av
        far = q0 + (np.float32(q1) - q0) * av
        h = near + (far - near) * au
        c0, c1, c2 = min(max(h, h0), h1), min(max(h, h1), h2), min(max(h, h2), h3)
        c3, c4 = min(max(h, h3), h4), max(h, h4)
        if weights is not None:
            if contrast:
                share = iodine[np.uint32(n)]
                s5, s6, s8 = s5 + share * c3, s6 + share * c4, s8 + share
            if weighted:
                w = weights[np.uint32(n)]
                s7 += w
                c0, c1, c2, c3, c4 = c0 * w, c1 * w, c2 * w, c3 * w, c4 * w
        s0, s1, s2, s3, s4 = s0 + c0, s1 + c1, s2 + c2, s3 + c3, s4 + c4
    sums[0] += s0
    sums[1] += s1
    sums[2] += s2
    sums[3] += s3
    sums[4] += s4
    sums[5] += s5
    sums[6] += s6
    sums[7] += s7
    sums[8] += s8


@njit(inline="always", **_RAY)
def _leave(slot, since, n, acting, noted):
    """The ray leaves, at plane n, the structure (or none) that it entered at `since`; its weight."""
    factor, share = np.float32(1.0), np.float32(0.0)
    if acting is not None:
        factor_of, is_contrast, weights, iodine = acting
        if slot != NO_SLOT:
            if factor_of.size:
                factor = factor_of[slot]
            if is_contrast.size and is_contrast[slot]:
                share = factor
        if weights.size:
            for k in range(since, n):
                weights[k] = factor
        if iodine.size:
            for k in range(since, n):
                iodine[k] = share
    if noted is not None:
        runs, first, last = noted[1]
        if slot != NO_SLOT and runs.size:
            if first.size:
                last[slot] = n
                if runs[slot] == 0:
                    first[slot] = since
            runs[slot] += n - since
    return factor * np.float32(n - since)


@njit(inline="always", **_RAY)
def _nearest(grid, ray, first, end, nearest):
    """Place in the volume of the voxel nearest to each of the ray's planes first .. end.

    Whole numbers are cast to 32 bits at each step: numba's own 64 bits would halve the vectors.
    """
    zero, half = np.float32(0.0), np.float32(0.5)
    u0, du, v0, dv = np.float32(ray[0]), np.float32(ray[1]), np.float32(ray[2]), np.float32(ray[3])
    base, step, step_u, step_v = grid[0], grid[1], grid[2], grid[3]
    top_u, top_v = np.float32(grid[4]), np.float32(grid[5])
    begin = np.int32(first)
    for k in range(np.uint32(end - first)):
        n = np.int32(begin + np.int32(k))
        iu = np.int32(min(max(u0 + np.float32(n) * du, zero), top_u) + half)
        iv = np.int32(min(max(v0 + np.float32(n) * dv, zero), top_v) + half)
        across = np.int32(np.int32(iu * step_u) + np.int32(iv * step_v))
        nearest[np.uint32(n)] = np.uint32(np.int32(base + np.int32(np.int32(n * step) + across)))


@njit(**_RAY)
def _walk(slots, grid, plane, count, ray, index, tile, bits, nearest, hidden, acting, noted):
    """The labels of the ray's planes (nearest voxel), acted upon where they change; the sum of weights.

    Planes that another volume hides have none.  acting: what of `effects` belongs to structures, or None.
    """
    hiding = False
    if hidden is not None:
        hiding = hidden[0].size > 0 and hidden[0][index + 1] > hidden[0][index]
    slot, since, total, n = NO_SLOT, np.int64(0), np.float32(0.0), np.int64(0)
    looked_up = False
    while n < count:
        block = (plane + n) // BRICK
        until = min(tile[1, block] * BRICK - plane, count)
        if tile[0, block] != MIXED and not hiding:
            if tile[0, block] != slot:
                total += _leave(slot, since, n, acting, noted)
                slot, since = tile[0, block], n
                _enter(slot, bits)
            n = until
            continue
        if not looked_up:
            last = count if hiding else min(tile[4, block] * BRICK - plane, count)
            _nearest(grid, ray, n, last, nearest)
            if hidden is not None:  # noqa: SIM102 (numba does not prune an `and`)
                if hiding:
                    _hide(hidden, index, ray, n, count, slots.size - 1, nearest)
            looked_up = True
        m, stop = np.uint64(n), np.uint64(until)
        while True:
            m = _alike(slots, nearest, slot, m, stop)
            if m >= stop:
                break
            n = np.int64(m)
            total += _leave(slot, since, n, acting, noted)
            slot, since = slots[nearest[m]], n
            _enter(slot, bits)
            m += _ONE
        n = until
    return total + _leave(slot, since, count, acting, noted)


@njit(inline="always", **_RAY)
def _alike(slots, nearest, slot, m, stop):
    """The first plane from m on, or stop, that has another slot: four planes for one branch."""
    while m + _FOUR <= stop:
        one, two = slots[nearest[m]] == slot, slots[nearest[m + _ONE]] == slot
        three, four = slots[nearest[m + _TWO]] == slot, slots[nearest[m + _THREE]] == slot
        two &= one
        three &= two
        if not (four & three):
            return m + np.uint64(one) + np.uint64(two) + np.uint64(three)
        m += _FOUR
    while m < stop and slots[nearest[m]] == slot:
        m += _ONE
    return m


@njit(inline="always", **_RAY)
def _enter(slot, bits):
    if slot != NO_SLOT:
        bits[slot >> 6] |= np.uint64(1) << np.uint64(slot & 63)


@njit(inline="always", **_RAY)
def _hide(hidden, index, ray, first, end, nowhere, nearest):
    """Sends the planes first .. end that lie within the ray's hidden intervals to a voxel without label."""
    start, enter_mm, leave_mm = hidden
    for k in range(start[index], start[index + 1]):
        for n in range(first, end):
            if enter_mm[k] <= ray[4] + n * ray[5] < leave_mm[k]:
                nearest[n] = nowhere


@njit(**_RAY)
def _displace(cover, r, ray, count, weights, iodine):
    """Takes from each plane's weight the part of its step that the ray's intervals cover; the sum taken.

    The intervals are disjoint and in order, so that a plane which two of them share is met in a row.
    """
    start, enter_mm, leave_mm = cover
    taken, plane, weight, share_of_iodine = np.float32(0.0), -1, np.float32(0.0), np.float32(0.0)
    for k in range(start[r], start[r + 1]):
        one, other = (enter_mm[k] - ray[4]) / ray[5], (leave_mm[k] - ray[4]) / ray[5]
        low, high = min(one, other), max(one, other)
        begin, end = max(int(math.ceil(low - 0.5)), 0), min(int(math.floor(high + 0.5)) + 1, count)
        for m in range(begin, end):
            n = m if ray[5] > 0 else begin + end - 1 - m
            if n != plane:
                plane, weight = n, weights[n]
                share_of_iodine = iodine[n] if iodine.size else np.float32(0.0)
            share = np.float32(max(min(high, n + 0.5) - max(low, n - 0.5), 0.0))
            taken += share * weight
            weights[n] = max(weights[n] - share * weight, np.float32(0.0))
            if iodine.size:
                iodine[n] = max(iodine[n] - share * share_of_iodine, np.float32(0.0))
    return taken


@njit(inline="always", **_RAY)
def _store(bits, notes, planes, entries, exits):
    """Moves what was noted of the labels whose bit is set to planes[0:] in ascending order of slot.

    What does not fit is counted, not stored: the number of labels. Runs are left zero for the next ray.
    """
    runs, first, last = notes
    hits = 0
    for word in range(bits.size):
        rest = bits[word]
        while rest != np.uint64(0):
            low = rest & (~rest + np.uint64(1))
            slot = word * 64 + BIT_OF[(low * DE_BRUIJN) >> np.uint64(58)]
            if hits < planes.size:
                planes[hits] = runs[slot]
                if entries.size:
                    entries[hits], exits[hits] = first[slot], last[slot]
            runs[slot] = 0
            hits += 1
            rest ^= low
    return hits


@njit(inline="always", **_RAY)
def _to_areal(total, step_cm, ramps, sums, areal, row, column):
    """Sums of clamped HU -> sums of ramps, whose differences are the materials' shares -> g/cm^2."""
    zero = np.float32(0.0)
    for m in range(5):
        sums[m] = max((sums[m] - sums[7] * ramps[0, m]) * ramps[1, m], zero)
    for m in range(5, 7):
        sums[m] = max((sums[m] - sums[8] * ramps[0, m - 2]) * ramps[1, m - 2], zero)
    before = total
    for m in range(4):
        areal[m, row, column] = (before - sums[m]) * ramps[2, m] * step_cm
        before = sums[m]
    contrast = sums[5] * ramps[2, 4] + sums[6]
    areal[4, row, column] = contrast * step_cm
    areal[5, row, column] = ((sums[3] - sums[5]) * ramps[2, 5] + sums[4] - sums[6]) * step_cm


@njit(inline="always", **_RAY)
def march_ray(volume, camera, r, c, tile, integrated, ramps, out, scratch, effects, noted):
    """One ray: see the module. tile: what is known of its tile, one of `tiles`.
    integrated: also the tissue, not only the structures.

    Returns the number of labels on the ray where something is noted of each, else 0.
    """
    pairs, slots, shape, stride, spacing_mm = volume
    areal, bits, start_mm, step_mm = out
    nearest, sums, ray, pixel, grid = scratch
    plane, count = trace(camera, shape, stride, spacing_mm, r, c, pixel, ray, grid)
    start_mm[r, c], step_mm[r, c] = ray[4], ray[5]
    index = r * step_mm.shape[1] + c
    plain = True  # a ray that nothing acts upon takes the shorter way
    if effects is not None:
        factor_of, is_contrast, cover, hidden, weights, iodine = effects
        covered = cover[0].size > 0 and cover[0][index + 1] > cover[0][index]
        hiding = hidden[0].size > 0 and hidden[0][index + 1] > hidden[0][index]
        plain = not (covered or hiding or factor_of.size or is_contrast.size)
        weights = weights[: count if covered or factor_of.size else 0]
        iodine = iodine[: count if is_contrast.size else 0]
        if not plain:
            acting = (factor_of, is_contrast, weights, iodine)
            total = _walk(
                slots, grid, plane, count, ray, index, tile, bits[r, c], nearest, hidden, acting, noted
            )
            if covered:
                total -= _displace(cover, index, ray, count, weights, iodine)
    if plain:
        total = _walk(slots, grid, plane, count, ray, index, tile, bits[r, c], nearest, None, None, noted)
    if integrated:
        for i in range(9):
            sums[i] = 0.0
        n = np.int64(0)
        while n < count:
            block = (plane + n) // BRICK
            after = min(tile[3, block] * BRICK - plane, count)
            if not tile[2, block]:
                if plain:
                    _integrate(pairs, grid, ray, n, after, ramps, None, None, sums)
                if effects is not None:  # noqa: SIM102 (numba does not prune an `and`)
                    if not plain:
                        _integrate(pairs, grid, ray, n, after, ramps, weights, iodine, sums)
            n = after
        _to_areal(total, np.float32(abs(ray[5]) / 10), ramps, sums, areal, r, c)
    hits = 0
    if noted is not None:
        (planes, entries, exits), notes = noted
        hits = _store(bits[r, c], notes, planes[r, c], entries[r, c], exits[r, c]) if planes.shape[2] else 0
    return hits


@njit(**_MARCH)
def march(volume, camera, order, tiles, strides, ramps, out, scratch, effects, noted, most_hits, first, end):
    """The CPU driver: the rays of the tiles order[first:end]. Each pixel is written by one call.

    strides uint8 `[tile]`: tissue for every so many-th row and column (`sparse`); where that is TILE, nothing
    for the others.  most_hits int64 `[tile]`: largest number of labels on one ray.
    """
    rows, columns = out[3].shape
    across = (columns + TILE - 1) // TILE
    for k in range(first, end):
        tile = order[k]
        for r in range(tile // across * TILE, min((tile // across + 1) * TILE, rows)):
            for c in range(tile % across * TILE, min((tile % across + 1) * TILE, columns)):
                integrated = r % strides[tile] == 0 and c % strides[tile] == 0
                if not integrated and strides[tile] == TILE:
                    continue
                hits = march_ray(
                    volume, camera, r, c, tiles[tile], integrated, ramps, out, scratch, effects, noted
                )
                most_hits[tile] = max(most_hits[tile], hits)
