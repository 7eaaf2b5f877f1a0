"""The phantom's shoulder girdle, upper arm and forearm (left, mirrored; mm of the model, palm to the front).

Carrying angle about 8 degrees: the upper arm leans out by 7, the forearm by 15.
"""

from fluoroseg.patients.phantom.build import SHOULDER
from fluoroseg.patients.phantom.compounds import Minus, Union, sheet, smooth
from fluoroseg.patients.phantom.drawing import MARROW_HU, Part, bone, both_sides, long_bone, within
from fluoroseg.patients.phantom.shapes import Ellipsoid, Shape, Tube

_HUMERUS_SHAFT = Tube(
    (
        (166, 18, 1318),
        (175, 18, 1296),
        (180, 20, 1262),
        (184, 21, 1220),
        (193, 23, 1150),
        (201, 23, 1090),
        (205, 22, 1062),
    ),
    (20, 15.5, 11.5, 10.8, 10.5, 11.5, 14),
)
_ULNA_SHAFT = Tube(
    (
        (201, 25, 1020),
        (208, 24, 980),
        (224, 16, 920),
        (238, 4, 865),
        (248, -5, 830),
        (250, -6, 824),
        (247, -3, 814),
    ),
    (10.5, 7.5, 6.6, 5.6, 5.4, 7.5, 3.5),
)
_RADIUS_SHAFT = Tube(
    (
        (218, 13, 1024),
        (219, 13, 1012),
        (224, 12, 990),
        (240, 7, 930),
        (256, -2, 870),
        (266, -8, 834),
        (270, -10, 820),
    ),
    (8.5, 6.3, 6.5, 6.8, 6.8, 9.5, 12.5),
    (1.15, 0.85, 1.0),
)


def arm() -> list[Part]:
    """Collarbone, shoulder blade, humerus, ulna and radius in drawing order."""
    s_curve = ((22, -66, 1346), (52, -74, 1354), (90, -44, 1360), (122, -2, 1364), (148, 10, 1363))
    radii = (10.5, 8, 6.5, 6, 5.8, 5.6, 5.8, 6.5, 7.5, 6.5)
    clavicle = Tube(smooth(s_curve, 10), radii, (1.0, 1.0, 0.85))
    return both_sides(
        [
            *within("collar", [bone("clavicula_{}", clavicle, 1.9)]),
            *within("blade", [bone("scapula_{}", _scapula(), 1.8)]),
            *within(
                "arm",
                [
                    *long_bone(
                        "humerus_{}",
                        _humerus(),
                        _HUMERUS_SHAFT,
                        (1.5, 2.0, 3.5, 4.2, 4.2, 3.0, 1.8),
                        MARROW_HU,
                    ),
                    *long_bone("ulna_{}", _ulna(), _ULNA_SHAFT, (2, 2.5, 3, 3, 2.5, 1.6, 1.2), MARROW_HU),
                    *long_bone(
                        "radius_{}", _radius(), _RADIUS_SHAFT, (1.6, 2, 2.8, 3.2, 3.0, 2.0, 1.4), MARROW_HU
                    ),
                ],
            ),
        ]
    )


def _scapula() -> Shape:
    """A thin blade on ribs 2-7, its thick lateral border, spine with acromion, coracoid, glenoid."""
    medial = ((78, 88, 1360), (70, 99, 1320), (73, 106, 1260), (90, 108, 1206))
    lateral = ((128, 50, 1358), (136, 48, 1318), (120, 80, 1262), (94, 108, 1202))
    top = ((78, 88, 1360), (100, 74, 1368), (118, 58, 1362), (128, 48, 1354))
    spine = Tube(
        smooth(((72, 104, 1322), (112, 90, 1344), (142, 60, 1358), (158, 34, 1364)), 8),
        (3, 4, 5, 5, 5.5, 6, 7, 8),
    )
    acromion = Tube(((156, 36, 1364), (163, 22, 1363), (158, 10, 1361)), (7.5, 8, 6), (1.2, 1.1, 0.7))
    glenoid = Tube(((137, 32, 1336), (136, 34, 1310)), (10, 12))
    neck = Tube(((137, 34, 1324), (122, 54, 1322)), (11, 6))
    coracoid = Tube(
        smooth(((128, 34, 1344), (126, 12, 1358), (136, -8, 1352), (142, -14, 1344)), 6),
        (7, 6.5, 6, 5.5, 5, 4.5),
    )
    borders = (
        Tube(smooth(lateral, 8), (7, 7, 6.5, 6, 5.5, 5, 5, 5)),
        Tube(smooth(medial, 8), 3.2),
        Tube(top, 2.8),
    )
    blade = sheet(medial, lateral, 2.2, 60)
    whole = Union((blade, *borders, spine, acromion, glenoid, neck, coracoid))
    return Minus(whole, (Ellipsoid(SHOULDER, (24, 24, 24)),))


def _humerus() -> Shape:
    x, y, z = SHOULDER
    head = Ellipsoid((x, y, z), (22, 22, 22))
    tubercles = (
        Tube(((176, 14, 1326), (180, 16, 1310)), (10, 10)),
        Tube(((168, 2, 1318), (172, 4, 1306)), 7),
    )
    flare = Tube(((184, 24, 1054), (205, 22, 1066), (227, 20, 1054)), (7.5, 10, 8), (1.0, 0.75, 1.0))
    medial = Tube(((178, 26, 1052), (182, 25, 1054)), (6.5, 7))
    trochlea = Tube(((190, 18, 1043), (204, 17, 1045)), (10.5, 9))
    capitulum = Ellipsoid((217, 13, 1045), (10, 10.5, 10.5))
    fossa = Ellipsoid((203, 33, 1059), (10, 8, 8))
    return Minus(Union((head, *tubercles, _HUMERUS_SHAFT, flare, medial, trochlea, capitulum)), (fossa,))


def _ulna() -> Shape:
    olecranon = Tube(((199, 36, 1056), (199, 34, 1040), (200, 24, 1022)), (8.5, 9.5, 11))
    coronoid = Tube(((200, 18, 1024), (199, 8, 1030)), (8, 5))
    return Minus(
        Union((olecranon, coronoid, _ULNA_SHAFT)), (Tube(((185, 17, 1043), (212, 16, 1045)), (12, 11)),)
    )


def _radius() -> Shape:
    head = Tube(((218, 13, 1030), (218, 13, 1025)), 10)
    tuberosity = Tube(((215, 16, 1003), (217, 15, 994)), 6.5)
    styloid = Tube(((278, -10, 820), (283, -11, 809)), (7, 4))
    return Union((head, tuberosity, _RADIUS_SHAFT, styloid))
