"""What a data set holds, counted."""

from collections import Counter
from pathlib import Path
from typing import Any

from fluoroseg.dataset.reading import read_description, read_index


def info(folder: Path) -> dict[str, Any]:
    """Counts of images by patient, view, tool and structure; from the index alone, so at once.

    Keys: images, complete, plan, versions, patients, views, tools, structures (each name -> images).
    """
    description = read_description(folder)
    entries = read_index(folder)
    return {
        "images": len(entries),
        "complete": description.get("complete") is True,
        "plan": description.get("plan"),
        "versions": description.get("versions"),
        "patients": _count(e.patient for e in entries),
        "views": _count(e.view for e in entries),
        "tools": _count(t for e in entries for t in sorted(set(e.tools))),
        "structures": _count(n for e in entries for n in e.names),
    }


def table(counts: dict[str, Any]) -> str:
    """`info` for reading."""
    lines = [f"{counts['images']} images" + ("" if counts["complete"] else " (not complete)")]
    for title in ("patients", "views", "tools", "structures"):
        lines += ["", f"{title} ({len(counts[title])})"]
        lines += [f"  {number:>8}  {name}" for name, number in counts[title].items()]
    return "\n".join(lines)


def _count(words: Any) -> dict[str, int]:
    """Most frequent first, then by name."""
    counts = Counter(words)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
