"""Fillings, crowns, implants and braces.

Frame: a tooth's neck at the origin, +z to its biting edge, +x to the tooth's side along the arch (bridges and
braces lie along x).
"""

from itertools import pairwise

import numpy as np

from fluoroseg.project.mesh_body import Mesh
from fluoroseg.tools.curves import smooth
from fluoroseg.tools.lathe import lathe
from fluoroseg.tools.lofts import wire
from fluoroseg.tools.screws import ridged
from fluoroseg.tools.solids import (
    box,
    difference,
    extruded,
    hull,
    rod,
    rounded,
    shifted,
    slot,
    stretched,
    turned,
    union,
)
from fluoroseg.tools.tool import Part


def filling(
    width_mm: float, depth_mm: float, height_mm: float, surfaces: int, material: str
) -> tuple[Part, ...]:
    """A filling in the biting surface, reaching over one or both sides of the tooth.

    width_mm: along the arch.  surfaces: 1 biting surface alone, 2 one side too, 3 both sides.
    """
    top = 6.5
    middle = box((0.6 * width_mm, depth_mm, height_mm), (0, 0, top - height_mm / 2))
    fissures = [
        turned(box((0.9 * width_mm, 1.2, 0.7 * height_mm), (0, 0, top - 0.35 * height_mm)), (0, 0, 1), a)
        for a in (25, -25)
    ]
    sides = [
        box((0.25 * width_mm, 1.1 * depth_mm, 2.0 * height_mm), (s * 0.42 * width_mm, 0, top - height_mm))
        for s in (1, -1)
    ]
    joints = [
        box((0.5 * width_mm, 0.8 * depth_mm, height_mm), (s * 0.25 * width_mm, 0, top - height_mm / 2))
        for s in (1, -1)
    ]
    return (Part(union(middle, *fissures, *sides[: surfaces - 1], *joints[: surfaces - 1]), material),)


def crown(
    width_mm: float, depth_mm: float, height_mm: float, thick_mm: float, material: str
) -> tuple[Part, ...]:
    """A crown over a stump: closed above, open below."""
    return (Part(_crown(width_mm, depth_mm, height_mm, thick_mm), material),)


def root_filling(length_mm: float, roots: int, spread_deg: float) -> tuple[Part, ...]:
    """Gutta-percha in the root canals and in the pulp chamber."""
    canals = []
    for k in range(roots):
        lean = np.radians((k - (roots - 1) / 2) * spread_deg)
        foot = 1.2 * (k - (roots - 1) / 2)
        end = (foot + np.sin(lean) * (length_mm - 3), 0.0, -np.cos(lean) * (length_mm - 3))
        line = smooth(
            [(foot, 0, 1.5), (0.5 * (foot + end[0]) + 0.3 * np.sign(lean), 0, end[2] / 2), end], 0.8
        )
        canals.append(wire(line, np.linspace(0.75, 0.25, len(line)), 12))
    chamber = box((1.4 + 1.2 * (roots - 1), 1.6, 2.0), (0, 0, 2.0))
    return (Part(union(chamber, *canals), "gutta_percha"),)


def dental_implant(diameter_mm: float, length_mm: float, crowned: str) -> tuple[Part, ...]:
    """A titanium screw in the jaw with its abutment, and a crown upon it or none."""
    screw = turned(ridged(diameter_mm, 0.78 * diameter_mm, length_mm, 0.9), (1, 0, 0), 180)
    screw = shifted(screw, (0, 0, -length_mm))
    post = rod((0, 0, -0.5), (0, 0, 5.0), 0.4 * diameter_mm, 0.3 * diameter_mm)
    fixture = union(screw, post)
    if crowned == "none":
        return (Part(fixture, "titanium"),)
    cap = union(
        _crown(8.5, 8.5, 8.0, 1.8),
        lathe([(6.0, 2.6), (0.0, 0.5 * diameter_mm), (-0.2, 0.5 * diameter_mm)], 32),
    )
    return Part(fixture, "titanium"), Part(difference(cap, fixture), crowned)


def bridge(units: int, width_mm: float, height_mm: float, material: str) -> tuple[Part, ...]:
    """Crowns at both ends and solid teeth between them, joined."""
    at = (np.arange(units) - (units - 1) / 2) * width_mm
    ends = [shifted(_crown(0.97 * width_mm, 9.0, height_mm, 1.4), (x, 0, 0)) for x in at[[0, -1]]]
    between = [
        shifted(_tooth(0.97 * width_mm, 8.0, 0.85 * height_mm), (x, 0, 0.15 * height_mm)) for x in at[1:-1]
    ]
    joints = [rod((a, 0, 0.72 * height_mm), (b, 0, 0.72 * height_mm), 1.4) for a, b in pairwise(at)]
    inside = [shifted(_stump(0.97 * width_mm, 9.0, height_mm, 1.4), (x, 0, 0)) for x in at[[0, -1]]]
    return (Part(difference(union(*ends, *between, *joints), *inside), material),)


