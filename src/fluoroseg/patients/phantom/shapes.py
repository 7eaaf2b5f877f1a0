"""Solid shapes as signed distances, for anatomy drawn by code.

Every shape has a `box` (its lower and upper corner, mm) and `distance(grid)`: signed distance in mm at the
voxels of a block; negative inside. Distances are exact for tubes and first-order near the surface for the
others, which is all that drawing needs. Farther than `MARGIN_MM` outside they may be anything positive.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, cached_property

import numpy as np
from jaxtyping import Float, Float32, Int

Number = float | int
Point = tuple[Number, Number, Number]
Field = Float32[np.ndarray, "x y z"]
Box = tuple[Float[np.ndarray, "3"], Float[np.ndarray, "3"]]

MARGIN_MM = 8.0
"""How far outside a shape its distance is still wanted (the partial volume of a voxel)."""


@dataclass(frozen=True)
class Grid:
    """A block of voxels: `[i, j, k]` of it lies at `origin + step @ (start + (i, j, k))`.

    origin and step belong to the whole grid, of which the block is a part: so a voxel's place does not
    depend on the block that it is computed in, to the last bit.
    """

    origin: Float[np.ndarray, "3"]
    step: Float[np.ndarray, "3 3"]
    start: tuple[int, int, int]
    shape: tuple[int, int, int]

    def indices_of(
        self, low: Float[np.ndarray, "n 3"], high: Float[np.ndarray, "n 3"]
    ) -> Int[np.ndarray, "n 6"]:
        """First and one past the last index along i, j, k of the whole grid that boxes may cover."""
        middle, half = (low + high) / 2 - self.origin, (high - low) / 2
        inverse = _inverse(self.step)
        at, reach = middle @ inverse.T, half @ np.abs(inverse).T
        first, last = np.ceil(at - reach), np.floor(at + reach) + 1
        return np.stack([first, last], axis=-1).reshape(len(low), 6).astype(np.int64)

    def within(self, box: Box, margin_mm: Number = MARGIN_MM) -> "tuple[Grid, tuple[slice, slice, slice]]":
        """The part of this block that a box with a margin covers, and where in the block it is."""
        found = self.indices_of(box[0][None] - margin_mm, box[1][None] + margin_mm)[0]
        first = [max(int(found[2 * n]), self.start[n]) for n in range(3)]
        last = [max(min(int(found[2 * n + 1]), self.start[n] + self.shape[n]), first[n]) for n in range(3)]
        i, j, k = (slice(f - s, e - s) for f, e, s in zip(first, last, self.start, strict=True))
        size = (last[0] - first[0], last[1] - first[1], last[2] - first[2])
        return replace(self, start=(first[0], first[1], first[2]), shape=size), (i, j, k)

    def seen_from(self, inverse: Float[np.ndarray, "4 4"]) -> "Grid":
        """The same voxels in other coordinates: `inverse` maps ours to those."""
        return replace(
            self, origin=inverse[:3, :3] @ self.origin + inverse[:3, 3], step=inverse[:3, :3] @ self.step
        )

    def arrays(self) -> tuple[Float32[np.ndarray, "3"], Float32[np.ndarray, "3 3"], Int[np.ndarray, "3"]]:
        """Origin, step and start as the kernels take them."""
        return self.origin.astype(np.float32), self.step.astype(np.float32), np.array(self.start, np.int64)


class Shape(ABC):
    @property
    @abstractmethod
    def box(self) -> Box: ...

    @abstractmethod
    def distance(self, grid: Grid) -> Field: ...


@dataclass(frozen=True)
class Ellipsoid(Shape):
    """`turn_deg` turns it about x, then y, then z (right-handed)."""

    centre: Point
    radii: Point
    turn_deg: Point = (0.0, 0.0, 0.0)

    @cached_property
    def box(self) -> Box:
        centre = np.array(self.centre, float)
        reach = np.sqrt(turned(self.turn_deg) ** 2 @ np.array(self.radii, float) ** 2)
        return centre - reach, centre + reach

    def distance(self, grid: Grid) -> Field:
        from fluoroseg.patients.phantom._kernels import ellipsoid

        out = np.empty(grid.shape, np.float32)
        numbers = (np.array(v, np.float32) for v in (self.centre, turned(self.turn_deg), self.radii))
        ellipsoid(out, *grid.arrays(), *numbers)
        return out


@dataclass(frozen=True)
class Tube(Shape):
    """A chain of rounded cones through `points`; `squash` stretches its cross-section along x, y, z."""

    points: tuple[Point, ...]
    radii: tuple[Number, ...] | Number
    squash: Point = (1.0, 1.0, 1.0)

    @cached_property
    def box(self) -> Box:
        low, high = cone_boxes(self.table)
        return low.min(0), high.max(0)

    def distance(self, grid: Grid) -> Field:
        return cone_distance(self.table, grid)

    @cached_property
    def table(self) -> Float[np.ndarray, "n 11"]:
        """The cones as `_kernels.cones` takes them."""
        stretch = 1 / np.array(self.squash, float)
        points = np.array(self.points, float) * stretch
        radii = np.broadcast_to(np.asarray(self.radii, float), (len(points),))
        steps = np.diff(points, axis=0)
        ends = [radii[:-1, None], np.diff(radii)[:, None], np.broadcast_to(stretch, steps.shape)]
        return np.concatenate([points[:-1], steps, *ends], axis=1)


@dataclass(frozen=True)
class Loft(Shape):
    """Superellipses stacked along z: `levels` rows are `(z, centre x, centre y, radius x, radius y)`.

    Between levels they change smoothly (monotone cubic). `power` 2 is an ellipse, larger is squarer. The
    first and last level are flat ends.
    """

    levels: tuple[tuple[Number, Number, Number, Number, Number], ...]
    power: float = 2.0

    @cached_property
    def box(self) -> Box:
        z, cx, cy, rx, ry = np.array(self.levels, float).T
        low = np.array([(cx - rx).min(), (cy - ry).min(), z.min()])
        return low, np.array([(cx + rx).max(), (cy + ry).max(), z.max()])

    def distance(self, grid: Grid) -> Field:
        from fluoroseg.patients.phantom._kernels import loft

        low, high = float(self.levels[0][0]), float(self.levels[-1][0])
        out = np.empty(grid.shape, np.float32)
        numbers = (np.float32(v) for v in (low, (high - low) / (len(self._table) - 1), high))
        loft(out, *grid.arrays(), self._table, *numbers, _corner(self.power))
        return out

    @cached_property
    def _table(self) -> Float32[np.ndarray, "n 4"]:
        low, high = float(self.levels[0][0]), float(self.levels[-1][0])
        heights = np.linspace(low, high, max(2, int(np.ceil((high - low) / 2.0)) + 1))
        return np.stack(self.at(heights), axis=1).astype(np.float32)

    def at(self, z: Float[np.ndarray, "*n"]) -> tuple[Float[np.ndarray, "*n"], ...]:
        """Centre x, centre y, radius x, radius y at heights z."""
        found = self._curves(np.clip(z, self.levels[0][0], self.levels[-1][0]))
        return tuple(found[..., n] for n in range(4))

    @cached_property
    def _curves(self) -> Callable[[Float[np.ndarray, "*n"]], Float[np.ndarray, "*n 4"]]:
        from scipy.interpolate import PchipInterpolator

        table = np.array(self.levels, float)
        found: Callable[[np.ndarray], np.ndarray] = PchipInterpolator(table[:, 0], table[:, 1:])
        return found


@dataclass(frozen=True)
class Half(Shape):
    """All points with `normal . p <= offset`."""

    normal: Point
    offset: Number

    @property
    def box(self) -> Box:
        return np.full(3, -1e6), np.full(3, 1e6)

    def distance(self, grid: Grid) -> Field:
        unit = np.array(self.normal) / np.linalg.norm(self.normal)
        along = [
            (unit @ grid.step)[n]
            * (grid.start[n] + np.arange(grid.shape[n])).reshape([-1 if m == n else 1 for m in range(3)])
            for n in range(3)
        ]
        away = unit @ grid.origin - self.offset / np.linalg.norm(self.normal)
        return (along[0] + along[1] + along[2] + away).astype(np.float32)


@cache
def _corner(power: float) -> Float32[np.ndarray, "n"]:
    """`(1 + t^power)^(1 / power)` for t from 0 to 1, as `_kernels.loft` takes it."""
    found = (1 + np.linspace(0, 1, 513) ** power) ** (1 / power)
    return np.append(found, found[-1]).astype(np.float32)


def _inverse(step: Float[np.ndarray, "3 3"]) -> Float[np.ndarray, "3 3"]:
    return np.linalg.inv(step)


def turned(turn_deg: Point) -> Float[np.ndarray, "3 3"]:
    """Rotation about x, then y, then z."""
    a, b, c = np.deg2rad(turn_deg)
    about_x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    about_y = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    about_z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    return about_z @ about_y @ about_x


def cone_boxes(table: Float[np.ndarray, "n 11"]) -> tuple[Float[np.ndarray, "n 3"], Float[np.ndarray, "n 3"]]:
    """Lower and upper corners of all cones of a table."""
    start, end = table[:, 0:3], table[:, 0:3] + table[:, 3:6]
    first, last = table[:, 6:7], table[:, 6:7] + table[:, 7:8]
    low, high = np.minimum(start - first, end - last), np.maximum(start + first, end + last)
    return low / table[:, 8:11], high / table[:, 8:11]


def cone_distance(table: Float[np.ndarray, "n 11"], grid: Grid) -> Field:
    """Distance to the nearest cone of a table."""
    from fluoroseg.patients.phantom._kernels import cones

    out = np.full(grid.shape, 1e3, np.float32)
    low, high = cone_boxes(table)
    windows = grid.indices_of(low - MARGIN_MM, high + MARGIN_MM)
    cones(out, *grid.arrays(), table.astype(np.float32), windows)
    return out
