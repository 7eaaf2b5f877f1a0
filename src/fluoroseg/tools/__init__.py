"""The catalogue of instruments: what they are, what surfaces they have, and how they lie."""

from typing import TYPE_CHECKING, Any

from fluoroseg.tools.catalogue import tool, tools
from fluoroseg.tools.family import Family, families, sized
from fluoroseg.tools.lathe import lathe, rings
from fluoroseg.tools.own import tool_from_file
from fluoroseg.tools.tool import SITES, Part, Tool

if TYPE_CHECKING:
    from fluoroseg.tools.arrangement import Arrangement, arrange
    from fluoroseg.tools.placement import place, solids_of
    from fluoroseg.tools.spot import Placement

__all__ = [
    "SITES",
    "Arrangement",
    "Family",
    "Part",
    "Placement",
    "Tool",
    "arrange",
    "families",
    "lathe",
    "place",
    "rings",
    "sized",
    "solids_of",
    "tool",
    "tool_from_file",
    "tools",
]

_LATE = {"Arrangement": "arrangement", "arrange": "arrangement", "Placement": "spot"}
_LATE |= {"place": "placement", "solids_of": "placement"}


def __getattr__(name: str) -> Any:
    """Placement is imported when it is first used, so that telling what tools there are costs little."""
    import importlib

    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"fluoroseg.tools.{_LATE[name]}"), name)
