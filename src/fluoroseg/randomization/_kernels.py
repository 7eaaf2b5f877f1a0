"""Compiled loops of the randomisation."""

import numba
import numpy as np


@numba.njit(cache=True, nogil=True)
def _weights(count, cells):
    """The first control point and the four uniform cubic B-spline weights of each pixel along a side."""
    first, weights = np.empty(count, np.int64), np.empty((4, count), np.float32)
    for i in range(count):
        place = i / count * cells
        first[i] = int(place)
        t = place - first[i]
        s = 1.0 - t
        weights[0, i] = s * s * s / 6.0
        weights[1, i] = (3.0 * t * t * t - 6.0 * t * t + 4.0) / 6.0
        weights[2, i] = (3.0 * s * s * s - 6.0 * s * s + 4.0) / 6.0
        weights[3, i] = t * t * t / 6.0
    return first, weights


@numba.njit(cache=True, nogil=True)
def spline_field(grid, out):
    """A smooth field: control points [n + 3, m + 3] through a uniform cubic B-spline over `out`."""
    rows, columns = out.shape
    width = grid.shape[1]
    ir, wr = _weights(rows, grid.shape[0] - 3)
    ic, wc = _weights(columns, width - 3)
    line = np.empty(width, np.float32)
    for r in range(rows):
        i = ir[r]
        for k in range(width):
            line[k] = (
                wr[0, r] * grid[i, k] + wr[1, r] * grid[i + 1, k]
                + wr[2, r] * grid[i + 2, k] + wr[3, r] * grid[i + 3, k]
            )  # fmt: skip
        begin = 0
        while begin < columns:  # cell by cell, so that the loop over its pixels is a vector's
            j = ic[begin]
            end = begin
            while end < columns and ic[end] == j:
                end += 1
            a, b, c, d = line[j], line[j + 1], line[j + 2], line[j + 3]
            for x in range(begin, end):
                out[r, x] = a * wc[0, x] + b * wc[1, x] + c * wc[2, x] + d * wc[3, x]
            begin = end


@numba.njit(cache=True, nogil=True)
def _places(r, matrix, lens, ys, xs):
    """Adds to ys and xs where the pixels of row r lie in the input."""
    v = (r - lens[0]) / lens[2]
    for c in range(len(ys)):
        u = (c - lens[1]) / lens[2]
        rr = v * v + u * u
        swell = lens[2] * (1.0 - lens[3] * rr)
        turn = lens[4] * rr
        v2 = lens[0] + swell * (v + turn * u)
        u2 = lens[1] + swell * (u - turn * v)
        ys[c] += matrix[0, 0] * v2 + matrix[0, 1] * u2 + matrix[0, 2]
        xs[c] += matrix[1, 0] * v2 + matrix[1, 1] * u2 + matrix[1, 2]


@numba.njit(cache=True, nogil=True)
def warp(image, matrix, lens, bend_rows, bend_columns, out, index):
    """Resample an image (bilinear) and tell where each pixel came from.

    matrix: 2x3, (row, column) -> input (row, column). lens: centre row, centre column, unit, pincushion
    and S of the output picture (`geometry.Mapping`). bend: displacement in input pixels.
    index: flat number of the nearest input pixel, -1 where the input has no such point.
    """
    rows, columns = out.shape
    height, width = image.shape
    ys, xs = np.empty(columns), np.empty(columns)
    flat = image.reshape(-1)
    for r in range(rows):
        for c in range(columns):
            ys[c] = bend_rows[r, c]
            xs[c] = bend_columns[r, c]
        _places(r, matrix, lens, ys, xs)
        for c in range(columns):
            y, x = ys[c], xs[c]
            ok = y > -0.5 and x > -0.5 and y < height - 0.5 and x < width - 0.5
            y = 0.0 if y < 0.0 else (height - 1.001 if y > height - 1.001 else y)
            x = 0.0 if x < 0.0 else (width - 1.001 if x > width - 1.001 else x)
            i, j = np.uint32(y), np.uint32(x)
            fy, fx = np.float32(y - i), np.float32(x - j)
            at = i * np.uint32(width) + j
            index[r, c] = np.uint32(y + 0.5) * np.uint32(width) + np.uint32(x + 0.5) if ok else -1
            below = at + np.uint32(width)
            top = flat[at] + fx * (flat[at + np.uint32(1)] - flat[at])
            bottom = flat[below] + fx * (flat[below + np.uint32(1)] - flat[below])
            out[r, c] = top + fy * (bottom - top)


