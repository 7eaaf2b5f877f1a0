"""What is alike for all rays of a tile of pixels: blocks of planes with one label, or with nothing but air.

Skipping them changes no result: the label is known, and air below the first HU node adds nothing.
"""

import numpy as np
from jaxtyping import Bool, Float, Int, UInt16

from fluoroseg.geometry.camera import Camera
from fluoroseg.project.volume import BRICK, Volume

TILE = 16
"""Rays are walked in square tiles of pixels: neighbours share cache lines of the volume."""
MIXED = 65534
"""A block with several labels."""


def classify(volume: Volume, camera: Camera) -> tuple[UInt16[np.ndarray, "tile block"], ...]:
    """Label, and whether there is nothing but air (1), of each block of 8 planes along the main axis; each
    followed by the block up to which it stays so: label, label_end, air, air_end.

    The four corner rays of a tile bound all its rays. Where they do not share the main axis, nothing is
    known. One voxel of margin covers the bilinear neighbours and rounding.
    """
    source, rays = _corner_rays(volume, camera)
    main = np.abs(rays).argmax(axis=0)
    along_main = np.take_along_axis(rays, main[None, :1], axis=0)
    agreed = (main == main[0]).all(axis=0) & ((along_main > 0) == (along_main[:, :1] > 0)).all(axis=(0, 1))
    blocks = -(-int(volume.shape.max()) // BRICK)
    label = np.full((rays.shape[2], blocks), MIXED, dtype=np.uint16)
    air = np.zeros(label.shape, dtype=np.uint16)
    for axis in range(3):
        tiles = np.flatnonzero(agreed & (main[0] == axis))
        if len(tiles):
            number = -(-int(volume.shape[axis]) // BRICK)
            boxes = [_reach(volume, source, rays[:, :, tiles], axis, o) for o in range(3) if o != axis]
            found, empty = _alike(volume, axis, boxes)
            label[tiles, :number], air[tiles, :number] = found.T, empty.T
    return label, _ends(label), air, _ends(air)


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
) -> tuple[Int[np.ndarray, "block tile"], Int[np.ndarray, "block tile"]]:
    """First and last brick along another axis that a tile's rays can touch in each block."""
    planes = np.arange(0, volume.shape[axis] + BRICK, BRICK)[:, None]
    slope = rays[other] / rays[axis]
    start = source[other] - source[axis] * slope
    corners = [start[k] + slope[k] * planes for k in range(4)]
    low = np.minimum(np.minimum(corners[0], corners[1]), np.minimum(corners[2], corners[3]))
    high = np.maximum(np.maximum(corners[0], corners[1]), np.maximum(corners[2], corners[3]))
    last = float(volume.shape[other] - 1)
    low, high = np.minimum(low[1:], low[:-1]) - 1, np.maximum(high[1:], high[:-1]) + 1
    return tuple((np.clip(edge, 0.0, last) * (1 / BRICK)).astype(np.int64) for edge in (low, high))


def _alike(
    volume: Volume,
    axis: int,
    boxes: list[tuple[Int[np.ndarray, "block tile"], Int[np.ndarray, "block tile"]]],
) -> tuple[UInt16[np.ndarray, "block tile"], Bool[np.ndarray, "block tile"]]:
    """The label that all bricks of a box share (or mixed), and whether all are air: by summed-area tables."""
    label, along_u, along_v, matter = volume.tables(axis)
    (u0, u1), (v0, v1) = boxes
    width = matter.shape[2]
    block = np.arange(len(u0))[:, None]
    first, above = (block * matter.shape[1] + u0) * width, (block * matter.shape[1] + u1) * width

    def total(table: Int[np.ndarray, "block u v"], lower: np.ndarray, right: int) -> np.ndarray:
        flat, end = table.ravel(), v1 + right
        return flat.take(lower + end) - flat.take(first + end) - flat.take(lower + v0) + flat.take(first + v0)

    changes = total(along_u, above, 1) + total(along_v, above + width, 0)
    found = np.where(changes == 0, label[block, u0, v0], np.uint16(MIXED))
    return found, total(matter, above + width, 1) == 0
