"""The phantom's organs below the diaphragm (mm of the model). Volumes follow ICRP 89's reference woman:
liver 1.4 l, spleen 130 ml, kidneys 275 ml, pancreas 120 ml, full bladder 200 ml."""

import numpy as np

from fluoroseg.patients.phantom.chest import DOME_LEFT, DOME_RIGHT, INNER
from fluoroseg.patients.phantom.compounds import Both, Union, grown, smooth
from fluoroseg.patients.phantom.drawing import AIR_HU, WATER_HU, Part, both_sides, within
from fluoroseg.patients.phantom.shapes import Ellipsoid, Half, Point, Shape, Tube

COLON: tuple[Point, ...] = (
    (-76, -16, 922), (-90, -4, 962), (-98, 8, 1000), (-98, 4, 1026), (-78, -34, 1034), (-40, -60, 1026),
    (0, -68, 1016), (44, -62, 1036), (78, -32, 1078), (100, 12, 1108), (106, 28, 1075), (106, 28, 1010),
    (100, 12, 955), (84, -10, 915), (52, -8, 892), (26, 10, 910), (6, 26, 922), (-2, 44, 906),
)  # fmt: skip
_RECTUM: tuple[Point, ...] = ((-2, 46, 902), (0, 62, 880), (0, 58, 852), (0, 44, 820), (0, 40, 798))


def abdomen(rng: np.random.Generator, female: bool) -> list[Part]:
    """In drawing order; `rng` lays the bowel and its gas."""
    return [*_upper(), *_stomach(), *_bowel(rng), *_pancreas(), *within("pelvis", _pelvic(female))]


def _upper() -> list[Part]:
    liver_edge = Half((0.45, 0.1, -1.0), -1066.0)
    liver = Union(
        (
            Both((Ellipsoid((-66, -2, 1084), (69, 90, 106)), INNER, liver_edge)),
            Both((Ellipsoid((8, -42, 1138), (70, 42, 36), (0.0, 6.0, 0.0)), INNER)),
        )
    )
    spleen = Both((Ellipsoid((91, 46, 1128), (26, 37, 49), (24.0, 14.0, 0.0)), INNER))
    kidney = Tube(((54, 40, 1108), (60, 42, 1084), (63, 46, 1062)), (24.0, 25.0, 24.0), (1.0, 0.92, 1.0))
    sinus = Tube(((45, 30, 1090), (50, 32, 1072)), 8.0)
    kidney_right = Tube(
        ((54, 40, 1094), (60, 42, 1070), (63, 46, 1048)), (24.0, 25.0, 24.0), (1.0, 0.92, 1.0)
    )
    sinus_right = Tube(((45, 30, 1076), (50, 32, 1058)), 8.0)
    adrenal = Union(
        (Tube(((40, 36, 1140), (50, 42, 1122)), 4.6), Tube(((40, 36, 1140), (34, 44, 1124)), 4.2))
    )
    return [
        Part("", Both((DOME_RIGHT, INNER, Half((0, 0, -1), -1096.0))), 40.0),
        Part("", Both((DOME_LEFT, INNER, Half((0, 0, -1), -1096.0))), 40.0),
        Part("liver", liver, 58.0),
        Part("spleen", spleen, 50.0),
        Part("adrenal_gland_left", adrenal, 40.0),
        Part("adrenal_gland_right", adrenal, 40.0, right=True),
        Part("kidney_left", kidney, 35.0),
        Part("", sinus, -60.0),
        Part("kidney_right", kidney_right, 35.0, right=True),
        Part("", sinus_right, -60.0, right=True),
    ]


def _pancreas() -> list[Part]:
    """And the gallbladder: what the bowel leaves room for."""
    pancreas = Tube(
        ((-34, -14, 1058), (-22, -16, 1076), (8, -30, 1082), (44, -4, 1094), (72, 24, 1108)),
        (17, 16, 13, 12.5, 10),
    )
    return [
        Part("gallbladder", Tube(((-44, -42, 1078), (-54, -60, 1052)), (9, 14)), 10.0),
        Part("pancreas", pancreas, 38.0),
    ]


def _stomach() -> list[Part]:
    """A J with gas under the dome, food below; then the duodenum's C."""
    bag = Union(
        (
            Both((Ellipsoid((60, 4, 1150), (36, 42, 30)), grown(DOME_LEFT, -6.0))),
            Tube(
                (
                    (62, -4, 1140),
                    (68, -22, 1110),
                    (54, -50, 1080),
                    (22, -62, 1066),
                    (-8, -52, 1068),
                    (-24, -40, 1074),
                ),
                (34, 32, 25, 19, 15, 11),
            ),
        ),
        blend_mm=10.0,
    )
    bubble = Both(
        (
            grown(Ellipsoid((60, 4, 1150), (36, 42, 30)), -4.0),
            grown(DOME_LEFT, -10.0),
            Half((0, 0, -1), -1146.0),
        )
    )
    loop = smooth(
        (
            (-24, -40, 1074),
            (-46, -18, 1076),
            (-48, -8, 1048),
            (-40, -8, 1026),
            (-10, -18, 1020),
            (24, -14, 1040),
        ),
        12,
    )
    return [
        Part("duodenum", Tube(loop, 12.0), 25.0),
        Part("stomach", bag, 30.0, 45.0, 4.0),
        Part("gastric_bubble", bubble, AIR_HU),
    ]