def braces(teeth: int, arch_mm: float, wire_mm: float) -> tuple[Part, ...]:
    """Brackets along half an arch with a wire through them, outside the teeth (at -y)."""
    turn = np.radians(70)
    angle = np.linspace(-turn, turn, 6 * teeth)
    path = np.stack(
        [arch_mm / 2 * np.sin(angle), -arch_mm / 2 * (np.cos(angle) - np.cos(turn)), 4 + 0 * angle], 1
    )
    line = wire(path, wire_mm / 2, 10)
    brackets = []
    for a in np.linspace(-0.94 * turn, 0.94 * turn, teeth):
        spot = np.array([arch_mm / 2 * np.sin(a), -arch_mm / 2 * (np.cos(a) - np.cos(turn)), 4.0])
        wing = [box((3.0, 2.2, 1.0), (0, 0.3, s * 1.1)) for s in (1, -1)]
        bracket = union(box((3.2, 0.8, 3.4), (0, 1.2, 0)), *wing)
        brackets.append(shifted(turned(bracket, (0, 0, 1), np.degrees(a)), spot))
    return Part(line, "nitinol"), *(Part(difference(b, line), "stainless_steel") for b in brackets)


def clasp_denture(teeth: int, arch_mm: float) -> tuple[Part, ...]:
    """A cast cobalt-chromium frame with two clasps and plastic teeth on a saddle."""
    turn = np.radians(75)
    angle = np.linspace(-turn, turn, 60)
    path = np.stack(
        [arch_mm / 2 * np.sin(angle), -arch_mm / 2 * (np.cos(angle) - np.cos(turn)), -3 + 0 * angle], 1
    )
    bar = [wire(path, 1.6, 12)]
    for s in (1, -1):
        x, y = s * arch_mm / 2 * np.sin(0.62 * turn), -arch_mm / 2 * (np.cos(0.62 * turn) - np.cos(turn))
        loop = np.radians(np.linspace(-130, 130, 30)) + (0 if s > 0 else np.pi)
        ring = np.stack([x + 4.6 * np.cos(loop), y + 4.6 * np.sin(loop), 3 + 0 * loop], 1)
        bar += [
            wire(ring, 0.55, 10),
            wire(smooth([(x, y, -3), (x + s * 2.5, y, 0), (x + s * 4.6, y, 3)], 0.8), 0.8, 10),
        ]
    frame = union(*bar)
    crowns = []
    for k in range(teeth):
        a = (0.88 + 0.16 * k) * turn
        x, y = arch_mm / 2 * np.sin(a), -arch_mm / 2 * (np.cos(a) - np.cos(turn))
        crowns.append(shifted(turned(_tooth(7.0, 8.0, 8.0), (0, 0, 1), np.degrees(a)), (x, y, -2)))
    return Part(frame, "cobalt_chromium"), Part(difference(union(*crowns), frame), "pmma")


def root_post(length_mm: float, diameter_mm: float, material: str) -> tuple[Part, ...]:
    """A post in a root canal with a core for a crown."""
    core = stretched(rod((0, 0, 0.5), (0, 0, 4.5), 2.2, 1.7), (1, 1, 1))
    post = rod((0, 0, 1), (0, 0, 4.5 - length_mm), diameter_mm / 2, 0.3 * diameter_mm)
    return (Part(union(core, post), material),)


def retainer(arch_mm: float, wire_mm: float) -> tuple[Part, ...]:
    """A thin wire glued behind six front teeth."""
    turn = np.radians(50)
    angle = np.linspace(-turn, turn, 50)
    path = np.stack(
        [
            arch_mm / 2 * np.sin(angle) / np.sin(turn),
            -arch_mm / 2 * (np.cos(angle) - np.cos(turn)),
            4 + 0 * angle,
        ],
        1,
    )
    return (Part(wire(path, wire_mm / 2, 10), "stainless_steel"),)


def _tooth(width_mm: float, depth_mm: float, height_mm: float) -> Mesh:
    """A rounded block, wider in its middle, with four cusps."""
    square = rounded([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)], 0.3, 24)
    low = extruded(square * [0.8 * width_mm, 0.8 * depth_mm], 0.1)
    wide = shifted(extruded(square * [width_mm, depth_mm], 0.1), (0, 0, 0.55 * height_mm))
    spots = [(x * 0.23 * width_mm, y * 0.23 * depth_mm) for x in (1, -1) for y in (1, -1)]
    foot, top = 0.24 * min(width_mm, depth_mm), 0.8 * height_mm
    feet = [rod((x, y, 0.5 * height_mm), (x, y, top), foot, facets=12) for x, y in spots]
    cusps = [rod((x, y, top), (0.95 * x, 0.95 * y, height_mm), foot, 0.3 * foot, 12) for x, y in spots]
    return union(hull(low, wide, *feet), *cusps)


def _stump(width_mm: float, depth_mm: float, height_mm: float, thick_mm: float) -> Mesh:
    wide, deep = width_mm - 2 * thick_mm, depth_mm - 2 * thick_mm
    low, high = slot(max(wide, deep), min(wide, deep)), 0.7 * slot(max(wide, deep), min(wide, deep))
    swap = wide < deep
    low, high = (o[:, ::-1] if swap else o for o in (low, high))
    top = height_mm - 1.6 * thick_mm
    return hull(shifted(extruded(0.72 * low, 0.1), (0, 0, -1)), shifted(extruded(high, 0.1), (0, 0, top)))


def _crown(width_mm: float, depth_mm: float, height_mm: float, thick_mm: float) -> Mesh:
    return difference(_tooth(width_mm, depth_mm, height_mm), _stump(width_mm, depth_mm, height_mm, thick_mm))
