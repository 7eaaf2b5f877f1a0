"""What the physics demands of the line integrals, whatever way they are computed."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, map_coordinates

from fluoroseg.geometry.camera import aim
from fluoroseg.patients.patient import Patient
from fluoroseg.physics import DENSITY_G_CM3, MATERIALS, densities_g_cm3, mono, transmission
from fluoroseg.physics.attenuation import mass_attenuation_cm2_g
from fluoroseg.project import project

VIEWS = {"ap": (0.05, 1.0, 0.02), "oblique": (0.5, 0.8, 0.4), "axial": (0.1, 0.05, 1.0)}


def torso(seed=0, shape=(96, 80, 88), spacing_mm=1.4):
    """A body of all tissues under CT noise."""
    rng = np.random.default_rng(seed)
    grid = np.moveaxis(np.indices(shape), 0, -1) / np.array(shape) * 2 - 1
    inside = ((grid / [0.8, 0.7, 0.9]) ** 2).sum(axis=-1) < 1
    hu = np.where(inside, 40.0, -1000.0)
    for centre, value in (
        ((0.3, 0, 0), -800),
        ((-0.3, 0, 0.3), -90),
        ((0, 0.3, 0), 700),
        ((0.1, -0.3, -0.4), 1800),
    ):
        hu[(((grid - centre) / 0.22) ** 2).sum(axis=-1) < 1] = value
    hu = gaussian_filter(hu, 0.7) + rng.normal(0, 15, shape)
    world_from_index = np.diag([spacing_mm, spacing_mm, spacing_mm, 1.0])
    world_from_index[:3, 3] = -spacing_mm * (np.array(shape) - 1) / 2
    return Patient(hu.clip(-1024, 3071).astype(np.int16), np.zeros(shape, np.uint16), world_from_index, {})


def camera(view, size=24):
    up = (0.0, 0.0, 1.0) if view != "axial" else (0.0, 1.0, 0.0)
    return aim(np.zeros(3), np.array(VIEWS[view]), np.array(up), 620, 1020, 150 / size, (size, size))


def line_integrals_g_cm2(patient, seen_from, step_mm):
    """Trilinear samples of the density every `step_mm`, those beyond the outermost voxel centres as these."""
    index_from_world = np.linalg.inv(patient.world_from_index)
    rows, columns = np.indices(seen_from.shape)
    total = np.zeros(seen_from.shape)
    for r, c in zip(rows.ravel(), columns.ravel(), strict=True):
        pixel = seen_from.origin_mm + r * seen_from.down_mm + c * seen_from.right_mm
        length = np.linalg.norm(pixel - seen_from.source_mm)
        at = (np.arange(int(length / step_mm)) + 0.5) * step_mm
        points = seen_from.source_mm + at[:, None] * (pixel - seen_from.source_mm) / length
        index = points @ index_from_world[:3, :3].T + index_from_world[:3, 3]
        index = index[np.all((index >= -0.5) & (index <= np.array(patient.hu.shape) - 0.5), axis=1)]
        if len(index):
            hu = map_coordinates(patient.hu.astype(np.float64), index.T, order=1, mode="nearest")
            total[r, c] = densities_g_cm3(hu).sum() * step_mm / 10
    return total


@pytest.mark.parametrize("view", VIEWS)
def test_finer_steps_change_less_than_a_thousandth(view):
    """One sample a plane (here 1.4 mm) against trilinear samples every 0.2 mm."""
    patient, seen_from = torso(), camera(view)
    ours = project(patient, seen_from).areal_g_cm2.sum(axis=0)
    fine = line_integrals_g_cm2(patient, seen_from, 0.2)
    middle = fine > 1
    difference = (ours - fine)[middle]
    assert np.sqrt(np.mean(difference**2)) < 1e-3 * fine[middle].mean()
    assert abs(difference.mean()) < 1e-3 * fine[middle].mean()


@pytest.mark.parametrize("view", VIEWS)
def test_materials_are_a_partition_of_the_density(view):
    """The sum of the materials' volumes is the ray's way; the sum of their masses its density integral."""
    patient, seen_from = torso(), camera(view)
    seen = project(patient, seen_from)
    pure = np.array([DENSITY_G_CM3[m] for m in MATERIALS]).reshape(-1, 1, 1)
    soft = Patient(np.full_like(patient.hu, 40), patient.labels, patient.world_from_index, {})
    way_cm = project(soft, seen_from).areal_g_cm2.sum(axis=0) / DENSITY_G_CM3["soft"]
    no_metal = Patient(np.minimum(patient.hu, 1500), patient.labels, patient.world_from_index, {})
    volumes = project(no_metal, seen_from).areal_g_cm2 / pure
    np.testing.assert_allclose(volumes.sum(axis=0), way_cm, rtol=1e-5, atol=1e-4)
    assert seen.areal_g_cm2.min() > -1e-5


def test_one_energy_obeys_beer_and_lambert():
    """-ln(I) of a homogeneous body is its attenuation coefficient times the way."""
    patient, seen_from = torso(), camera("oblique")
    soft = Patient(np.full_like(patient.hu, 40), patient.labels, patient.world_from_index, {})
    areal = project(soft, seen_from).areal_g_cm2
    line = -np.log(transmission(areal, mono(60.0)).astype(np.float64))
    coefficient = mass_attenuation_cm2_g("soft", np.array([60.0]))[0]
    np.testing.assert_allclose(line, coefficient * areal.sum(axis=0), rtol=2e-6, atol=2e-6)
