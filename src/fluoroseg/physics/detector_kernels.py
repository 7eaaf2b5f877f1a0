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


@njit(cache=True, nogil=True)
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
            if height <= -mean + count * log_mean - math.lgamma(count + 1):
                return count


@njit(cache=True, nogil=True)
def bilinear(picture, row, column):
    """Value between four pixels; beyond the edge that of the edge."""
    row = min(max(row, 0.0), picture.shape[0] - 1.0)
    column = min(max(column, 0.0), picture.shape[1] - 1.0)
    r, c = int(row), int(column)
    r1, c1 = min(r + 1, picture.shape[0] - 1), min(c + 1, picture.shape[1] - 1)
    v, u = row - r, column - c
    top = picture[r, c] * (1 - u) + picture[r, c1] * u
    return top * (1 - v) + (picture[r1, c] * (1 - u) + picture[r1, c1] * u) * v


@njit(cache=True, nogil=True)
def resample(picture, where, out, first, last):
    """out[r, c] = picture at where[r, c] = (row, column), rows first..last."""
    for r in range(first, last):
        for c in range(out.shape[1]):
            out[r, c] = bilinear(picture, where[r, c, 0], where[r, c, 1])


@njit(cache=True, nogil=True)
def count_quanta(primary, scatter, step, quanta, hardening, key, out, first, last):
    """Adds the scatter of a coarse grid to the primary and draws the quanta; rows first..last.

    scatter: every `step` pixels, added between bilinearly. quanta: in a pixel where the signal is 1; 0: no
    noise. hardening[n]: energy per quantum where the signal is 2^-n, relative to open air; between, linear.
    """
    columns = out.shape[1]
    for r in range(first, last):
        coarse_row = (r + 0.5) / step - 0.5
        for c in range(columns):
            mean = primary[r, c] + bilinear(scatter, coarse_row, (c + 0.5) / step - 0.5)
            out[r, c] = mean
            if quanta > 0.0 and mean > 0.0:
                part, power = math.frexp(min(mean, 1.0))
                n = min(max(-power, 0), hardening.size - 2)
                w = min(max(2 * part - 1, 0.0), 1.0)
                energy = hardening[n] * w + hardening[n + 1] * (1 - w)
                count = poisson(mean * quanta / energy, np.uint64(r * columns + c), key[0], key[1])
                out[r, c] = count * energy / quanta


@njit(cache=True, nogil=True, fastmath={"contract"})
def read_out(signal, weights, keep, glare, step, electronic, key, out, first, last):
    """Light spread, veiling glare and electronic noise; rows first..last.

    weights: half of a symmetric kernel, its middle first. keep: share of the signal that glare leaves in
    place; glare: the rest, every `step` pixels. electronic: standard deviation of the noise.
    """
    rows, columns = signal.shape
    radius = weights.size - 1
    line = np.empty(columns + 2 * radius, dtype=np.float32)
    for r in range(first, last):
        middle, target = line[radius : radius + columns], out[r]
        for c in range(columns):
            middle[c] = weights[0] * signal[r, c]
        for k in range(1, radius + 1):
            above, below = signal[max(r - k, 0)], signal[min(r + k, rows - 1)]
            for c in range(columns):
                middle[c] += weights[k] * (above[c] + below[c])
        line[:radius], line[radius + columns :] = middle[0], middle[-1]
        for c in range(columns):
            target[c] = weights[0] * middle[c]
        for k in range(1, radius + 1):
            left, right = line[radius - k :], line[radius + k :]
            for c in range(columns):
                target[c] += weights[k] * (left[c] + right[c])
        if keep < 1.0:
            _add_glare(target, keep, glare, (r + 0.5) / step - 0.5, step)
        if electronic > 0.0:
            _add_normal(target, electronic, np.uint64(r), key)


@njit(cache=True, nogil=True)
def _add_glare(target, keep, glare, coarse_row, step):
    for c in range(target.size):
        target[c] = keep * target[c] + bilinear(glare, coarse_row, (c + 0.5) / step - 0.5)


@njit(cache=True, nogil=True)
def _add_normal(target, deviation, row, key):
    """Normal noise by Box and Muller: one Philox call for four pixels of a row."""
    for c in range(0, target.size, 4):
        words = philox(np.uint64(c), row, READ_OUT, np.uint64(0), key[0], key[1])
        for pair in range(2):
            word_u, word_v = (words[0], words[1]) if pair == 0 else (words[2], words[3])
            length = deviation * math.sqrt(-2.0 * math.log((word_u + 0.5) * _TO_UNIT))
            angle = 2.0 * math.pi * (word_v + 0.5) * _TO_UNIT
            at = c + 2 * pair
            if at < target.size:
                target[at] += length * math.cos(angle)
            if at + 1 < target.size:
                target[at + 1] += length * math.sin(angle)
