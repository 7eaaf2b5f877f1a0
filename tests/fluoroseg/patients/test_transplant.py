"""One phantom's pelvis in another phantom, whose own femora and spine tell where they should come to lie."""

import dataclasses

import numpy as np
import pytest
from scipy.spatial import cKDTree

from fluoroseg.errors import GeometryError
from fluoroseg.patients.patient import Patient
from fluoroseg.patients.phantom import phantom
from fluoroseg.patients.transplant import PELVIS, transplant


@pytest.fixture(scope="module")
def donor() -> Patient:
    return phantom(seed=2, sex="female", height_cm=168, spacing_mm=4)


@pytest.fixture(scope="module")
def host() -> Patient:
    return phantom(seed=1, sex="male", height_cm=183, weight_kg=95, spacing_mm=4)


@pytest.fixture(scope="module")
def made(donor: Patient, host: Patient) -> Patient:
    return transplant(bare(donor), host, spacing_mm=3)


def bare(whole: Patient) -> Patient:
    """Its pelvis alone, in another world: turned by 10 degrees, elsewhere, larger."""
    labels = {whole.label_of(name): name for name in PELVIS}
    bone = np.isin(whole.labels, list(labels))
    turn = np.eye(4)
    angle = np.radians(10)
    turn[:2, :2] = 1.05 * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    turn[2, 2] = 1.05
    turn[:3, 3] = 40, -25, 300
    return Patient(
        np.where(bone, whole.hu, np.int16(-1000)),
        np.where(bone, whole.labels, np.uint16(0)),
        turn @ whole.world_from_index,
        labels,
        "bones",
    )


def places(patient: Patient, name: str) -> np.ndarray:
    return patient.to_world(np.argwhere(patient.labels == patient.label_of(name)).astype(float))


def moved(points: np.ndarray, donor: Patient) -> np.ndarray:
    """The donor's world -> the one of its bare bones."""
    motion = bare(donor).world_from_index @ np.linalg.inv(donor.world_from_index)
    return points @ motion[:3, :3].T + motion[:3, 3]


def test_the_bones_are_those_of_the_scan(made: Patient, donor: Patient) -> None:
    for name in PELVIS:
        there, wanted = places(made, name), moved(places(donor, name), donor)
        assert np.abs(there.mean(0) - wanted.mean(0)).max() < 1.0  # a third of a voxel
        assert abs(len(there) * 27 / (len(wanted) * 64 * 1.05**3) - 1) < 0.02


@pytest.mark.parametrize("side", ["left", "right"])
def test_the_femoral_head_lies_in_the_new_socket(made: Patient, donor: Patient, side: str) -> None:
    own, real = moved(places(donor, f"femur_{side}"), donor), moved(places(donor, f"hip_{side}"), donor)
    wanted = own[cKDTree(real).query(own)[0] < 12].mean(0)
    there = places(made, f"femur_{side}")
    found = there[cKDTree(places(made, f"hip_{side}")).query(there)[0] < 12].mean(0)
    assert np.linalg.norm(found - wanted) < 8


def test_the_spine_stands_on_the_new_sacrum(made: Patient, donor: Patient) -> None:
    wanted = moved(places(donor, "vertebrae_L5"), donor).mean(0)
    assert np.linalg.norm(places(made, "vertebrae_L5").mean(0) - wanted) < 12


def test_the_rest_is_the_hosts(made: Patient, host: Patient) -> None:
    assert made.known == host.known
    assert made.structures == host.structures
    assert made.name == f"bones-in-{host.name}"
    assert made.hu.min() == -1000
    inside = made.labels > 0
    assert {"urinary_bladder", "gluteus_maximus_left"} <= {
        made.structures[int(n)] for n in np.unique(made.labels[inside])
    }


def test_what_does_not_fit_is_told(donor: Patient, host: Patient) -> None:
    bones = bare(donor)
    part = dataclasses.replace(bones, structures={bones.label_of("sacrum"): "sacrum"}, known=frozenset())
    with pytest.raises(GeometryError, match="has no hip_left, hip_right"):
        transplant(part, host)
    with pytest.raises(GeometryError, match="has no hip_left"):
        transplant(bones, part)
    hollow = dataclasses.replace(
        host, hu=np.where(np.isin(host.labels, [host.label_of(n) for n in PELVIS]), host.hu, np.int16(-1000))
    )
    with pytest.raises(GeometryError, match="would lie outside"):
        transplant(bones, hollow)
