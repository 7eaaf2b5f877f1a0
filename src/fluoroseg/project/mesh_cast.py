"""Solids before a camera: placed, rasterised into hits, and swept into intervals, band by band."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from jaxtyping import Float32, Int32, Int64, UInt8

from fluoroseg.geometry.camera import Camera
from fluoroseg.project import mesh_kernels, mesh_sweep_kernels
from fluoroseg.project.mesh_body import Solid
from fluoroseg.project.mesh_clip import NEAR, clip_near
from fluoroseg.project.threads import run

_BANDS = 4
"""Bands of rows that are cast at the same time, where there is work for more than one thread."""
_SMALL_WORK = 10_000
"""Faces, and eighths of the box's pixels, below which starting a thread costs more than it saves."""


class Scene:
    """Solids in camera coordinates: (x, y, t) with column = x / t, row = y / t, t = 1 on the detector."""

    def __init__(self, solids: Sequence[Solid], camera: Camera) -> None:
        self._shape = camera.shape
        self._rays_mm = np.stack([camera.origin_mm - camera.source_mm, camera.right_mm, camera.down_mm])
        camera_from_world = np.linalg.inv(self._rays_mm[[1, 2, 0]].T)
        camera_from_mesh = np.zeros((len(solids), 3, 4))
        self._closed = np.array([s.mesh.open_edges == 0 for s in solids], dtype=np.uint8)
        self._clipped = np.zeros(len(solids), dtype=np.uint8)
        corners, faces = [], []
        for s, solid in enumerate(solids):
            world_from_mesh = solid.world_from_mesh[:3].astype(np.float64)
            world_from_mesh[:, 3] -= camera.source_mm
            camera_from_mesh[s] = camera_from_world @ world_from_mesh
            seen, own = np.empty(solid.mesh.vertices_mm.shape), solid.mesh.faces
            mesh_kernels.to_camera(solid.mesh.vertices_mm, camera_from_mesh[s], seen)
            if seen[:, 2].min() < NEAR:
                self._clipped[s] = 1
                seen, own = clip_near(seen, own)
            corners.append(seen)
            faces.append(own)
        self._mirrored = (np.linalg.det(camera_from_mesh[:, :, :3]) < 0).astype(np.uint8)
        self._first_vertex = np.cumsum([0] + [len(c) for c in corners], dtype=np.int64)
        self._first_face = np.cumsum([0] + [len(f) for f in faces], dtype=np.int64)
        self._camera, self._faces = _joined(corners, np.float64), _joined(faces, np.int32)
        self._pixel = np.empty((len(self._camera), 2))
        self._rows = np.empty((len(self._faces), 2), dtype=np.int32)
        self.box = mesh_kernels.find_rows(
            self._camera,
            self._first_vertex,
            self._faces,
            self._first_face,
            *camera.shape,
            self._pixel,
            self._rows,
        )

    def cast(
        self,
        material_of: Int64[np.ndarray, " solid"],
        mending: bool,
        state: UInt8[np.ndarray, "solid rows columns"],
        enter_mm: Float32[np.ndarray, "solid rows columns"],
        paths_mm: Float32[np.ndarray, "solid rows columns"],
    ) -> tuple[
        Float32[np.ndarray, "material rows columns"],
        Int64[np.ndarray, " rays_and_one"],
        Float32[np.ndarray, " n"],
        Float32[np.ndarray, " n"],
    ]:
        """Every ray of the box: lengths in each material, and the three arrays of a `Cover`.

        state, enter_mm and paths_mm are filled or, while mending, used: see `mesh_sweep_kernels.sweep`.
        """
        top, bottom, left, right = self.box
        rows, (height, width) = bottom - top, self._shape
        lengths = np.zeros((len(set(material_of.tolist())), *paths_mm.shape[1:]), dtype=np.float32)
        start = np.zeros(height * width + 1, dtype=np.int64)
        counts = start[1:].reshape(height, width)
        parts: dict[int, tuple[Float32[np.ndarray, " n"], Float32[np.ndarray, " n"]]] = {}
        bands = _BANDS if len(self._faces) + rows * (right - left) // 8 > _SMALL_WORK else 1

        def work(first: int, last: int) -> None:
            begin, end = top + first * rows // bands, top + last * rows // bands
            head, link, keys = self._hits(begin, end, counts)
            most = int(counts[begin:end, left:right].max(initial=0)) + len(state)
            ray, own, covered = (np.empty(shape, dtype=np.int64) for shape in (most, (most, 2), (most, 2)))
            enter, leave = np.empty((2, len(keys) + (state.size if mending else 0)), dtype=np.float32)
            used = mesh_sweep_kernels.sweep(
                begin, end, self.box, self._rays_mm, head, link, keys, self._clipped, self._closed,
                material_of, mending, ray, own, covered, state, enter_mm, paths_mm, lengths, counts,
                enter, leave,
            )  # fmt: skip
            parts[first] = (enter[:used], leave[:used])

        run(work, bands if rows else 0)
        some = start[top * width : bottom * width + 1]
        np.cumsum(some, out=some)
        start[bottom * width + 1 :] = some[-1]
        enter, leave = (_joined([parts[b][i] for b in sorted(parts)], np.float32) for i in range(2))
        return lengths, start, enter.reshape(-1), leave.reshape(-1)

    def _hits(
        self, first: int, last: int, counts: Int64[np.ndarray, "h w"]
    ) -> tuple[Int32[np.ndarray, "rows columns"], Int32[np.ndarray, " n"], Int64[np.ndarray, " n"]]:
        """Hits in some rows: the last one drawn in each pixel, each hit's one before (-1: none), its key."""
        left, right = self.box[2:]
        head = np.full((last - first, right - left), -1, dtype=np.int32)
        link, keys = np.empty(4 * head.size, dtype=np.int32), np.empty(4 * head.size, dtype=np.int64)
        used = 0
        for s, (face, end) in enumerate(pairwise(self._first_face)):
            while face < end:
                if used + head.size > len(keys):  # a face hits a pixel once
                    link, keys = (np.concatenate([old, np.empty_like(old)]) for old in (link, keys))
                face, used = mesh_kernels.draw(
                    s, face, end, first, last, left, self._camera, self._pixel, self._faces,
                    self._first_vertex[s], self._rows, int(self._mirrored[s]), head, link, keys, used, counts,
                )  # fmt: skip
        return head, link, keys


def _joined(arrays: list[np.ndarray], dtype: type) -> np.ndarray:
    """One array after the other; a single one is not copied."""
    if len(arrays) == 1:
        return arrays[0]
    return np.concatenate(arrays) if arrays else np.empty((0, 3), dtype=dtype)
