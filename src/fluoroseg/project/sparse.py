"""Which rays need not be marched through the tissue, because their neighbours tell what they would."""

import numpy as np
from jaxtyping import Bool, Float32, UInt8

from fluoroseg.geometry.camera import Camera
from fluoroseg.project.constants import TILE
from fluoroseg.project.threads import run
from fluoroseg.project.volume import Volume

FINE_PX = 2.0
"""Pixels that a voxel's shadow must be wide for every second ray to do."""


def strides_of(
    volume: Volume,
    camera: Camera,
    exposed: Bool[np.ndarray, "h w"],
    starts: tuple[np.ndarray, ...],
) -> UInt8[np.ndarray, "tile_row tile_column"]:
    """Of each tile: the tissue is marched along the rays of every so many-th row and column of it.

    1: all of them, where intervals of a ray are taken away (`starts`, the `start` of covers: metal has sharp
    edges) or a voxel's shadow is small; 2: a voxel's shadow is at least 2 pixels wide; 16: nothing of the
    tile is `exposed`.
    """
    rows, columns = camera.shape
    shape = tiled(camera.shape)
    fine = _shadow_px(volume, camera) >= FINE_PX
    strides = np.full(shape, 2 if fine else 1, dtype=np.uint8)
    for start in starts:
        if start.size:
            strides[_tiles_with(np.diff(start).reshape(rows, columns) > 0, shape)] = 1
    strides[~_tiles_with(exposed, shape)] = TILE
    return strides


def tiled(shape: tuple[int, int]) -> tuple[int, int]:
    """Rows and columns of tiles that a picture has."""
    return -(-shape[0] // TILE), -(-shape[1] // TILE)


def fill(
    areal: Float32[np.ndarray, "material h w"], strides: UInt8[np.ndarray, "tile_row tile_column"]
) -> None:
    """Fills in the rays between those that were marched, in place."""
    from fluoroseg.project import sparse_kernels  # late: numba costs 0.3 s at import

    if (strides > 1).any():
        run(lambda first, end: sparse_kernels.fill(areal, strides, first, end), len(strides))


def _shadow_px(volume: Volume, camera: Camera) -> float:
    """Width of the shadow of a voxel in the volume's middle, along its shortest edge."""
    middle = np.linalg.solve(volume.index_from_world, np.append((volume.shape - 1) / 2, 1.0))[:3]
    depth = abs((middle - camera.source_mm) @ camera.normal)
    pixel = max(np.linalg.norm(camera.right_mm), np.linalg.norm(camera.down_mm))
    return float(volume.spacing_mm.min() * abs(camera.source_distance_mm) / max(depth, 1e-3) / pixel)


def _tiles_with(there: Bool[np.ndarray, "h w"], shape: tuple[int, int]) -> Bool[np.ndarray, "i j"]:
    """The tiles with at least one such pixel."""
    padded = np.zeros((shape[0] * TILE, shape[1] * TILE), dtype=bool)
    padded[: there.shape[0], : there.shape[1]] = there
    return np.logical_or.reduce(padded.reshape(shape[0], TILE, shape[1], TILE), axis=(1, 3))
