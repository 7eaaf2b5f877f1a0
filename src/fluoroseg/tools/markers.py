"""Rulers, beads, navigation markers, letters (`field.toml`).

Frame: the middle at the origin, flat in the y-z plane, +z up in the picture, x towards the viewer.
"""

from itertools import pairwise

import numpy as np
from jaxtyping import Float

from fluoroseg.tools.curves import Curve
from fluoroseg.tools.flat import flat
from fluoroseg.tools.flexible import Parts
from fluoroseg.tools.shapes import bar, cylinder
from fluoroseg.tools.solids import ball, box, difference, placed, rounded, shifted, union
from fluoroseg.tools.tool import Part

_STROKES: dict[str, list[list[tuple[float, float]]]] = {
    "l": [[(-0.35, 0.5), (-0.35, -0.5)], [(-0.42, -0.43), (0.35, -0.43)]],
    "r": [
        [(-0.35, 0.5), (-0.35, -0.5)],
        [(-0.4, 0.43), (0.1, 0.43), (0.3, 0.33), (0.33, 0.2), (0.28, 0.06), (0.1, -0.03), (-0.4, -0.03)],
        [(-0.02, 0.0), (0.35, -0.5)],
    ],
}
"""Lines of a letter of height 1 in the y-z plane."""


def ruler(length_mm: float, step_mm: float, material: str) -> Parts:
    """A plastic ruler along z with marks of lead: longer at each fifth, numbered by dots at each tenth."""
    marks = []
    for i, z in enumerate(np.arange(-length_mm / 2 + 5, length_mm / 2 - 4.9, step_mm)):
        wide = 12.0 if i % 10 == 0 else 8.0 if i % 5 == 0 else 5.0
        marks.append(box((0.5, wide, 0.7), (0, 12.0 - wide / 2, z)))
        if i % 10 == 0:
            marks += [box((0.5, 1.4, 1.4), (0, -4.0 - 2.6 * k, z)) for k in range(1 + (i // 10) % 4)]
    body = difference(box((2.0, 28.0, length_mm)), *marks)
    return Part(body, "pmma"), Part(union(marks), material)


def bead(diameter_mm: float, material: str) -> Parts:
    """A ball."""
    return (Part(ball(diameter_mm / 2, facets=48), material),)


def calibration_ball(diameter_mm: float) -> Parts:
    """A ball for templates in a holder: a steel ball in a plastic cup on a stalk."""
    half = diameter_mm / 2
    room = ball(half + 0.02, facets=48)
    cup = difference(cylinder(diameter_mm + 5, -half - 2.5, half + 2.5), room)
    stand = union(cup, cylinder(12.0, half + 2.0, half + 110), cylinder(60.0, half + 109, half + 115))
    return Part(ball(half, facets=48), "stainless_steel"), Part(stand, "pmma")


def marker_array(spheres: int, arm_mm: float, ball_mm: float) -> Parts:
    """A navigation reference: balls of plastic on posts of a metal star."""
    star = [[0.0, 0.9], [0.75, 0.35], [-0.62, 0.2], [0.25, -0.8], [-0.8, -0.5]]
    ends = arm_mm * np.array([[0.0, *one] for one in star[:spheres]])
    ways = [Curve(np.stack([0 * end, end])) for end in ends]
    arms = [bar(((0.0, 8.0, 4.0), (-way.length_mm, 8.0, 4.0)), way) for way in ways]
    post = placed(cylinder(4.0, -14.0, 0.0), (0, 0, 0), (1, 0, 0))
    one = difference(shifted(ball(ball_mm / 2, facets=24), (16.0, 0, 0)), post)
    clamp = union(box((14, 16, 16)), cylinder(8.0, 0.0, 1.2 * arm_mm))
    metal = union(arms, (shifted(post, end) for end in ends), clamp)
    return Part(metal, "aluminium"), Part(union(shifted(one, end) for end in ends), "polypropylene")


def letter(which: str, high_mm: float, thick_mm: float, beads: int) -> Parts:
    """A letter of lead in a strip of plastic, read from +x; beads beside it tell what was up."""
    pieces = [(a, b) for line in _STROKES[which] for a, b in pairwise(high_mm * np.array(line))]
    lead = [flat(_stroke(a, b, 0.15 * high_mm), thick_mm) for a, b in pieces]
    heights = high_mm * np.array([0.3, 0.0, -0.3])[:beads]
    lead += [shifted(ball(1.5, facets=12), (0.0, 0.75 * high_mm, z)) for z in heights]
    right, up = (0.9 if beads else 0.5) * high_mm, 0.62 * high_mm
    corners = [(-0.5 * high_mm, -up), (right, -up), (right, up), (-0.5 * high_mm, up)]
    metal = union(lead)
    strip = difference(flat(rounded(corners, 0.1 * high_mm), thick_mm + 2.5), metal)
    return Part(strip, "pmma"), Part(metal, "lead")


def _stroke(a: Float[np.ndarray, "2"], b: Float[np.ndarray, "2"], wide: float) -> Float[np.ndarray, "4 2"]:
    way = (b - a) / np.linalg.norm(b - a)
    side, more = wide / 2 * np.array([-way[1], way[0]]), 0.3 * wide * way
    return np.array([a - more - side, b + more - side, b + more + side, a - more + side])
