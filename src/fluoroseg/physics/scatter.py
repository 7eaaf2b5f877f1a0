"""Scatter, anti-scatter grid and veiling glare: broad, weak, and computed on a coarse grid.

Scatter is a superposition of kernels (Ohnesorge et al., Eur Radiol 1999; Sun & Star-Lack, Phys Med Biol
2010): every ray adds primary x A(t) x k(r), t the water-equivalent thickness it went through:

    A(t) = 0.118 t (1 + 0.0486 (kVp / 90)^0.88 t)          t in cm: scatter / primary of an unbounded beam
    k(r) = (1 + r^2 / l^2)^-2 / (pi l^2),  l = 9 mm + 2.3 mm/cm t + 0.82 gap

fitted to scripts/scatter_monte_carlo.py (water slabs of 2-30 cm, 60-120 kVp, gaps of 0-300 mm): A within
6 %, the share of the scatter within any radius within 0.13 (root mean square 0.03).

Kernels of slabs let the bright scatter of thin parts reach the detector behind thick ones unhindered. So
what arrives behind t is multiplied by exp(-0.07/cm max(0, t - t_s)), t_s the mean thickness of the rays that
it comes from, weighted by what each sends there; behind a slab t = t_s. (The asymmetric kernels of Sun &
Star-Lack do this ray by ray.) Against Monte Carlo of long water cylinders, 36 x 24 cm across, 90 kVp, wide
beam, gap 100 mm: 0.95-1.5 times the scatter where they are thickest, up to 1.9 times near their edges;
without this 3.5 times behind 36 cm (scripts/scatter_cylinders.py).
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Complex, Float, Float32

from fluoroseg.errors import UsageError

COARSE_MM = 5.0
"""Pixels of the coarse grid; everything here is several times as broad."""

_SHADOW_PER_CM = 0.07
"""Attenuation of what is scattered into the shadow of thicker parts."""

_TINY = np.float32(1e-30)

_THICKNESS_CM = (4.0, 14.0, 28.0)
"""Thicknesses at which kernels are made; a ray in between is shared between two."""


@dataclass(frozen=True)
class Grid:
    """An anti-scatter grid: what it lets through of the primary beam and of scatter.

    The default is a typical 10:1 grid, 40 lines/cm, aluminium interspace; the ratio of the two is the
    selectivity, some 3 to 8 (IEC 60627).
    """

    primary: float = 0.70
    scatter: float = 0.14

    def __post_init__(self) -> None:
        if not 0 <= self.scatter <= self.primary <= 1 or self.primary == 0:
            raise UsageError(
                f"a grid that lets {self.primary:g} of the primary and {self.scatter:g} of scatter through: "
                "0 <= scatter <= primary <= 1"
            )

    def bucky_factor(self, scatter_to_primary: float) -> float:
        """How many times the exposure must rise for the same signal behind the grid."""
        return (1 + scatter_to_primary) / (self.primary + self.scatter * scatter_to_primary)


def scatter(
    primary: Float32[np.ndarray, "h w"],
    thickness_cm: Float32[np.ndarray, "h w"],
    pixel_mm: tuple[float, float],
    kvp: float,
    air_gap_mm: float,
) -> Float32[np.ndarray, "h w"]:
    """Signal of scattered photons, in units of `primary`; for grids of some millimetres.

    primary: signal of the unscattered beam (0 where nothing is irradiated; nothing is beyond the picture).
    thickness_cm: areal density / (1 g/cm^3).  pixel_mm: height and width of a pixel.
    """
    amplitude = 0.118 * thickness_cm * (1 + 0.0486 * (kvp / 90) ** 0.88 * thickness_cm)
    source = primary * amplitude
    shares = [np.interp(thickness_cm, _THICKNESS_CM, tent) for tent in np.eye(len(_THICKNESS_CM))]
    padded = _padded(primary.shape)
    total, weighted = np.zeros((2, padded[0], padded[1] // 2 + 1), dtype=np.complex64)
    for share, centre_cm in zip(shares, _THICKNESS_CM, strict=True):
        length_mm = 9 + 2.3 * centre_cm + 0.82 * air_gap_mm
        kernel = _kernel(padded, pixel_mm, length_mm)
        total += _forward(source * share, padded) * kernel
        weighted += _forward(source * share * thickness_cm, padded) * kernel
    arrived = _backward(total, padded, primary.shape)
    thickness_there = _backward(weighted, padded, primary.shape) / np.maximum(arrived, _TINY)
    excess_cm = np.maximum(thickness_cm - thickness_there, 0)
    return arrived * np.exp(np.float32(-_SHADOW_PER_CM) * excess_cm)


def glare(
    signal: Float32[np.ndarray, "h w"], pixel_mm: tuple[float, float], length_mm: float
) -> Float32[np.ndarray, "h w"]:
    """The signal spread by exp(-r / length) / (2 pi length r), Seibert's veiling glare (Med Phys 1984).

    Its transfer function is (1 + (2 pi f length)^2)^(-1/2). What leaves the picture is lost.
    """
    padded = _padded(signal.shape)
    return _backward(
        _forward(signal, padded) * _glare_transfer(padded, pixel_mm, length_mm), padded, signal.shape
    )


def coarse_step(pixel_mm: tuple[float, float]) -> int:
    """Pixels along each side of a coarse pixel of about `COARSE_MM`."""
    return max(1, round(COARSE_MM / max(pixel_mm)))


def shrink(picture: Float32[np.ndarray, "h w"], step: int) -> Float32[np.ndarray, "h2 w2"]:
    """Means of squares of `step` pixels; at the lower and right edge of what is there."""
    if step == 1:
        return picture
    sums = _sums(_sums(picture, step).T, step).T
    tall, wide = (np.minimum(step, n - np.arange(0, n, step)) for n in picture.shape)
    return sums / (tall[:, None] * wide).astype(np.float32)


def _sums(picture: Float32[np.ndarray, "h w"], step: int) -> Float32[np.ndarray, "h2 w"]:
    """Of every `step` rows."""
    sums = picture[::step].copy()
    for k in range(1, min(step, len(picture))):
        rows = picture[k::step]
        sums[: len(rows)] += rows
    return sums


@lru_cache(maxsize=32)
def _kernel(
    padded: tuple[int, int], pixel_mm: tuple[float, float], length_mm: float
) -> Complex[np.ndarray, "f g"]:
    """Spectrum of `scatter`'s k(r) on a periodic grid."""
    down, right = (np.fft.fftfreq(n, 1 / n)[:, None] * step for n, step in zip(padded, pixel_mm, strict=True))
    squared = (down**2 + right.T**2) / length_mm**2
    return _forward(pixel_mm[0] * pixel_mm[1] / (np.pi * length_mm**2) * (1 + squared) ** -2, padded)


