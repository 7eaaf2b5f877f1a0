"""Things drawn over a picture, which do not hide structures from their masks: letters, markers, rulers.

Each takes pixels 0 .. 1 and returns pixels; with `amount` = 0 things it changes nothing. value: their grey.
"""

import numpy as np
from jaxtyping import Float32

from fluoroseg.randomization.ink import blend, filled, lines, written

Picture = Float32[np.ndarray, "h w"]


def letters(
    pixels: Picture, rng: np.random.Generator, *, amount: int, size_px: int, value: float, boxed: bool
) -> Picture:
    """`amount` words, mostly near the picture's edge; boxed: on a patch of the opposite grey (FleXray)."""
    for _ in range(amount):
        edge = rng.random() < 0.75
        column = rng.choice([rng.uniform(0, 0.15), rng.uniform(0.8, 0.95)]) if edge else rng.uniform(0, 0.95)
        place = (rng.uniform(0, 0.15) if edge and rng.random() < 0.6 else rng.uniform(0, 0.95), float(column))
        ink = written(rng, pixels.shape, place, size_px)
        if boxed and ink.any():
            down, right = np.nonzero(ink.any(1))[0], np.nonzero(ink.any(0))[0]
            area = (slice(max(0, down[0] - 2), down[-1] + 3), slice(max(0, right[0] - 2), right[-1] + 3))
            pixels = pixels.copy()
            pixels[area] = 1 - value
        pixels = blend(pixels, ink, value)
    return pixels


def markers(
    pixels: Picture, rng: np.random.Generator, *, amount: int, size_px: float, value: float
) -> Picture:
    """`amount` arrows, rings, crosses or lead balls, as readers and technicians put them."""
    t = np.linspace(0, 2 * np.pi, 24)
    circle = np.stack([np.sin(t), np.cos(t)], axis=1)
    for _ in range(amount):
        centre, angle = rng.random(2) * pixels.shape, rng.uniform(0, 2 * np.pi)
        along = np.array([np.sin(angle), np.cos(angle)])
        side = np.array([along[1], -along[0]])
        arrow = np.array([-along, along, 0.5 * along + 0.3 * side, along, 0.5 * along - 0.3 * side])
        shapes = ([arrow], [circle], [np.array([-along, along]), np.array([-side, side])], [0.1 * circle])
        chosen = shapes[rng.integers(4)]
        paths = [centre + size_px * path for path in chosen]
        pixels = blend(pixels, lines(pixels.shape, paths, int(rng.integers(1, 4))), value)
    return pixels


def ruler(pixels: Picture, rng: np.random.Generator, *, amount: int, step_px: float, value: float) -> Picture:
    """`amount` scales with a tick every `step_px`, along a side or (lead rulers) through the picture."""
    for _ in range(amount):
        upright = rng.random() < 0.6
        shape = pixels.shape if upright else pixels.shape[::-1]
        column = (rng.uniform(0.01, 0.08) if rng.random() < 0.7 else rng.uniform(0.1, 0.9)) * shape[1]
        rows = np.arange(rng.uniform(0.05, 0.3) * shape[0], rng.uniform(0.6, 0.95) * shape[0], step_px)
        paths = [np.array([[rows[0], column], [rows[-1], column]])]
        for number, row in enumerate(rows):
            tick = 9 if number % 5 == 0 else 5
            paths.append(np.array([[row, column], [row, column + tick]]))
        cover = lines(pixels.shape, paths if upright else [p[:, ::-1] for p in paths], 1)
        pixels = blend(pixels, cover, value)
    return pixels


def graticule(
    pixels: Picture, rng: np.random.Generator, *, amount: float, step: float, value: float
) -> Picture:
    """A measuring grid, or the cross hairs of a C-arm, over the picture; amount: its opacity.

    step: between lines, share of the shorter side; from 0.5 on one cross alone.
    """
    rows, columns = pixels.shape
    gap = step * min(rows, columns)
    middle = np.array(pixels.shape) / 2 if step >= 0.5 else rng.random(2) * gap
    count = 1 if step >= 0.5 else max(1, int(max(rows, columns) / gap))
    paths = [np.array([[r, 0], [r, columns]]) for r in middle[0] + gap * np.arange(count)]
    paths += [np.array([[0, c], [rows, c]]) for c in middle[1] + gap * np.arange(count)]
    return blend(pixels, np.float32(amount) * lines(pixels.shape, paths, 1), value)


def patches(pixels: Picture, rng: np.random.Generator, *, amount: int, share: float, value: float) -> Picture:
    """`amount` blackened name fields: rectangles `share` of the width near the corners."""
    for _ in range(amount):
        size = (share * rng.uniform(0.15, 0.5), share * rng.uniform(0.5, 1))
        corner = rng.integers(0, 2, 2) * (1 - np.array(size)) * rng.uniform(0.9, 1)
        pixels = blend(pixels, filled(pixels.shape, corner, size), value)
    return pixels
