"""Transforms of the attenuation -ln(transmission): what happens before a picture is windowed.

Each takes the attenuation (0 = open air), a generator for its texture and its settings, and returns the
attenuation anew; at the setting named `amount` = 0 it changes nothing.
"""

import numpy as np
from jaxtyping import Float32

from fluoroseg.randomization.fields import grain, smooth_field, strokes
from fluoroseg.randomization.normalise import resize
from fluoroseg.randomization.present import body

Picture = Float32[np.ndarray, "h w"]


def opacities(film: Picture, rng: np.random.Generator, *, amount: float, cells: int) -> Picture:
    """Slow added attenuation inside the body (opacities, folds, fluid): `amount` per standard deviation.

    cells: of the cubic spline field along a side; only its positive half is added. Ours.
    """
    waves = smooth_field(rng, film.shape, cells)
    return film + np.where(body(film), np.float32(amount) * np.maximum(waves, 0), np.float32(0))


def scatter_veil(film: Picture, rng: np.random.Generator, *, amount: float) -> Picture:
    """Scatter and glare: a wide haze is added to the transmission t.

    It is t x -ln t (what one scatter leaves; Ohnesorge et al., Eur Radiol 9 (1999) 563), blurred by a
    Gaussian of an eighth of the side. amount: scatter over primary behind the body's median, 0 to 3.
    """
    inside = body(film)
    if not amount or not inside.any():
        return film
    from scipy.ndimage import gaussian_filter

    primary = np.exp(-film)
    small = resize(primary * film, (max(2, film.shape[0] // 8), max(2, film.shape[1] // 8)))
    wide = resize(gaussian_filter(small, min(film.shape) / 64, mode="constant"), film.shape)
    share = amount * np.median(primary[inside]) / max(float(np.median(wide[inside])), 1e-9)
    return -np.log(primary + np.float32(share) * np.maximum(wide, 0))


def quantum_noise(film: Picture, rng: np.random.Generator, *, amount: float, grain_px: float) -> Picture:
    """Quantum noise, correlated by the scintillator: variance grows as the transmission does (Poisson).

    amount: relative noise behind the median of the body, where automatic exposure control keeps it:
    0.005 radiograph, 0.1 pulse of fluoroscopy. grain_px: standard deviation of the correlation, pixels.
    """
    if not amount:
        return film
    inside = film[body(film)]
    usual = np.float32(np.median(inside[:: max(1, inside.size // 4000)])) if inside.size else np.float32(0)
    relative = np.float32(amount) * np.exp((film - usual) / 2) * grain(rng, film.shape, grain_px)
    return film - np.log(np.maximum(1 + relative, np.float32(0.05)))


def overexposed_air(film: Picture, rng: np.random.Generator, *, amount: float) -> Picture:
    """A saturated detector: whatever attenuates less than `amount` (-ln) looks like open air.

    Skin, soft tissue at the edge and, at 1 and more, lungs burn out.
    """
    return np.maximum(film - np.float32(amount), 0)


def grid_lines(
    film: Picture, rng: np.random.Generator, *, amount: float, period_px: float, turn_deg: float
) -> Picture:
    """Lines of a stationary anti-scatter grid, or their moiré: a sine of depth `amount` (-ln).

    turn_deg: 0 = upright lines.
    """
    y, x = np.ogrid[: film.shape[0], : film.shape[1]]
    angle = np.deg2rad(turn_deg)
    phase = 2 * np.pi / period_px * (x * np.cos(angle) + y * np.sin(angle)) + rng.uniform(0, 2 * np.pi)
    return film + np.float32(amount) * np.sin(phase).astype(np.float32)


def vignetting(film: Picture, rng: np.random.Generator, *, amount: float, heel: float) -> Picture:
    """Less light towards the edge: `amount` (-ln) at the corners, growing with r².

    heel: the anode's heel effect, a slope of this many -ln across the picture along a drawn direction.
    """
    v = np.linspace(-1, 1, film.shape[0], dtype=np.float32)[:, None]
    u = np.linspace(-1, 1, film.shape[1], dtype=np.float32)[None]
    angle = rng.uniform(0, 2 * np.pi)
    slope = np.float32(heel / 2) * (v * np.float32(np.sin(angle)) + u * np.float32(np.cos(angle)))
    return film + np.float32(amount / 2) * (v * v + u * u) + slope


def dead_lines(film: Picture, rng: np.random.Generator, *, amount: int, thickness_px: int) -> Picture:
    """`amount` rows or columns of a flat panel that read nothing, all, or a wrong offset (-ln, -0.5..0.5)."""
    film = film.copy()
    for _ in range(amount):
        lines = film if rng.random() < 0.5 else film.T
        first = int(rng.integers(0, max(1, len(lines) - thickness_px)))
        kind = rng.random()
        chosen = lines[first : first + thickness_px]
        if kind < 0.6:
            chosen += np.float32(rng.uniform(-0.5, 0.5))
        else:
            chosen[:] = 0 if kind < 0.8 else lines.max()
    return film


def cables(
    film: Picture, rng: np.random.Generator, *, amount: int, radius_px: float, density: float
) -> Picture:
    """`amount` leads and tubes along cubic Bézier curves across the picture.

    radius_px: half their thickness. density: -ln that each adds at its middle.
    """
    size, t = np.array(film.shape), np.linspace(0, 1, 3 * max(film.shape))[:, None]
    powers = np.concatenate([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3], axis=1)
    for _ in range(amount):
        knots = rng.random((4, 2)) * 1.4 - 0.2
        curve = (powers[:, :, None] * knots[None]).sum(1) * size
        film = film + np.float32(density * rng.uniform(0.5, 1.5)) * strokes(film.shape, curve, radius_px)
    return film


def electrodes(
    film: Picture, rng: np.random.Generator, *, amount: int, radius_px: float, density: float
) -> Picture:
    """`amount` round things: electrodes, buttons, coins, rings. density: -ln that each adds."""
    for _ in range(amount):
        centre = rng.random(2) * film.shape
        radius = radius_px * rng.uniform(0.6, 1.4)
        disc = strokes(film.shape, centre[None], radius)
        if rng.random() < 0.4:
            disc = disc - strokes(film.shape, centre[None], radius * 0.6)
        film = film + np.float32(density * rng.uniform(0.5, 1.5)) * disc
    return film
