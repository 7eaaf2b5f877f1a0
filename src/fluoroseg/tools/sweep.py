"""Cross-sections carried along smooth curves: wires, tubes, bands."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from jaxtyping import Float, Int

from fluoroseg.errors import GeometryError
from fluoroseg.project.mesh_body import Mesh

Radius = float | Sequence[float] | Float[np.ndarray, " n"]


def smooth(points_mm: Sequence[Sequence[float]] | Float[np.ndarray, "k 3"], step_mm: float) -> np.ndarray:
    """A cubic spline through points, `[n, 3]` at even steps of about `step_mm`. GeometryError: too few."""
    from scipy.interpolate import CubicSpline

    points = np.array(points_mm, dtype=np.float64).reshape(-1, 3)
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    if len(points) < 2 or not np.diff(length).min() > 0:
        raise GeometryError(f"a curve goes through two different points or more, not {len(points)}")
    if len(points) == 2:
        return np.linspace(points[0], points[1], max(2, int(np.ceil(length[-1] / step_mm)) + 1))
    curve = CubicSpline(length, points)
    dense = curve(np.linspace(0, length[-1], 20 * len(points)))
    run = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(dense, axis=0), axis=1))])
    at = np.interp(
        np.linspace(0, run[-1], max(2, int(np.ceil(run[-1] / step_mm)) + 1)),
        run,
        np.linspace(0, length[-1], len(dense)),
    )
    return curve(at)


def arc(radius_mm: float, start_deg: float, end_deg: float, step_mm: float = 1.0) -> Float[np.ndarray, "n 3"]:
    """Part of a circle about the origin in the x-z plane, angles from +x towards +z."""
    turn = np.radians(end_deg - start_deg)
    steps = max(2, int(np.ceil(abs(turn) * radius_mm / step_mm)) + 1)
    angle = np.radians(start_deg) + np.linspace(0, turn, steps)
    return radius_mm * np.stack([np.cos(angle), np.zeros(steps), np.sin(angle)], axis=1)


def frames(
    path_mm: Float[np.ndarray, "n 3"], across: Sequence[float] | None = None, closed: bool = False
) -> Float[np.ndarray, "n 3 3"]:
    """Rotation-minimising frames: rows x, y (across) and z (the tangent) at each point of a curve.

    By double reflection (Wang et al., ACM TOG 2008); of a closed curve the remaining twist is spread evenly.
    across: where the first x points, as nearly as can be; None: anywhere.
    """
    if len(path_mm) < 2:
        raise GeometryError(f"a curve has two points or more, not {len(path_mm)}")
    if closed:
        tangent = np.roll(path_mm, -1, axis=0) - np.roll(path_mm, 1, axis=0)
    else:
        tangent = np.gradient(path_mm, axis=0)
    speed = np.linalg.norm(tangent, axis=1, keepdims=True)
    if not speed.min() > 0:
        raise GeometryError("a curve stands still: points that follow each other are the same")
    tangent = tangent / speed
    near = np.eye(3)[np.argmin(np.abs(tangent[0]))] if across is None else np.array(across, dtype=np.float64)
    x = near - (near @ tangent[0]) * tangent[0]
    side = np.empty_like(path_mm)
    side[0] = x / np.linalg.norm(x)
    order = [*range(len(path_mm)), 0] if closed else list(range(len(path_mm)))
    for a, b in pairwise(order):
        step = path_mm[b] - path_mm[a]
        mirror = 2 / (step @ step)
        x = side[a] - mirror * (step @ side[a]) * step
        t = tangent[a] - mirror * (step @ tangent[a]) * step
        rest = tangent[b] - t
        turned = x - (2 / (rest @ rest) * (rest @ x) * rest if rest @ rest > 1e-24 else 0.0)
        if b == 0:
            return _untwisted(side, tangent, turned)
        side[b] = turned
    return np.stack([side, np.cross(tangent, side), tangent], axis=1)


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
    from manifold3d import triangulate

    frame = frames(path_mm, across, closed)
    sections = np.broadcast_to(section_mm, (len(path_mm), *section_mm.shape[-2:]))
    points = path_mm[:, None] + np.einsum("nmk,nkd->nmd", sections, frame[:, :2])
    around = sections.shape[1]
    faces = [_side(len(path_mm), around, closed)]
    if not closed:
        first, last = (np.array(triangulate([np.array(s, dtype=np.float64)])) for s in sections[[0, -1]])
        faces += [first[:, ::-1], last + (len(path_mm) - 1) * around]
    return Mesh(points.reshape(-1, 3), np.concatenate(faces).astype(np.int32))


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
    outer = _side(n, facets, False)
    ring = np.arange(facets)
    start = np.stack([ring, np.roll(ring, -1), ring + n * facets, np.roll(ring, -1) + n * facets])
    a, a_on, b, b_on = start
    near = np.concatenate([np.stack([a, b, b_on], 1), np.stack([a, b_on, a_on], 1)])
    faces = [outer, outer[:, ::-1] + n * facets, near, near[:, ::-1] + (n - 1) * facets]
    return Mesh(np.concatenate(walls).reshape(-1, 3), np.concatenate(faces).astype(np.int32))


def _unit(facets: int) -> Float[np.ndarray, "m 2"]:
    """A circle's polygon of the area of the unit circle."""
    angle = 2 * np.pi * np.arange(facets) / facets
    return np.stack([np.cos(angle), np.sin(angle)], axis=1) * np.sqrt(
        2 * np.pi / facets / np.sin(2 * np.pi / facets)
    )


def _side(rings: int, around: int, closed: bool) -> Int[np.ndarray, "f 3"]:
    """Faces between rings of points, outwards for counter-clockwise rings that go along +z."""
    ring = np.arange(rings * around).reshape(rings, around)
    here, there = (ring, np.roll(ring, -1, axis=0)) if closed else (ring[:-1], ring[1:])
    here_on, there_on = np.roll(here, -1, axis=1), np.roll(there, -1, axis=1)
    both = [(here, here_on, there_on), (here, there_on, there)]
    return np.concatenate([np.stack([c.ravel() for c in corners], axis=1) for corners in both])


def _untwisted(
    side: Float[np.ndarray, "n 3"], tangent: Float[np.ndarray, "n 3"], last: Float[np.ndarray, "3"]
) -> Float[np.ndarray, "n 3 3"]:
    """Frames of a closed curve: what is left of a twist after one round, spread over the round."""
    other = np.cross(tangent, side)
    twist = np.arctan2(last @ other[0], last @ side[0])
    back = -twist * np.arange(len(side))[:, None] / len(side)
    x = np.cos(back) * side + np.sin(back) * other
    return np.stack([x, np.cross(tangent, x), tangent], axis=1)
