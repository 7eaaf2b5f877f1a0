"""Bone plates: flat outlines with holes, made thick, then bent to their bone.

Frame: the middle of the bone side at the origin, +z along the plate (anatomical plates: towards their head,
at the joint), +x away from the bone. Left plates are drawn, right ones are their mirror images.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from jaxtyping import Float

from fluoroseg.project.mesh_body import Mesh
from fluoroseg.tools.lofts import sweep
from fluoroseg.tools.solids import circle, difference, extruded, hull, mirrored, refined, rod, slot, union
from fluoroseg.tools.tool import Part

Line = Sequence[Sequence[float]]
_STEP_MM = 4.0
"""Edges of a plate's faces before it is bent."""


def straight_plate(
    holes: int,
    width_mm: float,
    thick_mm: float,
    pitch_mm: float,
    hole_mm: float,
    kind: str,
    curve_mm: float = 0.0,
    material: str = "steel_316l",
) -> tuple[Part, ...]:
    """A plate of one row of holes.

    kind: of its holes: "round", "oval" (dynamic compression), "combi" (locking and compression), or
        "notched" (round ones, the edge drawn in between them: reconstruction plates).
    curve_mm: radius of the hollow of its bone side; 0: flat.
    """
    length = holes * pitch_mm
    at = (np.arange(holes) - (holes - 1) / 2) * pitch_mm
    flat = extruded(_edge(length, width_mm, at, kind), thick_mm, _holes(at, hole_mm, kind))
    body = _upright(flat)
    if curve_mm:
        body = _hollowed(body, curve_mm, thick_mm)
    return (Part(body, material),)


def curved_plate(
    holes: int, width_mm: float, thick_mm: float, pitch_mm: float, hole_mm: float, radius_mm: float
) -> tuple[Part, ...]:
    """A reconstruction plate bent in its own plane: for the pelvic brim."""
    at = (np.arange(holes) - (holes - 1) / 2) * pitch_mm
    flat = extruded(_edge(holes * pitch_mm, width_mm, at, "notched"), thick_mm, _holes(at, hole_mm, "round"))
    body = refined(_upright(flat), _STEP_MM)
    x, y, z = body.vertices_mm.T
    angle, radius = z / radius_mm, radius_mm + y
    bent = np.stack([x, radius * np.cos(angle) - radius_mm, radius * np.sin(angle)], axis=1)
    return (Part(Mesh(bent, body.faces), "steel_316l"),)


def anatomical_plate(
    side: str,
    holes: int,
    pitch_mm: float,
    width_mm: float,
    thick_mm: float,
    hole_mm: float,
    head: Line,
    head_holes: Line,
    rise: Line,
    stem: Line = (),
    material: str = "titanium_alloy",
) -> tuple[Part, ...]:
    """A shaft with a row of holes and a head with its own, bent to the bone's end.

    head: circles (y, z, diameter) of the head, each joined with the next; z from the shaft's upper end.
    head_holes: (y, z).  rise: (z, x): how far the bone side lies from the shaft's plane, smoothly joined.
    stem: sideways shift (z, y) of the shaft, z from its upper end downwards (S-shaped plates).
    """
    length = holes * pitch_mm
    shaft_z = -(np.arange(holes) + 0.5) * pitch_mm
    shaft = [(0.0, z, width_mm) for z in np.linspace(-length + width_mm / 2, 0, max(holes, 2) + 1)]
    body = union(_band(shaft, thick_mm), _band(head, thick_mm))
    spots = [(0.0, float(z)) for z in shaft_z] + [(float(y), float(z)) for y, z in head_holes]
    drills = [rod((-1.0, y, z), (thick_mm + 1, y, z), hole_mm / 2, facets=20) for y, z in spots]
    body = refined(difference(body, *drills), _STEP_MM)
    vertices = body.vertices_mm.copy()
    vertices[:, 0] += _along(rise, vertices[:, 2])
    if stem:
        vertices[:, 1] += _along(stem, vertices[:, 2])
    vertices[:, 2] -= (vertices[:, 2].min() + vertices[:, 2].max()) / 2
    body = Mesh(vertices, body.faces)
    return (Part(mirrored(body, 1) if side == "right" else body, material),)


