"""Distances of a block of voxels to the phantom's shapes, and painting by them (numba).

A block is `out[a, b, c]` (float32); its voxel `[i, j, k]` lies at
`origin + step @ (start + (i, j, k))` in the shape's own millimetres.
"""

import numba
import numpy as np


@numba.njit(cache=True, fastmath=True, nogil=True)
def cones(out, origin, step, start, table, windows):
    """`out` = min(`out`, distance to each rounded cone).

    table: float32 `[n, 11]`: both ends and both radii, and the stretch of space along x, y, z (ends given
    in the unstretched space). windows: int64 `[n, 6]`, first and last voxel per axis, of the whole grid.
    """
    a, b, c = out.shape
    for n in range(len(table)):
        ax, ay, az, ux, uy, uz, ra, dr, fx, fy, fz = table[n]
        shrink = 1.0 / max(ux * ux + uy * uy + uz * uz, np.float32(1e-9))
        first_k = max(windows[n, 4] - start[2], 0)
        last_k = min(windows[n, 5] - start[2], c)
        for i in range(max(windows[n, 0] - start[0], 0), min(windows[n, 1] - start[0], a)):
            for j in range(max(windows[n, 2] - start[1], 0), min(windows[n, 3] - start[1], b)):
                gi, gj = np.float32(i + start[0]), np.float32(j + start[1])
                x0 = (origin[0] + step[0, 0] * gi + step[0, 1] * gj) * fx - ax
                y0 = (origin[1] + step[1, 0] * gi + step[1, 1] * gj) * fy - ay
                z0 = (origin[2] + step[2, 0] * gi + step[2, 1] * gj) * fz - az
                sx, sy, sz = step[0, 2] * fx, step[1, 2] * fy, step[2, 2] * fz
                for k in range(first_k, last_k):
                    gk = np.float32(k + start[2])
                    x, y, z = x0 + sx * gk, y0 + sy * gk, z0 + sz * gk
                    along = min(max((x * ux + y * uy + z * uz) * shrink, np.float32(0)), np.float32(1))
                    dx, dy, dz = x - ux * along, y - uy * along, z - uz * along
                    distance = np.sqrt(dx * dx + dy * dy + dz * dz) - (ra + dr * along)
                    out[i, j, k] = min(out[i, j, k], distance)


@numba.njit(cache=True, fastmath=True, nogil=True)
def ellipsoid(out, origin, step, start, centre, axes, radii):
    """`out` = distance to an ellipsoid whose axes are the columns of `axes`, first order near its surface."""
    a, b, c = out.shape
    least = min(radii[0], radii[1], radii[2])
    for i in range(a):
        for j in range(b):
            for k in range(c):
                gi, gj, gk = np.float32(i + start[0]), np.float32(j + start[1]), np.float32(k + start[2])
                x = origin[0] + step[0, 0] * gi + step[0, 1] * gj + step[0, 2] * gk - centre[0]
                y = origin[1] + step[1, 0] * gi + step[1, 1] * gj + step[1, 2] * gk - centre[1]
                z = origin[2] + step[2, 0] * gi + step[2, 1] * gj + step[2, 2] * gk - centre[2]
                u = (axes[0, 0] * x + axes[1, 0] * y + axes[2, 0] * z) / radii[0]
                v = (axes[0, 1] * x + axes[1, 1] * y + axes[2, 1] * z) / radii[1]
                w = (axes[0, 2] * x + axes[1, 2] * y + axes[2, 2] * z) / radii[2]
                scale = np.sqrt(u * u + v * v + w * w)
                u, v, w = u / radii[0], v / radii[1], w / radii[2]
                tiny = np.float32(1e-5)  # the centre has no gradient, but a distance
                out[i, j, k] = (scale + tiny) * (scale - 1) / (np.sqrt(u * u + v * v + w * w) + tiny / least)


