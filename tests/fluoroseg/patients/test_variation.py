"""Patient variation: replayable, sides kept, identity when nothing is asked."""

import json
from dataclasses import replace

import numpy as np
import pytest
from rods import box_mm, rod_man
from scipy.ndimage import map_coordinates

from fluoroseg.errors import UsageError
from fluoroseg.patients.patient import Patient
from fluoroseg.patients.variation import (
    Contrast,
    Opacity,
    Turn,
    Variation,
    Wave,
    sample_variation,
    vary,
)
from fluoroseg.patients.variation.deform import field, steepness
from fluoroseg.patients.variation.mirror import mirrored


@pytest.fixture(scope="module")
def patient() -> Patient:
    """A box of tissue with two lungs, at 5 mm, x running to the right."""
    hu = np.full((64, 40, 48), -1000, np.int16)
    labels = np.zeros(hu.shape, np.uint16)
    hu[8:56, 6:34] = 30
    labels[34:52, 10:30, 10:40], labels[12:30, 10:30, 10:40] = 2, 1
    hu[labels > 0] = -800
    affine = np.diag([-5.0, 5.0, 5.0, 1.0])
    return Patient(hu, labels, affine, {1: "lung_left", 2: "lung_right"}, "box")


def test_nothing_asked_nothing_changed(patient: Patient) -> None:
    same = vary(patient, Variation())
    assert np.array_equal(same.hu, patient.hu)
    assert np.array_equal(same.labels, patient.labels)
    assert np.array_equal(same.world_from_index, patient.world_from_index)


def test_replayable_through_json(patient: Patient) -> None:
    for seed in range(8):
        drawn = sample_variation(np.random.default_rng(seed))
        assert drawn == sample_variation(np.random.default_rng(seed))
        replayed = Variation.from_json(json.loads(json.dumps(drawn.to_json())))
        assert replayed == drawn
        a, b = vary(patient, drawn), vary(patient, replayed)
        assert np.array_equal(a.hu, b.hu)
        assert np.array_equal(a.labels, b.labels)


def test_sides_and_sizes_stay_plausible(patient: Patient) -> None:
    for seed in range(12):
        drawn = sample_variation(np.random.default_rng(seed))
        new = vary(patient, drawn)
        x = [new.to_world(np.argwhere(new.labels == n).astype(float))[:, 0].mean() for n in (1, 2)]
        assert x[0] > x[1]
        ratio = (new.labels == 1).sum() / (patient.labels == 1).sum()
        assert 0.75 < ratio < 1.3, "waves of a few mm do not change volumes much"
        assert new.known == patient.known
        assert not np.array_equal(new.hu, patient.hu)


def test_displacement_against_the_slow_way(patient: Patient) -> None:
    """Labels at the displaced places, computed point by point in world space."""
    wave = Wave((6.0, -4.0, 3.0), (0.01, 0.004, -0.012), 0.3)
    new = vary(patient, Variation(waves=(wave,)))
    index = np.argwhere(np.ones(patient.hu.shape, bool)).astype(float)
    world = patient.to_world(index)
    centred = world - patient.to_world((np.array([[8, 5, 6]]) / 2) * 8.0)
    moved = world + np.sin(centred @ np.array(wave.radians_per_mm) + wave.phase)[:, None] * wave.amplitude_mm
    back = (moved - patient.world_from_index[:3, 3]) @ np.linalg.inv(patient.world_from_index[:3, :3]).T
    back = np.clip(np.floor(back + 0.5).astype(int), 0, np.array(patient.hu.shape) - 1)
    expected = patient.labels[tuple(back.T)].reshape(patient.labels.shape)
    assert np.mean(expected != new.labels) < 0.003


def test_scale_is_free_and_about_the_centre(patient: Patient) -> None:
    new = vary(patient, Variation(scale=(1.1, 0.9, 1.0)))
    assert np.allclose(new.spacing_mm, [5.5, 4.5, 5.0])
    centre = (np.array([patient.hu.shape]) - 1) / 2
    assert np.allclose(new.to_world(centre), patient.to_world(centre))


def test_fat_surrounds_the_body(patient: Patient) -> None:
    new = vary(patient, Variation(fat_mm=20))
    added = (new.hu == -100).sum() / (2 * (48 + 28) * 48)
    assert 2 < added < 6, "about four voxels of 5 mm around"
    assert (new.labels == patient.labels).all()


def test_an_effusion_fills_the_base_and_keeps_the_label(patient: Patient) -> None:
    fluid = Opacity("right", (0.5, 0.5, 0.5), 0.0, 0.3)
    new = vary(patient, Variation(opacities=(fluid,)))
    assert (new.hu[34:52, 10:30, 10:14] > -20).all()
    assert (new.hu[34:52, 10:30, 34:40] == -800).all()
    assert np.array_equal(new.hu[12:30], patient.hu[12:30]), "the other lung is clear"
    assert np.array_equal(new.labels, patient.labels)
    narrow = np.zeros_like(patient.labels)  # the scan ends within the first sagittal plane of a lung
    narrow[34, 10:30, 10:40] = 2
    edge = Patient(patient.hu, narrow, patient.world_from_index, patient.structures)
    assert (vary(edge, Variation(opacities=(fluid,))).hu[34, 10:30, 10:14] > -20).all()


