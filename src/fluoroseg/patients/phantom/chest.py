"""The phantom's lungs, airways, heart, gullet and thyroid (mm of the model)."""

import numpy as np

from fluoroseg.patients.phantom.compounds import Both, Minus, Union, grown, mirrored, smooth
from fluoroseg.patients.phantom.drawing import AIR_HU, BLOOD_HU, LUNG_HU, Part
from fluoroseg.patients.phantom.shapes import Ellipsoid, Half, Loft, Point, Shape, Tube
from fluoroseg.patients.phantom.spine import spine_y
from fluoroseg.patients.phantom.thorax import CAGE
from fluoroseg.patients.phantom.vessels import AORTA, CAVA

INNER = grown(CAGE, -9.0)
"""Inside of the chest wall."""
DOME_RIGHT = Ellipsoid((-66, -2, 1082), (74, 100, 114))
DOME_LEFT = Ellipsoid((66, -2, 1078), (74, 100, 104))
HEART = Union(
    (
        Ellipsoid((27, -42, 1218), (68, 41, 45), (0.0, 25.0, -22.0)),  # ventricles, apex to the left and down
        Ellipsoid((-16, -31, 1227), (29, 33, 40)),  # right atrium
        Ellipsoid((6, -13, 1256), (35, 25, 28)),  # left atrium, at the back
    ),
    blend_mm=14.0,
)


def chest(rng: np.random.Generator) -> list[Part]:
    """Lungs (`rng` draws their vessels), heart, airways, gullet and thyroid in drawing order."""
    return [*_lungs(rng), *_heart(), *_airways(), *_throat()]


def _lungs(rng: np.random.Generator) -> list[Part]:
    """Five lobes: the cage's inside above the domes, without mediastinum and heart, cut by the fissures."""
    middle = Loft(
        (
            (1030, 0, 0, 40, 88),
            (1200, 0, 0, 22, 86),
            (1300, 0, 0, 16, 70),
            (1350, 0, 8, 19, 60),
            (1406, 0, 16, 22, 46),
        ),
        power=3.0,
    )
    heights = (1030.0, 1080.0, 1130.0, 1180.0, 1230.0, 1290.0, 1350.0, 1402.0)
    column = Tube(tuple((0.0, spine_y(z) - 2, z) for z in heights), (27, 26, 24, 22, 21, 20, 19, 18))
    floor = Half((0, -0.3, -1), -1120.0)  # the recess reaches down to T12 behind, to rib 6 in front
    before = Half((0.0, 0.9, -1.0), -1222.0)  # above and before the oblique fissure (T4 to rib 6 in front)
    below = Half((0, 0, 1), 1258.0)  # the horizontal fissure, along rib 4
    left = Minus(Both((INNER, Half((-1, 0, 0), -5.0), floor)), (middle, column, HEART, AORTA, DOME_LEFT), 2.5)
    right = Minus(Both((INNER, Half((1, 0, 0), -5.0), floor)), (middle, column, HEART, CAVA, DOME_RIGHT), 2.5)
    between = Both((Union((middle, column)), INNER, Half((0, 0, -1), -1130.0)))
    drawn = [  # each over the one before: no gap at the fissures
        Part("cardiomediastinum", between, -50.0, over="muscle"),  # mostly fat, where nothing else lies
        Part("lung_lower_lobe_left", left, LUNG_HU),
        Part("lung_upper_lobe_left", Both((left, before)), LUNG_HU),
        Part("lung_lower_lobe_right", right, LUNG_HU),
        Part("lung_upper_lobe_right", Both((right, before)), LUNG_HU),
        Part("lung_middle_lobe_right", Both((right, before, below)), LUNG_HU),
    ]
    inside = Both((grown(CAGE, -14.0), Union((_tree(rng, 1), _tree(rng, -1)))))
    clear = Minus(inside, (DOME_LEFT, DOME_RIGHT), 3.0)
    return [*drawn, Part("", clear, -150.0)]


def _tree(rng: np.random.Generator, side: int) -> Shape:
    """Branching vessels from a hilum outwards, thinning; drawn into the lung without a label."""
    tubes: list[Shape] = []
    hilum = np.array([side * 30.0, 6.0, 1266.0 if side > 0 else 1258.0])
    for _ in range(15):
        way = rng.normal(size=3) * (0.55, 0.8, 1.2) + (side * 0.9, 0.1, -0.35)
        _branch(
            tubes,
            rng,
            hilum,
            way / np.linalg.norm(way),
            float(rng.uniform(38, 60)),
            float(rng.uniform(3.0, 5.0)),
        )
    return Union(tuple(tubes))


