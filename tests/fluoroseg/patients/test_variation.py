"""Patient variation: replayable, sides kept, identity when nothing is asked."""

import json

import numpy as np
import pytest

from fluoroseg.patients.patient import Patient
from fluoroseg.patients.variation import Opacity, Variation, Wave, sample_variation, vary


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
