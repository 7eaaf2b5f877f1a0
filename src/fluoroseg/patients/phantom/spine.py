"""The phantom's spine: vertebrae C1 to L5 with their discs, sacrum and coccyx.

Heights follow textbook lengths (cervical 115, thoracic 270, lumbar 175 mm); bodies grow from 23 mm (C3) to
52 mm (L5) in width. Every vertebra is described in its own frame, z along the spine, y to the back.
"""

from functools import cache

import numpy as np
from jaxtyping import Float

from fluoroseg.patients.phantom.compounds import Minus, Moved, Union, mirrored
from fluoroseg.patients.phantom.drawing import CARTILAGE_HU, Part, bone, within
from fluoroseg.patients.phantom.shapes import Ellipsoid, Loft, Point, Shape, Tube

LEVELS = (
    *(f"L{n}" for n in range(5, 0, -1)),
    *(f"T{n}" for n in range(12, 0, -1)),
    *(f"C{n}" for n in range(7, 0, -1)),
)
"""From below, as `vertebra_z` counts."""

_SPINE_Z = (952, 1130, 1400, 1515)  # lower end of L5, upper ends of L1, T1 and C1
_SPINE_COUNT = (0, 5, 17, 24)
_CURVE_Z = (925, 955, 985, 1015, 1055, 1095, 1130, 1180, 1230, 1290, 1350, 1400, 1450, 1490, 1520)
_CURVE_Y = (52, 33, 19, 12, 12, 20, 31, 45, 54, 57, 50, 37, 25, 20, 19)  # lordosis, kyphosis, lordosis


def spine() -> list[Part]:
    """Discs, vertebrae, sacrum and coccyx in drawing order."""
    return [*_discs(), *_vertebrae(), *within("pelvis", _sacrum())]


def spine_y(z: float) -> float:
    """Middle of the vertebral bodies at height z."""
    return float(_curve()(z))


def vertebra_z(number: int) -> tuple[float, float]:
    """Lower and upper end of vertebra 0 (L5) ... 23 (C1), discs included."""
    low, high = (float(np.interp(number + n, _SPINE_COUNT, _SPINE_Z)) for n in (0, 1))
    return low, high


def vertebra_frame(z: float) -> Float[np.ndarray, "4 4"]:
    """From a frame at the spine's middle, its z along the spine, to the model's."""
    lean = float(np.arctan(_curve().derivative()(z)))
    frame = np.eye(4)
    frame[1:3, 1:3] = [[np.cos(lean), np.sin(lean)], [-np.sin(lean), np.cos(lean)]]
    frame[:3, 3] = (0, spine_y(z), z)
    return frame


@cache
def _curve():  # type: ignore[no-untyped-def]
    from scipy.interpolate import PchipInterpolator

    return PchipInterpolator(_CURVE_Z, _CURVE_Y)


def _width(n: float) -> float:
    """Half the width of a body."""
    return float(np.interp(n, (0, 4, 9, 16, 18, 22), (26, 21.5, 16.5, 14, 12.5, 11)))


def _vertebrae() -> list[Part]:
    parts = []
    for n, level in enumerate(LEVELS):
        low, high = vertebra_z(n)
        name, frame = f"vertebrae_{level}", vertebra_frame((low + high) / 2)
        if level == "C1":
            parts.append(bone(name, Moved(_atlas(), frame), 1.5, 220, 800))
            continue
        parts.append(bone(name, Moved(_arch(n, high - low), frame), 1.3, 200, 620))
        parts.append(bone(name, Moved(_body(n, high - low), frame), 1.8, 190, 850))
    return parts


def _discs() -> list[Part]:
    """Between C2 and S1: cartilage a little narrower than the bodies; none between C1 and C2."""
    parts = []
    for n, level in enumerate(LEVELS[:-1]):
        if level == "C2":
            continue
        z, rx = vertebra_z(n)[1], _width(n + 0.5) * 0.97
        half = 0.13 * (vertebra_z(n)[1] - vertebra_z(n)[0]) + 1
        disc = Loft(((-half, 0, 0, rx, 0.74 * rx), (half, 0, 0, rx, 0.74 * rx)), power=2.4)
        parts.append(Part(f"disc_{LEVELS[n + 1]}_{level}", Moved(disc, vertebra_frame(z)), CARTILAGE_HU - 20))
    sacral = Loft(((-6, 0, 0, 25, 18), (6, 0, 0, 25, 18)), power=2.4)
    return [Part("disc_L5_S1", Moved(sacral, vertebra_frame(_SPINE_Z[0])), CARTILAGE_HU - 20), *parts]


def _body(n: int, pitch: float) -> Shape:
    """With a waist and the pedicles, which a frontal X-ray shows as rings; the axis with its dens."""
    half, rx, ry = _body_size(n, pitch)
    body = Loft(((-half, 0, 0, rx, ry), (0, 0, 0.5, rx * 0.87, ry * 0.9), (half, 0, 0, rx, ry)), power=2.4)
    thick, root, facet = _pedicle(n, pitch)
    pedicle = Tube((root, facet), thick, (1.0, 1.0, 1.3))
    dens = (Tube(((0, -1, half), (0, -2, half + 17)), (5.5, 4.5)),) if n == 22 else ()
    return Union((body, pedicle, mirrored(pedicle), *dens))


