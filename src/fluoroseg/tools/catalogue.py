"""All tools by name."""

import difflib
import re

from fluoroseg.errors import UsageError
from fluoroseg.tools.kwire import kwire
from fluoroseg.tools.tool import Tool


def tools() -> dict[str, Tool]:
    """Name -> tool, in the order of the catalogue."""
    wires = [kwire(diameter) for diameter in (1.0, 1.25, 1.6, 2.0, 2.4, 2.8, 3.2)]
    return {wire.name: wire for wire in wires}


def tool(name: str) -> Tool:
    """A tool by its name, forgiving ("K wire 2mm", "kwire", "Kirschner wire"). Raises UsageError."""
    all_tools = tools()
    wanted = _plain(name)
    for known in all_tools:
        if _plain(known) == wanted:
            return all_tools[known]
    if wanted == "kwire":
        return all_tools["k-wire 2.0 mm"]
    near = difflib.get_close_matches(name.lower(), all_tools, n=3, cutoff=0.3) or list(all_tools)
    raise UsageError(f"there is no tool {name!r}; did you mean one of: {', '.join(near)}?")


def _plain(name: str) -> str:
    """ "K-wire 2.0 mm", "k wire 2mm" and "Kirschner wire 2 mm" -> "kwire2"."""
    words = re.sub(r"[^a-z0-9.]", "", name.lower().replace("kirschner", "k"))
    number = re.search(r"(\d+(?:\.\d+)?)(?:mm)?$", words)
    return words if number is None else f"{words[: number.start()]}{float(number[1]):g}"
