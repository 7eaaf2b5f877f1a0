"""The projector on the CPU: prepares a patient once, then one parallel march per view."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float32

from fluoroseg.errors import GeometryError
from fluoroseg.geometry.camera import Camera
from fluoroseg.patients.patient import Patient
from fluoroseg.physics.materials import DENSE_BONE_G_CM3_PER_HU, DENSITY_G_CM3, MATERIALS, NODES_HU
from fluoroseg.project.projection import Projection

MAX_STRUCTURES = 1023
_LENGTHS_ROOM = 32
"""Labels per ray for which lengths are stored at first; a denser picture is marched again with more."""


def project(
    patient: Patient,
    camera: Camera,
    *,
    lengths: bool = False,
    factors: Mapping[str, float] | None = None,
) -> Projection:
    """Materials and the silhouette of every structure along every ray of the camera, in one march.

    lengths: also the path length inside each structure.
    factors: structure name -> factor on the attenuation of its voxels, at no extra march.
    Raises GeometryError for a factor of a structure that the patient does not have.

    The march is parallel (numba). Worker processes must be started with `spawn`, not `fork`: GNU OpenMP
    ends a process that forks after a parallel call. For many views of one patient keep a `Projector`.
    """
    return Projector(patient).project(camera, lengths=lengths, factors=factors)


class Projector:
    """A patient laid out for the march. Holds no state that a view changes; free of randomness."""

    def __init__(self, patient: Patient) -> None:
        names = list(dict.fromkeys(patient.structures.values()))
        if len(names) > MAX_STRUCTURES:
            raise GeometryError(f"{patient.name}: {len(names)} structures; one march takes {MAX_STRUCTURES}")
        self.patient = patient
        self.slots = {name: slot for slot, name in enumerate(names)}
        self._slot_of = np.full(65536, 65535, dtype=np.uint16)
        for label, name in patient.structures.items():
            if label != 0:
                self._slot_of[label] = self.slots[name]
        # The march wants C order. A file's Fortran order is a permutation of axes, not a copy.
        order = np.argsort([-abs(s) for s in patient.hu.strides], kind="stable")
        self._hu = np.ascontiguousarray(patient.hu.transpose(order))
        self._labels = np.ascontiguousarray(patient.labels.transpose(order))
        world_from_index = patient.world_from_index.astype(np.float64)
        world_from_index[:3, :3] = world_from_index[:3, order]
        self._index_from_world = np.linalg.inv(world_from_index)
        self._spacing_mm = patient.spacing_mm[order].astype(np.float64)

    def project(
        self, camera: Camera, *, lengths: bool = False, factors: Mapping[str, float] | None = None
    ) -> Projection:
        """One view; see `project`."""
        from fluoroseg.project import _kernels  # late: numba costs 0.3 s at import

        h, w = camera.shape
        turn, shift = self._index_from_world[:3, :3], self._index_from_world[:3, 3]
        source, origin = turn @ camera.source_mm + shift, turn @ camera.origin_mm + shift
        bits = np.zeros((h, w, -(-len(self.slots) // 64)), dtype=np.uint64)
        areal = np.empty((len(MATERIALS), h, w), dtype=np.float32)
        step_mm = np.empty((h, w), dtype=np.float32)
        hits = np.zeros(-(-h // _kernels.TILE) * -(-w // _kernels.TILE), dtype=np.int64)
        room = _LENGTHS_ROOM if lengths else 0
        while True:
            planes = np.empty((h, w, room), dtype=np.uint16)
            _kernels.march(
                self._hu.reshape(-1), self._labels.reshape(-1), np.array(self._hu.shape), self._spacing_mm,
                source, origin, turn @ camera.right_mm, turn @ camera.down_mm,
                self._slot_of, self._factors(factors), _ramps(), _densities(),
                areal, bits, planes, step_mm, hits,
            )  # fmt: skip
            if hits.max() <= room:
                break
            room = int(hits.max())
        seen = np.bitwise_or.reduce(bits.reshape(h * w, -1), axis=0)
        names = tuple(n for n, s in self.slots.items() if int(seen[s // 64]) >> (s % 64) & 1)
        return Projection(areal, names, self.slots, bits, planes, step_mm)

    def _factors(self, factors: Mapping[str, float] | None) -> Float32[np.ndarray, " slot"]:
        """Factor of each slot; empty when there are none, which spares the march the multiplication."""
        if not factors:
            return np.empty(0, dtype=np.float32)
        unknown = sorted(set(factors) - set(self.slots))
        if unknown:
            raise GeometryError(
                f"{self.patient.name}: attenuation factors for structures it does not have: {unknown}"
            )
        return np.array([factors.get(name, 1.0) for name in self.slots], dtype=np.float32)


def _ramps() -> Float32[np.ndarray, "5 2"]:
    """Start and slope of the HU ramps whose differences are the materials' shares."""
    nodes = np.unique(NODES_HU)  # contrast and bone share theirs
    starts = np.append(nodes[:-1], nodes[-1])
    slopes = np.append(1 / np.diff(nodes), DENSE_BONE_G_CM3_PER_HU)
    return np.stack([starts, slopes], axis=1).astype(np.float32)


def _densities() -> Float32[np.ndarray, " material"]:
    return np.array([DENSITY_G_CM3[m] for m in MATERIALS], dtype=np.float32)
