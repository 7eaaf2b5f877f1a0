"""From what lies along each ray to what the primary beam brings to the detector."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float, Float32

from fluoroseg.errors import UsageError
from fluoroseg.physics.attenuation import mass_attenuation_cm2_g
from fluoroseg.physics.materials import COMPOSITION, MATERIALS
from fluoroseg.physics.spectrum import Spectrum, tube

_EDGED = {"Ag", "Sn", "Ba", "Ta", "W", "Pt", "Au", "Hg", "Pb"}
"""Elements with a K edge (25-88 keV) where the nodes of `tube` know of none."""

_PIXELS = 8192
"""Of a block: fixed bounds, so that the threads change no bit; small, so that it stays in the cache."""


def transmission(
    areal_g_cm2: Float[np.ndarray, "material h w"],
    kvp: float | Spectrum,
    metal: Mapping[str, Float[np.ndarray, "..."]] | None = None,
) -> Float32[np.ndarray, "h w"]:
    """Transmitted energy fraction, 1 = open air (Beer-Lambert, primary beam only).

    T = sum over E of w(E) exp(- sum over materials of (mu/rho)(E) x areal density), with the detector's
    response in w (see `Spectrum`). Areal densities are 0 or more. Behind a material whose attenuation jumps
    within the spectrum (barium, lead, gold, ...), the whole spectrum is taken in place of its few nodes.

    areal_g_cm2: areal densities of `MATERIALS` along each ray.
    kvp: tube voltage, 50-150, seen by a flat panel (`tube`), or a spectrum of one's own.
    metal: areal densities (g/cm^2, `[h, w]`) of further materials that have an attenuation table.
    Raises UsageError for a wrong number of materials, a metal's wrong shape, a material without a table.
    """
    if len(areal_g_cm2) != len(MATERIALS):
        raise UsageError(f"{len(areal_g_cm2)} areal densities given; needed is one for each of {MATERIALS}")
    shape = areal_g_cm2.shape[1:]
    metal = metal or {}
    for name, layer in metal.items():
        if layer.shape != shape:
            raise UsageError(f"areal density of {name} has shape {layer.shape}; the picture has {shape}")
    spectrum = kvp if isinstance(kvp, Spectrum) else tube(float(kvp))
    names = (*MATERIALS, *metal)
    layers = np.asarray(areal_g_cm2, dtype=np.float32)
    if metal:
        layers = np.stack([*layers, *metal.values()], dtype=np.float32, casting="same_kind")
    layers = layers.reshape(len(names), -1)
    flat = _transmitted(layers, names, spectrum)
    jumping = [n for n, name in enumerate(names) if name in metal and _EDGED & COMPOSITION[name].keys()]
    if jumping and spectrum.whole is not None:
        behind = np.flatnonzero((layers[jumping] > 0).any(axis=0))
        flat[behind] = _transmitted(np.ascontiguousarray(layers[:, behind]), names, spectrum.whole)
    return flat.reshape(shape)


def _transmitted(
    areal_g_cm2: Float32[np.ndarray, "material pixel"], names: Sequence[str], spectrum: Spectrum
) -> Float32[np.ndarray, " pixel"]:
    from fluoroseg.project.threads import run  # late: `project` imports this room

    coefficients = np.stack([mass_attenuation_cm2_g(m, spectrum.energies_kev) for m in names], axis=1)
    coefficients, weights = coefficients.astype(np.float32), spectrum.weights.astype(np.float32)
    out = np.empty(areal_g_cm2.shape[1], dtype=np.float32)

    def some(first: int, last: int) -> None:
        for begin in range(first * _PIXELS, min(last * _PIXELS, out.size), _PIXELS):
            block = slice(begin, begin + _PIXELS)
            # einsum, not matmul: no BLAS, whose bits may depend on its own threads
            exponent = np.einsum("em,mp->ep", -coefficients, areal_g_cm2[:, block])
            np.einsum("e,ep->p", weights, np.exp(exponent, out=exponent), out=out[block])

    run(some, math.ceil(out.size / _PIXELS))
    return out
