"""The K-wire: a thin steel cylinder with a cone tip, its path length in closed form."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from fluoroseg.errors import UsageError
from fluoroseg.geometry.camera import Camera
from fluoroseg.tools.tool import Tool

_TIP_LENGTHS = 2.5  # cone length in diameters


def kwire(diameter_mm: float = 2.0, length_mm: float = 150.0) -> Tool:
    """A Kirschner wire of stainless steel."""
    if not (0.1 <= diameter_mm <= 10 and length_mm > 2 * _TIP_LENGTHS * diameter_mm):
        raise UsageError(f"a K-wire is .1-10 mm thick and longer, not {diameter_mm} x {length_mm} mm")
    size = f"{diameter_mm:g} mm" if diameter_mm % 1 else f"{diameter_mm:.1f} mm"
    return Tool(
        name=f"k-wire {size}",
        family="k-wire",
        description=f"Kirschner wire, stainless steel, {size} thick, {length_mm:g} mm long, trocar tip",
        material="stainless_steel",
        length_mm=length_mm,
        phrases=("k-wire", "Kirschner wire", "wire", "pin", f"k-wire {size}", f"{size} k-wire"),
        shape=PointedCylinder(diameter_mm / 2, length_mm, _TIP_LENGTHS * diameter_mm),
    )


@dataclass(frozen=True)
class PointedCylinder:
    """z from -length to -tip a cylinder, from -tip to 0 a cone that ends in the origin."""

    radius_mm: float
    length_mm: float
    tip_mm: float

    def path_mm(self, camera: Camera, world_from_tool: Float[np.ndarray, "4 4"]) -> Float[np.ndarray, "h w"]:
        """Chord of each pixel's ray, source to detector, float32 mm."""
        path = np.zeros(camera.shape, dtype=np.float32)
        rows, columns = self._near(camera, world_from_tool)
        if rows.stop <= rows.start or columns.stop <= columns.start:
            return path
        row, column = np.mgrid[rows, columns].astype(np.float64)
        pixel = camera.origin_mm + row[..., None] * camera.down_mm + column[..., None] * camera.right_mm
        rotation, offset = world_from_tool[:3, :3], world_from_tool[:3, 3]
        source = (camera.source_mm - offset) @ rotation
        ray = (pixel - camera.source_mm) @ rotation
        length = np.linalg.norm(ray, axis=-1)
        path[rows, columns] = (self._cylinder(source, ray) + self._cone(source, ray)) * length
        return path

    def _near(self, camera: Camera, world_from_tool: Float[np.ndarray, "4 4"]) -> tuple[slice, slice]:
        """The part of the picture that the shape can touch."""
        r, tail = self.radius_mm, -self.length_mm
        corners = np.array([[x, y, z] for x in (-r, r) for y in (-r, r) for z in (tail, 0.0)])
        world = corners @ world_from_tool[:3, :3].T + world_from_tool[:3, 3]
        depth = (world - camera.source_mm) @ camera.normal / camera.source_distance_mm
        if depth.min() < 0.01:  # reaches behind the source: no bound from projection
            return slice(0, camera.shape[0]), slice(0, camera.shape[1])
        spot = camera.project(world)
        low = np.clip(np.floor(spot.min(axis=0)) - 1, 0, camera.shape).astype(int)
        high = np.clip(np.ceil(spot.max(axis=0)) + 2, 0, camera.shape).astype(int)
        return slice(int(low[0]), int(high[0])), slice(int(low[1]), int(high[1]))

    def _cylinder(
        self, source: Float[np.ndarray, "3"], ray: Float[np.ndarray, "h w 3"]
    ) -> Float[np.ndarray, "h w"]:
        """Ray parameter (1 = source to detector) spent in |xy| <= r, between tail and cone."""
        a = ray[..., 0] ** 2 + ray[..., 1] ** 2
        b = ray[..., 0] * source[0] + ray[..., 1] * source[1]
        c = source[0] ** 2 + source[1] ** 2 - self.radius_mm**2
        enter, leave = _roots(a, b, c)
        first, last = _slab(source[2], ray[..., 2], -self.length_mm, -self.tip_mm)
        return _overlap(enter, leave, first, last)

    def _cone(
        self, source: Float[np.ndarray, "3"], ray: Float[np.ndarray, "h w 3"]
    ) -> Float[np.ndarray, "h w"]:
        """Ray parameter spent in |xy| <= -k z, -tip <= z <= 0."""
        k2 = (self.radius_mm / self.tip_mm) ** 2
        a = ray[..., 0] ** 2 + ray[..., 1] ** 2 - k2 * ray[..., 2] ** 2
        b = ray[..., 0] * source[0] + ray[..., 1] * source[1] - k2 * ray[..., 2] * source[2]
        c = source[0] ** 2 + source[1] ** 2 - k2 * source[2] ** 2
        enter, leave = _roots(a, b, c)
        first, last = _slab(source[2], ray[..., 2], -self.tip_mm, 0.0)
        between = _overlap(enter, leave, first, last)
        # a < 0: the ray is steeper than the cone, so inside is before the first and after the last root.
        outside = _overlap(first, enter, first, last) + _overlap(leave, last, first, last)
        return np.where(a > 0, between, np.where(np.isfinite(enter), outside, np.maximum(last - first, 0)))


def _roots(
    a: Float[np.ndarray, "h w"], b: Float[np.ndarray, "h w"], c: float
) -> tuple[Float[np.ndarray, "h w"], Float[np.ndarray, "h w"]]:
    """Both solutions of a t^2 + 2 b t + c = 0 in rising order; +inf, -inf where there is none."""
    a = np.where(np.abs(a) < 1e-12, 1e-12, a)
    square = b * b - a * c
    root = np.sqrt(np.maximum(square, 0))
    one, two = (-b - root) / a, (-b + root) / a
    hit = square > 0
    return np.where(hit, np.minimum(one, two), np.inf), np.where(hit, np.maximum(one, two), -np.inf)


def _slab(
    start: float, step: Float[np.ndarray, "h w"], low: float, high: float
) -> tuple[Float[np.ndarray, "h w"], Float[np.ndarray, "h w"]]:
    """Ray parameter range within low <= z <= high, clipped to [0, 1]."""
    step = np.where(np.abs(step) < 1e-12, 1e-12, step)
    one, two = (low - start) / step, (high - start) / step
    return np.maximum(np.minimum(one, two), 0), np.minimum(np.maximum(one, two), 1)


def _overlap(
    enter: Float[np.ndarray, "h w"],
    leave: Float[np.ndarray, "h w"],
    first: Float[np.ndarray, "h w"],
    last: Float[np.ndarray, "h w"],
) -> Float[np.ndarray, "h w"]:
    return np.maximum(np.minimum(leave, last) - np.maximum(enter, first), 0)
