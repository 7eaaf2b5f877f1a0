"""Shapes: distances and volumes that are known by formula."""

from itertools import pairwise

import numpy as np
import pytest

from fluoroseg.patients.phantom.compounds import Both, Minus, Moved, Union, grown, mirrored, sheet, smooth
from fluoroseg.patients.phantom.drawing import Part, long_bone, paint
from fluoroseg.patients.phantom.shapes import Ellipsoid, Grid, Half, Loft, Tube, turned

GRID = Grid(np.full(3, -30.0), np.eye(3), (0, 0, 0), (61, 61, 61))
LINE = np.arange(-30, 31, dtype=np.float32)
X, Y, Z = np.meshgrid(LINE, LINE, LINE, indexing="ij")


def volume(shape):
    """Drawn by share of voxels on the 1 mm grid."""
    hu, labels = np.zeros(X.shape, np.float32), np.zeros(X.shape, np.uint16)
    paint(hu, labels, GRID, Part("", shape, 1.0), shape, {})
    return hu.sum(dtype=float)


def test_a_ball_is_exact_everywhere():
    expected = np.sqrt((X - 1) ** 2 + (Y + 2) ** 2 + (Z - 3) ** 2) - 9
    np.testing.assert_allclose(Ellipsoid((1, -2, 3), (9, 9, 9)).distance(GRID), expected, atol=2e-3)


def test_a_rounded_cone_is_the_smallest_distance_to_the_balls_along_it():
    tube = Tube(((-8, 3, 1), (10, -4, 6)), (3, 7), (1.0, 1.0, 1.0))
    share = np.linspace(0, 1, 400)
    start, end = np.array(tube.points[0]), np.array(tube.points[1])
    near = np.zeros((7, 7, 7)), GRID.within((np.full(3, -3.0), np.full(3, 3.0)), 0)
    inner = near[1][0]
    place = np.stack(np.meshgrid(*[np.arange(-3, 4)] * 3, indexing="ij"), -1)
    along = np.clip((place - start) @ (end - start) / ((end - start) @ (end - start)), 0, 1)
    nearest = share[np.rint(along * 399).astype(int)]
    axis = start + nearest[..., None] * (end - start)
    expected = np.linalg.norm(place - axis, axis=-1) - (3 + 4 * nearest)
    np.testing.assert_allclose(tube.distance(inner), expected, atol=0.03)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        (Ellipsoid((0, 0, 0), (8, 12, 20)), 4 / 3 * np.pi * 8 * 12 * 20),
        (Ellipsoid((0, 0, 0), (8, 12, 20), (20.0, 35.0, -50.0)), 4 / 3 * np.pi * 8 * 12 * 20),
        (Tube(((-15, 0, 0), (15, 0, 0)), 6), np.pi * 36 * 30 + 4 / 3 * np.pi * 216),
        (Tube(((0, 0, -15), (0, 0, 15)), 5, (1.0, 2.0, 1.0)), 2 * (np.pi * 25 * 30 + 4 / 3 * np.pi * 125)),
        (Loft(((-20, 0, 0, 8, 12), (20, 0, 0, 8, 12))), np.pi * 8 * 12 * 40),
        (Both((Ellipsoid((0, 0, 0), (10, 10, 10)), Half((0, 0, 1), 0.0))), 2 / 3 * np.pi * 1000),
        (
            Minus(Ellipsoid((0, 0, 0), (15, 15, 15)), (Ellipsoid((0, 0, 0), (8, 8, 8)),), 2.0),
            4 / 3 * np.pi * (15**3 - 10**3),
        ),
        (Union((Ellipsoid((-12, 0, 0), (8, 8, 8)), Ellipsoid((12, 0, 0), (8, 8, 8)))), 8 / 3 * np.pi * 512),
        (grown(Union((Ellipsoid((2, 0, 0), (8, 8, 8)),)), 4.0), 4 / 3 * np.pi * 12**3),
    ],
)
def test_volumes(shape, expected):
    assert volume(shape) == pytest.approx(expected, rel=0.02)


