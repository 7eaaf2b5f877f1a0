"""X-ray machines: their detectors, distances and how far they turn.

Typical figures of current machines, from makers' data sheets; the mobile C-arm's are those of the published
pelvis data (source-detector 1020 mm, source-isocentre 530 mm, 0.194 mm at 1536 x 1536).
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from fluoroseg.errors import GeometryError, UsageError
from fluoroseg.geometry.pose import Pose


@dataclass(frozen=True)
class Device:
    """A machine.

    detector_mm: width and height.  pixel_mm: of its detector.
    source_to_detector_mm: shortest, usual, longest.  source_to_isocentre_mm: 0: it has no isocentre.
    orbital_deg: how far the detector goes round the body (0 in front, towards the patient's left positive).
    angular_deg: how far it goes towards the feet (negative) and the head.
    """

    name: str
    detector_mm: tuple[float, float]
    pixel_mm: float
    source_to_detector_mm: tuple[float, float, float]
    source_to_isocentre_mm: float = 0.0
    orbital_deg: tuple[float, float] = (-180.0, 180.0)
    angular_deg: tuple[float, float] = (-90.0, 90.0)

    def pose(
        self,
        isocentre_mm: Float[np.ndarray, "3"],
        orbital_deg: float,
        angular_deg: float,
        roll_deg: float = 0.0,
        size: int = 448,
        frame: Float[np.ndarray, "3 3"] | None = None,
    ) -> Pose:
        """The device about an isocentre (LPS mm): its whole detector on `size` x `size` pixels of a square.

        orbital_deg, angular_deg: the detector's place; LAO and cranial are positive.  roll_deg: the picture
        turned clockwise.  frame: rotation to the world from the patient's axes (None: he lies straight).
        Raises GeometryError beyond the device's reach.
        """
        for what, angle, (low, high) in (
            ("orbital", orbital_deg, self.orbital_deg), ("angular", angular_deg, self.angular_deg),
        ):  # fmt: skip
            if not low <= angle <= high:
                raise GeometryError(
                    f"{self.name}: {what} angle {angle:g} degrees; it reaches {low:g} to {high:g}"
                )
        distance = self.source_to_detector_mm[1]
        x, y, z = (float(mm) for mm in isocentre_mm)
        return Pose(
            180.0 + orbital_deg, -angular_deg, roll_deg, (x, y, z),
            self.source_to_isocentre_mm or 0.8 * distance, distance, max(self.detector_mm) / size, size,
            Pose.frame_record(frame),
        )  # fmt: skip


DEVICES = {
    device.name: device
    for device in (
        Device("wall stand", (430.0, 430.0), 0.148, (1500.0, 1800.0, 2000.0)),
        Device("radiography table", (430.0, 430.0), 0.148, (1000.0, 1100.0, 1200.0)),
        Device(
            "mobile c-arm",
            (298.0, 298.0),
            0.194,
            (1020.0, 1020.0, 1020.0),
            530.0,
            (-180.0, 180.0),
            (-90.0, 90.0),
        ),
        Device(
            "fixed angiography",
            (400.0, 300.0),
            0.154,
            (900.0, 1100.0, 1200.0),
            750.0,
            (-120.0, 180.0),
            (-55.0, 55.0),
        ),
        Device(
            "biplane lateral",
            (300.0, 300.0),
            0.154,
            (950.0, 1150.0, 1300.0),
            765.0,
            (-115.0, 115.0),
            (-45.0, 45.0),
        ),
        Device(
            "ring imager",
            (432.0, 432.0),
            0.15,
            (1100.0, 1170.0, 1400.0),
            650.0,
            (-180.0, 180.0),
            (-30.0, 30.0),
        ),
    )
}


def device(name: str) -> Device:
    """The device of this name. Raises UsageError with the names there are."""
    if name not in DEVICES:
        raise UsageError(f"there is no device {name!r}; there are: {', '.join(DEVICES)}")
    return DEVICES[name]
