"""Write src/fluoroseg/physics/attenuation.csv: NIST mass attenuation by xraylib.

python scripts/make_attenuation.py      (needs the dev extra: xraylib)
"""

from pathlib import Path

import numpy as np
import xraylib

from fluoroseg.physics.materials import COMPOSITION

TABLE = Path(__file__).parents[1] / "src/fluoroseg/physics/attenuation.csv"
FIRST_KEV, LAST_KEV = 10, 150


def mass_attenuation_cm2_g(material: str, energy_kev: float) -> float:
    """Mixture rule: sum over elements of mass fraction x mu/rho (coherent scatter included)."""
    parts = COMPOSITION[material]
    total = sum(
        share * xraylib.CS_Total(xraylib.SymbolToAtomicNumber(element), energy_kev)
        for element, share in parts.items()
    )
    return total / sum(parts.values())


def edges_kev(element: str) -> list[tuple[float, float]]:
    """Energies just below and just above each K and L edge within the table.

    xraylib's cross-sections jump some eV from the edge energies it names, so the jump itself is bisected.
    """
    z = xraylib.SymbolToAtomicNumber(element)
    found: list[tuple[float, float]] = []
    if z < 31:  # the lighter ones' edges are below the table, and xraylib does not know all their shells
        return found
    for shell in (xraylib.K_SHELL, xraylib.L1_SHELL, xraylib.L2_SHELL, xraylib.L3_SHELL):
        named = xraylib.EdgeEnergy(z, shell)
        low, high = named - 0.02, named + 0.02
        if not FIRST_KEV < low < high < LAST_KEV:
            continue
        while high - low > 2e-6:
            middle = (low + high) / 2
            values = [xraylib.CS_Total(z, e) for e in (low, middle, high)]
            low, high = (middle, high) if values[2] - values[1] > values[1] - values[0] else (low, middle)
        found.append((low, high))
    return found


def main() -> None:
    elements = {element for parts in COMPOSITION.values() for element in parts}
    jumps = {energy for element in elements for pair in edges_kev(element) for energy in pair}
    # Light elements fall so steeply below 30 keV that the rows there are half as far apart.
    rows = [*np.arange(FIRST_KEV, 30, 0.5), *np.arange(30, LAST_KEV + 1), *jumps]
    lines = [",".join(["energy_kev", *COMPOSITION])]
    for energy in sorted(map(float, rows)):
        lines.append(
            ",".join([f"{energy:.9g}", *(f"{mass_attenuation_cm2_g(m, energy):.6g}" for m in COMPOSITION)])
        )
    TABLE.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
