"""A surface -> voxels, also when the surface has holes: parity along three axes, majority."""

import numpy as np
from jaxtyping import Bool, Float, Int


def voxelise(
    vertices: Float[np.ndarray, "v 3"],
    faces: Int[np.ndarray, "f 3"],
    origin_mm: Float[np.ndarray, "3"],
    spacing_mm: float,
    shape: tuple[int, int, int],
) -> Bool[np.ndarray, "i j k"]:
    """Voxel centres `origin + index * spacing` inside the surface.

    Along each axis a voxel is inside when an odd number of faces lies before it. A line that meets an odd
    number in all has run through a hole and does not vote. A voxel is inside when most votes say so, a
    voxel with a single yes and a single no is not.
    """
    scaled = (np.asarray(vertices, np.float64) - origin_mm) / spacing_mm
    scaled = scaled + np.array([1.3e-4, 2.1e-4, 3.7e-4])  # no vertex on a ray
    yes = np.zeros(shape, np.int8)
    votes = np.zeros(shape, np.int8)
    for axis in range(3):
        plane = [a for a in range(3) if a != axis]
        grid = (shape[plane[0]], shape[plane[1]], shape[axis])
        inside, valid = _parity(scaled[:, [*plane, axis]], faces, grid)
        yes += np.moveaxis(inside & valid[..., None], 2, axis)
        votes += np.moveaxis(np.broadcast_to(valid[..., None], grid), 2, axis)
    return 2 * yes > votes


def _parity(
    points: Float[np.ndarray, "n 3"], faces: Int[np.ndarray, "f 3"], grid: tuple[int, int, int]
) -> tuple[Bool[np.ndarray, "u v w"], Bool[np.ndarray, "u v"]]:
    """Rays along the last axis through the first two: inside by parity, and lines that close."""
    u, v, depth = _crossings(points[faces], grid)
    slot = np.clip(np.ceil(depth), 0, grid[2]).astype(int)
    shape = (grid[0], grid[1], grid[2] + 1)
    count = np.bincount(np.ravel_multi_index((u, v, slot), shape), minlength=int(np.prod(shape)))
    parity = np.bitwise_xor.accumulate(count.reshape(shape) & 1, axis=2)
    return parity[:, :, : grid[2]] == 1, parity[:, :, -1] == 0


def _crossings(triangles: Float[np.ndarray, "f 3 3"], grid: tuple[int, int, int]) -> tuple[np.ndarray, ...]:
    """Every pixel centre that a triangle covers in projection: pixel u, v and depth there."""
    low = np.clip(np.ceil(triangles[:, :, :2].min(1)), 0, None).astype(int)
    high = np.minimum(np.floor(triangles[:, :, :2].max(1)).astype(int), np.array(grid[:2]) - 1)
    size = np.maximum(high - low + 1, 0)
    number = size[:, 0] * size[:, 1]
    face = np.repeat(np.arange(len(triangles)), number)
    within = np.arange(len(face)) - np.repeat(np.cumsum(number) - number, number)
    u = low[face, 0] + within // np.maximum(size[face, 1], 1)
    v = low[face, 1] + within % np.maximum(size[face, 1], 1)
    a, b, c = (triangles[face, n] for n in range(3))
    area = _cross(b, c, a[:, 0], a[:, 1])
    area = np.where(area == 0, np.nan, area)  # seen edge-on: covers nothing
    wa, wb, wc = _cross(b, c, u, v) / area, _cross(c, a, u, v) / area, _cross(a, b, u, v) / area
    hit = (wa >= 0) & (wb >= 0) & (wc >= 0)
    depth = wa * a[:, 2] + wb * b[:, 2] + wc * c[:, 2]
    return u[hit], v[hit], depth[hit]


def _cross(p: np.ndarray, q: np.ndarray, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Twice the signed area of (p, q, (u, v)); the same number for an edge whichever face asks."""
    swap = (p[:, 0] > q[:, 0]) | ((p[:, 0] == q[:, 0]) & (p[:, 1] > q[:, 1]))
    x0, y0 = np.where(swap, q[:, 0], p[:, 0]), np.where(swap, q[:, 1], p[:, 1])
    x1, y1 = np.where(swap, p[:, 0], q[:, 0]), np.where(swap, p[:, 1], q[:, 1])
    area = (x1 - x0) * (v - y0) - (y1 - y0) * (u - x0)
    return np.where(swap, -area, area)
