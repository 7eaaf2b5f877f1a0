"""Nails inside long bones, with the screws that lock them, and the plates with a screw into the femur's neck.

Frame of nails: the lower tip at the origin, +z downwards along the shaft, -z to the upper end; +x forwards
(the side that a bow bulges to), +y away from the body's middle (placing mirrors where needed).
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from fluoroseg.project.mesh_body import Mesh
from fluoroseg.tools.curves import frames, smooth
from fluoroseg.tools.lofts import tube, wire
from fluoroseg.tools.screws import ridged
from fluoroseg.tools.solids import box, difference, extruded, placed, rod, slot, union
from fluoroseg.tools.tool import Part

SIDEWAYS, FORWARDS = np.array([0.0, 1.0, 0.0]), np.array([1.0, 0.0, 0.0])


@dataclass(frozen=True, eq=False)
class Lock:
    """A screw across a nail, standing out `reach_mm` on both sides of a point on the nail's axis."""

    through_mm: Float[np.ndarray, "3"]
    across: Float[np.ndarray, "3"]
    thick_mm: float
    reach_mm: float


def bowed_nail(
    length_mm: float,
    diameter_mm: float,
    top_mm: float,
    bow_mm: float,
    lock_mm: float,
    material: str = "titanium_alloy",
) -> tuple[Part, ...]:
    """A femoral nail: a hollow bar bowed forwards, two locking screws across below and one above.

    top_mm: thickness of its upper end.  bow_mm: radius of the bow.  lock_mm: thickness of the screws.
    """
    path = _bowed(length_mm, bow_mm)
    nail = _nail(path, diameter_mm, top_mm, 0.18 * length_mm)
    locks = [
        Lock(_at(path, z), SIDEWAYS, lock_mm, reach)
        for z, reach in ((15.0, 28.0), (40.0, 24.0), (length_mm - 45, 22.0))
    ]
    return _locked(nail, locks, material)


def bent_nail(
    length_mm: float,
    diameter_mm: float,
    top_mm: float,
    bend_mm: float,
    angle_deg: float,
    lock_mm: float,
    reach_mm: float,
) -> tuple[Part, ...]:
    """A nail for tibia or humerus: straight below, its upper end bent backwards (Herzog), locked twice.

    bend_mm: distance of the bend from the upper end.  reach_mm: how far the screws stand out on each side.
    """
    drop = np.tan(np.radians(angle_deg)) * bend_mm
    z = length_mm - bend_mm
    knots = [(0, 0, 0), (0, 0, -z / 2), (0, 0, -z + 30), (0, 0, -z), (-drop / 2, 0, -z - bend_mm / 2)]
    path = smooth([*knots, (-drop, 0, -length_mm)], 4.0)
    nail = _nail(path, diameter_mm, top_mm, 1.2 * bend_mm)
    second = FORWARDS if angle_deg < 8 else SIDEWAYS
    spots = ((12.0, SIDEWAYS), (32.0, second), (length_mm - 0.7 * bend_mm, SIDEWAYS))
    locks = [Lock(_at(path, z), across, lock_mm, reach_mm) for z, across in spots]
    return _locked(nail, locks, "titanium_alloy")


def cephalomedullary_nail(
    length_mm: float, diameter_mm: float, top_mm: float, angle_deg: float, lag_mm: float, bow_mm: float
) -> tuple[Part, ...]:
    """A hip nail: a lag screw from its thick upper part up into the femur's head (at -y), one screw below.

    angle_deg: between shaft and lag screw.  lag_mm: its length.  bow_mm: of a long nail; 0: straight.
    """
    path = _bowed(length_mm, bow_mm) if bow_mm else smooth([(0, 0, 0), (0, 0, -length_mm)], 4.0)
    nail = _nail(path, diameter_mm, top_mm, 95.0)
    inwards = np.array([0.0, -np.sin(np.radians(angle_deg)), np.cos(np.radians(angle_deg))])
    through = _at(path, length_mm - 62)
    lag = placed(_lag_screw(lag_mm, 10.5), through + (lag_mm - 24) * inwards, inwards)
    hole = rod(through - 40 * inwards, through + 40 * inwards, 5.4)
    lock = Lock(_at(path, 30.0), SIDEWAYS, 5.0, 17.0)
    locked = _locked(difference(nail, hole), [lock], "titanium_alloy")
    return (*locked, Part(lag, "titanium_alloy"))


