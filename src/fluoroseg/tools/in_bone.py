"""Tools in and on bones: screws across them, nails along them, plates upon them.

Jitter as in the published pipeline: the tip N(0, 3) mm about its target, the axis within 15 degrees of the
planned one, a wire not always driven home (-.1 to .99 of its way).
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from fluoroseg.tools.body import Body
from fluoroseg.tools.spot import Placement, Points, Vector, jittered, straight
from fluoroseg.tools.tool import Tool

TIP_MM, AXIS_DEG = 3.0, 15.0
_TRIALS = 60
_STEP_MM, _REACH_MM = 1.0, 400.0
_CANAL_MM = 12.0
"""How far from its axis a long bone's canal may reach."""


_JOINING = ("sternal wires",)
"""Families that lie on several bones at once."""


def across_bone(body: Body, tool: Tool, names: tuple[str, ...], rng: np.random.Generator) -> Placement | None:
    """A screw or staple whose head sits on the bone and whose shaft fits it; the best of many tries."""
    seen = body.seen(names)
    if not seen:
        return None
    bones, inside, axes = [], np.empty((_TRIALS, 3)), np.empty((_TRIALS, 3))
    for n in range(_TRIALS):
        bones.append(sorted(seen)[int(rng.integers(len(seen)))])
        inside[n] = seen[bones[n]][int(rng.integers(len(seen[bones[n]])))]
        axes[n] = jittered(_crosswise(body, rng), AXIS_DEG, rng)
    entries, ways_mm = _through(body, bones, inside, axes)
    fits = np.minimum(ways_mm, tool.length_mm) / np.maximum(ways_mm, tool.length_mm)
    best = int(fits.argmax())
    if fits[best] <= 0.6:
        return None
    return straight(tool.name, entries[best] + axes[best] * tool.length_mm, axes[best], bones[best])


def into_bone(body: Body, tool: Tool, names: tuple[str, ...], rng: np.random.Generator) -> Placement | None:
    """A wire, pin or drill that enters a bone from outside; along it in a third of the draws."""
    seen = body.seen(names)
    if not seen:
        return None
    name = sorted(seen)[int(rng.integers(len(seen)))]
    target = seen[name][int(rng.integers(len(seen[name])))] + rng.normal(0, TIP_MM, 3)
    lengthwise = rng.random() < 1 / 3 and len(seen[name]) > 10
    axis = jittered(long_axis(seen[name]), AXIS_DEG, rng) if lengthwise else _crosswise(body, rng)
    if (target - body.middle_mm) @ axis > 0:
        axis = -axis
    entry = _entry(body, name, target, axis)
    done = rng.uniform(-0.1, 0.99) if rng.random() < 0.3 else 1.0
    return straight(tool.name, entry + done * (target - entry), axis, name)


def along_bone(body: Body, tool: Tool, names: tuple[str, ...], rng: np.random.Generator) -> Placement | None:
    """Along a bone's shaft; None where it does not fit.

    A nail has its tail at the bone's end nearer to the trunk (a retrograde one at the other); what is shorter
    than half of the bone lies anywhere along it. The frame's x to the front, y away from the body's middle.
    """
    seen = [name for name in body.seen(names) if len(body.structures[name]) > 30]
    rng.shuffle(seen)
    for name in seen:
        points = body.structures[name]
        axis, middle = shaft(points, body.middle_mm)
        along = (points - middle) @ axis
        if np.ptp(along) < 0.95 * tool.length_mm:
            continue
        if tool.along is None and "nail" not in tool.family:
            return _anywhere(body, tool, name, axis, middle, rng)
        if "retrograde" in tool.family:
            axis, along = -axis, -along
        beside = np.linalg.norm(points - middle - ((points - middle) @ axis)[:, None] * axis, axis=1)
        start = along[beside < _CANAL_MM].min()  # where the axis enters the bone: beside a ball joint's head
        tip = middle + axis * (start + 3 + tool.length_mm) + rng.normal(0, TIP_MM / 3, 3)
        direction = jittered(axis, 1.5, rng)
        way = tip - direction * np.arange(0, tool.length_mm, 5.0)[:, None]
        if body.inside((name,), way).mean() > 0.5:
            return _framed(body, tool, tip, direction, name)
    return None


