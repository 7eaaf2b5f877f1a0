"""Hand-held retractors (`retractors.toml`).

Frame: the tip at the origin, the handle along -z; the blade reaches to +x, its width lies along y.
"""

import numpy as np

from fluoroseg.project.mesh_body import Mesh
from fluoroseg.tools.curves import Curve, through
from fluoroseg.tools.flexible import Parts, hooked
from fluoroseg.tools.shapes import bar, cylinder
from fluoroseg.tools.solids import difference, extruded, placed, rounded, union
from fluoroseg.tools.tool import Part


def lever_retractor(length_mm: float, wide_mm: float, tip_mm: float) -> Parts:
    """A Hohmann retractor: a bent lever that ends in a beak, a hole at the other end."""
    bow = ((0.0, 0, 0), (5.0, 0, -0.12), (12, 0, -0.3), (6, 0, -0.55), (22, 0, -1.0))
    way = through(np.array(bow) * [1, 1, length_mm])
    end, w = way.length_mm, wide_mm
    beak = ((0.0, 2.0, 0.3 * tip_mm), (-0.08 * end, 2.6, tip_mm), (-0.14 * end, 2.6, w), (-0.4 * end, 3.0, w))
    lever = bar((*beak, (-0.5 * end, 3.2, 0.55 * w), (-end, 3.2, 0.7 * w)), way)
    spot = way.place(np.array([[0.0, 0, 8.0 - end]]))[0]
    hole = placed(cylinder(0.35 * w, -6.0, 6.0), spot, way.axes[-1, 0])
    return (Part(difference(lever, hole), "stainless_steel"),)


def blade_retractor(length_mm: float, blade_mm: float, wide_mm: float, double: bool) -> Parts:
    """A blade at right angles with a lip: Langenbeck; with a blade at both ends: army-navy."""

    def foot(z: float, sign: float) -> Curve:
        lip, flat = (blade_mm - 1.5, 0, z - sign * 2.5), (0.5 * blade_mm, 0, z - sign * 3.2)
        root = [(8.0, 0, z - sign * 3.0), (1, 0, z - sign * 8), (0, 0, z - sign * 22)]
        return through([(blade_mm, 0, z), lip, flat, *root])

    sizes = ((0, 1.8, wide_mm), (-blade_mm, 1.8, wide_mm), (-blade_mm - 24, 2.5, 6.0))
    metal = [bar(sizes, foot(0.0, 1.0))]
    if double:
        metal += [bar(sizes, foot(-length_mm, -1.0)), bar(((-18.0, 2.5, 9.0), (18 - length_mm, 2.5, 9.0)))]
    else:
        middle = -0.55 * length_mm
        metal += [bar(((-18.0, 4, 5), (middle, 4, 5))), _loop_grip(middle, -length_mm)]
    return (Part(union(metal), "stainless_steel"),)


def _loop_grip(top: float, low: float) -> Mesh:
    """A flat open handle in the y-z plane."""
    half = 0.5 * (top + low)
    outer = rounded([(-2.5, top + 2), (2.5, top + 2), (12, half), (10, low), (-10, low), (-12, half)], 2.0)
    inner = [(-1.0, top - 14), (1, top - 14), (8, half), (6.5, low + 5), (-6.5, low + 5), (-8, half)]
    plate = extruded(outer, 4.0, [inner])
    y, z, x = plate.vertices_mm.T
    return Mesh(np.stack([x - 2.0, y, z], axis=1), plate.faces)


def rake(length_mm: float, prongs: int, wide_mm: float) -> Parts:
    """A Volkmann rake: bent prongs, a stem, an open grip."""
    teeth = []
    for y in wide_mm * np.linspace(-0.5, 0.5, prongs):
        bow = [(11.0, y, -5.0), (9.0, y, -0.4), (4.0, y, -0.8), (0.5, 0.8 * y, -9), (0, 0.1 * y, -34)]
        way = through(bow)
        teeth.append(bar(((0, 0.3, 0.3), (-5, 2, 2), (-way.length_mm, 2.4, 2.4)), way, facets=8))
    stem = bar(((-30.0, 4, 5), (-0.6 * length_mm, 4, 5)), facets=8)
    return (Part(union(teeth, stem, _loop_grip(-0.6 * length_mm, -length_mm)), "stainless_steel"),)


def ribbon(length_mm: float, wide_mm: float) -> Parts:
    """A malleable retractor: a long plate with round ends, bent near its tip."""
    way = hooked((22.0, 0.0), (25.0, 75.0), length_mm=length_mm)
    end = way.length_mm
    sizes = ((0, 1.6, 0.4 * wide_mm), (-6, 1.6, wide_mm), (6 - end, 1.6, wide_mm), (-end, 1.6, 0.4 * wide_mm))
    return (Part(bar(sizes, way), "stainless_steel"),)
