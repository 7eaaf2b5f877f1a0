"""The phantom's outline: the muscles' surface by region, and the skin over fat that the weight decides."""

from dataclasses import dataclass

import numpy as np

from fluoroseg.patients.phantom.build import Build
from fluoroseg.patients.phantom.compounds import MIRROR, Moved, Union, grown
from fluoroseg.patients.phantom.drawing import FAT_HU, MUSCLE_HU, SKIN, Part
from fluoroseg.patients.phantom.hand import finger_paths
from fluoroseg.patients.phantom.shapes import Ellipsoid, Grid, Loft, Shape, Tube
from fluoroseg.patients.phantom.skull import CEREBELLUM, CEREBRUM

_COARSE_MM = 12.0
_LEAST_FAT_MM, _MOST_FAT_MM = 2.0, 130.0
_DENSITY_KG_L = 1.0
"""Of a whole body without the air in its lungs (hydrostatic weighing: 1.0 obese ... 1.07 lean)."""


@dataclass(frozen=True)
class Lump:
    """A piece of the outline. fat: how thick its fat is, against the average. sides: also mirrored."""

    region: str
    shape: Shape
    fat: float
    sides: bool = True


def tissues(build: Build, spacing_mm: float) -> tuple[Part, list[Part]]:
    """The skin and the fat below it (drawn first), then muscle and the belly's fat."""
    fat_mm = _fat_mm(build)
    skin = _union(build, fat_mm, 0.0)
    depth = max(2.0, 1.01 * spacing_mm)  # no voxel thinner: nothing within touches the air
    inside = [Part("muscle", _union(build, 0.0, 0.12 * fat_mm), MUSCLE_HU, region="world"), _cavity(fat_mm)]
    return Part(SKIN, skin, FAT_HU, 20.0, depth, "subcutaneous_fat", region="world"), inside


def _union(build: Build, fat_mm: float, belly_mm: float) -> Shape:
    frames = build.frames()
    parts: list[Shape] = []
    for lump in _lumps(build.female):
        bulk = 0.0 if lump.region == "head" else (build.bulk - 1) * 30.0
        by_mm = fat_mm * lump.fat + bulk + (belly_mm if lump.region == "trunk" else 0.0)
        shape = _belly(lump.shape, by_mm) if lump.shape is TRUNK else grown(lump.shape, by_mm)
        frame = frames[lump.region]
        parts.append(Moved(shape, frame))
        if lump.sides:
            parts.append(Moved(shape, MIRROR @ frame))
    return Union(tuple(parts), blend_mm=14.0)


def _belly(trunk: Loft, by_mm: float) -> Loft:
    """Fat gathers at the waist, and there in front."""
    levels = []
    for z, x, y, a, b in trunk.levels:
        waist = float(np.exp(-(((z - 1020) / 130) ** 2))) * max(0.0, by_mm - 8.0)
        levels.append((z, x, y - 0.45 * waist, a + by_mm + 0.3 * waist, b + by_mm + 0.45 * waist))
    return Loft(tuple(levels), trunk.power)


def _fat_mm(build: Build) -> float:
    """Thickness of the fat that gives the body its weight, found on a coarse grid."""
    target_l = build.weight_kg / _DENSITY_KG_L + 3.0 * build.tall**3  # the lungs' air weighs nothing
    low, high = _LEAST_FAT_MM, _MOST_FAT_MM
    thin, thick = (_volume_l(_union(build, fat, 0.0)) for fat in (low, 20.0))
    fat = float(np.clip(low + (target_l - thin) / (thick - thin) * (20.0 - low), low, high))
    for _ in range(2):  # Newton's steps: the volume grows by the skin's area, nearly evenly
        here, next_mm = _volume_l(_union(build, fat, 0.0)), _volume_l(_union(build, fat + 2.0, 0.0))
        fat = float(np.clip(fat + 2.0 * (target_l - here) / (next_mm - here), low, high))
    return fat


def _volume_l(shape: Shape) -> float:
    low, high = shape.box
    size = np.ceil((high - low) / _COARSE_MM).astype(int) + 1
    grid = Grid(low, np.eye(3) * _COARSE_MM, (0, 0, 0), (int(size[0]), int(size[1]), int(size[2])))
    share = np.clip(0.5 - shape.distance(grid) / _COARSE_MM, 0, 1)
    return float(share.sum(dtype=np.float64)) * _COARSE_MM**3 / 1e6


