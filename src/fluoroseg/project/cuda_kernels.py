"""The CUDA driver: one thread takes one ray after another, by the same per-ray functions as the CPU."""

import numpy as np
from numba import cuda

from fluoroseg.project.constants import TILE
from fluoroseg.project.ray_kernels import march_ray


@cuda.jit
def march(volume, camera, tiles, tissue, cover, hidden, out, rows_of_scratch, hits):
    """Every ray of a picture; arguments as in `ray_kernels`.

    rows_of_scratch: weights, iodine, nearest, runs, first, last, a row for each thread.
    hits int64 `[ray]`: labels on each ray.
    """
    thread = cuda.grid(1)
    rows, columns = out[6].shape
    across = (columns + TILE - 1) // TILE
    weights, iodine, nearest, runs, first, last = rows_of_scratch
    notes = (runs[thread], first[thread], last[thread])
    sums, ray = cuda.local.array(9, np.float32), cuda.local.array(6, np.float64)
    pixel, grid = cuda.local.array(3, np.float64), cuda.local.array(6, np.int32)
    scratch = (weights[thread], iodine[thread], nearest[thread], notes, sums, ray, pixel, grid)
    for index in range(thread, rows * columns, cuda.gridsize(1)):
        r, c = index // columns, index % columns
        tile = r // TILE * across + c // TILE
        hits[index] = march_ray(volume, camera, r, c, tiles[tile], tissue, cover, hidden, out, scratch)
