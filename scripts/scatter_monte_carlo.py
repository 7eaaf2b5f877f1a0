"""Monte Carlo of scatter behind water slabs; the truth behind the constants of `physics/scatter.py`.

python scripts/scatter_monte_carlo.py [photons]      (needs the dev extra: xraylib)

A pencil beam enters a slab of water. Compton scatter follows Klein and Nishina, coherent scatter the
squared form factors of free atoms; photo-electric absorption is a loss of weight. Scored is the signal of a
CsI panel parallel to the slab at several air gaps, within circles. By reciprocity the ratio of what is
scattered within radius R to the primary is the scatter-to-primary ratio on the axis of a broad parallel
beam of radius R.
"""

import sys

import numpy as np
import xraylib
from numba import njit

from fluoroseg.physics import mass_attenuation_cm2_g, tube_bins

STEP_KEV = 0.5
RADII_MM = np.array([5.0, 10, 20, 30, 50, 75, 100, 150, 200, 300, 500, 1e9])
GAPS_MM = np.array([0.0, 50, 100, 200, 300])
CSI_G_CM2 = 0.2


def water() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Per 0.5 keV: attenuation per cm, share of scatter in it, share of coherent in the scatter."""
    rows = []
    for energy in np.maximum(np.arange(0, 151, STEP_KEV), 1.0):
        parts = [(1, 0.1119), (8, 0.8881)]
        photo, incoherent, coherent = (
            sum(w * cs(z, float(energy)) for z, w in parts)
            for cs in (xraylib.CS_Photo, xraylib.CS_Compt, xraylib.CS_Rayl)
        )
        scatter = incoherent + coherent
        rows.append((photo + scatter, scatter / (photo + scatter), coherent / scatter))
    table = np.array(rows)
    return table[:, 0].copy(), table[:, 1].copy(), table[:, 2].copy()


def form_factor() -> tuple[np.ndarray, np.ndarray]:
    """x = sin(theta / 2) / wavelength, and the integral of F^2 over x^2 up to there."""
    x = np.linspace(0, 12, 2401)
    squared = np.array([2 * xraylib.FF_Rayl(1, float(q)) ** 2 + xraylib.FF_Rayl(8, float(q)) ** 2 for q in x])
    total = np.concatenate([[0.0], np.cumsum((squared[1:] + squared[:-1]) / 2 * np.diff(x**2))])
    return x, total


@njit
def turn(rng, direction, cosine):
    """Rotates a direction by a polar angle, at a random azimuth."""
    phi, sine = 2 * np.pi * rng.random(), np.sqrt(max(0.0, 1 - cosine * cosine))
    u, v, w = direction
    across = np.sqrt(max(1e-12, 1 - w * w))
    if across < 1e-5:
        return np.array([sine * np.cos(phi), sine * np.sin(phi), cosine * np.sign(w)])
    a, b = sine * np.cos(phi), sine * np.sin(phi)
    return np.array(
        [
            u * cosine + (a * u * w - b * v) / across,
            v * cosine + (a * v * w + b * u) / across,
            w * cosine - a * across,
        ]
    )


@njit
def klein_nishina(rng, energy):
    """Cosine of the angle and the energy after, by Kahn's rejection."""
    k = energy / 511.0
    while True:
        a, b, c = rng.random(), rng.random(), rng.random()
        if a <= (1 + 2 * k) / (9 + 2 * k):
            ratio = 1 + 2 * k * b
            cosine = 1 - (ratio - 1) / k
            if c <= 4 * (1 / ratio - 1 / ratio**2):
                return cosine, energy / ratio
        else:
            ratio = (1 + 2 * k) / (1 + 2 * k * b)
            cosine = 1 - (ratio - 1) / k
            if c <= 0.5 * (cosine**2 + 1 / ratio):
                return cosine, energy / ratio


@njit
def coherent(rng, energy, x, total):
    top = np.interp(energy / 12.3984, x, total)
    while True:
        q = np.interp(rng.random() * top, total, x)
        cosine = 1 - 2 * (q * 12.3984 / energy) ** 2
        if rng.random() < (1 + cosine * cosine) / 2:
            return cosine


@njit
def collide(rng, direction, energy, elastic, x, total):
    """Direction and energy after a collision, coherent with the share `elastic`, else Compton's."""
    if rng.random() < elastic:
        return turn(rng, direction, coherent(rng, energy, x, total)), energy
    cosine, energy = klein_nishina(rng, energy)
    return turn(rng, direction, cosine), energy


@njit
def follow(photons, energies, cumulated, mu, scatter, elastic, x, total, thickness_cm, gaps, radii, csi, rng):
    """Signal of scatter per incident photon: [gap, within radius]."""
    score = np.zeros((gaps.size, radii.size))
    for _ in range(photons):
        energy = energies[np.searchsorted(cumulated, rng.random())]
        place, direction, weight = np.zeros(3), np.array([0.0, 0.0, 1.0]), 1.0
        scattered = False
        while True:
            at = int(energy / 0.5 + 0.5)
            place = place + direction * (-np.log(1 - rng.random()) / mu[at])
            if place[2] >= thickness_cm:
                if scattered:
                    back = (place[2] - thickness_cm) / direction[2]
                    signal = weight * energy * (1 - np.exp(-csi[at] / direction[2]))
                    for g in range(gaps.size):
                        hit = place + direction * (gaps[g] / 10 / direction[2] - back)
                        score[g, np.searchsorted(radii, 10 * np.hypot(hit[0], hit[1]))] += signal
                break
            if place[2] < 0 or weight < 1e-4:
                break
            weight *= scatter[at]
            scattered = True
            direction, energy = collide(rng, direction, energy, elastic[at], x, total)
    for g in range(gaps.size):
        score[g] = np.cumsum(score[g])
    return score / photons


def ratios(kvp: float, thickness_cm: float, photons: int) -> np.ndarray:
    """Scatter-to-primary ratio on the axis of a broad parallel beam: [gap, radius]."""
    beam = tube_bins(kvp)
    count = beam.weights / beam.energies_kev
    mu, scatter, elastic = water()
    x, total = form_factor()
    grid = np.clip(np.arange(0, 151, STEP_KEV), 10, 150)
    csi = mass_attenuation_cm2_g("caesium_iodide", grid) * CSI_G_CM2
    at = np.round(beam.energies_kev / STEP_KEV).astype(int)
    primary = (
        count / count.sum() @ (beam.energies_kev * (1 - np.exp(-csi[at])) * np.exp(-mu[at] * thickness_cm))
    )
    cumulated = np.cumsum(count) / count.sum()
    cumulated[-1] = 1.0
    rng = np.random.default_rng(1)
    # fmt: off
    score = follow(
        photons, beam.energies_kev, cumulated, mu, scatter, elastic, x, total, thickness_cm,
        GAPS_MM, RADII_MM, csi, rng,
    )
    # fmt: on
    return score / primary


def main() -> None:
    photons = int(float(sys.argv[1])) if len(sys.argv) > 1 else 300_000
    radii = [f"{radius:g} mm" for radius in RADII_MM[:-1]]
    lines = ["\t".join(["kVp", "water cm", "gap mm", *radii, "all"])]
    for kvp in (60, 90, 120):
        for thickness in (2, 5, 10, 15, 20, 30):
            for gap, row in zip(GAPS_MM, ratios(kvp, thickness, photons), strict=True):
                lines.append("\t".join(f"{value:.3g}" for value in (kvp, thickness, gap, *row)))
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
