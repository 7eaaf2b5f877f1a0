import numpy as np
import pytest

from fluoroseg.physics import DENSITY_G_CM3, MATERIALS, densities_g_cm3, mass_attenuation_cm2_g, shares
from fluoroseg.physics.materials import NODES_HU

HU = np.arange(-1100, 3100, dtype=np.int16)


def test_shares_are_a_partition_of_unity_without_jumps():
    share = shares(HU)
    np.testing.assert_allclose(share.sum(axis=0), 1, atol=1e-12)
    assert share.min() >= 0
    assert np.abs(np.diff(share, axis=1)).max() < 0.01


def test_each_node_is_one_pure_material():
    np.testing.assert_array_equal(shares(np.array(NODES_HU)), np.eye(len(MATERIALS)))
    pure = [DENSITY_G_CM3[m] for m in MATERIALS]
    np.testing.assert_allclose(np.diag(densities_g_cm3(np.array(NODES_HU))), pure)


def test_density_is_continuous_and_rises_with_hu():
    density = densities_g_cm3(HU).sum(axis=0)
    steps = np.diff(density)
    assert steps.min() >= 0
    assert steps.max() < 0.002
    assert density[HU.tolist().index(0)] == pytest.approx(1.03, abs=0.01)


def test_attenuation_gives_back_the_hu_it_was_made_from():
    """At the effective energy of a CT, some 70 keV, mu relative to water is what HU means."""
    energy = np.array([70.0])
    mu = sum(
        d * mass_attenuation_cm2_g(m, energy)[0] for m, d in zip(MATERIALS, densities_g_cm3(HU), strict=True)
    )
    water = 0.1929
    implied = 1000 * (mu / water - 1)
    soft = (HU > -800) & (HU < 200)
    assert np.abs(implied - HU)[soft].max() < 40
    assert np.abs(implied - HU)[(HU >= 200) & (HU <= 1500)].max() < 150
