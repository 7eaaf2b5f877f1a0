"""Needles and syringes (`needles.toml`). Frame: the tip at the origin, the rest along -z."""

import numpy as np

from fluoroseg.project.mesh_body import Mesh
from fluoroseg.tools.flexible import Parts
from fluoroseg.tools.shapes import bar, capsule, cylinder, hoop, lathed, pipe, ring_line
from fluoroseg.tools.solids import difference, placed, union
from fluoroseg.tools.tool import Part

_STEEL = "stainless_steel"


def _cannula(outer_mm: float, inner_mm: float, length_mm: float) -> Mesh:
    """A tube whose mouth is ground at 20 degrees."""
    tube = pipe(outer_mm, inner_mm, 0.0, length_mm)
    slope = outer_mm / np.tan(np.radians(20.0))
    vertices = tube.vertices_mm.copy()
    mouth = vertices[:, 2] > -1e-6
    vertices[mouth, 2] -= slope * (0.5 - vertices[mouth, 0] / (1.02 * outer_mm))
    return Mesh(vertices, tube.faces)


def hollow_needle(
    outer_mm: float, inner_mm: float, needle_mm: float, syringe_mm: float, filled_mm: float
) -> Parts:
    """A needle in its hub; with a syringe `syringe_mm` wide (0: none) that holds `filled_mm` of water."""
    end, r = -needle_mm, outer_mm / 2 + 0.02
    outside = ((end + 6, r), (end + 6, 1.6), (end - 4, 2.8), (end - 14, 3.6))
    hub = lathed((*outside, (end - 14, 2.1), (end - 5.9, 2.1), (end - 4, r)), hollow=True)
    needle = _cannula(outer_mm, inner_mm, needle_mm + 3.0)
    parts = (Part(needle, _STEEL), Part(hub, "polypropylene"))
    return parts if not syringe_mm else (*parts, *_syringe(end - 6.0, syringe_mm, filled_mm))


def _syringe(top: float, wide_mm: float, filled_mm: float) -> Parts:
    """Barrel, liquid, rubber stopper, plunger."""
    r, bore, long = wide_mm / 2, wide_mm - 2.5, 55.0 + 1.2 * wide_mm
    low, water, stop = top - 10.0 - long, 11.3 - top, 11.35 - top + filled_mm
    barrel = ((top, 0.8), (top, 2.0), (top - 9, 2.05), (top - 10, r), (low + 1.5, r), (low + 1.5, r + 6))
    inside = ((low, r + 6), (low, r - 1.2), (top - 11.2, r - 1.2), (top - 11.2, 0.8))
    front, back, fin = -stop - 6.05, stop + long, bore - 1.1
    ribs = [bar(((front, *size), (-back, *size))) for size in ((1.4, fin), (fin, 1.4))]
    plunger = cylinder(wide_mm + 2.0, back - 1.5, back)
    return (
        Part(union(lathed(barrel + inside, hollow=True), ribs, plunger), "polypropylene"),
        Part(cylinder(bore, water, water + filled_mm), "soft"),
        Part(cylinder(bore, stop, stop + 6.0), "rubber"),
    )


def stylet_needle(outer_mm: float, inner_mm: float, length_mm: float, grip: str) -> Parts:
    """A cannula with its stylet; grip: "hub", "wings" (epidural) or "tee" (bone marrow, vertebroplasty)."""
    tube, low, wide = pipe(outer_mm, inner_mm, 1.2 * outer_mm, length_mm - 12), -length_mm, 0.68 * inner_mm
    stylet = bar(((0.0, 0.02, 0.02), (-1.6 * outer_mm, wide, wide), (low + 6, wide, wide)))
    bore, top = 0.72 * inner_mm, low + 11.95
    plastic = [lathed(((top, bore), (top, 2.5), (low, 3.4), (low, bore)), hollow=True)]
    hole = cylinder(2 * bore, length_mm - 20, length_mm)
    if grip == "wings":
        plastic.append(difference(bar(((low + 12, 26.0, 1.2), (low + 6, 26.0, 1.2))), hole))
    if grip == "tee":
        across = placed(capsule(12.0, 0.0, 64.0), (32.0, 0, low - 4.0), (1, 0, 0))
        plastic.append(difference(across, hole))
    return Part(union(tube, stylet), _STEEL), Part(union(plastic), "polypropylene")


def biopsy_gun(outer_mm: float, needle_mm: float) -> Parts:
    """A core biopsy needle with its notch, and the spring handle."""
    wide, low = 0.7 * outer_mm, -needle_mm
    notch = bar(
        ((-7.0, outer_mm, outer_mm, 0, 0.6 * outer_mm), (-24.0, outer_mm, outer_mm, 0, 0.6 * outer_mm))
    )
    core = difference(bar(((0.0, 0.1, 0.1), (-4.0, wide, wide), (low, wide, wide)), facets=8), notch)
    shell = bar(((low + 5, 14, 10), (low - 20, 22, 18), (low - 120, 20, 16)), facets=16)
    room = cylinder(9.0, needle_mm + 10, needle_mm + 100)
    body = difference(shell, room, cylinder(outer_mm + 0.1, needle_mm - 20, needle_mm + 12))
    spring = [hoop(ring_line(7.4, 16, low - z), 0.9, 6) for z in np.arange(14.0, 96.0, 3.0)]
    sleeve = pipe(outer_mm, 0.78 * outer_mm, 26.0, needle_mm)
    return Part(union(core, sleeve, spring), _STEEL), Part(body, "polypropylene")


def ablation_probe(outer_mm: float, length_mm: float) -> Parts:
    """A bare active tip, an insulated shaft, a handle."""
    r, low = outer_mm / 2, -length_mm
    tip = lathed(((0.0, 0.0), (-3.0, r), (-30.0, r), (-30.05, 0.6 * r), (low + 60, 0.6 * r)))
    shell = bar(((low + 75, 8, 8), (low, 16, 14)), facets=16)
    handle = difference(shell, cylinder(outer_mm + 0.1, 0.0, length_mm - 50))
    skin = pipe(outer_mm, 0.7 * outer_mm, 30.1, length_mm - 70)
    return Part(tip, _STEEL), Part(skin, "polyester"), Part(handle, "polypropylene")
