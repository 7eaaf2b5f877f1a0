"""Source and detector about a patient, by angles, and how the picture is hung.

Up is the head. The picture's right is the patient's left, whichever side the source is on (AP, PA and all
obliques); within 20 degrees of a lateral, the picture's left is anterior.
"""

from dataclasses import asdict, dataclass

import numpy as np
from jaxtyping import Float

from fluoroseg.geometry.camera import Camera, aim

_LATERAL_ZONE = np.tan(np.radians(20.0))


@dataclass(frozen=True)
class Pose:
    """Where source and detector stand about a patient; all that is drawn for a view.

    rotation_deg: the source's place around the body: 0 in front (AP), 90 at the patient's left, 180 at
        the back (PA), -90 at the patient's right (left lateral: the left side is at the detector).
    tilt_deg: the source's angle towards the head.
    roll_deg: the detector turned in its plane, clockwise as seen in the picture.
    centre_mm: LPS point on the central ray.
    """

    rotation_deg: float
    tilt_deg: float
    roll_deg: float
    centre_mm: tuple[float, float, float]
    source_to_centre_mm: float
    source_to_detector_mm: float
    pixel_mm: float
    size: int

    def camera(self) -> Camera:
        beam, up, mirror = directions(self.rotation_deg, self.tilt_deg, self.roll_deg)
        return aim(
            np.array(self.centre_mm, dtype=np.float64),
            beam,
            up,
            self.source_to_centre_mm,
            self.source_to_detector_mm,
            self.pixel_mm,
            (self.size, self.size),
            mirror,
        )


@dataclass(frozen=True)
class View:
    """A named camera. `record` is JSON-able and gives the same view back through `View.from_record`."""

    name: str
    camera: Camera
    record: dict

    @classmethod
    def from_pose(cls, name: str, pose: Pose, **told: object) -> "View":
        return cls(name, pose.camera(), {"name": name, **told, "pose": asdict(pose)})

    @classmethod
    def from_record(cls, record: dict) -> "View":
        pose = dict(record["pose"]) | {"centre_mm": tuple(record["pose"]["centre_mm"])}
        return cls(str(record["name"]), Pose(**pose).camera(), record)


def directions(
    rotation_deg: float, tilt_deg: float, roll_deg: float
) -> tuple[Float[np.ndarray, "3"], Float[np.ndarray, "3"], bool]:
    """Beam, up and mirror as `fluoroseg.geometry.camera.aim` takes them."""
    rotation, tilt, roll = np.radians([rotation_deg, tilt_deg, roll_deg])
    source = np.array([np.cos(tilt) * np.sin(rotation), -np.cos(tilt) * np.cos(rotation), np.sin(tilt)])
    beam = -source
    up = np.array([0.0, 0.0, 1.0]) - beam[2] * beam
    up = up / np.linalg.norm(up)
    right = np.cross(-up, beam)  # as seen from the source
    mirror = bool(right[0] + _LATERAL_ZONE * right[1] < 0)
    shown_right = -right if mirror else right
    return beam, np.cos(roll) * up + np.sin(roll) * shown_right, mirror
