"""What a user could ask of a sample, and the right answer: structures, groups, tools, absent things."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Float

from fluoroseg.dataset.concepts import OUTLINE, TOOL, Concept, concepts
from fluoroseg.errors import UsageError

if TYPE_CHECKING:
    from fluoroseg.dataset.reading import Sample

SLIVER = 0.0005
"""Share of the picture under which it is a matter of taste whether a thing is there: it is not asked for."""

_FEW = 5

_SHOWN = {"organ": 0.5, "fluid": 0.5, "cartilage": 0.4} | dict.fromkeys(
    ("muscle", "vessel", "nerve", "soft", "fat"), 0.15
)
"""How well a radiograph shows a tissue, against bone, lung, air and metal: what it hardly shows is seldom
asked for."""

_TOOL_WORDS = ("tool", "the tool", "instrument", "metal", "surgical tool")


@dataclass(frozen=True)
class Prompt:
    """words: what the user says.  name: structure, group or tool meant.  mask: empty where it is absent."""

    words: str
    name: str
    mask: Bool[np.ndarray, "h w"]

    @property
    def present(self) -> bool:
        return bool(self.mask.any())


def draw_prompts(
    sample: "Sample",
    rng: np.random.Generator,
    count: int = 1,
    absent: float = 0.2,
    split: str | None = "train",
    only: Collection[str] = (),
) -> list[Prompt]:
    """`count` prompts drawn with replacement; an `absent` share of them for what is known not to be there
    (a fifth of it where few such things are known, which would be asked for all the time; 1: always).

    Of the others half are for single structures or tools, half for any concept, groups among them, each by
    its size and tissue (`_shares`): else a chest would mostly be asked for its vessels' branches. A group is
    asked for only when all of it is known; its mask is the union of its members' masks. The words
    are drawn from `fluoroseg.anatomy.phrases` of the `split` ("train", "test", None for all).
    only: names that are asked for; () for all, and where the picture tells of none of them.
    Raises UsageError for a count below 0, a share that is none, or a sample of which nothing is known.
    """
    if count < 0 or not 0 <= absent <= 1:
        raise UsageError(f"count {count}, absent {absent}: expected a count from 0, a share from 0 to 1")
    here, gone = _restricted(askable(sample), only)
    if not here and not gone:
        raise UsageError(f"{sample.key}: there is nothing to ask for; its labels know no structure")
    if absent < 1 and len(gone) <= _FEW:
        absent *= 0.2
    single = [c for c in here if len(c.objects) == 1]
    prompts = []
    for _ in range(count):
        pool = gone if gone and (not here or rng.random() < absent) else here
        if pool is here and single and rng.random() < 0.5:
            pool = single
        share = _absent_shares(gone) if pool is gone else _shares(sample, pool)
        concept = pool[int(rng.choice(len(pool), p=share))]
        prompts.append(Prompt(_words(sample, concept, rng, split), concept.name, union(sample, concept)))
    return prompts


def askable(sample: "Sample") -> tuple[list[Concept], list[Concept]]:
    """`concepts` of a sample in the picture and known to be absent, without slivers."""
    here, gone = concepts(sample.record)
    objects = sample.record["objects"]
    least = SLIVER * sample.record["height"] * sample.record["width"]
    return [c for c in here if sum(objects[i]["area"] for i in c.objects) >= least], gone


def _restricted(
    asked: tuple[list[Concept], list[Concept]], only: Collection[str]
) -> tuple[list[Concept], list[Concept]]:
    here, gone = ([c for c in some if c.name in only] for some in asked)
    return (here, gone) if here or gone else asked


def union(sample: "Sample", concept: Concept) -> Bool[np.ndarray, "h w"]:
    """The concept's mask; empty for an absent one."""
    mask = np.zeros((sample.record["height"], sample.record["width"]), dtype=bool)
    for i in concept.objects:
        mask |= sample.masks[sample.record["objects"][i]["name"]]
    return mask


def _shares(sample: "Sample", pool: list[Concept]) -> Float[np.ndarray, " concept"]:
    """t sqrt(a) (1 - a)^2: how well the tissue shows, and the share a of the picture (neither specks nor what
    covers everything)."""
    objects = sample.record["objects"]
    pixels = sample.record["height"] * sample.record["width"]
    area = np.array([sum(objects[i]["area"] for i in concept.objects) for concept in pool]) / pixels
    tissue = [max(_shown(objects[i]["name"]) for i in concept.objects) for concept in pool]
    share = np.sqrt(area) * np.maximum(1 - area, 0.05) ** 2 * tissue
    return share / share.sum()


def _absent_shares(pool: list[Concept]) -> Float[np.ndarray, " concept"]:
    """By how well the tissue would show: most of what is absent are muscles and vessels."""
    share = np.array([_shown(concept.name) for concept in pool])
    return share / share.sum()


@cache
def _shown(name: str) -> float:
    """Of a structure, or the best of a group's."""
    from fluoroseg.anatomy import groups, structures

    if name == OUTLINE:
        return 1.0  # of soft tissue, but against the lungs
    if name in groups():
        return max(_shown(part) for part in groups()[name])
    known = structures().get(name)
    return _SHOWN.get(known.tissue, 1.0) if known else 1.0


def _words(sample: "Sample", concept: Concept, rng: np.random.Generator, split: str | None) -> str:
    from fluoroseg.anatomy import phrases, structures
    from fluoroseg.anatomy.catalogue import group_table

    if concept.name in structures() or concept.name in group_table():
        return phrases(concept.name, rng, count=1, split=split)[0]
    own = [] if concept.name == TOOL else sample.phrases[concept.name]
    words = own or ([concept.name] if concept.name != TOOL else _TOOL_WORDS)
    return str(rng.choice(words))
