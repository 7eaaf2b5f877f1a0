"""Electrodes, sponges, table parts, masks and hoses (`field.toml`).

On the skin: the contact at z = 0, z into the body. In the field: flat in the y-z plane, +z up in the picture,
x towards the viewer.
"""

import numpy as np

from fluoroseg.tools.curves import helix, through
from fluoroseg.tools.flat import facing, oval, plate
from fluoroseg.tools.flexible import Parts, Path, curve_of, hooked
from fluoroseg.tools.lofts import wire
from fluoroseg.tools.shapes import bar, capsule, cylinder, hoop, lathed, pipe
from fluoroseg.tools.solids import box, difference, extruded, placed, rounded, shifted, stretched, union
from fluoroseg.tools.tool import Part


def electrode(diameter_mm: float, wire_mm: float) -> Parts:
    """An ECG electrode: foam, gel, the snap, its clip, and the lead wire that runs off to +x."""
    foam = pipe(diameter_mm, 16.0, 0.0, 1.2, facets=32)
    gel = cylinder(15.8, 0.0, 1.2)
    snap = lathed(((-1.25, 0.0), (-1.25, 4.5), (-2.0, 4.5), (-2.0, 2.0), (-5.0, 1.7), (-5.0, 0.0)))
    parts = (Part(foam, "polyester"), Part(gel, "gel"))
    if not wire_mm:
        return (*parts, Part(snap, "brass"))
    clip = difference(capsule(11.0, 2.2, 13.0), snap)
    spring = placed(cylinder(3.0, 0.0, 9.0), (16.0, 0, -4.4), (1, 0, 0))
    way = through([(16.1, 0.0, -4.4), (0.35 * wire_mm, 10, -4), (0.7 * wire_mm, -16, -4), (wire_mm, 12, -4)])
    core = cylinder(1.0, 0.0, way.length_mm, way)
    skin = pipe(2.6, 1.04, 0.0, way.length_mm, way)
    return (
        *parts,
        Part(difference(clip, spring), "polypropylene"),
        Part(union(snap, spring, core), "brass"),
        Part(skin, "pvc"),
    )


def printed_electrode(diameter_mm: float) -> Parts:
    """A radiolucent electrode: foam, gel and a carbon snap, hardly seen."""
    snap = lathed(((-1.25, 0.0), (-1.25, 4.0), (-2.0, 4.0), (-2.0, 2.0), (-5.0, 1.7), (-5.0, 0.0)))
    foam = pipe(diameter_mm, 16.0, 0.0, 1.2, facets=32)
    return Part(foam, "polyester"), Part(cylinder(15.8, 0.0, 1.2), "gel"), Part(snap, "carbon_fibre")


def lead_wire(path_mm: Path, length_mm: float) -> Parts:
    """A monitoring cable: copper in PVC."""
    curve = curve_of(path_mm, length_mm, lambda: hooked((80.0, 50.0), (60.0, -70.0), length_mm=length_mm))
    end = curve.length_mm
    return Part(cylinder(1.0, 0.0, end, curve), "copper"), Part(pipe(2.8, 1.04, 0.0, end, curve), "pvc")


def shock_pad(wide_mm: float, high_mm: float) -> Parts:
    """A defibrillator's pad: foam, gel, a thin sheet of tin alloy (as silver), its cable."""
    y, z = wide_mm / 2, high_mm / 2
    outline = rounded([(-y, -z), (y, -z), (y, z), (-y, z)], 22.0)
    gel = shifted(extruded(0.84 * outline, 1.0), (0, 0, -1.0))
    metal = shifted(extruded(0.84 * outline, 0.08), (0, 0, -1.1))
    foam = shifted(extruded(outline, 1.0), (0, 0, -2.15))
    way = through([(0.6 * y, 0.0, -4.3), (1.4 * y, 20, -4.3), (2.6 * y, -10, -4.3), (4 * y, 20, -4.3)])
    return (
        Part(gel, "gel"),
        Part(metal, "silver"),
        Part(foam, "polyester"),
        Part(pipe(4.0, 2.04, 0.0, way.length_mm, way), "pvc"),
        Part(cylinder(2.0, 0.0, way.length_mm, way), "copper"),
    )


def sponge(wide_mm: float, high_mm: float, folds: int, ring_mm: float) -> Parts:
    """Gauze with its radiopaque thread, crumpled; a lap pad has a ring on a tape as well."""
    thick, t = 1.2 * folds, np.linspace(0, 1, 26)
    y = 0.4 * wide_mm * np.sin(7.0 * t + 0.4) * (0.5 + 0.5 * t)
    z = 0.42 * high_mm * np.cos(4.4 * t + 0.9)
    line = through(np.stack([0.25 * thick * np.sin(11 * t), y, z], axis=1))
    thread = bar(((0.0, 0.8, 2.0), (-line.length_mm, 0.8, 2.0)), line)
    cloth = [plate(wide_mm, high_mm, thick, 6.0)]
    if not ring_mm:
        return Part(difference(*cloth, thread), "cotton"), Part(thread, "barium_polypropylene")
    ring = hoop(oval(ring_mm, ring_mm) + np.array([0, 0, high_mm / 2 + 30 + ring_mm / 2]), 3.0, 8)
    cloth.append(box((1.0, 12.0, 34.0), (0, 0, high_mm / 2 + 15)))
    return (
        Part(difference(union(cloth), thread, ring), "cotton"),
        Part(thread, "barium_polypropylene"),
        Part(ring, "stainless_steel"),
    )


