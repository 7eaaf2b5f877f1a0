"""Closed surfaces of tools and implants, and what every ray of a camera meets in them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Int64, UInt8

from fluoroseg.errors import GeometryError
from fluoroseg.geometry.camera import Camera
from fluoroseg.project.mesh_body import Mesh, Solid
from fluoroseg.project.mesh_repair import mend

__all__ = ["Cover", "Mesh", "Solid", "SolidProjection", "project_solids"]


@dataclass(frozen=True, eq=False)
class Cover:
    """Where each ray is inside any solid, in compressed rows: ray r has the intervals start[r]:start[r + 1].

    start: int64 `[rays + 1]`, rays = pixels row by row.  enter_mm, leave_mm: float32 `[n]`, distance from
    the source along the ray; on each ray ascending and disjoint.
    """

    start: Int64[np.ndarray, " rays_and_one"]
    enter_mm: Float32[np.ndarray, " n"]
    leave_mm: Float32[np.ndarray, " n"]


@dataclass(frozen=True, eq=False)
class SolidProjection:
    """Solids as seen along every ray of a camera, from the source to the pixel's centre.

    material_mm: material -> float32 `[h, w]`, mm of each ray in it; where solids overlap the earlier counts.
    cover: the intervals of each ray inside any solid; their lengths add up to the sum of `material_mm`.
    repaired: key -> pixels whose hits did not balance (holes, flipped faces) and were taken from their
        neighbours.
    """

    material_mm: dict[str, Float32[np.ndarray, "h w"]]
    cover: Cover
    repaired: dict[str, int]
    _shape: tuple[int, int]
    _corner: tuple[int, int]
    _keys: tuple[str, ...]
    _paths_mm: Float32[np.ndarray, "solid rows columns"]

    def path_mm(self, key: str) -> Float32[np.ndarray, "h w"]:
        """Length of each ray in one solid, whatever it overlaps; its own overlapping parts count once.

        Of several solids with one key, which are disjoint, the sum. Raises GeometryError for a key that
        was not projected.
        """
        if key not in self.repaired:
            raise GeometryError(f"no solid {key!r} was projected; there are {list(self.repaired)}")
        paths = [path for one, path in zip(self._keys, self._paths_mm, strict=True) if one == key]
        return _framed(paths[0] if len(paths) == 1 else np.sum(paths, axis=0), self._corner, self._shape)

    def mask(self, key: str) -> Bool[np.ndarray, "h w"]:
        """Silhouette: the rays that spend some way in the solid. GeometryError as `path_mm`."""
        return self.path_mm(key) > 0


def project_solids(solids: Sequence[Solid], camera: Camera) -> SolidProjection:
    """Path lengths, silhouettes and intervals of solids, from one rasterisation of their faces.

    Solids with one key are the parts of one thing, of different materials; they do not overlap.
    What lies before the source or behind the detector does not count. Equal for any number of threads.
    """
    keys, materials = tuple(s.key for s in solids), list(dict.fromkeys(s.material for s in solids))
    if not solids:
        return _nothing(camera.shape)
    from fluoroseg.project.mesh_cast import Scene  # late: numba costs 0.3 s at import

    scene = Scene(solids, camera)
    top, bottom, left, right = scene.box
    size = (max(bottom - top, 0), max(right - left, 0))
    paths_mm, enter_mm = np.zeros((2, len(solids), *size), dtype=np.float32)
    state = np.zeros(paths_mm.shape, dtype=np.uint8)
    material_of = np.array([materials.index(s.material) for s in solids], dtype=np.int64)
    lengths, *cover = scene.cast(material_of, False, state, enter_mm, paths_mm)
    leaking = [s for s in range(len(solids)) if state[s].any()]
    if leaking:
        for s in leaking:
            mend(state[s], enter_mm[s], paths_mm[s])
        lengths, *cover = scene.cast(material_of, True, state, enter_mm, paths_mm)
    return SolidProjection(
        {m: _framed(lengths[i], (top, left), camera.shape) for i, m in enumerate(materials)},
        Cover(*cover),
        _repaired(keys, state, leaking),
        camera.shape,
        (top, left),
        keys,
        paths_mm,
    )


def _repaired(
    keys: tuple[str, ...], state: UInt8[np.ndarray, "solid rows columns"], leaking: list[int]
) -> dict[str, int]:
    repaired = dict.fromkeys(keys, 0)
    for s in leaking:
        repaired[keys[s]] += int(np.count_nonzero(state[s]))
    return repaired


def _nothing(shape: tuple[int, int]) -> SolidProjection:
    """No solids: no kernel is compiled for them."""
    empty = np.empty(0, dtype=np.float32)
    cover = Cover(np.zeros(shape[0] * shape[1] + 1, dtype=np.int64), empty, empty)
    return SolidProjection({}, cover, {}, shape, (0, 0), (), np.empty((0, 0, 0), dtype=np.float32))


def _framed(
    window: Float32[np.ndarray, "rows columns"], corner: tuple[int, int], shape: tuple[int, int]
) -> Float32[np.ndarray, "h w"]:
    """The window at its place in an otherwise empty picture."""
    picture = np.zeros(shape, dtype=np.float32)
    picture[corner[0] : corner[0] + window.shape[0], corner[1] : corner[1] + window.shape[1]] = window
    return picture
