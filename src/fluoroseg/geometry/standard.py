"""The table of standard views: what each one shows and from where. Pure data."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """A structure (or all that an anatomical group stands for), or one end of it.

    end: "" all of it; "top" / "bottom" the points within `end_mm` of its upper / lower end, which count
        only when the end is inside the volume.
    """

    name: str
    end: str = ""
    end_mm: float = 60.0


@dataclass(frozen=True)
class Region:
    """What a view must show.

    choices: the first choice of which the patient has any part is what the field is fitted to.
    least_mm: a choice counts only when the parts together reach this far along the body.
    margin: free border on each side, as a fraction of the picture.
    distance_mm: source to detector.  gap_mm: structures' centre to detector, frontal and lateral.
    """

    choices: tuple[tuple[Part, ...], ...]
    least_mm: float = 30.0
    margin: float = 0.1
    distance_mm: float = 1050.0
    gap_mm: tuple[float, float] = (180.0, 260.0)


@dataclass(frozen=True)
class StandardView:
    """rotation_deg, tilt_deg as in `fluoroseg.geometry.views.Pose`."""

    region: str
    rotation_deg: float
    tilt_deg: float = 0.0


def _parts(*names: str) -> tuple[Part, ...]:
    return tuple(Part(name) for name in names)


def _vertebrae(level: str, first: int, last: int) -> tuple[Part, ...]:
    return _parts(*(f"vertebrae_{level}{n}" for n in range(first, last + 1)))


_RIBS = _parts(*(f"rib_{side}_{n}" for side in ("left", "right") for n in range(1, 11)))
_ABDOMEN = _parts("liver", "spleen", "stomach", "kidney_left", "kidney_right", "pancreas", "small_bowel")
_HIPS = _parts("hip_left", "hip_right")


def _regions() -> dict[str, Region]:
    regions = {
        "chest": Region(
            (_parts("lungs"), (*_RIBS, *_vertebrae("T", 1, 12))), 90.0, 0.12, 1800.0, (200.0, 260.0)
        ),
        "abdomen": Region(
            ((*_ABDOMEN, *_vertebrae("L", 1, 5)), _parts("subdiaphragm")), 110.0, 0.08, 1100.0, (200.0, 280.0)
        ),
        "cervical spine": Region((_vertebrae("C", 1, 7),), 40.0, 0.18, 1150.0),
        "thoracic spine": Region((_vertebrae("T", 1, 12),), 60.0, 0.08, 1100.0),
        "lumbar spine": Region((_vertebrae("L", 1, 5),), 60.0, 0.12, 1100.0),
        "pelvis": Region(((*_HIPS, *_parts("sacrum")),), 80.0, 0.08, 1100.0),
        "skull": Region((_parts("skull", "mandible"), _parts("brain")), 60.0, 0.1, 1100.0),
    }
    for side in ("left", "right"):
        femur, tibia = f"femur_{side}", f"tibia_{side}"
        knee = (Part(f"patella_{side}"), Part(tibia, "top"), Part(femur, "bottom"))
        regions |= {
            f"{side} hip": Region(((Part(femur, "top", 80.0),), _parts(f"hip_{side}")), 30.0, 0.2, 1050.0),
            f"{side} femur": Region((_parts(femur),), 60.0, 0.06, 1150.0, (120.0, 200.0)),
            f"{side} knee": Region((knee,), 30.0, 0.15, 1050.0, (100.0, 120.0)),
            f"{side} shoulder": Region(
                ((Part(f"humerus_{side}", "top"), Part(f"scapula_{side}")), _parts(f"scapula_{side}")),
                30.0,
                0.08,
                1050.0,
                (120.0, 200.0),
            ),
        }
    return regions


_FRONT, _BACK, _FROM_LEFT, _FROM_RIGHT = 0.0, 180.0, 90.0, -90.0


def _views() -> dict[str, StandardView]:
    """Of two views that fit a person's words, the one that stands first here is meant."""
    views = {
        "pa chest": StandardView("chest", _BACK),
        "ap chest": StandardView("chest", _FRONT),
        "left lateral chest": StandardView("chest", _FROM_RIGHT),
        "right lateral chest": StandardView("chest", _FROM_LEFT),
    }
    for region in ("abdomen", "cervical spine", "thoracic spine", "lumbar spine"):
        views[f"ap {region}"] = StandardView(region, _FRONT)
        views[f"lateral {region}"] = StandardView(region, _FROM_RIGHT)
    views["ap pelvis"] = StandardView("pelvis", _FRONT)
    views["inlet pelvis"] = StandardView("pelvis", _FRONT, 45.0)
    views["outlet pelvis"] = StandardView("pelvis", _FRONT, -40.0)
    views["ap skull"] = StandardView("skull", _FRONT)
    views["lateral skull"] = StandardView("skull", _FROM_RIGHT)
    for side, outside in (("left", _FROM_RIGHT), ("right", _FROM_LEFT)):
        for joint in ("hip", "femur", "knee", "shoulder"):
            views[f"ap {side} {joint}"] = StandardView(f"{side} {joint}", _FRONT)
        views[f"lateral {side} knee"] = StandardView(
            f"{side} knee", outside
        )  # the knee's outside at the film
    return views


REGIONS = _regions()
STANDARD_VIEWS = _views()
