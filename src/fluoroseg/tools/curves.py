"""Curves: smooth ones through points, their frames, and the centre curves of flexible tools.

A `Curve` runs from the tip to the tail. The straight tool of the same length lies on the negative z axis, its
tip at the origin; `Curve.place` takes each of its points to the curve.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float

from fluoroseg.errors import GeometryError

_STEP_DEG = 6.0
"""A curve has a corner each time that it has turned by this angle."""


@dataclass(frozen=True, eq=False)
class Curve:
    """A line with corners, the tip first, near a smooth curve; beyond its ends it goes on straight.

    Bodies bent along it have a ring at each corner. What lies inside or beside another body on a straight
    tool does so exactly on the curve, because between two corners everything runs straight.

    points_mm: `[n, 3]`.  given_axes, given_at_mm: `axes` and `at_mm` of the curve that this one runs beside.
    Raises GeometryError for fewer than two points, or points that are not finite or lie on each other.
    """

    points_mm: Float[np.ndarray, "n 3"]
    given_axes: Float[np.ndarray, "n 3 3"] | None = None
    given_at_mm: Float[np.ndarray, " n"] | None = None

    def __post_init__(self) -> None:
        points = np.asarray(self.points_mm, dtype=np.float64)
        if points.ndim != 2 or points.shape[1] != 3 or len(points) < 2 or not np.isfinite(points).all():
            raise GeometryError(f"a curve has two points [n, 3] or more, all finite, not {points.shape}")
        if (np.linalg.norm(np.diff(points, axis=0), axis=1) < 1e-9).any():
            raise GeometryError("two successive points of a curve lie on each other; leave one out")
        object.__setattr__(self, "points_mm", points)

    @cached_property
    def at_mm(self) -> Float[np.ndarray, " n"]:
        """Arc length from the tip to each point; beside another curve, that curve's."""
        if self.given_at_mm is not None:
            return self.given_at_mm
        steps = np.linalg.norm(np.diff(self.points_mm, axis=0), axis=1)
        return np.concatenate([[0.0], np.cumsum(steps)])

    @property
    def length_mm(self) -> float:
        """Arc length from the first to the last point."""
        return float(self.at_mm[-1])

    @cached_property
    def axes(self) -> Float[np.ndarray, "n 3 3"]:
        """x, y and z axis at each point: z towards the tip, x from the x axis at the tip on without twist."""
        if self.given_axes is not None:
            return self.given_axes
        way = self.points_mm[1] - self.points_mm[0]
        along_x = abs(way[0]) > 0.9 * np.linalg.norm(way)
        across = (0.0, 0.0, float(np.sign(way[0]))) if along_x else (1.0, 0.0, 0.0)
        return frames(self.points_mm, across) * np.array([1, -1, -1])[:, None]

    def place(self, points_mm: Float[np.ndarray, "m 3"]) -> Float[np.ndarray, "m 3"]:
        """Points of the straight tool (z = -arc length) -> where they lie on the curve."""
        over = points_mm[:, 2] + np.clip(-points_mm[:, 2], 0, self.length_mm)  # what lies beyond the ends
        centre, axes = self._at(-points_mm[:, 2] + over)
        return centre + np.einsum("ma,mad->md", np.column_stack([points_mm[:, :2], over]), axes)

    def part(self, start_mm: float, stop_mm: float) -> "Curve":
        """The curve between two arc lengths (beyond the ends: straight on)."""
        between = self.at_mm[(self.at_mm > start_mm + 1e-6) & (self.at_mm < stop_mm - 1e-6)]
        s = np.concatenate([[start_mm], between, [stop_mm]])
        axes = self._at(np.clip(s, 0, self.length_mm))[1]
        return Curve(self.place(np.column_stack([0 * s, 0 * s, -s])), axes, s - start_mm)

    def shifted(self, x_mm: float, y_mm: float) -> "Curve":
        """A curve beside this one, at a fixed place in its cross-section."""
        beside = np.column_stack(
            [np.full_like(self.at_mm, x_mm), np.full_like(self.at_mm, y_mm), -self.at_mm]
        )
        return Curve(self.place(beside), self.axes, self.at_mm)

    def _at(self, s_mm: Float[np.ndarray, " m"]) -> tuple[np.ndarray, np.ndarray]:
        """Points and axes, interpolated between the corners."""
        i = np.clip(np.searchsorted(self.at_mm, s_mm, side="right") - 1, 0, len(self.at_mm) - 2)
        share = ((s_mm - self.at_mm[i]) / (self.at_mm[i + 1] - self.at_mm[i]))[:, None]
        centre = (1 - share) * self.points_mm[i] + share * self.points_mm[i + 1]
        return centre, (1 - share[..., None]) * self.axes[i] + share[..., None] * self.axes[i + 1]


def straight(length_mm: float) -> Curve:
    """From the origin along -z."""
    return Curve(np.array([[0.0, 0, 0], [0, 0, -length_mm]]))


