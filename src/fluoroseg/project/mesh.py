"""Closed surfaces of tools and implants, and what every ray of a camera meets in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float, Float32, Int, Int64, UInt8

from fluoroseg.errors import GeometryError
from fluoroseg.geometry.camera import Camera
from fluoroseg.project.mesh_clip import NEAR, clip_near
from fluoroseg.project.mesh_repair import mend
from fluoroseg.project.threads import run

_BANDS = 8
"""Bands of rows that are cast at the same time, where there is work for more than one thread."""
_SMALL_WORK = 30_000
"""Faces + pixels below which starting a thread costs more than it saves."""


@dataclass(frozen=True, eq=False)
class Mesh:
    """A surface of triangles in millimetres, counter-clockwise as seen from outside.

    vertices_mm: `[v, 3]`, kept as float64.  faces: `[f, 3]` indices of vertices, kept as int32.
    Raises GeometryError: no face, a vertex that is not finite, an index out of range, a surface inside out.
    """

    vertices_mm: Float[np.ndarray, "v 3"]
    faces: Int[np.ndarray, "f 3"]

    def __post_init__(self) -> None:
        if self.vertices_mm.ndim != 2 or self.faces.ndim != 2 or not len(self.faces):
            raise GeometryError(
                f"a mesh has vertices [v, 3] and at least one face [f, 3], not {self.vertices_mm.shape} and "
                f"{self.faces.shape}"
            )
        bad = np.flatnonzero(~np.isfinite(self.vertices_mm).all(axis=1))
        if len(bad):
            raise GeometryError(f"vertex {bad[0]} of the mesh is not finite: {self.vertices_mm[bad[0]]}")
        low, high = int(self.faces.min()), int(self.faces.max())
        if low < 0 or high >= len(self.vertices_mm):
            raise GeometryError(
                f"faces name vertices {low} to {high}; the mesh has 0 to {len(self.vertices_mm) - 1}"
            )
        object.__setattr__(self, "vertices_mm", np.ascontiguousarray(self.vertices_mm, dtype=np.float64))
        object.__setattr__(self, "faces", np.ascontiguousarray(self.faces, dtype=np.int32))
        if self.volume_mm3 < 0:
            raise GeometryError(
                f"the mesh is inside out (volume {self.volume_mm3:.3g} mm^3): faces are counter-clockwise as "
                "seen from outside; reverse them: faces[:, ::-1]"
            )

    @cached_property
    def open_edges(self) -> int:
        """Edges without exactly one partner in the opposite direction: holes and flipped faces. 0: closed."""
        start, end = self.faces.astype(np.int64).ravel(), np.roll(self.faces, -1, axis=1).ravel()
        edge = np.minimum(start, end) * len(self.vertices_mm) + np.maximum(start, end)
        order = np.argsort(edge)
        first = np.flatnonzero(np.diff(edge[order], prepend=-1))
        uses = np.diff(first, append=len(edge))
        forwards = np.add.reduceat((start < end)[order].astype(np.int64), first)
        return int(np.count_nonzero((uses != 2) | (forwards != 1)))

    @cached_property
    def volume_mm3(self) -> float:
        """Enclosed volume (divergence theorem about the middle of the vertices); overlaps count twice."""
        a, b, c = np.moveaxis((self.vertices_mm - self.vertices_mm.mean(axis=0))[self.faces], 1, 0)
        return float(np.einsum("fi,fi->", a, np.cross(b, c)) / 6)


@dataclass(frozen=True, eq=False)
class Solid:
    """A mesh in the world.

    key: its name in what comes out.  world_from_mesh: 4x4, mesh mm -> LPS mm (a mirror image is allowed).
    material: of `fluoroseg.physics.materials.DENSITY_G_CM3`.
    Raises GeometryError for a matrix that is not finite, not affine or not invertible.
    """

    key: str
    mesh: Mesh
    world_from_mesh: Float[np.ndarray, "4 4"]
    material: str

    def __post_init__(self) -> None:
        m = self.world_from_mesh
        if m.shape != (4, 4) or not np.isfinite(m).all() or not np.array_equal(m[3], [0, 0, 0, 1]):
            raise GeometryError(
                f"{self.key}: world_from_mesh is a finite affine 4x4 matrix, not {m.tolist()}"
            )
        if abs(np.linalg.det(m[:3, :3])) < 1e-12:
            raise GeometryError(f"{self.key}: world_from_mesh flattens the mesh: {m.tolist()}")


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
    repaired: solid -> pixels whose hits did not balance (holes, flipped faces) and were taken from their
        neighbours.
    """

    material_mm: dict[str, Float32[np.ndarray, "h w"]]
    cover: Cover
    repaired: dict[str, int]
    _shape: tuple[int, int]
    _corner: tuple[int, int]
    _paths_mm: Float32[np.ndarray, "solid rows columns"]

    def path_mm(self, key: str) -> Float32[np.ndarray, "h w"]:
        """Length of each ray in one solid, whatever it overlaps; its own overlapping parts count once.

        Raises GeometryError for a solid that was not projected.
        """
        if key not in self.repaired:
            raise GeometryError(f"no solid {key!r} was projected; there are {list(self.repaired)}")
        return _framed(self._paths_mm[list(self.repaired).index(key)], self._corner, self._shape)

    def mask(self, key: str) -> Bool[np.ndarray, "h w"]:
        """Silhouette: the rays that spend some way in the solid. GeometryError as `path_mm`."""
        return self.path_mm(key) > 0


