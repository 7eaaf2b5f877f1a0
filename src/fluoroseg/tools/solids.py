"""Solid geometry on closed meshes (manifold3d): simple bodies, extrusions, unions, differences, poses.

Everything takes and gives `Mesh`es in mm; results are closed and oriented whatever touches whatever.
Nothing left (a difference that takes all) is a GeometryError.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Real

from fluoroseg.errors import GeometryError
from fluoroseg.project.mesh_body import Mesh
from fluoroseg.tools.lathe import lathe
from fluoroseg.tools.spot import cross

if TYPE_CHECKING:
    from manifold3d import Manifold

Point = Sequence[float] | Real[np.ndarray, "3"]
Outline = Sequence[tuple[float, float]] | Real[np.ndarray, "_ 2"]


def union(*meshes: Mesh | Iterable[Mesh]) -> Mesh:
    """All bodies as one; an argument is a body or several."""
    bodies = [m for one in meshes for m in ([one] if isinstance(one, Mesh) else one)]
    return _boolean("Add", bodies) if len(bodies) > 1 else bodies[0]


def gathered(bodies: Iterable[Mesh]) -> Mesh:
    """Many bodies that do not overlap, side by side in one mesh: quicker than `union`."""
    all_bodies = list(bodies)
    starts = np.cumsum([0, *(len(body.vertices_mm) for body in all_bodies[:-1])])
    return Mesh(
        np.concatenate([body.vertices_mm for body in all_bodies]),
        np.concatenate([body.faces + start for body, start in zip(all_bodies, starts, strict=True)]),
    )


def difference(body: Mesh, *taken: Mesh) -> Mesh:
    """What is left of a body without the others."""
    return _boolean("Subtract", (body, *taken))


def intersection(*bodies: Mesh) -> Mesh:
    """What all bodies share."""
    return _boolean("Intersect", bodies)


def hull(*bodies: Mesh) -> Mesh:
    """The convex hull of all bodies together."""
    from manifold3d import Manifold

    return _mesh(Manifold.batch_hull([_manifold(b) for b in bodies]))


def box(size_mm: Point, centre_mm: Point = (0.0, 0.0, 0.0)) -> Mesh:
    """A cuboid along the axes."""
    from manifold3d import Manifold

    return shifted(_mesh(Manifold.cube([float(s) for s in size_mm], True)), centre_mm)


def ball(radius_mm: float, centre_mm: Point = (0.0, 0.0, 0.0), facets: int = 32) -> Mesh:
    """A sphere; its equator has `facets` corners, all on the true sphere."""
    from manifold3d import Manifold

    return shifted(_mesh(Manifold.sphere(float(radius_mm), facets)), centre_mm)


def rod(
    start_mm: Point, end_mm: Point, radius_mm: float, end_radius_mm: float | None = None, facets: int = 32
) -> Mesh:
    """A cylinder, or a cone, between two points; its cross-section has its circle's area."""
    start, along = np.array(start_mm, dtype=np.float64), np.subtract(end_mm, start_mm)
    end_radius = radius_mm if end_radius_mm is None else end_radius_mm
    return placed(lathe([(float(np.linalg.norm(along)), end_radius), (0.0, radius_mm)], facets), start, along)


def extruded(outline_mm: Outline, height_mm: float, holes_mm: Sequence[Outline] = ()) -> Mesh:
    """A flat outline (x, y), wound either way, made `height_mm` high from z = 0 up, with holes through it."""
    from manifold3d import CrossSection, FillRule

    def area(outline: Outline) -> CrossSection:
        return CrossSection([np.array(outline, dtype=np.float64)], FillRule.NonZero)

    flat = area(outline_mm)
    for hole in holes_mm:
        flat = flat - area(hole)
    return _mesh(flat.extrude(float(height_mm)))


def rounded(outline_mm: Outline, radius_mm: float, facets: int = 24) -> Float[np.ndarray, "m 2"]:
    """An outline with its corners, outer and inner ones, rounded to a radius; counter-clockwise."""
    from manifold3d import CrossSection, FillRule, JoinType

    flat = CrossSection([np.array(outline_mm, dtype=np.float64)], FillRule.NonZero)
    for step in (-radius_mm, 2 * radius_mm, -radius_mm):
        flat = flat.offset(step, JoinType.Round, 2.0, facets)
    polygons = flat.to_polygons()
    if len(polygons) != 1:
        raise GeometryError(f"an outline rounded to {radius_mm:g} mm falls into {len(polygons)} pieces")
    return np.array(polygons[0], dtype=np.float64)


