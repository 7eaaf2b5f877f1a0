"""Closed surfaces through rings of points: lofts, and cross-sections carried along smooth curves."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int

from fluoroseg.errors import GeometryError
from fluoroseg.project.mesh_body import Mesh
from fluoroseg.tools.curves import frames

Radius = float | Sequence[float] | Float[np.ndarray, " n"]


def loft(points_mm: Float[np.ndarray, "ring facet 3"], closed: bool = False) -> Mesh:
    """The surface through rings with equally many points, wound either way.

    closed: the last ring joins the first (a torus). Otherwise the first and the last ring are filled: they
    are flat, of any outline. A ring whose points lie on each other is a tip. GeometryError for fewer than 2
    rings (closed: 3) or 3 points.
    """
    rings, facets = points_mm.shape[:2]
    if rings < 2 + closed or facets < 3:
        raise GeometryError(f"a loft has 2 rings or more of 3 points or more, not {rings} of {facets}")
    tips = np.ptp(points_mm, axis=1).max(axis=-1) < 1e-9
    faces = [side_faces(rings, facets, closed)]
    if not closed:
        last = (rings - 1) * facets
        faces += [_filling(points_mm[0])[:, ::-1]] if not tips[0] else []
        faces += [_filling(points_mm[-1]) + last] if not tips[-1] else []
    vertices, joined = points_mm.reshape(-1, 3), np.concatenate(faces)
    if tips.any():
        one = np.arange(rings * facets).reshape(rings, facets)
        one[tips] = one[tips, :1]
        joined = one.reshape(-1)[joined]
        a, b, c = joined.T
        used, joined = np.unique(joined[(a != b) & (b != c) & (c != a)], return_inverse=True)
        vertices, joined = vertices[used], joined.reshape(-1, 3)
    a, b, c = np.moveaxis((vertices - vertices.mean(axis=0))[joined], 1, 0)
    inside_out = np.einsum("fi,fi->", a, np.cross(b, c)) < 0
    return Mesh(vertices, joined[:, ::-1] if inside_out else joined)


def sweep(
    path_mm: Float[np.ndarray, "n 3"],
    section_mm: Float[np.ndarray, "... m 2"],
    across: Sequence[float] | None = None,
    closed: bool = False,
) -> Mesh:
    """A cross-section along a curve, with flat ends, or without ends on a closed curve.

    section_mm: outline `[m, 2]`, counter-clockwise, or one for each point of the curve, `[n, m, 2]`; x lies
    along `across` at the first point. The curve may not bend more tightly than the section is wide.
    """
    frame = frames(path_mm, across, closed)
    sections = np.broadcast_to(section_mm, (len(path_mm), *section_mm.shape[-2:]))
    return loft(path_mm[:, None] + np.einsum("nmk,nkd->nmd", sections, frame[:, :2]), closed)


def wire(
    path_mm: Float[np.ndarray, "n 3"], radius_mm: Radius, facets: int = 16, closed: bool = False
) -> Mesh:
    """A round wire along a curve; one radius, or one for each point. The cross-section keeps its area."""
    radius = np.broadcast_to(np.array(radius_mm, dtype=np.float64), len(path_mm))
    return sweep(path_mm, radius[:, None, None] * _unit(facets), closed=closed)


def tube(path_mm: Float[np.ndarray, "n 3"], outer_mm: Radius, inner_mm: Radius, facets: int = 24) -> Mesh:
    """A tube along a curve, open at both ends; outer and inner radius, one for all points or one for each."""
    n = len(path_mm)
    radii = [np.broadcast_to(np.array(r, dtype=np.float64), n) for r in (outer_mm, inner_mm)]
    if (radii[1] <= 0).any() or (radii[0] <= radii[1]).any():
        raise GeometryError("a tube's inner radius is above 0 and below its outer radius")
    frame = frames(path_mm)[:, :2]
    walls = [
        path_mm[:, None] + np.einsum("mk,nkd->nmd", _unit(facets), frame) * r[:, None, None] for r in radii
    ]
    return loft(np.concatenate([walls[0], walls[1][::-1]]), closed=True)


def side_faces(rings: int, facets: int, closed: bool = False) -> Int[np.ndarray, "f 3"]:
    """Faces between rings of points, outwards for counter-clockwise rings that go along +z.

    closed: also between the last ring and the first.
    """
    ring = np.arange(rings * facets).reshape(rings, facets)
    here, there = (ring, np.roll(ring, -1, axis=0)) if closed else (ring[:-1], ring[1:])
    here_on, there_on = np.roll(here, -1, axis=1), np.roll(there, -1, axis=1)
    both = [(here, here_on, there_on), (here, there_on, there)]
    return np.concatenate([np.stack([c.ravel() for c in corners], axis=1) for corners in both])


def _filling(outline_mm: Float[np.ndarray, "facet 3"]) -> Int[np.ndarray, "f 3"]:
    """A flat outline in triangles that go round as it does."""
    from manifold3d import triangulate

    centred = outline_mm - outline_mm.mean(axis=0)
    flat = centred @ np.linalg.svd(centred, full_matrices=False)[2][:2].T
    x, y = flat.T
    if x @ np.roll(y, -1) < y @ np.roll(x, -1):  # clockwise
        flat = flat * [1.0, -1.0]
    return np.array(triangulate([flat]), dtype=np.int64).reshape(-1, 3)


def _unit(facets: int) -> Float[np.ndarray, "m 2"]:
    """A circle's polygon of the area of the unit circle."""
    angle = 2 * np.pi * np.arange(facets) / facets
    return np.stack([np.cos(angle), np.sin(angle)], axis=1) * np.sqrt(
        2 * np.pi / facets / np.sin(2 * np.pi / facets)
    )