def test_a_square_loft_is_a_superellipse():
    from scipy.special import gamma

    area = 4 * 10 * 14 * gamma(1 + 1 / 3) ** 2 / gamma(1 + 2 / 3)
    assert volume(Loft(((-20, 0, 0, 10, 14), (20, 0, 0, 10, 14)), power=3.0)) == pytest.approx(
        area * 40, rel=0.02
    )


@pytest.mark.parametrize("power", [2.0, 2.4, 6.0])
def test_a_loft_is_measured_along_the_ray_from_its_axis(power):
    """Against powers taken point by point."""
    found = Loft(((-20, 1, -2, 10, 14), (20, 1, -2, 10, 14)), power=power).distance(GRID)
    x, y = np.abs(X - 1).astype(float), np.abs(Y + 2).astype(float)
    scale = np.maximum(((x / 10) ** power + (y / 14) ** power) ** (1 / power), 1e-3)
    radial = np.maximum(np.hypot(x, y) * (1 - 1 / scale), -10)
    np.testing.assert_allclose(found, np.maximum(radial, np.abs(Z) - 20), atol=2e-3)


def test_mirrored():
    shape = Tube(((3, -5, 2), (14, 8, -9)), (3, 6))
    expected = shape.distance(GRID)[::-1]
    found = mirrored(shape).distance(GRID)
    near = expected < 5
    np.testing.assert_allclose(found[near], expected[near], atol=1e-4)
    assert mirrored(shape).box[0][0] == pytest.approx(-shape.box[1][0])


def test_moved_and_turned():
    frame = np.eye(4)
    frame[:3, :3] = turned((0.0, 0.0, 90.0)) * 1.5  # x -> y, y -> -x
    frame[:3, 3] = (1, 2, 3)
    found = Moved(Ellipsoid((4, 0, 0), (4, 8, 4)), frame)
    same = Ellipsoid((1, 8, 3), (12, 6, 6))
    np.testing.assert_allclose(found.box, same.box, atol=1e-9)
    near = np.abs(same.distance(GRID)) < 3
    np.testing.assert_allclose(found.distance(GRID)[near], same.distance(GRID)[near], atol=0.02)


def test_a_blended_union_fills_the_groove_and_leaves_the_rest():
    balls = (Ellipsoid((-9, 0, 0), (10, 10, 10)), Ellipsoid((9, 0, 0), (10, 10, 10)))
    sharp, soft = Union(balls).distance(GRID), Union(balls, blend_mm=6.0).distance(GRID)
    assert (soft <= sharp + 1e-4)[sharp < 8].all()
    assert soft[30, 30, 35] < 0 < sharp[30, 30, 35]
    far = np.abs(balls[0].distance(GRID) - balls[1].distance(GRID)) > 6
    np.testing.assert_allclose(soft[far & (sharp < 5)], sharp[far & (sharp < 5)], atol=1e-4)


@pytest.mark.parametrize(
    "shape",
    [
        Ellipsoid((1, 2, 3), (5, 9, 14), (10.0, 20.0, 70.0)),
        Tube(((3, -5, 2), (14, 8, -9), (0, 0, 0)), (3, 6, 2), (1.0, 0.5, 1.5)),
        Loft(((-12, 1, 0, 4, 5), (0, 2, 1, 9, 8), (11, 0, 0, 3, 3)), power=2.6),
    ],
)
def test_box_holds_the_whole_shape_and_no_more(shape):
    inside = np.argwhere(shape.distance(GRID) < 0) - 30
    low, high = shape.box
    assert (inside.min(0) >= low - 1e-3).all()
    assert (inside.max(0) <= high + 1e-3).all()
    assert (inside.max(0) - inside.min(0) >= (high - low) - 4).all()


