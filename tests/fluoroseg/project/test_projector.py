"""The kernels against the plain reference, and what the public face promises."""

import numba
import numpy as np
import pytest

from fluoroseg.errors import GeometryError
from fluoroseg.geometry.camera import aim
from fluoroseg.patients.patient import Patient
from fluoroseg.project import Projector, project
from fluoroseg.project.reference import project_reference

VIEWS = {"ap": (0.1, 1.0, 0.05), "oblique": (0.6, 0.62, 0.5), "axial": (0.05, 0.1, 1.0)}


def noise(shape=(24, 30, 17), structures=40, seed=0):
    """Random HU and labels; labels in blobs, some voxels without one, labels far apart in value."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, structures + 1, -(-np.array(shape) // 3))
    blobs = coarse.repeat(3, 0).repeat(3, 1).repeat(3, 2)[: shape[0], : shape[1], : shape[2]]
    hu = rng.integers(-1024, 3000, shape).astype(np.int16)
    world_from_index = np.diag([1.2, -1.0, 2.5, 1.0])
    world_from_index[:3, 3] = [-14, 15, -20]
    names = {int(label) * 61: f"structure {label}" for label in range(1, structures + 1)}
    return Patient(hu, (blobs * 61).astype(np.uint16), world_from_index, names)


def camera(view, size=(20, 26)):
    beam = np.array(VIEWS[view])
    up = np.array([0.0, 0.0, 1.0]) if view != "axial" else np.array([0.0, 1.0, 0.0])
    return aim(np.zeros(3), beam, up, 120, 200, 3.0, size)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("structures", [40, 1023])
@pytest.mark.parametrize("factors", [None, {"structure 3": 0.0, "structure 5": 1.7}])
def test_kernels_match_the_reference(view, structures, factors):
    patient = noise(structures=structures)
    areal, lengths = project_reference(patient, camera(view), factors)
    seen = project(patient, camera(view), lengths=True, factors=factors)
    np.testing.assert_allclose(seen.areal_g_cm2, areal, rtol=1e-4, atol=2e-4)
    wrong = sum(np.mean(np.abs(seen.length_mm(name) - length) > 1e-3) for name, length in lengths.items())
    assert wrong / len(lengths) < 1e-3
    hit = {name for name, length in lengths.items() if length.any()}
    assert len(hit ^ set(seen.names)) <= len(hit) * 0.01


def test_a_single_slice_is_a_volume_too():
    patient = noise(shape=(24, 1, 17))
    areal, lengths = project_reference(patient, camera("ap"))
    seen = project(patient, camera("ap"), lengths=True)
    np.testing.assert_allclose(seen.areal_g_cm2, areal, rtol=1e-4, atol=2e-4)
    assert sum(seen.length_mm(n).sum() for n in lengths) == pytest.approx(
        sum(x.sum() for x in lengths.values())
    )


def test_more_labels_on_one_ray_than_expected():
    """Every voxel along the ray its own structure: the store for lengths grows until all fit."""
    labels = np.arange(3 * 100 * 3).reshape(3, 100, 3) + 1
    names = {int(v): f"voxel {v}" for v in labels.ravel()}
    patient = Patient(
        np.zeros((3, 100, 3), np.int16), labels.astype(np.uint16), np.diag([1.0, 1, 1, 1]), names
    )
    view = aim(
        np.array([1.0, 50.0, 1.0]),
        np.array([0.0, 1.0, 0.0]),
        np.array([0.0, 0.0, 1.0]),
        500,
        800,
        0.1,
        (1, 1),
    )
    seen = project(patient, view, lengths=True)
    assert len(seen.names) == 100
    np.testing.assert_allclose([seen.length_mm(n)[0, 0] for n in seen.names], 1, rtol=1e-5)


def test_number_of_threads_changes_no_bit():
    if numba.config.NUMBA_NUM_THREADS < 2:
        pytest.skip("this machine has one core")
    patient, before = noise(shape=(60, 60, 60)), numba.get_num_threads()
    pictures = []
    for threads in (1, 2):
        numba.set_num_threads(threads)
        seen = project(patient, camera("oblique", size=(70, 70)), lengths=True, factors={"structure 2": 1.3})
        pictures.append((seen.areal_g_cm2, seen.bits, *(seen.length_mm(n) for n in seen.names)))
    numba.set_num_threads(before)
    for one, two in zip(*pictures, strict=True):
        np.testing.assert_array_equal(one, two)


def test_factors_scale_exactly_the_structures_part():
    projector, view = Projector(noise()), camera("oblique")
    none, plain, double = (
        projector.project(view, factors={"structure 4": f}).areal_g_cm2 for f in (0.0, 1.0, 2.0)
    )
    np.testing.assert_allclose(double - plain, plain - none, atol=1e-4)
    np.testing.assert_array_equal(plain, projector.project(view).areal_g_cm2)
    hit = projector.project(view).mask("structure 4")
    assert np.all((plain - none).sum(axis=0)[hit] > 0)
    np.testing.assert_array_equal(plain[:, ~hit], none[:, ~hit])


def test_lengths_do_not_change_the_rest():
    patient, view = noise(), camera("ap")
    with_lengths, without = project(patient, view, lengths=True), project(patient, view)
    np.testing.assert_array_equal(with_lengths.areal_g_cm2, without.areal_g_cm2)
    np.testing.assert_array_equal(with_lengths.bits, without.bits)
    assert with_lengths.names == without.names


def test_a_patient_without_labels_has_materials_only():
    patient, view = noise(), camera("ap")
    bare = project(Patient(patient.hu, patient.labels, patient.world_from_index, {}), view)
    assert bare.names == ()
    np.testing.assert_array_equal(bare.areal_g_cm2, project(patient, view).areal_g_cm2)


def test_two_labels_of_one_structure_are_one_shadow():
    plain = noise(structures=3)
    merged = Patient(plain.hu, plain.labels, plain.world_from_index, {61: "a", 122: "a", 183: "b"})
    one, two = project(plain, camera("ap"), lengths=True), project(merged, camera("ap"), lengths=True)
    expected = one.length_mm("structure 1") + one.length_mm("structure 2")
    np.testing.assert_allclose(two.length_mm("a"), expected, rtol=1e-6)


def test_what_cannot_be_meant_is_refused():
    patient, view = noise(structures=3), camera("ap")
    seen = project(patient, view)
    with pytest.raises(GeometryError, match="spleen"):
        seen.mask("spleen")
    with pytest.raises(GeometryError, match="lengths=True"):
        seen.length_mm("structure 1")
    with pytest.raises(GeometryError, match="spleen"):
        project(patient, view, factors={"spleen": 2.0})
    with pytest.raises(GeometryError, match="1023"):
        Projector(
            Patient(
                patient.hu, patient.labels, patient.world_from_index, {i: f"s{i}" for i in range(1, 1100)}
            )
        )
