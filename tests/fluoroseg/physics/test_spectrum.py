import numpy as np
import pytest

from fluoroseg.errors import UsageError
from fluoroseg.physics import MATERIALS, Spectrum, transmission, tube, tube_bins
from fluoroseg.physics.spectrum import _table


def bodies():
    """Random rays through up to 45 cm of tissue, 15 cm of bone, 6 cm of titanium, 8 cm of steel."""
    rng = np.random.default_rng(0)
    areal = np.zeros((len(MATERIALS), 1, 3000), dtype=np.float32)
    areal[MATERIALS.index("soft")] = rng.uniform(0, 45, 3000)
    areal[MATERIALS.index("fat")] = rng.uniform(0, 15, 3000)
    areal[MATERIALS.index("bone")] = rng.uniform(0, 15 * 1.92, 3000) * rng.integers(0, 2, 3000)
    metal = {
        "titanium": (rng.uniform(0, 6 * 4.51, (1, 3000)) * rng.integers(0, 2, 3000)).astype(np.float32),
        "stainless_steel": (rng.uniform(0, 64, (1, 3000)) * (rng.random(3000) < 0.1)).astype(np.float32),
    }
    return areal, metal


@pytest.mark.parametrize("kvp", [50, 60, 75.5, 90, 120, 150])
def test_eight_nodes_stand_for_all_bins(kvp):
    areal, metal = bodies()
    full = transmission(areal, tube_bins(kvp), metal)
    few = transmission(areal, float(kvp), metal)
    seen = full > 1e-5
    assert seen.sum() > 100
    np.testing.assert_allclose(few[seen], full[seen], rtol=5e-4)
    assert np.abs(few - full)[~seen].max() < 1e-6


def test_quadrature_keeps_the_moments_of_the_beam():
    full, few = tube_bins(90), tube(90.0)
    for power in range(6):
        assert few.weights @ few.energies_kev**power == pytest.approx(full.weights @ full.energies_kev**power)


def test_ninety_kvp_has_the_mean_energy_and_half_value_layer_of_the_tube_model():
    """SpekPy 2.5 says 48.7 keV (photon mean); DeepDRR's 90 kVp / 4 mm Al spectrum has 49.2 keV."""
    beam = tube_bins(90)
    photons = beam.weights / beam.energies_kev
    assert photons @ beam.energies_kev / photons.sum() == pytest.approx(48.74, abs=0.1)


def test_interpolation_between_tube_voltages():
    """Leaving one voltage out and interpolating over twice the shipped step changes little."""
    energies, voltages, photons = _table()
    areal, _ = bodies()
    for i in range(1, len(voltages) - 1):
        between = (photons[:, i - 1] + photons[:, i + 1]) / 2 * energies * (energies < voltages[i])
        beam = Spectrum(energies, between / between.sum())
        exact = transmission(areal[:, :, :50], tube_bins(voltages[i]))
        seen = exact > 1e-4
        np.testing.assert_allclose(transmission(areal[:, :, :50], beam)[seen], exact[seen], rtol=0.02)


def test_voltage_outside_the_table_is_refused():
    with pytest.raises(UsageError, match="50 to 150"):
        tube(40.0)
