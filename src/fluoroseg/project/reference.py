"""The projector written down plainly: one ray at a time, float64, no tricks. The kernels are held to it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Shaped
from scipy.ndimage import map_coordinates

from fluoroseg.geometry.camera import Camera
from fluoroseg.patients.patient import Patient
from fluoroseg.physics.materials import MATERIALS, densities_g_cm3
from fluoroseg.project.constants import BRICK
from fluoroseg.project.mesh import Cover
from fluoroseg.project.volume import AIR_HU


@dataclass(frozen=True)
class Plain:
    """areal_g_cm2 `[material, h, w]`; structure -> path length, first and last depth (NaN), mm `[h, w]`."""

    areal_g_cm2: Float[np.ndarray, "material h w"]
    lengths_mm: dict[str, Float[np.ndarray, "h w"]]
    enter_mm: dict[str, Float[np.ndarray, "h w"]]
    leave_mm: dict[str, Float[np.ndarray, "h w"]]


def project_reference(
    patient: Patient,
    camera: Camera,
    factors: Mapping[str, float] | None = None,
    contrast: Collection[str] = (),
    cover: Cover | None = None,
) -> Plain:
    """What `Projector.project` computes, for one patient.

    Joseph's method: the ray is sampled where it crosses the planes of voxel centres of the axis along
    which it moves fastest, and each sample stands for one step from plane to plane, less what of that step
    lies within the ray's intervals of `cover`.
    """
    areal = np.zeros((len(MATERIALS), *camera.shape))
    names = list(patient.structures.values())
    lengths = {name: np.zeros(camera.shape) for name in names}
    enter, leave = ({name: np.full(camera.shape, np.nan) for name in names} for _ in range(2))
    volume = without_noise_of_air(patient.hu).astype(np.float64)
    for row, column in np.ndindex(camera.shape):
        pixel = camera.origin_mm + row * camera.down_mm + column * camera.right_mm
        points, at_mm, step_mm = _samples(patient, camera.source_mm, pixel)
        if not len(points):
            continue
        nearest = np.floor(points + 0.5).astype(int).clip(0, np.array(patient.hu.shape) - 1)
        found = np.array([patient.structures.get(int(n), "") for n in patient.labels[tuple(nearest.T)]])
        weight = np.array([(factors or {}).get(name, 1.0) for name in found])
        if cover is not None:
            weight *= 1 - _covered(cover, row * camera.shape[1] + column, at_mm, step_mm)
        hu = map_coordinates(volume, points.T, order=1, mode="nearest")
        iodine = np.isin(found, list(contrast))
        areal[:, row, column] = densities_g_cm3(hu, iodine) @ weight * step_mm / 10
        for name in set(found) - {""}:
            inside = at_mm[found == name]
            lengths[name][row, column] = len(inside) * step_mm
            enter[name][row, column] = inside.min() - step_mm / 2
            leave[name][row, column] = inside.max() + step_mm / 2
    return Plain(areal, lengths, enter, leave)


def without_noise_of_air(hu: Shaped[np.ndarray, "i j k"]) -> Shaped[np.ndarray, "i j k"]:
    """The HU volume with -1000 in every brick of nothing but air (`volume.lay_out`)."""
    clean = hu.copy()
    for corner in np.ndindex(*(-(-n // BRICK) for n in hu.shape)):
        brick = tuple(slice(BRICK * i, BRICK * (i + 1)) for i in corner)
        if hu[brick].max() <= AIR_HU[0] and hu[brick].mean() <= AIR_HU[1]:
            clean[brick] = -1000
    return clean


def _samples(
    patient: Patient, source_mm: Float[np.ndarray, "3"], pixel_mm: Float[np.ndarray, "3"]
) -> tuple[Float[np.ndarray, "n 3"], Float[np.ndarray, " n"], float]:
    """Voxel indices of the samples from source to pixel inside the volume, their distance from the source
    and the step, mm."""
    index_from_world = np.linalg.inv(patient.world_from_index.astype(np.float64))
    start = index_from_world[:3, :3] @ source_mm + index_from_world[:3, 3]
    direction = index_from_world[:3, :3] @ (pixel_mm - source_mm)
    axis = int(np.argmax(np.abs(direction)))
    shape = np.array(patient.hu.shape)
    along = (np.arange(shape[axis]) - start[axis]) / direction[axis]
    points = start + along[:, None] * direction
    inside: Bool[np.ndarray, " n"] = np.all((points >= -0.5) & (points <= shape - 0.5), axis=1)
    inside &= (along >= 0) & (along <= 1)
    length = float(np.linalg.norm(pixel_mm - source_mm))
    return points[inside], along[inside] * length, length / abs(direction[axis])


def _covered(
    cover: Cover, ray: int, at_mm: Float[np.ndarray, " n"], step_mm: float
) -> Float[np.ndarray, " n"]:
    """Part of each sample's step that lies within the ray's intervals."""
    part = np.zeros(len(at_mm))
    for k in range(cover.start[ray], cover.start[ray + 1]):
        low = np.maximum(at_mm - step_mm / 2, cover.enter_mm[k])
        high = np.minimum(at_mm + step_mm / 2, cover.leave_mm[k])
        part += np.maximum(high - low, 0) / step_mm
    return part
