"""What may be asked of a training picture: every name whose mask, or whose absence, is known for sure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from fluoroseg.anatomy import groups, members, structures
from fluoroseg.dataset.reading import Dataset

TOOL = "tool"

_LUNGS = {"lung_left": "lung_left_above_dome", "lung_right": "lung_right_above_dome"}
"""Radiographs are read with the lungs ending at the visible dome of the diaphragm: "left lung" is taught
as that where it is known, and as the full silhouette where it is not (no diaphragm in the picture)."""


_NEVER = {TOOL, "bone", "subdiaphragm", *_LUNGS.values()}
"""Not asked for by the rule below: a helper, or asked for by a rule of its own. The cardiomediastinum is
asked for only where it is labelled itself: its parts include the aorta down to the pelvis."""


@dataclass(frozen=True)
class Concept:
    """A name that may be asked for. objects: places in the record's `objects`; none = not in the picture."""

    name: str
    objects: tuple[int, ...]


def concepts(record: Mapping[str, Any]) -> tuple[list[Concept], list[Concept]]:
    """Concepts in the picture, and concepts known not to be in it.

    A group is asked for only when all of it is accounted for: labelled, or known to be absent. A
    structure that the patient's labels say nothing about is unknown, and neither list has it.
    """
    place = {item["name"]: i for i, item in enumerate(record["objects"])}
    known = frozenset(record["known"])
    here: list[Concept] = []
    absent: list[Concept] = []
    for name, parts in _askable().items():
        if not _accounted(name, known):
            continue
        found = _found(name, parts, place)
        (here if found else absent).append(Concept(name, found))
    here += [Concept(name, (i,)) for name, i in place.items() if name in _LUNGS.values()]
    if "bone" in place and known.isdisjoint(members("skeleton") - {"bone"}):
        here.append(Concept("skeleton", (place["bone"],)))
    if "trachea" in place and "main_bronchus_left" not in known:
        here.append(Concept("airways", (place["trachea"],)))  # labelled with its main bronchi
    tools = tuple(i for i, item in enumerate(record["objects"]) if item["name"] not in structures())
    if tools:
        here.append(Concept(TOOL, tools))
        here += [Concept(record["objects"][i]["name"], (i,)) for i in tools]
    else:
        absent.append(Concept(TOOL, ()))
    return here, absent


def _found(name: str, parts: frozenset[str], place: Mapping[str, int]) -> tuple[int, ...]:
    """The objects whose union is the concept's mask."""
    chosen = {part for part in parts if part in place}
    for whole, visible in _LUNGS.items():
        if whole in parts and visible in place:
            chosen -= members(whole)
            chosen.add(visible)
    return tuple(sorted(place[part] for part in chosen))


@cache
def _askable() -> dict[str, frozenset[str]]:
    """Structure or group name -> the structures whose union it is."""
    single = {name: members(name) for name in structures()}
    single["cardiomediastinum"] = frozenset({"cardiomediastinum"})
    return {name: parts for name, parts in (single | dict(groups())).items() if name not in _NEVER}


@cache
def _accounted(name: str, known: frozenset[str]) -> bool:
    """Every finest part of the concept is known itself, or by a whole within the concept."""
    parts = _askable()[name]
    covered: set[str] = set()
    for part in parts & known:
        covered |= members(part)
    leaves = {part for part in parts if members(part) == {part}}
    return name in known or (bool(leaves) and leaves <= covered)


def taught(sets: Iterable[Dataset]) -> dict[str, int]:
    """Name that may be asked for -> number of pictures of the data sets that show it."""
    counts: Counter[str] = Counter()
    for data in sets:
        for entry in data.entries:
            tools = {name.split(" (")[0] for name in entry.tools}
            names = {name for name in entry.names if name in structures()} - (_NEVER - {*_LUNGS.values()})
            counts.update(names | tools | ({TOOL} if tools else set()))
    return dict(sorted(counts.items()))
