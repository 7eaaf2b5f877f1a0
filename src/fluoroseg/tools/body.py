"""What placing asks of a patient: what lies at a point, what is in the picture, where the skin is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from jaxtyping import Bool, Float, Int

from fluoroseg.geometry.camera import Camera
from fluoroseg.geometry.points import label_owners, once_a_patient, structure_points
from fluoroseg.patients.patient import Patient

SKIN_HU = -500
BORDER = 0.1
"""Share of the picture at each border in which nothing is placed."""


@dataclass(frozen=True, eq=False)
class Body:
    """A patient as one camera sees it."""

    patient: Patient
    camera: Camera

    @cached_property
    def structures(self) -> dict[str, Float[np.ndarray, "n 3"]]:
        """Every structure -> sample points, LPS mm, in the picture or not."""
        return {name: points.world_mm for name, points in structure_points(self.patient).items()}

    @cached_property
    def middle_mm(self) -> Float[np.ndarray, "3"]:
        return _middle_mm(self.patient)

    @cached_property
    def bones(self) -> tuple[str, ...]:
        """Structures of bone, by name."""
        from fluoroseg.anatomy import structure

        return tuple(
            sorted(name for name in self.structures if name == "bone" or structure(name).tissue == "bone")
        )

    def named(self, targets: Iterable[str]) -> tuple[str, ...]:
        """The patient's structures that names or words ("femur", "hip_left") stand for, in order; or none."""
        kept = _named(self.patient)
        found: set[str] = set()
        for target in targets:
            if target not in kept:
                kept[target] = _meant(target) & self.structures.keys()
            found |= kept[target]
        return tuple(sorted(found))

    def seen(self, names: Iterable[str]) -> dict[str, Float[np.ndarray, "n 3"]]:
        """Those of the structures that are in the picture -> their points in it."""
        parts = {}
        for name in names:
            if name not in self._seen:
                points = self.structures[name]
                self._seen[name] = points[self.in_picture(points)]
            parts[name] = self._seen[name]
        return {name: points for name, points in parts.items() if len(points)}

    def in_picture(self, points_mm: Float[np.ndarray, "n 3"]) -> Bool[np.ndarray, " n"]:
        """Which points the picture shows, a tenth of its size away from the border."""
        spot = self.camera.project(points_mm) / np.array(self.camera.shape)
        return np.asarray(((spot > BORDER) & (spot < 1 - BORDER)).all(axis=1))

    def inside(self, names: Iterable[str], points_mm: Float[np.ndarray, "n 3"]) -> Bool[np.ndarray, " n"]:
        """Which points lie in a voxel of one of the structures."""
        number, owner = label_owners(self.patient)
        wanted = [number[name] for name in set(names) & number.keys()]
        return np.isin(owner[self._voxels(self.patient.labels, points_mm, 0)], wanted)

    def inside_each(
        self, names: Sequence[str], points_mm: Float[np.ndarray, "n m 3"]
    ) -> Bool[np.ndarray, "n m"]:
        """Which of each row's points lie in a voxel of that row's own structure."""
        number, owner = label_owners(self.patient)
        found = owner[self._voxels(self.patient.labels, points_mm.reshape(-1, 3), 0)]
        return found.reshape(points_mm.shape[:2]) == np.array([number[name] for name in names])[:, None]

    def hu(self, points_mm: Float[np.ndarray, "n 3"]) -> Int[np.ndarray, " n"]:
        """HU of the nearest voxel; air beyond the volume."""
        return self._voxels(self.patient.hu, points_mm, -1000)

    def skin(
        self, start_mm: Float[np.ndarray, "3"], direction: Float[np.ndarray, "3"]
    ) -> Float[np.ndarray, "3"] | None:
        """The last place along a ray from inside where there is body; None if it starts beyond the body."""
        along = np.arange(0.0, _reach_mm(self.patient), 2.0)
        points = start_mm + along[:, None] * direction
        there = np.flatnonzero(self.hu(points) > SKIN_HU)
        return points[there[-1]] if len(there) else None

    def _voxels(self, volume: np.ndarray, points_mm: np.ndarray, outside: int) -> np.ndarray:
        index_from_world = _index_from_world(self.patient)
        index = np.rint(points_mm @ index_from_world[:3, :3].T + index_from_world[:3, 3]).astype(np.int64)
        valid = ((index >= 0) & (index < volume.shape)).all(axis=1)
        values = np.full(len(points_mm), outside, dtype=np.int64)
        values[valid] = volume[tuple(index[valid].T)]
        return values

    @cached_property
    def _seen(self) -> dict[str, Float[np.ndarray, "n 3"]]:
        return {}


@lru_cache(maxsize=1024)
def _meant(target: str) -> frozenset[str]:
    """All that a name, or words, may stand for in any patient."""
    from fluoroseg.anatomy import groups, members, read, structures

    if target in structures() or target in groups():
        return members(target) | {target}
    return frozenset().union(*(members(s.name) for s in read(target.replace("_", " ")).structures))


@once_a_patient
def _named(patient: Patient) -> dict[str, frozenset[str]]:
    """Name or words -> the patient's structures; filled as they are asked for."""
    return {}


@once_a_patient
def _middle_mm(patient: Patient) -> Float[np.ndarray, "3"]:
    points = [p.world_mm for p in structure_points(patient).values()]
    return np.concatenate(points or [_corners(patient)]).mean(axis=0)


@once_a_patient
def _index_from_world(patient: Patient) -> Float[np.ndarray, "4 4"]:
    return np.linalg.inv(patient.world_from_index)


@once_a_patient
def _reach_mm(patient: Patient) -> float:
    """No ray is longer in the volume."""
    return float(np.linalg.norm(np.ptp(_corners(patient), axis=0)))


def _corners(patient: Patient) -> Float[np.ndarray, "8 3"]:
    ends = np.array(patient.hu.shape) - 1.0
    return patient.to_world(np.array(np.meshgrid(*([0.0, end] for end in ends))).reshape(3, -1).T)
