"""Every standard view shows what it is for, on whatever axes the patient lies, whole or in part."""

import json
from collections.abc import Callable

import numpy as np
import pytest

from fluoroseg.anatomy.sides import swap_sides
from fluoroseg.cli import main
from fluoroseg.errors import AnatomyError
from fluoroseg.geometry.parts import Part, points_of
from fluoroseg.geometry.points import structure_points
from fluoroseg.geometry.segments import segments
from fluoroseg.geometry.standard import REGIONS, STANDARD_VIEWS
from fluoroseg.geometry.views import canonical_view, find_view, target_of, views, views_of
from fluoroseg.patients.patient import Patient

SIZE = 100


def centre(patient: Patient, name: str, end: str = "") -> np.ndarray:
    return np.concatenate(points_of(structure_points(patient), Part(name, end))).mean(axis=0)


def place(patient: Patient, view: str, name: str) -> np.ndarray:
    """Row and column of a structure's centre."""
    return find_view(patient, view, SIZE).camera.project(centre(patient, name)[None])[0]


def moved(patient: Patient, axis: tuple[float, float, float], angle_deg: float, shift: tuple) -> Patient:
    """The same voxels, elsewhere in the world."""
    from scipy.spatial.transform import Rotation

    world = np.eye(4)
    world[:3, :3] = Rotation.from_rotvec(
        np.radians(angle_deg) * np.array(axis) / np.linalg.norm(axis)
    ).as_matrix()
    world[:3, 3] = shift
    return Patient(patient.hu, patient.labels, world @ patient.world_from_index, patient.structures, "moved")


def reordered(patient: Patient) -> Patient:
    """Other axes in the file, the same body in the world."""
    last = patient.labels.shape[2] - 1
    affine = patient.world_from_index[:, [2, 0, 1, 3]].copy()
    affine[:, 0] = -patient.world_from_index[:, 2]
    affine[:, 3] += patient.world_from_index[:, 2] * last

    def turn(volume: np.ndarray) -> np.ndarray:
        return np.ascontiguousarray(volume.transpose(2, 0, 1)[::-1])

    return Patient(turn(patient.hu), turn(patient.labels), affine, patient.structures, "reordered")


def only(patient: Patient, keep: Callable[[str], bool]) -> Patient:
    """Without the other structures."""
    structures = {label: name for label, name in patient.structures.items() if keep(name)}
    labels = np.where(np.isin(patient.labels, list(structures)), patient.labels, 0).astype(np.uint16)
    return Patient(patient.hu, labels, patient.world_from_index, structures, "some")


def test_there_are_many_views_each_for_both_sides():
    assert len(views()) >= 120
    for name, standard in STANDARD_VIEWS.items():
        assert REGIONS[standard.region].segment in segments()
        assert canonical_view(name) == name
        one_sided = standard.region == "left ventricle" or name.startswith(("lpo", "rpo"))
        if {"left", "right"} & set(standard.region.split()) and not one_sided:
            assert swap_sides(name) in STANDARD_VIEWS


@pytest.mark.parametrize("which", ["body", "raised"])
def test_every_view_holds_its_target_and_is_filled_by_it(which, request):
    patient = request.getfixturevalue(which)
    assert set(views_of(patient)) == set(views())
    for name in views():
        camera = find_view(patient, name, SIZE).camera
        target = target_of(patient, STANDARD_VIEWS[name].region)
        assert ((target - camera.source_mm) @ (camera.origin_mm - camera.source_mm) > 0).all(), name
        at = camera.project(target)
        assert ((at > 0) & (at < SIZE - 1)).all(axis=1).mean() > 0.98, name
        assert np.ptp(at, axis=0).max() > 0.35 * SIZE, name


TURNS = [
    ((0, 0, 1), 90.0, (0, 0, 0)),
    ((1, 2, 0.5), 35.0, (300, -50, 1000)),
    ((0.3, -1, 0.2), 160.0, (-20, 900, 40)),
]