def _branch(tubes: list[Shape], rng, start, way, length: float, radius: float) -> None:  # type: ignore[no-untyped-def]
    """One vessel and the two that it divides into, until they are a voxel's fraction thin."""
    bend = rng.normal(scale=0.12 * length, size=3)
    middle, end = start + way * length * 0.5 + bend, start + way * length
    points = tuple((float(p[0]), float(p[1]), float(p[2])) for p in (start, middle, end))
    tubes.append(Tube(points, (radius, radius * 0.82, radius * 0.7)))
    if radius < 1.7:
        return
    for _ in range(2):
        turn = way + rng.normal(scale=0.42, size=3)
        _branch(
            tubes,
            rng,
            end,
            turn / np.linalg.norm(turn),
            length * float(rng.uniform(0.6, 0.85)),
            radius * 0.66,
        )


def _heart() -> list[Part]:
    appendage = Tube(((32, -34, 1262), (42, -48, 1258)), (9, 7))
    return [Part("heart", HEART, BLOOD_HU), Part("atrial_appendage_left", appendage, BLOOD_HU)]


def _airways() -> list[Part]:
    """Wind pipe 18 mm wide from C6 to its fork at T5; the right main bronchus is steeper and wider."""
    trachea = Tube(((0, -6, 1432), (0, 4, 1390), (0, 14, 1340), (0, 20, 1300)), 9.0, (1.0, 0.9, 1.0))
    left = Tube(((2, 20, 1301), (24, 19, 1278), (44, 16, 1264)), (7.5, 6.5, 5.5))
    right = Tube(((-2, 20, 1301), (-18, 18, 1280), (-32, 16, 1262)), (8, 7.5, 6.5))
    lobar = Union(
        (
            Tube(((44, 16, 1264), (58, 8, 1282)), (4.0, 3.0)),
            Tube(((42, 17, 1265), (52, 26, 1236)), (4.5, 3.0)),
            Tube(((-28, 16, 1268), (-48, 10, 1288)), (4.5, 3.0)),
            Tube(((-32, 16, 1262), (-42, 24, 1230)), (5.0, 3.0)),
        )
    )
    inner = Tube(((0, -14, 1462), (0, -12, 1445), (0, -8, 1430)), (7, 5, 8), (0.9, 1.2, 1.0))
    wing = Tube(((2, -32, 1446), (16, -14, 1446)), 3.0, (1.0, 1.0, 4.0))
    shield = Union((wing, mirrored(wing)))
    ring = Tube(
        smooth(((0, -22, 1430), (11, -10, 1430), (0, 0, 1432), (-11, -10, 1430), (0, -22, 1430)), 10),
        2.5,
        (1, 1, 1.8),
    )
    return [
        Part("larynx", Ellipsoid((0, -16, 1444), (15, 15, 20)), 50.0),
        Part("thyroid_cartilage", shield, 140.0),
        Part("cricoid_cartilage", ring, 150.0),
        Part("larynx", inner, AIR_HU),
        Part("", lobar, AIR_HU + 50),
        Part("main_bronchus_left", left, AIR_HU),
        Part("main_bronchus_right", right, AIR_HU),
        Part("trachea", trachea, AIR_HU),
    ]


def _throat() -> list[Part]:
    gullet = Tube(
        tuple(
            (3.0 + 0.03 * max(0, 1300 - z), spine_y(z) - 25.0, float(z))
            for z in (1425, 1390, 1340, 1280, 1220, 1165, 1148)
        ),
        8.0,
    )
    lobe = Tube(((14, -14, 1428), (17, -10, 1408), (12, -14, 1396)), (6.5, 8.5, 6.5), (0.9, 1.1, 1.0))
    isthmus = Tube(((-8, -20, 1402), (8, -20, 1402)), 4.0)
    heights: tuple[Point, ...] = tuple(
        (0.0, spine_y(z) + float(np.interp(z, (955, 1130, 1400, 1515), (28, 27, 22, 19))), float(z))
        for z in range(1110, 1531, 20)
    )
    return [
        Part("esophagus", gullet, 30.0),
        Part("thyroid_gland", Union((lobe, mirrored(lobe), isthmus)), 110.0),
        Part("spinal_cord", Tube(heights, 5.2, (1.15, 0.9, 1.0)), 35.0),
    ]
