"""The phantom's named muscles: TotalSegmentator's, and the large ones of trunk and limbs (mm of the model).

Limbs' muscles are spindles about the bones; what has no name of its own is `muscle`.
"""

from fluoroseg.patients.phantom.compounds import Union, sheet
from fluoroseg.patients.phantom.drawing import MUSCLE_HU, Part, both_sides
from fluoroseg.patients.phantom.shapes import Shape, Tube
from fluoroseg.patients.phantom.thorax import cage_point

_DEEP = ("iliopsoas", "quadratus_lumborum", "piriformis", "obturator_internus")


def muscles(deep: bool) -> list[Part]:
    """Of both sides: those that lie within the belly (drawn over the bowel), or all others."""
    by_region = {
        "trunk": _trunk(),
        "head": _head(),
        "pelvis": _buttock(),
        "blade": _shoulder(),
        "arm": _arm(),
        "leg": _leg(),
    }
    return both_sides(
        Part(f"{name}_{{}}", shape, MUSCLE_HU + 5, region=region, over="" if deep else "muscle")
        for region, shapes in by_region.items()
        for name, shape in shapes.items()
        if (name in _DEEP) == deep
    )


def _trunk() -> dict[str, Shape]:
    return _back() | _flank() | _front()


def _back() -> dict[str, Shape]:
    autochthon = (
        (26, 70, 930),
        (30, 62, 980),
        (32, 64, 1030),
        (30, 82, 1120),
        (26, 94, 1220),
        (24, 96, 1300),
        (21, 72, 1390),
        (18, 58, 1470),
    )
    return {
        "trapezius": sheet(
            ((6, 96, 1440), (6, 112, 1360), (6, 116, 1200)),
            ((30, 62, 1440), (138, 52, 1372), (30, 114, 1220)),
            5.0,
            26,
        ),
        "latissimus_dorsi": sheet(
            ((20, 112, 1180), (24, 106, 1080), (50, 90, 1010)),
            ((118, 76, 1240), (124, 62, 1160), (112, 56, 1050)),
            5.0,
            24,
        ),
        "autochthon": Tube(autochthon, (18, 25, 26, 22, 17, 15, 14, 12)),
    }


def _flank() -> dict[str, Shape]:
    psoas = ((26, 26, 1118), (36, 16, 1070), (46, 14, 1010), (62, 6, 950), (86, -28, 890), (108, -2, 806))
    iliacus = ((98, 4, 985), (98, -10, 930), (88, -30, 890))
    x, y, _ = cage_point(1.35, 1040.0, 3.0)
    return {
        "quadratus_lumborum": Tube(
            ((62, 46, 1000), (56, 52, 1050), (50, 62, 1096)), (15, 14, 9), (1.0, 0.7, 1.0)
        ),
        "iliopsoas": Union((Tube(psoas, (9, 15, 20, 20, 16, 9)), Tube(iliacus, (12, 15, 13)))),
        "external_oblique": sheet(
            ((x - 4, y - 30, 1120), (x - 2, y - 40, 1010)),
            ((x - 8, y + 20, 1100), (x - 4, y + 10, 1020)),
            7.0,
            14,
        ),
    }


def _front() -> dict[str, Shape]:
    return {
        "rectus_abdominis": Tube(
            ((24, -98, 1160), (30, -108, 1080), (32, -104, 980), (20, -84, 880), (10, -52, 822)),
            (9, 9, 9, 8, 6),
            (2.6, 0.75, 1.0),
        ),
        "pectoralis_major": sheet(
            ((16, -98, 1310), (20, -108, 1250), (40, -110, 1210)),
            ((146, -10, 1310), (146, -10, 1302), (140, -14, 1296)),
            7.0,
            20,
        ),
        "pectoralis_minor": sheet(
            ((80, -82, 1290), (92, -84, 1250)), ((136, -12, 1346), (136, -10, 1344)), 4.0, 8
        ),
        "sternocleidomastoid": Tube(
            ((16, -62, 1350), (34, -20, 1420), (52, 18, 1500)), (8, 9, 8), (1.0, 1.2, 1.0)
        ),
        "scalenus_medius": Tube(((50, 10, 1382), (30, 20, 1440), (24, 22, 1480)), (7, 7, 5)),
    }


def _head() -> dict[str, Shape]:
    return {
        "masseter": sheet(((60, -34, 1530), (60, -16, 1532)), ((52, -38, 1466), (52, -22, 1472)), 5.0, 7),
        "temporalis": Union(
            (sheet(((66, -30, 1596), (68, 8, 1590)), ((56, -34, 1540), (56, -20, 1536)), 4.0, 10),)
        ),
    }


def _buttock() -> dict[str, Shape]:
    return {
        "gluteus_minimus": sheet(((92, 30, 980), (118, -10, 970)), ((134, 2, 850), (134, -2, 846)), 7.0, 14),
        "gluteus_medius": sheet(((70, 66, 995), (126, -14, 1000)), ((146, 18, 856), (144, 4, 846)), 11.0, 18),
        "gluteus_maximus": sheet(
            ((44, 98, 960), (36, 96, 880), (22, 86, 830)),
            ((112, 72, 900), (138, 44, 820), (128, 34, 760)),
            17.0,
            18,
        ),
        "piriformis": Tube(((26, 66, 900), (70, 56, 868), (130, 18, 850)), (9, 9, 4)),
        "obturator_internus": Tube(((44, -10, 820), (52, 22, 815), (66, 44, 828)), (9, 10, 7)),
    }


