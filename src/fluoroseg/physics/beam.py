"""From what lies along each ray to what the detector sees."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float

from fluoroseg.errors import UsageError
from fluoroseg.physics.attenuation import mass_attenuation_cm2_g
from fluoroseg.physics.materials import MATERIALS
from fluoroseg.physics.spectrum import Spectrum, tube


def transmission(
    areal_g_cm2: Float[np.ndarray, "material h w"],
    kvp: float | Spectrum,
    metal: Mapping[str, Float[np.ndarray, "h w"]] | None = None,
) -> Float[np.ndarray, "h w"]:
    """Transmitted energy fraction, float32, 1 = open air (Beer-Lambert, primary beam only).

    T = sum over E of w(E) exp(- sum over materials of (mu/rho)(E) x areal density), with an
    energy-integrating detector in w (see `Spectrum`).

    areal_g_cm2: areal densities of `MATERIALS` along each ray.
    kvp: tube voltage, 50-150, or a spectrum of one's own.
    metal: areal densities (g/cm^2) of further materials: "titanium", "iron", "stainless_steel".
    """
    if len(areal_g_cm2) != len(MATERIALS):
        raise UsageError(f"{len(areal_g_cm2)} areal densities given; needed is one for each of {MATERIALS}")
    spectrum = kvp if isinstance(kvp, Spectrum) else tube(float(kvp))
    layers = dict(zip(MATERIALS, areal_g_cm2, strict=True)) | dict(metal or {})
    energies = spectrum.energies_kev
    coefficients = np.stack([mass_attenuation_cm2_g(m, energies) for m in layers], axis=1)
    areal = np.stack([np.asarray(a, dtype=np.float32).ravel() for a in layers.values()])
    exponent = -coefficients.astype(np.float32) @ areal
    np.exp(exponent, out=exponent)
    return (spectrum.weights.astype(np.float32) @ exponent).reshape(areal_g_cm2.shape[1:])
