"""The catalogue of instruments: what they are, what surfaces they have, and how they lie."""

from fluoroseg.tools.arrangement import Arrangement, arrange
from fluoroseg.tools.catalogue import tool, tools
from fluoroseg.tools.family import Family, families, sized
from fluoroseg.tools.lathe import lathe, rings
from fluoroseg.tools.placement import place, solids_of
from fluoroseg.tools.spot import Placement
from fluoroseg.tools.tool import SITES, Part, Tool

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
    "tools",
]
