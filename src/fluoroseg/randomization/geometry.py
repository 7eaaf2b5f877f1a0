"""Where every pixel of the randomised picture comes from, and where points and boxes go."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64, Int32, Real

from fluoroseg.errors import UsageError
from fluoroseg.randomization.draw import Geometry

_CELLS = 5
"""Cells of the elastic B-spline along a side."""


@dataclass(frozen=True)
class Mapping:
    """Output (row, column) -> input (row, column): lens, then matrix, then bend.

    lens: centre row, centre column, unit (half the diagonal, pixels), pincushion k and S angle s of
    the output picture: with (v, u) the offset from the centre in units and r its length, it becomes
    (1 - k r²) (v + s r² u, u - s r² v). bend: control points of the displacement (down, right), in input
    pixels, over the output picture.
    """

    matrix: Float64[np.ndarray, "2 3"]
    lens: Float64[np.ndarray, "5"]
    bend: Float64[np.ndarray, "2 n n"]
    shape: tuple[int, int]

    def source(self, places: Float64[np.ndarray, "m 2"]) -> Float64[np.ndarray, "m 2"]:
        """Input places of output places: the slow reference of the kernel `warp`, for any place."""
        centre, unit = self.lens[:2], self.lens[2]
        offset = (places - centre) / unit
        square = (offset**2).sum(1, keepdims=True)
        turned = offset + self.lens[4] * square * np.stack([offset[:, 1], -offset[:, 0]], axis=1)
        places_behind = centre + unit * (1 - self.lens[3] * square) * turned
        moved = places_behind @ self.matrix[:, :2].T + self.matrix[:, 2]
        return moved + self._bent(places)

    def target(self, places: Float64[np.ndarray, "m 2"]) -> Float64[np.ndarray, "m 2"]:
        """Output places of input places: Newton's method from the matrix alone, to far below a pixel."""
        linear = self.matrix[:, :2]
        found = (places - self.matrix[:, 2]) @ np.linalg.inv(linear).T
        for _ in range(8):
            here = self.source(found)
            down = (self.source(found + np.array([0.01, 0.0])) - here) / 0.01
            right = (self.source(found + np.array([0.0, 0.01])) - here) / 0.01
            slope = np.stack([down, right], axis=2)
            found = found - np.linalg.solve(slope, (here - places)[..., None])[..., 0]
        return found

    def _bent(self, places: Float64[np.ndarray, "m 2"]) -> Float64[np.ndarray, "m 2"]:
        cells = np.clip(places / np.array(self.shape) * _CELLS, 0, _CELLS - 1e-9)
        first = cells.astype(np.int64)
        t = cells - first
        weights = np.stack([(1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, 0 * t, t**3]) / 6
        weights[2] = 1 - weights.sum(0)
        bent = np.zeros_like(places)
        for a in range(4):
            for b in range(4):
                weight = weights[a, :, 0] * weights[b, :, 1]
                bent += weight[:, None] * self.bend[:, first[:, 0] + a, first[:, 1] + b].T
        return bent


def mapping(geometry: Geometry, source: tuple[int, int], target: tuple[int, int]) -> Mapping:
    """The geometry for a picture of `source` rows and columns, shown in `target` rows and columns."""
    if min(*source, *target) < 2:
        raise UsageError(f"a picture has 2 rows and columns or more: {source} -> {target}")
    (height, width), (rows, columns) = source, target
    angle = np.deg2rad(geometry.rotate_deg)
    fit = float(np.sqrt(height / rows * width / columns)) / geometry.zoom
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    side = np.diag([1.0, -1.0 if geometry.mirror else 1.0])
    stretch = np.diag([np.sqrt(geometry.stretch), 1 / np.sqrt(geometry.stretch)])
    linear = fit * side @ turn @ stretch
    centre = np.array([(rows - 1) / 2, (columns - 1) / 2])
    middle = np.array([(height - 1) / 2, (width - 1) / 2]) + np.array(geometry.shift) * min(source)
    matrix = np.concatenate([linear, (middle - linear @ centre)[:, None]], axis=1)
    lens = np.array([*centre, np.hypot(rows, columns) / 2, geometry.pincushion, geometry.s_shape])
    size = (2, _CELLS + 3, _CELLS + 3)
    sd = geometry.elastic * min(source)
    bend = np.random.default_rng(geometry.seed).normal(0, sd, size) if sd else np.zeros(size)
    return Mapping(matrix, lens, bend, target)


def warp(
    image: Float32[np.ndarray, "h w"], route: Mapping
) -> tuple[Float32[np.ndarray, "H W"], Int32[np.ndarray, "H W"]]:
    """The picture (bilinear), and the flat number of the input pixel nearest to each of its pixels.

    -1 where the input has no such point; the picture is continued from its edge there. A picture that
    shrinks much is smoothed first.
    """
    from fluoroseg.randomization import _kernels

    scale = float(np.sqrt(abs(np.linalg.det(route.matrix[:, :2]))))
    if scale > 1.4:
        from scipy.ndimage import gaussian_filter

        image = gaussian_filter(image, 0.4 * np.sqrt(scale**2 - 1), truncate=2.5)
    bend = np.zeros((2, *route.shape), np.float32)
    for axis in range(2):
        if route.bend.any():
            _kernels.spline_field(route.bend[axis], bend[axis])
    out, index = np.empty(route.shape, np.float32), np.empty(route.shape, np.int32)
    _kernels.warp(np.ascontiguousarray(image), route.matrix, route.lens, bend[0], bend[1], out, index)
    return out, index


def carry_points(
    geometry: Geometry, points: Real[np.ndarray, "n 2"], source: tuple[int, int], target: tuple[int, int]
) -> Float64[np.ndarray, "n 2"]:
    """Points (x, y) of the simulation, in pixels -> where they are in the randomised picture.

    source, target: rows and columns before and after. A point may come to lie outside of the picture.
    """
    places = np.asarray(points, dtype=np.float64)[:, ::-1]
    return mapping(geometry, source, target).target(places)[:, ::-1]


def carry_boxes(
    geometry: Geometry, boxes: Real[np.ndarray, "n 4"], source: tuple[int, int], target: tuple[int, int]
) -> Float64[np.ndarray, "n 4"]:
    """Boxes [x, y, width, height] in pixels, as in a record -> the upright boxes around what they become.

    The outline is carried (17 points a side), and cut at the picture; a box of which nothing is left has
    no width or no height. The box of a carried *mask* is tighter: a turned box has empty corners.
    """
    t = np.linspace(0, 1, 17)
    x = np.concatenate([t, t, 0 * t, 0 * t + 1])
    y = np.concatenate([0 * t, 0 * t + 1, t, t])
    given = np.asarray(boxes, dtype=np.float64)
    corner, size = given[:, None, :2] - 0.5, given[:, None, 2:]
    outline = corner + size * np.stack([x, y], axis=1)
    moved = carry_points(geometry, outline.reshape(-1, 2), source, target).reshape(outline.shape)
    limit = np.array([target[1], target[0]]) - 0.5
    low, high = moved.min(1).clip(-0.5, limit), moved.max(1).clip(-0.5, limit)
    return np.concatenate([low + 0.5, high - low], axis=1)
