"""What is opened up in a vessel or duct: stents, stent grafts, coils, filters, valves on stents, occluders.

All are cages of struts (`stents.toml`): zigzag rings of wire on a surface of revolution.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from fluoroseg.project.mesh_body import Mesh
from fluoroseg.tools.curves import Curve
from fluoroseg.tools.flexible import Parts, Path, curve_of, hooked
from fluoroseg.tools.lofts import wire
from fluoroseg.tools.shapes import bend, capsule, cylinder, hoop, pipe, ring_line
from fluoroseg.tools.solids import gathered, union
from fluoroseg.tools.tool import Part

_POINTS = 3
"""Points of a zigzag's strut; a stent has hundreds of struts."""


def zigzag(
    diameter_mm: Callable[[Float[np.ndarray, " n"]], Float[np.ndarray, " n"]],
    top_mm: float,
    bottom_mm: float,
    crowns: int,
    phase: float = 0.0,
) -> Float[np.ndarray, "n 3"]:
    """A closed zigzag around the z axis between two heights; phase 0.5: the peaks where the valleys were."""
    n = 2 * crowns * _POINTS
    turn = np.arange(n) / n
    wave = np.abs(((turn * crowns + phase) % 1) * 2 - 1)  # 1 at the peak
    wave = 0.5 - 0.5 * np.cos(np.pi * wave)  # rounded crowns
    z = bottom_mm + (top_mm - bottom_mm) * wave
    r, angle = diameter_mm(z) / 2, 2 * np.pi * turn
    return np.stack([r * np.cos(angle), r * np.sin(angle), z], axis=1)


def stent(
    path_mm: Path,
    diameter_mm: float,
    length_mm: float,
    crowns: int,
    ring_mm: float,
    strut_mm: float,
    material: str,
) -> Parts:
    """Rings of zigzags in opposite phase, so that peaks meet valleys: closed cells."""
    curve = curve_of(path_mm, length_mm, lambda: hooked((2.0, 0.0), length_mm=length_mm))
    return (Part(_cage(curve, lambda z: np.full_like(z, diameter_mm), crowns, ring_mm, strut_mm), material),)


