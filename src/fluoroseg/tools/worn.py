"""What is sewn or pinned to clothes and hair (`worn.toml`).

Frame: the middle at the origin, flat in the y-z plane, +z up in the picture, x towards the viewer.
"""

import numpy as np

from fluoroseg.tools.curves import Curve, through
from fluoroseg.tools.flat import facing, flat, oval
from fluoroseg.tools.flexible import Parts
from fluoroseg.tools.shapes import bar, cylinder, hoop, lathed, pipe
from fluoroseg.tools.solids import box, difference, rounded, shifted, union
from fluoroseg.tools.tool import Part


def button(diameter_mm: float, thick_mm: float, holes: int, material: str) -> Parts:
    """A disc with a rim and holes to sew it on."""
    r, t = diameter_mm / 2, thick_mm / 2
    sizes = ((t, 0.7 * r), (t, r), (-t, r), (-t, 0.0), (0.4 * t, 0.0), (0.4 * t, 0.66 * r))
    disc = lathed(sizes, hollow=True, facets=32)
    angle = 2 * np.pi * (np.arange(holes) + 0.5) / holes
    spots = 0.2 * diameter_mm * np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1)
    bores = [shifted(cylinder(0.16 * diameter_mm, -t - 1, t + 1), spot) for spot in spots]
    return (Part(facing(difference(disc, *bores)), material),)


def press_stud(diameter_mm: float) -> Parts:
    """A snap fastener: a ring with a domed middle, of brass."""
    r = diameter_mm / 2
    dome = lathed(((1.2, 0.0), (1.0, 0.35 * r), (0.0, 0.5 * r), (-0.4, r), (-1.0, r), (-1.0, 0.0)), facets=24)
    return Part(facing(dome), "brass"), Part(
        facing(pipe(0.8 * diameter_mm, 0.4 * diameter_mm, 1.1, 2.4)), "brass"
    )


def zip_fastener(length_mm: float, tooth_mm: float, material: str) -> Parts:
    """Two rows of teeth that interlock, a slider with its tab, a stop."""
    size = (0.5 * tooth_mm, 0.9 * tooth_mm, 0.3 * tooth_mm)
    rows = np.arange(-length_mm / 2 + 2, length_mm / 2 - 8, 0.55 * tooth_mm)
    teeth = [box(size, (0, (0.28 if i % 2 else -0.28) * tooth_mm, z)) for i, z in enumerate(rows)]
    top = length_mm / 2 - 6.0
    slider = flat([(-4, top - 5), (4, top - 5), (4.6, top + 5), (-4.6, top + 5)], 3.0)
    eye = [(-1.2, top - 20), (1.2, top - 20), (1, top - 13), (-1, top - 13)]
    tab = flat([(-2.6, top - 22), (2.6, top - 22), (2, top - 3), (-2, top - 3)], 1.0, eye)
    stop = box((2.0, 6.0, 2.0), (0, 0, -length_mm / 2 + 1.0))
    return (Part(union(teeth, slider, shifted(tab, (1.9, 0, 0)), stop), material),)


def underwires(cup_mm: float, gap_mm: float) -> Parts:
    """The two wires of a brassiere and its hooks."""
    wires = []
    for sign in (-1.0, 1.0):
        angle = np.radians(np.linspace(178, 372, 40))
        y = sign * (cup_mm / 2 + gap_mm / 2) + cup_mm / 2 * np.cos(angle)
        line = Curve(np.stack([-8 * np.sin(angle) ** 2, y, 0.62 * cup_mm * np.sin(angle)], axis=1))
        wires.append(bar(((0.0, 0.9, 2.4), (-line.length_mm, 0.9, 2.4)), line, facets=8))
    return (Part(union(wires), "stainless_steel"),)


def bra_hooks(rows: int) -> Parts:
    """The hooks and eyes of a brassiere's clasp."""
    out = []
    for z in 12.0 * (np.arange(rows) - (rows - 1) / 2):
        hook = through([(0.0, -1.2, z), (0, 3.5, z), (0.8, 5.0, z), (1.6, 3.5, z), (1.7, 1.0, z)], 0.2)
        out.append(cylinder(0.9, 0.0, hook.length_mm, hook, 8))
        out += [hoop(oval(3.0, 5.0, 20) + np.array([0.4, y, z]), 0.8, 6) for y in (4.2, 14.0, 24.0)]
    return (Part(union(out), "stainless_steel"),)


def safety_pin(length_mm: float, thick_mm: float) -> Parts:
    """A closed safety pin along z."""
    half, end = 0.11 * length_mm, length_mm / 2
    angle = np.radians(np.linspace(160, 380, 16))
    turn = 0.6 * half * np.stack([np.cos(angle), np.sin(angle)], axis=1) + [0, half - end]
    coil = np.column_stack([0.5 * thick_mm * np.linspace(-1, 1, 16), turn])
    line = Curve(np.concatenate([[[-0.4, -half, end - 3]], coil, [[0.4, half, end - 3]]]))
    corners = [(-half - 1, end - 8), (half + 1, end - 8), (half, end), (-half, end)]
    cap = flat(rounded(corners, 1.2), 2.2)
    return (Part(union(cylinder(thick_mm, 0.0, line.length_mm, line, 8), cap), "stainless_steel"),)


def hairpin(length_mm: float) -> Parts:
    """A bobby pin: one leg straight, one wavy."""
    end = length_mm / 2
    z = np.linspace(-end, end - 3, 30)
    wavy = np.stack([0 * z, 1.6 + 0.9 * np.cos(2 * np.pi * (z + end) / 9.0), z], axis=1)
    other = [
        [0.0, 0.6, end - 0.6],
        [0, -0.8, end - 3],
        [0, -0.9, end / 2],
        [0, -0.9, 0.0],
        [0, -0.9, -end / 2],
    ]
    line = through(np.concatenate([wavy, other, [[0.0, -0.9, -end]]]), 0.3)
    return (Part(bar(((0.0, 1.6, 0.7), (-line.length_mm, 1.6, 0.7)), line), "stainless_steel"),)
