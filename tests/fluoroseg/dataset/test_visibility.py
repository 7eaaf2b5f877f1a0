import numpy as np
import pytest

from fluoroseg.anatomy import members
from fluoroseg.dataset.visibility import visibility
from fluoroseg.geometry.camera import Camera, aim
from fluoroseg.geometry.points import structure_points
from fluoroseg.patients.patient import Patient
from fluoroseg.patients.phantom import phantom

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


def seen_slowly(points_mm: np.ndarray, camera: Camera, field: np.ndarray) -> np.ndarray:
    """Point for point: in front of the source, and on an exposed pixel."""
    front = (points_mm - camera.source_mm) @ camera.normal * np.sign(camera.source_distance_mm) > 1e-3
    at = np.floor(camera.project(points_mm[front]) + 0.5)
    inside = ((at >= 0) & (at < camera.shape)).all(axis=1)
    front[front] = [ok and field[int(r), int(c)] for ok, (r, c) in zip(inside, at, strict=True)]
    return front


@pytest.mark.parametrize("mirror", [False, True])
def test_shares_of_a_body_are_those_of_the_slow_reference(mirror):
    body = phantom(spacing_mm=4.0)
    rng = np.random.default_rng(3)
    field = np.add.outer(np.arange(120), np.arange(150)) % 7 > 1
    shown = 0
    for centre in structure_points(body)["liver"].world_mm[::1000] + rng.normal(0, 200, (1, 3)):
        beam, up = rng.normal(size=3), rng.normal(size=3)
        # The source within the body: much of it lies behind.
        camera = aim(centre, beam, up, 150.0, 600.0, 4.0, field.shape, mirror=mirror)
        seen = visibility(body, camera, structure_points(body), field)
        hits = {n: seen_slowly(p.world_mm, camera, field) for n, p in structure_points(body).items()}
        for name in hits:
            expected = np.concatenate([hits[part] for part in members(name) & hits.keys()])
            assert seen[name].share == pytest.approx(expected.mean(), abs=1.01 / len(expected)), name
            shown += 0 < seen[name].share < 1
    assert shown > 50


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
