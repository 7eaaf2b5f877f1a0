"""What `vary` does to a volume, the slow and obvious way: every voxel, in double precision."""

import numpy as np
from scipy.ndimage import map_coordinates

from fluoroseg.patients.patient import Patient
from fluoroseg.patients.variation import Variation
from fluoroseg.patients.variation.apply import UNDER_MM, _texture
from fluoroseg.patients.variation.contents import changed_densities
from fluoroseg.patients.variation.deform import field


def slow_warp(patient: Patient, variation: Variation) -> tuple[np.ndarray, np.ndarray]:
    """HU (float64) and labels; nothing of what `contents.fill` writes."""
    where = field(patient, variation)
    index = np.moveaxis(np.indices(where.shape, float), 0, -1)
    at_node = np.moveaxis(index / where.step, -1, 0)
    shift = [map_coordinates(where.shift[..., d], at_node, float, order=1) for d in range(3)]
    came = np.clip(index + np.stack(shift, -1), 0, np.array(patient.hu.shape) - 1)
    labels = patient.labels[tuple(np.moveaxis(np.floor(came + 0.5).astype(int), -1, 0))]
    hu = map_coordinates(patient.hu, np.moveaxis(came, -1, 0), float, order=1)

    away = map_coordinates(where.outside_mm, at_node, float, order=1)
    if variation.fat_mm > 0:
        hu[(hu < -300) & (labels == 0) & (away > -UNDER_MM) & (away <= variation.fat_mm)] = -100

    factor, lung, added = np.moveaxis(changed_densities(patient, variation, 1 << 16)[labels], -1, 0)
    airy = np.clip((-300 - hu) / 300, 0, 1)
    hu = np.where(lung > 0, 1 + (factor - 1) * airy, factor) * (hu + 1000) - 1000
    hu = np.where(hu > 150, 150 + (hu - 150) * variation.bone_gain, hu) + added
    noise = _texture(variation.texture_seed)
    tiled = noise[np.ix_(*(np.arange(n) % m for n, m in zip(where.shape, noise.shape, strict=True)))]
    hu += np.where(hu > -950, variation.texture_hu * tiled, 0)

    owner = where.owner[tuple(np.floor(at_node + 0.5).astype(int))]
    tissue = where.tissue[tuple(np.moveaxis(np.floor(came / where.step + 0.5).astype(int), -1, 0))]
    apart = (owner > 0) & ~where.together[owner, tissue]
    return np.where(apart, -1000, hu), np.where(apart, 0, labels)
