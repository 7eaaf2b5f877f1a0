"""Spinal fusion: pedicle screws on both sides of neighbouring vertebrae, joined by two rods."""

import numpy as np
from jaxtyping import Float

from fluoroseg.tools.arrangement import Arrangement
from fluoroseg.tools.body import Body
from fluoroseg.tools.curves import smooth
from fluoroseg.tools.in_spine import LEVELS, in_pedicle
from fluoroseg.tools.spot import Placement, Points, bent
from fluoroseg.tools.tool import Tool

_ROD_BEYOND_MM = 8.0
_MOST_LEVELS, _MODELS_TRIED = 4, 6


def fuse(
    found: Arrangement,
    models: dict[str, list[Tool]],
    body: Body,
    into: tuple[str, ...],
    rng: np.random.Generator,
) -> None:
    """Adds screws to two to four neighbouring vertebrae in the picture, and a rod along each side's heads.

    models: a family of pedicle screws and one of rods that bend. Screws of one model on all levels; a rod
    needs two screws on its side.
    """
    screws, rods = (models[name] for name in sorted(models, key=lambda name: "rod" in name))
    levels = _neighbours(body, into, rng)
    rod = rods[int(rng.integers(len(rods)))]
    for index in rng.permutation(len(screws))[:_MODELS_TRIED]:
        screw = screws[index]
        placed = {
            side: [in_pedicle(body, screw, (level,), rng, side) for level in levels]
            for side in ("left", "right")
        }
        if all(None not in spots for spots in placed.values()):
            break  # else a shorter or thinner one may fit every level
    for spots in placed.values():
        heads = [_head(spot, screw) for spot in spots if found.add(screw, spot) and spot is not None]
        if len(heads) >= 2 and rod.along is not None:
            found.add(rod, bent(rod.name, _rod(np.stack(heads)), levels[0]))


def _neighbours(body: Body, into: tuple[str, ...], rng: np.random.Generator) -> list[str]:
    """Vertebrae of one run without gaps, in the picture, from above."""
    seen = body.seen(body.named(into or ("vertebrae",)))
    there = [
        n for n, level in enumerate(LEVELS) if f"vertebrae_{level}" in seen and level not in ("C1", "C2")
    ]
    if not there:
        return []
    start = there[int(rng.integers(len(there)))]
    length = int(rng.integers(2, _MOST_LEVELS + 1))
    run = [n for n in range(start, start + length) if n in there]
    return [f"vertebrae_{LEVELS[n]}" for n in run]


def _head(placed: Placement, screw: Tool) -> np.ndarray:
    return np.array(placed.tip_mm) - np.array(placed.direction) * screw.length_mm


def _rod(heads_mm: Points) -> Float[np.ndarray, "m 3"]:
    """A curve through the screws' heads, a little beyond the first and the last."""
    first, last = heads_mm[0] - heads_mm[1], heads_mm[-1] - heads_mm[-2]
    ends = [heads_mm[0] + _ROD_BEYOND_MM * first / np.linalg.norm(first)]
    beyond = [heads_mm[-1] + _ROD_BEYOND_MM * last / np.linalg.norm(last)]
    return smooth(np.concatenate([ends, heads_mm, beyond]), 2.0)
