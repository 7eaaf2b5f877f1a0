"""Where tools come to lie: in what they belong to, in the picture, from the seed, or nowhere."""

from functools import cache

import numpy as np
import pytest

import fluoroseg
from fluoroseg.geometry.camera import Camera, aim
from fluoroseg.geometry.views import find_view
from fluoroseg.patients.patient import Patient
from fluoroseg.project.mesh import project_solids
from fluoroseg.tools import Part, Tool, lathe, place, sized, solids_of, tools
from fluoroseg.tools.body import Body
from fluoroseg.tools.centre_line import centre_line
from fluoroseg.tools.in_joint import joint_centre
from fluoroseg.tools.lofts import wire


def rod(site: str, length_mm: float, target: tuple[str, ...] = (), flexible: bool = False) -> Tool:
    """A plain rod (tip at the origin) that is placed as tools of that site are."""

    def along(curve_mm: np.ndarray) -> tuple[Part, ...]:
        return (Part(wire(curve_mm, 1.5), "titanium"),)

    def build() -> tuple[Part, ...]:
        return (Part(lathe(((0.0, 0.0), (-2.0, 1.5), (-length_mm, 1.5))), "titanium"),)

    bends = along if flexible else None
    family = "nail" if site == "bone axis" else "rod"
    return Tool(f"{site} rod", family, "a rod", length_mm, ("rod",), site, build, bends, target)


@cache
def phantom() -> Patient:
    return fluoroseg.phantom()


def shown(view: str) -> Camera:
    return find_view(phantom(), view, 200).camera


def drawn(tool: Tool, view: str, count: int = 8) -> list:
    return [place(tool, phantom(), shown(view), np.random.default_rng(seed)) for seed in range(count)]


def way(placement, length_mm: float) -> np.ndarray:
    return np.array(placement.tip_mm) - np.arange(0, length_mm, 1.0)[:, None] * placement.direction


def block() -> tuple[Patient, Camera]:
    """A cube of 25 mm in air, one structure, in the middle of the picture."""
    labels = np.zeros((40, 40, 40), dtype=np.uint16)
    labels[18:23, 18:23, 18:23] = 1
    affine = np.diag([5.0, 5, 5, 1])
    affine[:3, 3] = -100
    hu = np.where(labels > 0, 0, -1000).astype(np.int16)
    cam = aim(np.zeros(3), np.array([0.0, 1, 0]), np.array([0.0, 0, 1]), 600.0, 1000.0, 3.0, (100, 100))
    return Patient(hu, labels, affine, {1: "vertebrae_L3"}), cam


def test_a_wire_is_driven_into_a_bone_in_view_from_the_seed():
    patient, cam = block()
    wire = sized("k-wire", diameter_mm=2.0, length_mm=150.0)
    one, again, other = (place(wire, patient, cam, np.random.default_rng(s)) for s in (1, 1, 2))
    assert one == again != other
    assert one.structure == "vertebrae_L3"
    assert np.abs(one.tip_mm).max() < 35
    assert np.linalg.norm(one.direction) == pytest.approx(1)
    pose = one.world_from_tool
    assert pose[:3, :3] @ pose[:3, :3].T == pytest.approx(np.eye(3))
    assert np.linalg.det(pose[:3, :3]) == pytest.approx(1)
    assert project_solids(solids_of(wire, "wire", one), cam).mask("wire").any()
    boneless = Patient(patient.hu, patient.labels, patient.world_from_index, {1: "liver"})
    assert place(wire, boneless, cam, np.random.default_rng(0)) is None


def test_a_pedicle_screw_lies_in_its_vertebra_and_never_elsewhere():
    body = Body(phantom(), shown("ap lumbar spine"))
    placed = [p for p in drawn(rod("pedicle", 40.0), "ap lumbar spine") if p]
    assert len(placed) >= 4
    for one in placed:
        assert one.structure.startswith("vertebrae_")
        assert body.inside((one.structure,), way(one, 40.0)).mean() > 0.6
        assert one.direction[1] < -0.5  # from behind to the front
    assert not any(drawn(rod("pedicle", 40.0, ("lungs",)), "pa chest"))
    assert not any(drawn(rod("pedicle", 40.0), "ap left knee", 3))


def test_a_nail_follows_the_shaft_and_one_that_is_too_long_is_not_drawn():
    body = Body(phantom(), shown("ap left femur"))
    for one in drawn(rod("bone axis", 300.0, ("femur_left",)), "ap left femur"):
        assert one.structure == "femur_left"
        assert body.inside(("femur_left",), way(one, 300.0)).mean() > 0.5
        assert one.direction[2] < -0.9  # down the thigh
    assert not any(drawn(rod("bone axis", 600.0, ("femur_left",)), "ap left femur", 3))


