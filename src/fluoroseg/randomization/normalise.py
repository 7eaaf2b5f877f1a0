"""What the network sees of any X-ray: one size, one intensity scale, two channels."""

import numpy as np
from jaxtyping import Float, Float32
from PIL import Image

STRIDE = 32
"""Both sides of the network's picture are multiples of this."""

_MAX_ASPECT = 4.0


def network_shape(rows: int, columns: int, side: int = 256) -> tuple[int, int]:
    """Rows and columns that the network sees of a `rows x columns` picture.

    About `side * side` pixels in the picture's own aspect ratio (limited to 4:1), both multiples of 32:
    nothing is padded, and a whole-leg film keeps its resolution along the leg.
    """
    aspect = np.clip(rows / columns, 1 / _MAX_ASPECT, _MAX_ASPECT)
    height = STRIDE * max(1, round(side * np.sqrt(aspect) / STRIDE))
    width = STRIDE * max(1, round(side / np.sqrt(aspect) / STRIDE))
    return int(height), int(width)


def resize(pixels: Float[np.ndarray, "h w"], shape: tuple[int, int]) -> Float32[np.ndarray, "H W"]:
    """Area-weighted (antialiased) bilinear resampling to `(rows, columns)`."""
    if pixels.shape == shape:
        return pixels.astype(np.float32)
    picture = Image.fromarray(np.ascontiguousarray(pixels, dtype=np.float32))
    return np.asarray(picture.resize((shape[1], shape[0]), Image.Resampling.BILINEAR))


def network_input(pixels: Float[np.ndarray, "h w"]) -> Float32[np.ndarray, "2 h w"]:
    """Pixels of any range, bone bright -> the network's two channels, about -1 .. 1.

    Channel 0: the picture stretched between the 1st and 99th percentile of its *informative* pixels:
    flat borders, letters and open air at the ends of the range do not set the window.
    Channel 1: local contrast, (p - mean) / std over a window of an eighth of the picture, which removes
    exposure, gamma and slow shading. A constant picture gives zeros.
    """
    low, high = _window(pixels)
    if high - low < 1e-12:
        return np.zeros((2, *pixels.shape), dtype=np.float32)
    from scipy import ndimage  # late: scipy costs 0.2 s at import

    level = np.clip((pixels - low) / (high - low), -0.25, 1.25).astype(np.float32)
    size = (max(3, pixels.shape[0] // 8), max(3, pixels.shape[1] // 8))
    mean = ndimage.uniform_filter(level, size, mode="nearest")
    variance = ndimage.uniform_filter(level * level, size, mode="nearest") - mean * mean
    local = (level - mean) / np.sqrt(np.maximum(variance, 0) + 0.02**2)
    return np.stack([level * 2 - 1, np.clip(local / 2.5, -1, 1)]).astype(np.float32)


def _window(pixels: Float[np.ndarray, "h w"]) -> tuple[float, float]:
    low, high = float(pixels.min()), float(pixels.max())
    margin = 0.01 * (high - low)
    inside = pixels[(pixels > low + margin) & (pixels < high - margin)]
    if inside.size < 0.05 * pixels.size:
        return low, high
    low, high = np.percentile(inside[:: max(1, inside.size // 20000)], (1, 99))
    return float(low), float(high)