@numba.njit(cache=True, nogil=True)
def stroke(cover, ys, xs, radius):
    """How much of each pixel a chain of discs covers (a wire, a lead); the largest cover counts."""
    rows, columns = cover.shape
    reach = int(radius + 1.5)
    for k in range(len(ys)):
        for i in range(max(0, int(ys[k]) - reach), min(rows, int(ys[k]) + reach + 1)):
            for j in range(max(0, int(xs[k]) - reach), min(columns, int(xs[k]) + reach + 1)):
                distance = np.sqrt((i - ys[k]) ** 2 + (j - xs[k]) ** 2)
                cover[i, j] = max(cover[i, j], min(max(radius + 0.5 - distance, 0.0), 1.0))


@numba.njit(cache=True, nogil=True)
def correlate(image, down, right, weights, out):
    """Weighted sum of the pixels at whole offsets (down, right); the edge's pixels go on beyond it."""
    rows, columns = image.shape
    for r in range(rows):
        for c in range(columns):
            value = 0.0
            for k in range(len(weights)):
                i = min(max(r + down[k], 0), rows - 1)
                j = min(max(c + right[k], 0), columns - 1)
                value += weights[k] * image[i, j]
            out[r, c] = value


@numba.njit(cache=True, nogil=True)
def median(levels, reach, out):
    """Median of the (2 reach + 1)² pixels around each, 0 .. 255, by a sliding histogram.

    Huang, Yang & Tang, IEEE Trans ASSP 27 (1979) 13. levels: uint8, continued by `reach` on all sides.
    """
    rows, columns = out.shape
    side = 2 * reach + 1
    half = side * side // 2
    for r in range(rows):
        count = np.zeros(256, np.int32)
        for i in range(side):
            for j in range(side):
                count[levels[r + i, j]] += 1
        middle, below = 0, 0  # below: pixels darker than `middle`
        for c in range(columns):
            if c:
                for i in range(side):
                    gone, come = levels[r + i, c - 1], levels[r + i, c + side - 1]
                    count[gone] -= 1
                    count[come] += 1
                    below += (come < middle) - (gone < middle)
            while below > half:
                middle -= 1
                below -= count[middle]
            while below + count[middle] <= half:
                below += count[middle]
                middle += 1
            out[r, c] = middle


@numba.njit(cache=True, nogil=True)
def _clipped_cdf(image, top, bottom, left, right, clip, cdf):
    """A tile's cumulative histogram (256 bins, 0 .. 1), what exceeds the clip limit spread over all."""
    count = (bottom - top) * (right - left)
    for r in range(top, bottom):
        for c in range(left, right):
            cdf[int(image[r, c] * 255 + 0.5)] += 1.0
    limit = max(1.0, clip * count / 256)
    excess = 0.0
    for b in range(256):
        excess += max(cdf[b] - limit, 0.0)
        cdf[b] = min(cdf[b], limit)
    total = 0.0
    for b in range(256):
        total += (cdf[b] + excess / 256) / count
        cdf[b] = total


@numba.njit(cache=True, nogil=True)
def clahe(image, tiles, clip, out):
    """Contrast-limited adaptive histogram equalisation, bilinear between the centres of tiles x tiles."""
    rows, columns = image.shape
    cdf = np.zeros((tiles, tiles, 256), np.float32)
    for i in range(tiles):
        for j in range(tiles):
            _clipped_cdf(
                image, i * rows // tiles, (i + 1) * rows // tiles, j * columns // tiles,
                (j + 1) * columns // tiles, clip, cdf[i, j],
            )  # fmt: skip
    for r in range(rows):
        y = min(max((r + 0.5) / rows * tiles - 0.5, 0.0), tiles - 1.0)
        i = min(int(y), tiles - 2)
        fy = y - i
        for c in range(columns):
            x = min(max((c + 0.5) / columns * tiles - 0.5, 0.0), tiles - 1.0)
            j = min(int(x), tiles - 2)
            fx = x - j
            b = int(image[r, c] * 255 + 0.5)
            top = cdf[i, j, b] * (1 - fx) + cdf[i, j + 1, b] * fx
            bottom = cdf[i + 1, j, b] * (1 - fx) + cdf[i + 1, j + 1, b] * fx
            out[r, c] = top * (1 - fy) + bottom * fy
