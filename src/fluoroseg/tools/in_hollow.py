"""Tools in vessels, airways, gut, heart, pleura and urinary tract: along centre lines and out of the skin."""

import numpy as np
from jaxtyping import Float

from fluoroseg.tools.body import Body
from fluoroseg.tools.centre_line import centre_line
from fluoroseg.tools.curves import smooth
from fluoroseg.tools.spot import Placement, Points, Vector, bent, jittered, straight
from fluoroseg.tools.tool import Tool

TIP_MM = 3.0


def along_vessel(
    body: Body, tool: Tool, names: tuple[str, ...], rng: np.random.Generator
) -> Placement | None:
    """Along the centre line of a vessel; what is longer than the vessel leaves at the end nearer to the skin.

    A tool that does not bend (stent, filter) lies within the vessel, on its axis.
    """
    seen = sorted(body.seen(names))
    rng.shuffle(seen)
    for name in seen:
        line = centre_line(body.patient, (name,))
        if line is None or not body.in_picture(line).any():
            continue
        if tool.along is None:
            return _on_axis(body, tool, line, name, rng)
        line = line if rng.random() < 0.5 else line[::-1]
        first = int(rng.integers(0, max(1, len(line) // 2)))
        return bent(tool.name, _of_length(line[first:], tool.length_mm), name)
    return None


def in_airway(body: Body, tool: Tool, names: tuple[str, ...], rng: np.random.Generator) -> Placement | None:
    """A tube down the trachea, its tip 20-60 mm above the bifurcation, its way out upwards and forwards."""
    line = _seen_line(body, ("trachea",))
    if line is None:
        return None
    tip_mm = float(rng.uniform(20, 60))
    inside = line[::-1]  # from below
    along = _arc(inside)
    if along[-1] < tip_mm + 10:
        return None
    mouth = inside[-1] + np.array([[0.0, -12.0, 60.0], [0.0, -70.0, 110.0], [0.0, -150.0, 120.0]])
    way = np.concatenate([inside[along >= tip_mm], mouth])
    return bent(tool.name, _of_length(smooth(way), tool.length_mm), "trachea")


def in_gut(body: Body, tool: Tool, names: tuple[str, ...], rng: np.random.Generator) -> Placement | None:
    """A tube down the oesophagus into the stomach, its way out upwards and forwards; stiff things inside."""
    if tool.along is None:
        return _within(body, tool, names or body.named(("stomach", "small_bowel", "colon")), rng)
    line = _seen_line(body, ("esophagus",))
    if line is None:
        return None
    way = [line[::4]]
    if "stomach" in body.structures:
        stomach = body.structures["stomach"]
        deep = stomach[rng.integers(len(stomach))] * 0.3 + stomach.mean(axis=0) * 0.7
        way.append(np.stack([(line[-1] + deep) / 2, deep]))
    nose = line[0] + np.array([[0.0, -150.0, 190.0], [0.0, -90.0, 180.0], [0.0, -10.0, 80.0]])
    curve = smooth(np.concatenate([nose, *way]))[::-1]
    return bent(tool.name, _of_length(curve, tool.length_mm), "esophagus")


def in_pleura(body: Body, tool: Tool, names: tuple[str, ...], rng: np.random.Generator) -> Placement | None:
    """A drain along the inside of the chest wall: in at mid height from the side, the tip up or down."""
    side = str(rng.choice(["left", "right"]))
    for name in (side, "right" if side == "left" else "left"):
        parts = [points for key, points in body.seen(body.named([f"lung_{name}"])).items()]
        if not parts:
            continue
        lung = np.concatenate(parts)
        out = np.array([1.0 if name == "left" else -1.0, 0.0, 0.0])
        low, high = np.quantile(lung[:, 2], [0.1, 0.9])
        entry_z, tip_z = low + rng.uniform(0.25, 0.5) * (high - low), high if rng.random() < 0.6 else low
        heights = np.linspace(tip_z, entry_z, 4)
        inner = [_outermost(lung, z, out, rng) for z in heights]
        skin = body.skin(inner[-1], out)
        if skin is None:
            continue
        way = np.stack([*inner, skin, skin + 80 * out - np.array([0.0, 0.0, 20.0])])
        return bent(tool.name, _of_length(smooth(way), tool.length_mm), f"lung_{name}")
    return None


def in_heart(body: Body, tool: Tool, names: tuple[str, ...], rng: np.random.Generator) -> Placement | None:
    """A lead from below the left clavicle through the great vein into the heart; a valve within it."""
    found = list(body.seen(n for n in ("heart", "cardiomediastinum") if n in body.structures))
    if not found:
        return None
    heart = found[0]
    points = body.structures[heart]
    low, high = np.quantile(points, [0.05, 0.95], axis=0)
    middle = (low + high) / 2
    if tool.along is None:
        at = middle + rng.uniform(-0.15, 0.15, 3) * (high - low)
        return straight(tool.name, at, jittered(np.array([0.5, -0.5, -0.7]), 40.0, rng), heart)
    side = 1.0 if rng.random() < 0.8 else -1.0  # patient's left
    apex = np.array([middle[0] + 0.25 * (high[0] - low[0]), low[1] + 0.35 * (high[1] - low[1]), low[2] + 12])
    atrium = np.array([low[0] + 0.2 * (high[0] - low[0]), middle[1], middle[2]])
    vein = np.array([low[0] + 0.25 * (high[0] - low[0]), middle[1], high[2] + 25])
    above = vein + np.array([25.0 * side, 5.0, 35.0])
    pocket = np.array([middle[0] + 115.0 * side, above[1] - 20, above[2] + 5])
    skin = body.skin(pocket, np.array([0.0, -1.0, 0.0]))
    if skin is not None:
        pocket = skin + np.array([0.0, 12.0, 0.0])
    way = np.stack([apex, (apex + atrium) / 2 - [0, 0, 12], atrium, vein, above, pocket])
    return bent(tool.name, smooth(way + rng.normal(0, TIP_MM, way.shape)), heart)


def in_urinary(body: Body, tool: Tool, names: tuple[str, ...], rng: np.random.Generator) -> Placement | None:
    """A stent from a kidney down to the bladder, or a catheter in the bladder and out below."""
    if "urinary_bladder" not in body.structures:
        return None
    bladder = body.structures["urinary_bladder"].mean(axis=0)
    kidneys = sorted(body.seen(("kidney_left", "kidney_right")))
    if kidneys and tool.target and "kidney" in tool.target[0]:
        name = kidneys[int(rng.integers(len(kidneys)))]
        kidney = body.structures[name]
        inner = kidney[
            np.abs(kidney[:, 0] - bladder[0]) < np.quantile(np.abs(kidney[:, 0] - bladder[0]), 0.3)
        ]
        pelvis = inner.mean(axis=0)
        drop = pelvis + np.array([0.0, 5.0, -60.0])
        brim = np.array([drop[0], drop[1], (drop[2] + bladder[2]) / 2])
        aside = bladder + np.array([0.5 * (drop[0] - bladder[0]), 15.0, 10.0])
        return bent(tool.name, smooth(np.stack([pelvis, drop, brim, aside, bladder])), name)
    if not body.in_picture(bladder[None]).any():
        return None
    out = bladder + np.array([[0.0, -15.0, -60.0], [0.0, -60.0, -110.0], [60.0, -80.0, -200.0]])
    curve = smooth(np.concatenate([bladder[None], out]))
    if tool.along is None:
        return straight(tool.name, bladder, jittered(np.array([0.0, 0.3, 1.0]), 20.0, rng), "urinary_bladder")
    return bent(tool.name, _of_length(curve, tool.length_mm), "urinary_bladder")


def _within(body: Body, tool: Tool, names: tuple[str, ...], rng: np.random.Generator) -> Placement | None:
    """Anywhere in one of some structures, in any direction."""
    seen = body.seen(names)
    if not seen:
        return None
    name = sorted(seen)[int(rng.integers(len(seen)))]
    at = seen[name][int(rng.integers(len(seen[name])))]
    return straight(tool.name, at, rng.normal(size=3), name)


def _on_axis(body: Body, tool: Tool, line: Points, name: str, rng: np.random.Generator) -> Placement | None:
    room = round(tool.length_mm / 2.0)
    inner = np.flatnonzero(body.in_picture(line))
    inner = inner[(inner >= room // 2) & (inner < len(line) - room // 2)]
    if not len(inner):
        return None
    at = int(inner[int(rng.integers(len(inner)))])
    one, other = line[max(at - 5, 0)], line[min(at + 5, len(line) - 1)]
    direction = (other - one) * (1 if rng.random() < 0.5 else -1)
    tip = line[at] + direction / np.linalg.norm(direction) * tool.length_mm / 2
    return straight(tool.name, tip, direction, name)


def _seen_line(body: Body, names: tuple[str, ...]) -> Points | None:
    if not body.seen(body.named(names)):
        return None
    return centre_line(body.patient, body.named(names))


def _of_length(curve_mm: Points, length_mm: float) -> Float[np.ndarray, "m 3"]:
    """The first `length_mm` of a curve, continued straight where it is shorter."""
    along = _arc(curve_mm)
    if along[-1] < length_mm:
        last = curve_mm[-1] - curve_mm[-2]
        end = curve_mm[-1] + last / np.linalg.norm(last) * (length_mm - along[-1])
        return smooth(np.concatenate([curve_mm, end[None]]))
    return curve_mm[: max(2, int(np.searchsorted(along, length_mm)))]


def _arc(curve_mm: Points) -> Float[np.ndarray, " n"]:
    return np.append(0.0, np.linalg.norm(np.diff(curve_mm, axis=0), axis=1).cumsum())


def _outermost(lung: Points, z_mm: float, out: Vector, rng: np.random.Generator) -> Vector:
    """A place just inside the outer border of the lung at some height."""
    near = lung[np.abs(lung[:, 2] - z_mm) <= np.abs(lung[:, 2] - z_mm).min() + 6]
    lateral = near @ out
    border = near[lateral >= np.quantile(lateral, 0.9)]
    return border.mean(axis=0) - 6 * out + rng.normal(0, 2, 3)
