"""The phantom's organs: belly, lungs, heart and vessels (mm, frame of `_phantom_axial`)."""

import numpy as np

from fluoroseg.patients._phantom_axial import CAGE, spine_y
from fluoroseg.patients._phantom_body import muscles
from fluoroseg.patients.compounds import Both, Minus, Mirror, Union
from fluoroseg.patients.drawing import Part
from fluoroseg.patients.shapes import Ellipsoid, Half, Loft, Shape, Tube

AIR_HU, LUNG_HU = -1000.0, -830.0

INNER = Loft(tuple((z, cx, cy, rx - 9, ry - 9) for z, cx, cy, rx, ry in CAGE.levels), power=CAGE.power)
DOME_RIGHT = Ellipsoid((-66, -2, 1082), (74, 98, 112))
DOME_LEFT = Ellipsoid((66, -2, 1078), (74, 98, 104))
HEART = Union(
    (
        Ellipsoid((24, -40, 1222), (66, 42, 46), (0.0, 26.0, -22.0)),
        Ellipsoid((-16, -30, 1228), (28, 32, 40)),
        Ellipsoid((4, -14, 1258), (34, 26, 24)),
    )
)
AORTA = Tube(
    (
        (2, -18, 1250),
        (-9, -18, 1285),
        (-3, -8, 1318),
        (14, 14, 1330),
        (23, 32, 1312),
        *((19.0, spine_y(z) - 20.0, float(z)) for z in (1290, 1220, 1150, 1080, 1010)),
    ),
    (16, 15, 14, 14, 13, 12, 12, 11, 10, 9),
)
CAVA = Tube(((-20, -6, 1352), (-27, -10, 1300), (-26, -12, 1235)), (9, 10, 12))


def organs(rng: np.random.Generator) -> list[Part]:
    """Named soft organs in drawing order; `rng` draws the lungs' vessels."""
    return [*_belly(), *muscles(), *_lungs(rng), *_mediastinum()]


def _below_diaphragm(dome: Ellipsoid, low: float) -> Shape:
    """What fills a dome inside the rib cage down to `low`."""
    return Both((dome, INNER, Half((0, 0, -1), -low)))


def _belly() -> list[Part]:
    liver_edge = Half((-0.55, 0.1, -1.0), -1010.0)
    liver = Union(
        (
            Both((Ellipsoid((-66, -2, 1082), (70, 94, 107)), INNER, liver_edge)),
            Both((Ellipsoid((10, -40, 1140), (70, 46, 40)), INNER)),
        )
    )
    kidney = Tube(((58, 40, 1120), (66, 44, 1060)), (25, 24), (1.0, 0.9, 1.0))
    colon = Tube(
        ((-96, 10, 930), (-98, 10, 1040), (-60, -40, 1060), (0, -58, 1040), (62, -40, 1080), (104, 20, 1100)),
        (24, 22, 18, 18, 18, 18),
    )
    descending = Tube(
        ((104, 20, 1100), (106, 18, 980), (84, -10, 910), (30, 20, 895), (0, 50, 880)), (16, 15, 15, 14, 14)
    )
    gas = [
        ((-94, -2, 1030), 13),
        ((-62, -48, 1062), 11),
        ((10, -66, 1042), 12),
        ((102, 6, 1090), 13),
        ((100, 4, 960), 9),
        ((40, 10, 898), 10),
    ]
    loops = tuple(
        Tube(((x, y, z), (x + 26, y - 10, z + 8), (x + 40, y + 8, z - 14)), 13)
        for x, y, z in (
            (-60, -30, 960),
            (-20, -50, 985),
            (10, -25, 955),
            (-40, -60, 930),
            (20, -55, 930),
            (-30, -20, 1010),
        )
    )
    stomach = Tube(((62, 12, 1148), (70, -14, 1110), (48, -48, 1075), (4, -54, 1072)), (32, 34, 26, 16))
    return [
        Part("", _below_diaphragm(DOME_RIGHT, 1100), 40.0),
        Part("", _below_diaphragm(DOME_LEFT, 1100), 40.0),
        Part("small_bowel", Union(loops), 20.0),
        Part("colon", Union((colon, descending)), 20.0),
        *(Part("", Ellipsoid(centre, (r * 1.2, r * 0.9, r)), AIR_HU) for centre, r in gas),
        Part("liver", liver, 58.0),
        Part("gallbladder", Ellipsoid((-48, -52, 1062), (13, 14, 22)), 10.0),
        Part("stomach", stomach, 30.0),
        Part("", Ellipsoid((64, -6, 1152), (24, 24, 15)), AIR_HU),
        Part("pancreas", Tube(((-30, -8, 1058), (0, -20, 1076), (50, 10, 1100)), (13, 9, 8)), 40.0),
        Part("spleen", Ellipsoid((98, 46, 1125), (22, 34, 46), (20.0, 12.0, 0.0)), 50.0),
        Part("kidney_left", kidney, 35.0),
        Part("kidney_right", Mirror(Tube(((58, 40, 1106), (66, 44, 1046)), (25, 24), (1.0, 0.9, 1.0))), 35.0),
        Part("urinary_bladder", Ellipsoid((0, -12, 852), (40, 34, 32)), 8.0),
    ]


