import numpy as np
import pytest

from fluoroseg.errors import UsageError
from fluoroseg.physics import MATERIALS, Spectrum, mass_attenuation_cm2_g, transmission, tube, tube_bins
from fluoroseg.physics.spectrum import _table


def bodies():
    """Random rays through up to 45 cm of tissue, 15 cm of bone, 6 cm of titanium, 8 cm of steel."""
    rng = np.random.default_rng(0)
    areal = np.zeros((len(MATERIALS), 1, 3000), dtype=np.float32)
    areal[MATERIALS.index("soft")] = rng.uniform(0, 45, 3000)
    areal[MATERIALS.index("fat")] = rng.uniform(0, 15, 3000)
    areal[MATERIALS.index("contrast")] = rng.uniform(0, 3, 3000) * (rng.random(3000) < 0.4)
    areal[MATERIALS.index("bone")] = rng.uniform(0, 15 * 1.92, 3000) * rng.integers(0, 2, 3000)
    metal = {
        "titanium": (rng.uniform(0, 6 * 4.51, (1, 3000)) * rng.integers(0, 2, 3000)).astype(np.float32),
        "stainless_steel": (rng.uniform(0, 64, (1, 3000)) * (rng.random(3000) < 0.1)).astype(np.float32),
    }
    return areal, metal


@pytest.mark.parametrize("csi", [None, 0.2])
@pytest.mark.parametrize("kvp", [50, 60, 69, 70, 75.5, 90, 120, 150])
def test_few_nodes_stand_for_all_bins(kvp, csi):
    areal, metal = bodies()
    full = transmission(areal, tube_bins(kvp, scintillator_g_cm2=csi), metal)
    few = transmission(areal, tube(kvp, scintillator_g_cm2=csi), metal)
    seen = full > 1e-5
    assert seen.sum() > 100
    np.testing.assert_allclose(few[seen], full[seen], rtol=1e-3)
    assert np.abs(few - full)[~seen].max() < 1e-6


@pytest.mark.parametrize(("aluminium_mm", "copper_mm"), [(1.0, 0.0), (0.0, 0.1), (1.0, 0.3), (0.0, 0.9)])
def test_few_nodes_stand_for_all_bins_of_a_filtered_beam(aluminium_mm, copper_mm):
    areal, metal = bodies()
    full = transmission(areal, tube_bins(80, aluminium_mm, copper_mm), metal)
    few = transmission(areal, tube(80, aluminium_mm, copper_mm), metal)
    seen = full > 1e-5
    np.testing.assert_allclose(few[seen], full[seen], rtol=1e-3)


def test_a_filter_is_a_layer_of_its_metal():
    """Signal lost in 1 mm of aluminium before the patient = behind 0.2699 g/cm^2 of it."""
    bare, filtered = tube_bins(70), tube_bins(70, aluminium_mm=1.0)
    share = np.exp(-mass_attenuation_cm2_g("aluminium", bare.energies_kev) * 0.2699)
    lost = filtered.kev_mm2_mas / bare.kev_mm2_mas
    assert lost == pytest.approx(bare.weights @ share, rel=1e-9)
    assert 0.75 < lost < 0.95


def test_the_scintillator_absorbs_what_its_thickness_absorbs():
    ideal, real = tube_bins(90, scintillator_g_cm2=None), tube_bins(90)
    absorbed = 1 - np.exp(-0.2 * mass_attenuation_cm2_g("caesium_iodide", ideal.energies_kev))
    np.testing.assert_allclose(
        real.weights * real.kev_mm2_mas, ideal.weights * ideal.kev_mm2_mas * absorbed, rtol=1e-9
    )
    above = ideal.energies_kev > 36
    assert np.all(np.diff(absorbed[above]) < 0)


def test_quadrature_keeps_the_moments_of_the_beam():
    full, few = tube_bins(90), tube(90.0)
    assert few.kev_mm2_mas == full.kev_mm2_mas
    for power in range(4):
        assert few.weights @ few.energies_kev**power == pytest.approx(full.weights @ full.energies_kev**power)


def test_output_of_the_tube():
    """SpekPy at 90 kVp, 4 mm Al: 68.4 uGy/mAs at 1 m, 1.55e6 photons/mm^2/mAs of 48.74 keV on average."""
    beam = tube_bins(90, scintillator_g_cm2=None)
    assert beam.kev_mm2_mas == pytest.approx(1.55e6 * 48.74, rel=0.01)


def test_ninety_kvp_has_the_mean_energy_and_half_value_layer_of_the_tube_model():
    """SpekPy 2.5 says 48.7 keV (photon mean); DeepDRR's 90 kVp / 4 mm Al spectrum has 49.2 keV."""
    beam = tube_bins(90, scintillator_g_cm2=None)
    photons = beam.weights / beam.energies_kev
    assert photons @ beam.energies_kev / photons.sum() == pytest.approx(48.74, abs=0.1)


def test_interpolation_between_tube_voltages():
    """Leaving one voltage out and interpolating over twice the shipped step changes little."""
    energies, voltages, photons = _table()
    areal, _ = bodies()
    for i in range(1, len(voltages) - 1):
        between = (photons[:, i - 1] + photons[:, i + 1]) / 2 * energies * (energies < voltages[i])
        beam = Spectrum(energies, between / between.sum())
        exact = transmission(areal[:, :, :50], tube_bins(voltages[i], scintillator_g_cm2=None))
        seen = exact > 1e-4
        np.testing.assert_allclose(transmission(areal[:, :, :50], beam)[seen], exact[seen], rtol=0.03)


def test_voltage_outside_the_table_is_refused():
    with pytest.raises(UsageError, match="50 to 150"):
        tube(40.0)
    with pytest.raises(UsageError, match="0 mm or more"):
        tube(70.0, aluminium_mm=-1.0)
    with pytest.raises(UsageError, match="more than 0"):
        tube(70.0, scintillator_g_cm2=0.0)
    with pytest.raises(UsageError, match="sum to 1"):
        Spectrum(np.array([60.0]), np.array([0.5]))


def test_filters_that_leave_nothing_are_refused():
    with pytest.raises(UsageError, match="nothing is left"):
        tube(80.0, aluminium_mm=1e4)
    for thickness in (np.nan, np.inf):
        with pytest.raises(UsageError, match="finite"):
            tube(80.0, copper_mm=thickness)
