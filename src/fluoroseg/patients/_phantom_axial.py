"""The phantom's spine, rib cage and skull: where each bone of a 165 cm body lies.

Millimetres; z from the floor, y to the back, the left side = +x. Lengths follow textbook proportions (lumbar
spine 175, thoracic 270, cervical 115 mm), rounded.
"""

import numpy as np

from fluoroseg.patients.compounds import Minus, Mirror, Union
from fluoroseg.patients.drawing import Part
from fluoroseg.patients.shapes import Ellipsoid, Loft, Point, Shape, Tube

CORTEX_HU, MARROW_HU, SPONGIOSA_HU = 1100.0, 120.0, 250.0

CAGE = Loft(  # outer face of the ribs
    (
        (1040, 0, -2, 126, 96),
        (1080, 0, -3, 132, 101),
        (1130, 0, -4, 136, 105),
        (1190, 0, -3, 134, 105),
        (1250, 0, 2, 125, 100),
        (1310, 0, 12, 110, 90),
        (1350, 0, 20, 92, 76),
        (1380, 0, 26, 72, 60),
        (1394, 0, 28, 56, 48),
        (1404, 0, 30, 34, 34),
    ),
    power=2.3,
)

# top of each vertebra (z) and centre of its body (y), sparsely; between them it is interpolated
_SPINE_Z = (955, 1130, 1400, 1515)
_SPINE_COUNT = (0, 5, 17, 24)  # L5 ... L1, T12 ... T1, C7 ... C1
_CURVE_Z = (955, 1010, 1060, 1130, 1220, 1300, 1400, 1450, 1515)
_CURVE_Y = (30, 14, 16, 32, 54, 56, 36, 22, 20)

_RIB_DROP = (28, 48, 66, 82, 95, 106, 114, 118, 118, 112, 72, 46)
_RIB_END_DEG = (150, 148, 146, 144, 142, 139, 135, 128, 122, 115, 88, 66)  # 0 = back, 180 = front


def axial_bones() -> list[Part]:
    """Cartilages, ribs, sternum, spine and skull in drawing order."""
    return [*_costal_cartilages(), *_ribs(), _sternum(), *_spine(), *_skull()]


def _spine() -> list[Part]:
    levels = [f"L{n}" for n in range(5, 0, -1)] + [f"T{n}" for n in range(12, 0, -1)]
    levels += [f"C{n}" for n in range(7, 0, -1)]
    return [bone(f"vertebrae_{level}", _vertebra(n), 1.5, 170, 600) for n, level in enumerate(levels)]


def _vertebra(n: int) -> Shape:
    """Body with a waist, pedicles, laminae, transverse and spinous processes."""
    low, high = vertebra_z(n)
    pitch = high - low
    disc = 0.24 * pitch
    rx = float(np.interp(n, (0, 4, 9, 16, 18, 23), (27, 23, 17, 14, 12, 12)))
    ry = 0.74 * rx
    z, y = (low + high) / 2, spine_y((low + high) / 2)
    body = Loft(
        (
            (low + disc / 2, 0, y, rx, ry),
            (z, 0, y, rx * 0.88, ry * 0.9),
            (high - disc / 2, 0, y, rx, ry),
        ),
        power=2.4,
    )
    cervical, lumbar = n >= 17, n < 5
    canal = 13 if cervical else 11
    back = y + ry + 17
    bulk = float(np.interp(n, (0, 5, 17, 23), (5.0, 4.0, 3.0, 3.0)))
    spinous_drop = 0.25 * pitch if lumbar or cervical else 0.9 * pitch
    spinous_long = 26 if lumbar else 24 if not cervical else 14
    reach = 40 if lumbar else 32 if not cervical else 24
    arch: list[Shape] = []
    for side in (1, -1):
        root: Point = (side * canal, y + ry - 2, z + 0.12 * pitch)
        facet: Point = (side * (canal + 2), back - 6, z)
        arch += [
            Tube((root, facet), bulk, (1.0, 1.0, 1.4)),
            Tube((facet, (0, back + 2, z - 0.1 * pitch)), bulk * 0.8, (1.0, 1.0, 1.5)),
            Tube((facet, (side * reach, back - (10 if lumbar else 2), z + 0.1 * pitch)), (bulk, bulk * 0.7)),
            Tube(((side * (canal + 2), back - 5, high), (side * (canal + 3), back - 3, low)), bulk * 0.85),
        ]
    spinous = Tube(
        ((0, back, z - 0.1 * pitch), (0, back + spinous_long, z - 0.1 * pitch - spinous_drop)), 3.2
    )
    if n == 23:  # the atlas: a ring without body
        return Union((*arch, Tube(((-16, y, z), (0, y - 9, z), (16, y, z)), 5.0)))
    return Union((body, spinous, *arch))


def rib_path(number: int) -> tuple[Point, ...]:
    """Centre line of left rib 1 ... 12, from its head at the spine to its front end."""
    low, high = vertebra_z(17 - number)
    start = (low + high) / 2 + 4
    y = spine_y(start)
    end = np.deg2rad(_RIB_END_DEG[number - 1])
    points: list[Point] = [(17.0, y + 13, start), (34.0, y + 27, start - 2)]
    for angle in np.linspace(np.deg2rad(38), end, 22):
        fallen = (angle / end) ** 1.25 if number > 1 else angle / end
        points.append(cage_point(float(angle), start - 3 - _RIB_DROP[number - 1] * float(fallen)))
    return tuple(points)