def _bowel(rng: np.random.Generator) -> list[Part]:
    """Small bowel in loops, the colon around it in haustra, gas in flexures, transverse and sigmoid."""
    path = smooth(COLON, 72)
    width = np.interp(np.arange(72), (0, 12, 24, 40, 50, 60, 71), (27, 24, 20, 19, 16, 15, 15))
    haustra = width * (1 + 0.13 * np.sin(np.arange(72) * 1.75))
    colon = Tube(path, tuple(float(r) for r in haustra))
    parts = [
        Part("small_bowel", _loops(rng), 25.0),
        *_gas(rng, "small_bowel"),
        Part("colon", colon, 15.0, 40.0, 3.0),
    ]
    for first, last in ((11, 17), (22, 31), (34, 42), (58, 64)):
        start = int(rng.integers(first - 2, first + 3))
        reach = range(max(0, start), min(72, last + int(rng.integers(-1, 3))))
        pocket = Tube(tuple(path[n] for n in reach), tuple(float(haustra[n] * 0.97 - 4.5) for n in reach))
        parts.append(Part("bowel_gas", pocket, AIR_HU + 20))
    return parts


def _loop_points(rng: np.random.Generator) -> list[tuple[Point, ...]]:
    """Rows of loops from side to side between the colon's limbs, behind one another."""
    rows: list[tuple[Point, ...]] = []
    for layer, y in enumerate((-56.0, -30.0)):
        for row in range(5):
            z = 1002.0 - 25.0 * row + 8 * layer
            half = (62, 68, 70, 62, 48)[row]
            xs = np.linspace(-half, half, 7) * (1 if row % 2 else -1)
            jitter = rng.normal(scale=5.0, size=(7, 2))
            rows.append(
                tuple(
                    (float(x), y + float(d), z + float(e) + (7 if n % 2 else -7))
                    for n, (x, (d, e)) in enumerate(zip(xs, jitter, strict=True))
                )
            )
    return rows


def _loops(rng: np.random.Generator) -> Shape:
    return Union(tuple(Tube(smooth(points, 14), 12.5) for points in _loop_points(rng)))


def _gas(rng: np.random.Generator, host: str) -> list[Part]:
    """A few small pockets in the small bowel."""
    spots = rng.uniform((-55, -58, 900), (55, -40, 1000), size=(5, 3))
    sizes = rng.uniform(5, 9, size=5)
    tubes = tuple(
        Tube(((float(x) - 8, float(y), float(z)), (float(x) + 8, float(y), float(z) + 3)), float(r))
        for (x, y, z), r in zip(spots, sizes, strict=True)
    )
    return [Part("bowel_gas", Union(tubes), AIR_HU + 20)]


def _pelvic(female: bool) -> list[Part]:
    bladder = Ellipsoid((0, -14, 846), (40, 33, 30))
    rectum = Tube(smooth(_RECTUM, 10), (15, 16, 17, 19, 20, 19, 17, 14, 11, 10))
    gas = Tube(((0, 60, 872), (0, 58, 856)), 9.0)
    parts = [
        Part("rectum", rectum, 25.0),
        Part("", gas, AIR_HU + 100),
        Part("urinary_bladder", bladder, WATER_HU, 35.0, 3.0),
    ]
    if female:
        uterus = Tube(((0, 30, 852), (0, 22, 872), (0, 0, 892)), (11, 15, 21), (1.15, 0.85, 0.9))
        ovary = Ellipsoid((34, 16, 884), (12, 8, 14))
        return [*parts, Part("uterus", uterus, 50.0), *both_sides([Part("ovary_{}", ovary, 30.0)])]
    gland = Ellipsoid((0, -4, 810), (21, 14, 15))
    vesicle = Tube(((8, 20, 826), (26, 24, 838)), (5.5, 4.5))
    testis = Ellipsoid((16, -62, 752), (12, 14, 19))
    shaft = Tube(((0, -56, 796), (0, -84, 786), (0, -94, 752)), 13.0)
    return [
        *parts,
        Part("prostate", gland, 40.0),
        *both_sides([Part("seminal_vesicle_{}", vesicle, 20.0), Part("testis_{}", testis, 35.0)]),
        Part("penis", shaft, 40.0),
    ]
