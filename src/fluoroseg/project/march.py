"""The march on the CPU: one volume, one view."""

import numpy as np
from jaxtyping import Bool, Float32, Float64

from fluoroseg.geometry.camera import Camera
from fluoroseg.physics.materials import MATERIALS
from fluoroseg.project.mesh import Cover
from fluoroseg.project.projection import Layer
from fluoroseg.project.sparse import fill, strides_of, tiled
from fluoroseg.project.threads import run
from fluoroseg.project.tiles import classify, order_of
from fluoroseg.project.volume import Volume

LENGTHS_ROOM = 32
"""Labels per ray for which lengths are stored at first; a denser picture is marched again with more."""


def march(
    volume: Volume,
    camera: Camera,
    tissue: tuple[np.ndarray, ...],
    cover: Cover | None,
    hidden: Cover | None,
    lengths: bool,
    depths: bool,
    exposed: Bool[np.ndarray, "h w"] | None = None,
) -> tuple[Float32[np.ndarray, "material h w"], Layer]:
    """Areal densities (g/cm^2) and structures of one volume.

    tissue: ramps, factor_of, is_contrast as `ray_kernels` has them.  cover: where something displaces tissue.
    hidden: where another volume comes first.  exposed: march the tissue sparsely (`sparse.strides_of`).
    """
    room = LENGTHS_ROOM if lengths or depths else 0
    areal, layer, most = _march(volume, camera, tissue, cover, hidden, room, depths, exposed)
    if room and most > room:
        areal, layer, _ = _march(volume, camera, tissue, cover, hidden, most, depths, exposed)
    return areal, layer


def _march(
    volume: Volume,
    camera: Camera,
    tissue: tuple[np.ndarray, ...],
    cover: Cover | None,
    hidden: Cover | None,
    room: int,
    depths: bool,
    exposed: Bool[np.ndarray, "h w"] | None,
) -> tuple[Float32[np.ndarray, "material h w"], Layer, int]:
    """With room for the lengths of so many labels on a ray; also the most labels that were met on one."""
    from fluoroseg.project import ray_kernels  # late: numba costs 0.3 s at import

    eye, tiles = in_voxels(volume, camera), classify(volume, camera)
    areal, layer = outputs(volume, camera.shape, room, depths)
    (ramps, factor_of, is_contrast), out = tissue, (areal, layer.bits, layer.start_mm, layer.step_mm)
    order, hits = order_of(volume, camera), np.zeros(len(tiles), dtype=np.int64)
    stored = (layer.planes, layer.entries, layer.exits)
    metal, hiding = csr(cover), csr(hidden)
    acting = bool(factor_of.size or is_contrast.size or metal[0].size or hiding[0].size)

    strides = np.ones(tiled(camera.shape), dtype=np.uint8)
    if exposed is not None:
        strides = strides_of(volume, camera, exposed, (metal[0], hiding[0]))

    def work(first: int, end: int) -> None:
        scratch = scratch_of(volume)
        effects = (factor_of, is_contrast, metal, hiding, *weights_of(volume)) if acting else None
        noted = (stored, notes_of(volume, depths)) if room else None
        ray_kernels.march(
            volume.arrays,
            eye,
            order,
            tiles,
            strides.ravel(),
            ramps,
            out,
            scratch,
            effects,
            noted,
            hits,
            first,
            end,
        )

    run(work, len(hits))
    fill(areal, strides)
    return areal, layer, int(hits.max())


def in_voxels(volume: Volume, camera: Camera) -> Float64[np.ndarray, "4 3"]:
    """Source, origin, right and down in the volume's voxel indices: the kernels' `camera`."""
    turn, shift = volume.index_from_world[:3, :3], volume.index_from_world[:3, 3]
    vectors = np.stack([camera.source_mm, camera.origin_mm, camera.right_mm, camera.down_mm])
    eye = vectors @ turn.T
    eye[:2] += shift
    return np.ascontiguousarray(eye, dtype=np.float64)


def csr(cover: Cover | None) -> tuple[np.ndarray, ...]:
    """The kernels' intervals; empty arrays for none."""
    if cover is None or not len(cover.enter_mm):
        return _NOTHING
    return cover.start, cover.enter_mm, cover.leave_mm


_NOTHING = (np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32), np.empty(0, dtype=np.float32))


def outputs(
    volume: Volume, shape: tuple[int, int], room: int, depths: bool
) -> tuple[Float32[np.ndarray, "material h w"], Layer]:
    """The arrays that a march fills."""
    bits = np.zeros((*shape, -(-len(volume.names) // 64)), dtype=np.uint64)
    planes = np.empty((*shape, room), dtype=np.uint16)
    entries, exits = (np.empty((*shape, room if depths else 0), dtype=np.uint16) for _ in range(2))
    start_mm, step_mm = np.zeros(shape, dtype=np.float32), np.zeros(shape, dtype=np.float32)
    slots = {name: slot for slot, name in enumerate(volume.names)}
    areal = np.empty((len(MATERIALS), *shape), dtype=np.float32)
    return areal, Layer(slots, bits, planes, entries, exits, start_mm, step_mm)


def scratch_of(volume: Volume) -> tuple[np.ndarray, ...]:
    """What one thread needs for its rays; the kernels' `scratch`."""
    nearest = np.empty(int(volume.shape.max()), dtype=np.uint32)
    return nearest, np.zeros(9, dtype=np.float32), np.zeros(6), np.zeros(3), np.zeros(6, dtype=np.int32)


def weights_of(volume: Volume) -> tuple[np.ndarray, ...]:
    """What one thread needs besides where something acts on a ray's planes: the kernels' weights, iodine."""
    weights, iodine = (np.empty(int(volume.shape.max()), dtype=np.float32) for _ in range(2))
    return weights, iodine


def notes_of(volume: Volume, depths: bool) -> tuple[np.ndarray, ...]:
    """What one thread needs besides where lengths or depths are wanted; the kernels' notes."""
    slots = -(-len(volume.names) // 64) * 64
    first, last = (np.zeros(slots if depths else 0, dtype=np.int32) for _ in range(2))
    return np.zeros(slots, dtype=np.int32), first, last
