"""How words are put together with side, number and level: one tuple of templates for each kind of name.

A name is said by a template and a synonym. Some of both are held out: no phrase for training has them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from fluoroseg.anatomy.catalogue import Group, Structure, structures

_ORDINAL_WORDS = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
_ORDINALS = _ORDINAL_WORDS.split()

_SIDED = (
    "{side} {noun}", "{noun} on the {side}", "{side}-sided {noun}", "{noun}, {side}",
    "{noun} on the {side} side", "{S} {noun}",
)  # fmt: skip
_LIMBED = "{noun} of the {side} {limb}"
_BOTH = ("left and right {noun}", "bilateral {noun}", "{noun} on both sides", "{noun}")
_NUMBERED = (
    "{side} {noun} {n}",
    "{noun} {n} on the {side}",
    "{side} {noun} number {n}",
    "{nth} {side} {noun}",
)
_VERTEBRA = (
    "{nth} {noun}", "{level}", "{level} vertebra", "{noun} {n}", "{noun} {level}", "{noun} number {n}",
)  # fmt: skip
_ANY_VERTEBRA = ("{noun} {level}", "{level} {noun}")
_DISC = (
    "{noun} {gap}",
    "{gap} {noun}",
    "{upper}-{lower} {noun}",
    "{short} {noun}",
    "{noun} between {upper} and {lower}",
)
_PLAIN = ("{noun}",)

REQUESTS = (
    "{}", "{}", "{}", "the {}", "segment the {}", "show me the {}", "find the {}", "mark the {}",
    "where is the {}?", "highlight the {}", "please outline the {}",
)  # fmt: skip
"""A phrase as a person says it to a program."""

HELD_OUT = frozenset(
    {
        "{noun} on the {side} side", "{noun}, {side}", "{noun} on both sides", "{noun} {n} on the {side}",
        "{nth} {side} {noun}", "{noun} number {n}", "{level} {noun}", "{noun} between {upper} and {lower}",
        "all {noun}", "where is the {}?", "highlight the {}", "please outline the {}",
    }
)  # fmt: skip
"""Templates and requests that only the phrases for testing have."""


@dataclass(frozen=True)
class Said:
    """A phrase, and the template and synonym that it was made of."""

    text: str
    template: str
    word: str


def of_structure(thing: Structure) -> Iterator[Said]:
    """Every way to say a structure, the plainest first."""
    if "_" in thing.level:
        yield from _discs(thing)
    elif thing.level and not thing.side:
        yield from _vertebrae(thing)
    else:
        limb = thing.region if thing.region in ("hand", "foot") else ""
        for noun in thing.synonyms:
            yield from _with_side(noun, thing.side, thing.level, limb)
    for word in thing.own_names:
        yield Said(word, "{noun}", word)


def of_group(group: Group) -> Iterator[Said]:
    """Every way to say a group, the plainest first."""
    for noun in group.synonyms:
        yield from _with_side(noun, group.side, group.level)
    if not group.side:
        for noun in group.synonyms:
            if noun.endswith(("s", "ae")) and not noun.startswith("all "):
                yield Said(f"all {noun}", "all {noun}", noun)


def _with_side(noun: str, side: str, level: str, limb: str = "") -> Iterator[Said]:
    """A noun said with its side, and with its number where it has one (ribs, fingers, toes)."""
    said = "left and right" if side == "both" else side
    if "{" in noun:  # the places are in the noun itself
        for nth in _nths(level):
            yield Said(noun.format(side=said, nth=nth), "{noun}", noun)
        return
    templates: tuple[str, ...] = {"": _PLAIN, "both": _BOTH}.get(side, _SIDED)
    if side in ("left", "right") and limb and limb not in noun:
        templates = (*templates, _LIMBED)
    for nth in _nths(level):
        numbered = f"{nth} {noun}" if level else noun
        for template in templates:
            text = template.format(noun=numbered, side=said, S=said[:1].upper(), limb=limb)
            yield Said(text, template, noun)
    if level and side != "both":
        for template in _NUMBERED:
            for nth in _nths(level) if "{nth}" in template else ("",):
                yield Said(template.format(noun=noun, side=side, n=level, nth=nth), template, noun)


def _vertebrae(thing: Structure) -> Iterator[Said]:
    """Words that all vertebrae share need the letter ("vertebra L4"), regional ones the number."""
    shared = {w for w in structures()["vertebrae_C3"].synonyms if w in structures()["vertebrae_L3"].synonyms}
    for noun in (w for w in thing.synonyms if w not in shared):
        for template in _VERTEBRA:
            for nth in _nths(thing.level[1:]) if "{nth}" in template else ("",):
                text = template.format(noun=noun, level=thing.level, n=thing.level[1:], nth=nth)
                yield Said(text, template, noun if "{noun}" in template else thing.level)
    for noun in (w for w in thing.synonyms if w in shared):
        for template in _ANY_VERTEBRA:
            yield Said(template.format(noun=noun, level=thing.level), template, noun)


def _discs(thing: Structure) -> Iterator[Said]:
    upper, lower = thing.level.split("_")
    gap = f"{upper}/{lower}"
    short = f"{upper}/{lower[1:]}" if upper[0] == lower[0] else gap
    for noun in thing.synonyms:
        for template in _DISC:
            text = template.format(noun=noun, gap=gap, short=short, upper=upper, lower=lower)
            yield Said(text, template, noun)


def _nths(level: str) -> tuple[str, ...]:
    """ "fourth", "4th"; one empty word where there is no number."""
    if not level:
        return ("",)
    number = int(level)
    return _ORDINALS[number - 1], f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number, 'th') }"