@pytest.mark.parametrize(("axis", "angle", "shift"), TURNS)
def test_a_turned_patient_gives_the_same_pictures(body, axis, angle, shift):
    there = moved(body, axis, angle, shift)
    assert views_of(there) == views_of(body)
    for name in views():
        region = STANDARD_VIEWS[name].region
        straight = find_view(body, name, SIZE).camera.project(target_of(body, region))
        turned = find_view(there, name, SIZE).camera.project(target_of(there, region))
        assert np.abs(turned - straight).max() < 1.0, name


def test_the_order_of_the_volume_axes_does_not_matter(body):
    other = reordered(body)
    for name in views():
        marks = target_of(body, STANDARD_VIEWS[name].region)[::5]
        apart = find_view(other, name, SIZE).camera.project(marks) - find_view(
            body, name, SIZE
        ).camera.project(marks)
        assert np.abs(apart).max() < 4.0, name  # other sample points, half a voxel away


def test_the_patients_left_is_on_the_pictures_right(body):
    pairs = {
        "pa chest": "lung", "ap chest": "lung", "lao chest": "lung", "apical lordotic chest": "scapula",
        "ap abdomen": "kidney", "kub": "kidney", "ap pelvis": "hip", "inlet pelvis": "hip",
        "outlet pelvis": "hip", "pa skull": "eye", "towne skull": "eye", "waters skull": "eye",
        "submentovertex skull": "eye", "ap cervical spine": "sternocleidomastoid", "ap coccyx": "femur",
        "spider coronary arteries": "scapula", "rao cranial coronary arteries": "lung",
        "left obturator oblique pelvis": "hip", "right iliac oblique pelvis": "hip",
    }  # fmt: skip
    for view, name in pairs.items():
        assert place(body, view, f"{name}_left")[1] > place(body, view, f"{name}_right")[1] + 5, view


def test_laterals_have_the_front_at_the_left(body):
    fronts = {
        "left lateral chest": ("sternum", "vertebrae_T6"), "lateral skull": ("mandible", "vertebrae_C1"),
        "right lateral skull": ("mandible", "vertebrae_C1"),
        "lateral left knee": ("patella_left", "fibula_left"),
        "lateral right knee": ("patella_right", "fibula_right"),
        "lateral left foot": ("metatarsal_left", "calcaneus_left"),
        "lateral right foot": ("metatarsal_right", "calcaneus_right"),
        "lateral lumbar spine": ("stomach", "spinal_cord"),
    }  # fmt: skip
    for view, (front, back) in fronts.items():
        assert place(body, view, front)[1] < place(body, view, back)[1] - 5, view


@pytest.mark.parametrize("which", ["body", "raised"])
@pytest.mark.parametrize(("side", "sign"), [("left", 1), ("right", -1)])
def test_limbs_hang_by_their_own_axes(which, side, sign, request):
    """AP as a body that faces us: a left limb's outside on the right. Hands and feet as the source sees them,
    fingers and toes upwards: a left thumb and a left big toe on the right."""
    patient = request.getfixturevalue(which)
    outside = {
        f"ap {side} knee": ("fibula", "tibia"), f"ap {side} lower leg": ("fibula", "tibia"),
        f"mortise {side} ankle": ("fibula", "tibia"), f"ap {side} forearm": ("radius", "ulna"),
        f"pa {side} hand": ("metacarpal_1", "metacarpal_5"),
        f"pa {side} wrist": ("metacarpal_1", "metacarpal_5"),
        f"dorsoplantar {side} foot": ("metatarsal_1", "metatarsal_5"),
    }  # fmt: skip
    for view, (right, left) in outside.items():
        assert (
            sign * (place(patient, view, f"{right}_{side}") - place(patient, view, f"{left}_{side}"))[1] > 2
        ), view
    above = {
        f"ap {side} knee": ("femur", "tibia"), f"ap {side} elbow": ("humerus", "ulna"),
        f"ap {side} forearm": ("humerus", "carpal"), f"pa {side} hand": ("phalanges_hand", "carpal"),
        f"ap {side} humerus": ("scapula", "ulna"), f"sunrise {side} knee": ("patella", "femur"),
        f"dorsoplantar {side} foot": ("metatarsal", "calcaneus"),
        f"lateral {side} foot": ("talus", "calcaneus"),
    }  # fmt: skip
    for view, (top, bottom) in above.items():
        assert (place(patient, view, f"{bottom}_{side}") - place(patient, view, f"{top}_{side}"))[0] > 5, view


