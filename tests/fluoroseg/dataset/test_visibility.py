import numpy as np
import pytest

from fluoroseg.dataset.visibility import visibility
from fluoroseg.geometry.camera import Camera, aim
from fluoroseg.patients.patient import Patient

LIVER, SPLEEN = 5, 1


@pytest.fixture
def patient() -> Patient:
    """Two 60 mm cubes side by side at 5 mm: the liver inside, the spleen up to the volume's left end."""
    labels = np.zeros((40, 20, 30), np.uint16)
    labels[6:18, 4:16, 9:21] = LIVER
    labels[28:40, 4:16, 9:21] = SPLEEN
    affine = np.diag([5.0, 5.0, 5.0, 1.0])
    affine[:3, 3] = -2.5 * (np.array(labels.shape) - 1)
    return Patient(np.zeros(labels.shape, np.int16), labels, affine, {LIVER: "liver", SPLEEN: "spleen"})


def camera_at(x_mm: float, shape: tuple[int, int] = (200, 200)) -> Camera:
    """Frontal, nearly parallel, so that the picture is as wide as it is in the middle of the body."""
    centre, beam, up = np.array([x_mm, 0, 0]), np.array([0.0, 1, 0]), np.array([0.0, 0, 1])
    return aim(centre, beam, up, 1e5, 1e5 + 100.0, 1.0, shape)


def test_shares_are_those_of_every_voxel(patient):
    for x_mm in (-100.0, -40.0, 0.0, 33.0, 90.0):
        camera = camera_at(x_mm, (50, 120))
        seen = visibility(patient, camera, ["liver", "spleen"])
        for name, label in (("liver", LIVER), ("spleen", SPLEEN)):
            at = camera.project(patient.to_world(np.argwhere(patient.labels == label).astype(float)))
            inside = np.all((at > -0.5) & (at < np.array(camera.shape) - 0.5), axis=1)
            assert seen[name].share == pytest.approx(inside.mean(), abs=0.01)


def test_whole_none_and_cut(patient):
    seen = visibility(patient, camera_at(0.0, (300, 300)), ["liver", "spleen", "k-wire 2.0 mm", "heart"])
    assert set(seen) == {"liver", "spleen"}
    assert (seen["liver"].share, seen["liver"].cut_by_volume) == (1.0, False)
    assert (seen["spleen"].share, seen["spleen"].cut_by_volume) == (1.0, True)
    assert visibility(patient, camera_at(1000.0), ["liver"])["liver"].share == 0


def test_behind_the_source_is_not_seen(patient):
    centre, beam, up = np.array([0.0, 500, 0]), np.array([0.0, 1, 0]), np.array([0.0, 0, 1])
    camera = aim(centre, beam, up, 100.0, 200.0, 5.0, (200, 200))
    assert visibility(patient, camera, ["liver"])["liver"].share == 0


def test_an_empty_patient_has_nothing_to_see(patient):
    empty = Patient(patient.hu, np.zeros_like(patient.labels), patient.world_from_index, {})
    assert visibility(empty, camera_at(0.0), ["liver"]) == {}
