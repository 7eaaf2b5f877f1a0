"""The default mix: which transform in which share of the pictures, and how strong.

Pairs of whole numbers are drawn evenly, both ends included; pairs of others evenly between the ends;
`Log` evenly on a logarithmic scale; triples and longer are lists to choose from. The order is the order of
application.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from fluoroseg.errors import UsageError
from fluoroseg.randomization.draw import Draw, Geometry, Step
from fluoroseg.randomization.transforms import FILM

GROUPS = ("geometry", "film", "tone", "texture", "overlays")
"""What an ablation can leave out; the rest of a draw stays as it was."""

CALM = 0.6
"""Share of pictures like most films: hardly turned, each transform at `CALM_SHARE` of its share."""

CALM_SHARE = 0.35

FIELD_CUTS = 0.8
"""Share of collimated pictures that are cut to their exposed field, as machines and readers do."""

QUARTER_TURNS = 0.12
"""Share of the other pictures turned by up to 90 deg to either side, not by a few (FleXray: all)."""

LABEL_ZOOM = 0.12
"""Share of pictures cut to the surroundings of one of their structures, where boxes are given (FleXray)."""

BONE_WINDOWS = 0.25
"""Share of pictures whose window begins at the 6th to 25th percentile of the body, not below."""

AT_MOST = {"film": 3, "tone": 4, "texture": 4, "overlays": 3}
"""Steps of a group that one picture gets; of more, some are left out by chance (published: 2 to 4)."""


@dataclass(frozen=True)
class Log:
    """Evenly on a logarithmic scale from low to high."""

    low: float
    high: float


@dataclass(frozen=True)
class Chance:
    """One transform of the mix: in which share of the pictures, and from which ranges its settings."""

    group: str
    share: float
    name: str
    ranges: dict[str, Any]


def _chance(group: str, share: float, name: str, /, **ranges: Any) -> Chance:
    return Chance(group, share, name, ranges)


_GREY = (0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.1, 0.5)

MIX = (
    _chance("film", 0.50, "opacities", amount=(0.1, 0.9), cells=(2, 8)),
    _chance("film", 0.20, "cables", amount=(1, 4), radius_px=(0.3, 1.8), density=Log(0.2, 1.5)),
    _chance("film", 0.12, "electrodes", amount=(1, 5), radius_px=(2.0, 6.0), density=Log(0.2, 2)),
    _chance("film", 0.20, "scatter_veil", amount=Log(0.1, 2)),
    _chance("film", 0.15, "vignetting", amount=(0.1, 0.8), heel=(0.0, 0.6)),
    _chance("film", 0.10, "overexposed_air", amount=(0.2, 1.0)),
    _chance("film", 0.25, "quantum_noise", amount=Log(0.005, 0.1), grain_px=(0.0, 1.2)),
    _chance("film", 0.05, "grid_lines", amount=(0.005, 0.06), period_px=(2.2, 8.0),
            turn_deg=(0.0, 90.0, 3.0)),
    _chance("film", 0.04, "dead_lines", amount=(1, 4), thickness_px=(1, 2)),
    _chance("tone", 0.60, "gamma", amount=(-0.4, 0.8)),
    _chance("tone", 0.25, "s_curve", amount=(0.5, 3.0)),
    _chance("tone", 0.08, "linear_response", amount=(0.5, 2.5)),
    _chance("tone", 0.12, "exposure", amount=(-0.12, 0.1)),
    _chance("tone", 0.12, "contrast", amount=(-0.6, 0.25)),
    _chance("tone", 0.12, "window_mixture", amount=(0.2, 0.9), centre=(0.2, 0.8), width=(0.2, 0.6)),
    _chance("tone", 0.20, "clahe", amount=(0.3, 1.0), clip=(1.5, 6.0), tiles=(4, 12)),
    _chance("tone", 0.30, "local_contrast", amount=(0.2, 0.9), share=(0.1, 0.25)),
    _chance("tone", 0.12, "plasma_contrast", amount=(0.2, 0.9), roughness=(0.3, 0.7)),
    _chance("tone", 0.12, "varying_contrast", amount=(-0.4, 0.4), spread=(0.1, 0.5)),
    _chance("tone", 0.25, "shading", amount=(0.05, 0.3), roughness=(0.1, 0.5)),
    _chance("texture", 0.30, "gaussian_blur", amount=(0.3, 1.5)),
    _chance("texture", 0.08, "motion_blur", amount=(2.0, 6.0), turn_deg=(0.0, 180.0)),
    _chance("texture", 0.04, "median_blur", size=(3, 5, 5)),
    _chance("texture", 0.15, "pixelate", amount=(0.2, 2.0)),
    _chance("texture", 0.25, "noise", amount=Log(0.004, 0.05), grain_px=(0.0, 1.2)),
    _chance("texture", 0.30, "sharpen", amount=(0.3, 2.5), radius_px=(1, 4)),
    _chance("texture", 0.06, "emboss", amount=(0.2, 0.5), turn_deg=(0.0, 360.0)),
    _chance("texture", 0.07, "fog", amount=(0.1, 0.4), roughness=(0.3, 0.7)),
    _chance("texture", 0.03, "drizzle", amount=(20, 150), length_px=(3, 15), light=(0.2, 0.8)),
    _chance("texture", 0.04, "pixel_dropout", amount=(0.005, 0.05), value=(0.0, 1.0, 0.5)),
    _chance("texture", 0.06, "coarse_dropout", amount=(3, 12), share=(0.04, 0.15), value=_GREY),
    _chance("overlays", 0.18, "collimator", width=(0.55, 1.05), height=(0.55, 1.05), turn_deg=(-15.0, 15.0),
            edge_px=(0.5, 4.0), value=(0.0, 0.0, 0.05, 0.15), leak=(0.0, 0.1)),
    _chance("overlays", 0.07, "round_field", radius=(0.4, 0.65), edge_px=(0.5, 4.0),
            value=(0.0, 0.0, 0.1, 1.0)),
    _chance("overlays", 0.12, "borders", top=(0.0, 0.12), bottom=(0.0, 0.12), left=(0.0, 0.12),
            right=(0.0, 0.12), value=_GREY),
    _chance("overlays", 0.04, "screenshot", top=(0.0, 0.15), bottom=(0.0, 0.1), left=(0.0, 0.2),
            right=(0.0, 0.2), value=(0.0, 0.15, 0.3, 0.9)),
    _chance("overlays", 0.35, "letters", amount=(1, 3), size_px=(7, 26), value=(1.0, 1.0, 1.0, 1.0, 0.8, 0.0),
            boxed=(False, False, False, True)),
    _chance("overlays", 0.10, "markers", amount=(1, 3), size_px=(4.0, 20.0), value=(1.0, 1.0, 0.0)),
    _chance("overlays", 0.05, "ruler", amount=(1, 2), step_px=(3.0, 9.0), value=(1.0, 1.0, 0.0)),
    _chance("overlays", 0.03, "graticule", amount=(0.3, 1.0), step=(0.1, 0.2, 0.5), value=(1.0, 1.0, 0.0)),
    _chance("overlays", 0.05, "patches", amount=(1, 3), share=(0.1, 0.35), value=(0.0, 0.0, 1.0)),
    _chance("tone", 0.30, "invert"),
    _chance("texture", 0.20, "quantise", levels=(24, 256)),
    _chance("texture", 0.12, "jpeg", quality=(15, 90)),
)  # fmt: skip


def sample(
    rng: np.random.Generator,
    *,
    groups: tuple[str, ...] = GROUPS,
    mirror: float = 0.0,
    boxes: Float[np.ndarray, "n 4"] | None = None,
    field: Float[np.ndarray, "4"] | None = None,
) -> Draw:
    """Draw one picture's randomisation from the default mix.

    groups: what may differ; the draw of a group does not depend on which others are taken. mirror: share
    of pictures that are mirrored; the caller then swaps left and right. boxes: (x, y, width, height) of
    things worth a zoom, in shares of the sides. field: the same of what the collimator left open
    (`fluoroseg.dataset.sample.Sample.field`). Raises UsageError for an unknown group.
    """
    if unknown := set(groups) - set(GROUPS):
        raise UsageError(f"there is no group {', '.join(sorted(unknown))}; there are {', '.join(GROUPS)}")
    own = {name: np.random.default_rng(rng.integers(2**62)) for name in GROUPS}
    calm = bool(rng.random() < CALM)
    geometry = _geometry(own["geometry"], calm, mirror, boxes, field)
    window = _window(own["tone"])
    outside = float(own["geometry"].choice([0.0, 0.0, 1.0, own["geometry"].random()]))
    steps = {name: _steps(own[name], name, calm) for name in GROUPS[1:] if name in groups}
    order = {chance.name: at for at, chance in enumerate(MIX)}
    chosen = sorted((s for some in steps.values() for s in some), key=lambda s: order[s.name])
    return Draw(
        geometry=geometry if "geometry" in groups else Geometry(),
        film=tuple(s for s in chosen if s.name in FILM),
        window=window if "tone" in groups else (1.0, 99.5),
        outside=outside if "geometry" in groups else 0.0,
        picture=tuple(s for s in chosen if s.name not in FILM),
    )


def _window(rng: np.random.Generator) -> tuple[float, float]:
    """Percentiles of the body; in some pictures the thinner parts drown, as in windows for bone."""
    whole, bone, high = rng.uniform(0, 6), rng.uniform(6, 25), rng.uniform(95, 100)
    return float(bone if rng.random() < BONE_WINDOWS else whole), float(high)


def _geometry(
    rng: np.random.Generator,
    calm: bool,
    mirror: float,
    boxes: np.ndarray | None,
    field: np.ndarray | None,
) -> Geometry:
    turned = rng.random() < QUARTER_TURNS
    small, large = float(np.clip(rng.normal(0, 6), -25, 25)), rng.uniform(-90, 90)
    zoom, shift = float(np.exp(rng.uniform(-0.15, 0.4))), rng.normal(0, 0.05, 2)
    elastic = rng.uniform(0.005, 0.02) if rng.random() < 0.6 else 0.0
    lens = rng.uniform(0.05, 0.2) if rng.random() < 0.08 else 0.0
    stretch, s_shape, seed = np.exp(rng.normal(0, 0.08)), rng.normal(0, 0.06), rng.integers(2**31)
    mirrored, zoomed, fill, which = rng.random(), rng.random(), rng.uniform(0.35, 0.8), rng.random()
    if calm:
        turned, small, zoom = False, small / 2, zoom**0.5
    if boxes is not None and len(boxes) and zoomed < LABEL_ZOOM:
        x, y, width, height = boxes[int(which * len(boxes))]
        zoom = float(np.clip(fill / max(width, height), 1, 4))
        shift = shift / zoom + np.array([y + height / 2 - 0.5, x + width / 2 - 0.5])
    elif field is not None and rng.random() < FIELD_CUTS:
        x, y, width, height = field
        cut = float(np.clip(1 / max(width, height), 1, 5))
        zoom, shift = zoom * cut, shift / cut + np.array([y + height / 2 - 0.5, x + width / 2 - 0.5])
    return Geometry(
        mirror=bool(mirrored < mirror),
        rotate_deg=float(large if turned else small),
        zoom=zoom,
        stretch=float(stretch),
        shift=(float(shift[0]), float(shift[1])),
        elastic=float(elastic),
        pincushion=float(lens),
        s_shape=float(s_shape) if lens else 0.0,
        seed=int(seed),
    )


def _steps(rng: np.random.Generator, group: str, calm: bool) -> list[Step]:
    """The steps of one group, at most `AT_MOST`."""
    often = CALM_SHARE if calm else 1.0
    drawn = [c for c in MIX if c.group == group and rng.random() < c.share * often]
    if len(drawn) > AT_MOST[group]:
        kept = rng.choice(len(drawn), AT_MOST[group], replace=False)
        drawn = [drawn[i] for i in sorted(kept)]
    return [
        Step(c.name, {k: _value(rng, r) for k, r in c.ranges.items()}, int(rng.integers(2**31)))
        for c in drawn
    ]


def _value(rng: np.random.Generator, wanted: Any) -> float | int | bool:
    match wanted:
        case Log(low, high):
            return float(np.exp(rng.uniform(np.log(low), np.log(high))))
        case (int(low), int(high)):
            return int(rng.integers(low, high + 1))
        case (low, high):
            return float(rng.uniform(low, high))
    return wanted[rng.integers(len(wanted))]
