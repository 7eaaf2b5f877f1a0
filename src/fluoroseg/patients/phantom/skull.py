"""The phantom's head: vault, base, face with sinuses and orbits, jaw and teeth, brain and eyes; the hyoid.

The vault is a shell 5-6 mm thick about the brain (1.3 l); the base lies in three steps, highest in front.
"""

import numpy as np

from fluoroseg.patients.phantom.compounds import Both, Minus, Union, grown, mirrored, sheet, smooth
from fluoroseg.patients.phantom.drawing import AIR_HU, WATER_HU, Part, bone, both_sides, within
from fluoroseg.patients.phantom.shapes import Ellipsoid, Half, Point, Shape, Tube

CEREBRUM = Union(
    (
        Ellipsoid((0, 8, 1589), (63, 74, 52)),
        Ellipsoid((0, -34, 1587), (52, 52, 43)),
        Ellipsoid((34, -16, 1553), (24, 32, 22)),  # temporal lobes in the middle fossa
        Ellipsoid((-34, -16, 1553), (24, 32, 22)),
    ),
    blend_mm=12.0,
)
CEREBELLUM = Union(
    (Ellipsoid((0, 40, 1550), (54, 41, 32)), Tube(((0, 8, 1552), (0, 12, 1528)), (13, 9))), blend_mm=8.0
)


def skull() -> list[Part]:
    """Bones, air and soft parts of the head in drawing order."""
    return [*within("head", [*_cranium(), *_air(), *_teeth(), *_contents(), *_jaw()]), _hyoid()]


def _cranium() -> list[Part]:
    vault = Union((grown(CEREBRUM, 5.5), grown(CEREBELLUM, 5.0)), blend_mm=26.0)
    floor = Union(  # clivus, sphenoid, petrous pyramids, condyles
        (
            Tube(((0, -26, 1537), (0, -4, 1540), (0, 8, 1520)), (14, 11, 7)),
            Tube(((-46, 12, 1526), (46, 12, 1526)), 9),
            Tube(((18, 20, 1520), (16, 10, 1521)), 7),
            Tube(((-18, 20, 1520), (-16, 10, 1521)), 7),
        )
    )
    petrous = Union(
        (Tube(((56, 16, 1532), (14, -6, 1540)), (11, 7)), Tube(((57, 22, 1528), (56, 22, 1508)), (12, 8)))
    )
    holes = _orbits(), *_sinuses()
    return [
        bone("skull", vault, 5.0, 500, 1250),
        bone("skull", floor, 2.5, 350, 800),
        bone("skull", Union((petrous, mirrored(petrous))), 3.0, 800, 1100),
        bone("skull", Minus(_face(), holes), 2.0, 250, 850),
    ]


def _face() -> Shape:
    """Frontal bone's lower rim, upper jaw, cheekbones and their arches, nasal bones, palate."""
    half = Union(
        (
            Tube(
                ((8, -86, 1566), (30, -84, 1570), (50, -74, 1560), (54, -66, 1544)), (7, 6.5, 7, 6)
            ),  # orbit's rim
            Tube(((54, -66, 1544), (50, -70, 1530), (36, -76, 1524), (22, -80, 1528)), (6, 8, 7, 5)),
            Tube(((17, -76, 1530), (12, -82, 1560)), (5, 5)),
            Tube(
                smooth(((54, -64, 1532), (64, -44, 1534), (67, -22, 1536), (64, 0, 1538)), 6),
                4.2,
                (0.8, 1.0, 1.2),
            ),
            Ellipsoid((30, -58, 1524), (19, 22, 20)),  # the body of the maxilla
            sheet(
                ((50, -58, 1564), (20, -34, 1566)), ((46, -52, 1530), (18, -34, 1532)), 2.0, 14
            ),  # orbit's side
            Tube(((15, -32, 1532), (16, -28, 1504)), (4, 3)),  # pterygoid process
            Tube(((3, -92, 1548), (4, -98, 1538)), (4.5, 3)),
        )
    )
    arch = tuple(_dental_arch(float(t), 27.0, 1500.0) for t in np.linspace(-1, 1, 13))
    alveolus = Tube(arch, 6.5, (1.0, 1.0, 1.3))
    palate = sheet(tuple(arch[:7]), tuple(arch[::-1][:7]), 3.0, 12)
    septum = sheet(((0, -84, 1510), (0, -40, 1510)), ((0, -88, 1552), (0, -40, 1552)), 1.4, 14)
    return Union((half, mirrored(half), alveolus, palate, septum))


def _dental_arch(t: float, half_width: float, z: float) -> Point:
    """Along the row of teeth: t = -1 right end ... 0 the middle ... 1 left end."""
    return half_width * float(np.sin(t * np.pi / 2)) ** 1, -84.0 + 40.0 * abs(t) ** 2.2, z