def cage_point(angle: float, z: float, inward_mm: float = 4.0) -> Point:
    """On the rib cage's left half at `angle` from the back (0) over the side to the front (pi)."""
    cx, cy, rx, ry = (float(v) for v in CAGE.at(np.array(z)))
    s, c = np.sin(angle), np.cos(angle)
    grow = (abs(s) ** CAGE.power + abs(c) ** CAGE.power) ** (-1 / CAGE.power)
    return cx + (rx - inward_mm) * grow * s, cy + (ry - inward_mm) * grow * c, z


def _ribs() -> list[Part]:
    parts = []
    for number in range(1, 13):
        squash = (1.0, 1.0, 0.7) if number == 1 else (0.75, 0.75, 1.25)
        parts += pair(f"rib_{{}}_{number}", Tube(rib_path(number), 5.2, squash), 1.7, 350)
    return parts


def _costal_cartilages() -> list[Part]:
    """From the ribs' front ends to the sternum (1-7) or up to the next cartilage (8-10)."""
    tubes: list[Shape] = []
    sternal_z = (1330, 1308, 1285, 1262, 1240, 1222, 1206)
    for number in range(1, 11):
        end = rib_path(number)[-1]
        if number <= 7:
            z = sternal_z[number - 1]
            goal = (17.0, sternum_y(z), float(z))
            bend = cage_point(np.deg2rad(162), 0.72 * end[2] + 0.28 * z)
        else:
            above = rib_path(number - 1)[-1]
            goal = (above[0] - 14, above[1] - 8, above[2] + 4)
            bend = ((end[0] + goal[0]) / 2, (end[1] + goal[1]) / 2 - 4, (end[2] + goal[2]) / 2 - 4)
        tubes.append(Tube((end, bend, goal), 5.5))
    side = Union(tuple(tubes))
    return [Part("costal_cartilages", Union((side, Mirror(side))), 110.0)]


def sternum_y(z: float) -> float:
    return float(np.interp(z, (1170, 1200, 1290, 1345), (-100, -101, -84, -62)))


def _sternum() -> Part:
    heights = (1168, 1190, 1200, 1245, 1285, 1296, 1320, 1345)
    widths = (4, 7, 15, 17, 12, 20, 27, 22)
    levels = tuple((float(z), 0.0, sternum_y(z), float(w), 6.5) for z, w in zip(heights, widths, strict=True))
    return bone("sternum", Loft(levels, power=3.0), 1.5, 180, 700)


def _skull() -> list[Part]:
    vault = Ellipsoid((0, -2, 1580), (72, 90, 70))
    face = Loft(
        ((1478, 0, -62, 26, 26), (1500, 0, -58, 36, 32), (1540, 0, -52, 56, 36), (1580, 0, -50, 60, 38))
    )
    orbits = tuple(Ellipsoid((s * 32, -80, 1552), (18, 26, 16)) for s in (1, -1))
    sinuses = (
        *(Ellipsoid((s * 30, -66, 1518), (14, 14, 15)) for s in (1, -1)),
        Ellipsoid((0, -70, 1525), (11, 30, 20)),
    )
    base = Tube(((-42, 2, 1526), (42, 2, 1526)), 13)
    jaw = ((8, -88, 1447), (28, -74, 1450), (44, -40, 1462), (47, -18, 1478), (46, -10, 1514))
    mandible = Union((Tube(jaw, (8, 7, 7, 8, 6), (0.7, 0.7, 1.5)), Tube(((-8, -88, 1447), jaw[0]), 9)))
    teeth = Tube(((-24, -68, 1474), (-12, -86, 1474), (12, -86, 1474), (24, -68, 1474)), 6)
    return [
        bone("skull", Union((vault, base)), 6.0, 40, 1000),
        bone("skull", Minus(face, (*orbits, *sinuses)), 2.0, 180, 700),
        *(Part("", Ellipsoid((s * 32, -78, 1552), (15, 20, 13)), 0.0) for s in (1, -1)),
        *(Part("", shape, -950.0) for shape in sinuses),
        bone("skull", teeth, 2.0, 1500, 1500),
        Part("brain", Ellipsoid((0, -2, 1582), (65, 83, 62)), 38.0),
        bone("mandible", Union((mandible, Mirror(mandible))), 2.0, 300),
    ]


def spine_y(z: float) -> float:
    """Middle of the vertebral bodies at height z."""
    return float(np.interp(z, _CURVE_Z, _CURVE_Y))


def vertebra_z(number: int) -> tuple[float, float]:
    """Lower and upper end of vertebra 0 (L5) ... 23 (C1), discs included."""
    low, high = (float(np.interp(number + n, _SPINE_COUNT, _SPINE_Z)) for n in (0, 1))
    return low, high


def bone(
    name: str, shape: Shape, shell_mm: float = 2.0, hu: float = SPONGIOSA_HU, shell_hu: float = CORTEX_HU
) -> Part:
    return Part(name, shape, hu, shell_hu, shell_mm)


def pair(name: str, shape: Shape, shell_mm: float = 2.0, hu: float = SPONGIOSA_HU) -> list[Part]:
    """The left bone as given and its mirror image; `{}` in the name becomes the side."""
    return [
        bone(name.format("left"), shape, shell_mm, hu),
        bone(name.format("right"), Mirror(shape), shell_mm, hu),
    ]