def _pedicle(n: int, pitch: float) -> tuple[float, Point, Point]:
    """Radius of the left pedicle, where it leaves the body (in its upper half), where it meets the facets."""
    cervical, lumbar = n >= 17, n < 5
    ry = _body_size(n, pitch)[2]
    middle = 12.5 if cervical else 9.5 if not lumbar else 13.5
    thick = float(np.interp(n, (0, 5, 12, 17, 23), (6.0, 5.2, 3.8, 3.4, 3.2)))
    back = ry + (11 if lumbar else 9)
    return thick, (middle, ry - 4, 0.16 * pitch), (middle + (3 if lumbar else 2), back, 0.1 * pitch)


def _body_size(n: int, pitch: float) -> tuple[float, float, float]:
    """Half the height, the width and the depth."""
    cervical, lumbar = n >= 17, n < 5
    rx = _width(n)
    return pitch * (0.41 if not cervical and not lumbar else 0.37), rx, (0.68 if cervical else 0.72) * rx


def _arch(n: int, pitch: float) -> Shape:
    """Laminae, facets, transverse and spinous processes."""
    cervical, lumbar = n >= 17, n < 5
    half, rx, _ = _body_size(n, pitch)
    thick, (canal, _, up), facet = _pedicle(n, pitch)
    back = facet[1] + 7  # where the laminae meet
    half_arch: list[Shape] = [
        Tube((facet, (0, back, -0.05 * pitch)), thick * 0.75, (1.0, 1.0, 1.9)),
        Tube(((facet[0] + 2, facet[1], 0.5 * pitch), (facet[0], facet[1] + 3, -0.55 * pitch)), thick * 0.85),
    ]
    if lumbar:
        reach = 43.0 if n in (2, 3) else 38.0
        half_arch.append(Tube((facet, (reach, back - 10, up + 3)), (thick * 0.8, 3.6), (1.0, 0.8, 1.4)))
    elif not cervical:
        reach = float(np.interp(n, (5, 7, 16), (20, 25, 35)))  # shorter downwards, to the back and up
        half_arch.append(Tube((facet, (reach, back + 4, up + 5)), (4.2, 4.8)))
    else:
        half_arch.append(Tube(((canal, 0, -1), (21.5, 1, -2), (19, 9, 0)), 3.0))
        half_arch.append(Tube(((rx - 1, 0, half), (rx - 1, 3, half + 1.5)), 2.2))  # uncinate process
    drop = 0.28 * pitch if lumbar else 1.1 * pitch if not cervical else 0.35 * pitch
    long = 30 if lumbar else 22 if not cervical else 28 if n == 17 else 18 if n == 22 else 13
    high = (1.0, 1.0, 2.4) if lumbar else (1.0, 1.0, 1.5)
    spinous = Tube(((0, back, -0.08 * pitch), (0, back + long, -0.08 * pitch - drop)), (2.5, 2.9), high)
    arch = Union(tuple(half_arch))
    return Union((spinous, arch, mirrored(arch)))


def _atlas() -> Shape:
    """A ring without body: anterior and posterior arch, lateral masses, long transverse processes."""
    front = Tube(((17, 0, 0), (9, -8, 0), (0, -10, 0), (-9, -8, 0), (-17, 0, 0)), 3.6)
    back = Tube(((17, 6, 0), (14, 22, 0), (0, 31, 0), (-14, 22, 0), (-17, 6, 0)), 3.4)
    side = Union((Ellipsoid((18, 2, 0), (7.5, 9, 9)), Tube(((20, 4, 0), (36, 6, -1)), (4.5, 4.0))))
    return Union((front, back, side, mirrored(side)))


def _sacrum() -> list[Part]:
    """Five fused vertebrae: a shield, hollow in front, with a crest and four pairs of holes; coccyx."""
    wings = Loft(
        (
            (828, 0, 66, 7, 6),
            (848, 0, 76, 15, 8),
            (880, 0, 82, 29, 10),
            (908, 0, 76, 42, 14),
            (932, 0, 64, 52, 17),
            (948, 0, 54, 50, 15),
            (954, 0, 50, 42, 10),
        )
    )
    top = Moved(Loft(((-34, 0, 4, 20, 14), (-5, 0, 0, 25.5, 18.5)), power=2.4), vertebra_frame(_SPINE_Z[0]))
    crest = Tube(((0, 70, 948), (0, 90, 915), (0, 95, 885), (0, 86, 850)), (5, 5, 4, 3))
    holes = tuple(
        Tube(((s * x, 30, z - 8), (s * x, 115, z + 8)), 4.4)
        for s in (1, -1)
        for x, z in ((25, 929), (22, 909), (19, 890), (16, 872))
    )
    sacrum = Minus(Union((wings, top, crest)), holes)
    coccyx = Tube(((0, 66, 826), (0, 58, 812), (0, 47, 800), (0, 38, 793)), (8, 6, 4.5, 3), (1.3, 0.8, 1.0))
    return [
        bone("sacrum", sacrum, 2.0, 190, 850),
        bone("coccyx", coccyx, 1.5, 170, 600),
    ]
