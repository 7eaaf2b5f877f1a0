"""Closed surfaces of triangles, and their place in the world."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float, Int

from fluoroseg.errors import GeometryError
from fluoroseg.physics.materials import DENSITY_G_CM3


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
    Raises GeometryError for an unknown material, or a matrix that is not finite, affine and invertible.
    """

    key: str
    mesh: Mesh
    world_from_mesh: Float[np.ndarray, "4 4"]
    material: str

    def __post_init__(self) -> None:
        if self.material not in DENSITY_G_CM3:
            raise GeometryError(
                f"{self.key}: no material {self.material!r}; there are {', '.join(DENSITY_G_CM3)}"
            )
        m = self.world_from_mesh
        if m.shape != (4, 4) or not np.isfinite(m).all() or not np.array_equal(m[3], [0, 0, 0, 1]):
            raise GeometryError(
                f"{self.key}: world_from_mesh is a finite affine 4x4 matrix, not {m.tolist()}"
            )
        if abs(np.linalg.det(m[:3, :3])) < 1e-12:
            raise GeometryError(f"{self.key}: world_from_mesh flattens the mesh: {m.tolist()}")
