"""Implants of shoulder, elbow and hand.

Frame: the joint's centre at the origin, +z up along the bone's shaft, +x to the outside; of a finger's joint
its middle at the origin, +z along the finger.
"""

import numpy as np

from fluoroseg.project.mesh_body import Mesh
from fluoroseg.tools.curves import smooth
from fluoroseg.tools.lathe import lathe
from fluoroseg.tools.lofts import wire
from fluoroseg.tools.screws import ridged
from fluoroseg.tools.solids import (
    ball,
    box,
    difference,
    extruded,
    hull,
    intersection,
    placed,
    rod,
    rounded,
    shifted,
    turned,
    union,
)
from fluoroseg.tools.tool import Part

_NECK_DEG = 45.0
"""Of a shoulder's head: from the shaft's axis, inwards."""


def shoulder_head(head_mm: float, height_mm: float, stem_mm: float, stem_thick_mm: float) -> tuple[Part, ...]:
    """An anatomic shoulder: a spherical cap on a stem in the humerus."""
    inwards = np.array([-np.sin(np.radians(_NECK_DEG)), 0, np.cos(np.radians(_NECK_DEG))])
    radius = (head_mm**2 / 4 + height_mm**2) / (2 * height_mm)
    cap = intersection(
        shifted(ball(radius, facets=64), (0, 0, height_mm - radius)), rod((0, 0, 0), (0, 0, 40), head_mm)
    )
    cap = placed(cap, (0.35 * head_mm - 0.3 * height_mm) * -inwards * 0.4, inwards)
    stem = _humeral_stem(stem_mm, stem_thick_mm, inwards, 0.3 * head_mm)
    return Part(difference(cap, stem), "cobalt_chromium"), Part(stem, "titanium_alloy")


def reverse_shoulder(sphere_mm: float, stem_mm: float, stem_thick_mm: float) -> tuple[Part, ...]:
    """A reverse shoulder: a half ball screwed to the scapula, a socket with its liner on a humeral stem."""
    inwards = np.array([-np.sin(np.radians(_NECK_DEG + 10)), 0, np.cos(np.radians(_NECK_DEG + 10))])
    radius = sphere_mm / 2
    sphere = intersection(ball(radius, facets=56), box((2 * radius, 4 * radius, 4 * radius), (radius, 0, 0)))
    plate = rod((-2.6, 0, 0), (-0.05, 0, 0), 12.5, facets=40)
    screws = [
        shifted(turned(ridged(5.5, 3.8, 30.0, 2.2), (0, 1, 0), -90 + tilt), (-31.0, y, z + shift))
        for y, z, tilt, shift in ((0, 8.5, 8, 4.2), (0, -8.5, -8, -4.2))
    ]
    post = rod((-2.0, 0, 0), (-18.0, 0, 0), 4.0, 3.2)
    base = union(difference(plate, *screws), post)
    socket = rod(radius * 0.35 * -inwards, (radius + 7.5) * -inwards, 0.9 * radius, facets=40)
    gap = ball(radius + 0.3, facets=56)
    liner = difference(socket, gap, rod((radius + 4.6) * -inwards, (radius + 40) * -inwards, 2 * radius))
    tray = difference(
        union(
            intersection(socket, rod((radius + 4.7) * -inwards, (radius + 40) * -inwards, 2 * radius)),
            shifted(_humeral_stem(stem_mm, stem_thick_mm, inwards, 8.0), (radius + 2) * -inwards),
        ),
        liner,
        gap,
    )
    parts = [
        (sphere, "cobalt_chromium"),
        (base, "titanium_alloy"),
        (liner, "polyethylene"),
        (tray, "titanium_alloy"),
    ]
    return tuple(Part(m, k) for m, k in [*parts, *((s, "titanium_alloy") for s in screws)])


def radial_head(head_mm: float, height_mm: float, stem_mm: float) -> tuple[Part, ...]:
    """A radial head with its stem. Frame: the middle of its dish at the origin, +z along the stem upwards."""
    r = head_mm / 2
    profile = [
        (-1.6, 0.0),
        (-1.0, 0.6 * r),
        (0.0, 0.92 * r),
        (-0.8, r),
        (-height_mm + 1, r),
        (-height_mm, 0.9 * r),
    ]
    profile += [(-height_mm, 0.36 * r), (-height_mm - 5, 0.3 * r), (-height_mm - stem_mm, 0.22 * r)]
    return (Part(lathe(profile, 40), "cobalt_chromium"),)


