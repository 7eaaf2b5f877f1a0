"""Standard and random views of a patient, found from the patient's own structures."""

import re
from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from fluoroseg.errors import AnatomyError, UsageError
from fluoroseg.geometry.points import StructurePoints, structure_points
from fluoroseg.geometry.pose import Pose, View, directions
from fluoroseg.geometry.standard import REGIONS, STANDARD_VIEWS, Part, Region
from fluoroseg.patients.patient import Patient


def views() -> tuple[str, ...]:
    """The names of all standard views."""
    return tuple(STANDARD_VIEWS)


def views_of(patient: Patient) -> tuple[str, ...]:
    """The standard views whose target is in this patient."""
    return tuple(v for v, standard in STANDARD_VIEWS.items() if _target(patient, standard.region) is not None)


def find_view(patient: Patient, name: str, size: int = 448, rng: np.random.Generator | None = None) -> View:
    """A standard view of this patient, its square field of `size` pixels fitted to the target structures.

    `rng` adds what a radiographer varies: rotation, tilt, roll, centring, distance and field.
    Raises UsageError for a name that is no view (forgiving: "Chest PA", "pa_chest", "pelvis" are fine)
    and AnatomyError when the patient has not what the view shows.
    """
    name = canonical_view(name)
    _check_size(size)
    standard = STANDARD_VIEWS[name]
    region = REGIONS[standard.region]
    target = _target(patient, standard.region)
    if target is None:
        wanted = ", ".join(part.name for part in region.choices[0][:8])
        raise AnatomyError(
            f"{patient.name}: view {name!r} needs at least {region.least_mm:g} mm along the body of any of "
            f"{wanted}; it has {sorted(structure_points(patient))}. "
            f"Views of this patient: {', '.join(views_of(patient)) or 'none'}"
        )
    draw: Callable[[float], float] = (
        (lambda sd: 0.0) if rng is None else (lambda sd: float(rng.normal(0, sd)))
    )
    rotation = standard.rotation_deg + draw(4.0)
    tilt, roll = standard.tilt_deg + draw(4.0), draw(3.0)
    distance = region.distance_mm * (1.0 if rng is None else float(rng.uniform(0.88, 1.05)))
    margin = region.margin if rng is None else float(rng.uniform(0.2, 1.8)) * region.margin
    gap = region.gap_mm[0] if abs(np.cos(np.radians(standard.rotation_deg))) > 0.5 else region.gap_mm[1]
    centre, pixel_mm = _fit(target, (rotation, tilt, roll), distance - gap, distance, size, margin)
    shift = 0.0 if rng is None else 0.04 * size * pixel_mm
    centre = centre + np.array([draw(shift), draw(shift), draw(shift)])
    where = (float(centre[0]), float(centre[1]), float(centre[2]))
    pose = Pose(rotation, tilt, roll, where, distance - gap, distance, pixel_mm, size)
    return View.from_pose(name, pose, kind="standard" if rng is None else "near standard")


def random_view(patient: Patient, size: int, rng: np.random.Generator, target: str | None = None) -> View:
    """A view as a C-arm may take it, about `target` (a structure or group) or a random structure.

    Source-detector distance 900-1200 mm, centre at .5-.8 of it, detector 300-400 mm wide; direction even
    in solid angle within 75 degrees of AP or PA (but at most 40 towards head or feet: beyond that rays
    leave through the ends of most volumes) or within 10 of a lateral; roll N(0, 10) degrees; a quarter of
    the views zoomed to .4-.8 of the detector. Where the volume cuts the body, the centre keeps off that
    end, so that less of the picture shows a cut that no real X-ray has.
    """
    _check_size(size)
    points = structure_points(patient)
    names = _named(points, target) if target else sorted(set(points) - {"body"}) or sorted(points)
    if not names:
        raise AnatomyError(f"{patient.name}: has no {target or 'structure'!r}; it has {sorted(points)}")
    chosen = names[int(rng.integers(len(names)))]
    inside = points[chosen].world_mm
    centre = inside[int(rng.integers(len(inside)))] + rng.normal(0, 10, 3)
    side = float(rng.choice([0.0, 180.0, 90.0, -90.0], p=[0.4, 0.35, 0.125, 0.125]))
    rotation, tilt = _within_cone(side, 75.0 if side in (0.0, 180.0) else 10.0, rng)
    distance = float(rng.uniform(900, 1200))
    width_mm = float(rng.uniform(300, 400))
    zoom = float(rng.uniform(0.4, 0.8)) if rng.random() < 0.25 else 1.0
    roll, fraction = float(rng.normal(0, 10)), float(rng.uniform(0.5, 0.8))
    centre[2] = _off_the_ends(points, float(centre[2]), width_mm * zoom * fraction / 2)
    where = (float(centre[0]), float(centre[1]), float(centre[2]))
    pose = Pose(rotation, tilt, roll, where, distance * fraction, distance, width_mm * zoom / size, size)
    return View.from_pose("random", pose, kind="random", target=chosen, zoom=zoom)


