"""What placing asks of a patient: what lies at a point, what is in the picture, where the skin is."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float, Int

from fluoroseg.geometry.camera import Camera
from fluoroseg.geometry.points import structure_points
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
        return np.concatenate(list(self.structures.values()) or [self._corners()]).mean(axis=0)

    @cached_property
    def bones(self) -> tuple[str, ...]:
        """Structures of bone, by name."""
        from fluoroseg.anatomy import structure

        return tuple(
            sorted(name for name in self.structures if name == "bone" or structure(name).tissue == "bone")
        )

    def named(self, targets: Iterable[str]) -> tuple[str, ...]:
        """The patient's structures that names or words ("femur", "hip_left") stand for, in order; or none."""
        from fluoroseg.anatomy import groups, members, read, structures

        found: set[str] = set()
        for target in targets:
            if target in structures() or target in groups():
                meant = members(target) | {target}
            else:
                meant = frozenset().union(
                    *(members(s.name) for s in read(target.replace("_", " ")).structures)
                )
            found |= meant & set(self.structures)
        return tuple(sorted(found))

    def seen(self, names: Iterable[str]) -> dict[str, Float[np.ndarray, "n 3"]]:
        """Those of the structures that are in the picture -> their points in it."""
        parts = {name: self.structures[name][self.in_picture(self.structures[name])] for name in names}
        return {name: points for name, points in parts.items() if len(points)}

    def in_picture(self, points_mm: Float[np.ndarray, "n 3"]) -> Bool[np.ndarray, " n"]:
        """Which points the picture shows, a tenth of its size away from the border."""
        spot = self.camera.project(points_mm) / np.array(self.camera.shape)
        return np.asarray(((spot > BORDER) & (spot < 1 - BORDER)).all(axis=1))

    def inside(self, names: Iterable[str], points_mm: Float[np.ndarray, "n 3"]) -> Bool[np.ndarray, " n"]:
        """Which points lie in a voxel of one of the structures."""
        wanted = set(names)
        labels = [label for label, name in self.patient.structures.items() if name in wanted]
        return np.isin(self._voxels(self.patient.labels, points_mm, 0), labels)

    def hu(self, points_mm: Float[np.ndarray, "n 3"]) -> Int[np.ndarray, " n"]:
        """HU of the nearest voxel; air beyond the volume."""
        return self._voxels(self.patient.hu, points_mm, -1000)

    def skin(
        self, start_mm: Float[np.ndarray, "3"], direction: Float[np.ndarray, "3"]
    ) -> Float[np.ndarray, "3"] | None:
        """The last place along a ray from inside where there is body; None if it starts beyond the body."""
        reach = float(np.linalg.norm(np.ptp(self._corners(), axis=0)))
        along = np.arange(0.0, reach, 2.0)
        points = start_mm + along[:, None] * direction
        there = np.flatnonzero(self.hu(points) > SKIN_HU)
        return points[there[-1]] if len(there) else None

    def _voxels(self, volume: np.ndarray, points_mm: np.ndarray, outside: int) -> np.ndarray:
        index_from_world = np.linalg.inv(self.patient.world_from_index)
        index = np.rint(points_mm @ index_from_world[:3, :3].T + index_from_world[:3, 3]).astype(np.int64)
        valid = ((index >= 0) & (index < volume.shape)).all(axis=1)
        values = np.full(len(points_mm), outside, dtype=np.int64)
        values[valid] = volume[tuple(index[valid].T)]
        return values

    def _corners(self) -> Float[np.ndarray, "8 3"]:
        ends = np.array(self.patient.hu.shape) - 1.0
        return self.patient.to_world(np.array(np.meshgrid(*([0.0, end] for end in ends))).reshape(3, -1).T)