@lru_cache(maxsize=32)
def _glare_transfer(
    padded: tuple[int, int], pixel_mm: tuple[float, float], length_mm: float
) -> Float32[np.ndarray, "f g"]:
    down = np.fft.fftfreq(padded[0], pixel_mm[0])[:, None]
    right = np.fft.rfftfreq(padded[1], pixel_mm[1])[None, :]
    transfer = (1 + (2 * np.pi * length_mm) ** 2 * (down**2 + right**2)) ** -0.5
    return transfer.astype(np.float32)


def _padded(shape: tuple[int, ...]) -> tuple[int, int]:
    """At least twice the size, so that what is convolved does not come round; small factors are fast."""
    rows, columns = (min(m << max((2 * n - 1) // m, 0).bit_length() for m in (1, 3, 5)) for n in shape)
    return rows, columns


def _forward(picture: Float[np.ndarray, "h w"], padded: tuple[int, int]) -> Complex[np.ndarray, "f g"]:
    return np.fft.rfft2(picture.astype(np.float32), padded)


def _backward(
    spectrum: Complex[np.ndarray, "f g"], padded: tuple[int, int], shape: tuple[int, ...]
) -> Float32[np.ndarray, "h w"]:
    picture = np.fft.irfft2(spectrum, padded)[: shape[0], : shape[1]]
    return np.maximum(picture, 0).astype(np.float32)
