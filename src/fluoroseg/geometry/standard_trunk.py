"""Standard views of chest, abdomen and spine.

Obliques are named by the side that is at the detector: LAO left anterior, RPO right posterior.
"""

from fluoroseg.geometry.regions import (
    BACK,
    FROM_LEFT,
    FROM_RIGHT,
    FRONT,
    Region,
    StandardView,
    parts,
    vertebrae,
)

_RIBS = parts(*(f"rib_{side}_{n}" for side in ("left", "right") for n in range(1, 11)))
_ABDOMEN = parts("liver", "spleen", "stomach", "kidney_left", "kidney_right", "pancreas", "small_bowel")
_URINARY = parts("kidney_left", "kidney_right", "urinary_bladder")

REGIONS = {
    "chest": Region(
        (parts("lungs"), (*_RIBS, *vertebrae("T", 1, 12))), "trunk", 120.0, 0.12, "wall stand", (200.0, 260.0)
    ),
    "sternum": Region((parts("sternum"),), "trunk", 60.0, 0.15),
    "abdomen": Region(
        ((*_ABDOMEN, *vertebrae("L", 1, 5)), parts("subdiaphragm")),
        "trunk",
        110.0,
        0.08,
        gap_mm=(200.0, 280.0),
    ),
    "kub": Region(((*_URINARY, *vertebrae("L", 1, 5)),), "trunk", 250.0, 0.1, gap_mm=(200.0, 280.0)),
    "thoracic spine": Region((vertebrae("T", 1, 12),), "trunk", 60.0, 0.08),
    "lumbar spine": Region((vertebrae("L", 1, 5),), "trunk", 60.0, 0.12),
    "thoracolumbar junction": Region(
        ((*vertebrae("T", 11, 12), *vertebrae("L", 1, 2)),), "trunk", 60.0, 0.15, "mobile c-arm"
    ),
    "lumbosacral junction": Region((parts("vertebrae_L5", "disc_L5_S1"),), "trunk", 20.0, 0.3),
}
for _side in ("left", "right"):
    REGIONS[f"{_side} ribs"] = Region(
        (parts(*(f"rib_{_side}_{n}" for n in range(1, 13))),), "trunk", 120.0, 0.08
    )

VIEWS = {
    "pa chest": StandardView("chest", BACK, "lungs and heart, chest at the detector"),
    "ap chest": StandardView("chest", FRONT, "lungs and heart, back at the detector"),
    "left lateral chest": StandardView("chest", FROM_RIGHT, "chest from the side, left at the detector"),
    "right lateral chest": StandardView("chest", FROM_LEFT, "chest from the side, right at the detector"),
    "apical lordotic chest": StandardView(
        "chest", FRONT, "apices below the clavicles, 20 degrees cephalad", -20.0
    ),
    "lao chest": StandardView("chest", -120.0, "aortic arch and left atrium, turned by 60 degrees"),
    "rao chest": StandardView("chest", 135.0, "heart clear of the spine, turned by 45 degrees"),
    "lpo chest": StandardView("chest", -45.0, "lungs turned by 45 degrees, left back at the detector"),
    "rpo chest": StandardView("chest", 45.0, "lungs turned by 45 degrees, right back at the detector"),
    "left decubitus chest": StandardView("chest", FRONT, "lying on the left side, left down", roll_deg=-90.0),
    "right decubitus chest": StandardView(
        "chest", FRONT, "lying on the right side, right down", roll_deg=90.0
    ),
    "lateral sternum": StandardView("sternum", FROM_RIGHT, "sternum in profile"),
    "rao sternum": StandardView("sternum", 160.0, "sternum over the heart, turned by 20 degrees"),
    "ap abdomen": StandardView("abdomen", FRONT, "abdomen, supine"),
    "lateral abdomen": StandardView("abdomen", FROM_RIGHT, "abdomen from the side"),
    "left decubitus abdomen": StandardView(
        "abdomen", FRONT, "lying on the left side, left down", roll_deg=-90.0
    ),
    "right decubitus abdomen": StandardView(
        "abdomen", FRONT, "lying on the right side, right down", roll_deg=90.0
    ),
    "kub": StandardView("kub", FRONT, "kidneys, ureters and bladder"),
    "ap thoracic spine": StandardView("thoracic spine", FRONT, "T1 to T12 from the front"),
    "lateral thoracic spine": StandardView("thoracic spine", FROM_RIGHT, "T1 to T12 in profile"),
    "lpo thoracic spine": StandardView("thoracic spine", -70.0, "facet joints, 20 degrees off the lateral"),
    "rpo thoracic spine": StandardView("thoracic spine", 70.0, "facet joints, 20 degrees off the lateral"),
    "ap lumbar spine": StandardView("lumbar spine", FRONT, "L1 to L5 from the front"),
    "lateral lumbar spine": StandardView("lumbar spine", FROM_RIGHT, "L1 to L5 in profile"),
    "lpo lumbar spine": StandardView("lumbar spine", -45.0, "left facet joints"),
    "rpo lumbar spine": StandardView("lumbar spine", 45.0, "right facet joints"),
    "ap thoracolumbar junction": StandardView("thoracolumbar junction", FRONT, "T11 to L2 from the front"),
    "lateral thoracolumbar junction": StandardView(
        "thoracolumbar junction", FROM_RIGHT, "T11 to L2 in profile"
    ),
    "lateral lumbosacral junction": StandardView("lumbosacral junction", FROM_RIGHT, "L5-S1 spot", 6.0),
    "ap lumbosacral junction": StandardView(
        "lumbosacral junction", FRONT, "L5-S1, 30 degrees cephalad", -30.0
    ),
    "ap left ribs": StandardView("left ribs", FRONT, "left ribs from the front"),
    "ap right ribs": StandardView("right ribs", FRONT, "right ribs from the front"),
    "lpo left ribs": StandardView("left ribs", -45.0, "left ribs, their arch spread out"),
    "rpo right ribs": StandardView("right ribs", 45.0, "right ribs, their arch spread out"),
}