def bent(*pieces: tuple[float, ...]) -> Curve:
    """Arcs of circles one after the other, from the tip at the origin (pointing to +z) to the tail.

    pieces: (length_mm, turn_deg, roll_deg): each piece turns by `turn_deg` over its length, in the plane that
    was turned before by `roll_deg` about the way (0 and 0 if left out). The first plane is x-z, and turns to
    +x. Raises GeometryError for a piece without length.
    """
    points, way, side = [np.zeros(3)], np.array([0.0, 0, -1]), np.array([1.0, 0, 0])
    for length_mm, turn_deg, roll_deg in ((*piece, 0.0, 0.0)[:3] for piece in pieces):
        if not length_mm > 0:
            raise GeometryError(f"a piece of a curve is longer than 0 mm, not {length_mm}")
        roll, turn = np.radians(roll_deg), np.radians(turn_deg)
        side = np.cos(roll) * side + np.sin(roll) * np.cross(way, side)
        steps = max(1, int(np.ceil(abs(turn_deg) / _STEP_DEG)))
        angle = turn * np.arange(1, steps + 1) / steps
        ahead, aside = (np.sin(angle), 1 - np.cos(angle)) if turn else (angle + 1, angle)
        radius = length_mm / turn if turn else length_mm
        points.extend(points[-1] + radius * (ahead[:, None] * way + aside[:, None] * side))
        way, side = (
            np.cos(turn) * way + np.sin(turn) * side,
            np.cos(turn) * side - np.sin(turn) * way,
        )
    return Curve(np.array(points))


def through(points_mm: Sequence[Sequence[float]] | Float[np.ndarray, "n 3"], step_mm: float = 1.0) -> Curve:
    """A smooth curve through some points, the tip first, with corners where it bends. As `Curve`.

    step_mm: how finely the smooth curve is looked at.
    """
    fine = Curve(smooth(Curve(np.array(points_mm, dtype=np.float64)).points_mm, step_mm))
    way = np.diff(fine.points_mm, axis=0)
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    turn = np.degrees(2 * np.arcsin(np.clip(np.linalg.norm(np.diff(way, axis=0), axis=1) / 2, 0, 1)))
    turned = np.concatenate([[0.0], np.cumsum(turn), [np.sum(turn) + 1e-9]])
    corners = np.linspace(0, turned[-1], int(np.ceil(turned[-1] / _STEP_DEG)) + 1)
    rising = np.concatenate([[True], np.diff(turned) > 1e-12])
    at = np.unique(np.interp(corners, turned[rising], fine.at_mm[rising]))
    s = np.concatenate([[0.0], at[(at > 0.2) & (at < fine.length_mm - 0.2)], [fine.length_mm]])
    return Curve(np.stack([np.interp(s, fine.at_mm, fine.points_mm[:, i]) for i in range(3)], axis=1))


def helix(radius_mm: float, pitch_mm: float, length_mm: float, per_turn: int = 16) -> Curve:
    """A helix around the z axis, from z = 0 down to -length; its corners over those of a 16-sided body."""
    turns = length_mm / pitch_mm
    angle = np.linspace(0, 2 * np.pi * turns, max(3, int(turns * per_turn) + 1)) + np.pi / per_turn
    across = radius_mm * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return Curve(np.column_stack([across, -(angle - angle[0]) / (2 * np.pi) * pitch_mm]))


def smooth(
    points_mm: Sequence[Sequence[float]] | Float[np.ndarray, "k 3"], step_mm: float = 2.0
) -> Float[np.ndarray, "n 3"]:
    """A cubic spline through points, at even steps of about `step_mm`; points at one place count once.

    Raises GeometryError for fewer than two places.
    """
    from scipy.interpolate import CubicSpline

    points = np.array(points_mm, dtype=np.float64).reshape(-1, 3)
    points = points[np.append(True, np.linalg.norm(np.diff(points, axis=0), axis=1) > 1e-6)[: len(points)]]
    if len(points) < 2:
        raise GeometryError(f"a curve goes through two different points or more, not {len(points)}")
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
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
    first = near - (near @ tangent[0]) * tangent[0]
    side = _carried(path_mm, tangent, first / np.linalg.norm(first), closed)
    if closed:
        return _untwisted(side[:-1], tangent, side[-1])
    return np.stack([side, np.cross(tangent, side), tangent], axis=1)


def _carried(
    path_mm: Float[np.ndarray, "n 3"],
    tangent: Float[np.ndarray, "n 3"],
    first: Float[np.ndarray, "3"],
    closed: bool,
) -> Float[np.ndarray, "m 3"]:
    """The first x carried on to every point, and of a closed curve to the first one again."""
    here = np.arange(len(path_mm) - (not closed))
    there = (here + 1) % len(path_mm)
    over = _mirrors(path_mm[there] - path_mm[here])
    turns = _mirrors(tangent[there] - np.einsum("nij,nj->ni", over, tangent[here])) @ over
    sides = [first]
    for turn in turns:
        sides.append(turn @ sides[-1])
    return np.array(sides)


def _mirrors(normals: Float[np.ndarray, "n 3"]) -> Float[np.ndarray, "n 3 3"]:
    """Reflections at planes through the origin; nothing happens at one without a normal."""
    square = np.einsum("ni,ni->n", normals, normals)
    share = np.where(square > 1e-24, 2 / np.maximum(square, 1e-24), 0.0)
    return np.eye(3) - share[:, None, None] * normals[:, :, None] * normals[:, None, :]


def _untwisted(
    side: Float[np.ndarray, "n 3"], tangent: Float[np.ndarray, "n 3"], last: Float[np.ndarray, "3"]
) -> Float[np.ndarray, "n 3 3"]:
    """Frames of a closed curve: what is left of a twist after one round, spread over the round."""
    other = np.cross(tangent, side)
    twist = np.arctan2(last @ other[0], last @ side[0])
    back = -twist * np.arange(len(side))[:, None] / len(side)
    x = np.cos(back) * side + np.sin(back) * other
    return np.stack([x, np.cross(tangent, x), tangent], axis=1)
