"""Reads what a person calls something. Deterministic; a side or a level is never guessed."""

import difflib
from dataclasses import dataclass
from functools import cache
from itertools import product

from fluoroseg.anatomy import grammar, index
from fluoroseg.anatomy.catalogue import (
    FIRST_OWN_ID,
    LAST_TOTALSEGMENTATOR_ID,
    Structure,
    answered_names,
    group_table,
    members,
    outermost,
    parts,
    structures,
)
from fluoroseg.anatomy.phrases import title
from fluoroseg.anatomy.spelling import corrections

_LONGEST = 300  # characters; nobody names a structure with more
_SHADOW_WORDS = "shadow silhouette outline contour border region area whole entire complete"
_SHADOW = frozenset(_SHADOW_WORDS.split())
_OPTIONAL = _SHADOW | {"bone", "muscle", "os", "musculus"}
_LIMBS = {  # "of the left hand": a noun that only says where to look
    "hand": {"hand"},
    "foot": {"foot"},
    "arm": {"upper_arm", "forearm", "hand"},
    "leg": {"thigh", "knee", "shank", "foot"},
    "chest": {"thorax"},
    "thorax": {"thorax"},
    "abdomen": {"abdomen"},
    "neck": {"neck"},
    "head": {"head"},
}


@dataclass(frozen=True)
class Answer:
    """name: canonical structure or group name, "" when nothing (or no one thing) is meant.

    structures: what it is made of, TotalSegmentator names where they exist (lungs: five lobes).
    suggestions: readable names that might have been meant; empty when name is found.
    corrected: whether a spelling mistake was mended to find it: ask "did you mean" before relying on it.
    """

    query: str
    name: str
    structures: tuple[Structure, ...]
    suggestions: tuple[str, ...]
    corrected: bool = False


def read(words: str, strict: bool = False) -> Answer:
    """What these words name. Small spelling mistakes are forgiven where only one thing can be meant.

    strict: they are not; for the names of labels, where "ileum" must not become "ilium".
    """
    if len(words) > _LONGEST:
        return Answer(words, "", (), ())
    tokens = grammar.tokenize(words)
    spellings = [tokens] if strict or _is_known(tokens) else _spellings(tokens)
    meanings = list(dict.fromkeys(filter(None, (index.name_of(_choose(s)) for s in spellings))))
    if len(meanings) == 1:
        return Answer(words, meanings[0], answered(meanings[0]), (), spellings != [tokens])
    understood = spellings or [[t for t in tokens if _is_word(t)]]
    options = [names for spelling in understood for names in _near(spelling)]
    return Answer(words, "", (), _suggest(tokens, meanings, options))


def answered(name: str) -> tuple[Structure, ...]:
    """The structures to answer a canonical structure or group name with, by id.

    An own structure that TotalSegmentator divides completely (a lung) is answered with the pieces, other
    own structures with themselves and their pieces, TotalSegmentator's with themselves.
    """
    names = [name] if name in structures() else group_table()[name].chosen
    found = {s.name: s for n in names for s in _pieces(structures()[n])}
    return tuple(sorted(found.values(), key=lambda s: s.id))


def _pieces(thing: Structure) -> tuple[Structure, ...]:
    inside = parts(thing)
    if thing.id <= LAST_TOTALSEGMENTATOR_ID or not inside:
        return (thing,)
    whole = thing.id >= FIRST_OWN_ID and all(
        p.id <= LAST_TOTALSEGMENTATOR_ID and p.tissue == thing.tissue for p in inside
    )
    return inside if whole else (thing, *inside)


def _choose(tokens: list[str]) -> frozenset[str]:
    """Names of the structures that the tokens select; empty when they contradict or underdetermine."""
    phrase = index.parse(tokens)
    if phrase is None:
        return frozenset()
    own = index.own_names().get(phrase.nouns, frozenset())
    chosen = _filter(own or _candidates(phrase), phrase)
    things = [structures()[n] for n in chosen]
    if own or not things:
        return chosen
    if not phrase.nouns and "_" in phrase.level:
        return frozenset()  # "L4 and L5": the disc between them, or both?
    if phrase.side == "both" and not any(t.side or len(answered_names(t)) > 1 for t in things):
        return frozenset()
    one_sided = {t.side for t in things} in ({"left"}, {"right"})
    one_level = len({t.level for t in things}) == 1 and things[0].level
    if (one_sided and not phrase.side) or (one_level and not phrase.level):
        return frozenset()  # the catalogue has just one, the patient may have another
    return chosen


