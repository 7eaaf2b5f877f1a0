"""Implants of the spine.

Frames: pedicle screws point to the front, tip at the origin. Between and in vertebral bodies the origin is
the body's or disc's middle, +z to the front, +x to the head. Rods bend along a curve.
"""

from itertools import pairwise

import numpy as np
from jaxtyping import Float

from fluoroseg.project.mesh_body import Mesh
from fluoroseg.tools.curves import smooth
from fluoroseg.tools.lathe import lathe
from fluoroseg.tools.lofts import sweep, wire
from fluoroseg.tools.screws import ridged
from fluoroseg.tools.solids import (
    ball,
    box,
    circle,
    difference,
    extruded,
    hull,
    intersection,
    placed,
    rod,
    rounded,
    shifted,
    stretched,
    turned,
    union,
)
from fluoroseg.tools.tool import Part

ROD_MM = 5.5


def pedicle_screw(diameter_mm: float, length_mm: float, tilt_deg: float) -> tuple[Part, ...]:
    """A screw with a ball head in a U-shaped tulip that holds a rod (not drawn) by a set screw.

    length_mm: of the shaft, to the tulip.  tilt_deg: of the tulip against the shaft.
    """
    shaft = ridged(diameter_mm, 0.7 * diameter_mm, length_mm + 2.0, 2.6)
    centre = (0.0, 0.0, -length_mm - 3.0)
    screw = union(shaft, ball(3.9, centre, 24))
    cup = lathe([(5.2, 5.0), (3.0, 6.4), (-12.0, 6.4)], 32)
    slot = box((14, ROD_MM + 0.1, 11.0), (0, 0, -7.5))
    seat = rod((-7, 0, -2.0), (7, 0, -2.0), ROD_MM / 2 + 0.05)
    cup = difference(cup, ball(3.95, (0, 0, 2.4), 24), rod((0, 0, 2.0), (0, 0, 8), 3.3), slot, seat)
    cap = rod((0, 0, -8.2), (0, 0, -11.8), 4.2)
    cup = difference(cup, rod((0, 0, -8.1), (0, 0, -14), 4.3))
    tulip = [
        shifted(turned(m, (1, 0, 0), tilt_deg, (0, 0, 2.4)), (0, 0, centre[2] - 2.4)) for m in (cup, cap)
    ]
    tulip[0] = difference(tulip[0], screw)
    return Part(screw, "titanium_alloy"), *(Part(m, "titanium_alloy") for m in tulip)


def spinal_rod(path_mm: Float[np.ndarray, "n 3"], diameter_mm: float, material: str) -> tuple[Part, ...]:
    """A rod along a curve."""
    return (Part(wire(smooth(path_mm, 3.0), diameter_mm / 2, 20), material),)


def laminar_hook(blade_mm: float, width_mm: float) -> tuple[Part, ...]:
    """A hook around a lamina, with a slot for a rod. Frame: inside it at the origin, +z to the front."""
    curve = [(-0.6, 0, -8.0), (0.2, 0, -3.5), (2.4, 0, 0.0), (6.0, 0, 1.0), (blade_mm, 0, 0.4)]
    line = smooth(curve, 1.0)
    strip = np.array([(-0.9, -0.5), (0.9, -0.5), (0.9, 0.5), (-0.9, 0.5)]) * [1.0, width_mm]
    hook = sweep(line, strip, across=(1, 0, 0))
    head = difference(
        rod((0, 0, -7.0), (0, 0, -20.0), 5.5),
        box((20, ROD_MM, 10), (0, 0, -18.0)),
        rod((-9, 0, -13), (9, 0, -13), ROD_MM / 2),
    )
    return (Part(union(hook, head), "titanium_alloy"),)


def cross_connector(width_mm: float) -> tuple[Part, ...]:
    """A bar that clasps two rods. Frame: its middle at the origin, +x across the spine, +z to the front."""
    half = width_mm / 2
    bar = box((width_mm - 10, 6.0, 3.0), (0, 0, -2.5))
    jaws = [
        difference(
            rod((x, -5, 0), (x, 5, 0), 5.0),
            rod((x, -6, 0), (x, 6, 0), ROD_MM / 2),
            box((4, 12, 9), (x, 0, 5.0)),
        )
        for x in (-half + 5, half - 5)
    ]
    return (Part(union(bar, *jaws), "titanium_alloy"),)


