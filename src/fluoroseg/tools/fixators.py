"""What holds bones from outside, and small things on or in them: fixators, cerclages, staples, anchors."""

import numpy as np

from fluoroseg.project.mesh_body import Mesh
from fluoroseg.tools.curves import arc, smooth
from fluoroseg.tools.lathe import lathe
from fluoroseg.tools.lofts import wire
from fluoroseg.tools.screws import ridged
from fluoroseg.tools.solids import box, difference, extruded, placed, rod, shifted, turned, union
from fluoroseg.tools.tool import Part


def unilateral_fixator(
    rod_mm: float, rod_length_mm: float, pin_mm: float, away_mm: float, pins: int
) -> tuple[Part, ...]:
    """A carbon rod beside a limb, clamps on it, and pins into the bone.

    Frame: on the bone at the origin, +z along the rod, +x away from the bone; the pins reach 15 mm in.
    """
    heights = np.linspace(-0.42, 0.42, pins) * rod_length_mm
    heights += np.tile([6.0, -6.0], pins)[:pins]
    bar = rod((away_mm, 0, -rod_length_mm / 2), (away_mm, 0, rod_length_mm / 2), rod_mm / 2)
    beside = rod_mm / 2 + pin_mm / 2 + 1.0
    parts = [Part(bar, "carbon_fibre")]
    for z in heights:
        screw = ridged(pin_mm, 0.8 * pin_mm, 40.0, 1.75)
        shaft = rod((0, 0, -39), (0, 0, -away_mm - 55.0), pin_mm / 2)
        pin = placed(union(screw, shaft), (-15.0, beside, z), (-1, 0, 0))
        clamp = difference(
            box((2.2 * rod_mm, rod_mm + 2 * pin_mm + 10, 1.4 * rod_mm), (away_mm, beside / 2, z)),
            bar,
            rod((-20, beside, z), (away_mm + 60, beside, z), pin_mm / 2 + 0.05),
        )
        parts += [Part(pin, "stainless_steel"), Part(clamp, "aluminium")]
    return tuple(parts)


def ring_fixator(ring_mm: float, rings: int, gap_mm: float) -> tuple[Part, ...]:
    """Rings about a limb, threaded rods between them, two crossed wires in each (Ilizarov).

    Frame: the middle of all rings at the origin, +z along the bone.
    """
    heights = (np.arange(rings) - (rings - 1) / 2) * gap_mm
    angles = np.radians(np.arange(0, 360, 22.5))
    middle = ring_mm / 2 - 8.0
    holes = [_hole(middle * np.cos(a), middle * np.sin(a)) for a in angles]
    ring = lathe(
        [(2.5, ring_mm / 2), (-2.5, ring_mm / 2), (-2.5, ring_mm / 2 - 16), (2.5, ring_mm / 2 - 16)], 80, True
    )
    ring = difference(ring, *holes)
    parts = []
    for z in heights:
        parts.append(Part(shifted(ring, (0, 0, z)), "aluminium"))
        for angle, level in ((25.0, 4.0), (-25.0, -4.0)):
            line = rod((-ring_mm / 2, 0, 0), (ring_mm / 2, 0, 0), 0.9, facets=16)
            parts.append(Part(shifted(turned(line, (0, 0, 1), angle), (0, 0, z + level)), "stainless_steel"))
    ends = heights[0] - 18, heights[-1] + 18
    for angle in (45.0, 135.0, 225.0, 315.0):
        x, y = middle * np.cos(np.radians(angle)), middle * np.sin(np.radians(angle))
        bar = ridged(6.0, 5.0, ends[1] - ends[0], 5.0)
        nuts = [extruded(_hexagon(5.5), 5.0) for _ in range(2 * rings)]
        levels = [z + side for z in heights for side in (2.6, -7.6)]
        bolts = [shifted(nut, (0, 0, z)) for nut, z in zip(nuts, levels, strict=True)]
        standing = union(shifted(bar, (0, 0, ends[1])), *bolts)
        parts.append(Part(shifted(standing, (x, y, 0)), "stainless_steel"))
    return tuple(parts)


