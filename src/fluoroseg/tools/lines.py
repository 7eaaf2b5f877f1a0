"""Central lines, ports, dialysis and pulmonary artery catheters, circulatory support (`lines.toml`)."""

import numpy as np

from fluoroseg.tools.curves import Curve, helix, through
from fluoroseg.tools.flexible import MM_PER_FRENCH, Parts, Path, band, curve_of, hooked, hub, shaft
from fluoroseg.tools.lofts import wire
from fluoroseg.tools.shapes import capsule, cylinder, hoop, lathed, pipe, ring_line
from fluoroseg.tools.solids import placed, union
from fluoroseg.tools.tool import Part

_JUGULAR_TO_ARTERY = (
    *((-52.0, 30, 72), (-30, 24, 78), (-4, 8, 66), (8, -8, 40), (-2, -6, 10), (-34, 4, 2)),
    *((-66, 22, 26), (-74, 30, 80), (-74, 34, 140), (-66, 26, 190), (-60, 14, 230)),
)
"""Heart's LPS: right pulmonary artery, right ventricle (origin near its floor), atrium, caval vein, neck."""


def central_line(
    path_mm: Path, french: float, lumens: int, line_mm: float, tail_mm: float, cuff_mm: float, step_mm: float
) -> Parts:
    """A catheter, its hub, a clamped tail for each lumen.

    cuff_mm: a polyester cuff so far from the hub, 0 for none.
    step_mm: the tip is so much longer on one side (dialysis), 0 for none.
    """
    curve = curve_of(path_mm, line_mm, lambda: hooked((30.0, 5.0), length_mm=line_mm))
    outer, end = french * MM_PER_FRENCH, curve.length_mm
    wall = [pipe(outer, 0.62 * outer, step_mm, end, curve)]
    if step_mm:
        wall.append(pipe(0.55 * outer, 0.3 * outer, 0.0, step_mm, curve.shifted(0.22 * outer, 0.0), 12))
    ends, plugs = [], []
    spread = np.linspace(-1, 1, lumens) if lumens > 1 else np.zeros(1)
    for side in spread:
        way = [
            [side * 1.0, 0, -end - 15],
            [side * 12, 0, -end - 0.5 * tail_mm],
            [side * 18, 0, -end - tail_mm + 20],
        ]
        tail = through(curve.place(np.array(way)))
        ends.append(pipe(2.6, 1.4, 0.0, tail.length_mm, tail))
        plugs += [pipe(6.5, 2.0, tail.length_mm + 0.1, tail.length_mm + 20, tail)]
    parts = [Part(union(wall), "barium_polyurethane"), hub(curve, outer, 14.0, max(9.0, 1.6 * outer))]
    parts += [Part(union(ends), "polyurethane"), Part(union(plugs), "pmma")]
    if cuff_mm:
        cuff = pipe(outer + 1.6, outer + 0.05, end - cuff_mm - 10, end - cuff_mm, curve)
        parts.append(Part(cuff, "polyester"))
    return tuple(parts)


def port(
    path_mm: Path, french: float, line_mm: float, width_mm: float, high_mm: float, material: str
) -> Parts:
    """A chamber below the skin with a septum, and its catheter. The chamber lies behind the curve's end."""
    curve = curve_of(
        path_mm, line_mm, lambda: hooked((20.0, 10.0), (60.0, 0.0), (90.0, -100.0), length_mm=line_mm)
    )
    outer, r, top = french * MM_PER_FRENCH, width_mm / 2, high_mm
    chamber = [(2.5, 0.0), (2.5, 6.0), (top - 3.0, 6.0), (top - 3.0, 5.5), (top, 5.5), (top, r * 0.6)]
    outside = [(0.6 * top, r * 0.72), (1.5, r), (0.0, r), (0.0, 0.0)]
    lining = [(z, max(x - 0.05, 0)) for z, x in ((2.6, 0.0), (2.6, 5.9), (top - 3.1, 5.9), (top - 3.1, 5.5))]
    body = lathed(chamber + outside, facets=32)
    cup = lathed([*lining, (3.2, 5.4), (3.2, 0.0)], facets=32)
    septum = lathed([(top + 0.4, 0.0), (top, 5.4), (top - 3.0, 5.4), (top - 3.0, 0.0)], facets=32)
    at, way, face = curve.points_mm[-1], -curve.axes[-1, 2], curve.axes[-1, 1]
    centre = at + way * (r + 4.0) - face * 0.3 * top
    lid = [Part(placed(m, centre, face, way), what) for m, what in ((body, material), (septum, "silicone"))]
    if material != "titanium":
        lid.append(Part(placed(cup, centre, face, way), "titanium"))
    stem = cylinder(0.5 * outer, curve.length_mm - 6.0, curve.length_mm + 3.9, curve)
    return shaft(curve, outer, 0.6 * outer, "barium_polyurethane"), Part(stem, "titanium"), *lid