def canonical_view(name: str) -> str:
    """The standard view that a person means. Raises UsageError with suggestions."""
    words = re.sub(r"[^a-z]+", " ", name.lower())
    for pattern, meant in _SYNONYMS.items():
        words = re.sub(pattern, meant, words)
    wanted = frozenset(words.split()) - {"view", "of", "the", "x", "ray", "xray", "radiograph"}
    fits = [view for view in STANDARD_VIEWS if wanted and wanted <= set(view.split())]
    exact = [view for view in fits if wanted == set(view.split())]
    regions = {STANDARD_VIEWS[view].region for view in fits}  # "knee" is two: a side is never guessed
    if exact or (fits and len(regions) == 1 and wanted - _DIRECTIONS):
        return (exact or fits)[0]
    near = fits or [view for view in STANDARD_VIEWS if wanted & set(view.split())] or list(STANDARD_VIEWS)
    raise UsageError(f"there is no view {name!r}; did you mean one of: {', '.join(near)}?")


_DIRECTIONS = frozenset({"ap", "pa", "lateral", "left", "right", "spine"})
_SYNONYMS = {
    r"\b(antero ?posterior|frontal)\b": "ap",
    r"\bpostero ?anterior\b": "pa",
    r"\blat\b": "lateral",
    r"\b(thorax|cxr|lungs?)\b": "chest",
    r"\bc ?spine\b": "cervical spine",
    r"\bt ?spine\b": "thoracic spine",
    r"\bl ?spine\b": "lumbar spine",
    r"\bhead\b": "skull",
    r"\bpelvic\b": "pelvis",
}


def _check_size(size: int) -> None:
    if not 8 <= size <= 8192:
        raise UsageError(f"a view's size is 8 to 8192 pixels, not {size}")


def _within_cone(side_deg: float, half_angle_deg: float, rng: np.random.Generator) -> tuple[float, float]:
    """Rotation and tilt of a direction drawn evenly in solid angle about a horizontal axis."""
    while True:
        cosine = rng.uniform(np.cos(np.radians(half_angle_deg)), 1.0)
        around = rng.uniform(0, 2 * np.pi)
        across = np.sqrt(1 - cosine**2)
        tilt = np.degrees(np.arcsin(across * np.sin(around)))
        if abs(tilt) <= 40.0:
            return side_deg + float(np.degrees(np.arctan2(across * np.cos(around), cosine))), float(tilt)


def _off_the_ends(points: dict[str, StructurePoints], z_mm: float, half_field_mm: float) -> float:
    """Height of the centre, moved so that the field reaches little beyond an end that cuts the body."""
    heights = np.concatenate([p.world_mm[:, 2] for p in points.values()])
    cut = np.concatenate([p.world_mm[p.at_end, 2] for p in points.values()])
    low, high = float(heights.min()), float(heights.max())
    lowest = low + 0.8 * half_field_mm if (cut < low + 10).any() else -np.inf
    highest = high - 0.8 * half_field_mm if (cut > high - 10).any() else np.inf
    if lowest > highest:
        return (low + high) / 2
    return float(np.clip(z_mm, lowest, highest))


def _fit(
    target: Float[np.ndarray, "n 3"],
    angles_deg: tuple[float, float, float],
    source_to_centre_mm: float,
    source_to_detector_mm: float,
    size: int,
    margin: float,
) -> tuple[Float[np.ndarray, "3"], float]:
    """Centre and pixel width of the square field that holds the target with a free margin."""
    beam, up, _ = directions(*angles_deg)
    axes = np.stack([beam, up, np.cross(beam, up)])
    local = target @ axes.T
    low, high = np.quantile(local, [0.002, 0.998], axis=0)
    middle = (low + high) / 2
    magnification = source_to_detector_mm / (source_to_centre_mm + local[:, :1] - middle[0])
    half = np.quantile(np.abs((local[:, 1:] - middle[1:]) * magnification), 0.998, axis=0).max()
    return middle @ axes, float(2 * half / (1 - 2 * margin) / size)


def _target(patient: Patient, region_name: str) -> Float[np.ndarray, "n 3"] | None:
    """Points of what a region's view must show, or None when the patient has too little of it."""
    points = structure_points(patient)
    region: Region = REGIONS[region_name]
    for choice in region.choices:
        found = [p for part in choice for p in _points_of(points, part)]
        if found:
            together = np.concatenate(found)
            if np.ptp(together[:, 2]) >= region.least_mm:
                return together
    return None


def _points_of(points: dict[str, StructurePoints], part: Part) -> list[Float[np.ndarray, "n 3"]]:
    found = []
    for name in _named(points, part.name):
        here = points[name]
        height = here.world_mm[:, 2] * (-1 if part.end == "bottom" else 1)
        depth = height.max() - height
        if part.end and here.at_end[depth < 10].any():
            continue  # cut before its end
        found.append(here.world_mm[depth <= part.end_mm] if part.end else here.world_mm)
    return found


def _named(points: dict[str, StructurePoints], name: str) -> list[str]:
    """The patient's structures that a structure or group name stands for."""
    if name in points:
        return [name]
    from fluoroseg.anatomy import members

    return sorted(members(name) & set(points))