@numba.njit(cache=True, fastmath=True, nogil=True)
def loft(out, origin, step, start, table, low, pitch, high, corner):
    """`out` = distance to superellipses stacked along z.

    table: float32 `[n, 4]`, centre x, y and radius x, y at `low + n * pitch`; they end at `high`.
    corner: float32, `(1 + t^p)^(1/p)` at even steps of t from 0 to 1 and once more: the length of `(1, t)` in
    the norm whose unit circle the superellipse is (powers are slow).
    """
    a, b, c = out.shape
    steps = np.float32(len(corner) - 2)
    for i in range(a):
        for j in range(b):
            for k in range(c):
                gi, gj, gk = np.float32(i + start[0]), np.float32(j + start[1]), np.float32(k + start[2])
                x = origin[0] + step[0, 0] * gi + step[0, 1] * gj + step[0, 2] * gk
                y = origin[1] + step[1, 0] * gi + step[1, 1] * gj + step[1, 2] * gk
                z = origin[2] + step[2, 0] * gi + step[2, 1] * gj + step[2, 2] * gk
                at = min(max((z - low) / pitch, np.float32(0)), np.float32(len(table) - 1.001))
                n = int(at)
                t = at - np.float32(n)
                dx = abs(x - (table[n, 0] * (1 - t) + table[n + 1, 0] * t))
                dy = abs(y - (table[n, 1] * (1 - t) + table[n + 1, 1] * t))
                rx = table[n, 2] * (1 - t) + table[n + 1, 2] * t
                ry = table[n, 3] * (1 - t) + table[n + 1, 3] * t
                u, v = dx / rx, dy / ry
                most = max(max(u, v), np.float32(1e-3))
                at = min(u, v) / most * steps
                m = int(at)
                scale = most * (corner[m] + (corner[m + 1] - corner[m]) * (at - np.float32(m)))
                radial = max(np.sqrt(dx * dx + dy * dy) * (1 - 1 / scale), -min(rx, ry))
                out[i, j, k] = max(radial, max(z - high, low - z))


@numba.njit(cache=True, fastmath=True, nogil=True)
def paint(hu, labels, distance, spacing, core_hu, shell_hu, shell_mm, label, core_label, over, skin):
    """Draws over `hu` by the share of each voxel that is filled; labels what is filled by half.

    The outer `shell_mm` get `shell_hu` and `label`, the rest `core_hu` and `core_label` (0: no label).
    over: the only label that is drawn over; 0: all. skin: its label, which is kept, as is all outside; 0: the
    skin itself is drawn.
    """
    a, b, c = distance.shape
    half, one, zero = np.float32(0.5), np.float32(1), np.float32(0)
    for i in range(a):
        for j in range(b):
            for k in range(c):
                d = distance[i, j, k]
                share = min(max(half - d / spacing, zero), one)
                here = labels[i, j, k]
                if (here == skin and skin) or (skin and not here) or (over and here != over):
                    continue
                if share > zero:
                    core = min(max(half - (d + shell_mm) / spacing, zero), one)
                    new = shell_hu + (core_hu - shell_hu) * core
                    hu[i, j, k] += share * (new - hu[i, j, k])
                    if share >= half:
                        if core >= half:
                            if core_label:
                                labels[i, j, k] = core_label
                        elif label:
                            labels[i, j, k] = label


@numba.njit(cache=True, fastmath=True, nogil=True)
def blend(out, new, groove):
    """`out` = the smooth minimum of `out` and `new`: rounded off over `groove` millimetres."""
    a, b, c = out.shape
    for i in range(a):
        for j in range(b):
            for k in range(c):
                first, second = out[i, j, k], new[i, j, k]
                depth = max(groove - abs(first - second), np.float32(0))
                out[i, j, k] = min(first, second) - depth * depth / (4 * groove)


@numba.njit(cache=True, nogil=True)
def finish(hu, labels, out, there, first_index, seed, amplitude):
    """`out` = `hu` rounded to int16, everything but air with a texture: the same for the same voxel and seed.

    Marks in `there` the labels that occur.
    """
    a, b, c = hu.shape
    for i in range(a):
        for j in range(b):
            for k in range(c):
                there[labels[i, j, k]] = True
                value = hu[i, j, k]
                if value > -950:
                    n = np.uint32(((first_index + i) * b + j) * c + k) ^ seed
                    n = np.uint32((n ^ (n >> np.uint32(16))) * np.uint32(2146121005))
                    n = np.uint32((n ^ (n >> np.uint32(15))) * np.uint32(2221713035))
                    n = np.uint32(n ^ (n >> np.uint32(16)))
                    # the sum of two even numbers: nearly bell-shaped, standard deviation 1 / sqrt 6
                    even = np.float32(n & np.uint32(65535)) + np.float32(n >> np.uint32(16))
                    value += amplitude * (even / np.float32(65536) - np.float32(1))
                out[i, j, k] = np.int16(np.rint(min(max(value, np.float32(-1000)), np.float32(3000))))