def test_drawing_in_slabs_equals_drawing_at_once():
    parts = [
        Part("spleen", Tube(((3, -5, 2), (14, 8, -9)), (3, 6)), 30.0),
        Part(
            "liver",
            Both((Loft(((-12, 1, 0, 4, 5), (11, 0, 0, 9, 9)), 2.6), Half((1, 1, 0), 3.0))),
            60.0,
            90.0,
            2.0,
        ),
        Part("heart", Union((Ellipsoid((0, 0, 0), (8, 9, 5)), Ellipsoid((9, 0, 0), (5, 5, 5))), 5.0), 40.0),
    ]
    ids = {"spleen": 1, "liver": 2, "heart": 3}
    drawn = []
    for bounds in ((0, 61), (0, 7, 30, 31, 61)):
        hu, labels = np.zeros(X.shape, np.float32), np.zeros(X.shape, np.uint16)
        for first, last in pairwise(bounds):
            slab = Grid(GRID.origin, GRID.step, (first, 0, 0), (last - first, 61, 61))
            for part in parts:
                paint(hu[first:last], labels[first:last], slab, part, part.shape, ids)
        drawn.append((hu, labels))
    np.testing.assert_array_equal(drawn[0][0], drawn[1][0])
    np.testing.assert_array_equal(drawn[0][1], drawn[1][1])
    assert set(np.unique(drawn[0][1])) == {0, 1, 2, 3}


def test_shell_core_and_labels():
    hu, labels = np.full(X.shape, -1000, np.float32), np.zeros(X.shape, np.uint16)
    ball = Ellipsoid((0, 0, 0), (20, 20, 20))
    paint(hu, labels, GRID, Part("x", ball, 50.0, 1000.0, 4.0, "y"), ball, {"x": 7, "y": 8})
    assert (hu[30, 30, 30], labels[30, 30, 30]) == (50, 8)
    assert (hu[30, 30, 48], labels[30, 30, 48]) == (1000, 7)
    assert (hu[30, 30, 55], labels[30, 30, 55]) == (-1000, 0)
    assert (labels > 0).sum() == pytest.approx(4 / 3 * np.pi * 8000, rel=0.01)


def test_drawn_over_one_structure_only():
    hu, labels = np.zeros(X.shape, np.float32), np.zeros(X.shape, np.uint16)
    labels[:30] = 5
    ball = Ellipsoid((0, 0, 0), (20, 20, 20))
    paint(hu, labels, GRID, Part("x", ball, 50.0, over="host"), ball, {"x": 7, "host": 5})
    assert not hu[30:].any()
    assert (labels[:30] == 7).sum() == pytest.approx(2 / 3 * np.pi * 8000, rel=0.06)


def test_a_long_bone_is_hollow_in_the_middle():
    shaft = Tube(((0, 0, -22), (0, 0, 0), (0, 0, 22)), 8)
    whole = Union((shaft, Ellipsoid((0, 0, -22), (12, 12, 7))))
    hu, labels = np.full(X.shape, 50, np.float32), np.zeros(X.shape, np.uint16)
    for part in long_bone("femur_left", whole, shaft, (1.0, 4.0, 1.0), 20.0):
        paint(hu, labels, GRID, part, part.shape, {"femur_left": 75})
    assert hu[30, 30, 30] == 20
    assert hu[36, 30, 30] > 1000
    assert set(np.unique(labels)) == {0, 75}


def test_smooth_passes_through_its_ends_and_a_sheet_is_flat():
    path = smooth(((0, 0, 0), (10, 5, 0), (20, 0, 0)), 11)
    np.testing.assert_allclose([path[0], path[5], path[-1]], [(0, 0, 0), (10, 5, 0), (20, 0, 0)], atol=1e-9)
    plate = sheet(((-15, 0, -10), (15, 0, -10)), ((-15, 0, 10), (15, 0, 10)), 2.0)
    assert volume(plate) == pytest.approx(30 * 20 * 4 + np.pi * 4 / 2 * 100, rel=0.06)
