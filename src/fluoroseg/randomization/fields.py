"""Random fields and strokes that several transforms are made of."""

import numpy as np
from jaxtyping import Float, Float32


def smooth_field(rng: np.random.Generator, shape: tuple[int, int], cells: int) -> Float32[np.ndarray, "h w"]:
    """Smooth noise, standard deviation about 1: normals through a cubic B-spline, `cells` along a side."""
    from fluoroseg.randomization import _kernels

    out = np.empty(shape, np.float32)
    _kernels.spline_field(rng.normal(0, 2, (cells + 3, cells + 3)), out)
    return out


def plasma(rng: np.random.Generator, shape: tuple[int, int], roughness: float) -> Float32[np.ndarray, "h w"]:
    """Fractal noise, -1 .. 1: five octaves of `smooth_field`, each `roughness` times the one before.

    The look of the diamond-square algorithm ("plasma"; Fournier et al., CACM 25 (1982) 371), without its
    creases.
    """
    total = np.zeros(shape, np.float32)
    for octave in range(5):
        total += np.float32(roughness**octave) * smooth_field(rng, shape, 2 << octave)
    low, high = float(total.min()), float(total.max())
    return (2 * total - np.float32(high + low)) / np.float32(max(high - low, 1e-6))


def grain(rng: np.random.Generator, shape: tuple[int, int], grain_px: float) -> Float32[np.ndarray, "h w"]:
    """White noise through a Gaussian of `grain_px`, standard deviation 1."""
    noise = rng.standard_normal(shape, dtype=np.float32)
    if grain_px > 0.2:
        from scipy.ndimage import gaussian_filter

        noise = gaussian_filter(noise, grain_px, truncate=2.5)
        noise /= noise.std()
    return noise


def strokes(
    shape: tuple[int, int], path: Float[np.ndarray, "n 2"], radius_px: float
) -> Float32[np.ndarray, "h w"]:
    """Cover 0 .. 1 of a chain of discs at (row, column) places, closer together than a pixel, or alone."""
    from fluoroseg.randomization import _kernels

    cover = np.zeros(shape, np.float32)
    places = np.asarray(path, dtype=np.float64)
    _kernels.stroke(cover, places[:, 0].copy(), places[:, 1].copy(), float(radius_px))
    return cover
