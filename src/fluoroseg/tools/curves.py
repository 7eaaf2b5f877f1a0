"""Centre curves of flexible tools: drawn piece by piece or through points, and bodies bent along them.

A curve runs from the tip to the tail. The straight tool of the same length lies on the negative z axis, its
tip at the origin; `Curve.place` takes each of its points to the curve.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float

from fluoroseg.errors import GeometryError
from fluoroseg.tools.sweep import frames, smooth

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
