"""Implants of the hip.

Frame: the centre of the joint's head at the origin, +z up along the femur's shaft, +x to the outside.
"""

import numpy as np

from fluoroseg.project.mesh_body import Mesh
from fluoroseg.tools.curves import smooth
from fluoroseg.tools.lathe import lathe
from fluoroseg.tools.lofts import sweep, wire
from fluoroseg.tools.screws import ridged
from fluoroseg.tools.solids import ball, box, difference, intersection, placed, rod, shifted, turned, union
from fluoroseg.tools.tool import Part

_NECK_DEG = 135.0
_CUP_DEG = 45.0
_ROUND = np.stack([np.cos(t := 2 * np.pi * np.arange(28) / 28), np.sin(t)], axis=1)


def stem(
    stem_mm: float,
    offset_mm: float,
    width_mm: float,
    head_mm: float,
    head_material: str,
    material: str,
    cement_mm: float = 0.0,
) -> tuple[Part, ...]:
    """A femoral stem with its head.

    stem_mm: from the shoulder to the tip.  offset_mm: from the head's centre to the stem's axis.
    width_mm: of the stem at its shoulder.  cement_mm: thickness of a cement mantle; 0: none.
    """
    out = np.array([np.sin(np.radians(180 - _NECK_DEG)), 0, -np.cos(np.radians(180 - _NECK_DEG))])
    low = -offset_mm / np.tan(np.radians(180 - _NECK_DEG))
    body = _stem_body(stem_mm, offset_mm, width_mm, low, 1.0)
    reach = np.hypot(offset_mm, low)
    neck = placed(lathe([(0.0, 5.6), (-16.0, 6.4), (-reach - 3, 0.42 * width_mm)], 28), (0, 0, 0), -out)
    shoulder = union(body, neck)
    head = difference(ball(head_mm / 2, facets=48), shoulder)
    parts = [Part(shoulder, material), Part(head, head_material)]
    if cement_mm:
        outer = _stem_body(stem_mm + 1.5 * cement_mm, offset_mm, width_mm, low, 1 + 2 * cement_mm / width_mm)
        below = box((200, 200, 400), (0, 0, low - 200))
        parts.append(Part(difference(intersection(outer, below), shoulder), "bone_cement"))
    return tuple(parts)


def cup(
    diameter_mm: float, head_mm: float, screws: int, liner: str, material: str = "titanium_alloy"
) -> tuple[Part, ...]:
    """A cup pressed into the pelvis, with its liner and screws, open outwards and down by 45 degrees."""
    shell_mm, play = 3.5, 0.3
    shell = _bowl(diameter_mm / 2, diameter_mm / 2 - shell_mm)
    inside = _bowl(diameter_mm / 2 - shell_mm, head_mm / 2 + play, rim_mm=1.5)
    parts = []
    for angle in np.linspace(-35, 35, screws) if screws > 1 else np.zeros(screws):
        screw = ridged(6.5, 4.4, 28.0, 2.6, 8.0)
        tip = -(diameter_mm / 2 + 28.0 - shell_mm)
        bolt = shifted(turned(screw, (1, 0, 0), 180), (0, 0, tip))
        bolt = turned(turned(bolt, (1, 0, 0), 20), (0, 0, 1), 90 + angle * 3)
        shell, inside = difference(shell, bolt), difference(inside, bolt)
        parts.append(Part(_opened(bolt), "titanium_alloy"))
    return Part(_opened(shell), material), Part(_opened(inside), liner), *parts


def cemented_cup(diameter_mm: float, head_mm: float) -> tuple[Part, ...]:
    """A polyethylene cup with a steel marker wire about its rim, in cement."""
    liner = _bowl(diameter_mm / 2, head_mm / 2 + 0.3)
    mantle = _bowl(diameter_mm / 2 + 3.0, diameter_mm / 2)
    ring = np.radians(np.arange(0, 360, 6.0))
    radius = diameter_mm / 2 - 2.0
    path = np.stack([radius * np.cos(ring), radius * np.sin(ring), np.full(len(ring), -1.6)], axis=1)
    marker = wire(path, 0.5, 10, closed=True)
    arch_angle = np.radians(np.linspace(200, 340, 40))
    arch = np.stack([0 * arch_angle, np.cos(arch_angle), np.sin(arch_angle)], axis=1) * (radius + 0.4)
    wires = union(marker, wire(arch, 0.5, 10))
    return (
        Part(_opened(difference(liner, wires)), "polyethylene"),
        Part(_opened(wires), "stainless_steel"),
        Part(_opened(mantle), "bone_cement"),
    )