def on_bone(body: Body, tool: Tool, names: tuple[str, ...], rng: np.random.Generator) -> Placement | None:
    """A plate upon a bone's surface, lengthwise: the frame's x away from the bone."""
    seen = [n for n, points in body.seen(names).items() if len(points) > 10]
    rng.shuffle(seen)
    for name in seen:
        points = np.concatenate([body.structures[n] for n in (names if tool.family in _JOINING else (name,))])
        if np.ptp((points - points.mean(axis=0)) @ long_axis(points)) < 0.8 * tool.length_mm:
            continue
        for _ in range(_TRIALS // 6):
            inside = body.seen((name,))[name]
            at = inside[int(rng.integers(len(inside)))]
            near = points[np.linalg.norm(points - at, axis=1) < max(tool.length_mm / 2, 15.0)]
            along = jittered(long_axis(points if _is_long(points) else near), 5.0, rng)
            out = jittered(at - near.mean(axis=0) + 1e-3 * rng.normal(size=3), AXIS_DEG, rng)
            out -= (out @ along) * along
            if np.linalg.norm(out) < 1e-6:
                continue
            out /= np.linalg.norm(out)
            entry = _entry(body, name, near.mean(axis=0), -out)
            under = entry - 2 * out + along * np.linspace(-0.4, 0.4, 9)[:, None] * tool.length_mm
            if body.inside((name,), under).mean() > 0.6:
                return straight(tool.name, entry, along, name, out)
    return None


def _anywhere(
    body: Body, tool: Tool, name: str, axis: Vector, middle: Vector, rng: np.random.Generator
) -> Placement | None:
    """About a shaft at a place in the picture: a ring, a loop, a spacer."""
    seen = body.seen((name,)).get(name)
    if seen is None:
        return None
    along = np.quantile((seen - middle) @ axis, rng.uniform(0.15, 0.85))
    return _framed(body, tool, middle + along * axis + rng.normal(0, TIP_MM / 3, 3), axis, name)


def _framed(body: Body, tool: Tool, tip: Vector, direction: Vector, name: str) -> Placement:
    """x to the front, y away from the body's middle: mirrored where that is a left-handed frame."""
    front = _forwards(direction)
    aside = float(body.structures[name].mean(axis=0)[0] - body.middle_mm[0])
    mirrored = np.cross(direction, front)[0] * aside < 0
    return straight(tool.name, tip, direction, name, front, bool(mirrored))


def long_axis(points_mm: Points) -> Vector:
    """First principal axis of some points, a unit vector."""
    axis: Vector = np.linalg.svd(points_mm - points_mm.mean(axis=0), full_matrices=False)[2][0]
    return axis


def _is_long(points_mm: Points) -> bool:
    """Whether a bone is a long one: its second principal extent at most a third of its first."""
    extents = np.linalg.svd(points_mm - points_mm.mean(axis=0), compute_uv=False)
    return bool(extents[1] < extents[0] / 3)


def shaft(points_mm: Points, trunk_mm: Vector) -> tuple[Vector, Vector]:
    """Axis of a long bone's middle half, away from the trunk, and the middle of that half."""
    axis = long_axis(points_mm)
    axis = axis if (points_mm.mean(axis=0) - trunk_mm) @ axis > 0 else -axis
    along = (points_mm - points_mm.mean(axis=0)) @ axis
    low, high = np.quantile(along, [0.25, 0.75])
    middle = points_mm[(along >= low) & (along <= high)]
    fine = long_axis(middle)
    return fine if fine @ axis > 0 else -fine, middle.mean(axis=0)


def _entry(body: Body, name: str, inside_mm: Vector, axis: Vector) -> Vector:
    """Where a line enters the bone before a point in it."""
    entry: Vector = _through(body, [name], inside_mm[None], axis[None])[0][0]
    return entry


def _through(
    body: Body, names: Sequence[str], inside_mm: Points, axes: Points
) -> tuple[Points, Float[np.ndarray, " n"]]:
    """Where each line enters its bone before a point in it, and the length of its way through (mm)."""
    reach = np.arange(0, _REACH_MM, _STEP_MM)[:, None]
    gone = []  # steps to the first place outside, backwards and on
    for way in (-axes, axes):
        within = body.inside_each(names, inside_mm[:, None] + reach * way[:, None])
        gone.append(np.where(within.all(axis=1), len(reach), within.argmin(axis=1)))
    back, on = gone
    return inside_mm - (back * _STEP_MM)[:, None] * axes, (back + on) * _STEP_MM


def _crosswise(body: Body, rng: np.random.Generator) -> Vector:
    """A direction within 45 degrees of the detector's plane, so that tools are seen from the side."""
    right, down = (v / np.linalg.norm(v) for v in (body.camera.right_mm, body.camera.down_mm))
    angle, out = rng.uniform(0, 2 * np.pi), np.radians(rng.uniform(-45, 45))
    flat = np.cos(angle) * right + np.sin(angle) * down
    crosswise: Vector = np.cos(out) * flat + np.sin(out) * body.camera.normal
    return crosswise


def _forwards(axis: Vector) -> Vector:
    """The patient's front, made orthogonal to an axis; the left for an axis that points there itself."""
    front = np.array([0.0, -1.0, 0.0])
    front = front - (front @ axis) * axis
    return front if np.linalg.norm(front) > 0.2 else np.array([1.0, 0.0, 0.0])
