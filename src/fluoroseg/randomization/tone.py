"""Transforms of grey values: how a viewer, a film or a post-processing shows the same attenuation.

Each takes pixels 0 .. 1 (bone bright) and returns pixels, to be clipped to 0 .. 1 by the caller; at the
setting named `amount` = 0 it changes nothing. "Published" is FluoroSAM's list of augmentations, "FleXray"
that of arXiv 2609.26756.
"""

import numpy as np
from jaxtyping import Float32

from fluoroseg.randomization.fields import plasma

Picture = Float32[np.ndarray, "h w"]


def invert(pixels: Picture, rng: np.random.Generator) -> Picture:
    """Bone dark, as in fluoroscopy and MONOCHROME1 (published; FleXray's largest single gain)."""
    return 1 - pixels


def gamma(pixels: Picture, rng: np.random.Generator, *, amount: float) -> Picture:
    """pixels ** exp(amount): > 0 darker, < 0 brighter (FleXray)."""
    return pixels ** np.float32(np.exp(amount))


def s_curve(pixels: Picture, rng: np.random.Generator, *, amount: float) -> Picture:
    """The characteristic curve of film, tanh of steepness `amount` about mid-grey (Hurter & Driffield)."""
    if not amount:
        return pixels
    edge = np.float32(np.tanh(amount / 2))
    return (np.tanh(np.float32(amount) * (pixels - np.float32(0.5))) / edge + 1) / 2


def linear_response(pixels: Picture, rng: np.random.Generator, *, amount: float) -> Picture:
    """Transmission shown without the logarithm: (1 - exp(-amount p)) / (1 - exp(-amount)).

    amount: -ln between black and white, 1 to 4; the opposite of the published neglog, which is always done.
    """
    if not amount:
        return pixels
    return np.expm1(np.float32(-amount) * pixels) / np.float32(np.expm1(-amount))


def exposure(pixels: Picture, rng: np.random.Generator, *, amount: float) -> Picture:
    """A window that lies wrong by `amount` of its width: parts burn out or drown (-0.4 to 0.4)."""
    return pixels + np.float32(amount)


def contrast(pixels: Picture, rng: np.random.Generator, *, amount: float) -> Picture:
    """Contrast about the picture's mean x exp(amount) (published: +-2 in their units)."""
    mean = pixels.mean()
    return mean + np.float32(np.exp(amount)) * (pixels - mean)


def window_mixture(
    pixels: Picture, rng: np.random.Generator, *, amount: float, centre: float, width: float
) -> Picture:
    """`amount` of a narrower window mixed in, 0 to 1 (published: a 3-channel mixture of windows).

    centre, width: of that window, as shares of the first.
    """
    narrow = ((pixels - np.float32(centre)) / np.float32(width) + np.float32(0.5)).clip(0, 1)
    return pixels + np.float32(amount) * (narrow - pixels)


def clahe(pixels: Picture, rng: np.random.Generator, *, amount: float, clip: float, tiles: int) -> Picture:
    """Contrast-limited adaptive histogram equalisation, mixed in by `amount` (published, FleXray).

    clip: highest histogram bin over the mean bin, published 4 to 6. tiles: along a side, published 8 to
    12. Zuiderveld, Graphics Gems IV (1994) 474.
    """
    from fluoroseg.randomization import _kernels

    equal = np.empty_like(pixels)
    tiles = min(tiles, *(max(2, n // 4) for n in pixels.shape))
    _kernels.clahe(np.ascontiguousarray(pixels), tiles, float(clip), equal)
    return pixels + np.float32(amount) * (equal - pixels)


def local_contrast(pixels: Picture, rng: np.random.Generator, *, amount: float, share: float) -> Picture:
    """Mixed by `amount` with (p - local mean) / local sd, as manufacturers' multi-frequency processing.

    share: side of the local window over the picture's.
    """
    if not amount:
        return pixels
    from scipy.ndimage import uniform_filter

    size = [max(3, int(n * share)) for n in pixels.shape]
    mean = uniform_filter(pixels, size)
    variance = uniform_filter(pixels * pixels, size) - mean * mean
    sd = np.sqrt(np.maximum(variance, 0) + np.float32(0.03**2))
    equal = (np.float32(0.5) + (pixels - mean) / sd / 5).clip(0, 1)
    return pixels + np.float32(amount) * (equal - pixels)


def plasma_contrast(pixels: Picture, rng: np.random.Generator, *, amount: float, roughness: float) -> Picture:
    """Contrast about the mean x exp(amount x plasma), a fractal field from -1 to 1 (FleXray).

    roughness: of the fractal, each octave's height over the one before, 0.3 to 0.7.
    """
    mean = pixels.mean()
    gain = np.exp(np.float32(amount) * plasma(rng, pixels.shape, roughness))
    return mean + gain * (pixels - mean)


def varying_contrast(pixels: Picture, rng: np.random.Generator, *, amount: float, spread: float) -> Picture:
    """Contrast x (1 + amount) at one drawn place, x 1 far from it (published: alpha .6-1.4, sigma .1-.5).

    spread: standard deviation of the Gaussian in between, share of the sides.
    """
    v = (np.linspace(0, 1, pixels.shape[0], dtype=np.float32) - np.float32(rng.random())) / spread
    u = (np.linspace(0, 1, pixels.shape[1], dtype=np.float32) - np.float32(rng.random())) / spread
    bump = np.exp(v * v / -2)[:, None] * np.exp(u * u / -2)[None]
    mean = pixels.mean()
    return mean + (1 + np.float32(amount) * bump.astype(np.float32)) * (pixels - mean)


def shading(pixels: Picture, rng: np.random.Generator, *, amount: float, roughness: float) -> Picture:
    """Slow brightness waves of height `amount`, a plasma field (probe of our own; plasma brightness)."""
    return pixels + np.float32(amount) * plasma(rng, pixels.shape, roughness)