def pulmonary_artery_catheter(path_mm: Path, french: float, pacing: bool, length_mm: float) -> Parts:
    """A flow-directed catheter: a balloon of air at the tip, a thermistor at 4 cm, pacing rings or none."""
    curve = curve_of(path_mm, 1100.0, lambda: through(_JUGULAR_TO_ARTERY))
    outer = french * MM_PER_FRENCH
    around = outer / 2 + 0.02
    bag = ((-1.5, around), (-1.5, 4.0), (-4.0, 5.6), (-9.0, 5.6), (-12.0, 3.0), (-12.0, around))
    rings = [band(curve, outer, at, 1.5) for at in ((40.0, 150.0, 160, 170, 250, 260) if pacing else (40.0,))]
    return (
        shaft(curve, outer, 0.6 * outer, "barium_polyurethane"),
        Part(lathed(bag, curve, hollow=True), "air"),
        Part(union(rings), "stainless_steel"),
    )


def balloon_pump(path_mm: Path, balloon_mm: float, width_mm: float, length_mm: float) -> Parts:
    """An intra-aortic balloon, filled: a bag of gas about a tube, a marker before and one behind it."""
    curve = curve_of(path_mm, length_mm, lambda: hooked((5.0, 0.0), length_mm=length_mm))
    start, r, back = 9.0, width_mm / 2, 9.0 + balloon_mm
    bag = ((-start - 8, r), (-back + 8, r), (-back, 1.6), (-back, 1.45), (-back + 8, r - 0.2))
    skin = ((-start, 1.45), (-start, 1.6), *bag, (-start - 8, r - 0.2))
    gas = ((-start - 0.5, 1.4), (-start - 8, r - 0.25), (-back + 8, r - 0.25), (-back + 0.5, 1.4))
    return (
        Part(union(pipe(2.6, 1.0, 0.0, curve.length_mm, curve)), "polyurethane"),
        Part(lathed(skin, curve, hollow=True, facets=20), "polyurethane"),
        Part(lathed(gas, curve, hollow=True, facets=20), "air"),
        Part(union(pipe(3.2, 2.65, 2.0, 6.0, curve), pipe(3.4, 2.75, back + 2, back + 4, curve)), "platinum"),
    )


def bypass_cannula(path_mm: Path, french: float, tip_mm: float, length_mm: float) -> Parts:
    """A wall with a steel spring in it, bare for `tip_mm` at the tip; a connector at the tail."""
    curve = curve_of(path_mm, length_mm - 45.0, lambda: hooked((10.0, 3.0), length_mm=length_mm - 45.0))
    outer, end = french * MM_PER_FRENCH, curve.length_mm
    spring = helix(outer / 2 - 0.32, 5.0, end - tip_mm - 40.0).points_mm - [0, 0, tip_mm]
    layers = union(
        pipe(outer, outer - 0.3, 0.0, end, curve), pipe(outer - 0.95, outer - 1.3, 0.0, end, curve)
    )
    plug = ((-end - 0.1, outer / 2 - 1.2), (-end - 0.1, outer / 2 + 1), (-end - 45, 6.5), (-end - 45, 4.8))
    return (
        Part(layers, "polyurethane"),
        Part(wire(curve.place(spring), 0.1, 4), "stainless_steel"),
        Part(band(curve, outer, 1.0, 2.0, 0.1), "platinum"),
        Part(lathed(plug, curve, hollow=True), "pmma"),
    )