@pytest.fixture(scope="module")
def man() -> Patient:
    return rod_man()


def test_records_from_before_a_field_was_there() -> None:
    old = {"scale": [1, 1, 1.1], "waves": [], "fat_mm": 3.0, "opacities": []}
    assert Variation.from_json(old) == Variation(scale=(1.0, 1.0, 1.1), fat_mm=3.0)


@pytest.mark.parametrize(
    "record", [{"girth": 3}, {"scale": [1, 2]}, {"waves": [{"phase": 0}]}, {"turns": 3}, {"scale": "abc"}]
)
def test_what_is_no_record_is_told(record: dict) -> None:
    with pytest.raises(UsageError):
        Variation.from_json(record)


@pytest.mark.parametrize(
    "wrong",
    [
        Variation(waves=(Wave((60.0, 0, 0), (0.02, 0, 0), 0.0),)),
        Variation(girth_mm=50.0),
        Variation(scale=(1.0, 0.0, 1.0)),
        Variation(turns=(Turn("tail", 10.0),)),
        Variation(turns=(Turn("neck", 100.0),)),
        Variation(contrasts=(Contrast("hair", 10.0),)),
    ],
)
def test_what_would_fold_or_is_not_there(man: Patient, wrong: Variation) -> None:
    with pytest.raises(UsageError, match=r"expected|right"):
        vary(man, wrong)


def test_the_bound_of_steepness_is_one() -> None:
    """Never below the true slope, and equal to it for a shear."""
    rng = np.random.default_rng(0)
    nodes = np.moveaxis(np.indices((4, 5, 6), float), 0, -1) * [2.0, 3.0, 4.0]
    shear = nodes @ np.diag([0.3, 0.0, 0.0])
    assert np.isclose(steepness(shear, np.array([2.0, 3.0, 4.0])), 0.3)
    move = rng.normal(0, 0.4, nodes.shape)
    sides = np.array([2.0, 3.0, 4.0])
    bound = steepness(move, sides)
    a, b = rng.uniform(0, [3, 4, 5], (2, 4000, 3))
    values = [np.stack([map_coordinates(move[..., d], p.T, order=1) for d in range(3)], 1) for p in (a, b)]
    slopes = np.linalg.norm(values[0] - values[1], axis=1) / np.linalg.norm((a - b) * sides, axis=1)
    assert 0.3 * bound < slopes.max() <= bound


def test_nothing_folds(man: Patient) -> None:
    """Jacobian of the new body's map above 0 everywhere: proved by its slope, and measured at the nodes."""
    hard = Variation(waves=(Wave((20.0, 0, 0), (0.0, 0.045, 0), 0.0),), girth_mm=20.0)
    for drawn in (*(sample_variation(np.random.default_rng(seed)) for seed in (1, 2)), hard):
        where = field(man, replace(drawn, turns=()))
        nodes = np.moveaxis(np.indices(where.shift.shape[:3], np.float32), 0, -1) * where.step
        move = (where.shift + where.low).astype(float) * 4.0
        assert steepness(move, where.step * 4.0) < 0.81
        x, y, z = (
            np.diff(where.shift + nodes, axis=axis)[tuple(slice(n - 1) for n in where.shift.shape[:3])]
            for axis in range(3)
        )
        assert (np.cross(x, y) * z).sum(-1).min() > 0.01 * np.prod(where.step)


def test_a_leg_turns_about_the_hip_and_its_bones_stay_rigid(man: Patient) -> None:
    turned = vary(man, Variation(turns=(Turn("hip_left", 0.0, 20.0, 0.0),)))
    for name in ("femur_left", "tibia_left"):
        before, after = box_mm(man, name), box_mm(turned, name)
        assert 0.9 < len(after) / len(before) < 1.1
        assert after[:, 0].max() > before[:, 0].max() + 20, "outwards: to the left"
        axis = np.linalg.svd(after - after.mean(0), full_matrices=False)[2][0]
        angle = np.degrees(np.arccos(abs(axis[2])))
        assert abs(angle - 20) < 1.0
        across = (after - after.mean(0)) - np.outer((after - after.mean(0)) @ axis, axis)
        assert np.linalg.norm(across, axis=1).max() < 1.2 * 4 * np.sqrt(3**2 + 3**2) + 4, "still straight"
    for name in ("hip_left", "femur_right", "vertebrae_L3", "liver"):
        assert np.allclose(box_mm(man, name).mean(0), box_mm(turned, name).mean(0), atol=1.0)
    assert turned.hu.shape[0] > man.hu.shape[0], "the volume grew with the leg"


