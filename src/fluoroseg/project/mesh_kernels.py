"""Closed surfaces along every ray (numba): faces are rasterised into per-pixel lists of hits (an A-buffer).

In camera coordinates (x, y, t) a point is seen at column x / t and row y / t, and t = 1 on the detector.
A face hits the pixels of a row between the columns where two of its edges cross that row. Each crossing is
computed from the edge's upper end to its lower end, so both faces at an edge find the very same column, and
a span whose ends come in the wrong order is a span seen from the other side: around a closed surface entries
and exits cancel on every ray, exactly. Depth comes from the face's plane: on it 1 / t is affine in the pixel.
"""

import numpy as np
from numba import njit

_compiled = njit(cache=True, nogil=True, error_model="numpy")
_inlined = njit(error_model="numpy", inline="always")  # a call counts references to its arrays: too dear here
UNIT = 2.0**30  # steps from source to detector in which hits are sorted and intervals added
SOLID_SHIFT = 32  # a hit's key: solid << 32 | t in steps << 1 | leaving, so that entries come first


@_compiled
def to_camera(vertices, camera_from_mesh, camera):
    """Corners in camera coordinates: camera = camera_from_mesh [3, 4] of vertices [v, 3]."""
    for v in range(vertices.shape[0]):
        x, y, z = vertices[v, 0], vertices[v, 1], vertices[v, 2]
        for i in range(3):
            m = camera_from_mesh[i]
            camera[v, i] = m[0] * x + m[1] * y + m[2] * z + m[3]


@_compiled
def find_rows(camera, first_vertex, faces, first_face, height, width, pixel, rows):
    """Where faces can be seen: pixel [v, 2] column and row of each corner, rows [f, 2] first and end row.

    Solid s has vertices first_vertex[s]:first_vertex[s + 1], and likewise faces; all lie before the source.
    Returns the box around everything: first row, end row, first column, end column.
    """
    for v in range(camera.shape[0]):
        pixel[v, 0], pixel[v, 1] = camera[v, 0] / camera[v, 2], camera[v, 1] / camera[v, 2]
    zero = np.int64(0)
    top, bottom, left, right = height, zero, width, zero
    for s in range(first_vertex.size - 1):
        for f in range(first_face[s], first_face[s + 1]):
            a, b, c = (
                faces[f, 0] + first_vertex[s],
                faces[f, 1] + first_vertex[s],
                faces[f, 2] + first_vertex[s],
            )
            r0 = _first_from(min(pixel[a, 1], pixel[b, 1], pixel[c, 1]), zero, height)
            r1 = _first_from(max(pixel[a, 1], pixel[b, 1], pixel[c, 1]), zero, height)
            c0 = _first_from(min(pixel[a, 0], pixel[b, 0], pixel[c, 0]) - 1, zero, width)
            c1 = _first_from(max(pixel[a, 0], pixel[b, 0], pixel[c, 0]) + 1, zero, width)
            rows[f, 0], rows[f, 1] = r0, (r1 if c0 < c1 else r0)
            if r0 < r1 and c0 < c1:
                top, bottom, left, right = min(top, r0), max(bottom, r1), min(left, c0), max(right, c1)
    return top, max(bottom, top), left, max(right, left)


@_compiled
def draw(
    s, f, end, first, last, left, camera, pixel, faces, vertex, rows, mirrored, head, link, keys, used, counts
):  # fmt: skip
    """Hits of solid s's faces f:end in rows first:last, as long as there is room; next face, hits so far.

    mirrored: the camera turns counter-clockwise faces round. head [row, column]: each pixel's last hit so far
    (-1: none). link [hit]: the pixel's hit before. counts [h, w] of the picture: how many hits.
    """
    tag = (s << SOLID_SHIFT) + mirrored
    while f < end and used + head.size <= keys.size:  # a face hits a pixel once
        if max(rows[f, 0], first) < min(rows[f, 1], last):
            a, b, c = faces[f, 0] + vertex, faces[f, 1] + vertex, faces[f, 2] + vertex
            used = _draw_face(camera, pixel, a, b, c, tag, first, last, left, head, link, keys, used, counts)
        f += 1
    return f, used


@_inlined
def _draw_face(camera, pixel, a, b, c, tag, first, last, left, head, link, keys, used, counts):
    """One triangle's hits in rows first:last onto the lists; how many hits there are then."""
    turn = 0
    if pixel[a, 1] > pixel[b, 1]:
        a, b, turn = b, a, 1 - turn
    if pixel[b, 1] > pixel[c, 1]:
        b, c, turn = c, b, 1 - turn
    if pixel[a, 1] > pixel[b, 1]:
        a, b, turn = b, a, 1 - turn
    xa, xb, xc = pixel[a, 0], pixel[b, 0], pixel[c, 0]
    ya, yb, yc = pixel[a, 1], pixel[b, 1], pixel[c, 1]
    along, upper, lower = (xc - xa) / (yc - ya), (xb - xa) / (yb - ya), (xc - xb) / (yc - yb)
    per_column = per_row = base = low = high = 0.0
    right = left + head.shape[1]
    for row in range(_first_from(ya, first, last), _first_from(yc, first, last)):
        c0 = _first_from(xa + (row - ya) * along, left, right)
        c1 = _first_from(xa + (row - ya) * upper if row < yb else xb + (row - yb) * lower, left, right)
        key = tag ^ turn ^ (c0 < c1)
        if c1 < c0:
            c0, c1 = c1, c0
        if c0 < c1 and high == 0:  # many a small face lies between the pixel centres
            per_column, per_row, base, low, high = _plane(camera, a, b, c)
        start = base + per_row * row
        for column in range(c0, c1):
            t = min(max(UNIT / (start + per_column * column), low), high)
            keys[used] = key + 2 * np.int64(t + 0.5)
            link[used] = head[row - first, column - left]
            head[row - first, column - left] = used
            counts[row, column] += 1
            used += 1
    return used


@_compiled
def _first_from(position, low, high):
    """The first pixel centre at or after a position, within low..high."""
    return np.int64(np.ceil(min(max(position, np.float64(low)), np.float64(high))))


@_inlined
def _plane(camera, a, b, c):
    """1 / t on the face = per_column * column + per_row * row + base; its nearest and farthest t in steps.

    Seen edge-on the plane tells nothing; the face's own range, up to the detector, bounds what it tells then.
    """
    x, y, t = camera[a, 0], camera[a, 1], camera[a, 2]
    ux, uy, ut = camera[b, 0] - x, camera[b, 1] - y, camera[b, 2] - t
    vx, vy, vt = camera[c, 0] - x, camera[c, 1] - y, camera[c, 2] - t
    nx, ny, nt = uy * vt - ut * vy, ut * vx - ux * vt, ux * vy - uy * vx
    offset = nx * x + ny * y + nt * t
    low, high = min(t, t + ut, t + vt) * UNIT, max(t, t + ut, t + vt) * UNIT
    per_t = 1 / offset if abs(offset) > 1e-200 else 0.0
    return nx * per_t, ny * per_t, nt * per_t, min(low, UNIT), min(high, UNIT)
