"""`fluoroseg.randomize`: domain randomisation as a transform of a data set."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int32, Real

from fluoroseg.anatomy.mirror import can_be_mirrored
from fluoroseg.anatomy.sides import swap_sides
from fluoroseg.dataset.sample import Sample
from fluoroseg.errors import UsageError
from fluoroseg.randomization.draw import Draw
from fluoroseg.randomization.geometry import carry_points
from fluoroseg.randomization.mix import GROUPS, sample
from fluoroseg.randomization.pipeline import develop


class MovedMasks(Mapping[str, Bool[np.ndarray, "h w"]]):
    """Name -> mask of the randomised picture; each is moved when it is asked for."""

    def __init__(self, masks: Mapping[str, np.ndarray], origin: Int32[np.ndarray, "h w"], mirror: bool):
        self._masks, self._origin = masks, origin
        self._before = {swap_sides(name) if mirror else name: name for name in masks}

    def __getitem__(self, name: str) -> Bool[np.ndarray, "h w"]:
        mask = self._masks[self._before[name]]
        return mask.ravel()[self._origin] & (self._origin >= 0)

    def __contains__(self, name: object) -> bool:  # a Mapping's own would move the mask
        return name in self._before

    def __iter__(self) -> Iterator[str]:
        return iter(self._before)

    def __len__(self) -> int:
        return len(self._before)


@dataclass(frozen=True)
class Randomized:
    """A randomised sample; `pixels, masks, draw = randomized` takes it apart.

    pixels: 0 .. 1 as a viewer shows them, bone bright or inverted. masks: moved along; one may be empty.
    draw: what was drawn. phrases: words for each name. Names and phrases of a mirrored picture
    (`draw.geometry.mirror`) have left and right swapped. origin: flat number of the sample's pixel that
    each pixel shows, -1 where a border, a shutter or the simulation's edge hides it.
    """

    pixels: Float32[np.ndarray, "h w"]
    masks: MovedMasks
    draw: Draw
    phrases: dict[str, list[str]]
    origin: Int32[np.ndarray, "h w"]

    def __iter__(self) -> Iterator[Any]:
        return iter((self.pixels, self.masks, self.draw))

    @property
    def boxes(self) -> dict[str, list[int]]:
        """[x, y, width, height] around each mask that is not empty, as in a record."""
        found = {}
        for name, mask in self.masks.items():
            rows, columns = np.nonzero(mask.any(1))[0], np.nonzero(mask.any(0))[0]
            if len(rows):
                x, y = int(columns[0]), int(rows[0])
                found[name] = [x, y, int(columns[-1]) - x + 1, int(rows[-1]) - y + 1]
        return found

    def carry_points(self, points: Real[np.ndarray, "n 2"]) -> Float64[np.ndarray, "n 2"]:
        """Where points (x, y) of the sample have come to; it may be outside of the picture, or hidden."""
        return carry_points(self.draw.geometry, points, self.pixels.shape, self.pixels.shape)


@dataclass(frozen=True)
class randomize:
    """A transform for `fluoroseg.Dataset`: Sample -> Randomized.

    The draw depends on `seed` and on the sample's key alone, so an epoch can be replayed: take another
    seed for each epoch. groups: what may differ (`fluoroseg.randomization.mix.GROUPS`), for ablations.
    Half of the pictures without thorax and abdomen are mirrored. Can be pickled into the workers of a
    DataLoader. Raises UsageError for a group that there is not.
    """

    seed: int = 0
    groups: tuple[str, ...] = GROUPS

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise UsageError(f"a seed is 0 or more, not {self.seed}")
        sample(np.random.default_rng(0), groups=self.groups)

    def __call__(self, one: Sample) -> Randomized:
        rng = np.random.default_rng([self.seed, *one.key.encode()])
        height, width = one.image.shape
        boxes = np.array([o["bbox"] for o in one.record["objects"]], dtype=np.float64).reshape(-1, 4)
        draw = sample(
            rng,
            groups=self.groups,
            mirror=0.5 if can_be_mirrored(one.masks) else 0.0,
            boxes=boxes / [width, height, width, height],
            field=one.field,
        )
        pixels, origin = develop(draw, one.image, one.image.shape)
        mirror = draw.geometry.mirror
        phrases = one.phrases
        if mirror:
            phrases = {swap_sides(n): _in_the_mirror(n, said) for n, said in phrases.items()}
        return Randomized(pixels, MovedMasks(one.masks, origin, mirror), draw, phrases, origin)


def _in_the_mirror(name: str, said: list[str]) -> list[str]:
    """Phrases of a thing without a side ("vertebra L 4") are left alone."""
    return said if swap_sides(name) == name else [swap_sides(words) for words in said]
