"""Noise and read-out of a detector (numba): counter-based random numbers, Poisson counts, blur.

Every random number is a function of (seed, pixel, draw): the threads, and the order in which they come
to a pixel, change nothing.
"""

import math

import numpy as np
from numba import njit

_MASK, _HALF = np.uint64(0xFFFFFFFF), np.uint64(32)
_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_W0, _W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_TO_UNIT = 2.0**-32

COUNTS, READ_OUT = np.uint64(0), np.uint64(1)
"""Streams of random numbers: the third word of the counter."""


@njit(cache=True, nogil=True)
def philox(c0, c1, c2, c3, k0, k1):
    """Philox4x32-10 (Salmon et al., SC 2011): counter and key (32 bits in each uint64) -> four such words."""
    for _ in range(10):
        p0, p1 = _M0 * c0, _M1 * c2
        c0, c1 = (p1 >> _HALF) ^ c1 ^ k0, p1 & _MASK
        c2, c3 = (p0 >> _HALF) ^ c3 ^ k1, p0 & _MASK
        k0, k1 = (k0 + _W0) & _MASK, (k1 + _W1) & _MASK
    return c0, c1, c2, c3


@njit(cache=True, nogil=True, error_model="numpy")
def _log_factorial(n):
    """By Stirling's series, 1e-8 off at most; for few by the library."""
    if n < 10.0:
        return math.lgamma(n + 1.0)
    return (n + 0.5) * math.log(n) - n + 0.9189385332046727 + (1 / 12 - 1 / (360 * n * n)) / n


@njit(cache=True, nogil=True, error_model="numpy")
def poisson(mean, pixel, k0, k1):
    """An exact Poisson count: inversion below 10, above it PTRS (Hoermann 1993, transformed rejection)."""
    if mean <= 0.0:
        return 0.0
    if mean < 10.0:
        word = philox(pixel, np.uint64(0), COUNTS, np.uint64(0), k0, k1)[0]
        rest, count, term = (word + 0.5) * _TO_UNIT, 0.0, math.exp(-mean)
        while rest > term and count < 100.0:  # 100: rounding must not run on for ever
            rest -= term
            count += 1.0
            term *= mean / count
        return count
    root = math.sqrt(mean)
    b = 0.931 + 2.53 * root
    a = -0.059 + 0.02483 * b
    log_mean, inverse_alpha, v_r = math.log(mean), 1.1239 + 1.1328 / (b - 3.4), 0.9277 - 3.6224 / (b - 2)
    draw = np.uint64(0)
    while True:
        words = philox(pixel, draw, COUNTS, np.uint64(0), k0, k1)
        draw += np.uint64(1)
        for word_u, word_v in ((words[0], words[1]), (words[2], words[3])):
            u, v = (word_u + 0.5) * _TO_UNIT - 0.5, (word_v + 0.5) * _TO_UNIT
            us = 0.5 - abs(u)
            count = math.floor((2 * a / us + b) * u + mean + 0.43)
            if us >= 0.07 and v <= v_r:
                return count
            if count < 0 or (us < 0.013 and v > us):
                continue
            height = math.log(v * inverse_alpha / (a / (us * us) + b))
            if height <= -mean + count * log_mean - _log_factorial(count):
                return count


@njit(cache=True, nogil=True)
def philox_row(first, c1, c2, key, w0, w1, w2, w3):
    """Philox of the counters (first + column, c1, c2, 0), round by round so that LLVM vectorises it."""
    for c in range(w0.size):
        w0[c], w1[c], w2[c], w3[c] = first + np.uint64(c), c1, c2, np.uint64(0)
    k0, k1 = key[0], key[1]
    for _ in range(10):
        for c in range(w0.size):
            p0, p1 = _M0 * w0[c], _M1 * w2[c]
            w0[c] = (p1 >> _HALF) ^ w1[c] ^ k0
            w1[c] = p1 & _MASK
            w2[c] = (p0 >> _HALF) ^ w3[c] ^ k1
            w3[c] = p0 & _MASK
        k0, k1 = (k0 + _W0) & _MASK, (k1 + _W1) & _MASK


