"""Instruments with a handle and one working end: knives, chisels, curettes, hooks, retractors (`held.toml`).

Frame: the tip at the origin, the handle along -z; what is flat lies in the x-z plane unless it is a blade
that presses sideways, which then reaches to +x.
"""

import numpy as np

from fluoroseg.project.mesh_body import Mesh
from fluoroseg.tools.curves import bent
from fluoroseg.tools.flexible import Parts
from fluoroseg.tools.shapes import bar, capsule, cylinder, lathed
from fluoroseg.tools.solids import ball, difference, extruded, placed, rounded, shifted, union
from fluoroseg.tools.tool import Part
from fluoroseg.tools.working_ends import ENDS

_BLADES = {  # outlines (x, z) of scalpel blades: tip, belly, back
    10: ((0, 0), (2.8, -2.5), (3.6, -8), (3.4, -18), (3.4, -24), (-2, -24), (-2.4, -10)),
    11: ((0, 0), (5.5, -24), (-1, -24), (-1, -6)),
    12: ((1.5, 0), (0.0, -4), (1.0, -8), (2, -12), (2, -22), (-2, -22), (-3, -8), (-2.0, -1)),
    15: ((0, 0), (2.0, -1.8), (2.4, -5), (2.0, -9), (2, -22), (-1.6, -22), (-1.4, -4)),
    20: ((0, 0), (3.6, -3.5), (4.6, -10), (4.4, -24), (4.4, -30), (-2.4, -30), (-3, -12)),
    22: ((0, 0), (4.2, -4), (5.2, -11), (5, -26), (5, -32), (-2.6, -32), (-3.4, -13)),
}


def _flat(outline: object, thick_mm: float, *holes: object) -> Mesh:
    """An outline (x, z) as a plate in the x-z plane."""
    plate = extruded(outline, thick_mm, holes)  # type: ignore[arg-type]
    x, z, y = plate.vertices_mm.T
    return Mesh(np.stack([x, thick_mm / 2 - y, z], axis=1), plate.faces)


def scalpel(blade: int, handle_mm: float, wide_mm: float, material: str) -> Parts:
    """A blade with its slot on a flat handle."""
    outline = _BLADES[blade]
    end = min(z for _, z in outline)
    slot = rounded([(-0.7, end + 4), (0.7, end + 4), (0.7, 0.45 * end), (-0.7, 0.45 * end)], 0.5)
    knob = bar(((0.4 * end - 1.0, 1.2, 1.6), (end - 0.05, 4.5, 2.4)), facets=8)
    edge = difference(_flat(outline, 0.4, slot), knob)
    low = end - handle_mm
    sizes = ((end - 0.05, 4.5, 2.4), (end - 12, 5.5, 3.6), (end - 30, wide_mm, 3.8), (low, wide_mm, 3.8))
    return Part(edge, "stainless_steel"), Part(union(knob, bar(sizes, facets=12)), material)


def shafted(
    end: str,
    length_mm: float,
    tip_mm: float,
    shaft_mm: float,
    handle_mm: float,
    grip_mm: float,
    material: str,
) -> Parts:
    """A working end on a shaft, and a handle `handle_mm` long and `grip_mm` thick.

    end: one of `working_ends.ENDS`, `tip_mm` wide.
    """
    start = 6.0 if end in ("point", "hook") else 18.0
    back = -length_mm + handle_mm
    shaft = bar(((-start, shaft_mm, shaft_mm), (back - 8.0, shaft_mm, shaft_mm)), facets=12)
    neck, half = 0.3 * shaft_mm + 0.15 * grip_mm, grip_mm / 2
    swell = [(back, neck), (back - 4, 0.84 * half), (back - 0.3 * handle_mm, half)]
    swell += [(back - 0.6 * handle_mm, 0.84 * half), (4 - length_mm, half), (-length_mm, 0.8 * half)]
    grip, steel = lathed(swell, facets=20), union(ENDS[end](tip_mm), shaft)
    if material == "stainless_steel":
        return (Part(union(steel, grip), material),)
    wide = shaft_mm + 0.04
    bore = bar(((back + 1.0, wide, wide), (back - 8.05, wide, wide)), facets=12)
    return Part(steel, "stainless_steel"), Part(difference(grip, bore), material)


def hammer(head_mm: float, face_mm: float, length_mm: float, material: str) -> Parts:
    """A mallet: a round head across x, its top at the origin; the handle along -z."""
    head = placed(cylinder(face_mm, 0.0, head_mm, facets=32), (head_mm / 2, 0, -face_mm / 2), (1, 0, 0))
    stem, low = cylinder(11.0, 0.6 * face_mm, length_mm - 110), -length_mm
    grip = lathed(((low + 118, 9.0), (low + 110, 13), (low + 40, 14), (low, 12)), facets=20)
    bored = difference(grip, cylinder(11.1, 0.0, length_mm - 109.9))
    return Part(union(head, stem), "stainless_steel"), Part(bored, material)


def suction(length_mm: float, outer_mm: float, bend_deg: float, material: str) -> Parts:
    """A suction tube: bent tube, a grip, a hose end."""
    curve = bent((12.0, 0.0), (0.35 * length_mm, bend_deg), (0.65 * length_mm - 12.0, 0.0))
    end, r = curve.length_mm, outer_mm / 2
    tube = lathed(((0.0, 0.72 * r), (0.0, r), (-end, r), (-end, 0.72 * r)), curve, hollow=True)
    grip = [(12.0 - end, r - 0.05), (12.0 - end, r + 2.5), (-end - 30, r + 3), (-end - 55, r + 1)]
    return (Part(union(tube, lathed([*grip, (-end - 55, 0.72 * r)], curve, hollow=True)), material),)


def probe(length_mm: float, thick_mm: float, tip_mm: float) -> Parts:
    """A probe or pedicle finder: ball tip, thin stem."""
    tip = shifted(ball(tip_mm / 2, facets=16), (0, 0, -tip_mm / 2))
    return (Part(union(tip, cylinder(thick_mm, tip_mm / 2, length_mm)), "stainless_steel"),)


def mirror(diameter_mm: float, length_mm: float) -> Parts:
    """A mirror on a stem, dental or laryngeal: glass in a frame of steel."""
    middle, face = (0, 0, -0.4 * diameter_mm), (0.7, 0, 0.7)
    glass = placed(cylinder(diameter_mm - 1.0, -0.9, 0.9, facets=24), middle, face)
    frame = placed(cylinder(diameter_mm, -0.4, 1.4, facets=24), middle, face)
    metal = union(difference(frame, glass), capsule(2.4, 0.72 * diameter_mm, length_mm))
    return Part(metal, "stainless_steel"), Part(glass, "glass")
