import numpy as np
import pytest

from fluoroseg.errors import UsageError
from fluoroseg.physics import MATERIALS, mass_attenuation_cm2_g, mono, transmission, tube
from fluoroseg.physics.spectrum import tube_bins
from fluoroseg.project.threads import set_threads


def slab(material, g_cm2):
    areal = np.zeros((len(MATERIALS), 1, len(g_cm2)), dtype=np.float32)
    areal[MATERIALS.index(material)] = g_cm2
    return areal


@pytest.mark.parametrize("material", MATERIALS)
def test_one_energy_obeys_beer_lambert(material):
    g_cm2 = np.linspace(0.1, 40, 200, dtype=np.float32)
    exponent = -np.log(transmission(slab(material, g_cm2), mono(60)).astype(np.float64))[0]
    expected = mass_attenuation_cm2_g(material, np.array([60.0]))[0] * g_cm2
    np.testing.assert_allclose(exponent, expected, rtol=1e-6, atol=1e-6)


def test_open_air_is_one_and_float32():
    open_air = transmission(slab("soft", np.zeros(4, dtype=np.float32)), 90.0)
    assert open_air.dtype == np.float32
    np.testing.assert_allclose(open_air, 1, atol=1e-6)


def test_beam_hardens_and_a_higher_voltage_penetrates_more():
    areal = slab("soft", np.array([10, 20], dtype=np.float32))
    low, high = (-np.log(transmission(areal, kvp))[0] for kvp in (60.0, 120.0))
    assert np.all(low > high)
    assert low[1] < 2 * low[0]


def test_metal_adds_its_own_attenuation():
    areal = slab("soft", np.array([10, 10], dtype=np.float32))
    titanium = np.array([[0, 2]], dtype=np.float32)
    with_metal = -np.log(transmission(areal, mono(60), {"titanium": titanium}))[0]
    expected = 2 * mass_attenuation_cm2_g("titanium", np.array([60.0]))[0]
    assert with_metal[1] - with_metal[0] == pytest.approx(expected, rel=1e-5)


def test_wrong_number_of_materials_is_refused():
    with pytest.raises(UsageError, match="areal densities"):
        transmission(np.zeros((2, 3, 3), dtype=np.float32), 90.0)
    areal = np.zeros((len(MATERIALS), 3, 3), dtype=np.float32)
    with pytest.raises(UsageError, match="titanium"):
        transmission(areal, 90.0, {"titanium": np.zeros((2, 2), dtype=np.float32)})


def test_against_a_plain_sum_over_energies():
    rng = np.random.default_rng(3)
    areal = rng.uniform(0, 6, (len(MATERIALS), 50, 61)).astype(np.float32)
    metal = {"titanium": rng.uniform(0, 3, (50, 61)), "copper": rng.uniform(0, 0.1, (50, 61))}
    spectrum = tube(90.0)
    layers = dict(zip(MATERIALS, areal, strict=True)) | metal
    expected = np.zeros((50, 61))
    for energy, weight in zip(spectrum.energies_kev, spectrum.weights, strict=True):
        mu = {m: mass_attenuation_cm2_g(m, np.array([energy]))[0] for m in layers}
        expected += weight * np.exp(-sum(mu[m] * layers[m] for m in layers))
    np.testing.assert_allclose(transmission(areal, spectrum, metal), expected, rtol=2e-6)


@pytest.mark.parametrize("material", ["lead", "tungsten", "gold", "bone_cement", "amalgam"])
@pytest.mark.parametrize("kvp", [70.0, 120.0])
def test_behind_a_material_with_an_edge_every_energy_counts(material, kvp):
    thick = np.array([[0.0, 0.02, 0.3, 2.0]])
    areal = slab("soft", np.full(4, 15.0, dtype=np.float32))
    whole = tube_bins(kvp)
    mu = {m: mass_attenuation_cm2_g(m, whole.energies_kev) for m in ("soft", material)}
    expected = whole.weights @ np.exp(-mu["soft"][:, None] * 15.0 - mu[material][:, None] * thick)
    seen = transmission(areal, kvp, {material: thick})
    np.testing.assert_allclose(seen[0], expected, rtol=2e-3)


def test_the_number_of_threads_changes_nothing():
    areal = np.random.default_rng(4).uniform(0, 6, (len(MATERIALS), 167, 183)).astype(np.float32)
    pictures = []
    for number in (1, 2, 5):
        set_threads(number)
        pictures.append(transmission(areal, 90.0))
    set_threads(0)
    np.testing.assert_array_equal(pictures[0], pictures[1])
    np.testing.assert_array_equal(pictures[0], pictures[2])
