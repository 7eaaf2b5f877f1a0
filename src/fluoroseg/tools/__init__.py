"""The catalogue of instruments: what they are, how they lie, and what a ray meets in them."""

from fluoroseg.tools.catalogue import tool, tools
from fluoroseg.tools.kwire import kwire
from fluoroseg.tools.placement import Placement, place
from fluoroseg.tools.tool import Tool

__all__ = ["Placement", "Tool", "kwire", "place", "tool", "tools"]