def elastic_nail(path_mm: Float[np.ndarray, "n 3"], diameter_mm: float) -> tuple[Part, ...]:
    """A springy titanium nail along a curve, its tip flat and bent."""
    path = smooth(path_mm, 4.0)
    side = frames(path)[0, 0]
    run = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    bend = np.clip(1 - run / (4 * diameter_mm), 0, 1)[:, None] ** 2
    path = path + 1.2 * diameter_mm * bend * side
    radius = diameter_mm / 2 * (0.45 + 0.55 * np.clip(run / (3 * diameter_mm), 0, 1))
    return (Part(wire(path, radius, 20), "titanium_alloy"),)


def hip_screw(holes: int, lag_mm: float, angle_deg: float) -> tuple[Part, ...]:
    """A sliding hip screw: a side plate with a barrel, and a lag screw in it.

    Frame: where the barrel leaves the plate's bone side at the origin, +z up the shaft, +x away from the
    bone; barrel and screw go to -x and up.
    """
    top, bottom = 18.0, -(20.0 + holes * 16.0)
    flat = slot(top - bottom, 19.0, ((top + bottom) / 2, 0))
    spots = [-(20.0 + 16.0 * (n + 0.5)) for n in range(holes)]
    plate = extruded(flat, 5.8, [slot(8.0, 5.0, (z, 0)) for z in spots])
    x, y, z = plate.vertices_mm.T
    plate = Mesh(np.stack([z, y, x], axis=1), plate.faces[:, ::-1])
    into = np.array([-np.sin(np.radians(angle_deg)), 0.0, -np.cos(np.radians(angle_deg))])
    foot = -into * 9.0
    barrel = difference(
        union(plate, rod(foot, 38 * into, 6.3)),
        rod(foot * 3, 60 * into, 4.1),
        box((20, 40, 200), (15.8, 0, 0)),
    )
    lag = placed(_lag_screw(lag_mm, 12.5), (lag_mm - 2) * into, into)
    return Part(barrel, "steel_316l"), Part(lag, "steel_316l")


def _lag_screw(length_mm: float, thread_mm: float) -> Mesh:
    """A thick smooth shaft with 25 mm of coarse thread; the tip at the origin."""
    thread = ridged(thread_mm, 0.6 * thread_mm, 27.0, 3.0)
    return union(thread, rod((0, 0, -26.0), (0, 0, -length_mm), 4.0))


def _bowed(length_mm: float, radius_mm: float) -> Float[np.ndarray, "n 3"]:
    """Part of a circle in the x-z plane, both ends at x = 0, bulging to +x."""
    z = np.linspace(0, -length_mm, max(int(length_mm / 8), 8))
    half = length_mm / 2
    x = np.sqrt(radius_mm**2 - (z + half) ** 2) - np.sqrt(radius_mm**2 - half**2)
    return np.stack([x, np.zeros_like(z), z], axis=1)


def _nail(path_mm: Float[np.ndarray, "n 3"], diameter_mm: float, top_mm: float, thick_part_mm: float) -> Mesh:
    """A hollow bar with a blunt tip, thicker over the last part of its path."""
    run = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path_mm, axis=0), axis=1))])
    above = np.clip((run - (run[-1] - thick_part_mm)) / 15.0, 0, 1)
    radius = diameter_mm / 2 + (top_mm - diameter_mm) / 2 * above
    radius *= 0.75 + 0.25 * np.clip(run / (0.6 * diameter_mm), 0, 1)
    return tube(path_mm, radius, 0.24 * diameter_mm, 28)


def _at(path_mm: Float[np.ndarray, "n 3"], distance_mm: float) -> Float[np.ndarray, "3"]:
    """The point of a nail so far above its tip."""
    return np.array([np.interp(distance_mm, -path_mm[:, 2], path_mm[:, k]) for k in range(3)])


def _locked(nail: Mesh, locks: list[Lock], material: str) -> tuple[Part, ...]:
    """The nail with a hole a little wider than each screw, and the screws."""
    holes = [
        rod(k.through_mm - k.reach_mm * k.across, k.through_mm + k.reach_mm * k.across, k.thick_mm / 2 + 0.15)
        for k in locks
    ]
    return (Part(difference(nail, *holes), material), *(Part(_cross_screw(k), material) for k in locks))


def _cross_screw(lock: Lock) -> Mesh:
    screw = ridged(lock.thick_mm, 0.86 * lock.thick_mm, 2 * lock.reach_mm, 1.5, 1.5 * lock.thick_mm)
    return placed(screw, lock.through_mm + lock.reach_mm * lock.across, lock.across)
