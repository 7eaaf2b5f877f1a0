"""The catalogue of instruments: what they are, what surface they have, and how they lie."""

from fluoroseg.tools.catalogue import tool, tools
from fluoroseg.tools.kwire import kwire
from fluoroseg.tools.lathe import lathe, rings
from fluoroseg.tools.placement import Placement, place
from fluoroseg.tools.screw import cortical_screw
from fluoroseg.tools.tool import Tool

__all__ = ["Placement", "Tool", "cortical_screw", "kwire", "lathe", "place", "rings", "tool", "tools"]
