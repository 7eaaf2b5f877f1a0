import numpy as np
import pytest

from fluoroseg.errors import UsageError
from fluoroseg.physics import mass_attenuation_cm2_g
from fluoroseg.physics.materials import COMPOSITION

xraylib = pytest.importorskip("xraylib")


@pytest.mark.parametrize("material", COMPOSITION)
def test_table_is_within_a_thousandth_of_xraylib(material):
    energies = np.arange(10.0, 150.0, 0.37)
    parts = COMPOSITION[material]
    expected = [
        sum(w * xraylib.CS_Total(xraylib.SymbolToAtomicNumber(z), e) for z, w in parts.items())
        / sum(parts.values())
        for e in energies
    ]
    np.testing.assert_allclose(mass_attenuation_cm2_g(material, energies), expected, rtol=1e-3)


@pytest.mark.parametrize(
    ("material", "element", "edge_kev"),
    [("contrast", "I", 33.17), ("tungsten", "W", 69.525), ("platinum", "Pt", 78.39)],
)
def test_k_edges_are_steps_not_slopes(material, element, edge_kev):
    """Within 0.1 % of xraylib 1 eV from the edge, on both sides (the edge as xraylib's numbers have it)."""
    fine = np.arange(edge_kev - 0.03, edge_kev + 0.03, 1e-4)
    values = np.array([xraylib.CS_Total(xraylib.SymbolToAtomicNumber(element), e) for e in fine])
    step = fine[np.argmax(np.diff(values))]
    around = step + np.array([-0.5, -0.1, -0.01, -0.001, 0.001, 0.01, 0.1, 0.5])
    found = mass_attenuation_cm2_g(material, around)
    parts = COMPOSITION[material]
    expected = [
        sum(w * xraylib.CS_Total(xraylib.SymbolToAtomicNumber(z), e) for z, w in parts.items())
        / sum(parts.values())
        for e in around
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-3)
    assert found[4] > 2 * found[3]


def test_nist_values_of_soft_tissue_and_bone():
    """NIST XAAMDI table 4 at 60 keV: ICRU-44 soft tissue 0.2048, cortical bone 0.3148 cm^2/g."""
    sixty = np.array([60.0])
    assert mass_attenuation_cm2_g("soft", sixty)[0] == pytest.approx(0.2048, rel=2e-3)
    assert mass_attenuation_cm2_g("bone", sixty)[0] == pytest.approx(0.3148, rel=2e-3)


def test_unknown_material_and_energy_outside_the_table_are_refused():
    with pytest.raises(UsageError, match="unobtainium"):
        mass_attenuation_cm2_g("unobtainium", np.array([60.0]))
    with pytest.raises(UsageError, match="10-150 keV"):
        mass_attenuation_cm2_g("soft", np.array([200.0]))
