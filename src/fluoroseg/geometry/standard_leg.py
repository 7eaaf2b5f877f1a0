"""Standard views of femur, knee, lower leg, ankle and foot, on the segments' own axes.

The leg hangs down in the picture; a foot from above has its toes upwards and is seen from the source.
"""

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

_NEAR, _MIDDLE, _WIDE = (60.0, 80.0), (100.0, 120.0), (120.0, 200.0)


def _regions(side: str) -> dict[str, Region]:
    knee = parts(*(text.replace("*", side) for text in ("patella_*", "tibia_*:top", "femur_*:bottom")))
    ankle = parts(f"tibia_{side}:bottom", f"fibula_{side}:bottom", f"talus_{side}")
    foot = parts(f"foot_{side}")
    heel = (parts(f"calcaneus_{side}"),)
    return {
        f"{side} femur": Region((parts(f"femur_{side}"),), f"{side} femur", 60.0, 0.06, gap_mm=_WIDE),
        f"{side} knee": Region((knee,), f"{side} knee", 30.0, 0.15, gap_mm=_MIDDLE),
        # The lower leg of a bent knee is out of the way; of a straight one it lies behind this near detector.
        f"{side} patella": Region(
            (parts(f"patella_{side}"),), f"{side} knee", 20.0, 0.3, gap_mm=(35.0, 35.0), place=f"{side} knee"
        ),
        f"{side} lower leg": Region(
            (parts(f"tibia_{side}", f"fibula_{side}"),), f"{side} shank", 100.0, 0.06, gap_mm=_MIDDLE
        ),
        f"{side} ankle": Region((ankle,), f"{side} ankle", 40.0, 0.15, gap_mm=_NEAR),
        f"{side} foot": Region((foot,), f"{side} foot", 60.0, 0.08, gap_mm=_NEAR, axis="y"),
        f"{side} calcaneus": Region(heel, f"{side} foot", 30.0, 0.2, gap_mm=_NEAR, axis="y"),
        f"{side} toes": Region(
            (parts(f"phalanges_feet_{side}"),),
            f"{side} foot", 25.0, 0.15, gap_mm=_NEAR, axis="y",
        ),
    }  # fmt: skip


def _sided() -> dict[str, StandardView]:
    return {
        "ap left femur": StandardView("left femur", FRONT, "whole left femur from the front"),
        "lateral left femur": StandardView("left femur", FROM_RIGHT, "whole left femur from the inner side"),
        "ap left knee": StandardView("left knee", FRONT, "left knee from the front"),
        "lateral left knee": StandardView("left knee", FROM_RIGHT, "knee's outside at the detector"),
        "internal oblique left knee": StandardView("left knee", 45.0, "knee turned inwards: fibula clear"),
        "external oblique left knee": StandardView("left knee", -45.0, "knee turned outwards: fibula hidden"),
        "sunrise left knee": StandardView(
            "left patella", BACK, "patella above its groove, from the thigh", 108.0
        ),
        "tunnel left knee": StandardView("left knee", FRONT, "notch between the condyles", -40.0),
        "ap left lower leg": StandardView("left lower leg", FRONT, "tibia and fibula from the front"),
        "lateral left lower leg": StandardView(
            "left lower leg", FROM_RIGHT, "tibia and fibula from the side"
        ),
        "ap left ankle": StandardView("left ankle", FRONT, "left ankle from the front"),
        "lateral left ankle": StandardView("left ankle", FROM_RIGHT, "left ankle in profile"),
        "mortise left ankle": StandardView(
            "left ankle", 17.0, "joint space all round, leg turned in by 17 degrees"
        ),
        "dorsoplantar left foot": StandardView(
            "left foot", BACK, "foot from above, toes upwards", 108.0, from_source=True
        ),
        "oblique left foot": StandardView(
            "left foot", 215.0, "foot turned inwards: its outer bones apart", 110.0, from_source=True
        ),
        "lateral left foot": StandardView("left foot", FROM_RIGHT, "foot in profile"),
        "axial left calcaneus": StandardView(
            "left calcaneus", FRONT, "heel along its axis, 40 degrees", -40.0
        ),
        "lateral left calcaneus": StandardView("left calcaneus", FROM_RIGHT, "heel in profile"),
        "dorsoplantar left toes": StandardView("left toes", BACK, "toes from above", 100.0, from_source=True),
    }


REGIONS = both_regions(_regions)
VIEWS = both_sides(_sided)
