"""Simple shapes, straight or bent along a curve: turned bodies, pipes, bars, stripes, hoops.

Lengths run from the tip: `start_mm` and `stop_mm` are arc lengths. All widths are diameters.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from jaxtyping import Float

from fluoroseg.errors import GeometryError
from fluoroseg.project.mesh_body import Mesh
from fluoroseg.tools.curves import Curve, straight
from fluoroseg.tools.lofts import loft, wire

Profile = Sequence[tuple[float, float]]
"""(z, radius) points in mm, the tip (highest z) first."""


def lathed(profile: Profile, curve: Curve | None = None, *, hollow: bool = False, facets: int = 16) -> Mesh:
    """A body of revolution bent along a curve (None: straight).

    profile: from tip to tail; z = -arc length. hollow: the profile is a closed line (of a tube's wall), and
    its last point joins the first. Cross-sections have the area of the true circle.
    """
    line = np.array([*profile, profile[0]] if hollow else profile, dtype=np.float64)
    z, radius = _with_knots(line, straight(1.0) if curve is None else curve).T
    if hollow:
        z, radius = z[:-1], radius[:-1]
    angle = 2 * np.pi * (np.arange(facets) + 0.5) / facets
    radius = radius[:, None] * np.sqrt(2 * np.pi / facets / np.sin(2 * np.pi / facets))
    flat = np.stack([radius * np.cos(angle), radius * np.sin(angle), np.repeat(z[:, None], facets, 1)], -1)
    return loft(bend(flat, curve), closed=hollow)


def pipe(
    outer_mm: float,
    inner_mm: float,
    start_mm: float,
    stop_mm: float,
    curve: Curve | None = None,
    facets: int = 16,
) -> Mesh:
    """A tube's wall between two arc lengths from the tip. outer_mm, inner_mm: *diameters*."""
    ro, ri = outer_mm / 2, inner_mm / 2
    if not 0 < ri < ro or not start_mm < stop_mm:
        raise GeometryError(f"a tube has 0 < inner < outer diameter and a length, not {inner_mm}, {outer_mm}")
    wall = ((-start_mm, ri), (-start_mm, ro), (-stop_mm, ro), (-stop_mm, ri))
    return lathed(wall, curve, hollow=True, facets=facets)


def cylinder(
    diameter_mm: float, start_mm: float, stop_mm: float, curve: Curve | None = None, facets: int = 16
) -> Mesh:
    """A full cylinder between two arc lengths from the tip."""
    r = diameter_mm / 2
    return lathed(((-start_mm, r), (-stop_mm, r)), curve, facets=facets)


def capsule(diameter_mm: float, start_mm: float, stop_mm: float, curve: Curve | None = None) -> Mesh:
    """A cylinder with half balls at its ends; a ball when it is as long as thick."""
    r = diameter_mm / 2
    angle = np.radians(np.linspace(0, 90, 6))
    tip = [(-start_mm - r * (1 - np.cos(a)), r * np.sin(a)) for a in angle]
    tail = [(-stop_mm + r * (1 - np.cos(a)), r * np.sin(a)) for a in angle[::-1]]
    return lathed(tip + tail if tip[-1][0] > tail[0][0] + 1e-6 else tip[:-1] + tail, curve)


def stripe(
    outer_mm: float,
    inner_mm: float,
    from_deg: float,
    to_deg: float,
    start_mm: float,
    stop_mm: float,
    curve: Curve | None = None,
) -> Mesh:
    """A sector of a tube's wall (diameters), from one angle about the axis to another, less than a turn."""
    angle = np.radians(np.linspace(from_deg, to_deg, max(2, int(abs(to_deg - from_deg) / 15) + 1)))
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    outline = np.concatenate([outer_mm / 2 * circle, inner_mm / 2 * circle[::-1]])
    line = np.array([[-start_mm, 0.0], [-stop_mm, 0.0]])
    z = _with_knots(line, straight(1.0) if curve is None else curve)[:, 0]
    flat = np.concatenate(
        [np.repeat(outline[None], len(z), 0), np.repeat(z[:, None], len(outline), 1)[..., None]], axis=-1
    )
    return loft(bend(flat, curve))


def bar(stations: Sequence[tuple[float, ...]], curve: Curve | None = None, *, facets: int = 4) -> Mesh:
    """A body whose section changes along its axis or a curve.

    stations: (z, width along x, thickness along y[, x, y of its middle]) from tip to tail.
    facets: 4 makes rectangles; more (8, 12, 16) ellipses.
    """
    rows = np.array([(*one, 0.0, 0.0)[:5] for one in stations], dtype=np.float64)
    rows = _with_knots(rows, straight(1.0) if curve is None else curve)
    angle = 2 * np.pi * (np.arange(facets) + 0.5) / facets
    unit = np.stack([np.cos(angle), np.sin(angle)], axis=1) / (np.sqrt(2) if facets == 4 else 2.0)
    unit = unit if facets > 4 else np.sign(unit) / 2
    flat = rows[:, None, 1:3] * unit[None] + rows[:, None, 3:5]
    return loft(bend(np.concatenate([flat, np.repeat(rows[:, None, :1], facets, axis=1)], axis=-1), curve))


def hoop(points_mm: Float[np.ndarray, "n 3"], diameter_mm: float, facets: int = 6) -> Mesh:
    """A round wire along a closed curve (the last point is not the first again)."""
    return wire(points_mm, diameter_mm / 2, facets, closed=True)


def ring_line(diameter_mm: float, points: int = 32, z_mm: float = 0.0) -> Float[np.ndarray, "n 3"]:
    """Points of a circle around the z axis, for `hoop`."""
    angle = 2 * np.pi * np.arange(points) / points
    across = diameter_mm / 2 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return np.column_stack([across, np.full(points, z_mm)])


def bend(points_mm: np.ndarray, curve: Curve | None) -> np.ndarray:
    """Points `[..., 3]` of the straight tool -> where they lie on the curve (None: unmoved)."""
    return points_mm if curve is None else curve.place(points_mm.reshape(-1, 3)).reshape(points_mm.shape)


def _with_knots(rows: Float[np.ndarray, "n c"], curve: Curve) -> Float[np.ndarray, "m c"]:
    """Rows (z first) with interpolated ones wherever the curve needs a ring."""
    out = [rows[:1]]
    for a, b in pairwise(rows):
        low, high = sorted((a[0], b[0]))
        knots = -curve.at_mm[1:-1]
        inside = knots[(knots > low + 1e-6) & (knots < high - 1e-6)]
        share = np.sort((inside - a[0]) / (b[0] - a[0])) if high > low else inside
        out.append(a + np.append(share, 1.0)[:, None] * (b - a))
    return np.concatenate(out)
