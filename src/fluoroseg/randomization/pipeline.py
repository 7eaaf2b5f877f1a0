"""Apply a draw to a simulated picture and its masks."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32, UInt64
from scipy import ndimage

from fluoroseg.dataset.reading import Sample
from fluoroseg.randomization import _kernels
from fluoroseg.randomization.draw import Draw, sample
from fluoroseg.randomization.overlays import draw_overlays
from fluoroseg.randomization.present import attenuation, body

_GRID = 5


def apply(
    draw: Draw,
    transmission: Float[np.ndarray, "h w"],
    bits: UInt64[np.ndarray, "h w"],
    shape: tuple[int, int],
) -> tuple[Float32[np.ndarray, "H W"], UInt64[np.ndarray, "H W"], Bool[np.ndarray, "H W"]]:
    """Randomise one picture.

    transmission: 0 .. 1, 1 = open air. bits: bit n of a pixel = inside mask n (at most 64 masks).
    shape: rows and columns of the result.
    Returns pixels 0 .. 1 (bone bright unless `draw.invert`), the warped bits, and the picture's visible
    field: False where a border or the edge of the simulation hides what is there.
    """
    rng = np.random.default_rng(draw.seed)
    log_image, bits, inside = _warp(draw, rng, attenuation(transmission), bits, shape)
    log_image = _patches(draw, rng, log_image)
    pixels = _window(draw, log_image)
    pixels = _texture(draw, rng, pixels)
    pixels, inside = draw_overlays(draw, rng, pixels, inside)
    if draw.invert:
        pixels = 1 - pixels
    if draw.levels < 65536:
        pixels = np.round(pixels * (draw.levels - 1)) / (draw.levels - 1)
    return pixels.astype(np.float32), np.where(inside, bits, np.uint64(0)), inside


@dataclass(frozen=True)
class randomize:
    """A transform for `fluoroseg.Dataset`: sample -> `(pixels, {name: mask}, draw)`.

    The draw depends on `seed` and on the sample's key alone, so an epoch can be replayed. Can be pickled
    into the workers of a DataLoader.
    """

    seed: int = 0

    def __call__(self, one: Sample) -> tuple[Float32[np.ndarray, "h w"], dict[str, np.ndarray], Draw]:
        draw = sample(np.random.default_rng([self.seed, *one.key.encode()]))
        image, names = one.image, list(one.masks)
        pixels, warped = image, dict[str, np.ndarray]()
        for start in range(0, max(1, len(names)), 64):
            part = names[start : start + 64]
            bits = pack([one.masks[name] for name in part], image.shape)
            pixels, bits, _ = apply(draw, image, bits, image.shape)
            warped |= {name: (bits >> np.uint64(n)) & np.uint64(1) > 0 for n, name in enumerate(part)}
        return pixels, warped, draw


def pack(masks: list[np.ndarray], shape: tuple[int, int]) -> UInt64[np.ndarray, "h w"]:
    """At most 64 bool masks -> one bit each."""
    bits = np.zeros(shape, dtype=np.uint64)
    for n, mask in enumerate(masks):
        bits |= mask.astype(np.uint64) << np.uint64(n)
    return bits


def _warp(
    draw: Draw, rng: np.random.Generator, image: np.ndarray, bits: np.ndarray, shape: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rows, columns = shape
    height, width = image.shape
    angle = np.deg2rad(draw.rotate_deg)
    fit = float(np.sqrt(height / rows * width / columns)) / draw.zoom
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = fit * turn @ np.diag([np.sqrt(draw.stretch), 1 / np.sqrt(draw.stretch)])
    middle = np.array([(height - 1) / 2, (width - 1) / 2]) + np.array(draw.shift) * min(height, width)
    offset = middle - linear @ np.array([(rows - 1) / 2, (columns - 1) / 2])
    matrix = np.concatenate([linear, offset[:, None]], axis=1)
    grid = rng.normal(0, draw.elastic * min(height, width), (2, _GRID + 3, _GRID + 3))
    out_image = np.empty(shape, dtype=np.float32)
    out_bits = np.empty(shape, dtype=np.uint64)
    inside = np.empty(shape, dtype=np.bool_)
    _kernels.warp(image, bits, matrix, grid, out_image, out_bits, inside)
    return out_image, out_bits, inside


def _waves(rng: np.random.Generator, shape: tuple[int, int], cells: int) -> Float32[np.ndarray, "h w"]:
    """Smooth noise, about sd 1: a coarse grid of normals through a cubic spline."""
    grid = rng.normal(0, 1, (2, cells + 3, cells + 3))
    out, unused, inside = np.empty(shape, np.float32), np.empty(shape, np.uint64), np.empty(shape, np.bool_)
    ramp = np.arange(max(shape) + 4, dtype=np.float32)
    # The warp of a ramp image by the spline grid is the spline itself: one kernel serves both.
    source = np.broadcast_to(ramp[:, None], (len(ramp), 2)).copy()
    matrix = np.array([[0.0, 0, len(ramp) / 2], [0, 0, 0]])
    grid[1] = 0
    scale = len(ramp) / 8
    grid[0] *= scale
    _kernels.warp(source, np.zeros(source.shape, np.uint64), matrix, grid, out, unused, inside)
    return (out - len(ramp) / 2) / scale * 2


def _patches(draw: Draw, rng: np.random.Generator, log_image: np.ndarray) -> Float32[np.ndarray, "h w"]:
    if not draw.patches:
        return log_image
    waves = _waves(rng, log_image.shape, int(rng.integers(2, 8)))
    return log_image + np.where(body(log_image), draw.patches * np.maximum(waves, 0), 0).astype(np.float32)


def _window(draw: Draw, log_image: np.ndarray) -> Float32[np.ndarray, "h w"]:
    inside = log_image[body(log_image)]
    if inside.size < 0.02 * log_image.size:
        inside = log_image.ravel()
    low, high = np.percentile(inside[:: max(1, inside.size // 8000)], draw.window)
    pixels = np.clip((log_image - low) / max(high - low, 1e-6), 0, 1) ** draw.gamma
    if draw.s_curve:
        edge = np.tanh(draw.s_curve / 2)
        pixels = (np.tanh(draw.s_curve * (pixels - 0.5)) / edge + 1) / 2
    return pixels.astype(np.float32)


def _texture(draw: Draw, rng: np.random.Generator, pixels: np.ndarray) -> Float32[np.ndarray, "h w"]:
    if draw.pixelate > 1:
        small = ndimage.zoom(pixels, 1 / draw.pixelate, order=1)
        rows = np.linspace(0, small.shape[0] - 1, pixels.shape[0])
        columns = np.linspace(0, small.shape[1] - 1, pixels.shape[1])
        pixels = ndimage.map_coordinates(small, np.meshgrid(rows, columns, indexing="ij"), order=1)
    if draw.blur_px:
        pixels = ndimage.gaussian_filter(pixels, draw.blur_px, truncate=2.5)
    if draw.sharpen:
        pixels = pixels + draw.sharpen * (pixels - ndimage.uniform_filter(pixels, 5))
    if draw.local_contrast:
        size = (pixels.shape[0] // 6, pixels.shape[1] // 6)
        mean = ndimage.uniform_filter(pixels, size)
        sd = np.sqrt(np.maximum(ndimage.uniform_filter(pixels * pixels, size) - mean * mean, 0) + 0.03**2)
        equal = np.clip(0.5 + (pixels - mean) / sd / 5, 0, 1)
        pixels = pixels + draw.local_contrast * (equal - pixels)
    if draw.shading:
        pixels = pixels + draw.shading / 2 * _waves(rng, pixels.shape, 2)
    if draw.noise:
        noise = rng.standard_normal(pixels.shape, dtype=np.float32)
        if draw.noise_grain_px:
            noise = ndimage.gaussian_filter(noise, draw.noise_grain_px, truncate=2.5)
            noise /= noise.std()
        pixels = pixels + draw.noise * noise
    return np.clip(pixels, 0, 1).astype(np.float32)
