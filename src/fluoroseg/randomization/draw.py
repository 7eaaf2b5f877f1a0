"""What was drawn for one picture: a frozen, JSON-able record that `apply` replays exactly."""

import dataclasses
import math
from dataclasses import dataclass, field
from typing import Any

from fluoroseg.errors import UsageError


@dataclass(frozen=True)
class Geometry:
    """How the picture is moved; masks, points and boxes go along.

    mirror: left and right exchanged (names too: `fluoroseg.randomization.mirror`). rotate_deg: clockwise.
    zoom: > 1 magnifies. stretch: of the width against the height. shift: of the frame over the picture
    (down, right; share of the shorter side). elastic: standard deviation of the control points of a cubic
    B-spline of 5 x 5 cells (share of the shorter side), drawn from `seed`. pincushion (-0.3 .. 0.3),
    s_shape: distortions of an image intensifier; the corner shows what was this share of the way nearer
    to the middle, and turned by this angle (rad); both grow with the radius's cube.
    """

    mirror: bool = False
    rotate_deg: float = 0.0
    zoom: float = 1.0
    stretch: float = 1.0
    shift: tuple[float, float] = (0.0, 0.0)
    elastic: float = 0.0
    pincushion: float = 0.0
    s_shape: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        numbers = (self.rotate_deg, *self.shift, self.elastic, self.pincushion, self.s_shape)
        if not all(math.isfinite(n) for n in numbers) or self.elastic < 0:
            raise UsageError(f"a geometry's numbers are finite and elastic is 0 or more: {self}")
        if abs(self.pincushion) > 0.3:
            raise UsageError(f"pincushion lies between -0.3 and 0.3, where nothing folds: {self.pincushion}")
        if not (0.01 <= self.zoom <= 100 and 0.01 <= self.stretch <= 100):
            raise UsageError(f"zoom and stretch lie between 0.01 and 100, not {self.zoom}, {self.stretch}")


@dataclass(frozen=True)
class Step:
    """One transform: its name, its settings (a function's arguments), the seed of its texture."""

    name: str
    settings: dict[str, Any] = field(default_factory=dict)
    seed: int = 0


@dataclass(frozen=True)
class Draw:
    """Everything that one randomised picture differs in from its simulation, in the order of application.

    geometry; then `film`: steps on the attenuation -ln(transmission); then `window`: percentiles of the
    body that become black and white; `outside`: grey where the simulation has no pixel; then `picture`:
    steps on the pixels 0 .. 1.
    """

    geometry: Geometry = field(default_factory=Geometry)
    film: tuple[Step, ...] = ()
    window: tuple[float, float] = (1.0, 99.5)
    outside: float = 0.0
    picture: tuple[Step, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.window[0] < self.window[1] <= 100:
            raise UsageError(f"a window goes from a lower to a higher percentile, 0 .. 100: {self.window}")
        if not 0 <= self.outside <= 1:
            raise UsageError(f"outside is a grey from 0 to 1, not {self.outside}")

    def to_record(self) -> dict[str, Any]:
        """Plain lists, numbers and words."""
        return dataclasses.asdict(self)

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> "Draw":
        """The draw that `to_record` wrote, also by way of JSON. Raises UsageError when it is none."""
        try:
            geometry = dict(record["geometry"])
            return cls(
                geometry=Geometry(**geometry | {"shift": tuple(geometry["shift"])}),
                film=tuple(Step(**step) for step in record["film"]),
                window=tuple(record["window"]),
                outside=record["outside"],
                picture=tuple(Step(**step) for step in record["picture"]),
            )
        except (TypeError, KeyError, AttributeError, ValueError, IndexError) as e:
            raise UsageError(f"this is not the record of a draw (`Draw.to_record`): {e!r}") from None
