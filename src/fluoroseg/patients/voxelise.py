"""A surface -> voxels, also when it has holes, doubled or turned faces: votes of lines along three axes."""

import numpy as np
from jaxtyping import Bool, Float, Int, UInt8

OFF_GRID = np.array([1.3e-4, 2.1e-4, 3.7e-4])
"""In voxels: no vertex lies exactly on a line, where two faces would claim the crossing."""


def voxelise(
    vertices: Float[np.ndarray, "v 3"],
    faces: Int[np.ndarray, "f 3"],
    origin_mm: Float[np.ndarray, "3"],
    spacing_mm: float,
    shape: tuple[int, int, int],
) -> Bool[np.ndarray, "i j k"]:
    """Voxel centres `origin + index * spacing` inside the surface.

    Each axis votes: a line of voxels meets the surface's faces, and where their directions add up to
    nothing, inside is where the winding number along the line is not 0 (closed surfaces may overlap);
    with some faces turned round, inside is after an odd number of faces. A line that meets an odd number
    in all has run through a hole and does not vote. A voxel is inside when most votes say so.
    """
    from fluoroseg.patients.voxelise_kernels import vote

    points, corners = _in_voxels(vertices, faces, origin_mm, spacing_mm)
    score = np.zeros(shape, np.int8)
    for axis in range(3):
        vote(points, corners, axis, score)
    return score > 0


def touched(
    vertices: Float[np.ndarray, "v 3"],
    faces: Int[np.ndarray, "f 3"],
    origin_mm: Float[np.ndarray, "3"],
    spacing_mm: float,
    shape: tuple[int, int, int],
) -> Bool[np.ndarray, "i j k"]:
    """Voxels that the surface itself runs through."""
    from fluoroseg.patients.voxelise_kernels import touch

    mask = np.zeros(shape, bool)
    touch(*_in_voxels(vertices, faces, origin_mm, spacing_mm), mask)
    return mask


def coverage(inside: Bool[np.ndarray, "i j k"], step: int) -> UInt8[np.ndarray, "a b c"]:
    """How many of the `step`^3 small voxels in each large one are inside; the shape is a multiple of step."""
    a, b, c = (n // step for n in inside.shape)
    return inside.reshape(a, step, b, step, c, step).sum((1, 3, 5), dtype=np.uint8)


def _in_voxels(
    vertices: Float[np.ndarray, "v 3"],
    faces: Int[np.ndarray, "f 3"],
    origin_mm: Float[np.ndarray, "3"],
    spacing_mm: float,
) -> tuple[Float[np.ndarray, "v 3"], Int[np.ndarray, "g 3"]]:
    points = (np.asarray(vertices, np.float64) - origin_mm) / spacing_mm + OFF_GRID
    return np.ascontiguousarray(points), np.ascontiguousarray(_single(points, faces), np.int64)


def _single(points: Float[np.ndarray, "v 3"], faces: Int[np.ndarray, "f 3"]) -> Int[np.ndarray, "g 3"]:
    """Without the second side of a surface whose faces mostly come in pairs that look both ways."""
    grid = np.rint(points * 1e3).astype(np.int64)
    grid -= grid.min(axis=0, initial=0)
    one = (grid[:, 0] << 42) ^ (grid[:, 1] << 21) ^ grid[:, 2]
    corner = np.sort(one[faces], axis=1)
    key = corner[:, 0] * 0x9E3779B1 ^ corner[:, 1] * 0x85EBCA6B ^ corner[:, 2] * 0xC2B2AE35
    _, first = np.unique(key, return_index=True)
    return faces[np.sort(first)] if len(first) <= 0.6 * len(faces) else faces