def test_both_sides_open_alike_and_flexion_is_forward(man: Patient) -> None:
    wide = vary(man, Variation(turns=(Turn("hip_left", 0, 15, 0), Turn("hip_right", 0, 15, 0))))
    left, right = (box_mm(wide, f"tibia_{side}")[:, 0].mean() for side in ("left", "right"))
    before = [box_mm(man, f"tibia_{side}")[:, 0].mean() for side in ("left", "right")]
    assert np.isclose(left - before[0], before[1] - right, atol=1.0)
    bent = vary(man, Variation(turns=(Turn("hip_left", 20), Turn("knee_left", 40))))
    assert box_mm(bent, "femur_left")[:, 1].min() < box_mm(man, "femur_left")[:, 1].min() - 20
    ordered = box_mm(bent, "tibia_left")
    low, high = ordered[ordered[:, 2].argmin()], ordered[ordered[:, 2].argmax()]
    assert low[1] > high[1] + 30, "the shank hangs backwards"
    leaning = vary(man, Variation(turns=(Turn("lumbar", 0, 10, 0),)))
    assert box_mm(leaning, "vertebrae_L1")[:, 0].mean() > box_mm(man, "vertebrae_L1")[:, 0].mean() + 3


def test_a_joint_that_is_not_there_is_left_alone(man: Patient, patient: Patient) -> None:
    turns = tuple(Turn(joint, 15, 10, 10) for joint in ("elbow_left", "neck", "ankle_right"))
    same = vary(man, Variation(turns=turns))
    assert np.array_equal(same.hu, man.hu)
    assert np.array_equal(vary(patient, Variation(turns=turns)).labels, patient.labels)


def test_waves_bend_no_straight_bone(man: Patient) -> None:
    """A sine along the body bends soft tissue; a femur may tilt and stretch but stays straight."""
    wave = Wave((12.0, 0.0, 0.0), (0.0, 0.0, 0.024), 0.4)
    new = vary(man, Variation(waves=(wave,)))
    points = box_mm(new, "femur_left")
    middle = [points[points[:, 2] == z][:, 0].mean() for z in np.unique(points[:, 2])[4:-4]]
    height = np.arange(len(middle))
    bend = np.abs(middle - np.polyval(np.polyfit(height, middle, 1), height)).max()
    assert bend < 2.0, "half a voxel"
    free = Patient(man.hu, man.labels, man.world_from_index, dict.fromkeys(man.structures, "liver"))
    soft = vary(free, Variation(waves=(wave,)))
    points = soft.to_world(np.argwhere(soft.labels == man.label_of("femur_left")).astype(float))
    middle = [points[points[:, 2] == z][:, 0].mean() for z in np.unique(points[:, 2])[4:-4]]
    height = np.arange(len(middle))
    assert np.abs(middle - np.polyval(np.polyfit(height, middle, 1), height)).max() > 3.0


def test_girth_moves_the_skin_and_no_bone(man: Patient) -> None:
    volume = {g: (vary(man, Variation(girth_mm=g)).hu > -300).sum() for g in (-10.0, 0.0, 10.0)}
    assert volume[-10.0] < 0.93 * volume[0.0]
    assert volume[10.0] > 1.07 * volume[0.0]
    thick = vary(man, Variation(girth_mm=10.0))
    for name in ("femur_left", "vertebrae_L3"):
        assert abs(len(box_mm(thick, name)) / len(box_mm(man, name)) - 1) < 0.05


def test_mirrored_sides_are_named_as_they_lie(man: Patient) -> None:
    new = vary(man, Variation(mirrored=True))
    for name in ("femur_left", "lung_left", "hip_right", "tibia_right"):
        there, before = box_mm(new, name)[:, 0], box_mm(man, name)[:, 0]
        assert (there.mean() > 198) == (before.mean() > 198), "left is still left"
    assert box_mm(new, "liver")[:, 0].mean() > 198, "situs inversus: the liver lies on the left"
    assert new.known >= {"kidney_right", "spleen"}
    assert "kidney_left" not in new.known
    twice = vary(new, Variation(mirrored=True))
    assert np.array_equal(twice.hu, man.hu)
    assert twice.structures == man.structures
    assert twice.known == man.known


def test_names_without_a_counterpart() -> None:
    names = {
        1: "lung_middle_lobe_right",
        2: "heart_atrium_left",
        3: "rib_left_3",
        4: "liver_lobe_left",
        5: "sternum",
        6: "phalanx_distal_hand_2_left",
    }
    labels = np.arange(8, dtype=np.uint16).reshape(2, 2, 2) % 7
    one = Patient(np.zeros((2, 2, 2), np.int16), labels, np.eye(4), names)
    assert list(mirrored(one).structures.values()) == [
        "lung_left",
        "heart_atrium_left",
        "rib_right_3",
        "liver_lobe_left",
        "sternum",
        "phalanx_distal_hand_2_right",
    ]


def test_only_bodies_without_sided_organs_are_mirrored_by_chance(man: Patient) -> None:
    bones = {n: s for n, s in man.structures.items() if s.startswith(("femur", "hip", "tibia"))}
    pelvis = Patient(man.hu, np.where(man.labels <= 3, man.labels, 0), man.world_from_index, bones)
    drawn = [sample_variation(np.random.default_rng(s), pelvis).mirrored for s in range(40)]
    assert 8 < sum(drawn) < 32
    assert not any(sample_variation(np.random.default_rng(s), man).mirrored for s in range(40))
