"""The tube's side of a picture: voltage, charge, filters, focal spot, anode, collimator, air gap."""

import math
from dataclasses import dataclass

from fluoroseg.errors import UsageError
from fluoroseg.physics.spectrum import Spectrum


@dataclass(frozen=True)
class Blades:
    """A rectangular collimator, as its shadow on the detector.

    size_mm: width and height of the opening's shadow.  centre_mm: from the picture's centre, to the right
    and down.  turn_deg: clockwise in the picture.
    distance_mm: of the blades from the focal spot; with the spot's size it makes the penumbra.
    leak: share of the beam that comes through the blades.
    """

    size_mm: tuple[float, float]
    centre_mm: tuple[float, float] = (0.0, 0.0)
    turn_deg: float = 0.0
    distance_mm: float = 250.0
    leak: float = 0.001

    def __post_init__(self) -> None:
        _check_finite(
            "the blades", size_mm=sum(self.size_mm), centre_mm=sum(self.centre_mm), turn_deg=self.turn_deg,
            distance_mm=self.distance_mm,
        )  # fmt: skip
        if min(self.size_mm) <= 0 or self.distance_mm <= 0:
            raise UsageError(
                f"blades that leave {self.size_mm[0]:g} x {self.size_mm[1]:g} mm open, "
                f"{self.distance_mm:g} mm from the focal spot: all three must be more than 0"
            )
        if not 0 <= self.leak < 1:
            raise UsageError(f"the leak of the blades is a share from 0 to below 1, not {self.leak:g}")


@dataclass(frozen=True)
class Exposure:
    """What the radiographer sets, and where the patient is.

    kvp: tube voltage, 50-150, or a spectrum of one's own (filters and detector response in it).
    mas: charge of one picture; of one frame in fluoroscopy.
    aluminium_mm, copper_mm: filters beyond the tube's 4 mm Al.
    focal_spot_mm: side of the square focal spot.
    anode_turn_deg: where the anode's end of the tube is, clockwise from the picture's top; the beam is
        weaker there (heel effect). None: no heel effect.
    air_gap_mm: from where the beam leaves the patient to the detector; less scatter arrives over a gap.
    blades: the collimator; None: it lets the whole detector be seen.
    """

    kvp: float | Spectrum = 90.0
    mas: float = 2.0
    aluminium_mm: float = 0.0
    copper_mm: float = 0.0
    focal_spot_mm: float = 0.6
    anode_turn_deg: float | None = 0.0
    air_gap_mm: float = 100.0
    blades: Blades | None = None

    def __post_init__(self) -> None:
        _check_finite(
            "an exposure", mas=self.mas, aluminium_mm=self.aluminium_mm, copper_mm=self.copper_mm,
            focal_spot_mm=self.focal_spot_mm, anode_turn_deg=self.anode_turn_deg or 0.0,
            air_gap_mm=self.air_gap_mm,
        )  # fmt: skip
        if self.mas <= 0 or self.focal_spot_mm <= 0 or self.air_gap_mm < 0:
            raise UsageError(
                f"an exposure of {self.mas:g} mAs, focal spot {self.focal_spot_mm:g} mm, air gap "
                f"{self.air_gap_mm:g} mm: charge and spot must be more than 0, the gap 0 or more"
            )
        if isinstance(self.kvp, Spectrum) and (self.aluminium_mm or self.copper_mm):
            raise UsageError("filters go with a tube voltage; a spectrum of one's own has them in it already")

    @property
    def highest_kev(self) -> float:
        """Highest photon energy: the tube voltage, where there is one."""
        return float(self.kvp.energies_kev.max()) if isinstance(self.kvp, Spectrum) else float(self.kvp)


def chest_radiograph() -> Exposure:
    """Upright chest at 1.8 m: hard beam, large focal spot, patient at the detector."""
    return Exposure(kvp=120.0, mas=2.0, focal_spot_mm=1.2, air_gap_mm=50.0)


def fluoroscopy() -> Exposure:
    """One pulse of a mobile C-arm: 0.1 mm copper, few quanta, the patient off the detector."""
    return Exposure(kvp=75.0, mas=0.15, copper_mm=0.1, focal_spot_mm=0.6, air_gap_mm=150.0)


def _check_finite(what: str, **numbers: float) -> None:
    for name, number in numbers.items():
        if not math.isfinite(number):
            raise UsageError(f"{name} of {what}: {number:g}; a finite number is needed")
