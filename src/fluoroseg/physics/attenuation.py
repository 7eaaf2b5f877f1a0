"""Mass attenuation coefficients (NIST, coherent scatter included) of tissues and metals."""

from functools import cache
from importlib.resources import files

import numpy as np
from jaxtyping import Float

from fluoroseg.errors import UsageError


def mass_attenuation_cm2_g(material: str, energy_kev: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    """mu/rho at 10-150 keV, log-log interpolated in the shipped table (scripts/make_attenuation.py).

    The table has a row for each keV (two below 30 keV) and a pair of rows at each K and L edge.
    Raises UsageError for a material that has no table or an energy outside it.
    """
    energies, columns = _table()
    if material not in columns:
        raise UsageError(f"no attenuation table for material {material!r}; there are {sorted(columns)}")
    if energy_kev.size and (energy_kev.min() < energies[0] or energy_kev.max() > energies[-1]):
        raise UsageError(
            f"photon energies {energy_kev.min():g}-{energy_kev.max():g} keV leave the attenuation table "
            f"({energies[0]:g}-{energies[-1]:g} keV)"
        )
    return np.exp(np.interp(np.log(energy_kev), np.log(energies), np.log(columns[material])))


@cache
def _table() -> tuple[Float[np.ndarray, " e"], dict[str, Float[np.ndarray, " e"]]]:
    lines = (files("fluoroseg.physics") / "attenuation.csv").read_text().splitlines()
    values = np.array([line.split(",") for line in lines[1:]], dtype=np.float64)
    return values[:, 0], dict(zip(lines[0].split(",")[1:], values[:, 1:].T, strict=True))
