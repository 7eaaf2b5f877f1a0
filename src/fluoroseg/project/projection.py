"""What one view holds: materials along each ray, silhouettes, path lengths and depths of all structures."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float, Float32, Int, UInt16, UInt64

from fluoroseg.errors import GeometryError
from fluoroseg.project.threads import run

_NO_LENGTHS = "this projection has no path lengths; ask for them: lengths=True"


@dataclass(frozen=True, eq=False)
class Layer:
    """The structures of one volume as seen along every ray; bits and planes as the march wrote them.

    slots: every structure of the volume -> its bit.
    bits: uint64 `[h, w, words]`; bit b of word a: the ray crosses the structure of slot 64 a + b.
    planes: uint16 `[h, w, room]`, how many volume planes the ray spends in each structure that it crosses,
        in ascending order of slot; no room when lengths were not asked for.
    entries, exits: likewise the first plane in the structure and the one after the last, counted from the
        ray's first plane; no room when depths were not asked for.
    start_mm, step_mm: float32 `[h, w]`, distance of the ray's first plane from the source, and from plane
        to plane (negative where planes are counted towards the source).
    """

    slots: dict[str, int]
    bits: UInt64[np.ndarray, "h w words"]
    planes: UInt16[np.ndarray, "h w room"]
    entries: UInt16[np.ndarray, "h w depths"]
    exits: UInt16[np.ndarray, "h w depths"]
    start_mm: Float32[np.ndarray, "h w"]
    step_mm: Float32[np.ndarray, "h w"]

    def at(self, row: Int[np.ndarray, "h w"], column: Int[np.ndarray, "h w"]) -> "Layer":
        """The same structures as another picture's pixels show them: each takes the ray of one of these."""
        return Layer(self.slots, *(np.ascontiguousarray(a[row, column]) for a in self.arrays))

    @property
    def arrays(self) -> tuple[np.ndarray, ...]:
        """What the kernels fill."""
        return self.bits, self.planes, self.entries, self.exits, self.start_mm, self.step_mm

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The structures crossed by at least one ray."""
        if not self.slots:
            return ()
        rows, _, words = self.bits.shape
        seen = np.bitwise_or.reduce(self.bits.reshape(rows, -1), axis=0)  # whole rows: runs of memory
        seen = np.bitwise_or.reduce(seen.reshape(-1, words), axis=0)
        return tuple(n for n, s in self.slots.items() if int(seen[s // 64]) >> (s % 64) & 1)

    def path_summary_mm(self) -> dict[str, tuple[float, float]]:
        """Mean and longest path of the rays that cross each of `names`. GeometryError without lengths."""
        if not self.planes.shape[2]:
            raise GeometryError(_NO_LENGTHS)
        from fluoroseg.project.length_kernels import summarise  # late: numba costs 0.3 s at import

        total, longest = np.zeros((2, len(self.bits), 64 * self.bits.shape[2]))
        rays = np.zeros(total.shape, dtype=np.int64)

        def work(first: int, end: int) -> None:
            summarise(self.bits, self.planes, self.step_mm, total, longest, rays, first, end)

        run(work, len(self.bits))
        mean, most = total.sum(axis=0) / np.maximum(rays.sum(axis=0), 1), longest.max(axis=0)
        return {n: (float(mean[self.slots[n]]), float(most[self.slots[n]])) for n in self.names}

    def mask(self, name: str) -> Bool[np.ndarray, "h w"]:
        word, bit = divmod(self.slots[name], 64)
        return self.bits[:, :, word] & np.uint64(1 << bit) != 0

    def noted(
        self, name: str, hits: Int[np.ndarray, " hits"], notes: UInt16[np.ndarray, "h w room"]
    ) -> UInt16[np.ndarray, " hits"]:
        """What `planes`, `entries` or `exits` say of a structure on the rays, counted by rows, that hit."""
        # Its place among the ray's labels is the number of lower bits that are set.
        word, bit = divmod(self.slots[name], 64)
        words = self.bits.reshape(-1, self.bits.shape[2])
        rank = np.bitwise_count(words[hits, word] & np.uint64((1 << bit) - 1)).astype(np.int64)
        for before in range(word):
            rank += np.bitwise_count(words[hits, before])
        return notes.reshape(-1, notes.shape[2])[hits, rank]


@dataclass(frozen=True, eq=False)
class Projection:
    """The patient, or several volumes, as seen along every ray of a camera.

    areal_g_cm2: float32 `[material, h, w]`, g/cm^2, order `physics.MATERIALS`, of all volumes together.
    layers: the structures of each volume, in the volumes' order of priority.
    """

    areal_g_cm2: Float32[np.ndarray, "material h w"]
    layers: tuple[Layer, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The structures crossed by at least one ray."""
        return tuple(dict.fromkeys(name for layer in self.layers for name in layer.names))

    def mask(self, name: str) -> Bool[np.ndarray, "h w"]:
        """Silhouette: the rays that cross the structure. GeometryError if no volume has it."""
        return np.logical_or.reduce([layer.mask(name) for layer in self._having(name)])

    def length_mm(self, name: str) -> Float[np.ndarray, "h w"]:
        """Path length of each ray inside the structure, float32 mm, 0 outside its silhouette.

        It is the labels' length: metal that takes the place of tissue does not shorten it.
        Raises GeometryError if no volume has the structure or lengths were not asked for.
        """
        length = np.zeros(self.areal_g_cm2.shape[1:], dtype=np.float32)
        for layer in self._having(name):
            if not layer.planes.shape[2]:
                raise GeometryError(_NO_LENGTHS)
            hits = np.flatnonzero(layer.mask(name))
            step = np.abs(layer.step_mm.reshape(-1)[hits])
            length.reshape(-1)[hits] += layer.noted(name, hits, layer.planes) * step
        return length

    def depths_mm(self, name: str) -> tuple[Float[np.ndarray, "h w"], Float[np.ndarray, "h w"]]:
        """Where each ray first enters and last leaves the structure, float32 mm from the source.

        NaN outside the silhouette. Raises GeometryError if no volume has the structure or depths were not
        asked for.
        """
        shape = self.areal_g_cm2.shape[1:]
        enter, leave = np.full(shape, np.inf, dtype=np.float32), np.full(shape, -np.inf, dtype=np.float32)
        for layer in self._having(name):
            if not layer.entries.shape[2]:
                raise GeometryError("this projection has no depths; ask for them: depths=True")
            hits = np.flatnonzero(layer.mask(name))
            start, step = (a.reshape(-1)[hits] for a in (layer.start_mm, layer.step_mm))
            first = start + (layer.noted(name, hits, layer.entries) - np.float32(0.5)) * step
            last = start + (layer.noted(name, hits, layer.exits) - np.float32(0.5)) * step
            near, far = enter.reshape(-1), leave.reshape(-1)
            near[hits] = np.minimum(near[hits], np.minimum(first, last))
            far[hits] = np.maximum(far[hits], np.maximum(first, last))
        outside = np.isinf(enter)
        enter[outside] = leave[outside] = np.nan
        return enter, leave

    def _having(self, name: str) -> list[Layer]:
        found = [layer for layer in self.layers if name in layer.slots]
        if not found:
            known = sorted({known for layer in self.layers for known in layer.slots})
            raise GeometryError(f"no structure {name!r} in this patient; it has {known}")
        return found
