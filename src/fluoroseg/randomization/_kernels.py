"""Compiled loops of the randomisation."""

import numba
import numpy as np


@numba.njit(cache=True, nogil=True)
def _spline(t, w):
    """Uniform cubic B-spline weights at offset t in [0, 1)."""
    s = 1.0 - t
    w[0] = s * s * s / 6.0
    w[1] = (3.0 * t * t * t - 6.0 * t * t + 4.0) / 6.0
    w[2] = (3.0 * s * s * s - 6.0 * s * s + 4.0) / 6.0
    w[3] = t * t * t / 6.0


@numba.njit(cache=True, nogil=True)
def warp(image, bits, matrix, grid, out_image, out_bits, inside):
    """Resample an image (bilinear) and its mask bits (nearest) through matrix + spline grid.

    matrix: 2x3, output (row, column) -> input (row, column); grid: [2, n, n] displacement in input
    pixels by control points over the output picture. inside: bool, the input has that point.
    """
    rows, columns = out_image.shape
    height, width = image.shape
    cells = grid.shape[1] - 3
    wr = np.empty(4)
    wc = np.empty(4)
    for r in range(rows):
        gr = r / rows * cells
        ir = int(gr)
        _spline(gr - ir, wr)
        for c in range(columns):
            gc = c / columns * cells
            ic = int(gc)
            _spline(gc - ic, wc)
            y = matrix[0, 0] * r + matrix[0, 1] * c + matrix[0, 2]
            x = matrix[1, 0] * r + matrix[1, 1] * c + matrix[1, 2]
            for a in range(4):
                for b in range(4):
                    weight = wr[a] * wc[b]
                    y += weight * grid[0, ir + a, ic + b]
                    x += weight * grid[1, ir + a, ic + b]
            ok = y > -0.5 and x > -0.5 and y < height - 0.5 and x < width - 0.5
            inside[r, c] = ok
            y = min(max(y, 0.0), height - 1.001)
            x = min(max(x, 0.0), width - 1.001)
            i = int(y)
            j = int(x)
            fy = y - i
            fx = x - j
            top = image[i, j] * (1 - fx) + image[i, j + 1] * fx
            bottom = image[i + 1, j] * (1 - fx) + image[i + 1, j + 1] * fx
            out_image[r, c] = top * (1 - fy) + bottom * fy
            out_bits[r, c] = bits[int(y + 0.5), int(x + 0.5)] if ok else 0


@numba.njit(cache=True, nogil=True)
def stroke(image, ys, xs, radius, value, opacity):
    """Draw a poly-line of discs (a wire, a lead) by blending towards `value`, in place."""
    rows, columns = image.shape
    done = np.zeros((rows, columns), dtype=np.float32)
    reach = int(radius + 1.5)
    for k in range(len(ys)):
        for i in range(max(0, int(ys[k]) - reach), min(rows, int(ys[k]) + reach + 1)):
            for j in range(max(0, int(xs[k]) - reach), min(columns, int(xs[k]) + reach + 1)):
                distance = np.sqrt((i - ys[k]) ** 2 + (j - xs[k]) ** 2)
                cover = min(max(radius + 0.5 - distance, 0.0), 1.0)
                if cover > done[i, j]:
                    done[i, j] = cover
    for i in range(rows):
        for j in range(columns):
            if done[i, j] > 0:
                image[i, j] += done[i, j] * opacity * (value - image[i, j])
