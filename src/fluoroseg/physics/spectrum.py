"""X-ray tube spectra: 50-150 kVp, tungsten, 12 degree anode, 4 mm Al, reduced to a few energies."""

from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

import numpy as np
from jaxtyping import Float

from fluoroseg.errors import UsageError

QUADRATURE_NODES = 8


@dataclass(frozen=True)
class Spectrum:
    """Energies and weights of a beam; the weights sum to 1.

    energies_kev: photon energies, 10-150 keV.
    weights: share of each energy in the detector's open-air signal. The detector integrates energy,
        so a photon counts with its energy.
    """

    energies_kev: Float[np.ndarray, " e"]
    weights: Float[np.ndarray, " e"]


def mono(energy_kev: float) -> Spectrum:
    """A beam of one energy."""
    return Spectrum(np.array([float(energy_kev)]), np.ones(1))


def tube_bins(kvp: float) -> Spectrum:
    """The whole spectrum in 1 keV bins, between the shipped tube voltages linearly interpolated.

    Raises UsageError outside 50-150 kVp.
    """
    energies, voltages, photons = _table()
    if not voltages[0] <= kvp <= voltages[-1]:
        raise UsageError(
            f"tube voltage {kvp:g} kVp: the spectra reach from {voltages[0]:g} to {voltages[-1]:g}"
        )
    fluence = np.array([np.interp(kvp, voltages, row) for row in photons])
    seen = (fluence > 0) & (energies < kvp)
    signal = fluence[seen] * energies[seen]
    return Spectrum(energies[seen], signal / signal.sum())


@lru_cache(maxsize=256)
def tube(kvp: float, nodes: int = QUADRATURE_NODES) -> Spectrum:
    """The spectrum as a Gauss quadrature with few nodes in photon energy.

    The nodes and weights are those of the orthogonal polynomials of the binned spectrum (Golub & Welsch
    1969): exact for polynomials in E up to degree 2 nodes - 1. With 8 nodes the transmission is within
    0.05 % of the full bins wherever it is above 1e-5 (45 cm tissue, 15 cm bone, 6 cm titanium, 8 cm iron;
    tested).
    """
    full = tube_bins(kvp)
    diagonal, off_diagonal = _recurrence(full.energies_kev, full.weights, nodes)
    jacobi = np.diag(diagonal) + np.diag(off_diagonal, 1) + np.diag(off_diagonal, -1)
    energies, vectors = np.linalg.eigh(jacobi)
    return Spectrum(energies, vectors[0] ** 2)


def _recurrence(
    x: Float[np.ndarray, " e"], weights: Float[np.ndarray, " e"], nodes: int
) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, " m"]]:
    """Three-term recurrence of the polynomials orthogonal under `weights`, by Lanczos.

    Each new vector is orthogonalised against all former ones (twice, for rounding).
    """
    basis = [np.sqrt(weights / weights.sum())]
    diagonal, off_diagonal = [], []
    for _ in range(nodes):
        vector = x * basis[-1]
        diagonal.append(basis[-1] @ vector)
        for former in basis * 2:
            vector = vector - (former @ vector) * former
        off_diagonal.append(float(np.linalg.norm(vector)))
        basis.append(vector / off_diagonal[-1])
    return np.array(diagonal), np.array(off_diagonal[:-1])


@cache
def _table() -> tuple[Float[np.ndarray, " e"], Float[np.ndarray, " v"], Float[np.ndarray, "e v"]]:
    lines = (files("fluoroseg.physics") / "spectra.csv").read_text().splitlines()
    values = np.array([line.split(",") for line in lines[1:]], dtype=np.float64)
    return values[:, 0], np.array(lines[0].split(",")[1:], dtype=np.float64), values[:, 1:]
