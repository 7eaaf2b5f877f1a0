"""What `fluoroseg anatomy` does: lists what can be named, reads words, counts."""

import argparse
from collections import Counter
from collections.abc import Iterable
from typing import Any

from fluoroseg.anatomy.catalogue import Structure, group_table, groups, structures
from fluoroseg.anatomy.phrases import phrases, title
from fluoroseg.anatomy.reader import Answer, read
from fluoroseg.errors import UsageError
from fluoroseg.program import tell

_EVERY = 10**6
_FIELDS = (
    "id", "name", "side", "level", "region", "tissue", "part_of", "totalsegmentator", "fma", "snomed",
    "synonyms", "own_names",
)  # fmt: skip


def anatomy(args: argparse.Namespace) -> int:
    """Words: what they mean. None: everything that can be named, or (`--stats`) how much that is."""
    words = " ".join(args.words)
    if args.stats and words:
        raise UsageError(f"--stats counts everything that can be named; ask for {words[:80]!r} without it")
    if args.stats:
        told = stats()
        text = "\n".join(_counted(told))
    elif args.words:
        answer = read(words)
        told, text = _answer(answer), _sentence(answer)
    else:
        told = {
            "structures": [_record(s) for s in structures().values()],
            "groups": {name: sorted(parts) for name, parts in sorted(groups().items())},
        }
        lines = [f"{s.id:>5}  {s.name}" for s in structures().values()]
        text = "\n".join([*lines, "", "groups:", *(f"       {name}" for name in told["groups"])])
    tell(args.json, told, text)
    return 0


def stats() -> dict[str, Any]:
    """How much can be named: structures by region and tissue, their codes, words and phrases; groups."""
    things = list(structures().values())
    words = {w.lower() for s in things for w in (*s.synonyms, *s.own_names)}
    said = {g: {w.lower() for w in group.synonyms} for g, group in group_table().items()}
    return {
        "structures": len(things),
        "of TotalSegmentator and FluoroSeg": sum(s.id < 2000 and s.name != "tool" for s in things),
        "with a side": sum(s.side != "" for s in things),
        "with a TotalSegmentator class": sum(bool(s.totalsegmentator) for s in things),
        "with an FMA id": sum(s.fma != "" for s in things),
        "with a SNOMED CT code": sum(s.snomed != "" for s in things),
        "groups": len(said),
        "different synonyms": len(words.union(*said.values())),
        "synonyms of all structures": sum(len(s.synonyms) + len(s.own_names) for s in things),
        "phrases of structures": sum(len(phrases(s.name, count=_EVERY)) for s in things),
        "phrases of groups": sum(len(phrases(g, count=_EVERY)) for g in said),
        "by region": _tally(s.region for s in things),
        "by tissue": _tally(s.tissue for s in things),
    }


def _tally(values: Iterable[str]) -> dict[str, int]:
    return dict(Counter(value or "whole body" for value in values).most_common())


def _counted(counts: dict[str, Any]) -> list[str]:
    lines: list[str] = []
    for what, count in counts.items():
        lines.append(what + ":" if isinstance(count, dict) else f"{count:>7}  {what}")
        if isinstance(count, dict):
            lines += _counted(count)
    return lines


def _answer(answer: Answer) -> dict[str, Any]:
    """A corrected spelling is told as a suggestion beside the structures that it was read as."""
    understood = title(answer.name) if answer.name else ""
    return {
        "query": answer.query,
        "name": answer.name,
        "understood": understood,
        "corrected": answer.corrected,
        "structures": [_record(s) for s in answer.structures],
        "suggestions": [understood] if answer.corrected else list(answer.suggestions),
    }


def _sentence(answer: Answer) -> str:
    if answer.name:
        how = "did you mean" if answer.corrected else "understood as"
        found = [f"{s.id:>5}  {s.name}" for s in answer.structures]
        end = "?" if answer.corrected else ""
        return "\n".join([f"{how}: {title(answer.name)} ({answer.name}){end}", *found])
    meant = ", ".join(answer.suggestions)
    return f"nothing is called {answer.query!r}" + (f"; did you mean: {meant}?" if meant else "; not known")


def _record(thing: Structure) -> dict[str, Any]:
    return {field: _plain(getattr(thing, field)) for field in _FIELDS}


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
