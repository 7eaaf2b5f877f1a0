"""The words a person could use: for training text, for suggestions, for pictures' legends."""

from functools import cache

import numpy as np

from fluoroseg.anatomy.catalogue import Group, Structure, group_table, members, structures

_ORDINAL_WORDS = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
_ORDINALS = _ORDINAL_WORDS.split()
_MANNERS = ("{}", "{}", "{}", "the {}", "segment the {}", "show me the {}", "find the {}")


def phrases(name: str, rng: np.random.Generator | None = None, count: int = 8) -> list[str]:
    """Up to `count` different ways to say a canonical structure or group name; all read back to it.

    Without rng the plainest ones, always the same and the title first; with rng a random choice,
    some as requests ("show me the ...") or capitalised. Raises AnatomyError for an unknown name.
    """
    every = all_phrases(name)
    if rng is None:
        return list(every[:count])
    picked = rng.choice(len(every), size=min(count, len(every)), replace=False)
    manners = rng.choice(len(_MANNERS), size=len(picked))
    said = [_MANNERS[m].format(every[i]) for i, m in zip(picked, manners, strict=True)]
    return [s[0].upper() + s[1:] if rng.random() < 0.25 else s for s in said]


def title(name: str) -> str:
    """The plainest phrase: "left third rib", "fourth lumbar vertebra", "lungs"."""
    return all_phrases(name)[0]


@cache
def all_phrases(name: str) -> tuple[str, ...]:
    """Every phrase, the plainest first. Raises AnatomyError for an unknown name."""
    members(name)
    if name in structures():
        said = _structure_phrases(structures()[name])
    else:
        said = _group_phrases(group_table()[name])
    return tuple(dict.fromkeys(said))


def _structure_phrases(thing: Structure) -> list[str]:
    if "_" in thing.level:
        return [*_disc_phrases(thing), *thing.own_names]
    if thing.level and not thing.side:
        return _vertebra_phrases(thing)
    limb = thing.region if thing.region in ("hand", "foot") else ""
    said = [p for noun in thing.synonyms for p in _with_side(noun, thing.side, thing.level, limb)]
    return [*said, *thing.own_names]


def _group_phrases(group: Group) -> list[str]:
    said = [p for noun in group.synonyms for p in _with_side(noun, group.side, group.level)]
    plain = [f"all {noun}" for noun in group.synonyms if noun.endswith(("s", "ae"))]
    return said if group.side else [*said, *plain]


def _with_side(noun: str, side: str, level: str, limb: str = "") -> list[str]:
    """A noun said with its side, and a rib with its number."""
    if "{" in noun:
        return _filled(noun, side, level)
    if level:
        number, ordinal, short = int(level), _ORDINALS[int(level) - 1], _short_ordinal(int(level))
        if side == "both":
            return [p for o in (ordinal, short) for p in _with_side(f"{o} {noun}", side, "")]
        return [
            *(p for o in (ordinal, short) for p in _with_side(f"{o} {noun}", side, "")),
            f"{ordinal} {side} {noun}",
            f"{short} {side} {noun}",
            f"{side} {noun} {number}",
            f"{noun} {number} on the {side}",
            f"{side} {noun} number {number}",
        ]
    if not side:
        return [noun]
    if side == "both":
        return [f"left and right {noun}", f"bilateral {noun}", f"{noun} on both sides", noun]
    said = [
        f"{side} {noun}",
        f"{noun} on the {side}",
        f"{side}-sided {noun}",
        f"{noun}, {side}",
        f"{noun} on the {side} side",
        f"{side[0].upper()} {noun}",
    ]
    return [*said, f"{noun} of the {side} {limb}"] if limb and limb not in noun else said


def _filled(noun: str, side: str, level: str) -> list[str]:
    """A noun with the places for side and ordinal in it: "cartilage of the {nth} {side} rib"."""
    said = "left and right" if side == "both" else side
    ordinals = (_ORDINALS[int(level) - 1], _short_ordinal(int(level))) if "{nth}" in noun else ("",)
    return [noun.format(side=said, nth=nth) for nth in ordinals]


def _disc_phrases(thing: Structure) -> list[str]:
    upper, lower = thing.level.split("_")
    short = f"{upper}/{lower[1:]}" if upper[0] == lower[0] else f"{upper}/{lower}"
    said = []
    for noun in thing.synonyms:
        said += [f"{noun} {upper}/{lower}", f"{upper}-{lower} {noun}", f"{short} {noun}"]
        said += [f"{noun} between {upper} and {lower}", f"{upper}/{lower} {noun}"]
    return said


def _vertebra_phrases(thing: Structure) -> list[str]:
    """Words that all vertebrae share need the letter ("vertebra L4"), regional ones the number."""
    shared = {w for w in structures()["vertebrae_C3"].synonyms if w in structures()["vertebrae_L3"].synonyms}
    number = int(thing.level[1:])
    regional = [w for w in thing.synonyms if w not in shared]
    said = [
        f"{_ORDINALS[number - 1]} {regional[0]}",
        thing.level,
        f"{thing.level} vertebra",
        f"{_short_ordinal(number)} {regional[0]}",
        *thing.own_names,
    ]
    for noun in regional:
        said += [f"{noun} {number}", f"{_short_ordinal(number)} {noun}", f"{_ORDINALS[number - 1]} {noun}"]
        said += [f"{noun} {thing.level}", f"{noun} number {number}"]
    for noun in sorted(shared, key=thing.synonyms.index):
        said += [f"{noun} {thing.level}", f"{thing.level} {noun}"]
    return said


def _short_ordinal(number: int) -> str:
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number, 'th') }"
