"""What the tables of standard views are made of."""

from collections.abc import Callable
from dataclasses import dataclass

from fluoroseg.anatomy.sides import swap_sides
from fluoroseg.geometry.parts import Part

FRONT, BACK, FROM_LEFT, FROM_RIGHT = 0.0, 180.0, 90.0, -90.0


@dataclass(frozen=True)
class Region:
    """What a view must show, and on whose axes its angles are.

    choices: the first choice of which the patient has any part is what the field is fitted to.
    segment: of `fluoroseg.geometry.segments`.
    least_mm: a choice counts only when its parts together reach this far along `axis` of the segment.
    margin: free border on each side, as a fraction of the picture.
    device: of `fluoroseg.geometry.devices`.
    gap_mm: structures' centre to detector, frontal and other views.
    place: what it is called in a view's name (several regions may be one place).
    axis: x, y or z.
    """

    choices: tuple[tuple[Part, ...], ...]
    segment: str
    least_mm: float = 30.0
    margin: float = 0.1
    device: str = "radiography table"
    gap_mm: tuple[float, float] = (180.0, 260.0)
    place: str = ""
    axis: str = "z"


@dataclass(frozen=True)
class StandardView:
    """rotation_deg, tilt_deg, roll_deg as in `fluoroseg.geometry.pose.Pose`, on the region's segment's axes.

    shows: in a few words.
    from_source: hung as the tube sees it (hands, and feet from above); else as a body that faces us.
    """

    region: str
    rotation_deg: float
    shows: str
    tilt_deg: float = 0.0
    roll_deg: float = 0.0
    from_source: bool = False

    def mirrored(self) -> "StandardView":
        """The same view of the other side."""
        return StandardView(
            swap_sides(self.region),
            -self.rotation_deg,
            swap_sides(self.shows),
            self.tilt_deg,
            -self.roll_deg,
            self.from_source,
        )


def parts(*names: str) -> tuple[Part, ...]:
    """`name`, or `name:end` for one end of a bone, or `name:end:mm`."""
    found = []
    for text in names:
        name, end, mm = (*text.split(":"), "", "")[:3]
        found.append(Part(name, end, float(mm)) if mm else Part(name, end))
    return tuple(found)


def vertebrae(level: str, first: int, last: int) -> tuple[Part, ...]:
    return parts(*(f"vertebrae_{level}{n}" for n in range(first, last + 1)))


def both_sides(table: Callable[[], dict[str, StandardView]]) -> dict[str, StandardView]:
    """The table, made for the left, then mirrored for the right."""
    return table() | {swap_sides(name): view.mirrored() for name, view in table().items()}


def both_regions(table: Callable[[str], dict[str, Region]]) -> dict[str, Region]:
    """Regions of the left and of the right."""
    return table("left") | table("right")
