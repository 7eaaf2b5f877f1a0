"""A patient: what every source (CT with labels, rules, atlas, phantom) becomes and all else reads."""

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float, Int16, UInt16

from fluoroseg.errors import GeometryError

MAX_SHEAR_DEG = 0.5
"""Real headers are off by rounding, some 0.01 degrees; half a degree is 4 mm over a body's height."""


@dataclass(frozen=True)
class Patient:
    """HU and label volumes on one grid.

    hu: int16 `[i, j, k]`, Hounsfield units.
    labels: uint16 `[i, j, k]`, 0 = no structure, else the label of exactly one structure.
    world_from_index: 4x4, voxel centre index -> LPS millimetres (x to the patient's left, y to the
        back, z to the head). Any orientation and spacing; the axes are orthogonal (to 0.5 degrees).
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
        _check_volume(self.name, "hu", self.hu, np.dtype(np.int16))
        _check_volume(self.name, "labels", self.labels, np.dtype(np.uint16))
        if self.hu.shape != self.labels.shape:
            raise GeometryError(
                f"{self.name}: HU volume {self.hu.shape} and label volume {self.labels.shape} differ"
            )
        wrong = [label for label in self.structures if not 0 < label < 65536]
        if wrong:
            raise GeometryError(f"{self.name}: labels of structures are 1 to 65535, not {wrong[:5]}")
        _check_affine(self.name, self.world_from_index)
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


def _check_volume(name: str, what: str, values: np.ndarray, dtype: np.dtype) -> None:
    if not isinstance(values, np.ndarray) or values.dtype != dtype:
        kind = getattr(values, "dtype", type(values).__name__)
        raise GeometryError(f"{name}: {what} is {kind}, expected {dtype} in the machine's byte order")
    if values.ndim != 3 or not values.size:
        raise GeometryError(f"{name}: {what} has shape {values.shape}, expected three axes and some voxels")


def _check_affine(name: str, world_from_index: np.ndarray) -> None:
    if np.shape(world_from_index) != (4, 4) or not np.all(np.isfinite(world_from_index)):
        raise GeometryError(f"{name}: world_from_index is not a finite 4x4 matrix")
    axes = world_from_index[:3, :3]
    spacing = np.linalg.norm(axes, axis=0)
    if spacing.min() < 1e-6:
        raise GeometryError(f"{name}: the affine has no usable voxel size: {spacing} mm")
    unit = axes / spacing
    lean = max(abs(unit[:, a] @ unit[:, b]) for a, b in ((0, 1), (0, 2), (1, 2)))
    if lean > np.sin(np.radians(MAX_SHEAR_DEG)):
        raise GeometryError(
            f"{name}: the volume's axes are {np.degrees(np.arcsin(min(lean, 1.0))):.1f} degrees off a right "
            f"angle (a sheared affine, as of a tilted gantry); at most {MAX_SHEAR_DEG}: resample it first"
        )
