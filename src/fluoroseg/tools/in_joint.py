"""Implants that take a joint's place, and what is in or on a tooth."""

from dataclasses import dataclass

import numpy as np

from fluoroseg.tools.body import Body
from fluoroseg.tools.in_bone import long_axis
from fluoroseg.tools.spot import Placement, Points, Vector, jittered, straight
from fluoroseg.tools.tool import Tool


@dataclass(frozen=True)
class Joint:
    """What a joint is found from. bone: the one whose shaft gives the axis; socket: the other."""

    bone: str
    socket: str
    end: str  # of the bone that belongs to the joint: "top" or "bottom"


JOINTS = {
    "hip": Joint("femur", "hip", "top"),
    "knee": Joint("femur", "tibia", "bottom"),
    "shoulder": Joint("humerus", "scapula", "top"),
    "elbow": Joint("humerus", "ulna", "bottom"),
}


def in_joint(body: Body, tool: Tool, names: tuple[str, ...], rng: np.random.Generator) -> Placement | None:
    """In place of a joint: the frame's origin at its centre, z up the bone's shaft, x to the outside.

    names: joints, with a side or without ("hip", "knee left").
    """
    choices = [
        (joint, side)
        for name in names or tuple(JOINTS)
        for joint in JOINTS
        if joint in name
        for side in ("left", "right")
        if side in name or not name.endswith(("left", "right"))
    ]
    rng.shuffle(choices)
    for joint, side in choices:
        bone, socket = f"{JOINTS[joint].bone}_{side}", f"{JOINTS[joint].socket}_{side}"
        if bone not in body.structures or socket not in body.structures:
            continue
        centre = joint_centre(body, joint, side)
        if not body.in_picture(centre[None]).all():
            continue
        up = shaft_up(body.structures[bone], JOINTS[joint].end)
        outside = np.array([1.0 if side == "left" else -1.0, 0.0, 0.0])
        at = centre + rng.normal(0, 1, 3)
        return straight(tool.name, at, jittered(up, 3.0, rng), bone, outside)
    return None


def at_the_neck(body: Body, tool: Tool, names: tuple[str, ...], rng: np.random.Generator) -> Placement | None:
    """A plate on the outside of the upper femur whose screw or blade points up into the head.

    The frame's origin where the neck's axis (135 degrees to the shaft) leaves the bone, z up, x outwards.
    """
    for side in rng.permutation(["left", "right"]):
        femur = f"femur_{side}"
        if femur not in names or f"hip_{side}" not in body.structures:
            continue
        head = joint_centre(body, "hip", str(side))
        up = shaft_up(body.structures[femur], "top")
        out = np.array([1.0 if side == "left" else -1.0, 0.0, 0.0])
        out -= (out @ up) * up
        down_the_neck = (out / np.linalg.norm(out) - up) / np.sqrt(2)
        way = head + np.arange(0.0, 150.0)[:, None] * down_the_neck
        inside = np.flatnonzero(body.inside((femur,), way))
        if len(inside) and body.in_picture(head[None]).all():
            at = way[inside[-1]] + rng.normal(0, 1, 3)
            return straight(tool.name, at, jittered(up, 3.0, rng), femur, out)
    return None


def joint_centre(body: Body, joint: str, side: str) -> Vector:
    """Where the two bones meet: of a ball joint the head's centre, else midway between the two.

    The places of the bone's end that lie nearest to the socket stand for its surface; a ball's centre is
    the middle of the bone's points within a head's size (45 mm) of them and as near to the socket.
    """
    from scipy.spatial import KDTree  # late: 0.2 s at import

    parts = JOINTS[joint]
    bone, socket = body.structures[f"{parts.bone}_{side}"], body.structures[f"{parts.socket}_{side}"]
    height = bone[:, 2] * (1 if parts.end == "top" else -1)
    end = bone[height > height.max() - 70]
    distance, partner = (np.asarray(found) for found in KDTree(socket).query(end))
    close = distance <= distance.min() + (14.0 if parts.end == "top" else 6.0)
    if parts.end == "top":
        centre = end[close].mean(axis=0)
        head = end[np.linalg.norm(end - centre, axis=1) < 24]
        middle: Vector = head.mean(axis=0)
        return middle
    between: Vector = (end[close].mean(axis=0) + socket[partner[close]].mean(axis=0)) / 2
    return between


def shaft_up(points_mm: Points, end: str) -> Vector:
    """Axis of a long bone's shaft, upwards; of a bone that the volume cuts, of what is there."""
    height = points_mm[:, 2]
    low, high = (0.15, 0.65) if end == "top" else (0.35, 0.85)
    inner = points_mm[(height > np.quantile(height, low)) & (height < np.quantile(height, high))]
    axis = long_axis(inner if len(inner) > 10 else points_mm)
    return axis if axis[2] > 0 else -axis


def at_tooth(body: Body, tool: Tool, names: tuple[str, ...], rng: np.random.Generator) -> Placement | None:
    """In a tooth: of the teeth's own structures, else along the upper border of the mandible's arch."""
    teeth = [n for n in body.structures if n.startswith("teeth")]
    seen = body.seen(teeth or [n for n in ("mandible",) if n in body.structures])
    if not seen:
        return None
    name = sorted(seen)[int(rng.integers(len(seen)))]
    points = seen[name]
    at = points[int(rng.integers(len(points)))]
    if name == "mandible":
        near = points[np.linalg.norm((points - at)[:, :2], axis=1) < 5]
        at = near[near[:, 2].argmax()]
    up = np.array([0.0, 0.0, 1.0 if name != "teeth_upper" else -1.0])
    return straight(tool.name, at, jittered(up, 15.0, rng), name, np.array([1.0, 0.0, 0.0]))
