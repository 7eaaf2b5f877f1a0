"""Solid geometry and sweeps against volumes in closed form."""

import numpy as np
import pytest

from fluoroseg.errors import GeometryError
from fluoroseg.tools.curves import arc, frames, smooth
from fluoroseg.tools.lofts import sweep, tube, wire
from fluoroseg.tools.solids import (
    ball,
    box,
    circle,
    difference,
    extruded,
    hull,
    intersection,
    mirrored,
    placed,
    rod,
    rounded,
    shifted,
    slot,
    turned,
    union,
)


def test_unions_and_differences_keep_volumes_and_stay_closed():
    cube, hole = box((2, 3, 4)), rod((0, 0, -5), (0, 0, 5), 0.5)
    bored = difference(cube, hole)
    assert bored.volume_mm3 == pytest.approx(24 - np.pi, rel=1e-9)
    assert union(bored, hole).volume_mm3 == pytest.approx(24 + 6 * np.pi / 4, rel=1e-9)
    assert intersection(cube, hole).volume_mm3 == pytest.approx(np.pi, rel=1e-9)
    assert bored.open_edges == 0
    with pytest.raises(GeometryError):
        difference(hole, box((9, 9, 99)))
    with pytest.raises(GeometryError, match="closed surfaces; this one has"):
        union(cube, type(cube)(cube.vertices_mm, cube.faces[1:]))


def test_bodies_have_their_volumes():
    assert ball(5.0, facets=96).volume_mm3 == pytest.approx(4 / 3 * np.pi * 125, rel=3e-3)
    assert rod((0, 0, 0), (1, 2, 2), 0.5).volume_mm3 == pytest.approx(np.pi * 0.25 * 3, rel=1e-9)
    assert rod((0, 0, 0), (0, 0, 3), 2, 0).volume_mm3 == pytest.approx(np.pi * 4, rel=1e-9)
    plate = extruded([(0, 0), (0, 5), (10, 5), (10, 0)], 2, [circle(1.0, (5, 2.5))])
    assert plate.volume_mm3 == pytest.approx(100 - 2 * np.pi, rel=1e-9)
    assert extruded(slot(10, 4, facets=200), 1).volume_mm3 == pytest.approx(24 + 4 * np.pi, rel=1e-3)
    square = rounded([(0, 0), (10, 0), (10, 10), (0, 10)], 2.0, 200)
    assert extruded(square, 1).volume_mm3 == pytest.approx(100 - (4 - np.pi) * 4, rel=1e-3)
    capsule = hull(ball(1, facets=96), ball(1, (0, 0, 5), facets=96))
    assert capsule.volume_mm3 == pytest.approx(4 / 3 * np.pi + 5 * np.pi, rel=3e-3)
    with pytest.raises(GeometryError, match="falls into 0 pieces"):
        rounded([(0, 0), (1, 0), (1, 1), (0, 1)], 3.0)


def test_poses():
    body = box((1, 2, 3), (0, 0, 1.5))
    assert shifted(body, (1, 0, 0)).vertices_mm.max(axis=0) == pytest.approx([1.5, 1, 3])
    assert turned(body, (0, 0, 1), 90).vertices_mm.max(axis=0) == pytest.approx([1, 0.5, 3])
    assert turned(body, (1, 0, 0), 90).vertices_mm.min(axis=0) == pytest.approx([-0.5, -3, -1])
    laid = placed(body, (5, 0, 0), (1, 0, 0), across=(0, 0, 1))
    assert laid.vertices_mm.min(axis=0) == pytest.approx([5, -1, -0.5])
    assert laid.vertices_mm.max(axis=0) == pytest.approx([8, 1, 0.5])
    for same in (laid, mirrored(body, 1), turned(body, (1, 2, 3), 77)):
        assert same.volume_mm3 == pytest.approx(6)


def test_wires_and_tubes_hold_what_pappus_says():
    half = arc(20.0, 0.0, 180.0, 0.5)
    assert wire(half, 1.0, 48).volume_mm3 == pytest.approx(np.pi * 20 * np.pi, rel=2e-3)
    hollow = tube(half, 2.0, 1.5, 48)
    assert hollow.volume_mm3 == pytest.approx(np.pi * 20 * np.pi * (4 - 2.25), rel=2e-3)
    ring = wire(arc(20.0, 0.0, 357.0, 0.5 * 2.09), 1.0, 48, closed=True)
    assert ring.volume_mm3 == pytest.approx(2 * np.pi * 20 * np.pi, rel=5e-3)
    strip = sweep(half, np.array([(-2.0, -0.5), (2, -0.5), (2, 0.5), (-2, 0.5)]), across=(0, 1, 0))
    assert strip.volume_mm3 == pytest.approx(np.pi * 20 * 4, rel=2e-3)
    for one in (hollow, ring, strip, wire(half, np.linspace(1, 2, len(half)))):
        assert one.open_edges == 0
    for outer, inner in ((1.0, 1.0), (1.0, 0.0)):
        with pytest.raises(GeometryError, match="inner radius"):
            tube(half, outer, inner)
    with pytest.raises(GeometryError, match="stands still"):
        wire(np.zeros((3, 3)), 1.0)


def test_frames_are_orthonormal_and_do_not_twist():
    t = np.linspace(0, 3, 200)
    curve = np.stack([np.cos(2 * t), np.sin(2 * t), 0.5 * t], axis=1) * 10
    frame = frames(curve)
    assert frame @ frame.transpose(0, 2, 1) == pytest.approx(
        np.broadcast_to(np.eye(3), frame.shape), abs=1e-9
    )
    steps = np.diff(frame[:, 0], axis=0)
    assert np.abs(np.einsum("nk,nk->n", steps, frame[:-1, 1])).max() < 1e-3  # no turn about the tangent
    knot = np.stack([np.cos(2 * t), np.sin(2 * t), np.sin(4 * t)], axis=1)[: int(200 * np.pi / 3)] * 10
    loop = frames(knot[:-1], closed=True)
    assert loop[0, 0] @ loop[-1, 0] > 0.99


def test_a_smooth_curve_goes_through_its_points_at_even_steps():
    points = [(0, 0, 0), (10, 0, 5), (20, 10, 0)]
    curve = smooth(points, 0.5)
    steps = np.linalg.norm(np.diff(curve, axis=0), axis=1)
    assert steps == pytest.approx(steps.mean(), rel=0.02)
    for point in points:
        assert np.linalg.norm(curve - np.array(point), axis=1).min() < 0.3
    with pytest.raises(GeometryError, match="two different points"):
        smooth([(0, 0, 0), (0, 0, 0)], 1.0)
    twice = [points[0], *points, points[-1]]
    assert smooth(twice, 0.5) == pytest.approx(curve)
