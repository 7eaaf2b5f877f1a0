"""Quanta counted and read out, in blocks of rows that threads share.

A block has fixed bounds and its own random numbers: the threads, and the order in which they come to the
blocks, change no bit.
"""

import math
from collections.abc import Callable

import numpy as np
from jaxtyping import Float32

from fluoroseg.errors import UsageError

_ROWS = 64
"""Of a block."""

_MANY = 2000
"""Quanta in a pixel from which their number is drawn from a normal distribution."""

_MOST_QUANTA = 1e15
"""More is no exposure."""


class Noise:
    """The random numbers of one picture: for each block its own PCG64 of the seed and the block's number."""

    def __init__(self, seed: int, rows: int) -> None:
        self._blocks = [np.random.default_rng([block, seed]) for block in range(_blocks(rows))]

    def of(self, rows: slice) -> np.random.Generator:
        """Those of a block, where its last draw left them."""
        return self._blocks[rows.start // _ROWS]


def count_quanta(
    signal: Float32[np.ndarray, "h w"],
    field: Float32[np.ndarray, "h2 w2"],
    scattered: Float32[np.ndarray, "h2 w2"],
    step: int,
    quanta: float,
    hardening: Float32[np.ndarray, " octave"],
    noise: Noise,
) -> Float32[np.ndarray, "h w"]:
    """signal x field + scattered, not below 0, with the Poisson noise of its quanta.

    field, scattered: on a grid of every `step` pixels.  quanta: in a pixel of signal 1; 0: no noise.
    hardening[n]: energy per quantum where the signal is 2^-n, relative to open air; between, linear.
    Raises UsageError for more than 1e15 quanta in a pixel.
    """
    if not quanta * float(signal.max()) <= _MOST_QUANTA:
        raise UsageError(
            f"{quanta:g} quanta in a pixel of open air and a signal of up to {signal.max():g} of that: "
            f"more than {_MOST_QUANTA:g} quanta"
        )
    out = np.empty_like(signal)
    coarse = enlarged_across(np.stack([field, scattered]), step, signal.shape[1])
    levels = 2.0 ** -np.arange(len(hardening))

    def count(rows: slice) -> None:
        fine_field, fine_scattered = enlarged(coarse, step, rows)
        np.maximum(signal[rows] * fine_field + fine_scattered, 0, out=out[rows])
        if quanta > 0:
            energy = np.interp(out[rows], levels[::-1], hardening[::-1]).astype(np.float32) / np.float32(
                quanta
            )
            out[rows] = _counted(out[rows] / energy, noise.of(rows)) * energy

    _each_block(count, len(out))
    return out


def read_out(
    counted: Float32[np.ndarray, "h w"],
    weights: Float32[np.ndarray, " n"],
    keep: float,
    veil: Float32[np.ndarray, "h2 w2"],
    flat: Float32[np.ndarray, "h2 w2"],
    step: int,
    electronic: float,
    noise: Noise,
) -> Float32[np.ndarray, "h w"]:
    """Light spread, veiling glare, electronic noise, flat field; not below 0.

    weights: half of a symmetric kernel, its middle first.  keep: share of the signal that glare leaves in
    place; veil: the rest; flat: what to divide by; both on a grid of every `step` pixels.
    electronic: standard deviation of the noise.
    """
    out = np.empty_like(counted)
    coarse = enlarged_across(np.stack([veil, flat]), step, counted.shape[1])
    radius = len(weights) - 1
    padded = np.pad(counted, radius, mode="edge")

    def read(rows: slice) -> None:
        signal = _spread(_spread(padded[rows.start : rows.stop + 2 * radius], weights).T, weights).T
        signal *= np.float32(keep)
        fine_veil, fine_flat = enlarged(coarse, step, rows)
        signal += fine_veil
        if electronic > 0:
            normal = noise.of(rows).standard_normal(signal.shape, dtype=np.float32)
            signal += np.float32(electronic) * normal
        np.divide(np.maximum(signal, 0), fine_flat, out=out[rows])

    _each_block(read, len(out))
    return out


def enlarged(
    coarse: Float32[np.ndarray, "picture h2 w"], step: int, rows: slice
) -> Float32[np.ndarray, "picture h w"]:
    """Some rows of pictures of which `coarse` has one for every `step`: linear between their centres.

    Beyond the outer centres the line goes on.
    """
    size = coarse.shape[1]
    place = (np.arange(rows.start, rows.stop) + 0.5) / step - 0.5
    before = np.minimum(np.maximum(place, 0).astype(np.intp), max(size - 2, 0))
    start, end = coarse[:, before], coarse[:, np.minimum(before + 1, size - 1)]
    end -= start
    end *= (place - before).astype(np.float32)[:, None]
    return np.add(start, end, out=end)


def enlarged_across(
    coarse: Float32[np.ndarray, "picture h2 w2"], step: int, columns: int
) -> Float32[np.ndarray, "picture h2 w"]:
    """`enlarged`, along the columns."""
    wide = enlarged(coarse.transpose(0, 2, 1), step, slice(0, columns))
    return np.ascontiguousarray(wide.transpose(0, 2, 1))


def _counted(expected: Float32[np.ndarray, "h w"], random: np.random.Generator) -> Float32[np.ndarray, "h w"]:
    """Poisson numbers; many quanta by the normal distribution, which takes a sixth of the time.

    Its third moment is missing: at the limit of 2000 the skewness is 0.02.
    """
    counted = expected + np.sqrt(expected) * random.standard_normal(expected.shape, dtype=np.float32)
    few = expected < _MANY
    counted[few] = random.poisson(expected[few])
    return counted


def _spread(
    padded: Float32[np.ndarray, "h2 w"], weights: Float32[np.ndarray, " n"]
) -> Float32[np.ndarray, "h w"]:
    """Convolved along the rows, of which there are `len(weights) - 1` more at each end."""
    radius = len(weights) - 1
    size = len(padded) - 2 * radius
    out = weights[0] * padded[radius : radius + size]
    for k in range(1, radius + 1):
        out += weights[k] * (padded[radius - k :][:size] + padded[radius + k :][:size])
    return out


def _each_block(work: Callable[[slice], None], rows: int) -> None:
    from fluoroseg.project.threads import run  # late: `project` imports this room

    def some(first: int, last: int) -> None:
        for block in range(first, last):
            work(slice(block * _ROWS, min((block + 1) * _ROWS, rows)))

    run(some, _blocks(rows))


def _blocks(rows: int) -> int:
    return math.ceil(rows / _ROWS)
