"""Coins, keys, glasses, buckles, hearing aids (`carried.toml`).

Frame: the middle at the origin, flat in the y-z plane, +z up in the picture, x towards the viewer.
"""

import numpy as np

from fluoroseg.tools.curves import Curve, through
from fluoroseg.tools.flat import facing, flat, oval, plate
from fluoroseg.tools.flexible import Parts
from fluoroseg.tools.shapes import bar, cylinder, hoop, lathed, pipe
from fluoroseg.tools.solids import difference, placed, shifted, turned, union
from fluoroseg.tools.tool import Part


def coin(diameter_mm: float, thick_mm: float, core_mm: float, rim: str, core: str) -> Parts:
    """A coin with a raised rim; a core of another metal when `core_mm` is not 0."""
    r, t = diameter_mm / 2, thick_mm / 2
    side = [(t - 0.2, 0.0), (t - 0.2, 0.9 * r), (t, 0.92 * r), (t, r)]
    whole = lathed([*side, *((-z, x) for z, x in side[::-1])], facets=48)
    if not core_mm:
        return (Part(facing(whole), rim),)
    middle = cylinder(core_mm, 0.2 - t, t - 0.2, facets=48)
    ring = difference(whole, cylinder(core_mm, -t, t, facets=48))
    return Part(facing(ring), rim), Part(facing(middle), core)


def key(length_mm: float, bow_mm: float, material: str) -> Parts:
    """A flat key, its bow above."""
    r, low = bow_mm / 2, bow_mm - length_mm
    angle = np.radians(np.linspace(-60, 240, 30))
    bow = r * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    z = np.linspace(low + 2, -r - 3, 12)
    teeth = [(2.8 - 1.6 * ((7 * i) % 4) / 3 if i < 10 else 4.0, at) for i, at in enumerate(z)]
    outline = np.concatenate([[(-4.0, -r - 2), (-4.0, low + 3), (0.0, low)], teeth, bow])
    metal = flat(outline, 2.0, 0.3 * bow[::2] + np.array([0, 0.4 * r]))
    return (Part(shifted(metal, (0, 0, (length_mm - 1.5 * bow_mm) / 2)), material),)


def key_ring(diameter_mm: float, keys: int) -> Parts:
    """A ring with keys that hang from it."""
    ring = hoop(oval(diameter_mm, diameter_mm), 2.0, 8)
    metal = []
    for i in range(keys):
        one = key(52.0 + 3 * i, 24.0, "brass")[0].mesh
        low = shifted(one, (3.0 * (i - (keys - 1) / 2), 0, -diameter_mm / 2 - 22.0))
        metal.append(turned(low, (1, 0, 0), 28.0 * (i - (keys - 1) / 2)))
    return Part(ring, "stainless_steel"), Part(difference(union(metal), ring), "brass")


def glasses(wide_mm: float, lens_mm: float, material: str) -> Parts:
    """Spectacles with open arms that reach back along -x."""
    y, rim = wide_mm / 4, oval(lens_mm, 0.75 * lens_mm)
    frame, lenses = [], []
    for sign in (-1, 1):
        frame.append(hoop(rim + np.array([0, sign * y, 0]), 2.0, 8))
        lenses.append(shifted(flat(rim[:, 1:], 2.0), (0, sign * y, 0)))
        bow = [(0.0, y + lens_mm / 2, 4), (-60, wide_mm / 2 + 3, 4), (-105, wide_mm / 2, 2)]
        arm = through([(x, sign * a, z) for x, a, z in (*bow, (-135, wide_mm / 2 - 3, -22))])
        frame.append(bar(((0.0, 3.0, 1.6), (-arm.length_mm, 4.0, 2.0)), arm, facets=8))
    bridge = through([(0.0, -y + lens_mm / 2, 2), (2.0, 0, 7), (0, y - lens_mm / 2, 2)])
    metal = union(frame, cylinder(2.2, 0.0, bridge.length_mm, bridge, 8))
    return Part(metal, material), Part(difference(union(lenses), metal), "pmma")


def belt_buckle(wide_mm: float, high_mm: float, material: str) -> Parts:
    """A frame with a prong."""
    square = np.sign(oval(2, 2, 48)) * np.abs(oval(2, 2, 48)) ** 0.3
    frame = hoop(square * [0, wide_mm / 2, high_mm / 2], 4.5, 8)
    way = Curve(np.array([[1.0, -wide_mm / 2, 0], [2.5, wide_mm / 2, 0]]))
    return (Part(union(frame, bar(((0.0, 3.5, 3.5), (1 - wide_mm, 3.0, 3.0)), way)), material),)


def hearing_aid(length_mm: float) -> Parts:
    """Behind the ear: a bent shell with battery, coil and board; the tube to the ear."""
    top = 0.5 * length_mm
    way = through([(0.0, 0, top), (0, 5, 0.4 * top), (0, 4, -0.4 * top), (0, -3, -top)])
    end = way.length_mm
    shell = bar(((0, 5, 6), (-4, 8, 8), (-0.7 * end, 9, 9), (-end, 7, 8)), way, facets=12)
    low, middle = way.place(np.array([[0.0, 0, 6 - end], [0.0, 0, -0.45 * end]]))
    cell, coil = (
        placed(cylinder(5.6, -1.7, 1.7), low, (0, 0.3, 1)),
        placed(cylinder(3.0, -3, 3), middle, (0, 0, 1)),
    )
    board = bar(((-6.0, 4.0, 0.8), (-0.33 * end, 4.0, 0.8)), way)
    bow = [(0.0, 0, top + 0.1), (0, -8, 1.1 * top + 4), (2, -18, 0.6 * top), (-6, -20, -2)]
    tube = through(bow)
    return (
        Part(difference(shell, cell, coil, board), "epoxy"),
        Part(cell, "stainless_steel"),
        Part(union(coil, board), "copper"),
        Part(pipe(2.6, 1.4, 0.5, tube.length_mm, tube), "pvc"),
    )


def cochlear_implant(coil_mm: float) -> Parts:
    """A receiver with its coil and magnet, and the electrode that winds into the cochlea."""
    low = -coil_mm / 2
    rings = [hoop(oval(coil_mm - 3 * i, coil_mm - 3 * i), 0.8, 6) for i in range(3)]
    body = shifted(plate(22.0, 24.0, 4.5, 5.0), (0, 0, low - 14))
    turn = np.linspace(0, 4.5 * np.pi, 20)[3:]
    r = 4.6 - 0.26 * turn
    spiral = np.stack([0.5 * turn, r * np.cos(turn) + 40, r * np.sin(turn) + low - 40], axis=1)
    start = [[0.0, 6, low - 26.1], [0, 18, low - 44], [0, 34, low - 47]]
    lead = through(np.concatenate([start, spiral]))
    metal = union(rings, cylinder(0.9, 0.0, lead.length_mm, lead, 8))
    magnet = facing(cylinder(11.0, -1.2, 1.2))
    return Part(metal, "platinum"), Part(body, "titanium"), Part(magnet, "iron")
