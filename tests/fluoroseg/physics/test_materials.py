import numpy as np
import pytest

from fluoroseg.errors import GeometryError
from fluoroseg.physics import DENSITY_G_CM3, MATERIALS, densities_g_cm3, mass_attenuation_cm2_g, shares
from fluoroseg.physics.materials import NODES_HU

HU = np.arange(-1100, 3100, dtype=np.int16)


def test_shares_are_a_partition_of_unity_without_jumps():
    share = shares(HU)
    np.testing.assert_allclose(share.sum(axis=0), 1, atol=1e-12)
    assert share.min() >= 0
    assert np.abs(np.diff(share, axis=1)).max() < 0.01


def test_each_node_is_one_pure_material():
    nodes, iodine = np.array(NODES_HU), np.array([m == "contrast" for m in MATERIALS])
    np.testing.assert_array_equal(shares(nodes, iodine), np.eye(len(MATERIALS)))
    pure = [DENSITY_G_CM3[m] for m in MATERIALS]
    np.testing.assert_allclose(np.diag(densities_g_cm3(nodes, iodine)), pure)


def test_contrast_takes_the_place_of_bone_where_it_is_said_and_only_there():
    iodine, bone = MATERIALS.index("contrast"), MATERIALS.index("bone")
    plain, enhanced = densities_g_cm3(HU), densities_g_cm3(HU, HU % 2 == 0)
    assert not plain[iodine].any()
    np.testing.assert_array_equal(enhanced[:, 1::2], plain[:, 1::2])
    np.testing.assert_array_equal(enhanced[:iodine, ::2], plain[:iodine, ::2])
    assert not enhanced[bone, ::2].any()
    dense = np.maximum(0, HU - 1500.0) * 0.00059
    expected = np.interp(HU, (40, 1500), (0, DENSITY_G_CM3["contrast"])) + dense
    np.testing.assert_allclose(enhanced[iodine, ::2], expected[::2], rtol=1e-12)
    with pytest.raises(GeometryError, match="contrast mask"):
        shares(HU, np.ones(3, dtype=bool))


def test_contrast_has_the_hu_of_its_node_at_70_kev():
    mu = DENSITY_G_CM3["contrast"] * mass_attenuation_cm2_g("contrast", np.array([70.0]))[0]
    assert 1000 * (mu / 0.19285 - 1) == pytest.approx(1500, abs=3)


def test_density_is_continuous_and_rises_with_hu():
    density = densities_g_cm3(HU).sum(axis=0)
    steps = np.diff(density)
    assert steps.min() >= 0
    assert steps.max() < 0.002
    assert density[HU.tolist().index(0)] == pytest.approx(1.03, abs=0.01)


@pytest.mark.parametrize("iodine", [False, True])
def test_attenuation_gives_back_the_hu_it_was_made_from(iodine):
    """At the effective energy of a CT, some 70 keV, mu relative to water is what HU means."""
    energy = np.array([70.0])
    mu = sum(
        d * mass_attenuation_cm2_g(m, energy)[0]
        for m, d in zip(MATERIALS, densities_g_cm3(HU, np.full(HU.shape, iodine)), strict=True)
    )
    water = 0.1929
    implied = 1000 * (mu / water - 1)
    soft = (HU > -800) & (HU < 200)
    assert np.abs(implied - HU)[soft].max() < 40
    assert np.abs(implied - HU)[(HU >= 200) & (HU <= 1500)].max() < 150