TRUNK = Loft(  # the surface of the muscles
    (
        (785, 0, 14, 26, 26),
        (800, 0, 12, 92, 66),
        (830, 0, 10, 148, 90),
        (870, 0, 8, 162, 100),
        (960, 0, 4, 140, 97),
        (1050, 0, 2, 126, 98),
        (1130, 0, 2, 138, 110),
        (1220, 0, 7, 146, 116),
        (1290, 0, 13, 156, 112),
        (1340, 0, 16, 146, 100),
        (1374, 0, 16, 116, 88),
        (1404, 0, 16, 66, 66),
        (1430, 0, 18, 40, 40),
    ),
    power=2.4,
)


def _lumps(female: bool) -> list[Lump]:
    return [
        Lump("trunk", TRUNK, 1.0, sides=False),
        Lump("pelvis", Ellipsoid((0, 30, 850), (164, 94, 86)), 1.25, sides=False),
        Lump("trunk", Tube(((0, 30, 1390), (0, 18, 1490)), (52, 50)), 0.4, sides=False),
        Lump("trunk", Tube(((0, 42, 1425), (76, 34, 1372), (140, 28, 1350)), (32, 28, 26)), 0.6),
        Lump("head", Union((grown(CEREBRUM, 9.5), grown(CEREBELLUM, 9.5), _face()), 22.0), 0.12, sides=False),
        Lump("blade", Ellipsoid((152, 20, 1322), (50, 48, 52)), 0.6),
        *([Lump("trunk", Ellipsoid((74, -100, 1206), (48, 36, 48)), 1.0)] if female else []),
        *([] if female else [Lump("pelvis", Tube(((0, -60, 792), (0, -78, 756)), 26), 0.1, sides=False)]),
        *_arm(),
        *_leg(),
    ]


def _face() -> Shape:
    return Union(
        (
            Ellipsoid((0, -30, 1536), (77, 70, 54)),
            Tube(((0, -36, 1476), (0, -40, 1516)), (60, 64), (1.0, 0.95, 1.0)),
            Tube(((0, 28, 1490), (0, 34, 1524)), (54, 52)),
            Tube(((0, -78, 1456), (0, -76, 1470)), (21, 21), (1.3, 1.0, 1.0)),
            Tube(((0, -96, 1552), (0, -110, 1528), (0, -98, 1520)), (6, 9, 9)),
        ),
        8.0,
    )


def _arm() -> list[Lump]:
    upper = Tube(((158, 20, 1318), (178, 20, 1240), (192, 20, 1140), (203, 18, 1050)), (46, 40, 35, 32))
    lower = Tube(
        ((204, 18, 1050), (222, 10, 1000), (248, 0, 900), (266, -10, 816)),
        (33, 33, 26, 23),
        (1.08, 0.92, 1.0),
    )
    wrist = Tube(((268, -13, 814), (268, -15, 772)), (26, 30), (1.1, 0.62, 1.0))
    palm = Tube(((268, -13, 806), (268, -15, 780), (266, -16, 728)), (25, 33, 36), (1.15, 0.42, 0.8))
    paths = finger_paths()
    fingers = tuple(Tube(path[1:], (10.5, 9, 8.5, 8)[: len(path) - 1]) for path in paths)
    thumb = Tube(paths[0][:2], (14, 11))
    return [
        Lump("arm", upper, 0.55),
        Lump("arm", lower, 0.25),
        Lump("arm", Union((wrist, palm, *fingers, thumb), 3.0), 0.03),
    ]


def _leg() -> list[Lump]:
    thigh = Tube(((94, 10, 800), (100, 2, 700), (94, 4, 580), (88, 6, 480)), (80, 72, 56, 49))
    shank = Tube(
        ((88, 6, 490), (88, 8, 430), (90, 20, 350), (90, 16, 240), (88, 16, 120), (87, 14, 60)),
        (48, 46, 49, 40, 33, 34),
    )
    foot = Union(
        (
            Tube(((88, 40, 36), (88, 10, 48), (86, -40, 46)), (32, 34, 28), (1.0, 1.0, 1.05)),
            Tube(((86, -40, 38), (90, -110, 21), (90, -158, 16)), (32, 24, 17), (1.38, 1.3, 1.05)),
            Tube(((70, -110, 19), (67, -170, 13)), (16, 12)),
        ),
        8.0,
    )
    return [Lump("leg", thigh, 0.8), Lump("leg", shank, 0.35), Lump("leg", foot, 0.06)]


def _cavity(fat_mm: float) -> Part:
    """The belly's fat, in which the bowel lies."""
    by_mm = 0.1 * fat_mm
    shape = Loft(
        (
            (812, 0, 0, 60, 48),
            (870, 0, -10, 92, 66),
            (950, 0, -22, 112 + by_mm, 72 + by_mm),
            (1050, 0, -14, 114 + by_mm, 80 + by_mm),
            (1120, 0, 0, 112, 84),
        ),
        power=2.4,
    )
    return Part("visceral_fat", shape, FAT_HU + 10)
