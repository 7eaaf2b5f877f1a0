"""All tools by name."""

import difflib
import re

from fluoroseg.errors import UsageError
from fluoroseg.tools.kwire import kwire
from fluoroseg.tools.screw import cortical_screw
from fluoroseg.tools.tool import Tool

_SCREW_LENGTHS_MM = {2.7: (16, 24), 3.5: (20, 30, 40), 4.5: (30, 40, 50, 60)}
_FAMILY = {"kirschner": "k", "cortex": "cortical", "screws": "screw", "wires": "wire"}


def tools() -> dict[str, Tool]:
    """Name -> tool, in the order of the catalogue."""
    wires = [kwire(diameter) for diameter in (1.0, 1.25, 1.6, 2.0, 2.4, 2.8, 3.2)]
    screws = [cortical_screw(d, length) for d, lengths in _SCREW_LENGTHS_MM.items() for length in lengths]
    return {one.name: one for one in wires + screws}


def tool(name: str) -> Tool:
    """A tool by its name, forgiving ("K wire 2mm", "Kirschner wire", "cortex screw 4.5x40"). UsageError."""
    all_tools = tools()
    family, numbers = _plain(name)
    if family in ("screw", "bonescrew"):
        family = "corticalscrew"
    if not numbers:
        numbers = {"kwire": ("2",), "corticalscrew": ("4.5", "40")}.get(family, ())
    for known in all_tools:
        if _plain(known) == (family, numbers):
            return all_tools[known]
    near = difflib.get_close_matches(name.lower(), all_tools, n=3, cutoff=0.3) or list(all_tools)
    raise UsageError(f"there is no tool {name!r}; did you mean one of: {', '.join(near)}?")


def _plain(name: str) -> tuple[str, tuple[str, ...]]:
    """ "K-wire 2.0 mm", "k wire 2mm" and "Kirschner wire 2 mm" -> ("kwire", ("2",))."""
    numbers = tuple(f"{float(n):g}" for n in re.findall(r"\d+(?:\.\d+)?", name))
    words = re.findall(r"[a-z]+", re.sub(r"\d+(?:\.\d+)?\s*(?:mm|x)?", " ", name.lower()))
    return "".join(_FAMILY.get(word, word) for word in words if word not in ("mm", "x")), numbers
