"""The catalogue of instruments: what they are, what surfaces they have, and how they lie."""

from fluoroseg.tools.catalogue import tool, tools
from fluoroseg.tools.families import Family, families, sized
from fluoroseg.tools.lathe import lathe, rings
from fluoroseg.tools.placement import Placement, place
from fluoroseg.tools.tool import SITES, Part, Tool

__all__ = [
    "SITES",
    "Family",
    "Part",
    "Placement",
    "Tool",
    "families",
    "lathe",
    "place",
    "rings",
    "sized",
    "tool",
    "tools",
]
