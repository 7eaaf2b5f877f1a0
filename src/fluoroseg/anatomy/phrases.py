"""The words a person could use: for training text, for suggestions, for pictures' legends."""

import zlib
from collections.abc import Iterator
from functools import cache

import numpy as np

from fluoroseg.anatomy import grammar, templates
from fluoroseg.anatomy.catalogue import group_table, members, structures
from fluoroseg.anatomy.templates import HELD_OUT, REQUESTS, Said
from fluoroseg.errors import AnatomyError

_SHARE = 5
"""One of so many synonyms is held out for testing."""


def phrases(
    name: str,
    rng: np.random.Generator | None = None,
    count: int = 8,
    split: str | None = None,
) -> list[str]:
    """Up to `count` different ways to say a canonical structure or group name; all read back to it.

    Without rng the plainest ones, always the same and the title first; with rng a random choice,
    some as requests ("show me the ...") or capitalised.

    split: "train" leaves out a fixed fifth of all synonyms, and some templates and requests; every phrase
    of "test" has one of those, so that none of them is ever trained on. None: all phrases.
    Raises AnatomyError for an unknown name or split, or a count below 1.
    """
    if count < 1 or split not in (None, "train", "test"):
        raise AnatomyError(f"count {count}, split {split!r}: expected 1 or more, and 'train', 'test' or None")
    if rng is None:
        return _plainest(name, split)[:count]
    said = sayings(name) if split != "train" else tuple(s for s in sayings(name) if not held_out(s))
    picked = rng.choice(len(said), size=min(count, len(said)), replace=False)
    drawn = dict.fromkeys(_request(said[i], split, rng).format(said[i].text) for i in picked)
    return [text[0].upper() + text[1:] if rng.random() < 0.25 else text for text in drawn]


def title(name: str) -> str:
    """The plainest phrase: "left third rib", "fourth lumbar vertebra", "lungs"."""
    members(name)
    return next(_every(name)).text


@cache
def sayings(name: str) -> tuple[Said, ...]:
    """Every phrase with its template and synonym, the plainest first. Raises AnatomyError: unknown name."""
    members(name)
    said: dict[str, Said] = {}
    for way in _every(name):  # one text can be made in two ways: it is held out only if both are
        if way.text not in said or held_out(said[way.text]):
            said[way.text] = way
    return tuple(said.values())


def held_out(said: Said) -> bool:
    """Whether a phrase is for testing only: by its template or by its synonym."""
    return said.template in HELD_OUT or _key(said.word) in _held_out_words()


def _every(name: str) -> Iterator[Said]:
    thing = structures().get(name)
    return templates.of_structure(thing) if thing else templates.of_group(group_table()[name])


def _plainest(name: str, split: str | None) -> list[str]:
    said = sayings(name)
    if split is None:
        return [s.text for s in said]
    if split == "train":
        return [s.text for s in said if not held_out(s)]
    held = [s.text for s in said if held_out(s)]
    return [*held, *(r.format(said[0].text) for r in REQUESTS if r in HELD_OUT)]


def _request(said: Said, split: str | None, rng: np.random.Generator) -> str:
    if split == "test" and not held_out(said):
        asked = [r for r in REQUESTS if r in HELD_OUT]
    else:
        asked = [r for r in REQUESTS if split != "train" or r not in HELD_OUT]
    return asked[rng.integers(len(asked))]


@cache
def _held_out_words() -> frozenset[str]:
    """Keys of the synonyms held out: by their checksum, never the first word for anything."""
    rows = [s.synonyms for s in structures().values()] + [g.synonyms for g in group_table().values()]
    own = [s.own_names for s in structures().values()]
    every = {_key(word) for row in (*rows, *own) for word in row}
    first = {_key(row[0]) for row in rows}
    return frozenset(k for k in every - first if zlib.crc32(k.encode()) % _SHARE == 0)


@cache
def _key(word: str) -> str:
    """The same for singular and plural."""
    return " ".join(grammar.stem(token) for token in grammar.tokenize(word))