@njit(cache=True, nogil=True, inline="always")
def _first_try(mean, word_u, word_v):
    """What `poisson` returns at once, four times in five; else -1. Without branches, to vectorise."""
    u = (np.float64(np.int64(word_u)) + 0.5) * _TO_UNIT - 0.5
    v = (np.float64(np.int64(word_v)) + 0.5) * _TO_UNIT
    b = 0.931 + 2.53 * math.sqrt(max(mean, 10.0))
    us = 0.5 - abs(u)
    count = np.floor((2 * (-0.059 + 0.02483 * b) / us + b) * u + mean + 0.43)
    good = (mean >= 10.0) & (us >= 0.07) & (v <= 0.9277 - 3.6224 / (b - 2))
    return count if good else -1.0


@njit(cache=True, nogil=True, inline="always")
def _place(position, step, size):
    """A fine pixel on a coarse grid of every `step` pixels: the pixel before, the one after, how far between.

    Beyond the outer pixels' centres the line goes on.
    """
    place = (position + 0.5) / step - 0.5
    before = min(max(int(math.floor(place)), 0), max(size - 2, 0))
    return before, min(before + 1, size - 1), np.float32(place - before)


@njit(cache=True, nogil=True, error_model="numpy")
def _across(step, size, before, between):
    """`_place` of every column; `before` is followed by the pixel after it, or itself at the edge."""
    for c in range(before.size):
        before[c], _, between[c] = _place(c, step, size)


@njit(cache=True, nogil=True, error_model="numpy")
def _along(row, step, coarse, line):
    """A coarse picture at a fine row; the last column twice."""
    i, i1, v = _place(row, step, coarse.shape[0])
    for j in range(coarse.shape[1]):
        line[j] = coarse[i, j] + (coarse[i1, j] - coarse[i, j]) * v
    line[coarse.shape[1]] = line[coarse.shape[1] - 1]


