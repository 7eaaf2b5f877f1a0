"""What was drawn for one picture: a frozen, JSON-able record that `apply` replays exactly."""

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Draw:
    """Everything that one randomised picture differs in from its simulation.

    Geometry (carried along by masks and points): rotate_deg, zoom (> 1 magnifies), stretch (width over
    height), shift (rows, columns; share of the side), elastic (control-point sd; share of the side).
    Presentation: window (low and high percentile of the body), gamma, s_curve (0 = none), invert.
    Degradation: blur_px, sharpen, noise (sd as share of the window), noise_grain_px, shading (amplitude
    of slow brightness waves), local_contrast (share of a locally equalised picture), pixelate (factor),
    levels (grey levels).
    Things in the picture: letters, wires, discs (counts), border (share of the side cut off by a
    collimator or a screenshot's frame: top, bottom, left, right), border_value, round_field.
    Attenuation: patches (slow added attenuation, as of opacities or folds), seed of all textures.
    """

    rotate_deg: float = 0.0
    zoom: float = 1.0
    stretch: float = 1.0
    shift: tuple[float, float] = (0.0, 0.0)
    elastic: float = 0.0
    window: tuple[float, float] = (1.0, 99.5)
    gamma: float = 1.0
    s_curve: float = 0.0
    invert: bool = False
    blur_px: float = 0.0
    sharpen: float = 0.0
    noise: float = 0.0
    noise_grain_px: float = 0.0
    shading: float = 0.0
    local_contrast: float = 0.0
    pixelate: float = 1.0
    levels: int = 65536
    letters: int = 0
    wires: int = 0
    discs: int = 0
    border: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    border_value: float = 0.0
    round_field: bool = False
    patches: float = 0.0
    seed: int = 0

    def to_record(self) -> dict:
        return dataclasses.asdict(self)

    @classmethod
    def from_record(cls, record: dict) -> "Draw":
        values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in record.items()}
        return cls(**values)


def sample(rng: np.random.Generator) -> Draw:
    """Draw one picture's randomisation (the default mix)."""

    def often(share: float, value: float) -> float:
        return float(value) if rng.random() < share else 0.0

    low, high = rng.uniform(0, 6), rng.uniform(95, 100)
    border = [0.0, 0.0, 0.0, 0.0]
    if rng.random() < 0.3:
        border = [often(0.5, rng.uniform(0.01, 0.15)) for _ in range(4)]
    return Draw(
        rotate_deg=float(np.clip(rng.normal(0, 6), -25, 25)),
        zoom=float(np.exp(rng.uniform(-0.15, 0.4))),
        stretch=float(np.exp(rng.normal(0, 0.08))),
        shift=(float(rng.normal(0, 0.05)), float(rng.normal(0, 0.05))),
        elastic=often(0.6, rng.uniform(0.005, 0.02)),
        window=(low, high),
        gamma=float(np.exp(rng.normal(0, 0.4))),
        s_curve=often(0.4, rng.uniform(0.5, 3)),
        invert=bool(rng.random() < 0.2),
        blur_px=often(0.4, rng.uniform(0.3, 1.5)),
        sharpen=often(0.35, rng.uniform(0.3, 2.5)),
        noise=often(0.5, 10 ** rng.uniform(-2.5, -1.1)),
        noise_grain_px=often(0.5, rng.uniform(0.4, 1.2)),
        shading=often(0.5, rng.uniform(0.05, 0.35)),
        local_contrast=often(0.45, rng.uniform(0.2, 0.9)),
        pixelate=float(rng.uniform(1.2, 3)) if rng.random() < 0.2 else 1.0,
        levels=int(rng.integers(24, 256)) if rng.random() < 0.3 else 65536,
        letters=int(rng.integers(1, 4)) if rng.random() < 0.35 else 0,
        wires=int(rng.integers(1, 5)) if rng.random() < 0.3 else 0,
        discs=int(rng.integers(1, 5)) if rng.random() < 0.2 else 0,
        border=(border[0], border[1], border[2], border[3]),
        border_value=float(rng.choice([0.0, 0.0, 1.0, rng.random()])),
        round_field=bool(rng.random() < 0.06),
        patches=often(0.5, rng.uniform(0.2, 1.4)),
        seed=int(rng.integers(2**31)),
    )
