"""The phantom's thigh, knee and shank (left, mirrored; mm of the model).

The femur: head of 46 mm, neck-shaft angle of 127 degrees, shaft leaning 9 degrees to the knee.
"""

from fluoroseg.patients.phantom.build import HIP
from fluoroseg.patients.phantom.compounds import Minus, Union
from fluoroseg.patients.phantom.drawing import (
    CARTILAGE_HU,
    MARROW_HU,
    Part,
    bone,
    both_sides,
    long_bone,
    within,
)
from fluoroseg.patients.phantom.shapes import Ellipsoid, Loft, Tube

_FEMUR_SHAFT = Tube(
    (
        (129, 4, 808),
        (126, 3, 780),
        (121, -3, 720),
        (111, -8, 640),
        (101, -6, 570),
        (93, -2, 520),
        (86, 0, 496),
    ),
    (16.5, 14.5, 13, 13, 14, 19, 25),
    (1.0, 0.95, 1.0),
)
_TIBIA_SHAFT = Tube(
    ((88, 2, 400), (88, -2, 340), (86, -2, 250), (85, 4, 150), (84, 9, 108), (84, 10, 94)),
    (15, 13, 11, 11.5, 17, 20),
)


def leg() -> list[Part]:
    """Femur, kneecap, menisci, tibia and fibula in drawing order."""
    menisci = Loft(((452, 85, 4, 34, 22), (460, 85, 4, 33, 22)), power=2.4)
    patella = Ellipsoid((85, -37, 492), (20, 9.5, 20))
    parts = [
        Part("", menisci, CARTILAGE_HU),
        *long_bone("femur_{}", _femur(), _FEMUR_SHAFT, (1.8, 4.0, 6.0, 6.5, 5.0, 2.5, 1.5), MARROW_HU),
        bone("patella_{}", patella, 1.5, 250, 900),
        *long_bone("tibia_{}", _tibia(), _TIBIA_SHAFT, (1.6, 4.0, 5.5, 4.0, 1.8, 1.5), MARROW_HU),
        bone("fibula_{}", _fibula(), 2.2, MARROW_HU + 60),
    ]
    return within("leg", both_sides(parts))


def _femur() -> Union:
    neck = Tube((HIP, (105, -1, 844), (126, 3, 825)), (15, 14.5, 18))
    greater = Tube(((132, 8, 810), (137, 12, 828), (136, 16, 846)), (16, 14, 8.5))
    lesser = Tube(((118, 10, 800), (111, 18, 786), (116, 8, 770)), (8, 8.5, 7))
    condyles = (
        Tube(
            ((74, -6, 498), (65, 2, 484), (63, 12, 479), (65, 24, 486)), (15, 18, 18.5, 15), (0.85, 1.0, 1.0)
        ),
        Tube(
            ((98, -8, 498), (106, 0, 485), (107, 12, 480), (106, 24, 487)), (16, 18, 18, 15), (0.85, 1.0, 1.0)
        ),
    )
    trochlea = Tube(((76, -18, 494), (96, -20, 495)), 11)
    return Union((Ellipsoid(HIP, (23, 23, 23)), neck, greater, lesser, _FEMUR_SHAFT, *condyles, trochlea))


def _tibia() -> Union:
    plateau = Loft(
        (
            (388, 88, 2, 14, 15),
            (412, 87, 4, 19, 18),
            (432, 86, 5, 31, 23),
            (443, 86, 5, 36.5, 25),
            (452, 86, 5, 36, 24),
        ),
        power=2.5,
    )
    spines = Tube(((79, 6, 450), (81, 6, 457)), (4, 3)), Tube(((91, 6, 450), (89, 6, 456)), (4, 3))
    tuberosity = Tube(((89, -16, 420), (89, -17, 405)), (7, 5))
    malleolus = Tube(((67, 7, 96), (63, 6, 76)), (8.5, 6))
    roof = Minus(_TIBIA_SHAFT, (Ellipsoid((84, 8, 68), (19, 22, 18)),))
    return Union((plateau, *spines, tuberosity, roof, malleolus))


def _fibula() -> Tube:
    points = (
        (120, 24, 436),
        (120, 25, 418),
        (119, 24, 380),
        (115, 24, 250),
        (110, 20, 130),
        (107, 16, 96),
        (105, 15, 66),
    )
    return Tube(points, (9, 7.5, 5.5, 5.2, 6, 8, 6))
