"""Views as a C-arm may take them, from anywhere that it reaches."""

import numpy as np

from fluoroseg.errors import AnatomyError
from fluoroseg.geometry.collimation import draw_blades
from fluoroseg.geometry.parts import named
from fluoroseg.geometry.points import once_a_patient, structure_points
from fluoroseg.geometry.pose import Pose, View, check_size
from fluoroseg.geometry.segments import frame_of
from fluoroseg.patients.patient import Patient

COLLIMATED = 0.15


def random_view(patient: Patient, size: int, rng: np.random.Generator, target: str | None = None) -> View:
    """A view as a C-arm may take it, about `target` (a structure or group) or a random structure.

    Source-detector distance 900-1200 mm, centre at .5-.8 of it, detector 300-400 mm wide; direction even
    in solid angle within 75 degrees of AP or PA (but at most 40 towards head or feet: beyond that rays
    leave through the ends of most volumes) or within 10 of a lateral, on the trunk's axes; roll N(0, 10)
    degrees; a quarter of the views zoomed to .4-.8 of the detector, some collimated. Where the volume cuts
    the body, the centre keeps off that end, so that less of the picture shows a cut that no real X-ray has.
    Raises AnatomyError when the patient has not the target.
    """
    check_size(size)
    points = structure_points(patient)
    names = named(points, target) if target else sorted(set(points) - {"body"}) or sorted(points)
    if not names:
        raise AnatomyError(f"{patient.name}: has no {target or 'structure'!r}; it has {sorted(points)}")
    chosen = names[int(rng.integers(len(names)))]
    inside = points[chosen].world_mm
    frame = frame_of(patient, "trunk")
    centre = frame.T @ inside[int(rng.integers(len(inside)))] + rng.normal(0, 10, 3)
    side = float(rng.choice([0.0, 180.0, 90.0, -90.0], p=[0.4, 0.35, 0.125, 0.125]))
    rotation, tilt = _within_cone(side, 75.0 if side in (0.0, 180.0) else 10.0, rng)
    distance = float(rng.uniform(900, 1200))
    width_mm = float(rng.uniform(300, 400))
    zoom = float(rng.uniform(0.4, 0.8)) if rng.random() < 0.25 else 1.0
    roll, fraction = float(rng.normal(0, 10)), float(rng.uniform(0.5, 0.8))
    centre[2] = _off_the_ends(patient, float(centre[2]), width_mm * zoom * fraction / 2)
    x, y, z = (frame @ centre).tolist()
    pose = Pose(
        rotation, tilt, roll, (x, y, z), distance * fraction, distance, width_mm * zoom / size, size,
        Pose.frame_record(frame),
    )  # fmt: skip
    blades = draw_blades(pose.camera(), inside, rng) if rng.random() < COLLIMATED else None
    return View.from_pose("random", pose, blades, kind="random", target=chosen, zoom=zoom)


def _within_cone(side_deg: float, half_angle_deg: float, rng: np.random.Generator) -> tuple[float, float]:
    """Rotation and tilt of a direction drawn evenly in solid angle about a horizontal axis."""
    while True:
        cosine = rng.uniform(np.cos(np.radians(half_angle_deg)), 1.0)
        around = rng.uniform(0, 2 * np.pi)
        across = np.sqrt(1 - cosine**2)
        tilt = np.degrees(np.arcsin(across * np.sin(around)))
        if abs(tilt) <= 40.0:
            return side_deg + float(np.degrees(np.arctan2(across * np.cos(around), cosine))), float(tilt)


def _off_the_ends(patient: Patient, height_mm: float, half_field_mm: float) -> float:
    """Height of the centre, moved so that the field reaches little beyond an end that cuts the body."""
    low, high, cut_below, cut_above = _ends(patient)
    lowest = low + 0.8 * half_field_mm if cut_below else -np.inf
    highest = high - 0.8 * half_field_mm if cut_above else np.inf
    if lowest > highest:
        return (low + high) / 2
    return float(np.clip(height_mm, lowest, highest))


@once_a_patient
def _ends(patient: Patient) -> tuple[float, float, bool, bool]:
    """Where the body begins and ends along the trunk, mm, and whether the volume's end cuts it there."""
    points, up = structure_points(patient).values(), frame_of(patient, "trunk")[:, 2]
    heights = np.concatenate([p.world_mm @ up for p in points])
    cut = heights[np.concatenate([p.at_end for p in points])]
    low, high = float(heights.min()), float(heights.max())
    return low, high, bool((cut < low + 10).any()), bool((cut > high - 10).any())
