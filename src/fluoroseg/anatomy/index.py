"""What the words of the tables stand for: made once, then only looked up."""

from functools import cache

from fluoroseg.anatomy import digits, grammar
from fluoroseg.anatomy.catalogue import group_table, structures
from fluoroseg.anatomy.phrases import title

Nouns = tuple[str, ...]


def parse(tokens: list[str]) -> grammar.Phrase | None:
    """The grammar of a phrase, with named fingers and toes as numbers; None where there is none."""
    return grammar.parse(digits.numbered(tokens))


@cache
def by_nouns() -> dict[Nouns, frozenset[str]]:
    """Noun stems -> the structures for which they are said. Groups come last: "bone" is the skeleton."""
    index: dict[Nouns, set[str]] = {}
    for thing in structures().values():
        for nouns in {_said(w)[0] for w in (*thing.synonyms, thing.kind)}:
            index.setdefault(nouns, set()).add(thing.name)
    for group in group_table().values():
        if not group.side:
            for nouns, level in map(_said, (*group.synonyms, group.name)):
                if not level:  # "index finger" is found as a finger with a number
                    index[nouns] = set(group.chosen)
    return {nouns: frozenset(names) for nouns, names in index.items()}


@cache
def own_names() -> dict[Nouns, frozenset[str]]:
    """Noun stems that say side and level already -> the one structure that they name."""
    things = structures().values()
    return {_said(word)[0]: frozenset({thing.name}) for thing in things for word in thing.own_names}


@cache
def vocabulary() -> frozenset[str]:
    """Every noun of the tables."""
    return digits.WORDS.union(*by_nouns(), *own_names())


def name_of(chosen: frozenset[str]) -> str:
    """The canonical name for exactly these structures, "" when they have none together."""
    return _names().get(chosen, "")


@cache
def spoken() -> dict[str, str]:
    """Lower-case titles and words of groups -> title, for comparing with what was typed."""
    spoken: dict[str, str] = {}
    for name in (*structures(), *group_table()):
        spoken.setdefault(title(name).lower(), title(name))
    for group in group_table().values():
        for word in group.synonyms:
            spoken.setdefault(word.lower(), title(group.name))
    return spoken


@cache
def _names() -> dict[frozenset[str], str]:
    names = {frozenset(g.chosen): g.name for g in group_table().values()}
    return names | {frozenset({name}): name for name in structures()}


@cache
def _said(words: str) -> tuple[Nouns, str]:
    """Noun stems and level of a word in the tables, without its places for side and ordinal."""
    phrase = parse(grammar.tokenize(words.replace("{side}", "").replace("{nth}", "")))
    return (phrase.nouns, phrase.level) if phrase else ((), "")
