"""Trocars, ports and laparoscopic instruments (`keyhole.toml`): the tip at the origin, the rest along -z."""

import numpy as np

from fluoroseg.tools.curves import through
from fluoroseg.tools.flexible import Parts
from fluoroseg.tools.shapes import bar, cylinder, hoop, lathed, pipe, ring_line
from fluoroseg.tools.solids import difference, mirrored, placed, turned, union
from fluoroseg.tools.tool import Part

_STEEL = "stainless_steel"


def trocar(outer_mm: float, length_mm: float, material: str, obturator: bool) -> Parts:
    """A port: sleeve and valve housing; with the pyramid of its obturator or without."""
    end, r = -length_mm, outer_mm / 2
    sleeve = pipe(outer_mm, outer_mm - 1.2, 14.0 if obturator else 0.0, length_mm)
    outside = ((end + 4, r + 0.05), (end + 4, r + 4), (end - 6, r + 9), (end - 40, r + 9))
    house = lathed((*outside, (end - 40, r), (end - 4, r + 0.05)), hollow=True, facets=16)
    parts = (Part(sleeve, material), Part(house, "pmma"))
    if not obturator:
        return parts
    spike = lathed(((0.0, 0.0), (-13.5, r - 0.7), (end - 41, r - 0.7)))
    knob = cylinder(2.4 * outer_mm, length_mm + 41.05, length_mm + 55)
    return (*parts, Part(spike, _STEEL), Part(knob, "pmma"))


def grasper(length_mm: float, jaw_mm: float, kind: str) -> Parts:
    """A laparoscopic instrument of 5 mm: jaws, an insulated shaft, a ring handle at an angle."""
    if kind == "scissors":
        half = bar(((0.0, 0.4, 0.8, 0.3, 0), (-jaw_mm, 2.2, 1.2, 1.2, 0)))
    else:
        sizes = ((0.0, 1.0, 2.0, 0.7, 0), (-0.4 * jaw_mm, 1.6, 3.2, 1.1, 0), (-jaw_mm, 2.0, 4.0, 1.1, 0))
        half = bar(sizes, facets=8)
    one, low = turned(half, (0, 1, 0), 12.0, (0, 0, -jaw_mm)), -length_mm
    rings, arms = [], []
    for x, z, d in ((-42.0, low + 40, 24.0), (-60.0, low + 16, 28.0)):
        rings.append(hoop(ring_line(d, 24)[:, [0, 2, 1]] + np.array([x, 0, z]), 5.0, 8))
        way = through([(0.0, 0, low + 102), (0.4 * x, 0, 0.5 * (z + low) + 60), (x + 0.5 * d, 0, z + 4)])
        arms.append(bar(((0, 9, 7), (-way.length_mm, 6, 6)), way, facets=10))
    hole = cylinder(3.4, 0.0, length_mm - 99.9)
    skin = pipe(5.0, 3.3, jaw_mm + 3.0, length_mm - 115)
    wheel = pipe(22.0, 5.2, length_mm - 128, length_mm - 116, facets=16)
    return (
        Part(union(one, mirrored(one), cylinder(3.2, jaw_mm - 2.0, length_mm - 100)), _STEEL),
        Part(union(skin, wheel), "polypropylene"),
        Part(union(rings, (difference(arm, hole) for arm in arms)), "peek"),
    )


def laparoscope(outer_mm: float, length_mm: float) -> Parts:
    """A rod lens telescope: steel tube, glass rods, eyepiece and light post."""
    back, r = 45.0 - length_mm, outer_mm / 2
    tube = pipe(outer_mm, outer_mm - 0.7, 0.0, -back)
    starts = np.arange(2.0, -back - 36.0, 38.0)
    rods = union(cylinder(0.7 * outer_mm - 0.5, at, at + 34.0) for at in starts)
    outside = (
        (back + 14, r + 0.05),
        (back + 8, 8.0),
        (back - 20, 9.0),
        (back - 40, 15.5),
        (-length_mm, 15.5),
    )
    body = lathed((*outside, (-length_mm, 9), (back, r + 0.05)), hollow=True, facets=16)
    post = placed(cylinder(9.0, -26.0, -8.5), (0, 0, back - 8), (1, 0, 0))
    return Part(union(tube, body, post), _STEEL), Part(rods, "glass")
