"""Implants of the knee and ankle.

Frame: the joint line's middle at the origin, +z up the femur's shaft, +x to the outside; so +y points to the
back of a left knee, and to the front of a right one. Left parts are drawn, right ones mirrored in y.
"""

import numpy as np
from jaxtyping import Float

from fluoroseg.project.mesh_body import Mesh
from fluoroseg.tools.solids import (
    ball,
    box,
    difference,
    extruded,
    hull,
    intersection,
    mirrored,
    refined,
    rod,
    rounded,
    shifted,
    stretched,
    turned,
    union,
)
from fluoroseg.tools.tool import Part


def femoral_component(side: str, width_mm: float, depth_mm: float, box_mm: float) -> tuple[Part, ...]:
    """A cobalt-chromium shield over the femur's condyles, open behind between them.

    width_mm: from side to side.  depth_mm: front to back.  box_mm: width of a stabilised knee's box; 0: none.
    """
    outline = _shield(depth_mm)
    body = shifted(turned(extruded(outline, width_mm), (1, 0, 0), 90), (0, width_mm / 2, 0))
    body = turned(body, (0, 0, 1), 90)
    gap = hull(
        rod((0, 0.02 * depth_mm, -40), (0, 0.02 * depth_mm, 0.75 * depth_mm), 0.13 * width_mm),
        box((0.3 * width_mm, 4, 200), (0, depth_mm, 0)),
    )
    groove = rod((0, -depth_mm, 0.3 * depth_mm), (0, -0.42 * depth_mm, 0.3 * depth_mm), 0.1 * width_mm)
    body = _narrowed(refined(difference(body, gap, groove), 4.0), depth_mm)
    x = 0.28 * width_mm
    pegs = [
        rod((s * x, 0.08 * depth_mm, 0.14 * depth_mm), (s * x, 0.08 * depth_mm, 0.4 * depth_mm), 3.2, 2.4)
        for s in (1, -1)
    ]
    extra = pegs
    if box_mm:
        walls = box((box_mm, 0.5 * depth_mm, 0.3 * depth_mm), (0, 0.16 * depth_mm, 0.27 * depth_mm))
        hollow = box((box_mm - 4, 0.6 * depth_mm, 0.3 * depth_mm), (0, 0.16 * depth_mm, 0.25 * depth_mm))
        extra = [*pegs, difference(walls, hollow)]
    return (Part(_sided(union(body, *extra), side), "cobalt_chromium"),)


def tibial_tray(
    side: str, width_mm: float, depth_mm: float, insert_mm: float, stem_mm: float
) -> tuple[Part, ...]:
    """A titanium tray with keel and stem in the tibia, and a polyethylene insert upon it."""
    outline = _plateau(width_mm, depth_mm)
    top = -1.0
    insert = shifted(extruded(outline * 0.97, insert_mm), (0, 0, top - insert_mm))
    dishes = [
        shifted(
            stretched(ball(1, facets=40), (0.28 * width_mm, 0.5 * depth_mm, 5.0)),
            (s * 0.25 * width_mm, 0, top + 2.6),
        )
        for s in (1, -1)
    ]
    insert = difference(insert, *dishes)
    plate = shifted(extruded(outline, 4.0), (0, 0, top - insert_mm - 4.0))
    low = top - insert_mm - 4.0
    stem = rod((0, 0, low + 1), (0, 0, low - stem_mm), 7.0, 5.5)
    fins = [
        extruded([(0, 0), (0.34 * width_mm, 0), (4, -0.8 * stem_mm), (0, -0.8 * stem_mm)], 3.0)
        for _ in range(2)
    ]
    wings = [
        shifted(turned(turned(f, (1, 0, 0), 90), (0, 0, 1), a), (0, 0, low + 0.5))
        for f, a in zip(fins, (20.0, 160.0), strict=True)
    ]
    tray = union(plate, stem, *wings)
    return Part(_sided(tray, side), "titanium_alloy"), Part(_sided(insert, side), "polyethylene")


def patellar_button(diameter_mm: float, thick_mm: float) -> tuple[Part, ...]:
    """A polyethylene dome with three pegs. Frame: its middle at the origin, +z along the limb, dome to -y."""
    dome = intersection(
        shifted(ball(1.1 * diameter_mm, facets=64), (0, 0, thick_mm - 3 - 1.1 * diameter_mm)),
        rod((0, 0, -3.0), (0, 0, thick_mm), diameter_mm / 2, facets=48),
    )
    angles = np.radians([90, 210, 330])
    pegs = [
        rod(
            (0.25 * diameter_mm * np.cos(a), 0.25 * diameter_mm * np.sin(a), -8.0),
            (0.25 * diameter_mm * np.cos(a), 0.25 * diameter_mm * np.sin(a), -2.5),
            2.2,
        )
        for a in angles
    ]
    return (Part(turned(union(dome, *pegs), (1, 0, 0), 90), "polyethylene"),)


