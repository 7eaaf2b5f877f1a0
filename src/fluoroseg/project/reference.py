"""The projector written down plainly: one ray at a time, float64, no tricks. The kernels are held to it."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float
from scipy.ndimage import map_coordinates

from fluoroseg.geometry.camera import Camera
from fluoroseg.patients.patient import Patient
from fluoroseg.physics.materials import MATERIALS, densities_g_cm3


def project_reference(
    patient: Patient, camera: Camera, factors: Mapping[str, float] | None = None
) -> tuple[Float[np.ndarray, "material h w"], dict[str, Float[np.ndarray, "h w"]]]:
    """Areal densities (g/cm^2) and the path length in each structure (mm), as `project` defines them.

    Joseph's method: the ray is sampled where it crosses the planes of voxel centres of the axis along
    which it moves fastest, and each sample stands for one step from plane to plane.
    """
    areal = np.zeros((len(MATERIALS), *camera.shape))
    lengths = {name: np.zeros(camera.shape) for name in patient.structures.values()}
    for row, column in np.ndindex(camera.shape):
        pixel = camera.origin_mm + row * camera.down_mm + column * camera.right_mm
        points, step_mm = _samples(patient, camera.source_mm, pixel)
        if not len(points):
            continue
        nearest = np.floor(points + 0.5).astype(int).clip(0, np.array(patient.hu.shape) - 1)
        names = [patient.structures.get(int(label), "") for label in patient.labels[tuple(nearest.T)]]
        weight = np.array([(factors or {}).get(name, 1.0) for name in names])
        hu = map_coordinates(patient.hu.astype(np.float64), points.T, order=1, mode="nearest")
        areal[:, row, column] = densities_g_cm3(hu) @ weight * step_mm / 10
        for name in names:
            if name:
                lengths[name][row, column] += step_mm
    return areal, lengths


def _samples(
    patient: Patient, source_mm: Float[np.ndarray, "3"], pixel_mm: Float[np.ndarray, "3"]
) -> tuple[Float[np.ndarray, "n 3"], float]:
    """Voxel indices of the samples from source to pixel inside the volume, and the step in mm."""
    index_from_world = np.linalg.inv(patient.world_from_index.astype(np.float64))
    start = index_from_world[:3, :3] @ source_mm + index_from_world[:3, 3]
    direction = index_from_world[:3, :3] @ (pixel_mm - source_mm)
    axis = int(np.argmax(np.abs(direction)))
    shape = np.array(patient.hu.shape)
    along = (np.arange(shape[axis]) - start[axis]) / direction[axis]
    points = start + along[:, None] * direction
    inside = np.all((points >= -0.5) & (points <= shape - 0.5), axis=1) & (along >= 0) & (along <= 1)
    return points[inside], float(np.linalg.norm(pixel_mm - source_mm) / abs(direction[axis]))