def project_solids(solids: Sequence[Solid], camera: Camera) -> SolidProjection:
    """Path lengths, silhouettes and intervals of solids, from one rasterisation of their faces.

    What lies before the source or behind the detector does not count. Equal for any number of threads.
    Raises GeometryError for two solids of one key.
    """
    keys, materials = [s.key for s in solids], list(dict.fromkeys(s.material for s in solids))
    if len(set(keys)) < len(keys):
        raise GeometryError(f"solids need different keys, not {keys}")
    scene = _Scene(solids, camera)
    top, bottom, left, right = scene.box
    size = (max(bottom - top, 0), max(right - left, 0))
    paths_mm, enter_mm = np.zeros((2, len(solids), *size), dtype=np.float32)
    state = np.zeros(paths_mm.shape, dtype=np.uint8)
    material_of = np.array([materials.index(s.material) for s in solids], dtype=np.int64)
    lengths, cover = scene.cast(material_of, False, state, enter_mm, paths_mm)
    leaking = [s for s in range(len(solids)) if state[s].any()]
    if leaking:
        for s in leaking:
            mend(state[s], enter_mm[s], paths_mm[s])
        lengths, cover = scene.cast(material_of, True, state, enter_mm, paths_mm)
    return SolidProjection(
        {m: _framed(lengths[i], (top, left), camera.shape) for i, m in enumerate(materials)},
        cover,
        {key: int(np.count_nonzero(state[s])) if s in leaking else 0 for s, key in enumerate(keys)},
        camera.shape,
        (top, left),
        paths_mm,
    )


