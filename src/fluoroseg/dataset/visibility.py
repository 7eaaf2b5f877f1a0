"""How much of a structure a picture shows, and whether the volume itself cuts it."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from fluoroseg.geometry.camera import Camera
from fluoroseg.geometry.points import structure_points
from fluoroseg.patients.patient import Patient


@dataclass(frozen=True)
class Visibility:
    """share: 0-1, part of the structure (as far as it lies in the volume) that projects into the picture.
    cut_by_volume: the volume ends within the structure, so the rest of it is not in the picture at all."""

    share: float
    cut_by_volume: bool


def visibility(patient: Patient, camera: Camera, names: Iterable[str]) -> dict[str, Visibility]:
    """Visibility of every one of `names` (structures or groups) that the patient's labels make up.

    Estimated from some thousand points of each structure; the parts of a group count by their points.
    Other names (tools, structures without a label) are left out.
    """
    from fluoroseg.anatomy import members, structures

    points = structure_points(patient)
    inside = {name: _inside(p.world_mm, camera) for name, p in points.items()}
    result = {}
    for name in names:
        parts = ((members(name) | {name}) if name in structures() else {name}) & points.keys()
        if parts:
            share = sum(inside[p] for p in parts) / sum(len(points[p].world_mm) for p in parts)
            result[name] = Visibility(share, any(points[p].cut for p in parts))
    return result


def _inside(points_mm: Float[np.ndarray, "n 3"], camera: Camera) -> int:
    """Number of points in front of the source that project into the picture."""
    depth = (points_mm - camera.source_mm) @ camera.normal * np.sign(camera.source_distance_mm)
    front = points_mm[depth > 1e-3]
    if not len(front):
        return 0
    at = camera.project(front)
    within = (at >= -0.5) & (at < np.array(camera.shape) - 0.5)
    return int(np.count_nonzero(within.all(axis=1)))