def test_a_plate_lies_on_the_bone_lengthwise():
    body = Body(phantom(), shown("ap left femur"))
    placed = [p for p in drawn(rod("bone surface", 80.0, ("femur_left",)), "ap left femur") if p]
    assert placed
    for one in placed:
        out = np.array(one.across)
        assert abs(one.direction[2]) > 0.8
        assert abs(out @ one.direction) < 1e-6
        assert body.inside(("femur_left",), (np.array(one.tip_mm) - 4 * out)[None]).all()
        assert not body.inside(("femur_left",), (np.array(one.tip_mm) + 4 * out)[None]).any()


def test_a_joint_is_found_where_its_bones_meet():
    body = Body(phantom(), shown("ap pelvis"))
    for side, sign in (("left", 1), ("right", -1)):
        hip, knee = joint_centre(body, "hip", side), joint_centre(body, "knee", side)
        femur = body.structures[f"femur_{side}"]
        assert sign * hip[0] > 50
        assert femur[:, 2].max() - hip[2] < 45
        assert knee[2] - femur[:, 2].min() < 20
    one = place(rod("joint", 100.0, ("hip",)), phantom(), shown("ap pelvis"), np.random.default_rng(0))
    assert one.direction[2] > 0.9


def test_a_tube_runs_down_the_trachea_with_its_tip_above_the_bifurcation():
    body = Body(phantom(), shown("ap chest"))
    trachea = body.structures["trachea"]
    tube_ = rod("airway", 300.0, flexible=True)
    for one in drawn(tube_, "ap chest", 3):
        curve = np.array(one.curve_mm)
        assert np.abs(np.linalg.norm(np.diff(curve, axis=0), axis=1) - 2).max() < 0.5
        inside = body.inside(("trachea",), curve)
        assert inside[:10].mean() > 0.7
        assert one.tip_mm[2] > trachea[:, 2].min() + 10
        assert project_solids(solids_of(tube_, "tube", one), shown("ap chest")).mask("tube").any()
    assert not any(drawn(tube_, "ap pelvis", 2))


def test_a_vessel_has_a_centre_line_and_a_stent_lies_on_it():
    line = centre_line(phantom(), ("aorta",))
    body = Body(phantom(), shown("ap abdomen"))
    assert body.inside(("aorta",), line).mean() > 0.9
    assert centre_line(phantom(), ("no such thing",)) is None
    for one in drawn(rod("vessel", 50.0, ("aorta",)), "ap abdomen", 4):
        middle = way(one, 50.0)[25]
        assert np.linalg.norm(line - middle, axis=1).min() < 6


def test_what_lies_outside_the_body_does_so():
    body = Body(phantom(), shown("ap chest"))
    for one in drawn(rod("skin", 5.0), "ap chest"):
        assert body.hu((np.array(one.tip_mm) + 6 * np.array(one.direction))[None])[0] > -500
        assert body.in_picture(np.array([one.tip_mm])).all()
    for one in drawn(rod("hand", 150.0), "ap chest"):
        assert body.hu(np.array([one.tip_mm]))[0] < -500
    for one in drawn(rod("skin to target", 250.0, ("liver",)), "ap abdomen"):
        assert one is None or one.structure == "liver"


@pytest.mark.parametrize("view", ["pa chest", "ap pelvis"])
@pytest.mark.parametrize("side", ["left", "right"])
def test_a_letter_lies_on_its_side_of_the_patient(view: str, side: str):
    for one in drawn(rod("field", 10.0, (side,)), view, 4):
        assert (one.tip_mm[0] > 0) == (side == "left")
        row, column = shown(view).project(np.array([one.tip_mm]))[0] / 200
        assert (column > 0.5) == (side == "left")
        assert 0 < row < 1
    assert not any(drawn(rod("field", 10.0, (side,)), "lateral skull", 2))


def test_an_implant_for_one_side_is_not_put_into_the_other():
    left = rod("bone surface", 60.0, ("femur_left",))
    cam = shown("ap pelvis")
    assert place(left, phantom(), cam, np.random.default_rng(0), ("femur_right",)) is None


@pytest.mark.parametrize("part", range(8))
def test_every_family_has_a_place_in_the_phantom_in_one_of_ten_views(part: int):
    views = (
        "ap chest", "ap abdomen", "ap pelvis", "ap left shoulder", "lateral cervical spine",
        "lateral skull", "ap left knee", "lateral left foot", "ap left elbow", "pa left wrist",
    )  # fmt: skip
    families: dict[str, list[Tool]] = {}
    for one in tools().values():
        families.setdefault(one.family, []).append(one)
    lost = []
    for name in list(families)[part::8]:
        models = families[name][:: max(1, len(families[name]) // 4)]
        tries = (
            place(one, phantom(), shown(view), np.random.default_rng(0)) for one in models for view in views
        )
        if not any(tries):
            lost.append(name)
    assert lost == []


def test_the_letters_of_the_catalogue_know_their_side():
    markers = [one for one in tools().values() if "side marker" in one.family]
    assert len(markers) >= 4
    for one in markers:
        side = "left" if " l " in one.name else "right"
        assert one.target == (side,)
        placed = place(one, phantom(), shown("ap pelvis"), np.random.default_rng(0))
        assert (placed.tip_mm[0] > 0) == (side == "left")
