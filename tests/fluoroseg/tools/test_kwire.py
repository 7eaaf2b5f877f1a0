"""The K-wire's chord against solid geometry and against brute force."""

import numpy as np
import pytest

from fluoroseg.errors import UsageError
from fluoroseg.geometry.camera import aim
from fluoroseg.patients.patient import Patient
from fluoroseg.tools import Placement, kwire, place, tool, tools


def camera(pixel_mm: float = 0.1, size: int = 101):
    """Along +y, magnification 2 at the origin, so 0.05 mm a pixel there."""
    beam, up = np.array([0.0, 1, 0]), np.array([0.0, 0, 1])
    return aim(np.zeros(3), beam, up, 500.0, 1000.0, pixel_mm, (size, size))


def lying(tip: tuple[float, float, float], direction: tuple[float, float, float]) -> np.ndarray:
    length = float(np.linalg.norm(direction))
    unit = tuple(float(d) / length for d in direction)
    return Placement("k-wire", tip, unit, "").world_from_tool


def brute_path_mm(shape, cam, world_from_tool, row: int, column: int, step_mm: float = 0.005) -> float:
    """Counts fine steps inside: the obvious reference."""
    pixel = cam.origin_mm + row * cam.down_mm + column * cam.right_mm
    ray = pixel - cam.source_mm
    length = np.linalg.norm(ray)
    at = np.arange(350.0, 650.0, step_mm)  # all wires lie here
    local = (cam.source_mm + at[:, None] * ray / length - world_from_tool[:3, 3]) @ world_from_tool[:3, :3]
    z = local[:, 2]
    radius = np.clip(-z / shape.tip_mm, 0, 1) * shape.radius_mm
    return float(
        np.count_nonzero((np.hypot(local[:, 0], local[:, 1]) <= radius) & (z >= -shape.length_mm)) * step_mm
    )


def test_across_the_beam_the_middle_ray_sees_the_diameter():
    wire = kwire(2.0, 100.0)
    path = wire.path_mm(camera(), lying((40.0, 0.0, 0.0), (1.0, 0.0, 0.0)))
    assert path.dtype == np.float32
    assert path[50, 50] == pytest.approx(2.0, abs=1e-4)
    # 15 pixels up the ray passes the axis at 0.75 mm (x 1, magnification 2; angle negligible).
    assert path[35, 50] == pytest.approx(2 * np.sqrt(1 - 0.75**2), rel=2e-3)
    thick = np.count_nonzero(path[:, 50]) * 0.05
    assert thick == pytest.approx(2.0, abs=0.1)


def test_along_the_beam_the_middle_ray_sees_the_whole_length():
    wire = kwire(2.0, 100.0)
    for direction in ((0.0, 1.0, 0.0), (0.0, -1.0, 0.0)):
        assert wire.path_mm(camera(), lying((0.0, 10.0, 0.0), direction))[50, 50] == pytest.approx(
            100, abs=1e-3
        )


def test_the_tip_is_a_cone():
    wire = kwire(2.0, 100.0)  # cone 5 mm long
    path = wire.path_mm(camera(), lying((0.0, 0.0, 0.0), (1.0, 0.0, 0.0)))
    # Column 50 is the tip; 2 mm behind it (40 pixels of 0.05 mm) the cone is 2 / 5 of 2 mm thick.
    assert path[50, 10] == pytest.approx(0.8, abs=0.01)
    assert not path[:, 51:].any()


def test_any_pose_equals_brute_force():
    wire, cam = kwire(3.0, 40.0), camera(pixel_mm=0.8)
    rng = np.random.default_rng(0)
    compared = 0
    for _ in range(12):
        pose = lying(tuple(map(float, rng.uniform(-8, 8, 3))), tuple(map(float, rng.normal(size=3))))
        path = wire.path_mm(cam, pose)
        hit = np.argwhere(path > 0)
        for row, column in [*hit[rng.integers(len(hit), size=6)], *rng.integers(0, 101, (4, 2))]:
            expected = brute_path_mm(wire.shape, cam, pose, int(row), int(column))
            assert path[row, column] == pytest.approx(expected, abs=0.02)
            compared += expected > 0
    assert compared > 60


def test_behind_the_source_or_off_the_picture_there_is_nothing():
    wire = kwire()
    assert not wire.path_mm(camera(), lying((0.0, -600.0, 0.0), (1.0, 0.0, 0.0))).any()
    assert not wire.path_mm(camera(), lying((300.0, 0.0, 0.0), (0.0, 0.0, 1.0))).any()


def test_names():
    assert (
        tool("K wire 2mm").name
        == tool("Kirschner wire").name
        == tool("k-wire 2.0 mm").name
        == "k-wire 2.0 mm"
    )
    assert len(tools()) == len({plain.description for plain in tools().values()}) >= 5
    with pytest.raises(UsageError, match=r"did you mean.*k-wire"):
        tool("k-wire 7 mm")
    with pytest.raises(UsageError):
        kwire(-1.0)


def test_placed_in_a_bone_in_view_from_the_seed():
    labels = np.zeros((40, 40, 40), dtype=np.uint16)
    labels[18:23, 18:23, 18:23] = 1
    affine = np.diag([5.0, 5, 5, 1])
    affine[:3, 3] = -100
    patient = Patient(np.zeros(labels.shape, np.int16), labels, affine, {1: "vertebrae_L3"})
    cam = aim(np.zeros(3), np.array([0.0, 1, 0]), np.array([0.0, 0, 1]), 600.0, 1000.0, 3.0, (100, 100))
    wire = kwire()
    one, again, other = (place(wire, patient, cam, np.random.default_rng(s)) for s in (1, 1, 2))
    assert one == again != other
    assert one.structure == "vertebrae_L3"
    assert np.abs(one.tip_mm).max() < 25
    assert np.linalg.norm(one.direction) == pytest.approx(1)
    assert wire.path_mm(cam, one.world_from_tool).any()
    pose = one.world_from_tool
    assert pose[:3, :3] @ pose[:3, :3].T == pytest.approx(np.eye(3))
    assert np.linalg.det(pose[:3, :3]) == pytest.approx(1)
    boneless = Patient(patient.hu, labels, affine, {1: "liver"})
    assert place(wire, boneless, cam, np.random.default_rng(0)).structure == ""