@njit(cache=True, nogil=True, error_model="numpy")
def count_quanta(primary, field, scatter, step, quanta, hardening, key, out, first, last):
    """out = primary x field + scatter, then the quanta drawn; rows first..last.

    field, scatter: on a grid of every `step` pixels. quanta: in a pixel where the signal is 1; 0: no noise.
    hardening[n]: energy per quantum where the signal is 2^-n, relative to open air; between, linear.
    """
    columns, size = out.shape[1], field.shape[1]
    before, between = np.empty(columns, dtype=np.int32), np.empty(columns, dtype=np.float32)
    f, s = np.empty(size + 1, dtype=np.float32), np.empty(size + 1, dtype=np.float32)
    w0, w1 = np.empty(columns, dtype=np.uint64), np.empty(columns, dtype=np.uint64)
    w2, w3 = np.empty(columns, dtype=np.uint64), np.empty(columns, dtype=np.uint64)
    energy, means, counts = np.empty(columns), np.empty(columns), np.empty(columns)
    bits = out.view(np.int32)
    _across(step, size, before, between)
    for r in range(first, last):
        _along(r, step, field, f)
        _along(r, step, scatter, s)
        for c in range(columns):
            j, u = before[c], between[c]
            mean = primary[r, c] * (f[j] + (f[j + 1] - f[j]) * u) + s[j] + (s[j + 1] - s[j]) * u
            out[r, c] = max(mean, np.float32(0.0))
        if quanta <= 0.0:
            continue
        pixel = np.uint64(r * columns)
        philox_row(pixel, np.uint64(0), COUNTS, key, w0, w1, w2, w3)
        for c in range(columns):
            # The number's own bits say in which octave it is, and how far up.
            octave = np.int32(127) - (bits[r, c] >> np.int32(23))
            part = (bits[r, c] & np.int32(0x7FFFFF)) * 2.0**-23 if octave > 0 else 1.0
            octave = min(max(octave, np.int32(1)), np.int32(hardening.size - 1))
            energy[c] = (hardening[octave] + (hardening[octave - 1] - hardening[octave]) * part) / quanta
            means[c] = out[r, c] / energy[c]
        for c in range(columns):
            counts[c] = _first_try(means[c], w0[c], w1[c])
        for c in range(columns):
            if counts[c] < 0.0:
                counts[c] = poisson(means[c], pixel + np.uint64(c), key[0], key[1])
            out[r, c] = counts[c] * energy[c]


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def read_out(signal, weights, keep, glare, field, step, electronic, key, out, first, last):
    """Light spread, veiling glare, electronic noise, flat field; not below 0; rows first..last.

    weights: half of a symmetric kernel, its middle first. keep: share of the signal that glare leaves in
    place; glare: the rest; field: what to divide by; both on a grid of every `step` pixels.
    electronic: standard deviation of the noise, the sum of eight uniform numbers of 16 bits (excess
    kurtosis -0.15).
    """
    rows, columns = signal.shape
    radius = weights.size - 1
    low, half = np.uint64(0xFFFF), np.uint64(16)
    scale = electronic / math.sqrt(8 / 12) / 65536
    line = np.empty(columns + 2 * radius, dtype=np.float32)
    sums = np.empty(columns, dtype=np.float32)
    before, between = np.empty(columns, dtype=np.int32), np.empty(columns, dtype=np.float32)
    f, g = np.empty(field.shape[1] + 1, dtype=np.float32), np.empty(field.shape[1] + 1, dtype=np.float32)
    w0, w1 = np.zeros(columns, dtype=np.uint64), np.zeros(columns, dtype=np.uint64)
    w2, w3 = np.zeros(columns, dtype=np.uint64), np.zeros(columns, dtype=np.uint64)
    _across(step, field.shape[1], before, between)
    for r in range(first, last):
        _along(r, step, field, f)
        _along(r, step, glare, g)
        if electronic > 0.0:
            philox_row(np.uint64(0), np.uint64(r), READ_OUT, key, w0, w1, w2, w3)
        for c in range(columns):
            line[radius + c] = weights[0] * signal[r, c]
        for k in range(1, radius + 1):
            above, below = max(r - k, 0), min(r + k, rows - 1)
            for c in range(columns):
                line[radius + c] += weights[k] * (signal[above, c] + signal[below, c])
        for k in range(radius):
            line[k], line[radius + columns + k] = line[radius], line[radius + columns - 1]
        for c in range(columns):
            sums[c] = weights[0] * line[radius + c]
        for k in range(1, radius + 1):
            for c in range(columns):
                sums[c] += weights[k] * (line[radius + c - k] + line[radius + c + k])
        for c in range(columns):
            total = (w0[c] & low) + (w0[c] >> half) + (w1[c] & low) + (w1[c] >> half)
            total += (w2[c] & low) + (w2[c] >> half) + (w3[c] & low) + (w3[c] >> half)
            noise = np.float32((np.float64(np.int64(total)) - 4 * 65535.0) * scale)
            j, u = before[c], between[c]
            value = keep * sums[c] + g[j] + (g[j + 1] - g[j]) * u + noise
            out[r, c] = max(value, np.float32(0.0)) / (f[j] + (f[j + 1] - f[j]) * u)


@njit(cache=True, nogil=True)
def resample(picture, where, out, first, last):
    """out[r, c] = picture at where[r, c] = (row, column), bilinear, clamped to it; rows first..last."""
    bottom, right = picture.shape[0] - 1, picture.shape[1] - 1
    for r in range(first, last):
        for c in range(out.shape[1]):
            y, x = min(max(where[r, c, 0], 0.0), bottom), min(max(where[r, c, 1], 0.0), right)
            i, j = int(y), int(x)
            below, beside, v, u = min(i + 1, bottom), min(j + 1, right), y - i, x - j
            top = picture[i, j] * (1 - u) + picture[i, beside] * u
            out[r, c] = top * (1 - v) + (picture[below, j] * (1 - u) + picture[below, beside] * u) * v
