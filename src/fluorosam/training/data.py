"""Training batches: which picture, how it is randomised, what is asked; all a function of (seed, step)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from fluorosam.training.config import TrainConfig
from fluorosam.training.selection import kept
from fluorosam.words import canonical_phrase
from fluoroseg.dataset.concepts import TOOL
from fluoroseg.dataset.prompts import SLIVER, Prompt, draw_prompts
from fluoroseg.dataset.reading import Dataset, Sample
from fluoroseg.randomization import apply, network_input, network_shape, sample
from fluoroseg.randomization.pipeline import pack

_ASPECTS = (1.0, 1.0, 1.0, 0.82, 0.82, 1.2, 0.7, 1.45)
_CANONICAL = 0.6
"""Share of the prompts for anatomy that come in the one phrase to which the predictor turns all others."""

_WIRE_WORDS = ("k-wire", "wire", "the wire", "pin", "Kirschner wire")
"""Asked for where no tool is in the picture, so that a wire, too, can be answered with "not present"."""


@dataclass(frozen=True)
class Item:
    """Which kept sample of which data set, for which step, in which shape: enough to make it again."""

    data: int
    index: int
    seed: tuple[int, int, int]
    shape: tuple[int, int]


@dataclass(frozen=True)
class Batch:
    """pictures: network input. masks: targets 0..1 at half size. weight: 0 where presence is not sure."""

    pictures: Float[Tensor, "b 2 h w"]
    masks: Float[Tensor, "b p h2 w2"]
    present: Float[Tensor, "b p"]
    weight: Float[Tensor, "b p"]
    phrases: list[str]

    def first(self, count: int) -> "Batch":
        """The first `count` prompts of each picture."""
        every = self.masks.shape[1]
        phrases = [words for i, words in enumerate(self.phrases) if i % every < count]
        masks, present, weight = (x[:, :count] for x in (self.masks, self.present, self.weight))
        return Batch(self.pictures, masks, present, weight, phrases)


class Order:
    """The batches from step `start` on; the same whatever happened before and however many workers."""

    def __init__(self, config: TrainConfig, sizes: list[int], start: int) -> None:
        self.config, self.sizes, self.start = config, sizes, start

    def __iter__(self) -> Iterator[list[Item]]:
        share = np.array(self.config.weights or self.sizes, dtype=np.float64)
        for step in range(self.start, self.config.steps):
            rng = np.random.default_rng([self.config.seed, step])
            aspect = rng.choice(_ASPECTS)
            side = self.config.model.side
            shape = network_shape(round(1000 * aspect), 1000, side)
            chosen = rng.choice(len(self.sizes), self.config.batch, p=share / share.sum())
            yield [
                Item(int(d), int(rng.integers(self.sizes[d])), (self.config.seed, step, i), shape)
                for i, d in enumerate(chosen)
            ]

    def __len__(self) -> int:
        return self.config.steps - self.start


class Pictures(torch.utils.data.Dataset):
    """Item -> one picture with `prompts` prompts and `rough` names more."""

    def __init__(self, config: TrainConfig) -> None:
        self.asked = config.prompts + config.rough
        self.randomize = config.randomize
        self.sets = [Dataset(folder) for folder in config.data]
        self.only = config.only
        self.kept = [kept(one, config.leave_out, config.only) for one in self.sets]

    def __getitem__(self, item: Item) -> Batch:
        rng = np.random.default_rng(item.seed)
        taken: Sample = self.sets[item.data][int(self.kept[item.data][item.index])]
        asked = _ask(rng, taken, self.asked, self.only)
        bits = pack([prompt.mask for prompt in asked], taken.image.shape)
        draw = sample(rng, groups=self.randomize, field=taken.field)
        pixels, bits, _ = apply(draw, taken.image, bits, item.shape)
        picture = network_input(pixels)
        return _targets(picture, bits, asked)


def collate(items: list[Batch]) -> Batch:
    """Pictures of one shape -> a batch."""
    return Batch(
        torch.cat([item.pictures for item in items]),
        torch.cat([item.masks for item in items]),
        torch.cat([item.present for item in items]),
        torch.cat([item.weight for item in items]),
        [phrase for item in items for phrase in item.phrases],
    )


def _targets(picture: np.ndarray, bits: np.ndarray, asked: list[Prompt]) -> Batch:
    masks = np.stack([(bits >> np.uint64(n)).astype(np.uint8) & 1 for n in range(len(asked))])
    rows = masks[:, ::2] + masks[:, 1::2]
    halves = (rows[:, :, ::2] + rows[:, :, 1::2]).astype(np.float32) / 4
    share = halves.mean((1, 2))
    present = (share > 0).astype(np.float32)
    tiny = (share > 0) & (share < SLIVER)  # by now: neither taught as present nor as absent
    return Batch(
        torch.from_numpy(picture)[None],
        torch.from_numpy(halves)[None],
        torch.from_numpy(present)[None],
        torch.from_numpy(np.where(tiny, 0, 1).astype(np.float32))[None],
        [prompt.words for prompt in asked],
    )


def _ask(rng: np.random.Generator, taken: Sample, count: int, only: tuple[str, ...]) -> list[Prompt]:
    return [_as_read(rng, prompt) for prompt in draw_prompts(taken, rng, count, only=only)]


def _as_read(rng: np.random.Generator, prompt: Prompt) -> Prompt:
    """Mostly in the words to which the predictor turns known anatomy, at times in anybody's."""
    if prompt.name == TOOL and not prompt.present:
        return replace(prompt, words=str(rng.choice([prompt.words, *_WIRE_WORDS])))
    if prompt.name != TOOL and rng.random() < _CANONICAL:
        return replace(prompt, words=canonical_phrase(prompt.name))
    return prompt