def _lungs(rng: np.random.Generator) -> list[Part]:
    """Five lobes: the cage's inside above the domes, without mediastinum and heart, cut by the fissures."""
    middle = Loft(
        (
            (1040, 0, 0, 40, 84),
            (1200, 0, 0, 26, 80),
            (1300, 0, 0, 17, 62),
            (1350, 0, 8, 20, 54),
            (1404, 0, 16, 22, 46),
        )
    )
    heights = (1040.0, 1100.0, 1160.0, 1220.0, 1280.0, 1340.0, 1402.0)
    column = Tube(tuple((0.0, spine_y(z) - 1, z) for z in heights), (26, 25, 23, 21, 20, 20, 20))
    floor = Half((0, 0, -1), -1072.0)
    behind = Half((0.0, -0.9, 1.0), 1222.0)  # below and behind the oblique fissure
    before = Half((0.0, 0.9, -1.0), -1222.0)
    above, below = Half((0, 0, -1), -1258.0), Half((0, 0, 1), 1258.0)  # horizontal fissure
    left = Minus(Both((INNER, Half((-1, 0, 0), -5.0), floor)), (middle, column, HEART, AORTA, DOME_LEFT), 2.5)
    right = Minus(Both((INNER, Half((1, 0, 0), -5.0), floor)), (middle, column, HEART, CAVA, DOME_RIGHT), 2.5)
    lobes = {
        "lung_upper_lobe_left": (left, before),
        "lung_lower_lobe_left": (left, behind),
        "lung_upper_lobe_right": (right, before, above),
        "lung_middle_lobe_right": (right, before, below),
        "lung_lower_lobe_right": (right, behind),
    }
    drawn = [Part(name, Both(shapes), LUNG_HU) for name, shapes in lobes.items()]
    lungs = Union((left, right))
    return [*drawn, Part("", Both((lungs, _vessels(rng))), -120.0)]


def _vessels(rng: np.random.Generator, branches: int = 46) -> Shape:
    """Branches from both hila outwards, thinning; drawn into the lungs without a label."""
    tubes: list[Shape] = []
    for side in (1, -1):
        hilum = np.array([side * 34.0, 6.0, 1268.0 if side > 0 else 1258.0])
        for _ in range(branches):
            direction = rng.normal(size=3) * (0.75, 0.85, 1.25) + (side * 0.8, 0.1, -0.35)
            direction /= np.linalg.norm(direction)
            length, bend = rng.uniform(60, 130), rng.normal(scale=12, size=3)
            middle, end = hilum + direction * length * 0.5 + bend, hilum + direction * length
            radius = rng.uniform(2.4, 4.2)
            points = tuple((float(p[0]), float(p[1]), float(p[2])) for p in (hilum, middle, end))
            tubes.append(Tube(points, (radius, radius * 0.55, 0.7)))
    return Union(tuple(tubes))


def _mediastinum() -> list[Part]:
    lower = Tube(((-22, -6, 1215), (-22, 14, 1150), (-20, 4, 1060), (-18, -6, 1010)), (13, 12, 11, 10))
    trachea = Tube(((0, 2, 1470), (0, 6, 1400), (0, 16, 1340), (0, 20, 1302)), 9.0)
    bronchi = Union(
        (
            Tube(((0, 20, 1304), (24, 18, 1276), (40, 16, 1262)), (7, 6, 5)),
            Tube(((0, 20, 1304), (-20, 18, 1280), (-36, 16, 1262)), (8, 7, 6)),
        )
    )
    hila = tuple(
        Part("", Tube(((s * 10, 0, 1275), (s * 40, 4, 1270 - 4 * s), (s * 50, 4, 1240)), (12, 10, 5)), 45.0)
        for s in (1, -1)
    )
    gullet = Tube(
        tuple((4.0, spine_y(z) - 24.0, float(z)) for z in (1440, 1400, 1340, 1280, 1220, 1170)), 7.0
    )
    cord = Tube(
        tuple(
            (0.0, spine_y(z) + float(np.interp(z, (955, 1130, 1400, 1515), (27, 27, 22, 20))), float(z))
            for z in range(1120, 1521, 25)
        ),
        5.0,
    )
    iliac = Tube(((8, -6, 1008), (30, 8, 960), (62, -6, 910), (78, -40, 880)), 5.0)
    return [
        *hila,
        Part("heart", HEART, 45.0),
        Part("superior_vena_cava", CAVA, 45.0),
        Part("inferior_vena_cava", lower, 45.0),
        Part("iliac_artery_left", iliac, 48.0),
        Part("iliac_artery_right", Mirror(iliac), 48.0),
        Part("aorta", AORTA, 48.0),
        Part("esophagus", gullet, 35.0),
        Part("trachea", Union((trachea, bronchi)), AIR_HU),
        Part("spinal_cord", cord, 35.0),
    ]