def circle(
    radius_mm: float, centre_mm: tuple[float, float] = (0, 0), facets: int = 24
) -> Float[np.ndarray, "m 2"]:
    """A regular polygon with the area of the circle, as an outline or a hole."""
    angle = 2 * np.pi * np.arange(facets) / facets
    same_area = np.sqrt(2 * np.pi / facets / np.sin(2 * np.pi / facets))
    return np.array(centre_mm) + radius_mm * same_area * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def slot(
    length_mm: float, width_mm: float, centre_mm: tuple[float, float] = (0, 0), facets: int = 24
) -> Float[np.ndarray, "m 2"]:
    """A stadium along x, `length_mm` from end to end."""
    angle = np.linspace(-np.pi / 2, np.pi / 2, facets // 2 + 1)
    end = width_mm / 2 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    shift = np.array([(length_mm - width_mm) / 2, 0.0])
    return np.array(centre_mm) + np.concatenate([end + shift, -end - shift])


def refined(body: Mesh, edge_mm: float) -> Mesh:
    """The same surface in faces whose edges are about as long as said, so that it can be bent."""
    return _mesh(_manifold(body).refine_to_length(float(edge_mm)))


def shifted(body: Mesh, by_mm: Point) -> Mesh:
    """A body moved."""
    return Mesh(body.vertices_mm + np.array(by_mm, dtype=np.float64), body.faces)


def turned(body: Mesh, axis: Point, angle_deg: float, about_mm: Point = (0.0, 0.0, 0.0)) -> Mesh:
    """A body turned right-handed about an axis through a point."""
    x, y, z = np.array(axis, dtype=np.float64) / np.linalg.norm(axis)
    by = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angle = np.radians(angle_deg)
    turn = np.eye(3) + np.sin(angle) * by + (1 - np.cos(angle)) * by @ by
    middle = np.array(about_mm, dtype=np.float64)
    return Mesh((body.vertices_mm - middle) @ turn.T + middle, body.faces)


def placed(body: Mesh, origin_mm: Point, direction: Point, across: Point | None = None) -> Mesh:
    """A body whose z axis is laid along `direction` from `origin_mm`.

    across: where its x axis points, as nearly as can be; None: anywhere.
    """
    z = np.array(direction, dtype=np.float64) / np.linalg.norm(direction)
    near = np.eye(3)[np.argmin(np.abs(z))] if across is None else np.array(across, dtype=np.float64)
    y = cross(z, near)
    y /= np.linalg.norm(y)
    frame = np.stack([cross(y, z), y, z])
    return Mesh(body.vertices_mm @ frame + np.array(origin_mm, dtype=np.float64), body.faces)


def mirrored(body: Mesh, axis: int = 0) -> Mesh:
    """The mirror image across the plane through the origin that one axis is normal to: left from right."""
    sign = np.ones(3)
    sign[axis] = -1
    return Mesh(body.vertices_mm * sign, body.faces[:, ::-1])


def stretched(body: Mesh, factors: Point) -> Mesh:
    """A body scaled along the axes by positive factors."""
    return Mesh(body.vertices_mm * np.array(factors, dtype=np.float64), body.faces)


def _boolean(what: str, bodies: Sequence[Mesh]) -> Mesh:
    from manifold3d import Manifold, OpType

    return _mesh(Manifold.batch_boolean([_manifold(b) for b in bodies], getattr(OpType, what)))


def _manifold(body: Mesh) -> "Manifold":
    from manifold3d import Error, Manifold, Mesh64

    solid = Manifold(Mesh64(body.vertices_mm, body.faces.astype(np.uint64)))
    if solid.status() != Error.NoError:
        raise GeometryError(
            f"solid geometry takes closed surfaces; this one has {body.open_edges} open edges"
        )
    return solid


def _mesh(solid: "Manifold") -> Mesh:
    flat = solid.to_mesh64()
    return Mesh(np.array(flat.vert_properties[:, :3]), np.array(flat.tri_verts, dtype=np.int32))
