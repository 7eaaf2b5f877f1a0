"""Chains, earrings, rings, watches (`worn.toml`).

Frame: the middle at the origin, flat in the y-z plane, +z up in the picture, x towards the viewer.
"""

import numpy as np
from jaxtyping import Float

from fluoroseg.tools.curves import through
from fluoroseg.tools.flat import facing, flat, oval
from fluoroseg.tools.flexible import Parts
from fluoroseg.tools.shapes import bar, cylinder, hoop, lathed
from fluoroseg.tools.solids import ball, box, difference, placed, shifted, union
from fluoroseg.tools.tool import Part


def necklace(wide_mm: float, high_mm: float, link_mm: float, pendant: str, material: str) -> Parts:
    """A chain of links in a drop-shaped line, with a pendant: "", "cross", "disc" or "heart"."""
    half = np.array([[0.35, 0.5], [0.5, 0.2], [0.3, -0.28], [0.0, -0.5]])
    drop = np.concatenate([half, half[2::-1] * [-1, 1]]) * [wide_mm, high_mm]
    line = through(np.column_stack([0 * drop[:, 0], drop]))
    count = int(line.length_mm / (0.8 * link_mm))
    angle = 2 * np.pi * np.arange(8) / 8
    ring = link_mm / 2 * np.stack([0 * angle, 0.6 * np.cos(angle), np.sin(angle)], axis=1)
    links = []
    for i, at in enumerate((np.arange(count) + 0.5) * line.length_mm / count):
        edgewise = ring if i % 2 else ring[:, [1, 0, 2]]
        links.append(hoop(line.place(edgewise - np.array([0, 0, at])), 0.22 * link_mm, 4))
    low = -0.5 * high_mm - 1.0
    shapes = {
        "cross": [box((1.5, 3.0, 24.0), (0, 0, low - 12)), box((1.5, 15.0, 3.0), (0, 0, low - 8))],
        "disc": [facing(cylinder(18.0, -0.7, 0.7), (0, 0, low - 9))],
        "heart": [flat(_heart(16.0, low - 9), 1.6)],
    }
    return (Part(union(links, shapes.get(pendant, [])), material),)


def _heart(wide: float, z: float) -> Float[np.ndarray, "n 2"]:
    t = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    height = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    return np.stack([-wide / 2 * np.sin(t) ** 3, z + wide / 32 * height], axis=1)


def pearls(wide_mm: float, high_mm: float, pearl_mm: float) -> Parts:
    """A string of beads."""
    points = oval(wide_mm, high_mm, int(np.pi * (wide_mm + high_mm) / 2 / (1.08 * pearl_mm)))
    bead = difference(ball(pearl_mm / 2, facets=12), cylinder(0.8, -pearl_mm, pearl_mm, facets=6))
    return (Part(union(shifted(placed(bead, (0, 0, 0), (0.0, -p[2], p[1])), p) for p in points), "glass"),)


def earring(kind: str, wide_mm: float, material: str) -> Parts:
    """A hoop, a stud with its butterfly, or a drop on a hook."""
    if kind == "hoop":
        return (Part(hoop(oval(wide_mm, wide_mm), 1.8, 8), material),)
    if kind == "stud":
        sizes = ((2.0, 0.3), (0.8, 0.5), (-1.0, 0.2))
        stone = lathed((*((z, r * wide_mm) for z, r in sizes), (-11.0, 0.4)))
        return (Part(facing(union(stone, cylinder(5.0, 8.0, 9.5))), material),)
    hook = through([(0.0, -3.0, -9), (0, -3.4, -2), (0, 0, 1.2), (0, 2.6, -2), (0, 0.6, -12)])
    pear = ((0.0, 0.03), (-0.6, 0.5), (-1.0, 0.4), (-1.2, 0.01))
    drop = shifted(lathed([(z * wide_mm, r * wide_mm) for z, r in pear]), (0, 0.6, -11.9))
    return (Part(union(cylinder(0.9, 0.0, hook.length_mm, hook), drop), material),)


def finger_ring(bore_mm: float, wide_mm: float, stone_mm: float, material: str) -> Parts:
    """A ring as on a finger along z; a stone of glass or none."""
    r, half = bore_mm / 2, wide_mm / 2
    sizes = ((half, r), (0.6 * half, r + 1.6), (-0.6 * half, r + 1.6), (-half, r))
    band = lathed(sizes, hollow=True, facets=40)
    if not stone_mm:
        return (Part(band, material),)
    cut = lathed(((1.0, 0.3 * stone_mm), (0.0, stone_mm / 2), (-0.6 * stone_mm, 0.1)))
    gem = placed(cut, (r + 1.7 + 0.6 * stone_mm, 0, 0), (1, 0, 0))
    return Part(difference(band, gem), material), Part(gem, "glass")


def watch(case_mm: float, strap_mm: float, links: bool) -> Parts:
    """A wrist watch: case, movement, glass; a strap of steel links or of rubber, bent around the wrist."""
    r = case_mm / 2
    outside = ((4.0, r - 2), (4.0, r), (-4.0, r), (-4.0, 0.0), (-3.2, 0.0), (-3.2, r - 2))
    case = facing(lathed(outside, hollow=True, facets=40))
    bore = 2 * (r - 2) - 0.3
    inside, glass = (facing(cylinder(bore, a, b, facets=40)) for a, b in ((-0.5, 3.0), (-3.8, -2.6)))
    crown = placed(cylinder(5.0, 0.0, 3.4), (0, r + 3.0, 0), (0, 1, 0))
    strap = []
    for sign in (-1.0, 1.0):
        bow = [(0.0, r + 0.2), (-6.0, r + 7), (-26.0, r + 11), (-48.0, r + 2)]
        way = through([(x, 0, sign * z) for x, z in bow])
        size = 5.0 if links else way.length_mm
        for at in np.arange(0.0, way.length_mm - 0.5 * size + 0.1, size):
            strap.append(bar(((-at - 0.2, 3.0, strap_mm), (-at - size + 0.4, 3.0, strap_mm)), way))
    metal = union(case, crown, strap) if links else union(case, crown)
    parts = (Part(metal, "stainless_steel"), Part(inside, "brass"), Part(glass, "glass"))
    return parts if links else (*parts, Part(union(strap), "rubber"))
