"""Bullets, shot, fragments, batteries, nails: foreign bodies (`carried.toml`).

Frame: the middle at the origin, flat in the y-z plane, +z up in the picture, x towards the viewer.
"""

import numpy as np

from fluoroseg.tools.flat import facing
from fluoroseg.tools.flexible import Parts
from fluoroseg.tools.shapes import cylinder, lathed, pipe
from fluoroseg.tools.solids import ball, box, difference, hull, shifted, union
from fluoroseg.tools.tool import Part


def bullet(calibre_mm: float, length_mm: float, squash: float) -> Parts:
    """A lead core in a brass jacket along z; squash: how much its nose has mushroomed (0: not at all)."""
    r, half, nose = calibre_mm / 2, length_mm / 2, 1 + squash
    side = [(1.0, 0.1), (0.64, 0.55 * nose), (0.2, 0.95 * nose), (-0.2, 1.0), (-1.0, 1.0)]
    whole = lathed([*((z * half, x * r) for z, x in side), (-half, 0.0)], facets=20)
    thin = [(z * (half - 0.5), max(0.05, x * r - 0.5)) for z, x in side]
    core = lathed([*thin, (0.5 - half, 0.0)], facets=20)
    return Part(difference(whole, core), "brass"), Part(core, "lead")


def pellets(count: int, pellet_mm: float, spread_mm: float) -> Parts:
    """Shot, scattered (the same way each time)."""
    rng = np.random.default_rng(count)
    spots = rng.normal(0, 0.25 * spread_mm, (4 * count, 3)) * [0.4, 1, 1]
    spots = spots[np.abs(spots).max(axis=1) < spread_mm / 2 - pellet_mm / 2][:count]
    spots[:2, 2] = [spread_mm / 2 - pellet_mm / 2, pellet_mm / 2 - spread_mm / 2]
    return (Part(union(shifted(ball(pellet_mm / 2, facets=12), at) for at in spots), "lead"),)


def shrapnel(size_mm: float, seed: int, material: str) -> Parts:
    """A jagged fragment: the hull of some corners (the same for the same seed)."""
    rng = np.random.default_rng(seed)
    corners = rng.uniform(-0.5, 0.5, (9, 3)) * size_mm * [0.35, 0.6, 1.0]
    corners[:2, 2] = [size_mm / 2 - 0.3, 0.3 - size_mm / 2]
    return (Part(hull(*(box((0.6, 0.6, 0.6), tuple(at)) for at in corners)), material),)


def button_battery(diameter_mm: float, thick_mm: float) -> Parts:
    """A button cell: can, gap (the double rim in the picture) and lid."""
    r, t = diameter_mm / 2, thick_mm / 2
    outside = [(t, 0.86 * r), (t, r), (-t, r), (-t, 0.0)]
    inside = [(0.3 - t, 0.0), (0.3 - t, r - 0.4), (0.4 * t, r - 0.4)]
    can = lathed(outside + inside, hollow=True, facets=40)
    lid = lathed(((t + 0.2, 0.0), (t + 0.2, 0.78 * r), (0.0, 0.8 * r), (0.0, 0.0)), facets=40)
    fill = cylinder(2 * (r - 0.6), 0.2, t - 0.4, facets=40)
    return Part(facing(union(can, lid)), "stainless_steel"), Part(facing(fill), "titanium")


def battery(diameter_mm: float, length_mm: float) -> Parts:
    """A cylindrical cell along z: steel can with its knob, a core (as brass), paste (as alumina)."""
    wide, end = diameter_mm, length_mm - 1.2
    can = difference(cylinder(wide, 0.0, end), cylinder(wide - 0.8, 0.4, end - 0.4))
    metal = union(can, cylinder(0.36 * wide, -1.2, 0.1))
    core = cylinder(0.36 * wide, 1.0, end - 1.8)
    paste = pipe(wide - 1.0, 0.37 * wide, 1.0, end - 1.8)
    parts = ((metal, "stainless_steel"), (core, "brass"), (paste, "alumina"))
    return tuple(Part(shifted(mesh, (0, 0, length_mm / 2 - 1.2)), what) for mesh, what in parts)


def nail(length_mm: float, thick_mm: float) -> Parts:
    """A nail or tack: head above."""
    head, r = 1.3 * thick_mm, thick_mm / 2
    sizes = (
        (0.0, 0.0),
        (0.0, head),
        (-1.2, head),
        (-1.2, r),
        (3 * thick_mm - length_mm, r),
        (-length_mm, 0.0),
    )
    return (Part(shifted(lathed(sizes), (0, 0, length_mm / 2)), "iron"),)


def piercing(length_mm: float, ball_mm: float) -> Parts:
    """A barbell with two balls, along z."""
    reach = (length_mm - ball_mm) / 2
    balls = [shifted(ball(ball_mm / 2, facets=16), (0, 0, sign * reach)) for sign in (-1, 1)]
    return (Part(union(balls, cylinder(1.6, -reach, reach)), "steel_316l"),)
