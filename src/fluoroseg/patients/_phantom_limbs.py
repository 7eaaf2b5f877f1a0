"""The phantom's shoulders, arms, pelvis and legs (mm, frame of `_phantom_axial`; the left side, mirrored)."""

from itertools import pairwise

from fluoroseg.patients._phantom_axial import MARROW_HU, bone, pair
from fluoroseg.patients.compounds import Both, Minus, Union, sheet, smooth
from fluoroseg.patients.drawing import Part
from fluoroseg.patients.shapes import Ellipsoid, Loft, Point, Tube

HEAD_CENTRE: Point = (87.0, -4.0, 858.0)  # of the femur


def limb_bones() -> list[Part]:
    """Pelvis, shoulder girdle, arms and legs in drawing order."""
    return [*_pelvis(), *_shoulder_and_arm(), *_hand(), *_leg(), *_foot()]


def _pelvis() -> list[Part]:
    crest = ((48, 74, 928), (52, 78, 965), (78, 58, 1004), (108, 22, 1020), (130, -22, 994), (126, -52, 950))
    root = ((50, 60, 900), (56, 56, 908), (72, 30, 896), (86, 8, 888), (98, -14, 888), (110, -34, 900))
    tuber: Point = (64, 24, 772)
    ischium = Tube(((86, 22, 850), (78, 34, 815), tuber), (20, 16, 17))
    ramus = Tube(
        smooth((tuber, (44, -4, 766), (24, -34, 786), (13, -44, 806)), 8), (15, 12, 9, 8, 8, 9, 11, 12)
    )
    pubis = Tube(((13, -44, 816), (38, -40, 838), (76, -20, 868)), (13, 9, 16))
    spur = Tube(((124, -50, 948), (114, -36, 905), (100, -18, 884)), (7, 9, 12))
    blade = Union((sheet(crest, root, 4.5), Tube(smooth(crest, 12), 6.5), spur))
    column = Tube(((54, 62, 930), (60, 52, 905), (72, 30, 892), (86, 6, 878)), (12, 13, 15, 20))
    socket = Ellipsoid(HEAD_CENTRE, (33, 33, 33))
    whole = Union((blade, ischium, ramus, pubis, column, socket))
    mouth = Tube((HEAD_CENTRE, (135, -8, 825)), (26, 34))
    hip = Minus(whole, (Ellipsoid(HEAD_CENTRE, (25.5, 25.5, 25.5)), mouth))
    return [*_sacrum(), *pair("hip_{}", hip, 2.0, 170)]


def _sacrum() -> list[Part]:
    wings = Loft(
        (
            (828, 0, 62, 6, 5),
            (848, 0, 72, 13, 8),
            (880, 0, 80, 30, 11),
            (915, 0, 71, 46, 16),
            (938, 0, 60, 53, 18),
            (948, 0, 52, 48, 16),
        )
    )
    top = Loft(((920, 0, 56, 25, 18), (956, 0, 36, 26, 19)), power=2.4)
    crest = Tube(((0, 72, 950), (0, 92, 905), (0, 88, 870)), (5, 5, 4))
    foramina = Union(
        tuple(
            Tube(((s * x, 30, z - 6), (s * x, 110, z + 6)), 4.2)
            for s in (1, -1)
            for x, z in ((25, 930), (22, 911), (19, 893), (16, 877))
        )
    )
    sacrum = Union((wings, top, crest))
    return [bone("sacrum", sacrum, 1.8, 190, 700), Part("", Both((sacrum, foramina)), 50.0)]


def _shoulder_and_arm() -> list[Part]:
    shoulder: Point = (162, 18, 1326)
    path = smooth(((24, -64, 1348), (58, -68, 1356), (108, -24, 1362), (152, 10, 1366)), 9)
    clavicle = Tube(path, (9, 8, 7, 6.5, 6, 6, 6, 7, 7))
    medial = ((76, 88, 1358), (70, 99, 1310), (78, 104, 1250), (94, 102, 1196))
    lateral = ((128, 50, 1362), (138, 44, 1322), (120, 82, 1256), (96, 102, 1194))
    spine = Tube(((74, 100, 1318), (115, 84, 1340), (150, 46, 1356), (170, 28, 1358)), (4, 6, 7, 8))
    glenoid = Tube(((140, 34, 1338), (140, 36, 1312)), 12)
    coracoid = Tube(((134, 30, 1346), (134, 4, 1356), (142, -8, 1346)), (7, 6, 5))
    rim = Tube(lateral, (6, 8, 6, 5))
    blade = sheet(medial, lateral, 2.4, 60)
    scapula = Minus(Union((blade, spine, glenoid, coracoid, rim)), (Ellipsoid(shoulder, (23, 23, 23)),))
    wrist: Point = (270, -12, 812)
    shaft = Tube(
        (shoulder, (176, 18, 1300), (188, 20, 1220), (212, 22, 1090), (221, 22, 1050)),
        (22, 16, 10.5, 10.5, 14),
    )
    condyles = Tube(((200, 22, 1046), (242, 20, 1044)), (12, 11))
    humerus = Union((shaft, condyles, Tube((shoulder, (176, 10, 1330)), (20, 14))))
    radius = Tube(((238, 12, 1024), (246, 4, 1000), (268, -10, 880), wrist), (10, 7, 7, 13))
    ulna = Tube(((218, 36, 1046), (222, 28, 1010), (240, 6, 880), (246, -4, 818)), (11, 9, 6, 6))
    return [
        *pair("clavicula_{}", clavicle, 2.0),
        *pair("scapula_{}", scapula, 1.8),
        *pair("humerus_{}", humerus, 3.0, MARROW_HU + 60),
        *pair("radius_{}", radius, 2.5, MARROW_HU + 60),
        *pair("ulna_{}", ulna, 2.5, MARROW_HU + 60),
        *_hand(),
    ]


