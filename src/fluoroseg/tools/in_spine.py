"""Tools of the spine: pedicle screws, cages between two vertebrae, cement in a vertebral body."""

from itertools import pairwise

import numpy as np

from fluoroseg.tools.body import Body
from fluoroseg.tools.curves import smooth
from fluoroseg.tools.spot import Placement, Vector, bent, jittered, straight
from fluoroseg.tools.tool import Tool

LEVELS = (
    *(f"C{n}" for n in range(1, 8)),
    *(f"T{n}" for n in range(1, 13)),
    *(f"L{n}" for n in range(1, 6)),
)
_CANDIDATES = 400
_INSIDE = 0.7
"""Least share of a pedicle screw's way that lies in its vertebra."""


def in_pedicle(
    body: Body, tool: Tool, names: tuple[str, ...], rng: np.random.Generator, side: str = ""
) -> Placement | None:
    """A screw from behind through a pedicle into the body, as deep as it fits; the head stays outside.

    Many corridors are tried, 0-25 degrees towards the midline and within 15 of level, and the one that stays
    deepest inside the vertebra is taken. None where none stays inside. side: "left", "right" or by chance.
    """
    seen = [name for name in _vertebrae(body, names) if name[-2:] not in ("C1", "C2")]
    rng.shuffle(seen)
    for name in seen:
        points = body.structures[name]
        front, head = vertebra_frame(body, name)
        left = np.cross(head, front)
        out = left if (side or str(rng.choice(["left", "right"]))) == "left" else -left
        middle = body_centre(body, name)
        spread = np.ptp(points @ left)
        lateral = out * rng.uniform(0.1, 0.3, (_CANDIDATES, 1)) * spread
        behind = -front * rng.uniform(0.35, 0.8, (_CANDIDATES, 1)) * np.ptp(points @ front)
        height = head * rng.uniform(-0.1, 0.35, (_CANDIDATES, 1)) * np.ptp(points @ head)
        inwards = np.radians(rng.uniform(0, 25, (_CANDIDATES, 1)))
        level = np.radians(rng.uniform(-15, 15, (_CANDIDATES, 1)))
        axis = np.cos(inwards) * front - np.sin(inwards) * out + np.sin(level) * head
        axis /= np.linalg.norm(axis, axis=1, keepdims=True)
        along = np.arange(0, tool.length_mm, 1.5)
        start = middle + lateral + behind + height
        way = start[:, None] + along[:, None] * axis[:, None]
        inside = body.inside((name,), way.reshape(-1, 3)).reshape(_CANDIDATES, -1)
        best = int(inside.mean(axis=1).argmax())
        if inside[best].mean() >= _INSIDE:
            tip = start[best] + axis[best] * tool.length_mm
            return straight(tool.name, tip, jittered(axis[best], 2.0, rng), name, head)
    return None


def along_spine(body: Body, tool: Tool, names: tuple[str, ...], rng: np.random.Generator) -> Placement | None:
    """A rod behind the vertebrae, beside their spinous processes."""
    levels = [f"vertebrae_{level}" for level in LEVELS if f"vertebrae_{level}" in body.seen(names)]
    centres = []
    for name in levels:
        front, head = vertebra_frame(body, name)
        aside = np.cross(head, front)
        centres.append(body_centre(body, name) - 38 * front + 18 * aside)
    if len(centres) < 2:
        return None
    curve = smooth(np.stack(centres), 2.0)
    count = round(tool.length_mm / 2) + 1
    first = int(rng.integers(0, max(1, len(curve) - count)))
    return bent(tool.name, curve[first : first + count], levels[0])


