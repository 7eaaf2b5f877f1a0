"""Wires, catheters, tubes and leads: markers where they belong, sizes in French, tips that remember."""

from collections.abc import Callable

import numpy as np
import pytest

from fluoroseg.tools import Part, tool, tools

AORTA = np.array([[0.0, 0, 0], [10, 5, -60], [0, 10, -140], [-10, 0, -230], [0, -5, -400]])
ALONG_Z = np.array([[0.0, 0, 0], [0, 0, -40], [0, 0, -80], [0, 0, -400]])


def of(parts: tuple[Part, ...], material: str) -> np.ndarray:
    """Vertices of the only part of a material."""
    (part,) = (one for one in parts if one.material == material)
    return part.mesh.vertices_mm


def across(points: np.ndarray) -> float:
    return float(np.ptp(points[:, :2], axis=0).max())


@pytest.mark.parametrize("family", ["chest drain", "nasogastric tube", "venous bypass cannula"])
def test_french_are_thirds_of_a_millimetre(family: str):
    for one in tools().values():
        if one.family == family:
            french = float(one.name.split(" fr")[0].split()[-1])
            wall = one.along(ALONG_Z)[0].mesh.vertices_mm
            wall = wall[wall[:, 2] > -100]
            assert across(wall) == pytest.approx(french / 3, rel=0.02), one.name


def test_a_balloons_markers_lie_where_it_is_widest():
    parts = tool("angioplasty balloon 8 x 80 mm").along(ALONG_Z)
    marks, fill = of(parts, "platinum")[:, 2], of(parts, "contrast")
    assert across(fill) == pytest.approx(8.0, rel=0.02)
    wide = fill[np.hypot(*fill[:, :2].T) > 3.9, 2]
    assert (marks.max(), marks.min()) == pytest.approx((wide.max(), wide.min()), abs=0.01)
    assert wide.max() - wide.min() == pytest.approx(80.0)


def test_a_coronary_wire_has_a_platinum_tip_of_three_centimetres():
    coil = of(tool("coronary guidewire 0.014 in straight tip").along(ALONG_Z), "platinum")
    assert coil[:, 2].max() == pytest.approx(0.0, abs=1e-6)
    assert coil[:, 2].min() == pytest.approx(-30.0)
    assert across(coil) == pytest.approx(0.014 * 25.4, rel=0.03)


def test_the_line_of_a_chest_drain_is_interrupted_at_its_last_eye():
    z = np.unique(of(tool("chest drain 24 fr").along(ALONG_Z), "barium_pvc")[:, 2].round(6))
    gap = np.diff(z)
    assert 6.0 in gap.round(3)
    at = z[np.flatnonzero(gap.round(3) == 6.0)[0]] + 3.0
    assert at == pytest.approx(-90.0)


def test_the_line_of_an_endotracheal_tube_runs_all_along_its_wall():
    parts = tool("endotracheal tube 7.5 mm").along(ALONG_Z)
    line, wall = of(parts, "barium_pvc"), parts[0].mesh.vertices_mm
    assert (line[:, 2].min(), line[:, 2].max()) == pytest.approx((wall[:, 2].min(), wall[:, 2].max()))
    radius = np.hypot(*line[:, :2].T)
    assert (radius.min(), radius.max()) == pytest.approx((7.5 / 2, 10.2 / 2), rel=1e-3)


def test_a_feeding_tubes_tungsten_lies_in_its_tip():
    z = of(tool("feeding tube 10 fr 4 weights").along(ALONG_Z), "tungsten")[:, 2]
    assert -31 < z.min() < z.max() < 0


def test_a_stents_beads_lie_at_both_ends_inside_its_struts():
    one = tool("peripheral stent 8 x 80 mm")
    parts = one.along(AORTA)
    struts, beads = of(parts, "nitinol"), of(parts, "tantalum")
    tip, tail = struts.max(axis=0)[2], struts.min(axis=0)[2]
    assert np.all((beads[:, 2] > tip - 5) | (beads[:, 2] < tail + 5))
    assert tip - tail < 82


def test_a_ureteral_stent_curls_up_at_both_ends_of_its_way():
    points = tool("ureteral stent 6 fr 260 mm").along(ALONG_Z)[0].mesh.vertices_mm
    for near in (points[points[:, 2] > -1], points[points[:, 2] < -399]):
        assert np.ptp(near[:, 0]) == pytest.approx(22 + 2, abs=1.5)
    middle = points[(points[:, 2] < -60) & (points[:, 2] > -340)]
    assert len(middle) == 0 or across(middle) == pytest.approx(2.0, rel=0.02)


@pytest.mark.parametrize(("name", "leads"), [("single-chamber", 1), ("dual-chamber", 2), ("crt", 3)])
def test_a_pacemaker_has_a_tip_and_a_ring_for_each_lead_and_its_can_at_the_curves_end(name: str, leads: int):
    one = next(t for n, t in tools().items() if n.startswith(f"{name} pacemaker"))
    parts = one.along(AORTA)
    electrodes = next(p.mesh for p in parts if p.material == "platinum")
    assert count_bodies(electrodes.faces, len(electrodes.vertices_mm)) == 2 * leads
    can = of(parts, "titanium")
    assert np.linalg.norm(can - AORTA[-1], axis=1).min() < 20
    assert np.linalg.norm(electrodes.vertices_mm - AORTA[0], axis=1).min() < 1.5


def test_a_lung_tubes_sides_are_mirror_images():
    left, right = (
        tool(f"double-lumen tube 39 fr {side}").parts[0].mesh.vertices_mm for side in ("left", "right")
    )
    assert left[:, 0].mean() == pytest.approx(-right[:, 0].mean(), rel=0.02)


def test_letters_read_from_the_front():
    """L: the long stroke left, the short one below, as seen from +x with +z up (+y to the right)."""
    lead = of(tool("side marker l 20 mm").parts, "lead")
    upper, lower = lead[lead[:, 2] > 2], lead[lead[:, 2] < -8]
    assert upper[:, 1].max() < 0 < lower[:, 1].max()


def test_a_tool_is_no_longer_on_a_curve_than_it_is():
    longer = np.concatenate([AORTA, [[0.0, 0, -2500]]])
    reach: Callable[[str], float] = lambda name: np.concatenate(  # noqa: E731
        [p.mesh.vertices_mm for p in tool(name).along(longer)]
    )[:, 2].min()
    assert -120 < reach("peripheral stent 6 x 80 mm") < -70
    assert -1000 < reach("judkins left catheter jl4 5 fr") < -900


def count_bodies(faces: np.ndarray, vertices: int) -> int:
    """Connected components by spreading the smallest number along edges."""
    label = np.arange(vertices)
    while True:
        low = label[faces].min(axis=1)
        new = label.copy()
        for corner in range(3):
            np.minimum.at(new, faces[:, corner], low)
        if (new == label).all():
            return len(np.unique(label[faces]))
        label = new
