"""How much of a structure a picture shows, and whether the volume itself cuts it."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from fluoroseg.geometry.camera import Camera
from fluoroseg.geometry.points import structure_points
from fluoroseg.patients.patient import Patient


@dataclass(frozen=True)
class Visibility:
    """share: 0-1, part of the structure (as far as it lies in the volume) that projects into the picture.
    cut_by_volume: the volume ends within the structure, so the rest of it is not in the picture at all."""

    share: float
    cut_by_volume: bool


def visibility(
    patient: Patient, camera: Camera, names: Iterable[str], field: Bool[np.ndarray, "h w"] | None = None
) -> dict[str, Visibility]:
    """Visibility of every one of `names` (structures or groups) that the patient's labels make up.

    field: the pixels that are exposed (blades, round field); None: all. Estimated from some thousand points
    of each structure; the parts of a group count by their points. Other names (tools, structures without a
    label) are left out.
    """
    from fluoroseg.anatomy import members, structures

    points = structure_points(patient)
    if not points:
        return {}
    counts = {name: len(p.world_mm) for name, p in points.items()}
    visible = _visible(np.concatenate([p.world_mm for p in points.values()]), camera, field)
    starts = np.cumsum([0, *counts.values()])[:-1]
    inside = dict(zip(points, np.add.reduceat(visible.astype(np.int64), starts), strict=True))
    result = {}
    for name in names:
        parts = ((members(name) | {name}) if name in structures() else {name}) & points.keys()
        if parts:
            share = float(sum(inside[p] for p in parts) / sum(counts[p] for p in parts))
            result[name] = Visibility(share, any(points[p].cut for p in parts))
    return result


def _visible(
    points_mm: Float[np.ndarray, "n 3"], camera: Camera, field: Bool[np.ndarray, "h w"] | None
) -> Bool[np.ndarray, "n"]:
    """Whether a point lies in front of the source and projects into the picture's exposed part."""
    depth = (points_mm - camera.source_mm) @ camera.normal * np.sign(camera.source_distance_mm)
    front = depth > 1e-3
    at = camera.project(points_mm[front])
    within = (at >= -0.5) & (at < np.array(camera.shape) - 0.5)
    visible = np.zeros(len(points_mm), dtype=bool)
    visible[front] = within.all(axis=1)
    if field is not None:
        row, column = np.rint(at[visible[front]]).astype(np.int64).T
        visible[visible] = field[row, column]
    return visible
