"""What is alike for all rays of a tile of pixels: blocks of planes with one label, or with nothing but air.

Skipping them changes no result: the label is known, and air below the first HU node adds nothing.
"""

import numpy as np
from jaxtyping import Bool, Float, Int, UInt16

from fluoroseg.geometry.camera import Camera
from fluoroseg.project.constants import BRICK, MIXED, TILE
from fluoroseg.project.volume import Volume

_TIE = 1e-6
"""Rays this near to 45 degrees between two axes are not bounded: the march may take the other axis."""
_ROUNDING = 0.01
"""Voxels by which the march's float32 coordinates may differ from the exact ones."""


def classify(volume: Volume, camera: Camera) -> UInt16[np.ndarray, "tile 5 block"]:
    """Of each block of 8 planes along the main axis: its label, the block up to which that stays so, whether
    there is nothing but air (1), the block up to which that stays so, the end of the tile's last mixed block.

    The four corner rays of a tile bound all its rays. Where they do not share the main axis, or rounding
    could give one of them another, nothing is known.
    """
    source, rays = _corner_rays(volume, camera)
    main = np.abs(rays).argmax(axis=0)
    along_main = np.take_along_axis(rays, main[None, :1], axis=0)
    agreed = (main == main[0]).all(axis=0) & ((along_main > 0) == (along_main[:, :1] > 0)).all(axis=(0, 1))
    agreed &= (np.abs(rays) > np.abs(along_main) * (1 - _TIE)).sum(axis=(0, 1)) == 4  # the main axes alone
    blocks = -(-int(volume.shape.max()) // BRICK)
    label = np.full((rays.shape[2], blocks), MIXED, dtype=np.uint16)
    air = np.zeros(label.shape, dtype=np.uint16)
    for axis in range(3):
        tiles = np.flatnonzero(agreed & (main[0] == axis))
        if len(tiles):
            number = -(-int(volume.shape[axis]) // BRICK)
            reach = [_reach(volume, source, rays[:, :, tiles], axis, o) for o in range(3) if o != axis]
            label[tiles, :number] = _alike(volume, axis, _bricks(reach, 0.5, 0.5)).T
            air[tiles, :number] = _empty(volume, axis, _bricks(reach, 0.0, 1.0)).T
    last_mixed = np.where(label == MIXED, np.arange(1, blocks + 1), 0).max(axis=1, keepdims=True)
    ends = np.broadcast_to(last_mixed.astype(np.uint16), label.shape)
    return np.stack([label, _ends(label), air, _ends(air), ends], axis=1)


def order_of(volume: Volume, camera: Camera) -> Int[np.ndarray, " tile"]:
    """The tiles one after another along the volume's last axis: a cache line serves several of them."""
    rows, columns = (-(-n // TILE) for n in camera.shape)
    tiles = np.arange(rows * columns).reshape(rows, columns)
    along = volume.index_from_world[2, :3]
    upright = abs(along @ camera.down_mm) > abs(along @ camera.right_mm)
    return np.ascontiguousarray((tiles.T if upright else tiles).ravel())


def _ends(value: UInt16[np.ndarray, "tile block"]) -> UInt16[np.ndarray, "tile block"]:
    """For each block the next one with another value."""
    blocks = value.shape[1]
    change = np.full(value.shape, blocks, dtype=np.uint16)
    new = value[:, 1:] != value[:, :-1]
    change[:, :-1][new] = np.broadcast_to(np.arange(1, blocks, dtype=np.uint16), new.shape)[new]
    return np.ascontiguousarray(np.minimum.accumulate(change[:, ::-1], axis=1)[:, ::-1])


def _corner_rays(
    volume: Volume, camera: Camera
) -> tuple[Float[np.ndarray, "3"], Float[np.ndarray, "3 4 tile"]]:
    """Source, and the rays to the corner pixels of each tile, in voxel indices."""
    turn, shift = volume.index_from_world[:3, :3], volume.index_from_world[:3, 3]
    ends = [np.stack([at := np.arange(0, n, TILE), np.minimum(at + TILE, n) - 1]) for n in camera.shape]
    row, column = ends[0][:, None, :, None, None], ends[1][None, :, None, :, None]
    pixel = camera.origin_mm + row * camera.down_mm + column * camera.right_mm
    rays = ((pixel - camera.source_mm) @ turn.T).reshape(4, -1, 3)
    return turn @ camera.source_mm + shift, np.ascontiguousarray(np.moveaxis(rays, 2, 0))


def _reach(
    volume: Volume,
    source: Float[np.ndarray, "3"],
    rays: Float[np.ndarray, "3 4 tile"],
    axis: int,
    other: int,
) -> tuple[Float[np.ndarray, "block tile"], Float[np.ndarray, "block tile"], float]:
    """Least and greatest coordinate of a tile's rays along another axis in each block, and the last voxel."""
    planes = np.arange(0, volume.shape[axis] + BRICK, BRICK)[:, None]
    slope = rays[other] / rays[axis]
    start = source[other] - source[axis] * slope
    corners = [start[k] + slope[k] * planes for k in range(4)]
    low = np.minimum(np.minimum(corners[0], corners[1]), np.minimum(corners[2], corners[3]))
    high = np.maximum(np.maximum(corners[0], corners[1]), np.maximum(corners[2], corners[3]))
    return np.minimum(low[1:], low[:-1]), np.maximum(high[1:], high[:-1]), float(volume.shape[other] - 1)


def _bricks(
    reach: list[tuple[Float[np.ndarray, "block tile"], Float[np.ndarray, "block tile"], float]],
    below: float,
    above: float,
) -> list[tuple[Int[np.ndarray, "block tile"], Int[np.ndarray, "block tile"]]]:
    """First and last brick along both axes: of the voxels from floor(low + below) to floor(high + above)."""
    return [
        (
            (np.clip(low + (below - _ROUNDING), 0.0, last) * (1 / BRICK)).astype(np.int64),
            (np.clip(high + (above + _ROUNDING), 0.0, last) * (1 / BRICK)).astype(np.int64),
        )
        for low, high, last in reach
    ]


def _alike(
    volume: Volume,
    axis: int,
    bricks: list[tuple[Int[np.ndarray, "block tile"], Int[np.ndarray, "block tile"]]],
) -> UInt16[np.ndarray, "block tile"]:
    """The label that all bricks of a box share, or mixed."""
    label, along_u, along_v, _ = volume.tables[axis]
    (u0, u1), (v0, v1) = bricks
    changes = _total(along_u, u0, u1, v0, v1 + 1) + _total(along_v, u0, u1 + 1, v0, v1)
    return np.where(changes == 0, label[np.arange(len(u0))[:, None], u0, v0], MIXED)


def _empty(
    volume: Volume,
    axis: int,
    bricks: list[tuple[Int[np.ndarray, "block tile"], Int[np.ndarray, "block tile"]]],
) -> Bool[np.ndarray, "block tile"]:
    """Whether all bricks of a box are air."""
    (u0, u1), (v0, v1) = bricks
    return _total(volume.tables[axis][3], u0, u1 + 1, v0, v1 + 1) == 0


def _total(
    table: Int[np.ndarray, "block u v"],
    u0: Int[np.ndarray, "block tile"],
    u1: Int[np.ndarray, "block tile"],
    v0: Int[np.ndarray, "block tile"],
    v1: Int[np.ndarray, "block tile"],
) -> Int[np.ndarray, "block tile"]:
    """Sum over [u0, u1) x [v0, v1) of what a summed-area table was made from."""
    flat, (_, height, width) = table.ravel(), table.shape
    block = np.arange(len(u0))[:, None] * height
    first, end = (block + u0) * width, (block + u1) * width
    return flat.take(end + v1) - flat.take(first + v1) - flat.take(end + v0) + flat.take(first + v0)
