"""Views stand where they should, whatever the volume's axes, and left stays left."""

import json

import numpy as np
import pytest

from fluoroseg.errors import AnatomyError, UsageError
from fluoroseg.geometry.points import structure_points
from fluoroseg.geometry.pose import View
from fluoroseg.geometry.segments import frame_of
from fluoroseg.geometry.views import canonical_view, find_view, random_view, views, views_of
from fluoroseg.patients.patient import Patient

NAMES = {1: "lung_left", 2: "lung_right", 3: "vertebrae_T6", 4: "heart"}
BOXES_MM = {  # LPS: low, high
    1: ((20, -60, 0), (120, 60, 200)),
    2: ((-120, -60, 0), (-20, 60, 200)),
    3: ((-15, 62, 90), (15, 92, 112)),
    4: ((-10, -58, 20), (18, 20, 90)),
}


def chest(axes: str = "LPS", spacing: tuple[float, float, float] = (4.0, 4.0, 4.0)):
    """Two box lungs, a vertebra and a heart on a grid with any axis order and flips."""
    world = {"L": 0, "R": 0, "P": 1, "A": 1, "S": 2, "I": 2}
    lower, upper = np.array([-160.0, -120, -60]), np.array([160.0, 120, 260])
    affine = np.eye(4)
    shape = []
    for i, axis in enumerate(axes):
        w, sign = world[axis], 1 if axis in "LPS" else -1
        affine[:3, i] = 0
        affine[w, i] = sign * spacing[i]
        affine[w, 3] = (lower if sign > 0 else upper)[w]
        shape.append(int((upper - lower)[w] / spacing[i]) + 1)
    index = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1)
    lps = index @ affine[:3, :3].T + affine[:3, 3]
    labels = np.zeros(shape, dtype=np.uint16)
    for label, (low, high) in BOXES_MM.items():
        labels[((lps >= low) & (lps <= high)).all(axis=-1)] = label
    hu = np.where(labels == 3, 800, np.where((labels == 1) | (labels == 2), -800, 20)).astype(np.int16)
    return Patient(hu, labels, affine, dict(NAMES), "box chest")


GRIDS = [("LPS", (4, 4, 4)), ("RAS", (3, 4, 5)), ("SLP", (6, 3, 4)), ("AIR", (4, 2.5, 4)), ("PSR", (5, 5, 3))]


@pytest.mark.parametrize(("axes", "spacing"), GRIDS)
@pytest.mark.parametrize("name", ["pa chest", "ap chest"])
def test_frontal_chest_on_any_grid(axes, spacing, name):
    patient = chest(axes, tuple(map(float, spacing)))
    view = find_view(patient, name, 200)
    front = np.array([0.0, -1, 0]) if name == "ap chest" else np.array([0.0, 1, 0])
    towards_source = view.camera.source_mm - np.array([0, 0, 100])
    assert towards_source / np.linalg.norm(towards_source) == pytest.approx(front, abs=0.02)
    assert abs(view.camera.source_distance_mm) == pytest.approx(1800)
    left, right, top, middle = view.camera.project(
        np.array([[70.0, 0, 100], [-70, 0, 100], [0, 0, 200], [0, 0, 100]])
    )
    assert left[1] > 120 > 80 > right[1]  # the patient's left on the picture's right
    assert top[0] < 40 < middle[0]
    assert middle == pytest.approx([99.5, 99.5], abs=4)
    corners = np.array([[x, y, z] for x in (-120.0, 120) for y in (-60.0, 60) for z in (0.0, 200)])
    spots = view.camera.project(corners)
    assert spots.min() > 8
    assert spots.max() < 191  # a margin on every side
    assert np.ptp(spots) > 130  # and not lost in the picture


def test_left_lateral_has_the_source_at_the_right_and_anterior_at_the_left():
    for name, side in (("left lateral chest", -1), ("right lateral chest", 1)):
        camera = find_view(chest(), name, 100).camera
        assert camera.source_mm[0] * side > 1000
        front, back = camera.project(np.array([[0.0, -50, 100], [0.0, 50, 100]]))
        assert front[1] < back[1]


def test_small_structures_and_volume_ends_are_seen():
    patient = chest(spacing=(1.5, 2.0, 2.0))
    labels = patient.labels.copy()
    labels[7, 9, 11] = 9  # one voxel, between the coarse grid's points
    labels[50, 50, 0] = 10
    patient = Patient(patient.hu, labels, patient.world_from_index, {**NAMES, 9: "a", 10: "b", 11: "none"})
    points = structure_points(patient)
    assert points["a"].world_mm == pytest.approx(patient.to_world(np.array([[7.0, 9, 11]])))
    assert points["b"].cut
    assert not points["heart"].cut
    assert "none" not in points


def test_two_labels_of_one_structure_are_one_structure():
    plain = chest()
    two = Patient(plain.hu, plain.labels, plain.world_from_index, {1: "lungs", 2: "lungs"})
    across = structure_points(two)["lungs"].world_mm[:, 0]
    assert (across.min(), across.max()) == pytest.approx((-120, 120), abs=5)
    assert len(across) <= 4000


