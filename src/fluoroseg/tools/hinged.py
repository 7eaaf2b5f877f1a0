"""Instruments of two halves: scissors, clamps, needle holders, forceps, rongeurs (`hinged.toml`).

Frame: flat in the x-z plane, the closed tip at the origin, the handles at -z.
"""

import numpy as np

from fluoroseg.project.mesh_body import Mesh
from fluoroseg.tools.curves import Curve, bent, through
from fluoroseg.tools.flexible import Parts
from fluoroseg.tools.jaws import JAWS, STRONG
from fluoroseg.tools.shapes import bar, hoop, ring_line
from fluoroseg.tools.solids import mirrored, shifted, turned, union
from fluoroseg.tools.tool import Part

_Y = (0.0, 1.0, 0.0)


def ring_handled(
    jaw: str, length_mm: float, pivot_mm: float, jaw_mm: float, open_deg: float, bow_deg: float
) -> Parts:
    """Two halves that cross at a pivot `pivot_mm` behind the tip, with rings for the fingers.

    jaw: one of `jaws.JAWS`, `jaw_mm` wide (both halves together).  open_deg: between the halves.
    bow_deg: the jaws bend sideways (out of the plane) by so much.
    """
    scale = min(1.0, length_mm / 150.0)
    handle = _ring_handle(length_mm, pivot_mm, scale)
    half = union(_bowed(JAWS[jaw](pivot_mm, jaw_mm), pivot_mm, bow_deg), handle)
    return _both(half, pivot_mm, open_deg, _screw(pivot_mm, min(11.0, 0.9 * jaw_mm + 2.0)))


def _ring_handle(length_mm: float, pivot_mm: float, scale: float) -> Mesh:
    """From the pivot to the ring of the half whose jaw lies at +x: its handle lies at -x."""
    ring, thick = 24.0 * scale, 4.0 * scale
    centre = np.array([-0.5 * ring - 0.7, 0.0, -length_mm + 0.5 * (ring + thick)])
    bow = [(0.0, 0, -pivot_mm + 4), (-3.2 * scale, 0, -pivot_mm - 18 * scale)]
    bow += [(-5.5 * scale, 0, -0.75 * length_mm), tuple(np.add(centre, [2, 0, 0.42 * ring]))]
    way = through(bow)
    shank = bar(
        ((0.0, 6 * scale, 3.4), (-0.3 * way.length_mm, 4.5 * scale, 4), (-way.length_mm, 4 * scale, 4)),
        way,
        facets=12,
    )
    eye = hoop(ring_line(ring, 28)[:, [0, 2, 1]] + centre, thick, 8)
    ratchet = bar(((0.0, 5.0, 2.0), (-3.0, 5.0, 2.0)))
    stop = shifted(ratchet, (-2.6, 1.2, -length_mm + 1.35 * ring))
    return union(shank, eye, stop)


def _both(half: Mesh, pivot_mm: float, open_deg: float, screw: Mesh) -> Parts:
    axis = (0.0, 0.0, -pivot_mm)
    one = turned(half, _Y, open_deg / 2, axis)
    return (Part(union(one, mirrored(one), screw), "stainless_steel"),)


def _screw(pivot_mm: float, width_mm: float) -> Mesh:
    return bar(
        ((-pivot_mm + 0.55 * width_mm, width_mm, 4.5), (-pivot_mm - 0.55 * width_mm, width_mm, 4.5)),
        facets=12,
    )


def _bowed(jaw: Mesh, pivot_mm: float, bow_deg: float) -> Mesh:
    """Bent along an arc that ends straight at the pivot."""
    if not bow_deg:
        return jaw
    arc = bent((0.9 * pivot_mm, bow_deg), (0.2 * pivot_mm, 0.0)).points_mm
    back = arc[::-1] - arc[-1]  # from the pivot on
    way = back[1] - back[0]
    angle = np.arctan2(way[0], way[2])
    c, s = np.cos(angle), np.sin(angle)
    x, z = c * back[:, 0] - s * back[:, 2], s * back[:, 0] + c * back[:, 2]
    line = np.stack([0 * x, x, z], axis=1)[::-1]
    curve = Curve(line - np.array([0.0, 0, 1.1 * pivot_mm]))
    return Mesh(curve.place(jaw.vertices_mm), jaw.faces)


