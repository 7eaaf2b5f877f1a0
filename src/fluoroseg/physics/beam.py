"""From what lies along each ray to what the primary beam brings to the detector."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float, Float32

from fluoroseg.errors import UsageError
from fluoroseg.physics.attenuation import mass_attenuation_cm2_g
from fluoroseg.physics.materials import MATERIALS
from fluoroseg.physics.spectrum import Spectrum, tube


def transmission(
    areal_g_cm2: Float[np.ndarray, "material h w"],
    kvp: float | Spectrum,
    metal: Mapping[str, Float[np.ndarray, "..."]] | None = None,
) -> Float32[np.ndarray, "h w"]:
    """Transmitted energy fraction, 1 = open air (Beer-Lambert, primary beam only).

    T = sum over E of w(E) exp(- sum over materials of (mu/rho)(E) x areal density), with the detector's
    response in w (see `Spectrum`). Areal densities are 0 or more.

    areal_g_cm2: areal densities of `MATERIALS` along each ray.
    kvp: tube voltage, 50-150, seen by a flat panel (`tube`), or a spectrum of one's own.
    metal: areal densities (g/cm^2, `[h, w]`) of further materials that have an attenuation table.
    Raises UsageError for a wrong number of materials, a metal's wrong shape, a material without a table.
    """
    from fluoroseg.physics import beam_kernels  # late: numba costs 0.3 s at import
    from fluoroseg.project.threads import run

    if len(areal_g_cm2) != len(MATERIALS):
        raise UsageError(f"{len(areal_g_cm2)} areal densities given; needed is one for each of {MATERIALS}")
    shape = areal_g_cm2.shape[1:]
    metal = metal or {}
    for name, layer in metal.items():
        if layer.shape != shape:
            raise UsageError(f"areal density of {name} has shape {layer.shape}; the picture has {shape}")
    spectrum = kvp if isinstance(kvp, Spectrum) else tube(float(kvp))
    names = (*MATERIALS, *metal)
    coefficients = np.stack([mass_attenuation_cm2_g(m, spectrum.energies_kev) for m in names], axis=1)
    tissue = np.ascontiguousarray(areal_g_cm2, dtype=np.float32).reshape(len(MATERIALS), -1)
    more = np.zeros((len(metal), tissue.shape[1]), dtype=np.float32)
    for row, layer in zip(more, metal.values(), strict=True):
        row[:] = layer.ravel()
    out = np.empty(tissue.shape[1], dtype=np.float32)
    coefficients, weights = coefficients.astype(np.float32), spectrum.weights.astype(np.float32)
    run(
        lambda first, last: beam_kernels.transmit(tissue, more, coefficients, weights, out, first, last),
        -(-out.size // beam_kernels.BLOCK),
    )
    return out.reshape(shape)
