"""The phantom's hip bones: wing, socket, ischium, pubis about the obturator foramen (left, mirrored)."""

from fluoroseg.patients.phantom.build import HIP
from fluoroseg.patients.phantom.compounds import Minus, Union, sheet, smooth
from fluoroseg.patients.phantom.drawing import CARTILAGE_HU, Part, bone, both_sides, within
from fluoroseg.patients.phantom.shapes import Ellipsoid, Point, Shape, Tube


def pelvis() -> list[Part]:
    """Symphysis and hip bones in drawing order."""
    symphysis = Tube(((0, -45, 822), (0, -40, 796)), 6, (0.9, 1.2, 1.0))
    return within(
        "pelvis",
        [
            Part("", symphysis, CARTILAGE_HU),
            *both_sides([bone("hip_{}", _hip(), 1.8, 150, 850)]),
        ],
    )


def _hip() -> Shape:
    # Iliac crest from the posterior superior spine over the top to the anterior superior spine (ASIS)
    crest = ((43, 82, 930), (46, 84, 958), (68, 66, 996), (102, 26, 1018), (127, -18, 1004), (128, -54, 956))
    root = ((46, 66, 896), (54, 58, 906), (68, 36, 898), (82, 14, 886), (94, -12, 884), (106, -34, 894))
    blade = (
        sheet(crest, root, 3.6, 56),  # translucent in the middle of the wing, as in radiographs
        Tube(smooth(crest, 14), (8, 8, 7, 6, 6, 6, 6, 6.5, 7, 7, 6.5, 6.5, 6, 6)),
        Tube(((128, -54, 954), (120, -46, 925), (112, -40, 902), (104, -24, 886)), (6.5, 6, 8, 11)),
        # pelvic brim: from the sacroiliac joint to the socket, the heavy bar that bears the weight
        Tube(
            smooth(((47, 62, 918), (62, 48, 904), (74, 22, 886), (80, 0, 870)), 8),
            (11, 12, 12, 12, 13, 14, 15, 16),
        ),
    )
    tuber: Point = (62, 30, 774)
    ischium = Tube(((88, 24, 846), (78, 36, 815), tuber), (18, 14, 15))
    spine = Tube(((74, 38, 838), (62, 48, 830)), (7, 3.5))
    ramus = Tube(
        smooth((tuber, (46, 4, 764), (26, -28, 780), (13, -42, 798)), 8), (14, 10, 7.5, 6.5, 6.5, 7, 8, 10)
    )
    pubis = Tube(
        ((13, -44, 818), (34, -42, 833), (58, -30, 850), (78, -16, 864)), (11, 8, 9, 13), (1.0, 0.85, 1.0)
    )
    face = Tube(((11, -43, 820), (11, -40, 800)), 8, (0.9, 1.1, 1.0))
    socket = Ellipsoid(HIP, (30, 30, 30))
    whole = Union((*blade, ischium, spine, ramus, pubis, face, socket))
    x, y, z = HIP
    mouth = Tube((HIP, (x + 46, y - 20, z - 30)), (27, 50))  # opens to the side, down and forwards
    return Minus(whole, (Ellipsoid(HIP, (26.2, 26.2, 26.2)), mouth))