def unicondylar(
    side: str, compartment: str, width_mm: float, depth_mm: float, insert_mm: float
) -> tuple[Part, ...]:
    """A half knee: a runner on one condyle, a small tray with its insert below."""
    place = (0.32 if compartment == "lateral" else -0.32) * 72.0
    arc_in, arc_out = 0.44 * depth_mm, 0.44 * depth_mm + 4.0
    angle = np.radians(np.linspace(195, 368, 40))
    ring = np.concatenate(
        [
            arc_out * np.stack([np.cos(angle), np.sin(angle)], 1),
            arc_in * np.stack([np.cos(angle), np.sin(angle)], 1)[::-1],
        ]
    )
    runner = turned(turned(extruded(rounded(ring, 1.0), width_mm * 0.8), (1, 0, 0), 90), (0, 0, 1), 90)
    runner = shifted(runner, (place - 0.4 * width_mm, 0, arc_out))
    peg = rod((place, 2, 3), (place, 2, 18), 3.0, 2.5)
    flat = rounded(
        np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)]) * [width_mm, depth_mm], 0.4 * width_mm
    )
    insert = shifted(extruded(flat * 0.95, insert_mm), (place, 0, -0.5 - insert_mm))
    tray = shifted(extruded(flat, 3.0), (place, 0, -3.5 - insert_mm))
    keel = box((3.0, 0.6 * depth_mm, 9.0), (place, 0, -7.5 - insert_mm))
    parts = [
        (union(runner, peg), "cobalt_chromium"),
        (union(tray, keel), "cobalt_chromium"),
        (insert, "polyethylene"),
    ]
    return tuple(Part(_sided(m, side), k) for m, k in parts)


def ankle_prosthesis(side: str, width_mm: float) -> tuple[Part, ...]:
    """Tibial plate with two pins, talar cap, and a polyethylene core between them."""
    flat = rounded(np.array([(-0.5, -0.5), (0.5, -0.5), (0.45, 0.55), (-0.45, 0.55)]) * width_mm, 4.0)
    pins = [rod((x, -0.4 * width_mm, 13.0), (x, 0.3 * width_mm, 13.0), 2.6) for x in (-7.0, 7.0)]
    webs = [box((1.6, 0.6 * width_mm, 5.0), (x, -0.05 * width_mm, 9.5)) for x in (-7.0, 7.0)]
    tibial = union(shifted(extruded(flat, 3.0), (0, 0, 5.0)), *pins, *webs)
    core = shifted(extruded(flat * 0.86, 8.0), (0, 0, -3.0))
    radius, low = 0.55 * width_mm, -0.55 * width_mm - 0.5
    dome = rod((-0.42 * width_mm, 0, low), (0.42 * width_mm, 0, low), radius, facets=64)
    inner = rod((-width_mm, 0, low), (width_mm, 0, low), radius - 3.0, facets=64)
    above = box((100, 100, 100), (0, 0, 50 + low + 0.35 * radius))
    talar = union(intersection(difference(dome, inner), above), rod((0, 0, -2), (0, 0, -14), 2.5))
    core = difference(core, dome)
    parts = [(tibial, "cobalt_chromium"), (core, "polyethylene"), (talar, "cobalt_chromium")]
    return tuple(Part(_sided(m, side), k) for m, k in parts)


def _narrowed(body: Mesh, depth_mm: float) -> Mesh:
    """The front flange made narrower towards its upper end."""
    x, y, z = body.vertices_mm.T
    front = np.clip((-0.22 * depth_mm - y) / (0.15 * depth_mm), 0, 1)
    factor = 1 - 0.42 * front * np.clip(z / depth_mm - 0.3, 0, 1) / 0.7
    return Mesh(np.stack([x * factor, y, z], axis=1), body.faces)


def _shield(depth_mm: float) -> Float[np.ndarray, "n 2"]:
    """A femoral component from its side: x to the back, y up; its lowest point at the origin."""
    d = depth_mm
    angle = np.radians(np.linspace(-95, 56, 30))
    back = np.stack([0.12 * d + 0.38 * d * np.cos(angle), 0.38 * d + 0.38 * d * np.sin(angle)], 1)
    outer = [
        (-0.5 * d, 1.0 * d),
        (-0.5 * d, 0.55 * d),
        (-0.44 * d, 0.26 * d),
        (-0.3 * d, 0.09 * d),
        (-0.12 * d, 0.015 * d),
    ]
    inner = [
        (0.3 * d, 0.69 * d),
        (0.32 * d, 0.28 * d),
        (0.22 * d, 0.15 * d),
        (-0.2 * d, 0.15 * d),
        (-0.36 * d, 0.3 * d),
        (-0.42 * d, 0.98 * d),
    ]
    return rounded(np.concatenate([outer, back, inner]), 0.015 * d)


def _plateau(width_mm: float, depth_mm: float) -> Float[np.ndarray, "n 2"]:
    """A tray from above: a kidney, notched behind (+y)."""
    a = np.radians(np.arange(0, 360, 6.0))
    oval = np.stack(
        [
            width_mm / 2 * np.sign(np.cos(a)) * np.abs(np.cos(a)) ** 0.7,
            depth_mm / 2 * np.sign(np.sin(a)) * np.abs(np.sin(a)) ** 0.8,
        ],
        1,
    )
    notch = np.exp(-((oval[:, 0] / (0.13 * width_mm)) ** 2)) * (oval[:, 1] > 0)
    oval[:, 1] -= 0.2 * depth_mm * notch
    return oval


def _sided(left: Mesh, side: str) -> Mesh:
    return mirrored(left, 1) if side == "right" else left
