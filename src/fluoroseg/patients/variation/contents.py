"""What is in the organs: densities, contrast medium, gas, fluid, air beside a lung."""

import zlib

import numpy as np
from jaxtyping import Float32, Int64

from fluoroseg.patients.patient import Patient
from fluoroseg.patients.variation.record import Opacity, Pneumothorax, Variation
from fluoroseg.patients.variation.skeleton import moved

SOFT_HU = 25.0
GAS_HU = -950

_GUT = ("stomach", "duodenum", "jejunum", "ileum", "small_bowel", "cecum", "colon", "rectum")
_URINARY = ("urinary_bladder", "ureter", "renal_pelvis", "urethra")
_BLOOD = ("heart_atrium", "heart_ventricle", "atrial_appendage", "pulmonary_vein")


def changed_densities(
    patient: Patient, variation: Variation, labels: int
) -> Float32[np.ndarray, "{labels} 3"]:
    """Per label: factor of the density, whether it is lung, HU added (as `warp_kernels.warp` takes them)."""
    edit = np.zeros((labels, 3), np.float32)
    edit[:, 0] = 1.0
    drawn = np.random.default_rng(variation.density_seed).standard_normal(1 << 16)
    for label, name in patient.structures.items():
        lung = name.startswith("lung_")
        own = np.exp(variation.density_sd * drawn[zlib.crc32(name.encode()) % len(drawn)])  # its own for ever
        factor = variation.lung_factor if lung else variation.soft_factor
        added = sum(c.added_hu for c in variation.contrasts if holds_contrast(name, c.place))
        edit[label] = (factor * own, float(lung), added)
    return edit


def holds_contrast(name: str, place: str) -> bool:
    """Whether contrast medium given into `place` (`vessels`, `urinary`, `gut`) fills the structure."""
    from fluoroseg.anatomy import structures

    if place == "vessels":
        thing = structures().get(name)
        return thing is not None and (thing.tissue == "vessel" or name.startswith(_BLOOD))
    return name.startswith(_GUT if place == "gut" else _URINARY)


def fill(patient: Patient, variation: Variation, boxes: Int64[np.ndarray, "labels 3 2"]) -> None:
    """Write fluid, gas and air into the new patient, in place (the HU are `vary`'s own copy).

    boxes: first and last index of every label along each axis (`occupancy.no_boxes`).
    """
    for opacity in variation.opacities:
        _opaque(patient, opacity, _lung(patient, opacity.side, boxes))
    for pneumothorax in variation.pneumothoraces:
        _collapse(patient, pneumothorax, _lung(patient, pneumothorax.side, boxes))
    if variation.gas:
        index = _voxels(patient, _GUT, boxes)
        for gas in variation.gas:
            _bubbles(patient, index, gas.count, gas.radius_mm, np.random.default_rng(gas.seed))


def _opaque(patient: Patient, opacity: Opacity, index: Int64[np.ndarray, "n 3"]) -> None:
    if not len(index):
        return
    world = moved(patient.world_from_index, index.astype(float))
    low, high = world.min(0), world.max(0)
    if opacity.radius_mm > 0:
        centre = low + np.array(opacity.place) * (high - low)
        depth = 1 - np.linalg.norm(world - centre, axis=1) / opacity.radius_mm
        share = np.clip(3 * depth, 0, 0.85)
    else:
        level = low[2] + opacity.filled * (high[2] - low[2])
        half_mm = max(0.5 * (high[0] - low[0]), 1e-3)  # a lung may be one voxel wide
        rim = 25 * (np.abs(world[:, 0] - world[:, 0].mean()) / half_mm) ** 2  # the meniscus
        share = np.clip((level + rim - world[:, 2]) / 4, 0, 1)
    at = tuple(index.T)
    patient.hu[at] = (patient.hu[at] * (1 - share) + SOFT_HU * share).astype(np.int16)


def _collapse(patient: Patient, pneumothorax: Pneumothorax, index: Int64[np.ndarray, "n 3"]) -> None:
    """What lies outside the lung shrunk towards its hilum is air; what lies in it is as much denser."""
    if not len(index):
        return
    inside = np.zeros(patient.labels.shape, bool)
    inside[tuple(index.T)] = True
    world = moved(patient.world_from_index, index.astype(float))
    hilum = world.mean(0)
    medial = world[:, 0].min() if pneumothorax.side == "left" else world[:, 0].max()
    hilum[0] = 0.25 * hilum[0] + 0.75 * medial
    came = hilum + (world - hilum) / pneumothorax.scale
    nearest = np.rint(moved(np.linalg.inv(patient.world_from_index), came)).astype(int)
    there = ((nearest >= 0) & (nearest < inside.shape)).all(1)
    kept = there & inside[tuple(np.where(there[:, None], nearest, 0).T)]
    at = tuple(index.T)
    old = patient.hu[tuple(np.where(kept[:, None], nearest, index).T)].astype(float)
    denser = np.minimum((old + 1000) / pneumothorax.scale**2 - 1000, np.maximum(old, 0))
    patient.hu[at] = np.where(kept, denser, -1000).astype(np.int16)


def _bubbles(
    patient: Patient, index: Int64[np.ndarray, "n 3"], count: int, radius_mm: float, rng: np.random.Generator
) -> None:
    """Ellipsoids of gas about random places of the gut, where the gut is."""
    if not len(index):
        return
    spacing = patient.spacing_mm
    for centre in index[rng.integers(len(index), size=count)]:
        half = np.maximum(radius_mm * rng.uniform(0.5, 1.4, 3) / spacing, 1e-3)
        box = tuple(slice(max(int(c - h), 0), int(c + h) + 2) for c, h in zip(centre, half, strict=True))
        grid = np.ogrid[box]
        shape = patient.labels[box].shape
        radius = sum(
            ((g[tuple(slice(n) for n in g.shape)] - c) / h) ** 2
            for g, c, h in zip(grid, centre, half, strict=True)
        )
        radius = radius[tuple(slice(n) for n in shape)]
        gut = np.isin(patient.labels[box], patient.labels[tuple(centre)])
        patient.hu[box][gut & (radius < 1)] = GAS_HU


def _lung(patient: Patient, side: str, boxes: Int64[np.ndarray, "labels 3 2"]) -> Int64[np.ndarray, "n 3"]:
    names = [n for n in patient.structures.values() if n.startswith("lung_") and n.endswith(side)]
    return _voxels(patient, tuple(names), boxes)


def _voxels(
    patient: Patient, begin: tuple[str, ...], boxes: Int64[np.ndarray, "labels 3 2"]
) -> Int64[np.ndarray, "n 3"]:
    """Indices of all voxels of the structures whose names begin so."""
    chosen = [label for label, name in patient.structures.items() if begin and name.startswith(begin)]
    chosen = [label for label in chosen if boxes[label, 0, 1] >= 0]
    if not chosen:
        return np.empty((0, 3), np.int64)
    lookup = np.zeros(len(boxes), bool)
    lookup[chosen] = True
    low, high = boxes[chosen, :, 0].min(0), boxes[chosen, :, 1].max(0)
    box = tuple(slice(a, b + 1) for a, b in zip(low.tolist(), high.tolist(), strict=True))
    return np.argwhere(lookup[patient.labels[box]]) + low