class _Scene:
    """Solids in camera coordinates: (x, y, t) with column = x / t, row = y / t, t = 1 on the detector."""

    def __init__(self, solids: Sequence[Solid], camera: Camera) -> None:
        from fluoroseg.project import mesh_kernels  # late: numba costs 0.3 s at import

        self._shape = camera.shape
        self._rays_mm = np.stack([camera.origin_mm - camera.source_mm, camera.right_mm, camera.down_mm])
        camera_from_world = np.linalg.inv(self._rays_mm[[1, 2, 0]].T)
        camera_from_mesh = np.zeros((len(solids), 3, 4))
        self._closed = np.array([s.mesh.open_edges == 0 for s in solids], dtype=np.uint8)
        self._clipped = np.zeros(len(solids), dtype=np.uint8)
        corners, faces = [], []
        for s, solid in enumerate(solids):
            world_from_mesh = solid.world_from_mesh[:3].astype(np.float64)
            world_from_mesh[:, 3] -= camera.source_mm
            camera_from_mesh[s] = camera_from_world @ world_from_mesh
            seen, own = np.empty(solid.mesh.vertices_mm.shape), solid.mesh.faces
            mesh_kernels.to_camera(solid.mesh.vertices_mm, camera_from_mesh[s], seen)
            if seen[:, 2].min() < NEAR:
                self._clipped[s] = 1
                seen, own = clip_near(seen, own)
            corners.append(seen)
            faces.append(own)
        self._mirrored = (np.linalg.det(camera_from_mesh[:, :, :3]) < 0).astype(np.uint8)
        self._first_vertex = np.cumsum([0] + [len(c) for c in corners], dtype=np.int64)
        self._first_face = np.cumsum([0] + [len(f) for f in faces], dtype=np.int64)
        self._camera, self._faces = _joined(corners, np.float64), _joined(faces, np.int32)
        self._pixel = np.empty((len(self._camera), 2))
        self._rows = np.empty((len(self._faces), 2), dtype=np.int32)
        self.box = mesh_kernels.find_rows(
            self._camera,
            self._first_vertex,
            self._faces,
            self._first_face,
            *camera.shape,
            self._pixel,
            self._rows,
        )

    def cast(
        self,
        material_of: Int64[np.ndarray, " solid"],
        mending: bool,
        state: UInt8[np.ndarray, "solid rows columns"],
        enter_mm: Float32[np.ndarray, "solid rows columns"],
        paths_mm: Float32[np.ndarray, "solid rows columns"],
    ) -> tuple[Float32[np.ndarray, "material rows columns"], Cover]:
        """Every ray of the box; the last three are filled or, while mending, used (see `mesh_kernels`)."""
        from fluoroseg.project import mesh_kernels

        top, bottom, left, right = self.box
        rows = max(bottom - top, 0)
        lengths = np.zeros((len(set(material_of.tolist())), *paths_mm.shape[1:]), dtype=np.float32)
        height, width = self._shape
        start = np.zeros(height * width + 1, dtype=np.int64)
        counts = start[1:].reshape(height, width)
        parts: dict[int, tuple[Float32[np.ndarray, " n"], Float32[np.ndarray, " n"]]] = {}
        bands = _BANDS if len(self._faces) + rows * (right - left) > _SMALL_WORK else 1

        def work(first: int, last: int) -> None:
            parts[first] = mesh_kernels.cast(
                top + first * rows // bands, top + last * rows // bands, self.box, self._rays_mm,
                self._camera, self._pixel, self._first_vertex, self._faces, self._first_face, self._rows,
                self._clipped, self._mirrored, self._closed, material_of, mending,
                state, enter_mm, paths_mm, lengths, counts,
            )  # fmt: skip

        run(work, bands if rows else 0)
        some = start[top * width : bottom * width + 1]
        np.cumsum(some, out=some)
        start[bottom * width + 1 :] = some[-1] if rows else 0
        enter, leave = (_joined([parts[b][i] for b in sorted(parts)], np.float32) for i in range(2))
        return lengths, Cover(start, enter.reshape(-1), leave.reshape(-1))


def _joined(arrays: list[np.ndarray], dtype: type) -> np.ndarray:
    """One array after the other; a single one is not copied."""
    if len(arrays) == 1:
        return arrays[0]
    return np.concatenate(arrays) if arrays else np.empty((0, 3), dtype=dtype)


def _framed(
    window: Float32[np.ndarray, "rows columns"], corner: tuple[int, int], shape: tuple[int, int]
) -> Float32[np.ndarray, "h w"]:
    """The window at its place in an otherwise empty picture."""
    picture = np.zeros(shape, dtype=np.float32)
    picture[corner[0] : corner[0] + window.shape[0], corner[1] : corner[1] + window.shape[1]] = window
    return picture
