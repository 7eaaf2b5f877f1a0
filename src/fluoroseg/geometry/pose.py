"""Source and detector about a patient, by angles, and how the picture is hung.

Up is the head, or the end of a limb towards the trunk. The picture's right is the patient's left, whichever
side the source is on (AP, PA and all obliques); within 20 degrees of a lateral, the picture's left is
anterior. Hands and feet are hung as the source sees them.
"""

from dataclasses import asdict, dataclass

import numpy as np
from jaxtyping import Float

from fluoroseg.errors import UsageError
from fluoroseg.geometry.camera import Camera, aim
from fluoroseg.physics.exposure import Blades

_LATERAL_ZONE = np.tan(np.radians(20.0))


@dataclass(frozen=True)
class Pose:
    """Where source and detector stand about a patient; all that is drawn for a view.

    rotation_deg: the source's place around the body: 0 in front (AP), 90 at the patient's left, 180 at
        the back (PA), -90 at the patient's right (left lateral: the left side is at the detector).
    tilt_deg: the source's angle towards the head.
    roll_deg: the detector turned in its plane, clockwise as seen in the picture.
    centre_mm: LPS point on the central ray.
    frame: rows of the rotation to the world from the axes that the angles are on; empty: the world's own.
    from_source: hung as the source sees it, instead of the rule for frontal and lateral pictures.
    """

    rotation_deg: float
    tilt_deg: float
    roll_deg: float
    centre_mm: tuple[float, float, float]
    source_to_centre_mm: float
    source_to_detector_mm: float
    pixel_mm: float
    size: int
    frame: tuple[tuple[float, ...], ...] = ()
    from_source: bool = False

    def camera(self) -> Camera:
        beam, up, mirror = directions(self.rotation_deg, self.tilt_deg, self.roll_deg, self.from_source)
        if self.frame:
            turn = np.array(self.frame, dtype=np.float64)
            beam, up = turn @ beam, turn @ up
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

    @staticmethod
    def frame_record(frame: Float[np.ndarray, "3 3"] | None) -> tuple[tuple[float, ...], ...]:
        """A rotation as `frame` has it."""
        return () if frame is None else tuple(tuple(row) for row in frame.tolist())


@dataclass(frozen=True)
class View:
    """A named camera. `record` is JSON-able and gives the same view back through `View.from_record`.

    blades: how the beam is collimated, for `fluoroseg.physics.Exposure`; None: the whole detector is open.
    """

    name: str
    camera: Camera
    record: dict
    blades: Blades | None = None

    @classmethod
    def from_pose(cls, name: str, pose: Pose, blades: Blades | None = None, **told: object) -> "View":
        collimated = {} if blades is None else {"blades": asdict(blades)}
        return cls(name, pose.camera(), {"name": name, **told, "pose": asdict(pose), **collimated}, blades)

    @classmethod
    def from_record(cls, record: dict) -> "View":
        pose = dict(record["pose"]) | {"centre_mm": tuple(record["pose"]["centre_mm"])}
        pose["frame"] = tuple(tuple(row) for row in pose.get("frame", ()))
        blades = record.get("blades")
        if blades is not None:
            pairs = {name: tuple(blades[name]) for name in ("size_mm", "centre_mm")}
            blades = Blades(**(blades | pairs))
        return cls(str(record["name"]), Pose(**pose).camera(), record, blades)


def check_size(size: int) -> None:
    """Raises UsageError for a picture's side that no view has."""
    if not 8 <= size <= 8192:
        raise UsageError(f"a view's size is 8 to 8192 pixels, not {size}")


def directions(
    rotation_deg: float, tilt_deg: float, roll_deg: float, from_source: bool = False
) -> tuple[Float[np.ndarray, "3"], Float[np.ndarray, "3"], bool]:
    """Beam, up and mirror as `fluoroseg.geometry.camera.aim` takes them, on the axes of the angles."""
    rotation, tilt, roll = np.radians([rotation_deg, tilt_deg, roll_deg])
    source = np.array([np.cos(tilt) * np.sin(rotation), -np.cos(tilt) * np.cos(rotation), np.sin(tilt)])
    beam = -source
    # The way the source moves when the tilt grows: head-wards, and still defined above the head.
    up = np.array([-np.sin(tilt) * np.sin(rotation), np.sin(tilt) * np.cos(rotation), np.cos(tilt)])
    right = np.cross(-up, beam)  # as seen from the source
    mirror = not from_source and bool(right[0] + _LATERAL_ZONE * right[1] < 0)
    shown_right = -right if mirror else right
    return beam, np.cos(roll) * up + np.sin(roll) * shown_right, mirror
