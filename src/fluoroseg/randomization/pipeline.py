"""Apply a draw to a simulated picture and its masks."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float, Float32, Int32, UInt64

from fluoroseg.errors import UsageError
from fluoroseg.project import threads
from fluoroseg.randomization.draw import Draw
from fluoroseg.randomization.geometry import mapping, warp
from fluoroseg.randomization.present import attenuation, body
from fluoroseg.randomization.transforms import on_film, on_picture

Randomised = tuple[Float32[np.ndarray, "H W"], UInt64[np.ndarray, "H W"], Bool[np.ndarray, "H W"]]


def apply(
    draw: Draw,
    transmission: Float[np.ndarray, "h w"],
    bits: UInt64[np.ndarray, "h2 w2"],
    shape: tuple[int, int],
) -> Randomised:
    """Randomise one picture.

    transmission: 0 .. 1, 1 = open air. bits: bit n of a pixel = inside mask n (at most 64 masks).
    shape: rows and columns of the result.
    Returns pixels 0 .. 1 (bone bright unless the draw inverts), the moved bits, and the picture's visible
    field: False where a border or the edge of the simulation hides what is there.
    Raises UsageError for bits of another shape, a picture that is not finite, a step that is none.
    """
    if bits.shape != transmission.shape:
        raise UsageError(f"the bits have shape {bits.shape}; the picture has {transmission.shape}")
    pixels, origin = develop(draw, transmission, shape)
    inside = origin >= 0
    return pixels, np.where(inside, bits.ravel()[origin], np.uint64(0)), inside


def apply_batch(
    draws: Sequence[Draw],
    transmissions: Sequence[Float[np.ndarray, "_ _"]],
    bits: Sequence[UInt64[np.ndarray, "_ _"]],
    shape: tuple[int, int],
) -> tuple[Float32[np.ndarray, "b H W"], UInt64[np.ndarray, "b H W"], Bool[np.ndarray, "b H W"]]:
    """`apply` for many pictures, on all threads (`fluoroseg.project.threads`), stacked.

    The result does not depend on the number of threads. Raises UsageError as `apply`, and when there are
    not as many of one as of the other.
    """
    count = len(draws)
    if len(transmissions) != count or len(bits) != count:
        raise UsageError(f"{count} draws, {len(transmissions)} pictures and {len(bits)} bits: not as many")
    pixels = np.empty((count, *shape), np.float32)
    moved, inside = np.empty((count, *shape), np.uint64), np.empty((count, *shape), np.bool_)

    def work(first: int, last: int) -> None:
        for i in range(first, last):
            pixels[i], moved[i], inside[i] = apply(draws[i], transmissions[i], bits[i], shape)

    threads.run(work, count)
    return pixels, moved, inside


def develop(
    draw: Draw, transmission: Float[np.ndarray, "h w"], shape: tuple[int, int]
) -> tuple[Float32[np.ndarray, "H W"], Int32[np.ndarray, "H W"]]:
    """The randomised pixels, and for each the flat number of the pixel that it shows; -1: hidden."""
    if not np.isfinite(transmission).all():
        raise UsageError("the picture holds numbers that are not finite; transmission lies between 0 and 1")
    route = mapping(draw.geometry, transmission.shape, shape)
    film, origin = warp(attenuation(transmission), route)
    for step in draw.film:
        film = on_film(step, film)
    pixels = _window(draw, film, origin >= 0)
    light: Float32[np.ndarray, "H W"] | None = None
    for step in draw.picture:
        pixels, light = on_picture(step, pixels, light)
    return pixels, origin if light is None else np.where(light > 0.5, origin, np.int32(-1))


def pack(masks: list[np.ndarray], shape: tuple[int, int]) -> UInt64[np.ndarray, "h w"]:
    """At most 64 bool masks -> one bit each."""
    bits = np.zeros(shape, dtype=np.uint64)
    for n, mask in enumerate(masks):
        bits |= mask.astype(np.uint64) << np.uint64(n)
    return bits


def _window(draw: Draw, film: np.ndarray, known: np.ndarray) -> Float32[np.ndarray, "h w"]:
    """Between two percentiles of the body, as `present`; grey `outside` where there is no simulation."""
    inside = film[body(film) & known]
    if inside.size < 0.02 * film.size:
        inside = film.ravel()
    low, high = np.percentile(inside[:: max(1, inside.size // 8000)], draw.window)
    pixels = ((film - np.float32(low)) / np.float32(max(high - low, 1e-6))).clip(0, 1)
    return np.where(known, pixels, np.float32(draw.outside))
