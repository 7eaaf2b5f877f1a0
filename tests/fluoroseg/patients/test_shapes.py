"""Shapes: distances and volumes that are known by formula."""

import numpy as np
import pytest

from fluoroseg.patients.compounds import Both, Minus, Mirror, Union, sheet, smooth
from fluoroseg.patients.drawing import Part, paint
from fluoroseg.patients.shapes import Ellipsoid, Half, Loft, Tube, window

LINE = np.arange(-30, 31, dtype=np.float32)
AXES = (LINE[:, None, None], LINE[None, :, None], LINE[None, None, :])
X, Y, Z = np.meshgrid(LINE, LINE, LINE, indexing="ij")


def volume(shape):
    """Drawn by share of voxels on the 1 mm grid."""
    hu, labels = np.zeros(X.shape, np.float32), np.zeros(X.shape, np.uint16)
    paint(hu, labels, AXES, Part("", shape, 1.0), 1, 1.0)
    return hu.sum(dtype=float)


def test_a_ball_is_exact_everywhere():
    expected = np.sqrt((X - 1) ** 2 + (Y + 2) ** 2 + (Z - 3) ** 2) - 9
    np.testing.assert_allclose(Ellipsoid((1, -2, 3), (9, 9, 9)).distance(*AXES), expected, atol=2e-3)


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
    ],
)
def test_volumes(shape, expected):
    assert volume(shape) == pytest.approx(expected, rel=0.02)


def test_mirror():
    shape = Tube(((3, -5, 2), (14, 8, -9)), (3, 6))
    expected = shape.distance(*AXES)[::-1]
    found = Mirror(shape).distance(*AXES)
    near = expected < 5
    np.testing.assert_allclose(found[near], expected[near], atol=1e-4)
    assert Mirror(shape).box[0][0] == -shape.box[1][0]


@pytest.mark.parametrize(
    "shape",
    [
        Ellipsoid((1, 2, 3), (5, 9, 14), (10.0, 20.0, 70.0)),
        Tube(((3, -5, 2), (14, 8, -9), (0, 0, 0)), (3, 6, 2), (1.0, 0.5, 1.5)),
        Loft(((-12, 1, 0, 4, 5), (0, 2, 1, 9, 8), (11, 0, 0, 3, 3)), power=2.6),
    ],
)
def test_box_holds_the_whole_shape_and_no_more(shape):
    inside = np.argwhere(shape.distance(*AXES) < 0) - 30
    low, high = shape.box
    assert (inside.min(0) >= low - 1e-3).all()
    assert (inside.max(0) <= high + 1e-3).all()
    assert (inside.max(0) - inside.min(0) >= (high - low) - 4).all()


def test_drawing_over_a_window_equals_drawing_everywhere():
    shape = Tube(((3, -5, 2), (14, 8, -9)), (3, 6))
    i, j, k = window(shape.box, AXES)
    inside = np.zeros(X.shape, bool)
    inside[i, j, k] = shape.distance(AXES[0][i], AXES[1][:, j], AXES[2][:, :, k]) < 0
    np.testing.assert_array_equal(inside, shape.distance(*AXES) < 0)


def test_shell_and_core_and_labels():
    hu, labels = np.full(X.shape, -1000, np.float32), np.zeros(X.shape, np.uint16)
    paint(hu, labels, AXES, Part("x", Ellipsoid((0, 0, 0), (20, 20, 20)), 50.0, 1000.0, 4.0), 7, 1.0)
    assert hu[30, 30, 30] == 50
    assert hu[30, 30, 48] == 1000
    assert hu[30, 30, 55] == -1000
    assert (labels == 7).sum() == pytest.approx(4 / 3 * np.pi * 8000, rel=0.01)


def test_smooth_passes_through_its_ends_and_a_sheet_is_flat():
    path = smooth(((0, 0, 0), (10, 5, 0), (20, 0, 0)), 11)
    np.testing.assert_allclose([path[0], path[5], path[-1]], [(0, 0, 0), (10, 5, 0), (20, 0, 0)], atol=1e-9)
    plate = sheet(((-15, 0, -10), (15, 0, -10)), ((-15, 0, 10), (15, 0, 10)), 2.0)
    assert volume(plate) == pytest.approx(30 * 20 * 4 + np.pi * 4 / 2 * 100, rel=0.06)
