"""The CUDA driver: one thread takes one ray after another, by the same per-ray functions as the CPU."""

import numpy as np
from numba import cuda

from fluoroseg.project.constants import TILE
from fluoroseg.project.ray_kernels import march_ray


@cuda.jit
def march(volume, camera, tiles, ramps, asked, out, rows_of_scratch, hits):
    """Every ray of a picture; arguments as in `ray_kernels`.

    asked: of `effects` and `noted` what threads share: factor_of, is_contrast, cover, hidden, stored.
    rows_of_scratch: weights, iodine, nearest, runs, first, last, a row for each thread.
    hits int64 `[ray]`: labels on each ray.
    """
    thread = cuda.grid(1)
    rows, columns = out[3].shape
    across = (columns + TILE - 1) // TILE
    weights, iodine, nearest, runs, first, last = rows_of_scratch
    notes = (runs[thread], first[thread], last[thread])
    sums, ray = cuda.local.array(9, np.float32), cuda.local.array(6, np.float64)
    pixel, grid = cuda.local.array(3, np.float64), cuda.local.array(6, np.int32)
    scratch = (nearest[thread], sums, ray, pixel, grid)
    factor_of, is_contrast, cover, hidden, stored = asked
    effects = (factor_of, is_contrast, cover, hidden, weights[thread], iodine[thread])
    noted = (stored, notes)
    for index in range(thread, rows * columns, cuda.gridsize(1)):
        r, c = index // columns, index % columns
        tile = r // TILE * across + c // TILE
        hits[index] = march_ray(volume, camera, r, c, tiles[tile], True, ramps, out, scratch, effects, noted)
