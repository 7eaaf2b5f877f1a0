"""The phantom's hand: eight carpals, five metacarpals, fourteen phalanges (left; palm to the front).

Lengths after a woman's hand of 175 mm: metacarpals 42-62 mm, phalanges of the middle finger 41, 26, 17 mm.
"""

from fluoroseg.patients.phantom.drawing import Part, bone, both_sides, within
from fluoroseg.patients.phantom.foot import small_bone
from fluoroseg.patients.phantom.shapes import Ellipsoid, Point

# Thumb first: base and head of the metacarpal, then each following joint up to the tip.
_RAYS: tuple[tuple[Point, ...], ...] = (
    ((291, -21, 782), (313, -31, 748), (326, -38, 721), (334, -42, 699)),
    ((278, -14, 776), (285, -17, 715), (291, -20, 678), (294, -25, 656), (295, -28, 639)),
    ((267, -13, 774), (269, -18, 713), (270, -21, 672), (270, -26, 646), (270, -29, 628)),
    ((258, -13, 776), (254, -17, 721), (250, -20, 684), (247, -25, 659), (246, -28, 641)),
    ((251, -12, 778), (241, -15, 728), (232, -18, 698), (227, -22, 680), (224, -25, 665)),
)
_SEGMENTS = (("proximal", "distal"), *4 * (("proximal", "middle", "distal"),))
_CARPALS = {
    "scaphoid": Ellipsoid((278, -14, 799), (6.5, 6.5, 9.5), (0.0, 35.0, 0.0)),
    "lunate": Ellipsoid((265.5, -12, 804), (7.0, 8.0, 6.5)),
    "triquetrum": Ellipsoid((254, -12, 800), (6.3, 7.0, 6.8), (0.0, -30.0, 0.0)),
    "pisiform": Ellipsoid((251, -22, 797), (4.8, 4.8, 5.5)),
    "trapezium": Ellipsoid((286.5, -18, 789), (7.0, 6.8, 6.8), (0.0, 30.0, 0.0)),
    "trapezoid": Ellipsoid((277.5, -13, 784.5), (5.2, 7.0, 6.0)),
    "capitate": Ellipsoid((267, -12, 787), (6.0, 7.2, 11.0)),
    "hamate": Ellipsoid((256.5, -14, 787), (6.0, 8.0, 8.5), (0.0, -15.0, 0.0)),
}


def hand() -> list[Part]:
    """All bones of the hand in drawing order."""
    carpals = [bone(f"{name}_{{}}", shape, 1.3, 330, 750) for name, shape in _CARPALS.items()]
    return within("arm", both_sides([*carpals, *_rays()]))


def finger_paths() -> tuple[tuple[Point, ...], ...]:
    """Of each finger, thumb first: the points along its metacarpal and phalanges."""
    return _RAYS


def _rays() -> list[Part]:
    parts = []
    for ray, (points, segments) in enumerate(zip(_RAYS, _SEGMENTS, strict=True), 1):
        thick = (6.6, 6.2, 6.2, 5.6, 5.4)[ray - 1]
        metacarpal = small_bone(points[0], points[1], thick, thick * 0.62, thick * 1.0, 0.0, 0.03)
        parts.append(bone(f"metacarpal_{ray}_{{}}", metacarpal, 1.7, 200, 1150))
        for n, segment in enumerate(segments):
            base = thick * (0.95, 0.8, 0.68)[n if ray > 1 else 2 * n]
            shape = small_bone(points[n + 1], points[n + 2], base, base * 0.68, base * 0.8, 0.07, 0.03)
            name = f"phalanx_{segment}_hand_{ray}_{{}}"
            parts.append(bone(name, shape, 1.6, 220, 1100))
    return parts