def table_rail(length_mm: float, high_mm: float, thick_mm: float) -> Parts:
    """The steel rail at the side of an operating table, with two posts, along z."""
    post = placed(cylinder(16.0, -30.0, 0.0), (0.0, -high_mm / 2 - 29, 0.0), (0, 1, 0))
    posts = [shifted(post, (0, 0, sign * 0.4 * length_mm)) for sign in (-1, 1)]
    return (Part(union(box((thick_mm, high_mm, length_mm)), posts), "stainless_steel"),)


def arm_board(length_mm: float, wide_mm: float) -> Parts:
    """A padded board: foam (as cotton) on a sheet, with a metal clamp at one end."""
    pad = shifted(plate(wide_mm, length_mm, 30.0, 30.0), (19.1, 0, 0))
    clamp = union(box((18, 90, 40)), cylinder(12.0, 0.0, 70.0))
    return (
        Part(plate(wide_mm, length_mm, 8.0, 30.0), "pmma"),
        Part(pad, "cotton"),
        Part(shifted(clamp, (-13.1, 0, 60 - length_mm / 2)), "aluminium"),
    )


def cassette(wide_mm: float, high_mm: float) -> Parts:
    """A film cassette's or portable detector's frame and its sheet."""
    whole = plate(wide_mm, high_mm, 14.0, 12.0)
    frame = difference(whole, plate(wide_mm - 24, high_mm - 24, 20.0, 4.0))
    return Part(frame, "aluminium"), Part(plate(wide_mm - 25, high_mm - 25, 1.5, 4.0), "carbon_fibre")


def oxygen_mask(wide_mm: float, high_mm: float) -> Parts:
    """A soft mask seen from the front, its nose clip of aluminium and its tube."""
    w, h = wide_mm, high_mm
    outside = [(-0.4 * w, 0.5 * w), (-0.12 * w, 0.38 * w), (0.0, 0.12 * w)]
    inside = [(-1.6, 0.12 * w), (-0.13 * w, 0.36 * w), (-0.4 * w, 0.5 * w - 1.6)]
    shell = facing(lathed(outside + inside, hollow=True, facets=32))
    clip = through([(-0.24 * w, -22.0, 0.4 * h), (-0.17 * w, 0, 0.47 * h), (-0.24 * w, 22, 0.4 * h)])
    tube = through([(1.0, 0, -8), (8, 4, -0.4 * h), (0, 20, -0.9 * h), (-4, 60, -1.6 * h)])
    strip = bar(((0.0, 1.0, 5.0), (-clip.length_mm, 1.0, 5.0)), clip)
    hose = pipe(6.5, 4.5, 0.0, tube.length_mm, tube)
    body = difference(stretched(shell, (1.0, 1.0, h / w)), strip, hose)
    return Part(union(body), "pvc"), Part(strip, "aluminium"), Part(hose, "pvc")


def breathing_hose(path_mm: Path, width_mm: float, length_mm: float) -> Parts:
    """A ventilator's corrugated hose."""
    curve = curve_of(path_mm, length_mm, lambda: hooked((150.0, 60.0), length_mm=length_mm))
    rows = np.arange(0.0, curve.length_mm, 5.0)
    wall = [p for z in rows for p in ((-z, width_mm / 2 - 1.2), (-z - 2.5, width_mm / 2))]
    inside = [(wall[-1][0], width_mm / 2 - 2.2), (0.0, width_mm / 2 - 2.2)]
    return (Part(lathed(wall + inside, curve, hollow=True), "polypropylene"),)


def nasal_prongs(wide_mm: float) -> Parts:
    """An oxygen cannula: two prongs, tubes that run to both sides and down."""
    tubes = []
    for sign in (-1, 1):
        bow = [(0.0, 0.0, 0), (-8, 0.25, 2), (-40, 0.5, 18), (-20, 0.42, -60), (0, 0.1, -130)]
        way = through([(x, sign * y * wide_mm, z) for x, y, z in bow])
        tubes.append(pipe(3.6, 2.4, 0.0, way.length_mm, way))
        prong = through([(0.0, sign * 6.0, 0), (-3, sign * 6, 6), (-9, sign * 5, 10)])
        tubes.append(pipe(4.0, 2.6, 0.0, prong.length_mm, prong))
    return (Part(union(tubes), "pvc"),)


def heat_coil(path_mm: Path, length_mm: float) -> Parts:
    """A warming blanket's or probe's cable: a fine double helix of copper in PVC."""
    curve = curve_of(path_mm, length_mm, lambda: hooked((90.0, 40.0), (90.0, -60.0), length_mm=length_mm))
    lines = helix(0.7, 9.0, curve.length_mm).points_mm
    wires = [wire(curve.place(lines * [s, s, 1]), 0.2, 4) for s in (1.0, -1.0)]
    return Part(union(wires), "copper"), Part(pipe(3.4, 2.2, 0.0, curve.length_mm, curve), "pvc")