def marked_stent(
    path_mm: Path,
    diameter_mm: float,
    length_mm: float,
    crowns: int,
    ring_mm: float,
    strut_mm: float,
    material: str,
    marker: str,
) -> Parts:
    """A stent with four beads of a dense metal at each end; the ends flare a little."""
    curve = curve_of(path_mm, length_mm, lambda: hooked((2.0, 0.0), length_mm=length_mm))
    end = -curve.length_mm

    def width(z: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
        near = np.minimum(-z, z - end)
        return diameter_mm * (1 + 0.12 * np.clip(1 - near / (0.8 * diameter_mm), 0, 1))

    cage = _cage(curve, width, crowns, ring_mm, strut_mm)
    size, beads = 3.0 * strut_mm, []
    for z, sign in ((0.0, -1), (end, 1)):
        for angle in np.pi / 2 * np.arange(4) + 0.3:
            r = 1.12 * diameter_mm / 2 - 2.6 * strut_mm  # inside the struts
            line = np.array([[r * np.cos(angle), r * np.sin(angle), z + sign * 0.2 * i] for i in (1, 8)])
            beads.append(wire(curve.place(line), size / 2, 6))
    return Part(cage, material), Part(union(beads), marker)


def _cage(
    curve: Curve,
    width: Callable[[Float[np.ndarray, " n"]], Float[np.ndarray, " n"]],
    crowns: int,
    ring_mm: float,
    strut_mm: float,
) -> Mesh:
    total = curve.length_mm - strut_mm
    count = max(2, round(total / ring_mm))
    edges = -strut_mm / 2 - np.linspace(0, total, count + 1)
    rings = _rings(width, edges, crowns, strut_mm)
    return gathered(hoop(bend(ring, curve), strut_mm, 4) for ring in rings)


def _rings(
    width: Callable[[Float[np.ndarray, " n"]], Float[np.ndarray, " n"]],
    edges_mm: Float[np.ndarray, " n"],
    crowns: int,
    strut_mm: float,
) -> list[Float[np.ndarray, "m 3"]]:
    """Zigzags between heights (from above), in turn in opposite phase; neighbours' crowns just touch."""
    gap = np.full(len(edges_mm), 0.52 * strut_mm)
    gap[[0, -1]] = 0.0
    tops, bottoms = (edges_mm - gap)[:-1], (edges_mm + gap)[1:]
    return [
        zigzag(width, top, bottom, crowns, 0.5 * (i % 2))
        for i, (top, bottom) in enumerate(zip(tops, bottoms, strict=True))
    ]


def stent_graft(
    path_mm: Path, diameter_mm: float, length_mm: float, leg_mm: float, strut_mm: float, material: str
) -> Parts:
    """Separate Z rings on a tube of cloth, bare ones on top; below, two legs where `leg_mm` (wide) is not 0.

    The cloth is thinner than can be seen and left out; six beads of platinum mark its upper edge.
    """
    curve = curve_of(path_mm, length_mm, lambda: hooked((2.0, 0.0), length_mm=length_mm))
    total, ring = curve.length_mm, 15.0
    fork = 0.5 * total if leg_mm else total
    count = int((fork + 2.5) / (ring + 2.5))
    tops = np.linspace(strut_mm / 2, fork - ring - strut_mm / 2, count)
    rings = [
        bend(zigzag(lambda z: np.full_like(z, diameter_mm), -top, -top - ring, 10), curve) for top in tops
    ]
    if leg_mm:
        rings += _legs(curve, diameter_mm, leg_mm, fork, total - strut_mm / 2)
    beads = []
    for angle in 2 * np.pi * np.arange(6) / 6 + 0.2:
        x, y = (diameter_mm / 2 - 1.2) * np.array([np.cos(angle), np.sin(angle)])
        beads.append(capsule(1.2, 18.0, 21.0, curve.shifted(x, y)))
    return Part(gathered(hoop(ring, strut_mm, 6) for ring in rings), material), Part(union(beads), "platinum")


def _legs(
    curve: Curve, diameter_mm: float, leg_mm: float, fork_mm: float, end_mm: float
) -> list[Float[np.ndarray, "n 3"]]:
    rings = []
    aside = min(0.5 * leg_mm + 0.6, 0.5 * diameter_mm)
    for side, stop in ((-1, end_mm), (1, 0.5 * (fork_mm + end_mm))):  # the second leg is short: the gate
        leg = curve.shifted(side * aside, 0.0).part(0.0, 10 * end_mm)
        for top in np.linspace(fork_mm + 1, stop - 12.0, int((stop - fork_mm + 1.0) / 14.0)):
            ring = zigzag(lambda z: np.full_like(z, leg_mm), -top, -top - 12.0, 6)
            rings.append(bend(ring, leg))
    return rings


def coil(diameter_mm: float, wire_mm: float, turns: int, material: str) -> Parts:
    """An embolisation coil as it lies in an aneurysm: loops of one wire that fill a ball."""
    t = np.linspace(0, 2 * np.pi * turns, 24 * turns)
    slow = t * 0.27
    r = (diameter_mm - wire_mm) / 2
    loop = np.stack([np.cos(t), np.sin(t) * np.cos(slow), np.sin(t) * np.sin(slow)], axis=1)
    tilt = np.stack([loop[:, 0] * np.cos(t / 9) - loop[:, 2] * np.sin(t / 9), loop[:, 1]], axis=1)
    points = r * np.column_stack([tilt, loop[:, 0] * np.sin(t / 9) + loop[:, 2] * np.cos(t / 9)])
    return (Part(wire(points, wire_mm / 2, 6), material),)


def filter_cone(diameter_mm: float, length_mm: float, legs: int, tiers: int, material: str) -> Parts:
    """A vena cava filter: wires from a hub with a hook, splayed to the wall; the hook at the origin."""
    stem = capsule(2.0, 3.0, 7.0)
    hook = wire(_arc_hook(), 0.3, 6)
    wires = []
    for tier in range(tiers):
        reach, drop = (1.0, 1.0) if tier == 0 else (0.9, 0.45)
        for angle in 2 * np.pi * (np.arange(legs) + 0.5 * tier) / legs:
            s = np.linspace(0, 1, 12)
            r = 0.5 + (diameter_mm / 2 - 0.7) * reach * np.sin(np.pi / 2 * s**1.3)
            z = -6.0 - (length_mm - 6.0 - 0.3) * drop * s
            wires.append(wire(np.stack([r * np.cos(angle), r * np.sin(angle), z], axis=1), 0.2, 6))
    return (Part(union(stem, hook, *wires), material),)


def _arc_hook() -> Float[np.ndarray, "n 3"]:
    angle = np.radians(np.linspace(-60, 180, 14))
    arc = np.stack([1.2 * np.cos(angle) + 1.2, 0 * angle, 1.2 * np.sin(angle) - 1.5], axis=1)
    return np.concatenate([arc, [[0.0, 0, -2.4], [0, 0, -4.0]]])


def valve_frame(
    diameter_mm: float,
    length_mm: float,
    waist: float,
    flare: float,
    rows: int,
    crowns: int,
    strut_mm: float,
    material: str,
) -> Parts:
    """A transcatheter aortic valve's frame: diamonds on an hourglass; inflow at -z, +z with the flow.

    waist, flare: diameters in the middle and at the outflow as shares of the inflow's.
    """
    half = length_mm / 2 - strut_mm / 2

    def width(z: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
        inside = diameter_mm - strut_mm
        return inside * np.interp(z / half, [-1, -0.4, 0.15, 1], [1, 0.5 + waist / 2, waist, flare])

    edges = np.linspace(half, -half, rows + 1)
    rings = _rings(width, edges, crowns, strut_mm)
    return (Part(gathered(hoop(ring, strut_mm, 4) for ring in rings), material),)


def occluder(waist_mm: float, left_mm: float, right_mm: float) -> Parts:
    """A septal occluder: two discs of woven nitinol and the waist between, at the origin; axis z."""
    wires, count = [], 18
    for sign in (-1, 1):
        for i in range(count):
            turn = np.linspace(0, np.radians(100), 20) * sign
            s = np.linspace(0, 1, 20)
            for z, rim, rise in ((2.0, left_mm, 2.5), (-2.0, right_mm, -2.5)):
                r = np.interp(s, [0, 0.85, 1], [1.0, rim / 2 - 0.1, waist_mm / 2])
                height = np.interp(s, [0, 0.4, 0.85, 1], [z + rise, z + rise, z + 0.3 * rise, 0])
                angle = turn + 2 * np.pi * i / count
                wires.append(wire(np.stack([r * np.cos(angle), r * np.sin(angle), height], axis=1), 0.07, 4))
    rims = [hoop(ring_line(d - 0.2, 48, z), 0.15, 4) for d, z in ((left_mm, 2.75), (right_mm, -2.75))]
    ends = union(cylinder(2.2, -6.8, -4.8), cylinder(2.2, 4.8, 6.8))
    return Part(union(*wires, *rims), "nitinol"), Part(ends, "platinum")


def plug(diameter_mm: float, length_mm: float) -> Parts:
    """A vascular plug: a cylinder of woven nitinol between two platinum bands."""
    wires = []
    for sign in (-1, 1):
        for i in range(12):
            s = np.linspace(0, 1, 30)
            r = np.interp(s, [0, 0.12, 0.88, 1], [0.6, diameter_mm / 2 - 0.1, diameter_mm / 2 - 0.1, 0.6])
            angle = sign * np.pi * s + 2 * np.pi * i / 12
            z = -1.5 - (length_mm - 3.0) * s
            wires.append(wire(np.stack([r * np.cos(angle), r * np.sin(angle), z], axis=1), 0.07, 4))
    ends = union(pipe(1.6, 0.6, 0.0, 1.3), pipe(1.6, 0.6, length_mm - 1.3, length_mm))
    return Part(union(wires), "nitinol"), Part(ends, "platinum")