@pytest.mark.parametrize("which", ["body", "raised"])
@pytest.mark.parametrize("side", ["left", "right"])
def test_a_hand_is_seen_square_to_its_palm(which, side, request):
    patient = request.getfixturevalue(which)
    knuckles = [centre(patient, f"metacarpal_{n}_{side}") for n in (2, 3, 5)]
    palm = np.cross(knuckles[2] - knuckles[0], centre(patient, f"carpal_{side}") - knuckles[1])
    palm /= np.linalg.norm(palm)
    beam = find_view(patient, f"pa {side} hand", SIZE).camera.normal
    assert abs(beam @ palm) > np.cos(np.radians(12))
    assert abs(find_view(patient, f"lateral {side} hand", SIZE).camera.normal @ palm) < np.sin(np.radians(12))
    thumb = centre(patient, f"phalanges_hand_{side}")
    camera = find_view(patient, f"pa {side} hand", SIZE).camera  # palm at the detector: fingers bend away
    assert (thumb - camera.source_mm) @ (knuckles[1] - camera.source_mm) > 0


def test_pelvic_views_are_on_the_anterior_pelvic_plane(body):
    """The plane leans by 20 degrees with the whole body; inlet and outlet keep their angles to it."""
    leant = moved(body, (1, 0, 0), 20.0, (0, 0, 0))
    beams = {n: find_view(leant, f"{n} pelvis", SIZE).camera.normal for n in ("ap", "inlet", "outlet")}
    between = {n: np.degrees(np.arccos(abs(beams["ap"] @ beams[n]))) for n in ("inlet", "outlet")}
    assert between == {"inlet": pytest.approx(45, abs=0.1), "outlet": pytest.approx(40, abs=0.1)}


def test_a_part_of_a_body_allows_the_views_of_that_part(body):
    chest = only(body, lambda n: n.startswith(("lung", "heart", "rib_", "vertebrae_T")))
    allowed = set(views_of(chest))
    assert {"pa chest", "left lateral chest", "ap thoracic spine", "spider coronary arteries"} <= allowed
    assert not {
        v for v in allowed if any(w in v for w in ("hand", "knee", "pelvis", "skull", "cervical", "foot"))
    }
    with pytest.raises(AnatomyError, match="pa left hand"):
        find_view(chest, "pa left hand")
    arm = only(body, lambda n: n.endswith("_left") and n.split("_")[0] in ("radius", "ulna", "humerus"))
    assert "lateral left forearm" in views_of(arm)
    assert not [v for v in views_of(arm) if "right" in v.split() or "knee" in v]


def test_views_of_a_part_are_those_of_the_whole(body):
    """A few of the trunk's structures: the axes hardly move."""
    kept = ("lung", "heart", "liver", "vertebrae_T8", "vertebrae_T9", "rib_left_7", "rib_right_7")
    few = only(body, lambda n: n.startswith(kept))
    for view in ("pa chest", "left lateral chest"):
        whole, part = (find_view(p, view, SIZE).camera.normal for p in (body, few))
        assert np.degrees(np.arccos(min(1.0, whole @ part))) < 3, view


def test_the_command_lists_all_views_or_those_of_a_patient(capsys, patients):
    assert main(["views", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(views())
    assert lines[0].startswith("pa chest  ")
    assert main(["views", "list", patients[0], "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    allowed = [view["name"] for view in told["views"]]
    assert "ap pelvis" in allowed
    assert "ap skull" not in allowed
    assert {"shows", "segment", "rotation_deg", "device"} <= told["views"][0].keys()
    assert main(["views", "list", "no such patient"]) == 2
    assert "no such patient" in capsys.readouterr().err
