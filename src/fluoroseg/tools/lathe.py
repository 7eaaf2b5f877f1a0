"""Meshes of turned parts: rings of points around the z axis, from the tip to the tail."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float, Int

from fluoroseg.errors import GeometryError
from fluoroseg.project.mesh_body import Mesh
from fluoroseg.tools.lofts import side_faces


def lathe(profile_mm: Sequence[tuple[float, float]], facets: int = 32, bored: bool = False) -> Mesh:
    """The solid of revolution of a profile of (z, radius) points, from the tip (highest z) to the tail.

    Each cross-section is a regular polygon with the area of the true circle. A profile that does not begin
    or end on the axis is closed by a flat face; a bored part's profile goes round: down outside, up inside.
    Raises GeometryError for fewer than 3 facets, a profile of fewer than two points, a negative radius, or
    one that encloses nothing or runs the wrong way.
    """
    if facets < 3:
        raise GeometryError(f"a lathe turns at least 3 facets, not {facets}")
    z, radius = np.array(profile_mm, dtype=np.float64).reshape(-1, 2).T
    same_area = np.sqrt(2 * np.pi / facets / np.sin(2 * np.pi / facets))
    return rings(z, np.repeat(radius[:, None] * same_area, facets, axis=1), bored)


def rings(
    z_mm: Float[np.ndarray, " ring"], radius_mm: Float[np.ndarray, "ring facet"], bored: bool = False
) -> Mesh:
    """A closed surface through rings of points; point j of a ring of n lies at the angle 2 pi j / n.

    z_mm: height of each ring, the tip first; it may turn back (a recess).  radius_mm: distance of each point
    from the axis, so that threads and sockets are rings that are not round.
    Raises GeometryError for fewer than two rings, a negative radius, or a surface inside out.
    """
    if (
        len(z_mm) < 2
        or len(z_mm) != len(radius_mm)
        or not np.isfinite(radius_mm).all()
        or radius_mm.min() < 0
    ):
        raise GeometryError(
            f"a turned part has two rings or more, each with radii of 0 or more, not {len(z_mm)} heights and "
            f"{len(radius_mm)} rings of radii from {radius_mm.min(initial=0)} mm"
        )
    count, facets = radius_mm.shape
    angle = 2 * np.pi * np.arange(facets) / facets
    points = np.stack(
        [radius_mm * np.cos(angle), radius_mm * np.sin(angle), np.repeat(z_mm[:, None], facets, axis=1)],
        axis=-1,
    )
    faces = [side_faces(count, facets, bored)[:, ::-1]]
    if not bored:
        first, last = np.arange(facets), np.arange(facets) + (count - 1) * facets
        tip, tail = np.full(facets, count * facets), np.full(facets, count * facets + 1)
        faces += [np.stack([tip, first, np.roll(first, -1)], 1), np.stack([tail, np.roll(last, -1), last], 1)]
    ends = [[0.0, 0.0, z_mm[0]], [0.0, 0.0, z_mm[-1]]]
    return _joined(
        np.concatenate([points.reshape(-1, 3), ends]), np.concatenate(faces), radius_mm.max(axis=1) < 1e-9
    )


def _joined(
    vertices_mm: Float[np.ndarray, "v 3"], faces: Int[np.ndarray, "f 3"], shrunk: Bool[np.ndarray, " ring"]
) -> Mesh:
    """Corners of rings of radius 0 made one, at an end with the end's, so that no face is without area."""
    facets = (len(vertices_mm) - 2) // len(shrunk)
    one = np.arange(len(vertices_mm))
    for ring in np.flatnonzero(shrunk):
        one[ring * facets : (ring + 1) * facets] = ring * facets
    ends = np.array([0, len(shrunk) - 1])
    one[-2:] = np.where(shrunk[ends], ends * facets, one[-2:])
    a, b, c = (joined := one[faces]).T
    kept = joined[(a != b) & (b != c) & (c != a)]
    used, kept = np.unique(kept, return_inverse=True)
    return Mesh(vertices_mm[used], kept.reshape(-1, 3))
