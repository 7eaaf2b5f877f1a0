"""Screws and turned parts: closed, of the right size, found by name."""

import numpy as np
import pytest

from fluoroseg.errors import GeometryError, UsageError
from fluoroseg.tools import lathe, rings, tool


@pytest.mark.parametrize("facets", [3, 5, 32])
def test_a_turned_cylinder_keeps_its_volume(facets: int):
    mesh = lathe([(0.0, 2.0), (-10.0, 2.0)], facets)
    assert mesh.open_edges == 0
    assert mesh.volume_mm3 == pytest.approx(np.pi * 4 * 10)
    assert len(mesh.faces) == 4 * facets


def test_a_profile_may_begin_and_end_on_the_axis_and_turn_back():
    cone = lathe([(3.0, 0.0), (0.0, 1.0), (-3.0, 0.0)], 64)
    assert cone.open_edges == 0
    assert cone.volume_mm3 == pytest.approx(2 * np.pi)
    cup = lathe([(0.0, 0.0), (0.0, 2.0), (-4.0, 2.0), (-4.0, 1.0), (-1.0, 1.0)], 48)
    assert cup.open_edges == 0
    assert cup.volume_mm3 == pytest.approx(np.pi * (4 * 4 - 3), rel=1e-6)
    pipe = lathe([(0.0, 2.0), (-4.0, 2.0), (-4.0, 1.0), (0.0, 1.0)], 48, bored=True)
    assert pipe.open_edges == 0
    assert pipe.volume_mm3 == pytest.approx(np.pi * 4 * 3, rel=1e-6)


def test_profiles_that_enclose_nothing_are_refused():
    with pytest.raises(GeometryError, match="inside out"):
        lathe([(-10.0, 2.0), (0.0, 2.0)])
    with pytest.raises(GeometryError, match="3 facets"):
        lathe([(0.0, 2.0), (-10.0, 2.0)], 2)
    with pytest.raises(GeometryError, match="two rings"):
        lathe([(0.0, 2.0)])
    with pytest.raises(GeometryError, match="0 or more"):
        rings(np.array([0.0, -1.0]), np.full((2, 8), -1.0))
    with pytest.raises(GeometryError, match="at least one face"):
        lathe([(0.0, 0.0), (-1.0, 0.0)])


@pytest.mark.parametrize(("size", "diameter", "core"), [("2.7 x 16", 2.7, 1.9), ("4.5 x 60", 4.5, 3.0)])
def test_a_screw_is_closed_and_of_its_size(size: str, diameter: float, core: float):
    [part] = tool(f"cortical screw {size} mm").parts
    vertices, length = part.mesh.vertices_mm, float(size.split()[-1])
    assert part.mesh.open_edges == 0
    assert 3_000 < len(part.mesh.faces) < 40_000
    assert vertices[:, 2].max() == pytest.approx(0, abs=1e-9)
    assert vertices[:, 2].min() == pytest.approx(-length, abs=1e-9)
    middle = vertices[(vertices[:, 2] < -0.3 * length) & (vertices[:, 2] > -0.6 * length)]
    radius = np.hypot(middle[:, 0], middle[:, 1])
    assert radius.max() == pytest.approx(diameter / 2, rel=0.01)
    assert radius.min() == pytest.approx(core / 2, rel=0.01)


def test_the_thread_is_right_handed():
    x, y, z = tool("cortical screw 4.5 x 40 mm").parts[0].mesh.vertices_mm.T
    crest = (np.hypot(x, y) > 2.2) & (z < -10) & (z > -25)
    turns = np.arctan2(y, x)[crest] / (2 * np.pi)
    wound = np.exp(2j * np.pi * (z[crest] / 1.75 - turns))  # constant along a right-handed thread
    other = np.exp(2j * np.pi * (z[crest] / 1.75 + turns))
    assert abs(wound.mean()) > 0.8 > 5 * abs(other.mean())


def test_names():
    for name in ("cortical screw 4.5 x 40 mm", "Cortex screw 4.5x40", "screw 4.5 mm x 40 mm", "screw"):
        assert tool(name).name == "cortical screw 4.5 x 40 mm"
    for name in ("cortical screw 5 x 40", "screw 4.5"):
        with pytest.raises(UsageError, match="did you mean"):
            tool(name)