def cerclage(loop_mm: float, wire_mm: float) -> tuple[Part, ...]:
    """A wire twisted shut about a bone. Frame: the loop's middle at the origin, +z along the bone."""
    radius = loop_mm / 2
    turn = np.linspace(0, 2 * np.pi * 3, 40)
    out = radius + 2.5 + np.linspace(0, 10, 40)
    twist = [
        np.stack([out, s * 0.55 * wire_mm * np.cos(turn), s * 0.55 * wire_mm * np.sin(turn)], axis=1)
        for s in (1, -1)
    ]
    loop = arc(radius, 8, 352, 1.5)[:, [0, 2, 1]]
    line = np.concatenate([twist[0][::-1], loop, twist[1]])
    return (Part(wire(smooth(line[::2], 1.2), wire_mm / 2, 12), "steel_316l"),)


def staple(width_mm: float, leg_mm: float, thick_mm: float) -> tuple[Part, ...]:
    """A bone staple. Frame: the middle of its bridge's bone side at the origin, +z along it, legs at -x."""
    half = width_mm / 2 - thick_mm / 2
    bridge = box((thick_mm, 2.0 * thick_mm, width_mm), (thick_mm / 2, 0, 0))
    legs = [
        placed(
            lathe([(0.0, 0.1), (-4.0, thick_mm / 2), (-leg_mm - 0.5, thick_mm / 2)], 16),
            (-leg_mm, 0, z),
            (-1, 0, 0),
        )
        for z in (-half, half)
    ]
    return (Part(union(bridge, *legs), "steel_316l"),)


def suture_anchor(diameter_mm: float, length_mm: float, material: str) -> tuple[Part, ...]:
    """A small threaded anchor with an eye for sutures. Frame: the tip at the origin, +z into the bone."""
    body = union(
        ridged(diameter_mm, 0.65 * diameter_mm, length_mm, 0.28 * diameter_mm + 0.4),
        rod((0, 0, -0.85 * length_mm), (0, 0, -length_mm), 0.42 * diameter_mm),
    )
    eye = rod((-diameter_mm, 0, -0.9 * length_mm), (diameter_mm, 0, -0.9 * length_mm), 0.13 * diameter_mm)
    return (Part(difference(body, eye), material),)


def tension_band(length_mm: float, wire_mm: float) -> tuple[Part, ...]:
    """Two parallel wires with bent ends and a figure-of-eight loop (olecranon, patella).

    Frame: the middle of the loop at the origin, +z along the wires, +x away from the bone.
    """
    parts = []
    for y in (-5.0, 5.0):
        low = 0.8 - length_mm / 2
        straight = [(-6.0, y, z) for z in np.linspace(length_mm / 2, low + 6, 8)]
        hook = [(-5.2, y, low + 2), (-3.0, y, low), (-0.8, y, low + 2), (0.0, y, low + 5)]
        parts.append(Part(wire(smooth([*straight, *hook], 1.5), 0.8, 16), "stainless_steel"))
    t = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    eight = np.stack(
        [0.8 * wire_mm * np.cos(t) + 0.5, 8 * np.sin(2 * t), 0.32 * length_mm * np.cos(t)], axis=1
    )
    eight[:, 0] = 0.5 + 0.9 * wire_mm * np.sin(t)
    parts.append(Part(wire(eight, wire_mm / 2, 12, closed=True), "steel_316l"))
    return tuple(parts)


def _hole(x: float, y: float) -> Mesh:
    return rod((x, y, -5), (x, y, 5), 3.6, facets=12)


def _hexagon(radius_mm: float) -> list[tuple[float, float]]:
    return [(radius_mm * np.cos(a), radius_mm * np.sin(a)) for a in np.radians(np.arange(0, 360, 60))]
