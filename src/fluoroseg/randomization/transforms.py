"""Every transform by its name, and how a recorded step calls it."""

import inspect
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from jaxtyping import Float32

from fluoroseg.errors import UsageError
from fluoroseg.randomization import film, overlays, shutters, texture, tone
from fluoroseg.randomization.draw import Step

Picture = Float32[np.ndarray, "h w"]
Transform = Callable[..., Any]


def _named(*transforms: Transform) -> dict[str, Transform]:
    return {transform.__name__: transform for transform in transforms}


FILM = _named(
    film.opacities, film.scatter_veil, film.quantum_noise, film.overexposed_air, film.grid_lines,
    film.vignetting, film.dead_lines, film.cables, film.electrodes,
)  # fmt: skip
"""Attenuation -> attenuation."""

PICTURE = _named(
    tone.invert, tone.gamma, tone.s_curve, tone.linear_response, tone.exposure, tone.contrast,
    tone.window_mixture, tone.clahe, tone.local_contrast, tone.plasma_contrast, tone.varying_contrast,
    tone.shading, texture.gaussian_blur, texture.motion_blur, texture.median_blur, texture.sharpen,
    texture.emboss, texture.pixelate, texture.noise, texture.fog, texture.drizzle, texture.pixel_dropout,
    texture.coarse_dropout, texture.quantise, texture.jpeg, overlays.letters, overlays.markers,
    overlays.ruler, overlays.graticule, overlays.patches,
)  # fmt: skip
"""Pixels 0 .. 1 -> pixels."""

SHUTTERS = _named(shutters.collimator, shutters.round_field, shutters.borders, shutters.screenshot)
"""Pixels -> what of them is seen, and what is seen instead."""


def on_film(step: Step, attenuation: Picture) -> Picture:
    """One step on the attenuation. Raises UsageError for a step that is none."""
    return _call(FILM, step, attenuation)


def on_picture(step: Step, pixels: Picture, light: Picture | None) -> tuple[Picture, Picture | None]:
    """One step on the pixels, and the share of the picture that is seen (None: all). Raises UsageError."""
    if step.name in SHUTTERS:
        seen, behind = _call(SHUTTERS, step, pixels)
        return behind + seen * (pixels - behind), seen if light is None else light * seen
    return _call(PICTURE, step, pixels).clip(0, 1), light


@cache
def settings_of(transform: Transform) -> frozenset[str]:
    """Names of what a step of this transform must tell."""
    return frozenset(list(inspect.signature(transform).parameters)[2:])


def _call(known: dict[str, Transform], step: Step, picture: Picture) -> Any:
    if step.name not in known:
        names = ", ".join(sorted(known if known is FILM else PICTURE | SHUTTERS))
        raise UsageError(f"there is no transform {step.name!r} here; there are {names}")
    transform = known[step.name]
    if step.settings.keys() != settings_of(transform):
        raise UsageError(
            f"{step.name} has the settings {sorted(settings_of(transform))}, not {sorted(step.settings)}"
        )
    return transform(picture, np.random.default_rng(step.seed), **step.settings)
