"""The phantom's skeleton: where each bone of a 165 cm body lies (mm, z from the floor, left = +x)."""

import numpy as np

from fluoroseg.patients.phantom import Part
from fluoroseg.patients.shapes import Ellipsoid, Loft, Minus, Mirror, Point, Shape, Tube, Union, sheet

CORTEX_HU, MARROW_HU, SPONGIOSA_HU = 1100.0, 60.0, 250.0

CAGE = Loft(  # outer face of the ribs
    (
        (1040, 0, -2, 126, 96),
        (1080, 0, -3, 132, 101),
        (1130, 0, -4, 136, 105),
        (1190, 0, -3, 134, 105),
        (1250, 0, 2, 125, 100),
        (1310, 0, 12, 106, 88),
        (1350, 0, 20, 84, 72),
        (1380, 0, 26, 62, 55),
        (1402, 0, 30, 42, 40),
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


def bones() -> list[Part]:
    """All bones in drawing order."""
    parts = [*_costal_cartilages(), *_ribs(), *_spine(), *_pelvis(), *_skull(), *_shoulder_and_arm(), *_leg()]
    return parts


def spine_y(z: float) -> float:
    """Middle of the vertebral bodies at height z."""
    return float(np.interp(z, _CURVE_Z, _CURVE_Y))


def vertebra_z(number: int) -> tuple[float, float]:
    """Lower and upper end of vertebra 0 (L5) ... 23 (C1), discs included."""
    low, high = (float(np.interp(number + n, _SPINE_COUNT, _SPINE_Z)) for n in (0, 1))
    return low, high


def _bone(
    name: str, shape: Shape, shell_mm: float = 2.0, hu: float = SPONGIOSA_HU, shell_hu: float = CORTEX_HU
) -> Part:
    return Part(name, shape, hu, shell_hu, shell_mm)


def _pair(name: str, shape: Shape, shell_mm: float = 2.0, hu: float = SPONGIOSA_HU) -> list[Part]:
    """The left bone as given and its mirror image; `{}` in the name becomes the side."""
    return [
        _bone(name.format("left"), shape, shell_mm, hu),
        _bone(name.format("right"), Mirror(shape), shell_mm, hu),
    ]


def _spine() -> list[Part]:
    levels = [f"L{n}" for n in range(5, 0, -1)] + [f"T{n}" for n in range(12, 0, -1)]
    levels += [f"C{n}" for n in range(7, 0, -1)]
    return [_bone(f"vertebrae_{level}", _vertebra(n), 1.5, 220, 750) for n, level in enumerate(levels)]


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
        parts += _pair(f"rib_{{}}_{number}", Tube(rib_path(number), 5.2, squash), 1.6, 250)
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
    return _bone("sternum", Loft(levels, power=3.0), 1.5, 180, 700)


def _pelvis() -> list[Part]:
    crest = ((50, 72, 930), (54, 74, 975), (88, 46, 1010), (118, 8, 1012), (130, -28, 985), (122, -52, 950))
    root = ((52, 58, 905), (58, 52, 910), (74, 22, 892), (88, 6, 890), (98, -16, 890), (106, -30, 895))
    tuber: Point = (63, 24, 770)
    ischium = Tube(((86, 24, 850), (78, 34, 815), tuber), (17, 13, 15))
    ramus = Tube((tuber, (42, -4, 768), (22, -36, 792), (14, -44, 808)), (9, 7, 7, 11))
    pubis = Tube(((14, -44, 812), (40, -40, 838), (76, -20, 868)), (11, 8, 14))
    blade = Union((sheet(crest, root, 5.5, 18), Tube(crest, (9, 9, 7, 8, 8, 7))))
    column = Tube(((54, 60, 925), (66, 44, 900), (84, 10, 885)), (13, 12, 16))
    socket = Ellipsoid(HEAD_CENTRE, (33, 33, 33))
    whole = Union((blade, ischium, ramus, pubis, column, socket))
    hip = Minus(whole, (Ellipsoid(HEAD_CENTRE, (26, 26, 26)), Tube((HEAD_CENTRE, (135, -8, 825)), (26, 34))))
    sacrum = Loft(
        (
            (828, 0, 62, 6, 5),
            (848, 0, 72, 14, 8),
            (880, 0, 80, 34, 11),
            (915, 0, 70, 46, 18),
            (945, 0, 52, 52, 22),
            (957, 0, 42, 50, 20),
        )
    )
    holes = tuple(
        Tube(((s * x, 20, z), (s * x, 120, z)), 5.0)
        for s in (1, -1)
        for x, z in ((26, 935), (23, 916), (20, 898), (17, 880))
    )
    return [*_pair("hip_{}", hip, 2.2, 200), _bone("sacrum", Minus(sacrum, holes), 1.8, 160, 700), _sternum()]


HEAD_CENTRE: Point = (87.0, -4.0, 858.0)


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
    jaw = ((8, -88, 1447), (28, -74, 1450), (44, -40, 1462), (50, -16, 1478), (52, -10, 1518))
    mandible = Union((Tube(jaw, (8, 7, 7, 8, 6), (0.7, 0.7, 1.5)), Tube(((-8, -88, 1447), jaw[0]), 9)))
    teeth = Tube(((-24, -68, 1474), (-12, -86, 1474), (12, -86, 1474), (24, -68, 1474)), 6)
    return [
        _bone("skull", Union((vault, base)), 6.0, 40, 1000),
        _bone("skull", Minus(face, (*orbits, *sinuses)), 2.0, 180, 700),
        *(Part("", Ellipsoid((s * 32, -78, 1552), (15, 20, 13)), 0.0) for s in (1, -1)),
        *(Part("", shape, -950.0) for shape in sinuses),
        _bone("skull", teeth, 2.0, 1500, 1500),
        Part("brain", Ellipsoid((0, -2, 1582), (65, 83, 62)), 38.0),
        _bone("mandible", Union((mandible, Mirror(mandible))), 2.0, 300),
    ]


def _shoulder_and_arm() -> list[Part]:
    shoulder: Point = (162, 18, 1326)
    clavicle = Tube(((24, -66, 1346), (60, -66, 1356), (105, -34, 1366), (150, 8, 1366)), (9, 6.5, 6, 7))
    medial = ((74, 98, 1352), (70, 108, 1310), (78, 110, 1250), (92, 104, 1196))
    lateral = ((128, 52, 1362), (138, 46, 1322), (118, 84, 1256), (94, 104, 1194))
    spine = Tube(((74, 108, 1318), (115, 92, 1340), (152, 60, 1362), (172, 28, 1362)), (4, 6, 7, 8))
    glenoid = Tube(((140, 34, 1338), (140, 36, 1312)), 12)
    coracoid = Tube(((134, 30, 1346), (134, 4, 1356), (142, -8, 1346)), (7, 6, 5))
    rim = Tube(lateral, (6, 8, 6, 5))
    blade = sheet(medial, lateral, 2.6, 22)
    scapula = Minus(Union((blade, spine, glenoid, coracoid, rim)), (Ellipsoid(shoulder, (23, 23, 23)),))
    wrist: Point = (270, -12, 812)
    shaft = Tube((shoulder, (176, 18, 1300), (188, 20, 1220), (214, 22, 1075)), (22, 16, 10.5, 10))
    condyles = Tube(((200, 22, 1046), (242, 20, 1044)), (12, 11))
    humerus = Union((shaft, condyles, Tube((shoulder, (176, 10, 1330)), (20, 14))))
    radius = Tube(((238, 12, 1024), (246, 4, 1000), (268, -10, 880), wrist), (10, 7, 7, 13))
    ulna = Tube(((218, 36, 1046), (222, 28, 1010), (240, 6, 880), (246, -4, 818)), (11, 9, 6, 6))
    return [
        *_pair("clavicula_{}", clavicle, 2.0),
        *_pair("scapula_{}", scapula, 1.8),
        *_pair("humerus_{}", humerus, 3.0, MARROW_HU + 60),
        *_pair("radius_{}", radius, 2.5, MARROW_HU + 60),
        *_pair("ulna_{}", ulna, 2.5, MARROW_HU + 60),
        *_hand(),
    ]


def _hand() -> list[Part]:
    carpal = Union(
        tuple(Ellipsoid((246 + 9 * n, -12, 796 - 15 * m), (6, 8, 8)) for n in range(4) for m in range(2))
    )
    metacarpals, phalanges = [], []
    for n, (spread, length) in enumerate(((34, 40), (12, 62), (4, 60), (-6, 55), (-16, 50))):
        base = (286 - 10 * n if n else 286, -14.0, 772.0 if n else 786.0)
        knuckle = (base[0] + spread * 0.5, -16.0, base[2] - length)
        tip = (base[0] + spread, -22.0, base[2] - length - (52 if n == 0 else 78 - 4 * abs(n - 2)))
        metacarpals.append(Tube((base, knuckle), 5.0))
        middle = tuple((a + b) / 2 for a, b in zip(knuckle, tip, strict=True))
        phalanges.append(
            Tube(((knuckle[0], -16.0, knuckle[2] - 11), (middle[0], middle[1], middle[2]), tip), (5, 4, 3.5))
        )
    return [
        *_pair("carpal_{}", carpal, 1.2, 350),
        *_pair("metacarpal_{}", Union(tuple(metacarpals)), 1.6),
        *_pair("phalanges_hand_{}", Union(tuple(phalanges)), 1.4),
    ]


def _leg() -> list[Part]:
    neck = Tube((HEAD_CENTRE, (108, 0, 840), (128, 4, 815)), (15, 15, 18))
    trochanters = (Tube(((134, 10, 822), (140, 14, 846)), (15, 11)), Ellipsoid((112, 20, 794), (10, 9, 12)))
    shaft = Tube(((128, 4, 818), (124, 2, 770), (106, -6, 640), (88, 0, 505)), (18, 15, 13.5, 17))
    condyles = (Ellipsoid((66, 8, 479), (18, 32, 24)), Ellipsoid((104, 8, 480), (18, 32, 23)))
    distal = Tube(((88, 0, 505), (86, 0, 484)), (20, 24))
    femur = Union((Ellipsoid(HEAD_CENTRE, (23, 23, 23)), neck, *trochanters, shaft, *condyles, distal))
    plateau = Loft(((395, 88, 2, 16, 17), (430, 87, 4, 30, 23), (452, 86, 5, 38, 27)), power=2.4)
    shin = Tube(((88, 0, 405), (86, -2, 250), (84, 8, 110), (84, 10, 92)), (18, 12.5, 13, 20))
    ankle = Tube(((68, 8, 98), (67, 8, 80)), (9, 6))
    fibula = Tube(
        ((118, 22, 434), (118, 22, 400), (112, 24, 240), (108, 18, 100), (108, 14, 72)), (10, 6, 6, 7, 9)
    )
    tarsal = Union(
        (
            Tube(((84, 8, 72), (82, -18, 66)), (17, 13)),
            Tube(((92, 12, 42), (94, 48, 26)), (17, 20)),
            Tube(((76, -38, 50), (72, -62, 44)), (13, 11)),
            Tube(((98, -22, 34), (100, -58, 32)), (13, 11)),
        )
    )
    metatarsals, toes = [], []
    for n in range(5):
        x, bulk = 70.0 + 9 * n, 6.5 if n == 0 else 4.8
        knuckle: Point = (66.0 + 13 * n, -128.0 + 6 * n, 12.0)
        metatarsals.append(Tube(((x, -72.0 + 3 * n, 38.0 - 4 * n), knuckle), bulk))
        toes.append(
            Tube(((knuckle[0], knuckle[1] - 9, 11.0), (knuckle[0], knuckle[1] - 40 + 3 * n, 6.0)), bulk - 1)
        )
    return [
        *_pair("femur_{}", femur, 3.5, 140),
        *_pair("patella_{}", Ellipsoid((86, -38, 484), (22, 10, 22)), 1.8),
        *_pair("tibia_{}", Union((plateau, shin, ankle)), 3.2, 140),
        *_pair("fibula_{}", fibula, 2.0),
        *_pair("tarsal_{}", tarsal, 1.6),
        *_pair("metatarsal_{}", Union(tuple(metatarsals)), 1.6),
        *_pair("phalanges_feet_{}", Union(tuple(toes)), 1.4),
    ]
