"""Shapes made of shapes: union, intersection, difference, mirror image, and plates made of tubes."""

from dataclasses import dataclass

import numpy as np

from fluoroseg.patients.shapes import (
    MARGIN_MM,
    AxisX,
    AxisY,
    AxisZ,
    Box,
    Field,
    Number,
    Point,
    Shape,
    Tube,
    far,
    merge,
)


@dataclass(frozen=True)
class Union(Shape):
    parts: tuple[Shape, ...]

    @property
    def box(self) -> Box:
        low, high = zip(*(p.box for p in self.parts), strict=True)
        return np.min(low, axis=0), np.max(high, axis=0)

    def distance(self, x: AxisX, y: AxisY, z: AxisZ) -> Field:
        out = far(x, y, z)
        for part in self.parts:
            merge(out, part, (x, y, z))
        return out


@dataclass(frozen=True)
class Both(Shape):
    """What all `parts` share."""

    parts: tuple[Shape, ...]

    @property
    def box(self) -> Box:
        low, high = zip(*(p.box for p in self.parts), strict=True)
        return np.max(low, axis=0), np.min(high, axis=0)

    def distance(self, x: AxisX, y: AxisY, z: AxisZ) -> Field:
        out = self.parts[0].distance(x, y, z)
        for part in self.parts[1:]:
            out = np.maximum(out, part.distance(x, y, z))
        return out


@dataclass(frozen=True)
class Minus(Shape):
    """`whole` without any point of `holes` or nearer than `gap_mm` to them."""

    whole: Shape
    holes: tuple[Shape, ...]
    gap_mm: Number = 0.0

    @property
    def box(self) -> Box:
        return self.whole.box

    def distance(self, x: AxisX, y: AxisY, z: AxisZ) -> Field:
        out = self.whole.distance(x, y, z)
        near = far(x, y, z)
        for hole in self.holes:
            merge(near, hole, (x, y, z), MARGIN_MM + self.gap_mm)
        return np.maximum(out, np.float32(self.gap_mm) - near)


@dataclass(frozen=True)
class Mirror(Shape):
    """The same on the other side of x = 0."""

    shape: Shape

    @property
    def box(self) -> Box:
        low, high = self.shape.box
        return np.array([-high[0], low[1], low[2]]), np.array([-low[0], high[1], high[2]])

    def distance(self, x: AxisX, y: AxisY, z: AxisZ) -> Field:
        return self.shape.distance(-x[::-1], y, z)[::-1]


def smooth(points: tuple[Point, ...], count: int = 16) -> tuple[Point, ...]:
    """`count` points evenly along a smooth curve through `points` (cubic over the chord length)."""
    from scipy.interpolate import CubicSpline

    array = np.array(points, dtype=np.float64)
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(array, axis=0), axis=1))])
    found = CubicSpline(length, array, bc_type="natural")(np.linspace(0, length[-1], count))
    return tuple((float(p[0]), float(p[1]), float(p[2])) for p in found)


def sheet(edge_a: tuple[Point, ...], edge_b: tuple[Point, ...], radius: Number, ribs: int = 40) -> Union:
    """A plate spanned between two smooth curves: `ribs` tubes side by side, close enough to be flat."""
    a, b = smooth(edge_a, ribs), smooth(edge_b, ribs)
    return Union(tuple(Tube((p, q), radius) for p, q in zip(a, b, strict=True)))