def pump_catheter(path_mm: Path, french: float, length_mm: float) -> Parts:
    """An axial flow pump across the aortic valve: loop, inlet, bent cannula with a spring, outlet, motor."""
    rest = ((40.0, 320.0), (12.0, 0.0), (40.0, -45.0))
    curve = curve_of(path_mm, length_mm, lambda: hooked(*rest, length_mm=length_mm))
    outer, inlet = french * MM_PER_FRENCH, 52.0
    spring = helix(outer / 2 - 0.24, 1.2, 36.0).points_mm - [0, 0, inlet + 10.2]
    metal = [
        cylinder(1.8, inlet, inlet + 2.0, curve),
        pipe(outer, outer - 0.8, inlet + 6.0, inlet + 8.5, curve),
        pipe(outer, outer - 0.8, inlet + 47.5, inlet + 50.0, curve),
        cylinder(outer, inlet + 55.0, inlet + 72.0, curve),
    ]
    around = [curve.shifted(x, y) for x, y, _ in 0.84 * ring_line(outer, 5)]
    struts = [cylinder(0.7, at, at + 6.0, one, 6) for at in (inlet + 1.0, inlet + 49.5) for one in around]
    sheet = pipe(outer - 1.0, outer - 1.4, inlet + 8.6, inlet + 47.4, curve)
    return (
        Part(pipe(2.0, 1.0, 0.0, inlet - 0.1, curve), "barium_polyurethane"),
        Part(union(metal, struts), "stainless_steel"),
        Part(wire(curve.place(spring), 0.1, 4), "nitinol"),
        Part(sheet, "polyurethane"),
        Part(pipe(3.0, 1.8, inlet + 72.1, curve.length_mm, curve), "barium_polyurethane"),
    )


def assist_device(width_mm: float, high_mm: float, inlet_mm: float) -> Parts:
    """A centrifugal pump at the apex: inflow tube, housing with rotor, outflow graft with its bend relief."""
    r = width_mm / 2
    outside = ((0.0, 9.0), (0.0, 10.5), (-inlet_mm, 10.5), (-inlet_mm, r - 3), (-inlet_mm - 3, r))
    below = ((-inlet_mm - high_mm + 3, r), (-inlet_mm - high_mm, r - 3), (-inlet_mm - high_mm, 0.0))
    inside = ((-inlet_mm - high_mm + 8, 0.0), (-inlet_mm - high_mm + 8, r - 4), (-inlet_mm - 5, r - 4))
    housing = lathed([*outside, *below, *inside, (-inlet_mm - 5, 9.0)], hollow=True, facets=48)
    rotor = pipe(width_mm - 24, 14.0, inlet_mm + 7, inlet_mm + high_mm - 9, facets=32)
    middle = -inlet_mm - high_mm / 2
    start = np.array([r + 3.0, 0, middle])
    graft = through(start + np.array([[0.0, 0, 0], [40, 0, 3], [75, 0, 40], [88, 0, 110]]))
    relief = [
        hoop(_about(graft, 17.0, at), 0.8, 6) for at in np.arange(4.0, 60.0, 4.0)
    ]  # steel rings about the graft
    stem = placed(cylinder(16.0, 0.0, 8.0), (r + 3.5, 0, middle), (1, 0, 0))
    return (
        Part(union(housing, stem), "titanium"),
        Part(rotor, "stainless_steel"),
        Part(pipe(14.6, 13.6, 1.0, graft.length_mm, graft), "polyester"),
        Part(union(relief), "stainless_steel"),
    )


def _about(curve: Curve, width_mm: float, at_mm: float) -> np.ndarray:
    return curve.place(ring_line(width_mm, 24, -at_mm))


def temporary_pacing_lead(path_mm: Path, french: float, length_mm: float) -> Parts:
    """A catheter with a tip and a ring electrode, fed from a vein."""
    curve = curve_of(path_mm, length_mm, lambda: hooked((30.0, 40.0), length_mm=length_mm))
    outer = french * MM_PER_FRENCH
    core = union(
        cylinder(0.5, 3.0, curve.length_mm, curve.shifted(x, 0.0)) for x in (-0.2 * outer, 0.2 * outer)
    )
    rings = union(capsule(outer, 0.0, 2.6, curve), band(curve, outer, 10.0, 2.0))
    return (
        Part(pipe(outer, 0.85 * outer, 2.7, curve.length_mm, curve), "polyurethane"),
        Part(core, "stainless_steel"),
        Part(rings, "platinum"),
    )


def epicardial_wires(path_mm: Path, length_mm: float) -> Parts:
    """Temporary pacing wires after heart surgery: two bare tips, insulated behind."""
    curve = curve_of(
        path_mm, length_mm, lambda: through(((0.0, 0, 0), (4, 0, -40), (-6, 0, -100), (0, 0, -length_mm)))
    )
    lines = [curve.shifted(x, 0.0) for x in (-1.5, 1.5)]
    steel = union(cylinder(0.4, 0.0, one.length_mm, one) for one in lines)
    return Part(steel, "steel_316l"), Part(
        union(pipe(0.9, 0.42, 25.0, one.length_mm - 5, one) for one in lines), "polypropylene"
    )