def _candidates(phrase: grammar.Phrase) -> frozenset[str]:
    """Every structure the nouns can stand for, whatever its side and level."""
    nouns, known = frozenset(phrase.nouns), index.by_nouns()
    if nouns <= {"body"} and phrase.level[:1].isalpha():  # "L4", "body of L4"
        return known["disc",] if "_" in phrase.level else known["vertebra",]
    for dropped in (frozenset[str](), _SHADOW, _OPTIONAL):
        found = known.get(tuple(sorted(nouns - dropped)))
        if found:
            return found
    for limb in sorted(nouns & _LIMBS.keys()):
        for dropped in (frozenset({limb}), _OPTIONAL | {limb}):
            found = known.get(tuple(sorted(nouns - dropped)), frozenset())
            there = frozenset(n for n in found if structures()[n].region in _LIMBS[limb])
            if there:
                return there
    return frozenset()


def _filter(names: frozenset[str], phrase: grammar.Phrase) -> frozenset[str]:
    """Those of side and level: of a whole ("fingers") its parts of that level; no parts beside wholes."""
    if phrase.level:
        names = frozenset(n for name in names for n in members(name) if _is_at(n, phrase.level))
    if phrase.side in ("left", "right"):
        sided = (n for name in names for n in answered_names(structures()[name]))
        names = frozenset(n for n in sided if structures()[n].side == phrase.side)
    return frozenset(outermost(names))


def _is_at(name: str, level: str) -> bool:
    own = structures()[name].level
    return level in (own, own.replace("C", "").replace("T", "").replace("L", "").replace("S", ""))


@cache
def _vocabulary() -> frozenset[str]:
    return index.vocabulary() | _OPTIONAL | frozenset(_LIMBS)


def _is_known(tokens: list[str]) -> bool:
    return all(_is_word(token) for token in tokens)


def _is_word(token: str) -> bool:
    known = grammar.function_words()
    return token in known or grammar.is_number(token) or grammar.stem(token) in _vocabulary()


def _spellings(tokens: list[str]) -> list[list[str]]:
    """All ways to correct the unknown tokens; none when one cannot be corrected or too many are unknown."""
    unknown = [t for t in tokens if not _is_word(t)]
    if len(unknown) > 3 or any(t[0] in "lr" and _is_word(t[1:]) for t in unknown):  # "Rrib": a side, glued
        return []
    choices = [corrections(t, _vocabulary()) if t in unknown else [t] for t in tokens]
    return [list(spelling) for spelling in product(*choices)]


def _near(tokens: list[str]) -> list[frozenset[str]]:
    """What the tokens could mean with a side or level less, or noun by noun."""
    phrase = index.parse(tokens)
    nouns = phrase.nouns if phrase else tuple(grammar.stem(t) for t in tokens)
    whole = _candidates(phrase) if phrase else frozenset()
    filtered = _filter(whole, phrase) if phrase else whole
    single = [index.by_nouns()[noun,] for noun in nouns if (noun,) in index.by_nouns()]
    return [names for names in (filtered, whole, *single) if names]


def _suggest(tokens: list[str], meanings: list[str], options: list[frozenset[str]]) -> tuple[str, ...]:
    """Up to five readable names, the likeliest first."""
    names = [*meanings]
    for option in options:
        one = index.name_of(option)
        names += [one] if one else sorted(option, key=lambda n: structures()[n].id)
    said = " ".join(tokens)
    near = difflib.get_close_matches(said, index.spoken(), n=5, cutoff=0.8 if names else 0.65)
    titles = [title(n) for n in names] + [index.spoken()[s] for s in near]
    return tuple(dict.fromkeys(titles))[:5]
