"""Standard views of head and neck. Angles of the head are to the orbitomeatal plane (the head's own axes)."""

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

REGIONS = {
    "skull": Region((parts("skull", "mandible"), parts("brain")), "head", 60.0, 0.1),
    # The chin cannot be raised here: the detector stands where the neck of a patient bent backwards is not.
    "skull base": Region(
        (parts("skull", "mandible"), parts("brain")), "head", 60.0, 0.1, gap_mm=(110.0, 110.0), place="skull"
    ),
    "face": Region(
        (parts("mandible", "teeth_upper", "eye_left", "eye_right"), parts("skull")), "head", 60.0, 0.15
    ),
    "mandible": Region((parts("mandible"),), "head", 40.0, 0.2),
    "cervical spine": Region((vertebrae("C", 1, 7),), "neck", 40.0, 0.18),
    "dens": Region((vertebrae("C", 1, 2),), "neck", 20.0, 0.3),
    "cervicothoracic junction": Region(
        ((*vertebrae("C", 6, 7), *vertebrae("T", 1, 3)),), "neck", 50.0, 0.25
    ),
    "cerebral arteries": Region(
        (parts("brain"), parts("skull")), "head", 60.0, 0.08, "fixed angiography"
    ),
    "carotid arteries": Region(
        ((*parts("common_carotid_artery_left", "common_carotid_artery_right"), *vertebrae("C", 2, 6)),),
        "neck", 60.0, 0.12, "fixed angiography",
    ),
}  # fmt: skip

VIEWS = {
    "ap skull": StandardView("skull", FRONT, "skull from the front"),
    "lateral skull": StandardView("skull", FROM_RIGHT, "skull and sella from the side, left at the detector"),
    "pa skull": StandardView("skull", BACK, "forehead at the detector, petrous ridges in the orbits"),
    "right lateral skull": StandardView("skull", FROM_LEFT, "skull from the side, right at the detector"),
    "towne skull": StandardView("skull", FRONT, "occiput and foramen magnum, 30 degrees caudad", 30.0),
    "caldwell skull": StandardView("skull", BACK, "orbits and frontal sinuses, 15 degrees caudad", 15.0),
    "waters skull": StandardView(
        "skull", BACK, "maxillary sinuses, chin raised: plane 37 degrees to film", 53.0
    ),
    "submentovertex skull": StandardView("skull base", BACK, "base of the skull along its long axis", 90.0),
    "caldwell sinuses": StandardView("face", BACK, "frontal and ethmoid sinuses", 15.0),
    "waters sinuses": StandardView("face", BACK, "maxillary sinuses", 53.0),
    "lateral sinuses": StandardView("face", FROM_RIGHT, "sinuses and face from the side"),
    "pa mandible": StandardView("mandible", BACK, "body and both rami of the mandible"),
    "left lateral oblique mandible": StandardView(
        "mandible", FROM_RIGHT, "left half of the mandible, 25 degrees cephalad", -25.0
    ),
    "right lateral oblique mandible": StandardView(
        "mandible", FROM_LEFT, "right half of the mandible, 25 degrees cephalad", -25.0
    ),
    "ap cervical spine": StandardView("cervical spine", FRONT, "C3 to C7 from the front", -5.0),
    "lateral cervical spine": StandardView("cervical spine", FROM_RIGHT, "all cervical vertebrae in profile"),
    "lpo cervical spine": StandardView("cervical spine", -45.0, "right foramina, 15 degrees cephalad", -15.0),
    "rpo cervical spine": StandardView("cervical spine", 45.0, "left foramina, 15 degrees cephalad", -15.0),
    "open mouth dens": StandardView("dens", FRONT, "atlas and dens of the axis"),
    "swimmer lateral cervicothoracic junction": StandardView(
        "cervicothoracic junction", FROM_RIGHT, "C6 to T3 between the shoulders", 3.0
    ),
    "ap cerebral arteries": StandardView(
        "cerebral arteries", BACK, "brain's vessels, detector in front", 12.0
    ),
    "lateral cerebral arteries": StandardView(
        "cerebral arteries", FROM_RIGHT, "brain's vessels from the side"
    ),
    "ap carotid arteries": StandardView("carotid arteries", BACK, "neck's vessels, detector in front"),
    "lateral carotid arteries": StandardView("carotid arteries", FROM_RIGHT, "neck's vessels from the side"),
}
