"""Cameras about a patient: standard views by name, found from the patient's own structures."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from fluoroseg.errors import AnatomyError
from fluoroseg.geometry.collimation import draw_blades
from fluoroseg.geometry.devices import device
from fluoroseg.geometry.names import canonical_view
from fluoroseg.geometry.parts import points_of
from fluoroseg.geometry.points import once_a_patient, structure_points
from fluoroseg.geometry.pose import Pose, View, check_size, directions
from fluoroseg.geometry.random_views import random_view
from fluoroseg.geometry.regions import Region, StandardView
from fluoroseg.geometry.segments import frame_of
from fluoroseg.geometry.standard import REGIONS, STANDARD_VIEWS
from fluoroseg.patients.patient import Patient

__all__ = ["canonical_view", "find_view", "random_view", "target_of", "views", "views_of"]

COLLIMATED = 0.4
"""Share of the near-standard views whose beam is narrowed to about the target."""


def views() -> tuple[str, ...]:
    """The names of all standard views."""
    return tuple(STANDARD_VIEWS)


@once_a_patient
def views_of(patient: Patient) -> tuple[str, ...]:
    """The standard views whose target is in this patient."""
    return tuple(
        v for v, standard in STANDARD_VIEWS.items() if target_of(patient, standard.region) is not None
    )


def find_view(patient: Patient, name: str, size: int = 448, rng: np.random.Generator | None = None) -> View:
    """A standard view of this patient, its square field of `size` pixels fitted to the target structures.

    `rng` adds what a radiographer varies: rotation, tilt, roll, centring, distance, field and collimation.
    Raises UsageError for a name that is no view (forgiving: "Chest PA", "pa_chest", "pelvis" are fine)
    and AnatomyError when the patient has not what the view shows.
    """
    name = canonical_view(name)
    check_size(size)
    standard = STANDARD_VIEWS[name]
    region = REGIONS[standard.region]
    target = target_of(patient, standard.region)
    if target is None:
        wanted = ", ".join(part.name for part in region.choices[0][:8])
        raise AnatomyError(
            f"{patient.name}: view {name!r} needs at least {region.least_mm:g} mm along the body of any of "
            f"{wanted}; it has {sorted(structure_points(patient))}. "
            f"Views of this patient: {', '.join(views_of(patient)) or 'none'}"
        )
    taken = _Taken.exactly(standard) if rng is None else _Taken.nearly(standard, rng)
    frame = frame_of(patient, region.segment)
    beam, up, _ = directions(*taken.angles_deg, standard.from_source)
    centre, pixel_mm = _fit(
        target,
        frame @ beam,
        frame @ up,
        (taken.distance_mm - taken.gap_mm, taken.distance_mm),
        size,
        taken.margin,
    )
    x, y, z = (centre + frame @ np.array(taken.shift) * size * pixel_mm).tolist()
    pose = Pose(
        *taken.angles_deg, (x, y, z), taken.distance_mm - taken.gap_mm, taken.distance_mm, pixel_mm, size,
        Pose.frame_record(frame), standard.from_source,
    )  # fmt: skip
    kind = "standard" if rng is None else "near standard"
    blades = None
    if rng is not None and rng.random() < COLLIMATED:
        blades = draw_blades(pose.camera(), target, rng)
    return View.from_pose(name, pose, blades, kind=kind, device=region.device)


@dataclass(frozen=True)
class _Taken:
    """How a radiographer takes a standard view. shift: of the centre, in widths of the picture."""

    angles_deg: tuple[float, float, float]
    distance_mm: float
    gap_mm: float
    margin: float
    shift: tuple[float, float, float] = (0.0, 0.0, 0.0)

    @classmethod
    def exactly(cls, standard: StandardView) -> "_Taken":
        region = REGIONS[standard.region]
        angles = standard.rotation_deg, standard.tilt_deg, standard.roll_deg
        frontal = abs(np.cos(np.radians(angles[0])) * np.cos(np.radians(angles[1]))) > 0.5
        distance = device(region.device).source_to_detector_mm[1]
        return cls(angles, distance, region.gap_mm[0 if frontal else 1], region.margin)

    @classmethod
    def nearly(cls, standard: StandardView, rng: np.random.Generator) -> "_Taken":
        exact = cls.exactly(standard)
        turned = rng.normal(0, (4.0, 4.0, 3.0))
        rotation, tilt, roll = (a + float(d) for a, d in zip(exact.angles_deg, turned, strict=True))
        distance = exact.distance_mm * float(rng.uniform(0.88, 1.05))
        margin = exact.margin * float(rng.uniform(0.2, 1.8))
        x, y, z = (float(s) for s in rng.normal(0, 0.04, 3))
        return cls((rotation, tilt, roll), distance, exact.gap_mm, margin, (x, y, z))


def target_of(patient: Patient, region_name: str) -> Float[np.ndarray, "n 3"] | None:
    """Points of what a region's view must show, or None when the patient has too little of it."""
    targets = _targets(patient)
    if region_name not in targets:
        targets[region_name] = _find_target(patient, REGIONS[region_name])
    return targets[region_name]


@once_a_patient
def _targets(patient: Patient) -> dict[str, Float[np.ndarray, "n 3"] | None]:
    return {}


def _find_target(patient: Patient, region: Region) -> Float[np.ndarray, "n 3"] | None:
    points = structure_points(patient)
    for choice in region.choices:
        found = [p for part in choice for p in points_of(points, part)]
        if found:
            together = np.concatenate(found)
            # On the segment's axes: however the patient lies, he has the same views.
            axis = frame_of(patient, region.segment)[:, "xyz".index(region.axis)]
            if np.ptp(together @ axis) >= region.least_mm:
                return together
    return None


def _fit(
    target: Float[np.ndarray, "n 3"],
    beam: Float[np.ndarray, "3"],
    up: Float[np.ndarray, "3"],
    distances_mm: tuple[float, float],
    size: int,
    margin: float,
) -> tuple[Float[np.ndarray, "3"], float]:
    """Centre and pixel width of the square field that holds the target with a free margin.

    distances_mm: from the source to the centre, and to the detector.
    """
    axes = np.stack([beam, up, np.cross(beam, up)])
    local = target @ axes.T
    low, high = np.quantile(local, [0.002, 0.998], axis=0)
    middle = (low + high) / 2
    magnification = distances_mm[1] / (distances_mm[0] + local[:, :1] - middle[0])
    half = np.quantile(np.abs((local[:, 1:] - middle[1:]) * magnification), 0.998, axis=0).max()
    return middle @ axes, float(2 * half / (1 - 2 * margin) / size)