def in_disc(body: Body, tool: Tool, names: tuple[str, ...], rng: np.random.Generator) -> Placement | None:
    """Midway between two neighbouring vertebral bodies: the frame's z to the front, x to the head."""
    seen = body.seen(names)
    pairs = [
        (lower, upper)
        for upper, lower in pairwise(LEVELS[1:])
        if f"vertebrae_{upper}" in seen and f"vertebrae_{lower}" in seen
    ]
    if not pairs:
        return None
    lower, upper = (f"vertebrae_{level}" for level in pairs[int(rng.integers(len(pairs)))])
    below, above = body_centre(body, lower), body_centre(body, upper)
    front, _ = vertebra_frame(body, lower)
    middle = (below + above) / 2 + rng.normal(0, 1, 3)
    head = above - below
    forwards = front - (front @ head) * head / (head @ head)
    if tool.length_mm > 1.3 * _depth(body, lower):
        return None
    return straight(tool.name, middle, jittered(forwards, 4.0, rng), lower, head)


def in_body(body: Body, tool: Tool, names: tuple[str, ...], rng: np.random.Generator) -> Placement | None:
    """Inside a vertebral body, a plate upon its front: the frame's z to the front, x to the head."""
    if "plate" in tool.family:
        return _on_front(body, tool, names, rng)
    most = 3.0 if "cage" in tool.family else 1.2  # a cage stands in the place of one body or two
    fit = [n for n in _vertebrae(body, names) if tool.length_mm < most * _depth(body, n)]
    if not fit:
        return None
    name = fit[int(rng.integers(len(fit)))]
    front, head = vertebra_frame(body, name)
    at = body_centre(body, name) + rng.normal(0, 2, 3)
    return straight(tool.name, at, jittered(front, 15.0, rng), name, head)


def _on_front(body: Body, tool: Tool, names: tuple[str, ...], rng: np.random.Generator) -> Placement | None:
    seen = _vertebrae(body, names)
    if not seen:
        return None
    name = seen[int(rng.integers(len(seen)))]
    front, head = vertebra_frame(body, name)
    forwards = (body.structures[name] - body_centre(body, name)) @ front
    at = body_centre(body, name) + forwards.max() * front
    return straight(tool.name, at, jittered(front, 4.0, rng), name, head)


def vertebra_frame(body: Body, name: str) -> tuple[Vector, Vector]:
    """A vertebra's front and head direction, orthogonal unit vectors.

    Head: towards the next vertebra's middle, else the patient's. Front: the patient's, made orthogonal.
    """
    place = LEVELS.index(name.removeprefix("vertebrae_"))
    here = body.structures[name].mean(axis=0)
    head = np.array([0.0, 0.0, 1.0])
    for other, sign in ((place - 1, 1.0), (place + 1, -1.0)):
        beside = f"vertebrae_{LEVELS[other]}" if 0 <= other < len(LEVELS) else ""
        if beside in body.structures:
            head = sign * (body.structures[beside].mean(axis=0) - here)
            break
    head /= np.linalg.norm(head)
    front = np.array([0.0, -1.0, 0.0])
    front -= (front @ head) * head
    return front / np.linalg.norm(front), head


def body_centre(body: Body, name: str) -> Vector:
    """Centre of the vertebral body: the median of the front 45 per cent of the vertebra."""
    points = body.structures[name]
    front, _ = vertebra_frame(body, name)
    forwards = points @ front
    return np.median(points[forwards > forwards.max() - 0.45 * np.ptp(forwards)], axis=0)


def _vertebrae(body: Body, names: tuple[str, ...]) -> list[str]:
    """Those of the names that are in the picture and are presacral vertebrae."""
    return sorted(n for n in body.seen(names) if n.removeprefix("vertebrae_") in LEVELS)


def _depth(body: Body, name: str) -> float:
    """Front to back of the vertebral body through its centre, mm."""
    front, _ = vertebra_frame(body, name)
    centre, reach = body_centre(body, name), np.arange(0.0, 40.0)[:, None] * front
    ways = [body.inside((name,), centre + sign * reach) for sign in (1, -1)]
    return float(sum(np.argmin(np.append(way, False)) for way in ways))
