"""What one view holds: materials along each ray, silhouettes and path lengths of all structures."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32, UInt16, UInt64

from fluoroseg.errors import GeometryError


@dataclass(frozen=True)
class Projection:
    """The patient as seen along every ray of a camera.

    areal_g_cm2: float32 `[material, h, w]`, g/cm^2, order `physics.MATERIALS`.
    names: structures crossed by at least one ray.
    slots: every structure of the patient -> its bit.
    bits: uint64 `[h, w, words]`; bit b of word a: the ray crosses the structure of slot 64 a + b.
    planes: uint16 `[h, w, room]`, how many volume planes the ray spends in each structure that it crosses,
        in ascending order of slot; no room when lengths were not asked for.
    step_mm: float32 `[h, w]`, length of the ray per plane.
    """

    areal_g_cm2: Float32[np.ndarray, "material h w"]
    names: tuple[str, ...]
    slots: dict[str, int]
    bits: UInt64[np.ndarray, "h w words"]
    planes: UInt16[np.ndarray, "h w room"]
    step_mm: Float32[np.ndarray, "h w"]

    def mask(self, name: str) -> Bool[np.ndarray, "h w"]:
        """Silhouette: the rays that cross the structure. GeometryError if the patient has none such."""
        word, bit = divmod(self._slot(name), 64)
        return (self.bits[:, :, word] >> np.uint64(bit)) & np.uint64(1) != 0

    def length_mm(self, name: str) -> Float[np.ndarray, "h w"]:
        """Path length of each ray inside the structure, float32 mm, 0 outside its silhouette.

        Raises GeometryError if the patient has none such or lengths were not asked for.
        """
        hit = self.mask(name)
        if not self.planes.shape[2]:
            raise GeometryError(
                "this projection has no path lengths; ask for them: project(..., lengths=True)"
            )
        # The structure's place among the ray's labels is the number of lower bits that are set.
        word, bit = divmod(self._slot(name), 64)
        own = self.bits[hit]
        below = np.uint64((1 << bit) - 1)
        rank = np.bitwise_count(own[:, word] & below) + np.bitwise_count(own[:, :word]).sum(
            axis=1, dtype=np.int64
        )
        length = np.zeros(hit.shape, dtype=np.float32)
        length[hit] = self.planes[hit][np.arange(len(own)), rank] * self.step_mm[hit]
        return length

    def _slot(self, name: str) -> int:
        if name not in self.slots:
            raise GeometryError(f"no structure {name!r} in this patient; it has {sorted(self.slots)}")
        return self.slots[name]
