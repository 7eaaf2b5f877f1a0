"""Solid shapes as signed distances, for anatomy drawn by code.

Every shape has a `box` (its lower and upper corner, mm) and `distance(x, y, z)`: signed distance in mm on the
grid spanned by three rising axes of shapes `[a 1 1]`, `[1 b 1]`, `[1 1 c]`; negative inside. Distances are
exact for tubes and first-order near the surface for the others, which is all that drawing needs.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

Number = float | int
Point = tuple[Number, Number, Number]
AxisX = Float[np.ndarray, "x 1 1"]
AxisY = Float[np.ndarray, "1 y 1"]
AxisZ = Float[np.ndarray, "1 1 z"]
Axes = tuple[AxisX, AxisY, AxisZ]
Field = Float[np.ndarray, "x y z"]
Box = tuple[Float[np.ndarray, "3"], Float[np.ndarray, "3"]]

MARGIN_MM = 8.0
"""How far outside a shape its distance is still wanted (the partial volume of a voxel)."""


class Shape(ABC):
    @property
    @abstractmethod
    def box(self) -> Box: ...

    @abstractmethod
    def distance(self, x: AxisX, y: AxisY, z: AxisZ) -> Field: ...


@dataclass(frozen=True)
class Ellipsoid(Shape):
    """`turn_deg` turns it about x, then y, then z (right-handed)."""

    centre: Point
    radii: Point
    turn_deg: Point = (0.0, 0.0, 0.0)

    @property
    def box(self) -> Box:
        centre = np.array(self.centre, float)
        reach = np.sqrt(self._axes() ** 2 @ np.array(self.radii) ** 2)
        return centre - reach, centre + reach

    def distance(self, x: AxisX, y: AxisY, z: AxisZ) -> Field:
        offset = (x - self.centre[0], y - self.centre[1], z - self.centre[2])
        axes = self._axes()
        first = second = np.zeros((1, 1, 1), np.float32)
        for n, radius in enumerate(self.radii):
            along = sum(np.float32(axes[m, n]) * offset[m] for m in range(3)) / np.float32(radius)
            first, second = first + along**2, second + (along / np.float32(radius)) ** 2
        scale, tiny = np.sqrt(first), np.float32(1e-5)  # tiny: the centre has no gradient, but a distance
        gradient = np.sqrt(second) + tiny / np.float32(min(self.radii))
        return (scale + tiny) * (scale - 1) / gradient

    def _axes(self) -> Float[np.ndarray, "3 3"]:
        a, b, c = np.deg2rad(self.turn_deg)
        about_x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
        about_y = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
        about_z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
        return about_z @ about_y @ about_x


@dataclass(frozen=True)
class Tube(Shape):
    """A chain of rounded cones through `points`; `squash` stretches its cross-section along x, y, z."""

    points: tuple[Point, ...]
    radii: tuple[Number, ...] | Number
    squash: Point = (1.0, 1.0, 1.0)

    @property
    def box(self) -> Box:
        points, reach = np.array(self.points, float), np.outer(self._radii(), self.squash)
        return (points - reach).min(0), (points + reach).max(0)

    def distance(self, x: AxisX, y: AxisY, z: AxisZ) -> Field:
        out = far(x, y, z)
        radii = self._radii()
        for n in range(len(self.points) - 1):
            part = _Cone(
                self.points[n], self.points[n + 1], float(radii[n]), float(radii[n + 1]), self.squash
            )
            merge(out, part, (x, y, z))
        return out

    def _radii(self) -> Float[np.ndarray, "n"]:
        return np.broadcast_to(np.asarray(self.radii, float), (len(self.points),))


@dataclass(frozen=True)
class _Cone(Shape):
    start: Point
    end: Point
    start_radius: Number
    end_radius: Number
    squash: Point

    @property
    def box(self) -> Box:
        points = np.array([self.start, self.end], float)
        reach = np.outer([self.start_radius, self.end_radius], self.squash)
        return (points - reach).min(0), (points + reach).max(0)

    def distance(self, x: AxisX, y: AxisY, z: AxisZ) -> Field:
        squash = np.array(self.squash)
        start, step = np.array(self.start) / squash, (np.array(self.end) - np.array(self.start)) / squash
        offset = [np.float32(1 / squash[n]) * v - np.float32(start[n]) for n, v in enumerate((x, y, z))]
        length2 = float(step @ step) + 1e-9
        along = sum(np.float32(step[n] / length2) * offset[n] for n in range(3))
        along = np.clip(along, 0, 1)
        off2 = sum((offset[n] - np.float32(step[n]) * along) ** 2 for n in range(3))
        return np.sqrt(off2) - (
            np.float32(self.start_radius) + np.float32(self.end_radius - self.start_radius) * along
        )


@dataclass(frozen=True)
class Loft(Shape):
    """Superellipses stacked along z: `levels` rows are `(z, centre x, centre y, radius x, radius y)`.

    Between levels they change smoothly (monotone cubic). `power` 2 is an ellipse, larger is squarer. The
    first and last level are flat ends.
    """

    levels: tuple[tuple[Number, Number, Number, Number, Number], ...]
    power: float = 2.0

    @property
    def box(self) -> Box:
        z, cx, cy, rx, ry = np.array(self.levels, float).T
        low = np.array([(cx - rx).min(), (cy - ry).min(), z.min()])
        return low, np.array([(cx + rx).max(), (cy + ry).max(), z.max()])

    def distance(self, x: AxisX, y: AxisY, z: AxisZ) -> Field:
        cx, cy, rx, ry = (c.astype(np.float32) for c in self.at(z))
        dx, dy = np.abs(x - cx), np.abs(y - cy)
        if self.power == 2.0:
            scale = np.sqrt((dx / rx) ** 2 + (dy / ry) ** 2)
        else:
            scale = ((dx / rx) ** self.power + (dy / ry) ** self.power) ** np.float32(1 / self.power)
        radial = np.sqrt(dx**2 + dy**2) * (1 - 1 / np.maximum(scale, np.float32(1e-3)))
        ends = np.maximum(z - np.float32(self.levels[-1][0]), np.float32(self.levels[0][0]) - z)
        return np.maximum(radial, ends)

    def at(self, z: Float[np.ndarray, "*n"]) -> tuple[Float[np.ndarray, "*n"], ...]:
        """Centre x, centre y, radius x, radius y at heights z."""
        from scipy.interpolate import PchipInterpolator

        table = np.array(self.levels, float)
        found = PchipInterpolator(table[:, 0], table[:, 1:])(np.clip(z, table[0, 0], table[-1, 0]))
        return tuple(found[..., n] for n in range(4))


@dataclass(frozen=True)
class Half(Shape):
    """All points with `normal . p <= offset`."""

    normal: Point
    offset: Number

    @property
    def box(self) -> Box:
        return np.full(3, -np.inf), np.full(3, np.inf)

    def distance(self, x: AxisX, y: AxisY, z: AxisZ) -> Field:
        n = np.array(self.normal) / np.linalg.norm(self.normal)
        offset = np.float32(self.offset / np.linalg.norm(self.normal))
        return np.float32(n[0]) * x + np.float32(n[1]) * y + np.float32(n[2]) * z - offset


def window(box: Box, axes: Axes, margin_mm: Number = MARGIN_MM) -> tuple[slice, slice, slice]:
    """The part of the grid that a box with a margin covers."""
    slices = []
    for n, axis in enumerate(axes):
        line = axis.ravel()
        first, last = np.searchsorted(line, [box[0][n] - margin_mm, box[1][n] + margin_mm])
        slices.append(slice(int(first), int(last)))
    return slices[0], slices[1], slices[2]


def far(x: AxisX, y: AxisY, z: AxisZ) -> Field:
    return np.full((x.shape[0], y.shape[1], z.shape[2]), 1e3, np.float32)


def merge(out: Field, part: Shape, axes: Axes, margin_mm: Number = MARGIN_MM) -> None:
    """`out` = min(`out`, distance to `part`), computed only around `part`."""
    x, y, z = axes
    i, j, k = window(part.box, axes, margin_mm)
    block = out[i, j, k]
    if block.size:
        np.minimum(block, part.distance(x[i], y[:, j], z[:, :, k]), out=block)