def resurfacing(head_mm: float) -> tuple[Part, ...]:
    """A cap on the femur's head with a short pin, and a thin cup about it, cobalt-chromium."""
    radius = head_mm / 2
    cap = union(_cap(radius, radius - 3.5), rod((0, 0, radius - 3.6), (0, 0, -1.3 * radius), 3.5, 2.5))
    shell = _bowl(radius + 3.5, radius + 0.3)
    out = np.array([np.sin(np.radians(45)), 0, -np.cos(np.radians(45))])
    return (
        Part(placed(cap, (0, 0, 0), -out), "cobalt_chromium"),
        Part(_opened(shell), "cobalt_chromium"),
    )


def bipolar_head(diameter_mm: float, head_mm: float) -> tuple[Part, ...]:
    """A polished outer shell, a polyethylene liner, and the small head in it."""
    radius = diameter_mm / 2
    shell, liner = _bowl(radius, radius - 2.5, 4.0), _bowl(radius - 2.5, head_mm / 2 + 0.2, 4.0)
    head = difference(ball(head_mm / 2, facets=40), rod((0, 0, -2), (0, 0, head_mm), 6.0))
    return (
        Part(_opened(shell), "cobalt_chromium"),
        Part(_opened(liner), "polyethylene"),
        Part(_opened(head), "cobalt_chromium"),
    )


def head(diameter_mm: float, material: str) -> tuple[Part, ...]:
    """A head with the hole for the stem's cone."""
    bore = lathe([(diameter_mm, 6.6), (1.0, 6.0), (-1.0, 5.8)], 32)
    out = np.array([np.sin(np.radians(45)), 0, -np.cos(np.radians(45))])
    return (Part(placed(difference(ball(diameter_mm / 2, facets=48), bore), (0, 0, 0), out), material),)


def _stem_body(stem_mm: float, offset_mm: float, width_mm: float, low: float, grown: float) -> Mesh:
    """A tapered stem along the shaft, slightly curved towards its shoulder, elliptic in section."""
    u = np.linspace(0, 1, 22)
    wide = width_mm * (0.36 + 0.64 * np.clip((u - 0.25) / 0.75, 0, 1) ** 1.7)
    deep = width_mm * (0.36 + 0.14 * u)
    wide[0], deep[0] = 0.18 * width_mm, 0.18 * width_mm
    x = offset_mm - (wide - wide[2]) * 0.42 * (u > 0.05)
    path = np.stack([x, np.zeros_like(u), low + 8 - stem_mm * (1 - u)], axis=1)
    sections = 0.5 * grown * _ROUND * np.stack([wide, deep], axis=1)[:, None]
    return sweep(smooth(path, stem_mm / 21)[: len(u)], sections, across=(1, 0, 0))


def _bowl(outer_mm: float, inner_mm: float, rim_mm: float = 0.0) -> Mesh:
    """A hemispherical shell below the plane z = rim_mm, open upwards."""
    down = np.radians(np.linspace(0, 90, 20))
    outside = [(-outer_mm * np.sin(a), outer_mm * np.cos(a)) for a in down]
    inside = [(-inner_mm * np.sin(a), inner_mm * np.cos(a)) for a in down[::-1]]
    return lathe([(rim_mm, outer_mm), *outside, *inside, (rim_mm, inner_mm)], 56, True)


def _cap(outer_mm: float, inner_mm: float) -> Mesh:
    """A cap above the plane z = -0.3 radius, its inside a cylinder under a dome."""
    up = np.radians(np.linspace(90, -18, 22))
    outside = [(outer_mm * np.sin(a), outer_mm * np.cos(a)) for a in up]
    return lathe(
        [
            *outside,
            (outside[-1][0], inner_mm * 0.9),
            (inner_mm * 0.45, inner_mm * 0.82),
            (inner_mm * 0.9, 0.0),
        ],
        56,
    )


def _opened(upright: Mesh) -> Mesh:
    """A part that opens upwards turned to open outwards and down."""
    return turned(upright, (0, 1, 0), 180 - _CUP_DEG)
