"""Tubes for the airway (`airway.toml`), and the wall with a line and the cuff that other tubes have too.

Most are walls with a radiopaque line: the wall is a C, and the line fills its gap.
"""

import numpy as np

from fluoroseg.project.mesh_body import Mesh
from fluoroseg.tools.curves import Curve, bent, helix
from fluoroseg.tools.flexible import MM_PER_FRENCH, Parts, Path, curve_of
from fluoroseg.tools.lofts import wire
from fluoroseg.tools.shapes import bar, cylinder, lathed, pipe, stripe
from fluoroseg.tools.solids import box, difference, placed, union
from fluoroseg.tools.tool import Part


def lined(
    curve: Curve,
    outer_mm: float,
    inner_mm: float,
    material: str,
    line: str,
    *,
    line_deg: float = 24.0,
    eyes: tuple[float, ...] = (),
    start_mm: float = 0.0,
) -> Parts:
    """A tube with a radiopaque line along it, which is missing for 6 mm at each eye (mm from the tip)."""
    half, end = line_deg / 2, curve.length_mm
    stops = [start_mm, *(x for eye in eyes for x in (eye - 3.0, eye + 3.0)), end]
    spans = list(zip(stops[::2], stops[1::2], strict=True))
    wall = stripe(outer_mm, inner_mm, half + 0.5, 359.5 - half, start_mm, end, curve)
    strip = union(stripe(outer_mm, inner_mm, -half, half, a, b, curve) for a, b in spans)
    return Part(wall, material), Part(strip, line)


def cuff(curve: Curve, shaft_mm: float, width_mm: float, start_mm: float, long_mm: float) -> Mesh:
    """A blown-up cuff's membrane."""
    r, r0, t = width_mm / 2, shaft_mm / 2 + 0.06, 0.12
    swell = [(0.0, r0), (0.12, 0.75 * r), (0.3, r), (0.7, r), (0.88, 0.75 * r), (1.0, r0)]
    outside = [(-start_mm - s * long_mm, x + t) for s, x in swell]
    inside = [(-start_mm - s * long_mm, x) for s, x in swell[::-1]]
    return lathed(outside + inside, curve, hollow=True)


def endotracheal_tube(
    path_mm: Path, inner_mm: float, outer_mm: float, cuff_mm: float, tube_mm: float
) -> Parts:
    """A bent PVC tube with a line, a cuff (0: none) and the 15 mm connector."""
    rest = ((0.2 * tube_mm, 12.0), (0.57 * tube_mm, 50.0), (0.23 * tube_mm, 12.0))
    curve = curve_of(path_mm, tube_mm, lambda: bent(*rest))
    end = -curve.length_mm
    bore = inner_mm / 2 - 0.1
    plug = ((end + 12, bore - 0.8), (end + 12, bore), (end - 0.2, bore))
    wide = (
        (end - 0.2, 8.5),
        (end - 3, 8.5),
        (end - 3, 7.5),
        (end - 16, 7.8),
        (end - 16, 6.6),
        (end - 2, 6.2),
    )
    parts = lined(curve, outer_mm, inner_mm, "pvc", "barium_pvc")
    swollen = (Part(cuff(curve, outer_mm, cuff_mm, 22.0, 36.0), "pvc"),) if cuff_mm else ()
    return (
        *parts,
        *swollen,
        Part(lathed([*plug, *wide, (end - 2.5, bore - 0.8)], curve, hollow=True), "polypropylene"),
    )


def reinforced_tube(path_mm: Path, inner_mm: float, outer_mm: float, cuff_mm: float, tube_mm: float) -> Parts:
    """An endotracheal tube with a steel spring in its wall instead of a line."""
    rest = ((0.2 * tube_mm, 12.0), (0.57 * tube_mm, 50.0), (0.23 * tube_mm, 12.0))
    curve = curve_of(path_mm, tube_mm, lambda: bent(*rest))
    middle = (outer_mm + inner_mm) / 2
    spring = helix(middle / 2, 3.0, curve.length_mm - 30.0).points_mm - [0, 0, 12.0]
    layers = union(
        pipe(outer_mm, middle + 0.7, 0.0, curve.length_mm, curve),
        pipe(middle - 0.7, inner_mm, 0.0, curve.length_mm, curve),
    )
    return (
        Part(layers, "silicone"),
        Part(wire(curve.place(spring), 0.24, 4), "stainless_steel"),
        Part(cuff(curve, outer_mm, cuff_mm, 22.0, 36.0), "silicone"),
    )


def double_lumen_tube(path_mm: Path, french: float, side: str, tube_mm: float) -> Parts:
    """A tracheal tube with a wall between two lumens, and a limb with a cuff of its own for one bronchus."""
    sign = 1.0 if side == "left" else -1.0
    rest = ((22.0, 0.0), (22.0, -38.0 * sign), (tube_mm - 190.0, 6.0 * sign), (110.0, 50.0, 90.0))
    curve = curve_of(path_mm, tube_mm, lambda: bent(*rest))
    outer, fork = french * MM_PER_FRENCH, 44.0
    limb = lined(curve.part(0.0, fork), 0.62 * outer, 0.42 * outer, "pvc", "barium_pvc", line_deg=40.0)
    body = lined(curve, outer, 0.78 * outer, "pvc", "barium_pvc", start_mm=fork + 0.1)
    wall = bar(((-fork - 1, 1.0, 0.76 * outer), (-curve.length_mm, 1.0, 0.76 * outer)), curve)
    marks = union(pipe(outer + 0.6, outer + 0.05, at, at + 1.5, curve) for at in (fork + 1.0,))
    ring = pipe(0.62 * outer + 0.5, 0.62 * outer + 0.05, 26.0, 27.5, curve)
    cuffs = union(
        cuff(curve, 0.62 * outer, 0.62 * outer + 5, 8.0, 15.0), cuff(curve, outer, 24.0, fork + 12, 32.0)
    )
    return (
        Part(union(limb[0].mesh, body[0].mesh, wall), "pvc"),
        Part(union(limb[1].mesh, body[1].mesh, marks, ring), "barium_pvc"),
        Part(cuffs, "pvc"),
    )


def tracheostomy_tube(
    inner_mm: float, outer_mm: float, long_mm: float, cuff_mm: float, material: str
) -> Parts:
    """A quarter of a circle, its flange on the neck's skin, the connector before it."""
    curve = bent((long_mm, 92.0), (12.0, 0.0))
    end = curve.length_mm
    slab = difference(box((30.0, 76.0, 2.0)), cylinder(outer_mm + 0.2, -5.0, 5.0))
    flange = placed(
        slab, curve.place(np.array([[0.0, 0, -end + 8]]))[0], curve.axes[-1, 2], curve.axes[-1, 0]
    )
    plug = pipe(15.0, max(inner_mm + 0.5, 10.0), end + 0.1, end + 14.0, curve)
    if material != "pvc":
        return (Part(union(pipe(outer_mm, inner_mm, 0.0, end, curve), flange), material),)
    tube = lined(curve, outer_mm, inner_mm, "pvc", "barium_pvc")
    swollen = (Part(cuff(curve, outer_mm, cuff_mm, 10.0, 28.0), "pvc"),) if cuff_mm else ()
    return (*tube, *swollen, Part(flange, "pvc"), Part(plug, "polypropylene"))
