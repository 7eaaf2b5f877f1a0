"""Several volumes in one place: where an earlier one has matter, the later ones do not count."""

from collections.abc import Callable

import numpy as np

from fluoroseg.geometry.camera import Camera
from fluoroseg.physics.materials import NODES_HU
from fluoroseg.project.march import in_voxels
from fluoroseg.project.mesh import Cover
from fluoroseg.project.threads import run
from fluoroseg.project.volume import Volume


def matter(volume: Volume, camera: Camera) -> Cover:
    """The intervals of each ray whose nearest voxels are a structure, or denser than air."""
    from fluoroseg.project.priority_kernels import matter as fill

    eye, columns = in_voxels(volume, camera), camera.shape[1]

    def work(cover: Cover, first: int, end: int) -> None:
        fill(
            volume.arrays, eye, NODES_HU[0], columns, cover.start, cover.enter_mm, cover.leave_mm, first, end
        )

    return _count_and_store(work, camera.shape[0] * columns)


def merge(one: Cover | None, other: Cover | None) -> Cover | None:
    """Where a ray is inside either."""
    if one is None or other is None:
        return one if other is None else other
    from fluoroseg.project.priority_kernels import merge as fill

    both = [(c.start, c.enter_mm, c.leave_mm) for c in (one, other)]

    def work(cover: Cover, first: int, end: int) -> None:
        fill(*both, cover.start, cover.enter_mm, cover.leave_mm, first, end)

    return _count_and_store(work, len(one.start) - 1)


def _count_and_store(work: Callable[[Cover, int, int], None], rays: int) -> Cover:
    """Compressed rows in two passes: how many intervals each ray has, then the intervals."""
    start, nothing = np.zeros(rays + 1, dtype=np.int64), np.empty(0, dtype=np.float32)
    run(lambda first, end: work(Cover(start, nothing, nothing), first, end), rays)
    np.cumsum(start, out=start)
    if not start[-1]:
        return Cover(start, nothing, nothing)
    cover = Cover(start, *np.empty((2, int(start[-1])), dtype=np.float32))
    run(lambda first, end: work(cover, first, end), rays)
    return cover