def finger_paths() -> tuple[tuple[Point, ...], ...]:
    """Left hand, thumb first: wrist end, knuckle, middle joint and tip of each finger."""
    paths = []
    for n, (spread, palm, finger) in enumerate(
        ((44, 44, 50), (16, 64, 76), (4, 64, 84), (-7, 60, 78), (-18, 54, 62))
    ):
        x, z = 286.0 - 9 * n, 786.0 if n == 0 else 772.0
        tip = (x + spread, -24.0, z - palm - finger)
        knuckle = (x + spread * 0.55, -17.0, z - palm)
        middle = ((knuckle[0] + tip[0]) / 2, -22.0, (knuckle[2] + tip[2]) / 2)
        paths.append(((x, -14.0, z), knuckle, middle, tip))
    return tuple(paths)


def _hand() -> list[Part]:
    carpal = Union(
        tuple(Ellipsoid((247 + 9 * n, -12, 797 - 14 * m), (6, 8, 7.5)) for n in range(4) for m in range(2))
    )
    paths = finger_paths()
    metacarpal = Union(tuple(Tube((p[0], _between(p[0], p[1], 0.5), p[1]), (5.5, 4, 5.5)) for p in paths))
    phalanges = []
    for p in paths:
        joints = (p[1], _between(p[1], p[2], 1.0), p[3])
        for a, b in pairwise(joints):
            near, far = _between(a, b, 0.2), _between(a, b, 0.92)
            phalanges.append(Tube((near, _between(near, far, 0.5), far), (4.8, 3.6, 4.0)))
    return [
        *pair("carpal_{}", carpal, 1.2, 350),
        *pair("metacarpal_{}", metacarpal, 1.6),
        *pair("phalanges_hand_{}", Union(tuple(phalanges)), 1.4),
    ]


def _between(a: Point, b: Point, share: float) -> Point:
    return tuple(p + (q - p) * share for p, q in zip(a, b, strict=True))  # type: ignore[return-value]


def _leg() -> list[Part]:
    neck = Tube((HEAD_CENTRE, (108, 0, 840), (126, 4, 818)), (16, 15, 21))
    trochanters = (
        Tube(((130, 8, 815), (136, 12, 834), (137, 16, 848)), (20, 16, 9)),
        Tube(((118, 12, 806), (110, 18, 792), (116, 10, 775)), (10, 9, 8)),
    )
    shaft = Tube(
        ((127, 4, 815), (124, 2, 780), (118, -2, 720), (106, -6, 640), (90, -2, 530), (86, 2, 490)),
        (19, 16, 14, 13.5, 17, 24),
    )
    condyles = (
        Tube(((72, 0, 492), (66, 8, 478), (67, 22, 480)), (18, 19, 18)),
        Tube(((100, 0, 492), (105, 8, 479), (104, 22, 481)), (18, 18, 17)),
    )
    femur = Union((Ellipsoid(HEAD_CENTRE, (23, 23, 23)), neck, *trochanters, shaft, *condyles))
    plateau = Loft(
        ((395, 88, 2, 15, 16), (420, 87, 4, 24, 20), (440, 86, 5, 36, 26), (451, 86, 5, 38, 27)), power=2.4
    )
    spine = Tube(((80, 5, 448), (90, 5, 448)), (6, 6))
    shin = Tube(((88, 0, 405), (86, -2, 250), (84, 8, 110), (84, 10, 95)), (17, 12.5, 14, 21))
    ankle = Tube(((68, 8, 98), (66, 8, 80)), (9, 6))
    fibula = Tube(
        ((118, 22, 434), (118, 22, 400), (112, 24, 240), (109, 18, 110), (109, 14, 72)), (10, 6, 6, 7, 9)
    )
    return [
        *pair("femur_{}", femur, 3.2, 130),
        *pair("patella_{}", Ellipsoid((86, -38, 484), (22, 10, 22)), 1.8),
        *pair("tibia_{}", Union((plateau, spine, shin, ankle)), 3.0, 130),
        *pair("fibula_{}", fibula, 2.0),
    ]


def _foot() -> list[Part]:
    tarsal = Union(
        (
            Tube(((84, 8, 72), (82, -18, 66)), (17, 13)),
            Tube(((92, 12, 42), (94, 48, 26)), (17, 20)),
            Tube(((76, -38, 50), (72, -62, 44)), (13, 11)),
            Tube(((98, -22, 34), (100, -58, 32)), (13, 11)),
        )
    )
    metatarsals, toes = [], []
    for n in range(5):
        x, bulk = 70.0 + 9 * n, 6.5 if n == 0 else 4.8
        knuckle: Point = (71.0 + 10 * n, -125.0 + 6 * n, 14.0)
        metatarsals.append(Tube(((x, -72.0 + 3 * n, 38.0 - 4 * n), knuckle), bulk))
        toes.append(
            Tube(((knuckle[0], knuckle[1] - 9, 13.0), (knuckle[0], knuckle[1] - 36 + 3 * n, 12.0)), bulk - 1)
        )
    return [
        *pair("tarsal_{}", tarsal, 1.6),
        *pair("metatarsal_{}", Union(tuple(metatarsals)), 1.6),
        *pair("phalanges_feet_{}", Union(tuple(toes)), 1.4),
    ]