def box_cage(
    width_mm: float, depth_mm: float, height_mm: float, window_mm: float, material: str
) -> tuple[Part, ...]:
    """An interbody cage with ridges, windows and marker pins. width_mm: from left to right (y)."""
    flat = rounded([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)], 0.25, 24)
    outline = flat * [depth_mm, width_mm]
    body = shifted(extruded(outline, height_mm), (0, 0, -height_mm / 2))
    grooves = []
    for x in np.arange(-depth_mm / 2 + 1.5, depth_mm / 2 - 1, 2.0):
        for z in (-height_mm / 2, height_mm / 2):
            grooves.append(shifted(turned(box((0.9, width_mm + 2, 0.9)), (0, 1, 0), 45), (x, 0, z)))
    window = shifted(
        extruded(flat * [depth_mm - 2 * window_mm, width_mm - 2 * window_mm], 2 * height_mm),
        (0, 0, -height_mm),
    )
    side = rod((0, -width_mm, 0), (0, width_mm, 0), 0.28 * height_mm)
    body = difference(body, *grooves, window, side)
    return _marked(body, depth_mm, width_mm, height_mm, window_mm, material)


def banana_cage(width_mm: float, depth_mm: float, height_mm: float) -> tuple[Part, ...]:
    """A curved PEEK cage for one side approach (TLIF), with tantalum markers."""
    radius, half = 0.84 * width_mm, np.radians(42)
    angle = np.linspace(-half, half, 25)
    outer = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    inner = (radius - depth_mm) / radius * outer[::-1]
    outline = rounded(np.concatenate([outer, inner]) - [radius - depth_mm / 2, 0], 0.4 * depth_mm * 0.8, 20)
    body = shifted(extruded(outline, height_mm), (0, 0, -height_mm / 2))
    slots = [
        rod(
            (radius * (np.cos(a) - 1), radius * np.sin(a) * 0.85, -height_mm),
            (radius * (np.cos(a) - 1), radius * np.sin(a) * 0.85, height_mm),
            0.24 * depth_mm,
        )
        for a in (-0.3, 0.0, 0.3)
    ]
    body = difference(body, *slots)
    ends = [(radius * (np.cos(a) - 1) - 0.05 * depth_mm, 0.84 * radius * np.sin(a)) for a in (-0.62, 0.62)]
    pins = [rod((x, y, -0.4 * height_mm), (x, y, 0.4 * height_mm), 0.5, facets=12) for x, y in ends]
    cut = difference(body, *pins)
    pins = [intersection(body, pin) for pin in pins]
    return tuple(Part(_to_front(m), k) for m, k in [(cut, "peek"), *((p, "tantalum") for p in pins)])


