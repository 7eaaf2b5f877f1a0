"""Write src/fluoroseg/physics/attenuation.csv: NIST mass attenuation by xraylib.

python scripts/make_attenuation.py      (needs the dev extra: xraylib)
"""

from pathlib import Path

import xraylib

from fluoroseg.physics.materials import COMPOSITION

TABLE = Path(__file__).parents[1] / "src/fluoroseg/physics/attenuation.csv"


def mass_attenuation_cm2_g(material: str, energy_kev: float) -> float:
    """Mixture rule: sum over elements of mass fraction x mu/rho (coherent scatter included)."""
    parts = COMPOSITION[material]
    total = sum(
        share * xraylib.CS_Total(xraylib.SymbolToAtomicNumber(element), energy_kev)
        for element, share in parts.items()
    )
    return total / sum(parts.values())


def main() -> None:
    lines = [",".join(["energy_kev", *COMPOSITION])]
    for energy in range(10, 151):
        lines.append(
            ",".join([str(energy), *(f"{mass_attenuation_cm2_g(m, energy):.6g}" for m in COMPOSITION)])
        )
    TABLE.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
