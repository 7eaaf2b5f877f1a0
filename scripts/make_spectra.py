"""Write src/fluoroseg/physics/spectra.csv: tungsten tube spectra by SpekPy (a dev tool, not a dependency).

python -m venv spek && spek/bin/pip install spekpy && spek/bin/python scripts/make_spectra.py
"""

from pathlib import Path

import numpy as np
import spekpy

TABLE = Path(__file__).parents[1] / "src/fluoroseg/physics/spectra.csv"
ANODE_DEG, ALUMINIUM_MM = 12, 4.0
TUBE_VOLTAGES = range(50, 151, 2)
FIRST_KEV, LAST_KEV = 10, 150


def photons(kvp: int) -> np.ndarray:
    """Photons per mm^2 and mAs at 1 m in each 1 keV bin FIRST_KEV.5 .. LAST_KEV-.5."""
    tube = spekpy.Spek(kvp=kvp, th=ANODE_DEG, dk=1.0, z=100)
    tube.filter("Al", ALUMINIUM_MM)
    energy, fluence = tube.get_spectrum()  # per cm^2 and keV
    bins = np.zeros(LAST_KEV - FIRST_KEV)
    inside = energy > FIRST_KEV
    bins[np.round(energy[inside] - FIRST_KEV - 0.5).astype(int)] = fluence[inside] / 100
    return bins


def main() -> None:
    table = np.stack([photons(kvp) for kvp in TUBE_VOLTAGES], axis=1)
    lines = [",".join(["energy_kev", *(str(kvp) for kvp in TUBE_VOLTAGES)])]
    for energy, row in zip(np.arange(FIRST_KEV, LAST_KEV) + 0.5, table, strict=True):
        lines.append(",".join([str(energy), *("0" if x < 1e-6 else f"{x:.5g}" for x in row)]))
    TABLE.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
