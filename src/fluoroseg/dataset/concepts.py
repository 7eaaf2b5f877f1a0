"""What may be asked of a picture: every name whose mask, or whose absence, is known for sure."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from fluoroseg.anatomy import groups, members, structures

TOOL = "tool"

OUTLINE = "cardiomediastinal_outline"

VISIBLE = {
    "lung_left": "lung_left_above_dome",
    "lung_right": "lung_right_above_dome",
    "cardiomediastinum": OUTLINE,
}
"""Radiographs are read with the lungs ending at the visible dome of the diaphragm: "left lung" is taught
as that where it is known, and as the full silhouette where it is not (no diaphragm in the picture). The
cardiomediastinum is read as one outline from the heart's lower border to the aortic arch, in frontal views
only; what is labelled by that name is what lies between the lungs without a label of its own."""


NEVER_ASKED = {TOOL, "bone", "subdiaphragm", *VISIBLE.values()}
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
    present, known = frozenset(place), frozenset(record["known"])
    here: list[Concept] = []
    absent: list[Concept] = []
    for nothing, parts in _sure(known):
        if parts.isdisjoint(present):
            absent.append(nothing)
        elif nothing.name != "cardiomediastinum" or OUTLINE in place:
            here.append(Concept(nothing.name, _found(parts, place)))
    here += [Concept(name, (i,)) for name, i in place.items() if name in VISIBLE.values()]
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


def _found(parts: frozenset[str], place: Mapping[str, int]) -> tuple[int, ...]:
    """The objects whose union is the concept's mask."""
    chosen = {part for part in parts if part in place}
    for whole, visible in VISIBLE.items():
        if whole in parts and visible in place:
            chosen -= members(whole)
            chosen.add(visible)
    return tuple(sorted(place[part] for part in chosen))


@cache
def _askable() -> dict[str, frozenset[str]]:
    """Structure or group name -> the structures whose union it is."""
    single = {name: members(name) for name in structures()}
    single["cardiomediastinum"] = frozenset({"cardiomediastinum"})
    return {name: parts for name, parts in (single | dict(groups())).items() if name not in NEVER_ASKED}


@lru_cache(maxsize=2048)
def _sure(known: frozenset[str]) -> list[tuple[Concept, frozenset[str]]]:
    """Those of `_askable` of which labels of `known` names account for every part; as absent, and parts."""
    return [
        (Concept(name, ()), parts) for name, parts in _askable().items() if _accounted(name, parts, known)
    ]


def _accounted(name: str, parts: frozenset[str], known: frozenset[str]) -> bool:
    """Every finest part of the concept is known itself, or by a whole within the concept."""
    if name in known:
        return True
    leaves = _leaves(parts)
    missing = leaves - known
    if missing:
        wholes = (parts - leaves) & known
        missing = missing.difference(*(members(whole) for whole in wholes))
    return bool(leaves) and not missing


@cache
def _leaves(parts: frozenset[str]) -> frozenset[str]:
    """The finest of some structures."""
    return frozenset(part for part in parts if members(part) == {part})
