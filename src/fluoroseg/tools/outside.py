"""Tools on the skin, from the skin to a target, in the surgeon's hand, and what else lies in the field."""

import numpy as np

from fluoroseg.tools.body import Body
from fluoroseg.tools.spot import Placement, Points, Vector, bent, jittered, straight
from fluoroseg.tools.tool import Tool

_REACH_MM = 400.0
_SMALL_MM = 40.0
"""What is shorter does not reach out of the body: a clip stays where it was put."""


def on_skin(body: Body, tool: Tool, names: tuple[str, ...], rng: np.random.Generator) -> Placement | None:
    """On the side of the body that faces the tube or the detector: the frame's z into the body."""
    for _ in range(20):
        inside = _inside(body, names, rng)
        if inside is None:
            return None
        outwards = _towards_source(body, inside) * (1 if rng.random() < 0.7 else -1)
        skin = body.skin(inside, jittered(outwards, 20.0, rng))
        if skin is not None and body.in_picture(skin[None]).all():
            at = straight(tool.name, skin, -outwards, "", _right(body, rng))
            return (
                at if tool.along is None else bent(tool.name, _trailing(body, skin, tool.length_mm, rng), "")
            )
    return None


def to_target(body: Body, tool: Tool, names: tuple[str, ...], rng: np.random.Generator) -> Placement | None:
    """A needle or trocar from the skin to a place in a structure; None where it does not reach."""
    for _ in range(20):
        seen = body.seen(names)
        if not seen:
            return None
        name = sorted(seen)[int(rng.integers(len(seen)))]
        target = seen[name][int(rng.integers(len(seen[name])))] + rng.normal(0, 3, 3)
        if tool.length_mm < _SMALL_MM:
            return straight(tool.name, target, rng.normal(size=3), name)
        outwards = _across_or_down(body, target, rng)
        skin = body.skin(target, outwards)
        if skin is None or np.linalg.norm(skin - target) > 0.9 * tool.length_mm:
            continue
        done = rng.uniform(-0.1, 0.99) if rng.random() < 0.3 else 1.0
        tip = skin + done * (target - skin)
        return straight(tool.name, tip, -outwards, name)
    return None


def in_hand(body: Body, tool: Tool, names: tuple[str, ...], rng: np.random.Generator) -> Placement | None:
    """Held over the body at its side to the tube, the tip in the field, the rest towards a border."""
    camera = body.camera
    row, column = rng.uniform(0.25, 0.75, 2) * camera.shape
    tip = _before(body, row, column, rng)
    middle = np.array(camera.shape) / 2
    away = np.array([row, column]) - middle + rng.normal(0, 0.1, 2) * camera.shape
    right, down = (v / np.linalg.norm(v) for v in (camera.right_mm, camera.down_mm))
    outwards = jittered(away[0] * down + away[1] * right, 25.0, rng)
    return straight(tool.name, tip, -outwards, "", jittered(camera.normal, 60.0, rng))


def in_field(body: Body, tool: Tool, names: tuple[str, ...], rng: np.random.Generator) -> Placement | None:
    """Flat in the field, near its border, on the table or over the patient: the frame's z up in the picture.

    The frame's x faces the viewer of the picture. A letter L or R lies on that side of the patient.
    """
    camera = body.camera
    row, column = (rng.choice([rng.uniform(0.06, 0.25), rng.uniform(0.75, 0.94)]) for _ in range(2))
    letter = tool.target[0] if tool.target and tool.target[0] in ("left", "right") else ""
    if letter:
        lefts = float(camera.right_mm[0])
        if abs(lefts) < 0.3 * np.linalg.norm(camera.right_mm):
            return None  # a lateral view has no left and right in its plane
        right_half = (letter == "left") == (lefts > 0)
        column = rng.uniform(0.78, 0.92) if right_half else rng.uniform(0.08, 0.22)
    pixel = (
        camera.origin_mm + row * camera.shape[0] * camera.down_mm + column * camera.shape[1] * camera.right_mm
    )
    depth = rng.uniform(0.93, 0.98)
    at = camera.source_mm + depth * (pixel - camera.source_mm)
    up = -camera.down_mm / np.linalg.norm(camera.down_mm)
    tilt = 8.0 if letter else 180.0
    angle = np.radians(rng.uniform(-tilt, tilt))
    right = camera.right_mm / np.linalg.norm(camera.right_mm)
    direction = np.cos(angle) * up + np.sin(angle) * right
    viewer = np.cross(right, up)  # right, up, viewer: as the picture is looked at, mirrored or not
    return straight(tool.name, at, direction, "", viewer)


def _inside(body: Body, names: tuple[str, ...], rng: np.random.Generator) -> Vector | None:
    seen = body.seen(names or tuple(body.structures))
    if not seen:
        return None
    points = seen[sorted(seen)[int(rng.integers(len(seen)))]]
    chosen: Vector = points[int(rng.integers(len(points)))]
    return chosen


def _towards_source(body: Body, point_mm: Vector) -> Vector:
    ray = body.camera.source_mm - point_mm
    return ray / np.linalg.norm(ray)


def _right(body: Body, rng: np.random.Generator) -> Vector:
    return jittered(body.camera.right_mm, 30.0, rng)


def _across_or_down(body: Body, point_mm: Vector, rng: np.random.Generator) -> Vector:
    """A way out of the body: away from its middle, or towards the tube, 50 degrees of freedom."""
    outwards = point_mm - body.middle_mm
    outwards[2] *= 0.2
    way = (
        outwards if rng.random() < 0.5 and np.linalg.norm(outwards) > 10 else _towards_source(body, point_mm)
    )
    return jittered(way, 50.0, rng)


def _before(body: Body, row: float, column: float, rng: np.random.Generator) -> Vector:
    """A place on a pixel's ray just outside the skin at the tube's side; without body, midway."""
    camera = body.camera
    pixel = camera.origin_mm + row * camera.down_mm + column * camera.right_mm
    share = np.linspace(0.3, 0.95, 400)[:, None]
    ray = camera.source_mm + share * (pixel - camera.source_mm)
    there = np.flatnonzero(body.hu(ray) > -500)
    first = int(there[0]) if len(there) else len(ray) // 2
    spot: Vector = ray[max(first - int(rng.integers(3, 30)), 0)]
    return spot


def _trailing(body: Body, skin_mm: Vector, length_mm: float, rng: np.random.Generator) -> Points:
    """A lead that trails from the skin to the border of the picture in a gentle bow."""
    from fluoroseg.tools.curves import smooth

    camera = body.camera
    right, down = (v / np.linalg.norm(v) for v in (camera.right_mm, camera.down_mm))
    angle = rng.uniform(0, 2 * np.pi)
    on, aside = (np.cos(a) * right + np.sin(a) * down for a in (angle, angle + np.pi / 2))
    share = np.linspace(0, 1, 6)[:, None]
    bow = rng.normal(0, 0.12) * np.sin(np.pi * share) + rng.normal(0, 0.06) * np.sin(2 * np.pi * share)
    return smooth(skin_mm + min(length_mm, _REACH_MM) * (share * on + bow * aside))
