"""Monte Carlo of scatter behind long water cylinders; what `physics/scatter.py` is checked with beside slabs.

python scripts/scatter_cylinders.py [photons]      (needs the dev extra: xraylib)

A wide parallel beam along z meets an elliptic cylinder whose axis lies across it. Printed is, for strips of
1 cm along the third direction, the signal of primary and of scatter in a CsI panel 10 cm behind the body,
open air = 1. The physics is that of `scatter_monte_carlo.py`.
"""

import sys

import numpy as np
from numba import njit
from scatter_monte_carlo import CSI_G_CM2, STEP_KEV, collide, form_factor, water

from fluoroseg.physics import mass_attenuation_cm2_g, tube_bins

GAP_CM, BEAM_CM = 10.0, 40
KVP = 90.0


@njit
def follow(photons, energies, cumulated, mu, scatter, elastic, x, total, depth_cm, width_cm, csi, rng):
    """Signal of scatter per incident photon in each strip of the beam."""
    deep, wide = depth_cm / 2, width_cm / 2
    score = np.zeros(BEAM_CM)
    for _ in range(photons):
        energy, weight = energies[np.searchsorted(cumulated, rng.random())], 1.0
        across = (rng.random() - 0.5) * BEAM_CM
        if abs(across) >= wide:
            continue
        place = np.array([across, 0.0, -deep * np.sqrt(1 - (across / wide) ** 2)])
        direction, scattered = np.array([0.0, 0.0, 1.0]), False
        while weight > 1e-4:
            at = int(energy / 0.5 + 0.5)
            place = place + direction * (-np.log(1 - rng.random()) / mu[at])
            if (place[2] / deep) ** 2 + (place[0] / wide) ** 2 >= 1:
                if scattered and direction[2] > 0.02:
                    hit = place[0] + direction[0] / direction[2] * (deep + GAP_CM - place[2])
                    if abs(hit) < BEAM_CM / 2:
                        seen = 1 - np.exp(-csi[at] / direction[2])
                        score[int(hit + BEAM_CM / 2)] += weight * energy * seen
                break
            weight *= scatter[at]
            scattered = True
            direction, energy = collide(rng, direction, energy, elastic[at], x, total)
    return score / photons


def profiles(depth_cm: float, width_cm: float, photons: int) -> tuple[np.ndarray, np.ndarray]:
    """Primary and scatter from the middle outwards, every cm from 5 mm on; open air = 1."""
    beam = tube_bins(KVP)
    count = beam.weights / beam.energies_kev
    share = count / count.sum()
    mu, scatter, elastic = water()
    x, total = form_factor()
    grid = np.clip(np.arange(0, 151, STEP_KEV), 10, 150)
    csi = mass_attenuation_cm2_g("caesium_iodide", grid) * CSI_G_CM2
    at = np.round(beam.energies_kev / STEP_KEV).astype(int)
    across = np.arange(BEAM_CM // 2) + 0.5
    thickness = depth_cm * np.sqrt(np.clip(1 - (2 * across / width_cm) ** 2, 0, None))
    left = share * beam.energies_kev * (1 - np.exp(-csi[at]))
    primary = np.exp(-np.outer(thickness, mu[at])) @ left / left.sum()
    cumulated = np.cumsum(share)
    cumulated[-1] = 1.0
    rng = np.random.default_rng(1)
    # fmt: off
    score = follow(
        photons, beam.energies_kev, cumulated, mu, scatter, elastic, x, total, depth_cm, width_cm, csi, rng,
    )
    # fmt: on
    half = BEAM_CM // 2
    return primary, (score[half:] + score[:half][::-1]) / 2 / (left.sum() / BEAM_CM)


def main() -> None:
    photons = int(float(sys.argv[1])) if len(sys.argv) > 1 else 3_000_000
    lines = ["deep x wide cm\tfrom middle cm\tprimary\tscatter"]
    for depth, width in ((36.0, 24.0), (24.0, 36.0)):
        for i, (primary, scatter) in enumerate(zip(*profiles(depth, width, photons), strict=True)):
            lines.append(f"{depth:g} x {width:g}\t{i + 0.5}\t{primary:.3g}\t{scatter:.3g}")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