def _orbits() -> Shape:
    cone = Union((Tube(((33, -86, 1547), (30, -66, 1547), (14, -38, 1548)), (19, 17, 5)),))
    return Union((cone, mirrored(cone)))


def _sinuses() -> tuple[Shape, ...]:
    """Maxillary, frontal, ethmoid, sphenoid; the nasal cavity's two halves."""
    half = Union(
        (
            Ellipsoid((31, -58, 1523), (14, 17, 14)),
            Ellipsoid((10, -86, 1573), (10, 5, 8)),
            Ellipsoid((7, -60, 1549), (5, 18, 8)),
            Tube(((7, -80, 1518), (7, -40, 1518)), 5.0, (0.9, 1.0, 1.6)),
            Tube(((5, -80, 1536), (5, -42, 1536)), 3.5, (0.8, 1.0, 2.2)),
        )
    )
    return half, mirrored(half), Ellipsoid((0, -30, 1536), (12, 12, 9))


def _air() -> list[Part]:
    half, other, sphenoid = _sinuses()
    cells = Both((Ellipsoid((56, 22, 1514), (8, 10, 13)), Half((0, 0, 1), 1526)))
    canal = Tube(((46, 6, 1529), (76, 6, 1529)), 3.2)
    conchae = Tube(((8, -78, 1522), (8, -44, 1522)), 2.5, (0.7, 1.0, 1.5))
    pharynx = Tube(((0, -26, 1516), (0, -18, 1490), (0, -14, 1462)), (8, 7, 6), (1.4, 0.8, 1.0))
    return [
        Part("", half, AIR_HU + 20),
        Part("", other, AIR_HU + 20),
        Part("", sphenoid, AIR_HU + 20),
        Part("", conchae, 30.0),
        Part("", mirrored(conchae), 30.0),
        *both_sides([Part("", cells, -450.0), Part("", canal, AIR_HU)]),
        Part("nasopharynx", pharynx, AIR_HU),
    ]


def _teeth() -> list[Part]:
    """Two rows of fourteen, crowns and roots, denser than any bone."""
    rows = []
    for name, half, crown, root in (("upper", 24.5, 1482, 1499), ("lower", 23.0, 1479, 1462)):
        teeth: list[Shape] = []
        for t in np.linspace(-0.93, 0.93, 14):
            x, y, _ = _dental_arch(float(t), half, 0)
            thick = 3.1 + 1.5 * abs(float(t)) ** 2
            inward = 0.96 * x, y + 2
            teeth.append(Tube(((x, y, crown), (*inward, root)), (thick, thick * 0.6)))
        rows.append(Part(f"teeth_{name}", Union(tuple(teeth)), 1700.0, 2300.0, 1.5))
    return rows


def _contents() -> list[Part]:
    eye = Ellipsoid((32.5, -77, 1547), (12, 12, 12))
    fat = Minus(_orbits(), (Half((0, 1, 0), -92),))
    return [
        Part("", fat, -70.0),
        *both_sides([Part("eye_{}", eye, WATER_HU)]),
        Part("brain", CEREBRUM, 36.0),
        Part("brain", CEREBELLUM, 38.0),
    ]


def _jaw() -> list[Part]:
    """Body, angle, ramus with condyle and coronoid process."""
    body = Tube(
        smooth(((0, -86, 1456), (16, -82, 1456), (32, -62, 1459), (43, -36, 1466), (47, -22, 1476)), 10),
        (9, 8.5, 7.5, 6.5, 6, 5.5, 5.5, 5.5, 5.5, 6),
        (0.75, 0.8, 1.6),
    )
    alveolus = Tube(
        tuple(_dental_arch(float(t), 25.0, 1466.0) for t in np.linspace(0, 1, 7)), 5.5, (0.9, 0.9, 1.2)
    )
    ramus = sheet(
        ((46, -30, 1466), (48, -30, 1500), (49, -26, 1522)),
        ((46, -12, 1472), (49, -4, 1500), (51, 0, 1522)),
        3.6,
        16,
    )
    condyle = Tube(((46, -1, 1527), (55, 0, 1527)), 5)
    coronoid = Tube(((49, -25, 1515), (48, -27, 1530)), (4, 2.5))
    half = Union((body, alveolus, ramus, condyle, coronoid))
    return [bone("mandible", Union((half, mirrored(half))), 2.6, 700, 1800)]


def _hyoid() -> Part:
    points = ((-20, -14, 1452), (-15, -34, 1446), (0, -42, 1444), (15, -34, 1446), (20, -14, 1452))
    return bone("hyoid", Tube(smooth(points, 9), (2.5, 2.5, 3, 4, 5, 4, 3, 2.5, 2.5)), 1.4, 250, 700)
