"""What can be named: single structures (a table) and groups of them (rules over that table).

Ids and names 1-117 are TotalSegmentator's (v2), 301-311 and 1000 FluoroSeg's, from 2000 on our own.
`structures.csv` has one row per structure. Its `synonyms` are said with a side and a level where the row
has them ("rib" for all 24 ribs), before the words or at `{side}`, `{nth}` in them; its `own_names` need
neither ("atlas", "middle lobe"). `groups.csv` has one row per group and the rule that selects its members.
Columns: docs/anatomy.md.
"""

import csv
import difflib
import fnmatch
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from fluoroseg.anatomy.sides import swap_sides
from fluoroseg.errors import AnatomyError

LAST_TOTALSEGMENTATOR_ID = 117
FIRST_OWN_ID = 2000


@dataclass(frozen=True)
class Structure:
    """One thing with a label of its own.

    side: "left", "right" (the patient's) or "". level: "L4" for a vertebra, "L4_L5" for a disc, "3" for a
    rib, a finger or a toe, else "". region: where it lies (thorax, hand, ...). tissue: what it is made of.
    part_of: name of the structure that contains it, or "".
    totalsegmentator: names of TotalSegmentator's classes (any of its tasks) that are this or hold it.
    fma: its id in the Foundational Model of Anatomy, digits. snomed: the SNOMED CT code of its type, as
    TotalSegmentator's mapping and DICOM have it, side not included. Both are "" where we have no source.
    synonyms: words for it, to be said with side and level. own_names: words that say both already.
    """

    id: int
    name: str
    side: str
    level: str
    region: str
    tissue: str
    part_of: str
    totalsegmentator: tuple[str, ...]
    fma: str
    snomed: str
    synonyms: tuple[str, ...]
    own_names: tuple[str, ...]

    @cached_property
    def kind(self) -> str:
        """The name without side and level: `rib_left_3` -> `rib`, `vertebrae_L4` -> `vertebrae`."""
        tokens = self.name.removesuffix(f"_{self.level}").split("_")
        return "_".join(t for t in tokens if t not in ("left", "right", self.level))


@dataclass(frozen=True)
class Group:
    """Several structures under one name. `side` is "left", "right", "both" (a pair) or ""."""

    name: str
    side: str
    level: str
    synonyms: tuple[str, ...]
    chosen: tuple[str, ...]  # names selected by the rule, without the parts of others, in the order of ids


def structure(name: str) -> Structure:
    """The structure with this canonical name. Raises AnatomyError when there is none."""
    if name not in structures():
        raise _unknown(name, "structure", list(structures()))
    return structures()[name]


def members(name: str) -> frozenset[str]:
    """Names of all structures that a structure or group stands for, finer and sided parts included.

    The union of their masks is the mask of `name`. Raises AnatomyError for an unknown name.
    """
    if name in structures():
        return _with_parts(name)
    if name in group_table():
        return frozenset().union(*(_with_parts(n) for n in group_table()[name].chosen))
    raise _unknown(name, "structure or group", [*structures(), *group_table()])


def groups() -> dict[str, frozenset[str]]:
    """Group name -> its members."""
    return {name: members(name) for name in group_table()}


@cache
def structures() -> dict[str, Structure]:
    """Canonical name -> structure, in the order of the ids."""
    return {s.name: s for s in map(_structure, _rows("structures.csv"))}


@cache
def group_table() -> dict[str, Group]:
    """Name -> group: the rows of `groups.csv`, their left and right halves, and every pair."""
    listed = [
        Group(r["name"], "", "", _split(r["synonyms"]), outermost(_select(r["rule"])))
        for r in _rows("groups.csv")
    ]
    taken = {g.chosen for g in listed} | {(name,) for name in structures()}
    derived = [g for g in [*_halves(listed), *_pairs()] if g.chosen not in taken]
    return {g.name: g for g in [*listed, *derived]}


def answered_names(thing: Structure) -> frozenset[str]:
    """The names chosen when somebody says this structure: itself; without side also its two sides."""
    if thing.side or thing.id <= LAST_TOTALSEGMENTATOR_ID:
        return frozenset({thing.name})
    return frozenset({thing.name, *(p.name for p in parts(thing) if p.side and p.kind == thing.kind)})