def _shoulder() -> dict[str, Shape]:
    return {
        "subscapularis": sheet(((76, 92, 1320), (92, 96, 1230)), ((140, 30, 1326), (136, 34, 1308)), 6.0, 12),
        "infraspinatus": sheet(
            ((76, 112, 1308), (92, 114, 1230)), ((160, 40, 1330), (150, 46, 1312)), 7.0, 12
        ),
        "supraspinatus": Tube(((82, 92, 1346), (120, 66, 1354), (160, 22, 1350)), (8, 10, 5)),
        "teres_major": Tube(((98, 108, 1215), (130, 66, 1260), (168, 20, 1276)), (9, 11, 5)),
        "deltoid": Union(
            (
                sheet(
                    ((148, -4, 1360), (172, 20, 1364), (150, 46, 1358)),
                    ((182, 14, 1200), (186, 20, 1196), (184, 26, 1200)),
                    10.0,
                    12,
                ),
                Tube(((186, 22, 1336), (194, 22, 1290), (188, 20, 1210)), (11, 14, 8)),
            )
        ),
    }


def _arm() -> dict[str, Shape]:
    return {
        "triceps_brachii": Tube(
            ((168, 44, 1300), (186, 46, 1210), (198, 44, 1120), (201, 38, 1064)), (9, 18, 17, 8)
        ),
        "brachialis": Tube(
            ((186, 10, 1190), (196, 6, 1120), (200, 4, 1050), (203, 10, 1020)), (8, 14, 13, 6)
        ),
        "biceps_brachii": Tube(
            ((158, -4, 1316), (176, -6, 1230), (186, -10, 1150), (198, -6, 1070), (212, 4, 1006)),
            (6, 14, 18, 10, 4),
        ),
        "brachioradialis": Tube(
            ((216, 12, 1085), (230, -4, 1020), (250, -6, 930), (278, -14, 826)), (7, 13, 9, 4)
        ),
        "flexor_carpi_ulnaris": Tube(
            ((182, 26, 1050), (202, 32, 980), (228, 14, 890), (247, -14, 812)), (6, 11, 8, 4)
        ),
        "flexor_digitorum_profundus": Tube(
            ((204, 12, 1010), (218, 0, 950), (240, -8, 880), (262, -20, 812)), (9, 14, 11, 6)
        ),
        "extensor_digitorum": Tube(
            ((226, 22, 1048), (238, 30, 980), (252, 18, 890), (264, 2, 812)), (6, 13, 10, 5)
        ),
    }


def _leg() -> dict[str, Shape]:
    return {
        "vastus_intermedius": Tube(((128, -14, 770), (118, -22, 680), (100, -24, 560)), (15, 19, 11)),
        "vastus_lateralis": Tube(
            ((142, 0, 800), (144, -6, 700), (122, -10, 580), (102, -22, 512)), (14, 25, 20, 8)
        ),
        "vastus_medialis": Tube(
            ((104, -10, 740), (86, -20, 640), (70, -14, 550), (70, -14, 510)), (11, 19, 20, 10)
        ),
        "rectus_femoris": Tube(
            ((108, -36, 890), (112, -50, 780), (106, -52, 660), (88, -38, 520)), (7, 17, 17, 7)
        ),
        "sartorius": Tube(
            ((126, -54, 945), (96, -54, 800), (58, -32, 660), (50, 10, 540), (64, -8, 424)), (6, 10, 10, 9, 4)
        ),
        "tensor_fasciae_latae": Tube(((130, -44, 940), (146, -28, 850), (146, -14, 770)), (8, 12, 5)),
        "adductor_longus": Tube(((18, -46, 812), (62, -26, 720), (96, -2, 640)), (8, 15, 7)),
        "adductor_magnus": Tube(((48, 14, 778), (72, 22, 700), (84, 14, 600), (64, 6, 510)), (16, 26, 17, 5)),
        "gracilis": Tube(((14, -30, 800), (36, -6, 680), (44, 20, 530), (66, -4, 424)), (8, 11, 9, 4)),
        "biceps_femoris": Tube(
            ((66, 38, 776), (100, 44, 680), (118, 40, 560), (120, 26, 440)), (10, 20, 19, 6)
        ),
        "semitendinosus": Tube(((62, 40, 774), (80, 56, 680), (66, 50, 560), (62, 2, 430)), (10, 17, 14, 4)),
        "semimembranosus": Tube(((66, 34, 770), (72, 42, 640), (62, 42, 540), (64, 28, 450)), (7, 16, 17, 6)),
        "gastrocnemius": Union(
            (
                Tube(((70, 30, 490), (66, 46, 400), (74, 50, 300), (84, 46, 220)), (9, 22, 20, 6)),
                Tube(((100, 30, 490), (106, 46, 400), (100, 50, 310), (86, 46, 220)), (9, 20, 17, 6)),
            )
        ),
        "soleus": Tube(
            ((100, 30, 410), (88, 32, 320), (86, 38, 220), (86, 44, 150)), (12, 24, 18, 8), (1.25, 0.8, 1.0)
        ),
        "calcaneal_tendon": Tube(((86, 46, 200), (86, 54, 110), (87, 58, 45)), (5, 4.5, 6), (1.4, 0.7, 1.0)),
        "tibialis_anterior": Tube(
            ((104, -6, 420), (108, -14, 330), (98, -12, 200), (78, -20, 90)), (10, 15, 10, 4)
        ),
        "tibialis_posterior": Tube(
            ((100, 16, 390), (98, 16, 280), (84, 26, 130), (68, 12, 80)), (8, 11, 8, 4)
        ),
        "fibularis_longus": Tube(
            ((124, 16, 430), (128, 16, 330), (118, 22, 200), (108, 26, 80)), (8, 12, 9, 4)
        ),
    }