def mesh_cage(diameter_mm: float, length_mm: float) -> tuple[Part, ...]:
    """A titanium mesh cylinder with diamond openings. Frame: its middle at the origin, +x along it."""
    wall = lathe(
        [
            (length_mm / 2, diameter_mm / 2),
            (-length_mm / 2, diameter_mm / 2),
            (-length_mm / 2, diameter_mm / 2 - 1.2),
            (length_mm / 2, diameter_mm / 2 - 1.2),
        ],
        48,
        True,
    )
    around = max(int(diameter_mm * np.pi / 5.5) // 2 * 2, 6)
    rows = max(int((length_mm - 3) / 4.0), 1)
    diamonds = []
    for row in range(rows):
        z = (row - (rows - 1) / 2) * 4.0
        for k in range(around // 2):
            angle = 360.0 / around * (k + 0.5 * (row % 2))
            bar = box((diameter_mm + 4, 3.0, 3.0))
            diamonds.append(shifted(turned(turned(bar, (1, 0, 0), 45), (0, 0, 1), angle), (0, 0, z)))
    return (Part(turned(difference(wall, union(*diamonds)), (0, 1, 0), 90), "titanium"),)


def disc_prosthesis(width_mm: float, depth_mm: float, height_mm: float) -> tuple[Part, ...]:
    """Two cobalt-chromium end plates with keels and a polyethylene core between them."""
    t = 0.16 * height_mm
    flat = rounded([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)], 0.3, 32) * [depth_mm, width_mm]
    keel = box((0.55 * depth_mm, 1.2, 3.0))
    top = union(
        shifted(extruded(flat, t), (0, 0, height_mm / 2 - t)), shifted(keel, (0, 0, height_mm / 2 + 1.0))
    )
    dome = stretched(ball(1.0, facets=40), (0.36 * depth_mm, 0.3 * width_mm, height_mm / 2 - t + 0.4))
    core = intersection(dome, box((depth_mm, width_mm, height_mm - 2 * t)))
    parts = [
        (top, "cobalt_chromium"),
        (turned(top, (1, 0, 0), 180), "cobalt_chromium"),
        (core, "polyethylene"),
    ]
    return tuple(Part(_to_front(m), k) for m, k in parts)


def cervical_plate(levels: int, length_mm: float) -> tuple[Part, ...]:
    """An anterior plate with two screws at each vertebra.

    Frame: the middle of its bone side at the origin, +z to the front, +x to the head.
    """
    rows = np.linspace(-0.5, 0.5, levels + 1) * (length_mm - 9)
    x = np.linspace(-length_mm / 2, length_mm / 2, 8 * (levels + 1) + 1)
    waist = 8.2 - 1.6 * np.abs(np.sin(np.pi * (x + length_mm / 2 - 4.5) * levels / (length_mm - 9)))
    outline = rounded(np.concatenate([np.stack([x, -waist], 1), np.stack([x, waist], 1)[::-1]]), 1.5)
    windows = [circle(3.2, (float(a + b) / 2, 0), 24) for a, b in pairwise(rows)]
    plate = extruded(outline, 2.2, windows)
    spots = [(row, y) for row in rows for y in (-5.2, 5.2)]
    plate = difference(plate, *(rod((r, y, -3), (r, y, 5), 2.3, facets=20) for r, y in spots))
    screws = [
        shifted(placed(ridged(4.0, 2.8, 16.0, 1.5, 4.4), (0, 0, 0), (0, 0, -1)), (r, y, -13.9))
        for r, y in spots
    ]
    return Part(plate, "titanium_alloy"), *(Part(s, "titanium_alloy") for s in screws)


def bone_cement(volume_ml: float, seed: int, lumps: int) -> tuple[Part, ...]:
    """Cement as it spreads in a vertebral body: overlapping lumps with short spikes, of a given volume."""
    rng = np.random.default_rng(seed)
    spread = (volume_ml * 1000) ** (1 / 3)
    centres = rng.normal(0, 0.3, (lumps, 3)) * spread * [0.7, 1.0, 1.0]
    centres[0] = 0
    balls = [stretched(ball(1, facets=20), rng.uniform(0.3, 0.48, 3) * spread * [0.8, 1, 1]) for _ in centres]
    body = union(*(shifted(b, c) for b, c in zip(balls, centres, strict=True)))
    spikes = [
        rod(0.3 * c, 1.5 * c + rng.normal(0, 0.12, 3) * spread, 0.12 * spread, 0.02 * spread, 10)
        for c in centres[1:]
    ]
    joined = union(body, *(hull(a, ball(0.05 * spread, (0, 0, 0), 12)) for a in spikes))
    factor = (volume_ml * 1000 / joined.volume_mm3) ** (1 / 3)
    return (Part(stretched(joined, (factor, factor, factor)), "opaque_cement"),)


def interspinous_spacer(height_mm: float) -> tuple[Part, ...]:
    """A PEEK spacer with titanium wings. Frame: its middle at the origin, +z to the front, +x to the head."""
    core = stretched(rod((0, -5, 0), (0, 5, 0), height_mm / 2, facets=40), (1, 1, 0.8))
    core = difference(core, rod((0, -9, 0), (0, 9, 0), 2.0))
    pin = rod((0, -8, 0), (0, 8, 0), 2.0)
    wings = [
        extruded(
            rounded(
                np.array([(-1.05, -0.45), (1.05, -0.45), (1.05, 0.45), (-1.05, 0.45)]) * height_mm,
                0.3 * height_mm,
            ),
            2.0,
        )
        for _ in range(2)
    ]
    sides = [shifted(turned(w, (1, 0, 0), 90), (0, y, 0)) for w, y in zip(wings, (7.1, -5.1), strict=True)]
    return Part(core, "peek"), Part(union(pin, *sides), "titanium_alloy")


def _marked(
    body: Mesh, depth_mm: float, width_mm: float, height_mm: float, wall_mm: float, material: str
) -> tuple[Part, ...]:
    """A cage that X-rays pass gets tantalum pins in its corners."""
    if material != "peek":
        return (Part(_to_front(body), material),)
    x, y = depth_mm / 2 - wall_mm / 2, 0.22 * width_mm
    spots = [(-x, -y), (-x, y), (x, 0.0)]
    pins = [rod((a, b, -0.38 * height_mm), (a, b, 0.38 * height_mm), 0.4, facets=12) for a, b in spots]
    parts = [Part(_to_front(difference(body, *pins)), "peek")]
    return (*parts, *(Part(_to_front(pin), "tantalum") for pin in pins))


def _to_front(flat: Mesh) -> Mesh:
    """From x to the front and z to the head into z to the front and x to the head."""
    x, y, z = flat.vertices_mm.T
    return Mesh(np.stack([z, -y, x], axis=1), flat.faces)
