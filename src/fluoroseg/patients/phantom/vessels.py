"""The phantom's great vessels (mm of the model). Named after TotalSegmentator where it has them."""

from fluoroseg.patients.phantom.build import HIP
from fluoroseg.patients.phantom.compounds import Union
from fluoroseg.patients.phantom.drawing import BLOOD_HU, Part, both_sides, within
from fluoroseg.patients.phantom.shapes import Point, Tube
from fluoroseg.patients.phantom.spine import spine_y

_DOWN = tuple(
    (17.0 if z > 1100 else 10.0, spine_y(z) - 33.0 + (0 if z > 1100 else 4), float(z))
    for z in (1296, 1250, 1200, 1150, 1100, 1050, 1010)
)
AORTA = Tube(
    ((4, -22, 1252), (-8, -24, 1284), (-4, -14, 1314), (10, 4, 1326), (20, 22, 1318), *_DOWN),
    (15, 15, 14, 13.5, 13, 12.5, 12, 11.5, 11, 10, 9, 8.5),
)
"""From its valve over the arch (its top at T4) down to the fork at L4."""
CAVA = Tube(((-20, -10, 1346), (-27, -12, 1300), (-27, -14, 1245)), (9, 10, 11))


def vessels() -> list[Part]:
    """Arteries and veins in drawing order."""
    return [*_veins(), *_pulmonary(), *_arteries(), *_limb_vessels()]


def _veins() -> list[Part]:
    lower = Tube(((-22, -10, 1215), (-22, 8, 1150), (-20, 2, 1080), (-17, -8, 1010)), (12, 12, 11, 10))
    brachio_left = Tube(((40, -32, 1352), (10, -34, 1338), (-18, -14, 1340)), (7, 7.5, 8))
    brachio_right = Tube(((-34, -28, 1358), (-20, -14, 1342)), (7.5, 8.5))
    iliac = Tube(((-15, -6, 1012), (6, 6, 985), (34, 24, 940)), (8, 7, 6.5))
    iliac_right = Tube(((17, -6, 1012), (26, 6, 985), (38, 24, 940)), (8, 7, 6.5))
    portal = Union(
        (
            Tube(((-44, -14, 1112), (-22, -20, 1090), (-4, -24, 1078)), (6.5, 6, 5.5)),
            Tube(((-4, -24, 1078), (30, -12, 1092), (74, 24, 1112)), (5, 4.5, 4)),
        )
    )
    jugular = Tube(((34, -28, 1358), (28, -10, 1400), (28, 2, 1450), (26, 10, 1505)), (6, 6, 5.5, 4.5))
    renal = Tube(((-12, 4, 1076), (28, 16, 1080), (44, 32, 1082)), 4.0)
    renal_right = Tube(((24, 8, 1072), (44, 32, 1072)), 4.0)
    return [
        Part("inferior_vena_cava", lower, BLOOD_HU),
        Part("superior_vena_cava", CAVA, BLOOD_HU),
        Part("brachiocephalic_vein_left", brachio_left, BLOOD_HU),
        Part("brachiocephalic_vein_right", brachio_right, BLOOD_HU),
        Part("iliac_vena_left", iliac, BLOOD_HU),
        Part("iliac_vena_right", iliac_right, BLOOD_HU, right=True),
        Part("portal_vein_and_splenic_vein", portal, BLOOD_HU),
        Part("renal_vein_left", renal, BLOOD_HU),
        Part("renal_vein_right", renal_right, BLOOD_HU, right=True),
        *both_sides([Part("internal_jugular_vein_{}", jugular, BLOOD_HU)]),
    ]


def _pulmonary() -> list[Part]:
    trunk = Tube(((20, -46, 1252), (17, -24, 1280), (14, -6, 1288)), (13, 12.5, 11))
    left = Tube(((14, -6, 1288), (34, 10, 1284), (46, 18, 1262), (50, 20, 1236)), (10.5, 10, 9, 6))
    right = Tube(((14, -6, 1284), (-16, 4, 1276), (-38, 10, 1266), (-46, 14, 1238)), (10.5, 10, 9, 6))
    veins = Union(
        tuple(
            Tube(((s * 30, 4, z), (s * 50, y, z + dz)), (6, 4.5))
            for s, z, y, dz in ((1, 1256, -4, 8), (1, 1244, 16, -12), (-1, 1252, -6, 6), (-1, 1240, 14, -12))
        )
    )
    return [
        Part("pulmonary_vein", veins, BLOOD_HU),
        Part("pulmonary_artery", Union((trunk, left, right)), BLOOD_HU),
    ]


