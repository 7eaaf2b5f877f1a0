"""The phantom's rib cage: twelve pairs of ribs, their cartilages, the breastbone."""

import numpy as np

from fluoroseg.patients.phantom.compounds import smooth
from fluoroseg.patients.phantom.drawing import CARTILAGE_HU, Part, bone, both_sides
from fluoroseg.patients.phantom.shapes import Loft, Point, Tube
from fluoroseg.patients.phantom.spine import spine_y, vertebra_z

CAGE = Loft(  # outer face of the ribs: 270 mm wide and 205 mm deep at its widest, like a woman's
    (
        (1030, 0, -2, 126, 98),
        (1080, 0, -2, 132, 103),
        (1130, 0, -2, 135, 107),
        (1190, 0, -1, 133, 106),
        (1250, 0, 4, 125, 102),
        (1310, 0, 14, 110, 91),
        (1350, 0, 22, 92, 77),
        (1380, 0, 26, 73, 61),
        (1396, 0, 28, 57, 49),
        (1406, 0, 30, 36, 36),
    ),
    power=2.3,
)

# Of rib 1 ... 12: how far its front end lies below its head; how far round it reaches (0 back, 180 front)
_DROP = (30, 52, 72, 88, 102, 112, 120, 124, 124, 118, 76, 48)
_END_DEG = (148, 147, 146, 144, 142, 139, 135, 128, 122, 115, 84, 60)
_HALF_HEIGHT = (4.2, 5.2, 6.0, 6.4, 6.6, 6.8, 6.8, 6.6, 6.4, 6.0, 5.4, 4.6)
_NOTCH_Z = (1322, 1294, 1270, 1248, 1228, 1212, 1202)  # where cartilages 1-7 meet the sternum


def thorax() -> list[Part]:
    """Cartilages, ribs and sternum in drawing order."""
    return [*_cartilages(), *_ribs(), *_sternum()]


def rib_path(number: int) -> tuple[Point, ...]:
    """Centre line of left rib 1 ... 12: head at the disc above its vertebra, neck, angle, slope forwards."""
    low, high = vertebra_z(17 - number)
    start = high - 0.2 * (high - low)
    y = spine_y(start)
    end = np.deg2rad(_END_DEG[number - 1])
    drop = _DROP[number - 1]
    points: list[Point] = [(15.0, y + 8, start), (33.0, y + 25, start + 1)]
    for angle in np.linspace(np.deg2rad(36), end, 20):
        fallen = (angle / end) ** (1.0 if number == 1 else 1.2)
        points.append(cage_point(float(angle), start - 2 - drop * float(fallen)))
    return smooth(tuple(points), 26)


def cage_point(angle: float, z: float, inward_mm: float = 4.0) -> Point:
    """On the rib cage's left half at `angle` from the back (0) over the side to the front (pi)."""
    cx, cy, rx, ry = (float(v) for v in CAGE.at(np.array(z)))
    s, c = np.sin(angle), np.cos(angle)
    grow = (abs(s) ** CAGE.power + abs(c) ** CAGE.power) ** (-1 / CAGE.power)
    return cx + (rx - inward_mm) * grow * s, cy + (ry - inward_mm) * grow * c, z


def sternum_y(z: float) -> float:
    return float(np.interp(z, (1165, 1200, 1290, 1345), (-104, -104, -86, -66)))


def _ribs() -> list[Part]:
    """Flat bows, higher than thick; the first one lies flat."""
    ribs = []
    for number in range(1, 13):
        tall = _HALF_HEIGHT[number - 1]
        flat = (4.6, 4.6, 3.2) if number == 1 else (3.3, 3.3, tall)
        stretch = (flat[0] / tall, flat[1] / tall, flat[2] / tall)
        path = rib_path(number)
        taper = tuple(
            tall * float(t) for t in np.interp(range(len(path)), (0, 4, 20, 25), (0.9, 0.95, 1, 1.08))
        )
        ribs.append(bone(f"rib_{{}}_{number}", Tube(path, taper, stretch), 1.6, 230, 1000))
    return both_sides(ribs)


def _cartilages() -> list[Part]:
    """From the ribs' front ends to the sternum (1-7) or up to the next cartilage (8-10)."""
    parts = []
    for number in range(1, 11):
        end = rib_path(number)[-1]
        if number <= 7:
            z = float(_NOTCH_Z[number - 1])
            goal = (15.0 if number > 1 else 24.0, sternum_y(z), z)
            low = min(end[2], z) - (0 if number < 4 else 5)
            bend = cage_point(np.deg2rad(161), 0.65 * low + 0.35 * z, 5.0)
        else:
            above = rib_path(number - 1)[-1]
            goal = (above[0] - 12, above[1] - 9, above[2] + 2)
            bend = ((end[0] + goal[0]) / 2, (end[1] + goal[1]) / 2 - 3, (end[2] + goal[2]) / 2 - 5)
        path = smooth((end, bend, goal), 7)
        name = f"costal_cartilage_{{}}_{number}"
        parts.append(Part(name, Tube(path, 6.0, (0.75, 0.75, 1.0)), CARTILAGE_HU))
    return both_sides(parts)


def _sternum() -> list[Part]:
    """Manubrium with its notch, body, xiphoid process."""

    def plate(*rows: tuple[float, float]) -> Loft:
        return Loft(tuple((z, 0.0, sternum_y(z), half, 5.5) for z, half in rows), power=3.0)

    manubrium = plate((1293, 16), (1304, 21), (1322, 27), (1336, 30), (1344, 22))
    body = plate((1200, 13), (1215, 18), (1240, 19), (1268, 16), (1289, 13.5))
    return [
        bone("xiphoid_process", plate((1170, 4), (1184, 7), (1198, 9)), 1.4, 130, 400),
        bone("sternum_body", body, 1.5, 120, 450),
        bone("manubrium", manubrium, 1.5, 120, 450),
    ]