def outermost(names: Iterable[str]) -> tuple[str, ...]:
    """The structures of `names` that are no parts of others in it, in the order of their ids."""
    chosen, known = frozenset(names), structures()
    left = [n for n in chosen if chosen.isdisjoint(_wholes(n))]
    return tuple(sorted(left, key=lambda n: known[n].id))


def parts(thing: Structure) -> tuple[Structure, ...]:
    """The structures directly inside this one."""
    return _inside().get(thing.name, ())


def _halves(listed: list[Group]) -> list[Group]:
    """`hand` -> `hand_left`, `hand_right`: for groups of which every member has a side or is divided."""
    halves = []
    for group in listed:
        things = [structures()[n] for n in group.chosen]
        if all(t.side or len(answered_names(t)) > 1 for t in things):
            for side in ("left", "right"):
                sided = (n for t in things for n in answered_names(t) if structures()[n].side == side)
                chosen = outermost(sided)
                halves.append(Group(f"{group.name}_{side}", side, "", group.synonyms, chosen))
    return [h for h in halves if len(h.chosen) > 1]


def _pairs() -> list[Group]:
    """Both sides of everything paired, named without the side: `humerus`, `rib_3`."""
    pairs = []
    for left in structures().values():
        right = swap_sides(left.name)
        name = left.name.replace("_left", "")
        if left.side == "left" and right in structures() and name not in structures():
            pairs.append(Group(name, "both", left.level, left.synonyms, outermost((left.name, right))))
    return pairs


def _select(rule: str) -> frozenset[str]:
    """`kind=rib level=11|12 or kind=sternum` -> names; values are patterns (`C*`), `|` means or."""
    alternatives = (map(_fitting, alternative.split()) for alternative in rule.split(" or "))
    return frozenset().union(*(frozenset.intersection(*conditions) for conditions in alternatives))


@cache
def _fitting(condition: str) -> frozenset[str]:
    """Names of the structures that one condition of a rule selects."""
    column, value = condition.split("=")
    fits = re.compile("|".join(fnmatch.translate(pattern) for pattern in value.split("|")))
    return frozenset().union(*(names for text, names in _column(column).items() if fits.match(text)))


@cache
def _column(column: str) -> dict[str, list[str]]:
    """Value -> names of the structures that have it."""
    column_of: dict[str, list[str]] = {}
    for thing in structures().values():
        column_of.setdefault(getattr(thing, column), []).append(thing.name)
    return column_of


@cache
def _wholes(name: str) -> frozenset[str]:
    """Everything that the structure is a part of, directly or not."""
    whole = structures()[name].part_of
    return frozenset({whole}) | _wholes(whole) if whole else frozenset()


@cache
def _inside() -> dict[str, tuple[Structure, ...]]:
    """Name of a whole -> the structures directly inside it."""
    inside: dict[str, tuple[Structure, ...]] = {}
    for thing in structures().values():
        inside[thing.part_of] = (*inside.get(thing.part_of, ()), thing)
    return inside


@cache
def _with_parts(name: str) -> frozenset[str]:
    return frozenset({name}).union(*(_with_parts(p.name) for p in parts(structures()[name])))


def _structure(row: dict[str, str]) -> Structure:
    return Structure(
        id=int(row["id"]),
        name=row["name"],
        side=row["side"],
        level=row["level"],
        region=row["region"],
        tissue=row["tissue"],
        part_of=row["part_of"],
        totalsegmentator=_split(row["totalsegmentator"]),
        fma=row["fma"],
        snomed=row["snomed"],
        synonyms=_split(row["synonyms"]),
        own_names=_split(row["own_names"]),
    )


def _rows(file: str) -> list[dict[str, str]]:
    with Path(__file__).with_name(file).open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def _split(cell: str) -> tuple[str, ...]:
    return tuple(word for word in cell.split("|") if word)


def _unknown(name: str, what: str, names: list[str]) -> AnatomyError:
    near = difflib.get_close_matches(name[:80], names, n=3)
    hint = f"did you mean {', '.join(near)}?" if near else "`fluoroseg anatomy` lists what can be named"
    return AnatomyError(f"no {what} has the canonical name {name[:80]!r}; {hint}")
