"""A variation applied to a patient."""

import numpy as np
from jaxtyping import Float, Float32, Float64, Int16, Int64, UInt16

from fluoroseg.patients.patient import Patient
from fluoroseg.patients.variation.contents import changed_densities, fill
from fluoroseg.patients.variation.deform import check, field
from fluoroseg.patients.variation.mirror import mirrored
from fluoroseg.patients.variation.occupancy import merged_boxes, no_boxes, occupancy
from fluoroseg.patients.variation.record import Variation
from fluoroseg.project.threads import run

UNDER_MM = 16.0
PLAIN_AIR_HU = -1000


def vary(patient: Patient, variation: Variation) -> Patient:
    """The patient changed as the record says; structures and `known` stay (mirrored: their sides change).

    Same grid, but larger where limbs or fat would leave the volume. Scaling acts on the affine alone (about
    the volume's centre, along the volume axis nearest to each world axis). Displaced places beyond the volume
    take its edge. What the body comes nowhere near becomes plain air of -1000 HU. The result does not depend
    on the number of threads. Raises UsageError for a variation
    that would fold the body or names what is not there (a joint, a place for contrast).
    """
    check(variation)
    if variation.mirrored:
        patient = mirrored(patient)
    hu, labels, boxes, low = _warped(patient, variation)
    affine = patient.world_from_index.copy()
    affine[:3, 3] -= affine[:3, :3] @ low
    middle = low + (np.array(patient.hu.shape) - 1) / 2
    affine = _scaled(affine, middle, variation.scale)
    changed = Patient(hu, labels, affine, patient.structures, patient.name, patient.known)
    fill(changed, variation, boxes)
    return changed


def _warped(
    patient: Patient, variation: Variation
) -> tuple[
    Int16[np.ndarray, "i j k"],
    UInt16[np.ndarray, "i j k"],
    Int64[np.ndarray, "labels 3 2"],
    Float64[np.ndarray, "3"],
]:
    """HU, labels, the first and last index of every label, voxels added before the first."""
    from fluoroseg.patients.variation import warp_kernels

    where, full = field(patient, variation), occupancy(patient)
    geometry = (
        where.shift,
        where.step.astype(np.float32),
        where.outside_mm,
        np.float32(variation.fat_mm),
        np.float32(UNDER_MM if variation.fat_mm > 0 else -1.0),
        where.owner,
    )
    tissue = (
        changed_densities(patient, variation, full.labels),
        _texture(variation.texture_seed),
        np.float32(variation.texture_hu),
        np.float32(variation.bone_gain),
    )
    cells = np.empty([n - 1 for n in where.owner.shape], bool)
    warp_kernels.filled(*geometry, full.bricks, np.array(patient.hu.shape), cells)
    source = np.ascontiguousarray(patient.hu), np.ascontiguousarray(patient.labels)
    hu, labels = np.full(where.shape, PLAIN_AIR_HU, np.int16), np.zeros(where.shape, np.uint16)
    boxes: list[np.ndarray] = []

    def work(first: int, last: int) -> None:
        own = no_boxes(full.labels)
        boxes.append(own)
        warp_kernels.warp(
            *source, *geometry, where.tissue, where.together, *tissue, cells, hu, labels, own, first, last
        )

    run(work, len(hu))
    return hu, labels, merged_boxes(boxes), where.low


def _texture(seed: int) -> Float32[np.ndarray, "p q r"]:
    from scipy.ndimage import gaussian_filter

    noise = np.random.default_rng(seed).standard_normal((61, 53, 47), dtype=np.float32)
    noise = gaussian_filter(noise, 1.2, mode="wrap")
    return noise / noise.std()


def _scaled(
    affine: Float[np.ndarray, "4 4"], middle: Float[np.ndarray, "3"], scale: tuple[float, float, float]
) -> Float[np.ndarray, "4 4"]:
    """Scaled along the volume's axes; the voxel index `middle` stays where it is."""
    out = affine.copy()
    nearest = np.abs(affine[:3, :3]).argmax(axis=0)
    out[:3, :3] *= np.array(scale)[nearest]
    out[:3, 3] += (affine[:3, :3] - out[:3, :3]) @ middle
    return out
