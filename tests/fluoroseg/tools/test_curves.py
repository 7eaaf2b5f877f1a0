"""Curves with corners, and bodies bent along them, against lengths and volumes in closed form."""

import numpy as np
import pytest

from fluoroseg.errors import GeometryError
from fluoroseg.tools.curves import Curve, bent, helix, straight, through
from fluoroseg.tools.flexible import curve_of, hooked
from fluoroseg.tools.lofts import loft
from fluoroseg.tools.shapes import bar, capsule, cylinder, lathed, pipe, stripe
from fluoroseg.tools.solids import union


def test_a_quarter_circle_ends_where_it_must():
    curve = bent((10.0, 0.0), (20.0 * np.pi / 2, 90.0))
    assert curve.length_mm == pytest.approx(10 + 10 * np.pi, rel=1e-3)
    assert curve.points_mm[-1] == pytest.approx([20.0, 0.0, -30.0], abs=1e-9)
    out_of_plane = bent((10 * np.pi, 90.0), (10 * np.pi, 90.0, 90.0)).points_mm[-1]
    assert out_of_plane == pytest.approx([20 + 20, -20, -20], abs=0.05)


def test_a_straight_curve_leaves_everything_where_it_is_and_goes_on_beyond_its_ends():
    points = np.random.default_rng(0).normal(0, 30, (50, 3))
    assert straight(10.0).place(points) == pytest.approx(points, abs=1e-9)


def test_a_curve_through_points_of_a_circle_is_the_circle():
    angle = np.linspace(0, np.pi, 9)
    points = 40 * np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1)
    curve = through(points)
    assert curve.length_mm == pytest.approx(40 * np.pi, rel=2e-3)
    assert np.linalg.norm(curve.points_mm, axis=1) == pytest.approx(40.0, abs=0.1)
    assert len(curve.points_mm) < 45  # corners only where it bends
    assert len(through([(0.0, 0, 0), (0, 0, -500)]).points_mm) == 2


def test_axes_are_right_handed_point_to_the_tip_and_do_not_twist():
    curve = bent((60.0, 120.0), (80.0, -90.0, 50.0))
    assert np.linalg.det(curve.axes) == pytest.approx(1.0, abs=1e-9)
    ways = np.diff(curve.points_mm, axis=0)
    assert (np.einsum("nd,nd->n", curve.axes[:-1, 2], ways) < 0).all()
    steps = np.linalg.norm(np.diff(curve.axes[:, 0], axis=0), axis=1)
    assert steps.max() < np.radians(7)


@pytest.mark.parametrize("turn_deg", [0.0, 90.0, 270.0])
def test_a_pipe_along_an_arc_has_the_volume_of_its_wall_times_its_length(turn_deg: float):
    curve = bent((150.0, turn_deg))
    wall = pipe(3.0, 2.0, 10.0, 140.0, curve)
    assert wall.open_edges == 0
    assert wall.volume_mm3 == pytest.approx(np.pi / 4 * (9 - 4) * 130, rel=5e-3)


def test_what_is_nested_stays_nested_on_a_tight_bend():
    curve = bent((5.0, 0.0), (20.0, 180.0), (20.0, -90.0, 60.0), (10.0, 0.0))
    shells = [
        pipe(3.0, 2.5, 0.0, 50.0, curve),
        pipe(2.5, 1.5, 3.3, 47.7, curve),
        cylinder(1.5, 11.1, 29.9, curve),
    ]
    whole = union(*shells).volume_mm3
    assert whole == pytest.approx(sum(one.volume_mm3 for one in shells), rel=1e-5)


def test_a_curve_beside_another_keeps_its_arc_lengths():
    curve = bent((60.0, 180.0))
    inner = curve.shifted(5.0, 0.0)
    assert inner.length_mm == curve.length_mm
    point = np.array([[0.0, 0.0, -31.0]])
    assert np.linalg.norm(inner.place(point) - curve.place(point)) == pytest.approx(5.0, abs=0.02)


def test_a_part_begins_and_ends_on_the_curve():
    curve = bent((60.0, 180.0), (40.0, -60.0, 90.0))
    part = curve.part(17.0, 71.0)
    assert part.length_mm == pytest.approx(54.0)
    ends = curve.place(np.array([[0.0, 0, -17.0], [0, 0, -71.0]]))
    assert part.points_mm[[0, -1]] == pytest.approx(ends)
    assert curve.part(-5.0, 3.0).points_mm[0] == pytest.approx([0.0, 0.0, 5.0], abs=0.3)


def test_a_helix_has_its_length():
    assert helix(5.0, 4.0, 40.0).length_mm == pytest.approx(10 * np.hypot(2 * np.pi * 5, 4), rel=1e-2)


def test_bodies_have_their_volumes():
    assert capsule(4.0, 0.0, 10.0).volume_mm3 == pytest.approx(np.pi * 4 * 6 + 4 / 3 * np.pi * 8, rel=0.02)
    assert stripe(4.0, 2.0, -20.0, 70.0, 0.0, 9.0).volume_mm3 == pytest.approx(np.pi * 3 * 9 / 4, rel=0.02)
    assert bar(((0.0, 2.0, 3.0), (-5.0, 2.0, 3.0))).volume_mm3 == pytest.approx(30.0)
    assert lathed(((0.0, 0.0), (-6.0, 2.0))).volume_mm3 == pytest.approx(np.pi * 8)
    two = union(cylinder(2.0, 0.0, 10.0), cylinder(2.0, 5.0, 15.0))
    assert two.volume_mm3 == pytest.approx(np.pi * 15)


def test_a_hooked_catheter_stands_upright_and_is_as_high_as_said():
    curve = hooked((7.0, 0.0), (10.0, -85.0), (40.0, 0.0), (28.0, 155.0), length_mm=1000.0)
    assert curve.points_mm[0] == pytest.approx([0.0, 0.0, 0.0])
    assert np.ptp(curve.points_mm[:, 2]) == pytest.approx(1000.0)
    assert curve.axes[-1, 2] == pytest.approx([0.0, 0.0, 1.0], abs=1e-9)


def test_a_tool_on_a_longer_path_ends_where_it_is_long_enough():
    path = np.array([[0.0, 0, 0], [10, 0, -100], [0, 20, -200], [0, 0, -900]])
    rest = straight(5.0)
    assert curve_of(path, 60.0, lambda: rest).length_mm == pytest.approx(60.0)
    assert curve_of(path[[0, -1]], 60.0, lambda: rest) is rest


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Curve(np.zeros((1, 3))), "two points"),
        (lambda: Curve(np.array([[0.0, 0, 0], [0, 0, np.nan]])), "finite"),
        (lambda: Curve(np.zeros((2, 3))), "lie on each other"),
        (lambda: bent((0.0, 90.0)), "longer than 0"),
        (lambda: pipe(1.0, 2.0, 0.0, 5.0), "inner < outer"),
        (lambda: pipe(2.0, 1.0, 5.0, 5.0), "a length"),
        (lambda: loft(np.zeros((1, 4, 3))), "2 rings or more"),
        (lambda: loft(np.zeros((3, 2, 3))), "3 points or more"),
    ],
)
def test_nonsense_is_refused(make, words: str):
    with pytest.raises(GeometryError, match=words):
        make()
