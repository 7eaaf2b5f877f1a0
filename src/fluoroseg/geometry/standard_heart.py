"""Angiographic projections. As cardiologists name them: where the detector is, right or left anterior
oblique (RAO, LAO), towards the head or feet (CRA, CAU)."""

from fluoroseg.geometry.regions import Region, StandardView, parts, vertebrae

_ARCH = parts("brachiocephalic_trunk", "subclavian_artery_left", "aortic_arch")
REGIONS = {
    "coronary arteries": Region((parts("heart"),), "trunk", 60.0, 0.1, "fixed angiography"),
    "left ventricle": Region(
        (parts("heart_ventricle_left"), parts("heart")), "trunk", 50.0, 0.12, "fixed angiography"
    ),
    "aortic arch": Region(((*_ARCH, *vertebrae("T", 2, 6)),), "trunk", 60.0, 0.15, "fixed angiography"),
    "abdominal aorta": Region(
        ((*parts("kidney_left", "kidney_right"), *vertebrae("L", 1, 4)),),
        "trunk",
        80.0,
        0.1,
        "fixed angiography",
    ),
    "iliac arteries": Region(
        (parts("iliac_artery_left", "iliac_artery_right"),), "trunk", 60.0, 0.15, "fixed angiography"
    ),
}


def _detector_at(region: str, left_deg: float, cranial_deg: float, shows: str) -> StandardView:
    """The source opposite a detector that stands left of the front and towards the head."""
    rotation = (180.0 + left_deg + 180.0) % 360.0 - 180.0
    return StandardView(region, rotation, shows, -cranial_deg)


_ANGLES = {
    "ap caudal coronary arteries": (0, -30, "left main, circumflex"),
    "ap cranial coronary arteries": (0, 35, "mid and distal anterior descending"),
    "rao caudal coronary arteries": (-30, -20, "RAO 30 CAU 20: circumflex and its marginals"),
    "rao cranial coronary arteries": (-30, 30, "RAO 30 CRA 30: anterior descending, septals"),
    "rao coronary arteries": (-30, 0, "RAO 30: right coronary artery"),
    "lao coronary arteries": (45, 0, "LAO 45: right coronary artery"),
    "lao cranial coronary arteries": (45, 25, "LAO 45 CRA 25: anterior descending, diagonals"),
    "spider coronary arteries": (45, -30, "LAO 45 CAU 30: left main and its branches"),
    "left lateral coronary arteries": (90, 0, "anterior descending from the side"),
}
VIEWS = {name: _detector_at("coronary arteries", *angles) for name, angles in _ANGLES.items()} | {
    "rao left ventricle": _detector_at("left ventricle", -30, 0, "RAO 30: ventricle along its long axis"),
    "lao left ventricle": _detector_at("left ventricle", 60, 20, "LAO 60 CRA 20: septum in profile"),
    "lao aortic arch": _detector_at("aortic arch", 45, 0, "LAO 45: arch opened, its three branches"),
    "ap abdominal aorta": _detector_at("abdominal aorta", 0, 0, "renal arteries, detector in front"),
    "lateral abdominal aorta": _detector_at("abdominal aorta", 90, 0, "coeliac and mesenteric trunks"),
    "ap iliac arteries": _detector_at("iliac arteries", 0, 0, "both iliac arteries"),
    "rao iliac arteries": _detector_at("iliac arteries", -30, 0, "left iliac bifurcation open"),
    "lao iliac arteries": _detector_at("iliac arteries", 30, 0, "right iliac bifurcation open"),
}