def elbow_hinge(stem_up_mm: float, stem_down_mm: float, width_mm: float) -> tuple[Part, ...]:
    """A linked elbow: a forked humeral stem and an ulnar stem on one axle, with a polyethylene bush."""
    axle = rod((-width_mm / 2, 0, 0), (width_mm / 2, 0, 0), 3.0)
    fork = [box((4.0, 9.0, 20.0), (s * (width_mm / 2 - 2.0), 0, 6.0)) for s in (1, -1)]
    yoke = box((width_mm, 9.0, 6.0), (0, 0, 18.0))
    humeral = union(*fork, yoke, rod((0, 0, 18), (0, 0, stem_up_mm), 6.0, 3.5), axle)
    inner = width_mm / 2 - 4.6
    bush = difference(rod((-inner, 0, 0), (inner, 0, 0), 5.0), rod((-width_mm, 0, 0), (width_mm, 0, 0), 3.05))
    line = smooth([(0, 0, -7), (0, 0, -18), (0, 3, -35), (0, 5, -stem_down_mm)], 3.0)
    eye = difference(rod((-inner, 0, 0), (inner, 0, 0), 8.0), rod((-width_mm, 0, 0), (width_mm, 0, 0), 5.05))
    ulnar = difference(
        union(eye, wire(line, np.linspace(4.5, 2.5, len(line)))),
        rod((-width_mm, 0, 0), (width_mm, 0, 0), 5.05),
    )
    return Part(humeral, "titanium_alloy"), Part(bush, "polyethylene"), Part(ulnar, "cobalt_chromium")


def finger_spacer(length_mm: float, width_mm: float) -> tuple[Part, ...]:
    """A one-piece hinged silicone spacer for a finger's joint (Swanson)."""
    hinge = hull(
        *(
            rod((-width_mm / 2, y, 0), (width_mm / 2, y, 0), 0.32 * width_mm)
            for y in (-0.08 * width_mm, 0.08 * width_mm)
        )
    )
    hinge = difference(
        hinge, rod((-width_mm, -0.42 * width_mm, 0), (width_mm, -0.42 * width_mm, 0), 0.16 * width_mm)
    )
    up, down = 0.56 * length_mm, 0.44 * length_mm
    stems = [
        _taper(0.52 * width_mm, 0.26 * width_mm, up),
        turned(_taper(0.46 * width_mm, 0.22 * width_mm, down), (1, 0, 0), 180),
    ]
    return (Part(union(hinge, *stems), "silicone"),)


def clavicle_hook_plate(side: str, holes: int, hook_mm: float) -> tuple[Part, ...]:
    """A plate on the clavicle's outer end whose hook reaches under the acromion.

    Frame: the middle of its bone side at the origin, +z to its outer end, +x away from the bone.
    """
    length = holes * 12.0
    flat = rounded(np.array([(-0.5, -5.2), (0.5, -5.2), (0.5, 5.2), (-0.5, 5.2)]) * [length, 1], 4.0)
    holes_mm = [
        rod((x, 0, -1), (x, 0, 5), 1.9, facets=20) for x in (np.arange(holes) - (holes - 1) / 2) * 12.0
    ]
    plate = difference(extruded(flat, 3.0), *holes_mm)
    sign = 1 if side == "left" else -1
    arm = hull(
        box((2, 5, 3), (length / 2 - 3, 2.0 * sign, 1.5)), box((2, 4, 3), (length / 2 + 12, 7.0 * sign, 1.5))
    )
    drop = box((3.0, 4.0, hook_mm), (length / 2 + 12, 7.0 * sign, 1.5 - hook_mm / 2))
    blade = box((14.0, 5.0, 2.2), (length / 2 + 17, 7.0 * sign, 1.5 - hook_mm))
    joined = union(plate, arm, drop, blade)
    x, y, z = joined.vertices_mm.T
    return (Part(Mesh(np.stack([z, -y, x], axis=1), joined.faces), "titanium_alloy"),)


def _humeral_stem(length_mm: float, thick_mm: float, inwards: np.ndarray, neck_mm: float) -> Mesh:
    """A tapered stem down from the head, joined to it by a block; its axis lies outside the head's centre."""
    out = neck_mm * 0.9
    shaft = shifted(
        lathe(
            [
                (0.0, 0.5 * thick_mm),
                (-0.25 * length_mm, 0.5 * thick_mm),
                (-length_mm + 2, 0.3 * thick_mm),
                (-length_mm, 0.18 * thick_mm),
            ],
            32,
        ),
        (out, 0, -out),
    )
    block = hull(ball(0.45 * thick_mm, (out, 0, -out), 24), rod((0, 0, 0), -3 * inwards, 0.8 * thick_mm))
    return union(shaft, block)


def _taper(wide_mm: float, narrow_mm: float, length_mm: float) -> Mesh:
    tip = box((0.5 * wide_mm, narrow_mm, 0.2), (0, 0, length_mm - 0.1))
    return hull(box((1.5 * wide_mm, wide_mm, 0.2)), tip)
