"""What a mirror makes of the names of a body, and whose mirror image could be another body."""

from collections.abc import Iterable

from fluoroseg.anatomy.catalogue import structures
from fluoroseg.anatomy.sides import swap_sides

_KEEP_THEIR_NAMES = ("heart", "liver")
_ONE_SIDED = {"organ", "vessel", "air", "soft", "fluid"}


def mirrored_name(name: str) -> str:
    """What a structure is called in a mirrored body; names of no structure are kept.

    A name without a counterpart becomes its part_of's (the right middle lobe: left lung); chambers of the
    heart and lobes of the liver keep the names that anatomists keep.
    """
    table = structures()
    thing = table.get(name)
    whole = thing
    while whole is not None:
        if whole.name in _KEEP_THEIR_NAMES:
            return name
        whole = table.get(whole.part_of)
    while thing is not None and thing.side:
        other = swap_sides(name)
        if other in table:
            return other
        name, thing = thing.part_of, table.get(thing.part_of)
    return name


def twins(names: Iterable[str]) -> list[tuple[str, str]]:
    """(left, right) names of the structures that are there on both sides, in the order of the left ones."""
    there = list(dict.fromkeys(names))
    known, every = structures(), set(there)
    left = [n for n in there if n in known and known[n].side == "left"]
    return [(n, swap_sides(n)) for n in left if swap_sides(n) in every]


def can_be_mirrored(names: Iterable[str]) -> bool:
    """Whether the mirror image of a body (or of a picture of it) with these structures could be another's.

    Limbs, head and pelvis have no side of their own. A chest has one, named or not: the heart; a belly has
    one by what is named in it beside bone and muscle. Names of no structure (tools) do not count.
    """
    known = structures()
    things = [known[n] for n in names if n in known]
    return not any(t.region == "thorax" or (t.region == "abdomen" and t.tissue in _ONE_SIDED) for t in things)