def spreader(length_mm: float, pivot_mm: float, prongs: int, reach_mm: float, open_deg: float) -> Parts:
    """A self-retaining retractor: arms that bend down at their ends into prongs or one point."""
    handle = _ring_handle(length_mm, pivot_mm, 1.0)
    arm = bar(((-6.0, 4.0, 4.0, 2.4, 0), (-pivot_mm - 4, 6.0, 4.0, 1.0, 0)), facets=8)
    across = np.linspace(-1, 1, prongs) if prongs > 1 else np.zeros(1)
    teeth = []
    for side in across:
        x = 2.4 + (4.5 * side + 4.5 if prongs > 1 else 0.0)
        way = through(
            [
                (x + 2.5, reach_mm, -1.0),
                (x + 0.4, 0.8 * reach_mm, -0.6),
                (x, 0.3 * reach_mm, -1.0),
                (2.6, 0, -9.0),
            ]
        )
        teeth.append(bar(((0, 0.6, 0.6), (-3, 1.8, 1.8), (-way.length_mm, 2.2, 2.2)), way, facets=8))
    return _both(union(handle, arm, teeth), pivot_mm, open_deg, _screw(pivot_mm, 8.0))


def tweezers(length_mm: float, tip_mm: float, wide_mm: float, toothed: bool) -> Parts:
    """Dissecting forceps: two springs that meet at the tail; seen from the side the gap opens to the tip."""
    gap = 0.06 * length_mm
    way = through(
        [(0.0, 0, 0), (0.55 * gap, 0, -0.25 * length_mm), (gap, 0, -0.55 * length_mm), (0.6, 0, -length_mm)]
    )
    half = bar(
        (
            (0, 0.8, tip_mm),
            (-0.3 * length_mm, 1.1, 0.6 * wide_mm),
            (-0.6 * length_mm, 1.5, wide_mm),
            (-way.length_mm, 1.6, 0.8 * wide_mm),
        ),
        Curve(
            way.points_mm + [0.9 + 0.02 * length_mm, 0, 0] * np.linspace(1, 0, len(way.points_mm))[:, None]
        ),
    )
    tooth = bar(((0.0, 0.5, 0.5, 0.9, 0), (-1.5, 2.4, 0.9, 0.6, 0)))
    both = [half, mirrored(half), *([tooth] if toothed else [])]
    return (Part(union(both), "stainless_steel"),)


def plier_handled(jaw: str, length_mm: float, pivot_mm: float, jaw_mm: float, open_deg: float) -> Parts:
    """Rongeurs, bone cutters, pliers: strong bowed handles without rings, and a spring between them."""
    end = length_mm - pivot_mm
    way = through(
        [
            (0.0, 0, -pivot_mm + 3),
            (-4, 0, -pivot_mm - 0.12 * end),
            (-17, 0, -pivot_mm - 0.5 * end),
            (-13, 0, -length_mm),
        ]
    )
    handle = bar(((0, 9, 7), (-0.2 * end, 7, 6), (-0.6 * end, 6, 9), (-way.length_mm, 5, 8)), way, facets=12)
    leaf_way = through(
        [(-9.0, 0, -pivot_mm - 0.3 * end), (-4, 0, -pivot_mm - 0.5 * end), (-1, 0, -pivot_mm - 0.62 * end)]
    )
    leaf = bar(((0, 1, 5), (-leaf_way.length_mm, 1, 5)), leaf_way)
    return _both(
        union(STRONG[jaw](pivot_mm, jaw_mm), handle, leaf), pivot_mm, open_deg, _screw(pivot_mm, 13.0)
    )


def punch(length_mm: float, bite_mm: float) -> Parts:
    """A Kerrison punch: a shaft with a sliding upper half, its foot at the tip; pistol handles."""
    foot = bar(((0.0, 0.45 * bite_mm, bite_mm, 1.0, 0), (-1.6, 0.45 * bite_mm, bite_mm, 1.0, 0)))
    lip = bar(((0.0, 3.4, bite_mm, 1.4, 0), (-1.2, 3.4, bite_mm, 1.4, 0)))
    lower = bar(((-1.0, 2.6, bite_mm, -1.4, 0), (-length_mm, 4.0, 5.0, -2.0, 0)))
    upper = bar(((-1.4 - bite_mm, 3.0, bite_mm, 1.6, 0), (-length_mm + 12, 4.0, 5.0, 2.1, 0)))
    grips = []
    for z, lean in ((-length_mm + 4, 12.0), (-length_mm + 26, 26.0)):
        way = through([(0.0, 0, z), (-30.0, 0, z - 0.2 * lean), (-85.0, 0, z - 0.1 * lean + 6)])
        grips.append(bar(((0, 7, 6), (-30, 6, 8), (-way.length_mm, 5, 9)), way, facets=12))
    return (Part(union(foot, lip, lower, upper, grips), "stainless_steel"),)
