"""How much of a structure a picture shows, and whether the volume itself cuts it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Bool, Float64, Int64

from fluoroseg.geometry.camera import Camera
from fluoroseg.geometry.points import once_a_patient, structure_points
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
    from fluoroseg.dataset._kernels import count_seen

    cloud = _cloud(patient)
    exposed = np.ones(camera.shape, dtype=bool) if field is None else np.ascontiguousarray(field)
    seen = np.empty(len(cloud.cut), np.int64)
    count_seen(cloud.world_mm, cloud.first, _pixel_from_world(camera), exposed, seen)
    inside, every = seen.tolist(), np.diff(cloud.first).tolist()
    result = {}
    for name in names:
        parts = cloud.parts_of(name)
        if parts:
            share = sum(inside[p] for p in parts) / sum(every[p] for p in parts)
            result[name] = Visibility(share, any(cloud.cut[p] for p in parts))
    return result


@dataclass(frozen=True, eq=False)
class _Cloud:
    """All sample points of a patient, one structure's after another's.

    number: a structure's place in the order.  first: where its points begin, and where the last ones end.
    cut: of each structure, as in `StructurePoints`.  parts: what names have been asked for, and what they
    stand for.
    """

    number: dict[str, int]
    world_mm: Float64[np.ndarray, "n 3"]
    first: Int64[np.ndarray, "s_and_1"]
    cut: list[bool]
    parts: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def parts_of(self, name: str) -> tuple[int, ...]:
        """The structures that a structure or group is made of in this patient."""
        if name not in self.parts:
            from fluoroseg.anatomy import members, structures

            meant = (members(name) | {name}) if name in structures() else {name}
            self.parts[name] = tuple(sorted(self.number[n] for n in meant & self.number.keys()))
        return self.parts[name]


@once_a_patient
def _cloud(patient: Patient) -> _Cloud:
    points = structure_points(patient)
    world_mm = np.concatenate([np.zeros((0, 3)), *(p.world_mm for p in points.values())])
    first = np.cumsum([0, *(len(p.world_mm) for p in points.values())])
    return _Cloud(
        {name: n for n, name in enumerate(points)}, world_mm, first, [p.cut for p in points.values()]
    )


def _pixel_from_world(camera: Camera) -> Float64[np.ndarray, "3 4"]:
    """Rows that give a point's `(depth * row, depth * column, depth)` from `(x, y, z, 1)`.

    From the ray through the point, source + t (point - source), that meets the detector: with n its normal
    towards the detector, t = distance / depth, depth = n . (point - source).
    """
    normal = camera.normal * np.sign(camera.source_distance_mm)
    axes = np.stack([v / (v @ v) for v in (camera.down_mm, camera.right_mm)])
    offset = axes @ (camera.source_mm - camera.origin_mm)
    linear = np.concatenate([axes * abs(camera.source_distance_mm) + offset[:, None] * normal, normal[None]])
    return np.concatenate([linear, -(linear @ camera.source_mm)[:, None]], axis=1)
