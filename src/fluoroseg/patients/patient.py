"""A patient: what every source (CT with labels, rules, atlas, phantom) becomes and all else reads."""

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float, Int16, UInt16

from fluoroseg.errors import GeometryError


@dataclass(frozen=True)
class Patient:
    """HU and label volumes on one grid.

    hu: int16 `[i, j, k]`, Hounsfield units.
    labels: uint16 `[i, j, k]`, 0 = no structure, else the label of exactly one structure.
    world_from_index: 4x4, voxel centre index -> LPS millimetres (x to the patient's left, y to the
        back, z to the head). Any orientation and spacing; the axes are orthogonal.
    structures: label -> canonical structure name (`fluoroseg.anatomy`).
    name: a short identifier, used in records.
    known: canonical names whose presence *and absence* the labels tell. A name in `known` that has no
        voxel is absent from the volume; a name outside `known` may be there unlabelled (unknown, never
        background). Contains every labelled structure.
    """

    hu: Int16[np.ndarray, "i j k"]
    labels: UInt16[np.ndarray, "i j k"]
    world_from_index: Float[np.ndarray, "4 4"]
    structures: dict[int, str]
    name: str = "patient"
    known: frozenset[str] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        if self.hu.shape != self.labels.shape:
            raise GeometryError(
                f"{self.name}: HU volume {self.hu.shape} and label volume {self.labels.shape} differ"
            )
        axes = self.world_from_index[:3, :3]
        spacing = np.linalg.norm(axes, axis=0)
        if not np.all(np.isfinite(self.world_from_index)) or spacing.min() < 1e-6:
            raise GeometryError(f"{self.name}: the affine has no usable voxel size: {spacing} mm")
        if abs(abs(np.linalg.det(axes / spacing)) - 1) > 1e-3:
            raise GeometryError(f"{self.name}: the volume's axes are not orthogonal (sheared affine)")
        object.__setattr__(self, "known", self.known | frozenset(self.structures.values()))

    @property
    def spacing_mm(self) -> Float[np.ndarray, "3"]:
        """Voxel size along i, j, k in mm."""
        return np.linalg.norm(self.world_from_index[:3, :3], axis=0)

    def label_of(self, name: str) -> int:
        """The label of a canonical structure name. Raises GeometryError when it is not in this patient."""
        for label, structure in self.structures.items():
            if structure == name:
                return label
        raise GeometryError(
            f"{self.name}: has no structure {name!r}; it has {sorted(self.structures.values())}"
        )

    def to_world(self, index: Float[np.ndarray, "n 3"]) -> Float[np.ndarray, "n 3"]:
        """Voxel indices (may be fractional) -> LPS mm."""
        return index @ self.world_from_index[:3, :3].T + self.world_from_index[:3, 3]
