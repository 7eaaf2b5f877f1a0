"""Transforms of sharpness, noise and coding: what optics, detectors, archives and screens do to pixels.

Each takes pixels 0 .. 1 and returns pixels, to be clipped to 0 .. 1 by the caller; at the setting named
`amount` = 0 it changes nothing. Lengths are pixels of the randomised picture. "Published" is FluoroSAM's
list of augmentations, "FleXray" that of arXiv 2609.26756.
"""

import io

import numpy as np
from jaxtyping import Float32, Float64
from PIL import Image

from fluoroseg.randomization.fields import grain, plasma
from fluoroseg.randomization.normalise import resize

Picture = Float32[np.ndarray, "h w"]


def gaussian_blur(pixels: Picture, rng: np.random.Generator, *, amount: float) -> Picture:
    """Focal spot and detector: a Gaussian of standard deviation `amount` px (published: kernel 3-5)."""
    if not amount:
        return pixels
    from scipy.ndimage import gaussian_filter

    return gaussian_filter(pixels, amount, truncate=2.5)


def motion_blur(pixels: Picture, rng: np.random.Generator, *, amount: float, turn_deg: float) -> Picture:
    """Motion during the exposure: the mean along a line of `amount` px, 0 deg along rows (published: 3-5)."""
    if not amount:
        return pixels
    reach = int(np.ceil(amount / 2)) + 1
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float64)
    angle = np.deg2rad(turn_deg)
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    weight = (amount / 2 + 0.5 - np.abs(along)).clip(0, 1) * (1 - np.abs(across)).clip(0, 1)
    return _correlate(pixels, weight / weight.sum())


def median_blur(pixels: Picture, rng: np.random.Generator, *, size: int) -> Picture:
    """The median of size x size pixels, to 8 bit, against salt and pepper (published: 5)."""
    from fluoroseg.randomization import _kernels

    out = np.empty(pixels.shape, np.uint8)
    levels = np.rint(pixels * 255).astype(np.uint8)
    _kernels.median(np.pad(levels, size // 2, mode="edge"), size // 2, out)
    return out / np.float32(255)


def sharpen(pixels: Picture, rng: np.random.Generator, *, amount: float, radius_px: int) -> Picture:
    """Unsharp masking: p + amount (p - mean of a square of this radius) (published; FleXray's sharpness)."""
    if not amount:
        return pixels
    from scipy.ndimage import uniform_filter

    return pixels + np.float32(amount) * (pixels - uniform_filter(pixels, 2 * radius_px + 1))


def emboss(pixels: Picture, rng: np.random.Generator, *, amount: float, turn_deg: float) -> Picture:
    """p + amount x slope along a direction, an edge filter's relief (published: alpha .2-.5)."""
    down, right = np.sin(np.deg2rad(turn_deg)), np.cos(np.deg2rad(turn_deg))
    kernel = np.array(
        [[-down - right, -down, right - down], [-right, 0, right], [down - right, down, down + right]]
    )
    return pixels + np.float32(amount) * _correlate(pixels, kernel / 2)


def pixelate(pixels: Picture, rng: np.random.Generator, *, amount: float) -> Picture:
    """Seen through a coarser grid: made 1 + amount times smaller, and bilinearly large again."""
    shape = pixels.shape
    small = (max(2, round(shape[0] / (1 + amount))), max(2, round(shape[1] / (1 + amount))))
    return resize(resize(pixels, small), shape)


def noise(pixels: Picture, rng: np.random.Generator, *, amount: float, grain_px: float) -> Picture:
    """Noise of one strength everywhere, sd `amount`, correlated by a Gaussian of `grain_px`."""
    return pixels + np.float32(amount) * grain(rng, pixels.shape, grain_px)


def fog(pixels: Picture, rng: np.random.Generator, *, amount: float, roughness: float) -> Picture:
    """Bright clouds that hide: towards white by `amount` x plasma (published: .1-.3)."""
    cloud = (plasma(rng, pixels.shape, roughness) + 1) / 2
    return pixels + np.float32(amount) * cloud * (1 - pixels)


def drizzle(
    pixels: Picture, rng: np.random.Generator, *, amount: int, length_px: int, light: float
) -> Picture:
    """`amount` short slanted streaks, towards white by `light` (published; scratches and dust of film)."""
    rows, columns = pixels.shape
    t = np.arange(length_px)[:, None]
    y = (rng.uniform(0, rows, amount) + t).astype(np.int64)
    x = (rng.uniform(0, columns, amount) + t * rng.uniform(-0.5, 0.5)).astype(np.int64)
    ok = (y < rows) & (x >= 0) & (x < columns)
    wet = pixels.copy()
    wet[y[ok], x[ok]] += np.float32(light) * (1 - wet[y[ok], x[ok]])
    return wet


def pixel_dropout(pixels: Picture, rng: np.random.Generator, *, amount: float, value: float) -> Picture:
    """A share `amount` of all pixels set to `value` (published: .05)."""
    return np.where(rng.random(pixels.shape, dtype=np.float32) < amount, np.float32(value), pixels)


def coarse_dropout(
    pixels: Picture, rng: np.random.Generator, *, amount: int, share: float, value: float
) -> Picture:
    """`amount` rectangles up to `share` of a side set to `value` (published: 8-20 holes of 8-64 of 448 px).

    The masks stay: what is hidden is to be guessed from what is around it.
    """
    pixels = pixels.copy()
    for _ in range(amount):
        size = np.maximum(1, rng.uniform(0.15, 1, 2) * share * pixels.shape).astype(np.int64)
        top, left = (rng.random(2) * (pixels.shape - size + 1)).astype(np.int64)
        pixels[top : top + size[0], left : left + size[1]] = value
    return pixels


def quantise(pixels: Picture, rng: np.random.Generator, *, levels: int) -> Picture:
    """`levels` grey values from black to white."""
    return np.round(pixels * np.float32(levels - 1)) / np.float32(levels - 1)


def jpeg(pixels: Picture, rng: np.random.Generator, *, quality: int) -> Picture:
    """Through a JPEG file of this quality, 1 to 95 (ISO 10918-1): blocks of 8 x 8 px, 8 bit."""
    data = io.BytesIO()
    Image.fromarray(np.rint(pixels * 255).astype(np.uint8)).save(data, "JPEG", quality=quality)
    return np.asarray(Image.open(data), dtype=np.float32) / np.float32(255)


def _correlate(pixels: Picture, kernel: Float64[np.ndarray, "a b"]) -> Picture:
    """With the picture continued from its edge; weights of 0 cost nothing."""
    from fluoroseg.randomization import _kernels

    down, right = np.nonzero(kernel)
    out = np.empty_like(pixels)
    offsets = down - kernel.shape[0] // 2, right - kernel.shape[1] // 2
    _kernels.correlate(np.ascontiguousarray(pixels), *offsets, kernel[down, right], out)
    return out
