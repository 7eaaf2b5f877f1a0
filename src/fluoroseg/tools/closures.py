"""Suture needles and threads, staples, clips, sternal wires (`closures.toml`, which tells their frames)."""

import numpy as np

from fluoroseg.tools.curves import Curve, bent, through
from fluoroseg.tools.flexible import Parts, Path, curve_of, hooked
from fluoroseg.tools.shapes import cylinder, hoop, lathed
from fluoroseg.tools.solids import shifted, turned, union
from fluoroseg.tools.tool import Part

_STEEL = "stainless_steel"


def suture_needle(chord_mm: float, arc_deg: float, thick_mm: float, thread_mm: float) -> Parts:
    """A curved needle in the y-z plane; `thread_mm` of thread behind it (0: none)."""
    radius = chord_mm / (2 * np.sin(np.radians(min(arc_deg, 180.0)) / 2))
    curve = Curve(bent((np.radians(arc_deg) * radius, arc_deg)).points_mm[:, [1, 0, 2]])
    end, r = curve.length_mm, thick_mm / 2
    needle = lathed(((0.0, 0.0), (-0.15 * end, 0.8 * r), (-0.3 * end, r), (-end, r)), curve)
    if not thread_mm:
        return (Part(needle, _STEEL),)
    way = -curve.axes[-1, 2]
    side = np.array([0.0, way[2], -way[1]])
    course = thread_mm * np.array([[0.0, 0], [0.15, 0.05], [0.4, -0.12], [0.7, 0.1], [1.0, 0.0]])
    line = through(curve.points_mm[-1] + 0.1 * way + course @ np.stack([way, side]))
    return Part(needle, _STEEL), Part(cylinder(0.4, 0.0, line.length_mm, line), "nylon")


def skin_staples(count: int, wide_mm: float, high_mm: float, step_mm: float) -> Parts:
    """A row of closed staples along y; their crowns lie on the skin at z = 0, their legs in it."""
    h, w = high_mm, wide_mm / 2
    half = [(0.0, 0.9 * w), (0.08 * h, w), (0.9 * h, w), (h, 0.9 * w), (h, 0.2 * w)]
    outline = [*half[::-1], *((z, -x) for z, x in half)]
    line = Curve(np.array([[x, 0.0, z] for z, x in outline]))
    staple = cylinder(0.55, 0.0, line.length_mm, line, 8)
    row = []
    for i in range(count):  # none is quite like the next
        askew = turned(staple, (0, 0, 1), 7.0 * np.sin(5.1 * i))
        row.append(shifted(askew, (0.5 * np.sin(2.3 * i), (i - (count - 1) / 2) * step_mm, 0.0)))
    return (Part(union(row), "steel_316l"),)


def bowel_staples(length_mm: float, rows: int, wire_mm: float) -> Parts:
    """A stapler's line in bowel or lung: rows of small B shapes of titanium, set off against each other."""
    turn = np.linspace(2.0, 6.6, 9)
    lobe = np.stack([0 * turn, 0.75 * np.sin(turn), 0.95 + 0.85 * np.cos(turn)], axis=1)
    line = Curve(np.concatenate([lobe * [1, 1, -1], lobe[::-1]]))
    one = cylinder(wire_mm, 0.0, line.length_mm, line, 4)
    first = (length_mm - 3.8) / 2
    spots = [
        (2.0 * row - (rows - 1), z - first)
        for row in range(rows)
        for z in np.arange(1.95 * (row % 2), 2 * first + 0.1, 3.9)
    ]
    return (Part(union(shifted(one, (0.0, y, z)) for y, z in spots), "titanium"),)


def clips(count: int, length_mm: float, wire_mm: float, spread_mm: float, material: str) -> Parts:
    """Closed surgical clips: thin V shapes, scattered (the same way each time) when several."""
    half, low = 0.58 * wire_mm, wire_mm / 2 - length_mm
    bow = [(0.0, half, 0), (0, half, 0.6 * low), (0, 0, low), (0, -half, 0.6 * low), (0, -half, 0)]
    line = through(bow, 0.1)
    one = shifted(cylinder(wire_mm, 0.0, line.length_mm, line, 8), (0, 0, length_mm / 2))
    if count == 1:
        return (Part(one, material),)
    rng = np.random.default_rng(count)
    spots = np.linspace(-0.5, 0.5, count)[:, None] * [0.1, 0.2, 1.0] + rng.normal(0, 0.1, (count, 3))
    spots -= (spots.max(axis=0) + spots.min(axis=0)) / 2
    axes, turns = rng.normal(size=(count, 3)), rng.uniform(-70, 70, count)
    several = [turned(one, axis, deg) for axis, deg in zip(axes, turns, strict=True)]
    return (Part(union(map(shifted, several, spread_mm * spots)), material),)


def sternal_wires(count: int, wide_mm: float, step_mm: float) -> Parts:
    """Steel cerclages of a sternum, one above the other along z, each with its twist in front (+x)."""
    rings = []
    angle = np.linspace(0, 2 * np.pi, 32, endpoint=False)
    for i in range(count):
        ring = np.stack([6 * np.sin(angle), wide_mm / 2 * np.cos(angle), 1.2 * np.sin(2 * angle + i)], axis=1)
        twist = through([(6.0, 0.0, 0), (8.5, 2.0, 2.5), (8.0, 6.0, 4.5), (7.0, 9.0, 4.0)])
        one = union(hoop(ring, 0.9, 8), cylinder(1.6, 0.0, twist.length_mm, twist, 8))
        lean = turned(one, (1, 0, 0), 8.0 * np.sin(2.3 * i))
        rings.append(shifted(lean, (-6.0, 0, step_mm * ((count - 1) / 2 - i))))
    return (Part(union(rings), "steel_316l"),)


def thread(path_mm: Path, width_mm: float, length_mm: float, material: str) -> Parts:
    """A suture thread or wire."""
    rest = ((30.0, 60.0), (40.0, -90.0, 40.0))
    curve = curve_of(path_mm, length_mm, lambda: hooked(*rest, length_mm=length_mm))
    return (Part(cylinder(width_mm, 0.0, curve.length_mm, curve), material),)
