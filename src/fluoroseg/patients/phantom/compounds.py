"""Shapes made of shapes: union, intersection, difference, moved, and plates made of tubes."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from jaxtyping import Float

from fluoroseg.patients.phantom.shapes import (
    MARGIN_MM,
    Box,
    Ellipsoid,
    Field,
    Grid,
    Loft,
    Number,
    Point,
    Shape,
    Tube,
    cone_distance,
)


@dataclass(frozen=True)
class Union(Shape):
    """All `parts` together; `blend_mm` rounds the grooves between them (polynomial smooth minimum)."""

    parts: tuple[Shape, ...]
    blend_mm: float = 0.0

    @cached_property
    def box(self) -> Box:
        low, high = zip(*(p.box for p in self.parts), strict=True)
        return np.min(low, axis=0), np.max(high, axis=0)

    def distance(self, grid: Grid) -> Field:
        if self.blend_mm:
            return self._blended(grid)
        tubes = self._table
        out = cone_distance(tubes, grid) if len(tubes) else np.full(grid.shape, 1e3, np.float32)
        for part in self.parts:
            if not isinstance(part, Tube):
                merge(out, part, grid)
        return out

    @cached_property
    def _table(self) -> Float[np.ndarray, "n 11"]:
        return np.concatenate([np.empty((0, 11)), *(p.table for p in self.parts if isinstance(p, Tube))])

    def _blended(self, grid: Grid) -> Field:
        from fluoroseg.patients.phantom._kernels import blend

        out, k = np.full(grid.shape, 1e3, np.float32), np.float32(self.blend_mm)
        for part in self.parts:
            inner, where = grid.within(part.box, MARGIN_MM + self.blend_mm)
            if 0 in inner.shape:
                continue
            blend(out[where], part.distance(inner), k)
        return out


@dataclass(frozen=True)
class Both(Shape):
    """What all `parts` share."""

    parts: tuple[Shape, ...]

    @cached_property
    def box(self) -> Box:
        low, high = zip(*(p.box for p in self.parts), strict=True)
        return np.max(low, axis=0), np.min(high, axis=0)

    def distance(self, grid: Grid) -> Field:
        out = self.parts[0].distance(grid)
        for part in self.parts[1:]:
            np.maximum(out, part.distance(grid), out=out)
        return out


@dataclass(frozen=True)
class Minus(Shape):
    """`whole` without any point of `holes` or nearer than `gap_mm` to them."""

    whole: Shape
    holes: tuple[Shape, ...]
    gap_mm: Number = 0.0

    @cached_property
    def box(self) -> Box:
        return self.whole.box

    def distance(self, grid: Grid) -> Field:
        near = np.full(grid.shape, 1e3, np.float32)
        for hole in self.holes:
            merge(near, hole, grid, MARGIN_MM + self.gap_mm)
        return np.maximum(self.whole.distance(grid), np.float32(self.gap_mm) - near)


@dataclass(frozen=True)
class Moved(Shape):
    """A shape in a frame of its own: `frame` maps its millimetres to those of the world."""

    shape: Shape
    frame: Float[np.ndarray, "4 4"]

    @cached_property
    def box(self) -> Box:
        low, high = self.shape.box
        middle = self.frame[:3, :3] @ ((low + high) / 2) + self.frame[:3, 3]
        reach = np.abs(self.frame[:3, :3]) @ ((high - low) / 2)
        return middle - reach, middle + reach

    def distance(self, grid: Grid) -> Field:
        out = self.shape.distance(grid.seen_from(self._inverse))
        out *= self._scale
        return out

    @cached_property
    def _inverse(self) -> Float[np.ndarray, "4 4"]:
        return np.linalg.inv(self.frame)

    @cached_property
    def _scale(self) -> np.float32:
        return np.float32(abs(np.linalg.det(self.frame[:3, :3])) ** (1 / 3))


MIRROR = np.diag([-1.0, 1.0, 1.0, 1.0])


def mirrored(shape: Shape) -> Shape:
    """The same on the other side of x = 0."""
    return Moved(shape, MIRROR)


def grown(shape: Shape, by_mm: float) -> Shape:
    """The shape with its surface moved outwards (inwards where negative): every radius in it changes."""
    if isinstance(shape, Tube):
        return replace(
            shape, radii=tuple(float(r) + by_mm for r in np.broadcast_to(shape.radii, len(shape.points)))
        )
    if isinstance(shape, Ellipsoid):
        a, b, c = shape.radii
        return replace(shape, radii=(a + by_mm, b + by_mm, c + by_mm))
    if isinstance(shape, Loft):
        return replace(shape, levels=tuple((z, x, y, a + by_mm, b + by_mm) for z, x, y, a, b in shape.levels))
    if isinstance(shape, Union):
        return replace(shape, parts=tuple(grown(part, by_mm) for part in shape.parts))
    if isinstance(shape, Moved):
        scale = abs(np.linalg.det(shape.frame[:3, :3])) ** (1 / 3)
        return replace(shape, shape=grown(shape.shape, by_mm / scale))
    raise TypeError(f"a {type(shape).__name__} cannot be grown")


def merge(out: Field, part: Shape, grid: Grid, margin_mm: Number = MARGIN_MM) -> None:
    """`out` = min(`out`, distance to `part`), computed only around `part`."""
    inner, where = grid.within(part.box, margin_mm)
    if 0 not in inner.shape:
        block = out[where]
        np.minimum(block, part.distance(inner), out=block)


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
