"""The K-wire's mesh against solid geometry in closed form; names; places."""

import numpy as np
import pytest
from jaxtyping import Float

from fluoroseg.errors import UsageError
from fluoroseg.geometry.camera import Camera, aim
from fluoroseg.project.mesh import project_solids
from fluoroseg.tools import Placement, Tool, sized, tool, tools


def camera(pixel_mm: float = 0.1, size: int = 101) -> Camera:
    """Along +y, magnification 2 at the origin, so 0.05 mm a pixel there."""
    beam, up = np.array([0.0, 1, 0]), np.array([0.0, 0, 1])
    return aim(np.zeros(3), beam, up, 500.0, 1000.0, pixel_mm, (size, size))


def lying(tip: tuple[float, float, float], direction: tuple[float, float, float]) -> np.ndarray:
    length = float(np.linalg.norm(direction))
    unit = tuple(float(d) / length for d in direction)
    return Placement("k-wire", tip, unit, "").world_from_tool


def kwire(diameter_mm: float = 2.0, length_mm: float = 150.0) -> Tool:
    return sized("k-wire", diameter_mm=diameter_mm, length_mm=length_mm)


def seen(wire: Tool, cam: Camera, pose: np.ndarray) -> np.ndarray:
    return project_solids(wire.solids("wire", pose), cam).path_mm("wire")


def true_path_mm(wire: Tool, diameter_mm: float, cam: Camera, pose: np.ndarray) -> np.ndarray:
    """Chord of each ray in a cylinder (z from -length to -tip) and a cone (-tip to 0), in closed form."""
    row, column = np.indices(cam.shape)
    pixel = cam.origin_mm + row[..., None] * cam.down_mm + column[..., None] * cam.right_mm
    source = (cam.source_mm - pose[:3, 3]) @ pose[:3, :3]
    ray = (pixel - cam.source_mm) @ pose[:3, :3]
    radius, tip = diameter_mm / 2, 2.5 * diameter_mm
    share = _within(source, ray, 0.0, radius, -wire.length_mm, -tip)
    share += _within(source, ray, (radius / tip) ** 2, 0.0, -tip, 0.0)
    return share * np.linalg.norm(ray, axis=-1)


def _within(
    source: Float[np.ndarray, "3"],
    ray: Float[np.ndarray, "h w 3"],
    slope2: float,
    radius: float,
    low: float,
    high: float,
) -> Float[np.ndarray, "h w"]:
    """Share of the ray with x^2 + y^2 <= radius^2 + slope2 z^2 and low <= z <= high."""
    scale = np.array([1, 1, -slope2])
    a, b, c = ray**2 @ scale, (ray * source) @ scale, source**2 @ scale - radius**2
    square = b * b - a * c
    root = np.sqrt(np.maximum(square, 0))
    one, two = (-b - root) / a, (-b + root) / a
    ends = np.sort([(low - source[2]) / ray[..., 2], (high - source[2]) / ray[..., 2]], axis=0)
    first, last = np.clip(ends, 0, 1)

    def overlap(enter, leave):
        return np.maximum(np.minimum(leave, last) - np.maximum(enter, first), 0)

    near, far = np.minimum(one, two), np.maximum(one, two)
    # a < 0: the ray is steeper than the cone, so it is inside before the first and after the last root.
    steep = overlap(-np.inf, near) + overlap(far, np.inf)
    return np.where(square <= 0, np.where(a > 0, 0, last - first), np.where(a > 0, overlap(near, far), steep))


def test_across_the_beam_the_middle_ray_sees_the_diameter():
    path = seen(kwire(2.0, 100.0), camera(), lying((40.0, 0.0, 0.0), (1.0, 0.0, 0.0)))
    assert path.dtype == np.float32
    assert path[50, 50] == pytest.approx(2.0, rel=5e-3)
    # 15 pixels up the ray passes the axis at 0.75 mm (x 1, magnification 2; angle negligible).
    assert path[35, 50] == pytest.approx(2 * np.sqrt(1 - 0.75**2), rel=0.01)
    assert np.count_nonzero(path[:, 50]) * 0.05 == pytest.approx(2.0, abs=0.1)


def test_along_the_beam_the_middle_ray_sees_the_whole_length():
    for direction in ((0.0, 1.0, 0.0), (0.0, -1.0, 0.0)):
        path = seen(kwire(2.0, 100.0), camera(), lying((0.0, 10.0, 0.0), direction))
        assert path[50, 50] == pytest.approx(100, abs=1e-3)


def test_the_tip_is_a_cone():
    path = seen(kwire(2.0, 100.0), camera(), lying((0.0, 0.0, 0.0), (1.0, 0.0, 0.0)))  # cone 5 mm long
    # Column 50 is the tip; 2 mm behind it (40 pixels of 0.05 mm) the cone is 2 / 5 of 2 mm thick.
    assert path[50, 10] == pytest.approx(0.8, abs=0.01)
    assert not path[:, 51:].any()


def test_any_pose_equals_the_closed_form():
    wire, cam = kwire(3.0, 40.0), camera(pixel_mm=0.8)
    rng = np.random.default_rng(0)
    for _ in range(12):
        pose = lying(tuple(map(float, rng.uniform(-8, 8, 3))), tuple(map(float, rng.normal(size=3))))
        path, truth = seen(wire, cam, pose), true_path_mm(wire, 3.0, cam, pose)
        assert np.count_nonzero(truth) > 100
        assert path.sum() == pytest.approx(truth.sum(), rel=0.01)
        # A facet of 32 lies at most 0.3 % of the radius off; a ray along the wire's side may miss it whole.
        close = np.abs(path - truth) < 0.02 + 0.01 * truth
        assert close.mean() > 0.99
        assert np.abs((path > 0) ^ (truth > 0)).mean() < 0.01


def test_the_cross_section_keeps_its_area():
    for diameter in (1.0, 3.2):
        wire = kwire(diameter)
        tip = 2.5 * diameter
        assert wire.parts[0].mesh.volume_mm3 == pytest.approx(
            np.pi * diameter**2 / 4 * (150 - tip * 2 / 3), rel=1e-6
        )
        assert wire.parts[0].mesh.open_edges == 0


def test_behind_the_source_or_off_the_picture_there_is_nothing():
    assert not seen(kwire(), camera(), lying((0.0, -600.0, 0.0), (1.0, 0.0, 0.0))).any()
    assert not seen(kwire(), camera(), lying((300.0, 0.0, 0.0), (0.0, 0.0, 1.0))).any()


def test_names():
    for name in ("K wire 2mm", "Kirschner wire", "k-wire 2.0 mm", "kwire", "2 mm k-wire"):
        assert tool(name).name == "k-wire 2.0 mm"
    assert len(tools()) == len({plain.description for plain in tools().values()}) >= 12
    with pytest.raises(UsageError, match=r"did you mean.*k-wire"):
        tool("k-wire 7 mm")
    for wrong in ({"diameter_mm": -1.0}, {"diameter_mm": float("nan")}, {"colour": 2}):
        with pytest.raises(UsageError, match="k-wire: no sizes"):
            sized("k-wire", **wrong)
    with pytest.raises(UsageError, match="no family"):
        sized("k-wires")
