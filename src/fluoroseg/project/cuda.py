"""The march on an NVIDIA card: volumes stay there, pictures come back."""

import numpy as np
from jaxtyping import Bool, Float32

from fluoroseg.errors import UsageError
from fluoroseg.geometry.camera import Camera
from fluoroseg.project.march import LENGTHS_ROOM, csr, in_voxels, outputs
from fluoroseg.project.mesh import Cover
from fluoroseg.project.projection import Layer
from fluoroseg.project.tiles import classify
from fluoroseg.project.volume import Volume

_BLOCK = 128
_THREADS = 1 << 15
"""Threads at a time: enough to fill a card, few enough for the scratch memory of each."""


class CudaMarch:
    """`march.march` on a card, always of every ray (`exposed` changes nothing). UsageError without a card."""

    def __init__(self) -> None:
        from numba import cuda

        if not cuda.is_available():
            raise UsageError(
                "device 'cuda': numba finds no NVIDIA card here (its driver: pip install 'fluorosam[cuda]'); "
                "the device 'cpu' gives the same pictures"
            )
        self._volumes: dict[int, tuple] = {}

    def __call__(
        self,
        volume: Volume,
        camera: Camera,
        tissue: tuple[np.ndarray, ...],
        cover: Cover | None,
        hidden: Cover | None,
        lengths: bool,
        depths: bool,
        exposed: Bool[np.ndarray, "h w"] | None = None,
    ) -> tuple[Float32[np.ndarray, "material h w"], Layer]:
        from numba import cuda

        from fluoroseg.project.cuda_kernels import march

        if id(volume) not in self._volumes:
            self._volumes[id(volume)] = _there(volume.arrays)
        given = (
            self._volumes[id(volume)],
            cuda.to_device(in_voxels(volume, camera)),
            cuda.to_device(classify(volume, camera)),
            cuda.to_device(tissue[0]),
        )
        asked = (*_there(tissue[1:]), _there(csr(cover)), _there(csr(hidden)))
        room = LENGTHS_ROOM if lengths or depths else 0
        while True:
            areal, layer = outputs(volume, camera.shape, room, depths)
            there = _there((areal, layer.bits, layer.start_mm, layer.step_mm))
            stored = _there((layer.planes, layer.entries, layer.exits))
            hits = cuda.to_device(np.zeros(areal[0].size, dtype=np.int64))
            threads = min(_THREADS, -(-areal[0].size // _BLOCK) * _BLOCK)
            scratch = _scratch(volume, tissue, cover, threads, room, depths)
            march[threads // _BLOCK, _BLOCK](*given, (*asked, stored), there, scratch, hits)
            most = int(hits.copy_to_host().max())
            if most <= room or not room:
                here = (areal, layer.bits, layer.start_mm, layer.step_mm)
                noted = (layer.planes, layer.entries, layer.exits)
                for filled, array in zip((*there, *stored), (*here, *noted), strict=True):
                    if array.size:
                        filled.copy_to_host(array)
                return areal, layer
            room = most


def _there(arrays: tuple[np.ndarray, ...]) -> tuple:
    """Arrays on the card."""
    from numba import cuda

    return tuple(cuda.to_device(np.ascontiguousarray(a)) for a in arrays)


def _scratch(
    volume: Volume, tissue: tuple[np.ndarray, ...], cover: Cover | None, threads: int, room: int, depths: bool
) -> tuple:
    """A row for each thread of what a ray needs; no columns for what it does not."""
    from numba import cuda

    planes, slots = int(volume.shape.max()), -(-len(volume.names) // 64) * 64
    factors, contrast = tissue[1], tissue[2]
    return (
        cuda.device_array((threads, planes if factors.size or cover is not None else 0), dtype=np.float32),
        cuda.device_array((threads, planes if contrast.size else 0), dtype=np.float32),
        cuda.device_array((threads, planes), dtype=np.uint32),
        cuda.to_device(np.zeros((threads, slots if room else 0), dtype=np.int32)),
        cuda.device_array((threads, slots if depths else 0), dtype=np.int32),
        cuda.device_array((threads, slots if depths else 0), dtype=np.int32),
    )
