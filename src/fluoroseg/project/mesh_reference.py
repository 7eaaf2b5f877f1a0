"""Meshes projected plainly: one ray at a time against every face, float64. The kernels are held to it."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Float64, Int64

from fluoroseg.geometry.camera import Camera
from fluoroseg.project.mesh import Solid

Intervals = list[tuple[float, float]]
"""Ascending and disjoint, mm from the source."""


def cast_reference(
    solids: Sequence[Solid], camera: Camera, row: int, column: int
) -> tuple[dict[str, Intervals], dict[str, Intervals]]:
    """One ray, source to pixel centre: (inside each solid, what each solid adds to the earlier ones)."""
    pixel = camera.origin_mm + row * camera.down_mm + column * camera.right_mm
    length = float(np.linalg.norm(pixel - camera.source_mm))
    direction = (pixel - camera.source_mm) / length
    own, new = {}, {}
    covered: Intervals = []
    for solid in solids:
        turn, shift = solid.world_from_mesh[:3, :3], solid.world_from_mesh[:3, 3]
        corners = (solid.mesh.vertices_mm @ turn.T + shift - camera.source_mm)[solid.mesh.faces]
        at, step = _hits(corners, direction)
        step *= int(np.sign(np.linalg.det(turn)))
        own[solid.key] = _clip(_inside(at, step), length)
        new[solid.key] = [piece for part in own[solid.key] for piece in _without(part, covered)]
        covered = sorted(covered + new[solid.key])
    return own, new


def _hits(
    corners: Float64[np.ndarray, "f 3 3"], direction: Float64[np.ndarray, "3"]
) -> tuple[Float64[np.ndarray, " n"], Int64[np.ndarray, " n"]]:
    """Möller and Trumbore (1997) for a ray from the origin: mm along the whole line; +1 entry, -1 exit."""
    a, u, v = corners[:, 0], corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    across = np.cross(direction, v)
    scale = np.einsum("fi,fi->f", u, across)
    faced = scale != 0
    a, u, v, across, scale = a[faced], u[faced], v[faced], across[faced], scale[faced]
    first = -np.einsum("fi,fi->f", a, across) / scale
    other = np.cross(-a, u)
    second = other @ direction / scale
    at = np.einsum("fi,fi->f", v, other) / scale
    hit = (first >= 0) & (second >= 0) & (first + second <= 1)
    return at[hit], np.sign(scale[hit]).astype(np.int64)


def _inside(at: Float[np.ndarray, " n"], step: Int64[np.ndarray, " n"]) -> Intervals:
    """Where the winding number is above zero."""
    order = np.lexsort((-step, at))
    winding, since, intervals = 0, 0.0, []
    for i in order:
        before, winding = winding, winding + int(step[i])
        if before == 0 and winding == 1:
            since = float(at[i])
        elif before == 1 and winding == 0:
            intervals.append((since, float(at[i])))
    return intervals


def _clip(intervals: Intervals, length_mm: float) -> Intervals:
    """Nothing before the source, nothing behind the detector."""
    clipped = [(max(low, 0.0), min(high, length_mm)) for low, high in intervals]
    return [(low, high) for low, high in clipped if low < high]


def _without(interval: tuple[float, float], covered: Intervals) -> Intervals:
    """The parts of an interval that are not covered."""
    left, (low, high) = [], interval
    for a, b in covered:
        if a < high and b > low:
            if a > low:
                left.append((low, a))
            low = max(low, b)
    return [*left, (low, high)] if low < high else left
