"""Beer-Lambert over a few energies (numba), with an exponential that LLVM can vectorise."""

import numpy as np
from numba import njit

BLOCK = 1024
"""Pixels per unit of work. Blocks have fixed bounds, so a pixel's bits never depend on the threads."""

_LOG2_E = np.float32(1.44269504)
_LN2_HIGH = np.float32(0.693359375)
_LN2_LOW = np.float32(-2.12194440e-4)
_DARKEST = np.float32(-80.0)
_C2, _C3, _C4 = np.float32(0.5), np.float32(1.6666665459e-1), np.float32(4.1665795894e-2)
_C5, _C6, _C7 = np.float32(8.3334519073e-3), np.float32(1.3981999507e-3), np.float32(1.9875691500e-4)


@njit(cache=True, nogil=True, fastmath={"contract"})
def exponential(x, whole, out):
    """out = exp(x) for float32 x <= 0, relative error under 2e-7; below exp(-80) it stays there.

    x = n ln 2 + r with |r| <= ln 2 / 2; exp(r) by Moshier's minimax polynomial (Cephes, expf); 2^n by
    writing n into the exponent bits. whole: scratch int32, as long as x.
    """
    one, half = np.float32(1.0), np.float32(0.5)
    for i in range(x.size):
        value = max(x[i], _DARKEST)
        n = np.int32(value * _LOG2_E - half)  # towards zero: for negative values, rounding
        whole[i] = (n + np.int32(127)) << np.int32(23)
        nf = np.float32(n)
        r = value - nf * _LN2_HIGH
        r = r - nf * _LN2_LOW
        p = ((((_C7 * r + _C6) * r + _C5) * r + _C4) * r + _C3) * r + _C2
        out[i] = p * r * r + r + one
    power = whole.view(np.float32)
    for i in range(x.size):
        out[i] *= power[i]


@njit(cache=True, nogil=True, fastmath={"contract"})
def transmit(tissue, metal, coefficients, weights, out, first, last):
    """out = sum over energies of weight x exp(-coefficients . areal densities), for blocks first..last.

    tissue [material, pixels] and metal [more, pixels] g/cm^2, coefficients [energy, material + more]
    cm^2/g, weights [energy], out [pixels]; all float32.
    """
    exponent, factor = np.empty(BLOCK, dtype=np.float32), np.empty(BLOCK, dtype=np.float32)
    whole = np.empty(BLOCK, dtype=np.int32)
    for block in range(first, last):
        begin, end = block * BLOCK, min((block + 1) * BLOCK, out.size)
        size = end - begin
        total = out[begin:end]
        total[:] = np.float32(0.0)
        for e in range(weights.size):
            exponent[:] = np.float32(0.0)
            for m in range(tissue.shape[0]):
                _subtract(exponent[:size], coefficients[e, m], tissue[m, begin:end])
            for m in range(metal.shape[0]):
                _subtract(exponent[:size], coefficients[e, tissue.shape[0] + m], metal[m, begin:end])
            exponential(exponent[:size], whole[:size], factor[:size])
            weight = weights[e]
            for i in range(size):
                total[i] += weight * factor[i]


@njit(cache=True, nogil=True, fastmath={"contract"})
def _subtract(exponent, coefficient, areal):
    for i in range(exponent.size):
        exponent[i] -= coefficient * areal[i]