def blade_plate(holes: int, blade_mm: float, angle_deg: float) -> tuple[Part, ...]:
    """A plate whose upper end is bent into a blade, U-shaped in section, into the bone (at -x)."""
    [plate] = straight_plate(holes, 16.0, 5.0, 16.0, 5.5, "oval")
    top = holes * 16.0 / 2
    slope = np.radians(angle_deg - 90)
    into = np.array([-np.cos(slope), 0, np.sin(slope)])
    start = np.array([2.5, 0.0, top - 3.0])
    profile = [(-8.0, -2.5), (8.0, -2.5), (8.0, 2.0), (5.0, 2.0), (4.0, -0.8), (-4.0, -0.8), (-5.0, 2.0)]
    path = np.stack([start, start + (blade_mm + 2.5) * into])
    blade = sweep(path, np.array([*profile, (-8.0, 2.0)]), across=(0, 1, 0))
    knee = rod((2.5, -8.0, top - 3.0), (2.5, 8.0, top - 3.0), 3.4)
    return (Part(union(plate.mesh, blade, knee), "steel_316l"),)


def _edge(
    length_mm: float, width_mm: float, at: Float[np.ndarray, " hole"], kind: str
) -> Float[np.ndarray, "n 2"]:
    """Outline along x."""
    if kind != "notched":
        return slot(length_mm, width_mm)
    half = length_mm / 2
    x = np.linspace(-half, half, 16 * len(at) + 1)
    pitch = length_mm / len(at)
    y = width_mm / 2 * (0.86 + 0.14 * np.cos(2 * np.pi * (x - at[0]) / pitch))
    ends = np.sqrt(np.maximum(1 - np.clip((abs(x) - half + width_mm / 2) / (width_mm / 2), 0, 0.98) ** 2, 0))
    upper = np.stack([x, y * ends], axis=1)
    return np.concatenate([upper * [1, -1], upper[::-1]])


def _holes(at: Float[np.ndarray, " hole"], hole_mm: float, kind: str) -> list[Float[np.ndarray, "n 2"]]:
    """Outlines along x; compression holes slide away from the plate's middle."""
    if kind == "oval":
        return [slot(1.6 * hole_mm, hole_mm, (float(x), 0)) for x in at]
    if kind == "combi":
        round_part = [circle(hole_mm / 2, (float(x - np.sign(x or 1) * 0.45 * hole_mm), 0), 20) for x in at]
        sliding = [
            slot(1.3 * hole_mm, 0.85 * hole_mm, (float(x + np.sign(x or 1) * 0.45 * hole_mm), 0)) for x in at
        ]
        return [*round_part, *sliding]
    return [circle(hole_mm / 2, (float(x), 0), 20) for x in at]


def _upright(flat: Mesh) -> Mesh:
    """An extrusion (x along, z thick) laid into the plates' frame (z along, x thick)."""
    x, y, z = flat.vertices_mm.T
    return Mesh(np.stack([z, y, x], axis=1), flat.faces[:, ::-1])


def _band(circles: Sequence[Sequence[float]], thick_mm: float) -> Mesh:
    """Discs (y, z, diameter), each joined with the next."""
    discs = [rod((0, y, z), (thick_mm, y, z), d / 2, facets=24) for y, z, d in circles]
    return union(*(hull(a, b) for a, b in pairwise(discs)))


def _hollowed(body: Mesh, radius_mm: float, thick_mm: float) -> Mesh:
    """Bent around the z axis of the bone, a cylinder."""
    fine = refined(body, 2.0)
    x, y, z = fine.vertices_mm.T
    angle = y / (radius_mm + thick_mm / 2)
    radius = radius_mm + x
    return Mesh(np.stack([radius * np.cos(angle) - radius_mm, radius * np.sin(angle), z], axis=1), fine.faces)


def _along(line: Line, z_mm: Float[np.ndarray, " v"]) -> Float[np.ndarray, " v"]:
    """A smooth monotone curve through (z, value) points, z ascending, constant beyond its ends."""
    from scipy.interpolate import PchipInterpolator

    at, value = np.array(line, dtype=np.float64).T
    return np.asarray(PchipInterpolator(at, value)(np.clip(z_mm, at[0], at[-1])))
