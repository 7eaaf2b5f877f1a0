"""The phantom's outline: skin, fat and muscle, the belly's cavity, and the muscles that have names."""

from fluoroseg.patients._phantom_limbs import finger_paths
from fluoroseg.patients.compounds import Mirror, Union
from fluoroseg.patients.drawing import Part
from fluoroseg.patients.shapes import Ellipsoid, Loft, Shape, Tube

FAT_HU, MUSCLE_HU = -95.0, 50.0

TRUNK = Loft(
    (
        (778, 0, 8, 20, 20),
        (800, 0, 8, 110, 84),
        (830, 0, 8, 172, 110),
        (870, 0, 8, 184, 118),
        (960, 0, 4, 160, 110),
        (1050, 0, 2, 142, 112),
        (1130, 0, 2, 150, 121),
        (1220, 0, 7, 158, 128),
        (1290, 0, 13, 172, 124),
        (1340, 0, 16, 164, 110),
        (1374, 0, 16, 130, 98),
        (1404, 0, 16, 76, 76),
        (1430, 0, 18, 40, 40),
    ),
    power=2.4,
)


def tissues(female: bool) -> list[Part]:
    """The body's outline with fat around muscle, then the belly's fat."""
    cavity = Loft(
        (
            (815, 0, 0, 66, 50),
            (880, 0, -14, 92, 62),
            (960, 0, -28, 112, 62),
            (1060, 0, -12, 112, 76),
            (1120, 0, 0, 112, 84),
        ),
        power=2.4,
    )
    parts = []
    if female:
        breast = Ellipsoid((76, -104, 1208), (60, 40, 60))
        parts += [Part("", breast, -60.0), Part("", Mirror(breast), -60.0)]
    return [*parts, Part("", _outline(), MUSCLE_HU, FAT_HU, 13.0), Part("", cavity, -20.0)]


def muscles() -> list[Part]:
    back = Tube(
        ((28, 62, 940), (32, 62, 1020), (28, 84, 1150), (24, 90, 1300), (20, 58, 1400)),
        (26, 26, 20, 16, 14),
    )
    psoas = Tube(
        ((28, 26, 1110), (44, 18, 1020), (62, 8, 950), (92, -24, 890), (112, 8, 800)), (11, 20, 24, 18, 10)
    )
    gluteus = Ellipsoid((86, 74, 852), (54, 28, 70), (0.0, -18.0, 10.0))
    parts = []
    for name, shape in (("autochthon", back), ("iliopsoas", psoas), ("gluteus_maximus", gluteus)):
        parts += [Part(f"{name}_left", shape, 58.0), Part(f"{name}_right", Mirror(shape), 58.0)]
    return parts


def _outline() -> Shape:
    leg = Tube(
        (
            (88, 8, 800),
            (92, 4, 700),
            (90, 2, 560),
            (86, 4, 470),
            (86, 14, 370),
            (86, 10, 240),
            (86, 10, 95),
            (86, 6, 45),
        ),
        (97, 90, 68, 57, 55, 43, 38, 38),
    )
    foot = Tube(((90, 38, 38), (86, -40, 44), (88, -141, 25)), (38, 40, 25), (1.6, 1.0, 1.0))
    arm = Tube(
        ((150, 20, 1318), (184, 20, 1230), (222, 20, 1040), (240, 4, 960), (262, -10, 800)),
        (60, 48, 38, 38, 27),
    )
    palm = Tube(((262, -13, 790), (266, -16, 730)), (34, 38), (1.15, 0.45, 0.8))
    fingers = Union(tuple(Tube(path, 9.5) for path in finger_paths()))
    trapezius = Tube(((0, 40, 1425), (80, 30, 1374), (150, 26, 1350)), (40, 36, 33))
    shoulder = Ellipsoid((154, 14, 1328), (60, 56, 60))
    sides: list[Shape] = [leg, foot, arm, palm, fingers, trapezius, shoulder]
    head = Union((Ellipsoid((0, -2, 1576), (79, 98, 80)), Tube(((0, -44, 1482), (0, -44, 1540)), (69, 64))))
    neck = Tube(((0, 30, 1380), (0, 14, 1490)), (60, 56))
    hips = Ellipsoid((0, 32, 846), (184, 106, 94))
    return Union((TRUNK, neck, head, hips, *sides, *(Mirror(s) for s in sides)))