def test_names_are_forgiving_and_unknown_names_suggest():
    for name in ("PA chest", "chest pa", "pa_chest", "CXR PA", "chest", "Postero-anterior chest view"):
        assert canonical_view(name) == "pa chest"
    assert canonical_view("lateral L-spine") == "lateral lumbar spine"
    assert canonical_view("pelvis outlet") == "outlet pelvis"
    assert canonical_view("left hip") == "ap left hip"
    assert canonical_view("pelvis") == "ap pelvis"
    assert canonical_view("RAO 30 CAU 20") == "rao caudal coronary arteries"
    assert (
        canonical_view("left anterior oblique 45, cranial 25 coronaries") == "lao cranial coronary arteries"
    )
    assert canonical_view("skyline view of the right knee") == "sunrise right knee"
    assert canonical_view("Judet, left obturator") == "left obturator oblique pelvis"
    assert canonical_view("odontoid") == "open mouth dens"
    assert all(canonical_view(name) == name for name in views())
    for name in (
        "",
        "ap",
        "left",
        "sunrise",
        "ap elbow",
        "knee",
        "lateral knee",
        "sunrise patella",
        "oblique",
    ):  # no side is guessed
        with pytest.raises(UsageError, match="did you mean"):
            canonical_view(name)


def test_a_missing_target_says_what_is_missing_and_what_there_is():
    with pytest.raises(AnatomyError, match=r"hip_left.*Views of this patient: pa chest, ap chest"):
        find_view(chest(), "ap pelvis")
    assert set(views_of(chest())) == {
        v for v in views() if v.endswith(("chest", "coronary arteries", "left ventricle"))
    }


def test_records_replay_and_jitter_is_drawn_from_the_seed():
    patient = chest()
    for draw in (
        lambda seed: find_view(patient, "pa chest", 64, np.random.default_rng(seed)),
        lambda seed: random_view(patient, 64, np.random.default_rng(seed)),
    ):
        one, again, other = draw(1), draw(1), draw(2)
        assert json.dumps(one.record) == json.dumps(again.record) != json.dumps(other.record)
        replay = View.from_record(json.loads(json.dumps(one.record)))
        assert replay.camera.to_record() == one.camera.to_record()


def test_random_views_keep_to_their_ranges():
    patient = chest()
    rng = np.random.default_rng(0)
    zooms, sides = [], []
    for _ in range(200):
        view = random_view(patient, 64, rng)
        pose = view.record["pose"]
        assert 900 <= pose["source_to_detector_mm"] <= 1200
        assert 0.5 <= pose["source_to_centre_mm"] / pose["source_to_detector_mm"] <= 0.8
        zooms.append(view.record["zoom"])
        off_frontal = abs((pose["rotation_deg"] + 90) % 180 - 90)
        assert abs(pose["tilt_deg"]) <= 40
        sides.append(off_frontal)
        # Hung as documented: the picture's right is the patient's left, near a lateral posterior.
        right = view.camera.right_mm / np.linalg.norm(view.camera.right_mm)
        roll = np.radians(pose["roll_deg"])
        level = np.cos(roll) * right - np.sin(roll) * view.camera.down_mm / np.linalg.norm(
            view.camera.down_mm
        )
        level = frame_of(patient, "trunk").T @ level
        assert level[0] > -0.4 if off_frontal > 69 else level[0] > 0.3
    assert 0.1 < np.mean(np.array(zooms) < 1) < 0.4
    assert 0.1 < np.mean(np.array(sides) > 80) < 0.5
    assert random_view(patient, 64, rng, target="heart").record["target"] == "heart"
    with pytest.raises(AnatomyError):
        random_view(patient, 64, rng, target="femur_left")


def test_a_femur_cut_by_the_volume_has_no_knee():
    labels = np.zeros((20, 20, 100), dtype=np.uint16)
    labels[8:12, 8:12, :80] = 1  # its lower end leaves the volume, its head is in it
    affine = np.diag([4.0, 4.0, 4.0, 1.0])
    patient = Patient(np.zeros(labels.shape, np.int16), labels, affine, {1: "femur_left"})
    assert set(views_of(patient)) == {
        "ap left hip", "frog leg left hip", "lauenstein left hip", "cross table lateral left hip",
        "ap left femur", "lateral left femur",
    }  # fmt: skip
    pose = find_view(patient, "ap left hip", 64).record["pose"]
    assert pose["centre_mm"][2] == pytest.approx(79 * 4 - 40, abs=5)


def test_random_views_keep_off_the_ends_that_cut_the_body():
    labels = np.zeros((40, 30, 100), dtype=np.uint16)
    labels[5:35, 5:25, :80] = 1  # cut below (z = 0), ending in air above (z = 316)
    patient = Patient(np.zeros(labels.shape, np.int16), labels, np.diag([4.0, 4, 4, 1]), {1: "liver"})
    rng = np.random.default_rng(0)
    heights = []
    for _ in range(100):
        pose = random_view(patient, 64, rng).record["pose"]
        field = pose["pixel_mm"] * 64 * pose["source_to_centre_mm"] / pose["source_to_detector_mm"]
        assert pose["centre_mm"][2] >= 0.4 * field - 1e-6
        heights.append(pose["centre_mm"][2])
    assert max(heights) > 290  # the free end is not avoided


def test_a_few_structures_lie_straight_unless_they_clearly_do_not():
    def beam(turn_deg: float) -> np.ndarray:
        turn, boxes = np.eye(4), chest()
        cosine, sine = np.cos(np.radians(turn_deg)), np.sin(np.radians(turn_deg))
        turn[:2, :2] = [[cosine, -sine], [sine, cosine]]
        lying = Patient(boxes.hu, boxes.labels, turn @ boxes.world_from_index, boxes.structures)
        return turn[:3, :3].T @ find_view(lying, "ap chest", 64).camera.normal

    assert beam(0.0) == pytest.approx([0, 1, 0], abs=1e-6)
    assert beam(90.0)[1] == pytest.approx(1, abs=0.02)  # boxes are no anatomy: some degrees off
    assert beam(-50.0)[1] == pytest.approx(1, abs=0.02)