def _arteries() -> list[Part]:
    innominate = Tube(((-4, -12, 1322), (-14, -10, 1348), (-17, -6, 1366)), (7.5, 6.5, 6))
    carotid_left = Tube(((8, -2, 1326), (16, -6, 1366), (20, -6, 1400), (24, 2, 1462)), (4.5, 4, 4, 4))
    carotid_right = Tube(((17, -6, 1366), (20, -6, 1400), (24, 2, 1462)), (4.5, 4, 4))
    subclavian_left = Tube(((16, 10, 1326), (26, 10, 1366), (52, 8, 1376), (88, 0, 1352)), (6, 5.5, 5, 4.5))
    subclavian_right = Tube(((17, -4, 1366), (34, 6, 1378), (56, 8, 1374), (88, 0, 1352)), (5.5, 5.5, 5, 4.5))
    iliac = Tube(
        ((10, -12, 1012), (24, -2, 978), (38, 14, 940), (50, 0, 905), (62, -36, 868)), (7, 6, 5.5, 5, 4.8)
    )
    renal = Tube(((14, 2, 1082), (44, 32, 1078)), 3.2)
    mesenteric = Tube(((8, -10, 1082), (6, -26, 1060), (0, -34, 1010)), (4.5, 4, 3.2))
    celiac = Tube(((8, -4, 1096), (6, -20, 1098)), 4.0)
    vertebral = Tube(((26, 8, 1376), (22, 22, 1410), (19, 20, 1500)), (2.6, 2.4, 2.4))
    return [
        Part("brachiocephalic_trunk", innominate, BLOOD_HU),
        Part("common_carotid_artery_left", carotid_left, BLOOD_HU),
        Part("common_carotid_artery_right", carotid_right, BLOOD_HU, right=True),
        Part("subclavian_artery_left", subclavian_left, BLOOD_HU),
        Part("subclavian_artery_right", subclavian_right, BLOOD_HU, right=True),
        *both_sides(
            [
                Part("iliac_artery_{}", iliac, BLOOD_HU),
                Part("renal_artery_{}", renal, BLOOD_HU),
                Part("vertebral_artery_{}", vertebral, BLOOD_HU),
            ]
        ),
        Part("celiac_trunk", celiac, BLOOD_HU),
        Part("superior_mesenteric_artery", mesenteric, BLOOD_HU),
        Part("aorta", AORTA, BLOOD_HU),
    ]


def _limb_vessels() -> list[Part]:
    """Beside the long bones, to knee and elbow."""
    x = HIP[0]
    femoral: tuple[Point, ...] = ((x - 16, -42, 866), (x - 8, -36, 790), (x - 4, -22, 680), (x - 6, 10, 560))
    popliteal: tuple[Point, ...] = ((x - 6, 14, 556), (x, 32, 500), (x, 34, 440))
    brachial: tuple[Point, ...] = ((150, 16, 1312), (164, 12, 1230), (178, 8, 1130), (196, 2, 1060))

    def beside(path: tuple[Point, ...], dx: float, dy: float) -> tuple[Point, ...]:
        return tuple((px + dx, py + dy, pz) for px, py, pz in path)

    return both_sides(
        [
            *within(
                "leg",
                [
                    Part("femoral_artery_{}", Tube(femoral, 4.2), BLOOD_HU),
                    Part("femoral_vein_{}", Tube(beside(femoral, -10, 4), 5.0), BLOOD_HU),
                    Part("popliteal_artery_{}", Tube(popliteal, 3.5), BLOOD_HU),
                    Part("popliteal_vein_{}", Tube(beside(popliteal, 8, 3), 4.0), BLOOD_HU),
                ],
            ),
            *within("arm", [Part("brachial_artery_{}", Tube(brachial, 2.8), BLOOD_HU)]),
        ]
    )
