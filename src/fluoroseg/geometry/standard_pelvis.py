"""Standard views of pelvis and hips, on the axes of the anterior pelvic plane; of the femur, on its own."""

from fluoroseg.geometry.regions import (
    BACK,
    FROM_RIGHT,
    FRONT,
    Region,
    StandardView,
    both_regions,
    both_sides,
    parts,
)


def _regions(side: str) -> dict[str, Region]:
    head, whole = f"femur_{side}:top:80", f"hip_{side}"
    hip = (parts(head), parts(whole))
    return {
        f"{side} hip": Region(hip, "pelvis", 30.0, 0.2),
        f"{side} hip bone": Region((parts(whole),), "pelvis", 80.0, 0.1, place=f"{side} hip"),
        f"{side} upper femur": Region(
            (parts(f"femur_{side}:top:110"),), f"{side} femur", 60.0, 0.18, place=f"{side} hip"
        ),
        f"{side} sacroiliac joint": Region((parts("sacrum"),), "pelvis", 60.0, 0.15),
    }


def _sided() -> dict[str, StandardView]:
    return {
        "ap left hip": StandardView("left hip", FRONT, "left hip joint from the front"),
        "left obturator oblique pelvis": StandardView(
            "left hip bone", 45.0, "anterior column, posterior wall"
        ),
        "left iliac oblique pelvis": StandardView("left hip bone", -45.0, "posterior column, anterior wall"),
        "frog leg left hip": StandardView("left upper femur", -50.0, "head and neck, thigh turned outwards"),
        "lauenstein left hip": StandardView(
            "left upper femur", -70.0, "femoral neck in profile, thigh abducted", -15.0
        ),
        "cross table lateral left hip": StandardView(
            "left upper femur", FROM_RIGHT, "neck in profile, beam along the groin", -45.0
        ),
        "oblique left sacroiliac joint": StandardView(
            "left sacroiliac joint", 25.0, "left sacroiliac joint open"
        ),
    }


REGIONS = {
    "pelvis": Region((parts("hip_left", "hip_right", "sacrum"),), "pelvis", 80.0, 0.08),
    "both hips": Region(
        (parts("femur_left:top:110", "femur_right:top:110"),), "pelvis", 150.0, 0.12, axis="x"
    ),
    "sacrum": Region((parts("sacrum"),), "pelvis", 60.0, 0.18),
    "coccyx": Region((parts("coccyx"),), "pelvis", 15.0, 0.3),
} | both_regions(_regions)

VIEWS = {
    "ap pelvis": StandardView("pelvis", FRONT, "whole pelvis from the front"),
    "inlet pelvis": StandardView("pelvis", FRONT, "pelvic ring from above, 45 degrees caudad", 45.0),
    "shallow inlet pelvis": StandardView(
        "pelvis", FRONT, "pelvic ring from above with the sacrum end on, 25 degrees caudad", 25.0
    ),
    "outlet pelvis": StandardView(
        "pelvis", FRONT, "sacrum and pubic rami from below, 40 degrees cephalad", -40.0
    ),
    "lateral pelvis": StandardView("pelvis", FROM_RIGHT, "pelvis from the side, left at the detector"),
    "ap both hips": StandardView("both hips", FRONT, "both hips and upper femora"),
    "ap sacrum": StandardView("sacrum", FRONT, "sacrum, 15 degrees cephalad", -15.0),
    "lateral sacrum": StandardView("sacrum", FROM_RIGHT, "sacrum in profile"),
    "pa sacroiliac joints": StandardView("sacrum", BACK, "both sacroiliac joints"),
    "ap coccyx": StandardView("coccyx", FRONT, "coccyx, 10 degrees caudad", 10.0),
    "lateral coccyx": StandardView("coccyx", FROM_RIGHT, "coccyx in profile"),
} | both_sides(_sided)
