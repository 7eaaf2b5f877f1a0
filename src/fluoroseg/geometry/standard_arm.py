"""Standard views of shoulder, arm and hand, on the segments' own axes, whatever the arm's pose.

The elbow hangs above the wrist; wrists and hands have their fingers upwards and are seen from the source.
"""

from fluoroseg.geometry.parts import Part
from fluoroseg.geometry.regions import (
    BACK,
    FROM_LEFT,
    FRONT,
    Region,
    StandardView,
    both_regions,
    both_sides,
    parts,
)

_NEAR = (40.0, 60.0)
_WIDE = (120.0, 200.0)


def _regions(side: str) -> dict[str, Region]:
    def of(*names: str) -> tuple[Part, ...]:
        return parts(*(name.replace("*", side) for name in names))

    joint = of("humerus_*:top", "scapula_*")
    thumb = of("metacarpal_1_*", "phalanx_proximal_hand_1_*", "phalanx_distal_hand_1_*")
    wrist = of("carpal_*", "radius_*:bottom:35", "ulna_*:bottom:35")
    return {
        f"{side} shoulder": Region((joint, of("scapula_*")), "trunk", 30.0, 0.08, gap_mm=_WIDE),
        f"{side} glenohumeral joint": Region(
            (of("humerus_*:top"),), f"{side} scapula", 30.0, 0.3, gap_mm=_WIDE, place=f"{side} shoulder"
        ),
        f"{side} shoulder joint": Region(
            (of("humerus_*:top"),), "trunk", 30.0, 0.22, gap_mm=_WIDE, place=f"{side} shoulder"
        ),
        f"{side} scapula": Region((of("scapula_*"),), f"{side} scapula", 60.0, 0.12, gap_mm=_WIDE),
        f"{side} clavicle": Region((of("clavicula_*"),), "trunk", 60.0, 0.12, gap_mm=_WIDE, axis="x"),
        f"{side} humerus": Region((of("humerus_*"),), f"{side} humerus", 100.0, 0.08, gap_mm=(100.0, 100.0)),
        f"{side} elbow": Region(
            (of("humerus_*:bottom", "ulna_*:top", "radius_*:top"),),
            f"{side} humerus",
            40.0,
            0.15,
            gap_mm=_NEAR,
        ),
        f"{side} forearm": Region((of("ulna_*", "radius_*"),), f"{side} forearm", 80.0, 0.08, gap_mm=_NEAR),
        f"{side} wrist": Region((wrist,), f"{side} hand", 30.0, 0.15, gap_mm=_NEAR),
        f"{side} scaphoid": Region(
            (of("scaphoid_*", "carpal_*"),), f"{side} hand", 15.0, 0.2, gap_mm=_NEAR, place=f"{side} wrist"
        ),
        f"{side} hand": Region((of("hand_*"),), f"{side} hand", 60.0, 0.08, gap_mm=_NEAR),
        f"{side} thumb": Region((thumb,), f"{side} hand", 40.0, 0.15, gap_mm=_NEAR),
    }


def _hand(region: str, rotation_deg: float, shows: str, tilt_deg: float = 0.0) -> StandardView:
    return StandardView(region, rotation_deg, shows, tilt_deg, 180.0, True)


def _sided() -> dict[str, StandardView]:
    return {
        "ap left shoulder": StandardView("left shoulder", FRONT, "left shoulder from the front"),
        "grashey left shoulder": StandardView(
            "left glenohumeral joint", 10.0, "joint space open: along the socket"
        ),
        "y scapula left shoulder": StandardView(
            "left scapula", 100.0, "blade edge on, a Y with its processes"
        ),
        "axial left shoulder": StandardView(
            "left shoulder joint", BACK, "joint from above the shoulder", 80.0
        ),
        "ap left scapula": StandardView("left scapula", 5.0, "shoulder blade face on"),
        "lateral left scapula": StandardView("left scapula", -80.0, "shoulder blade edge on"),
        "ap left clavicle": StandardView("left clavicle", FRONT, "left clavicle from the front"),
        "axial left clavicle": StandardView(
            "left clavicle", FRONT, "clavicle above the ribs, 20 degrees up", -20.0
        ),
        "ap left humerus": StandardView("left humerus", FRONT, "upper arm, elbow's axis across"),
        "lateral left humerus": StandardView("left humerus", FROM_LEFT, "upper arm along the elbow's axis"),
        "ap left elbow": StandardView("left elbow", FRONT, "elbow square to its axis"),
        "lateral left elbow": StandardView("left elbow", FROM_LEFT, "elbow along its axis"),
        "ap left forearm": StandardView("left forearm", FRONT, "radius and ulna side by side"),
        "lateral left forearm": StandardView("left forearm", FROM_LEFT, "radius over ulna"),
        "pa left wrist": _hand("left wrist", BACK, "wrist, palm at the detector"),
        "lateral left wrist": _hand("left wrist", FROM_LEFT, "wrist from the thumb's side"),
        "scaphoid left wrist": _hand("left scaphoid", BACK, "scaphoid stretched out, 20 degrees", -20.0),
        "pa left hand": _hand("left hand", BACK, "hand, palm at the detector"),
        "oblique left hand": _hand("left hand", 135.0, "hand turned by 45 degrees, thumb up"),
        "lateral left hand": _hand("left hand", FROM_LEFT, "hand from the thumb's side"),
        "ap left thumb": _hand("left thumb", 110.0, "thumb from its back"),
        "lateral left thumb": _hand("left thumb", 185.0, "thumb from its side"),
    }


REGIONS = both_regions(_regions)
VIEWS = both_sides(_sided)
