"""Many patients out of one: size, a smooth bend of the body, fat, density, texture, opaque lungs."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy import ndimage

from fluoroseg.patients import _kernels
from fluoroseg.patients.patient import Patient
from fluoroseg.project.threads import run

STEP = 8
UNDER_MM = 16.0
SOFT_HU = 25.0


@dataclass(frozen=True)
class Wave:
    """One sine of the displacement: `amplitude_mm * sin(radians_per_mm . x + phase)`, x in LPS mm."""

    amplitude_mm: tuple[float, float, float]
    radians_per_mm: tuple[float, float, float]
    phase: float


@dataclass(frozen=True)
class Opacity:
    """Fluid or consolidation in a lung; the structure's label stays.

    side: `left` or `right`. place: centre as fractions of that lung's box along x, y, z.
    radius_mm: of a consolidation; 0 for an effusion that fills the lung's lower `filled` (fraction).
    """

    side: str
    place: tuple[float, float, float]
    radius_mm: float
    filled: float


@dataclass(frozen=True)
class Variation:
    """What `vary` does to a patient; plain numbers, so that it is saved with a sample and replayed.

    scale: along LPS x, y, z. fat_mm: thickness added outside the skin. soft_factor, lung_factor,
    bone_gain: change of density (HU + 1000) of labelled soft tissue and lung, and of what exceeds 150 HU.
    texture_hu, texture_seed: standard deviation and seed of tissue texture.
    """

    scale: tuple[float, float, float] = (1.0, 1.0, 1.0)
    waves: tuple[Wave, ...] = ()
    fat_mm: float = 0.0
    soft_factor: float = 1.0
    lung_factor: float = 1.0
    bone_gain: float = 1.0
    texture_hu: float = 0.0
    texture_seed: int = 0
    opacities: tuple[Opacity, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """A dictionary of plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> "Variation":
        """The inverse of `to_json`, also after a trip through a JSON file."""
        waves = tuple(
            Wave(_three(w["amplitude_mm"]), _three(w["radians_per_mm"]), w["phase"]) for w in record["waves"]
        )
        opacities = tuple(Opacity(**{**o, "place": _three(o["place"])}) for o in record["opacities"])
        return cls(**{**record, "scale": _three(record["scale"]), "waves": waves, "opacities": opacities})


def _three(values: Any) -> tuple[float, float, float]:
    x, y, z = (float(v) for v in values)
    return x, y, z


def sample_variation(rng: np.random.Generator) -> Variation:
    """Draw a plausible adult: size +-12 %, bends of a few mm over 250 mm and more, habitus, density."""
    size = rng.normal(1.0, 0.05)
    scale = np.clip(size * rng.normal(1.0, [0.05, 0.06, 0.04]), 0.82, 1.2)
    waves = []
    for _ in range(6):
        direction = rng.normal(size=3)
        direction *= 2 * np.pi / rng.uniform(250, 600) / np.linalg.norm(direction)
        waves.append(Wave(_three(rng.normal(0, 2.5, 3)), _three(direction), float(rng.uniform(0, 2 * np.pi))))
    fat_mm = float(rng.uniform(3, 25)) if rng.random() < 0.4 else 0.0
    opacities = []
    if rng.random() < 0.25:
        effusion = rng.random() < 0.4
        opacities.append(
            Opacity(
                side=str(rng.choice(["left", "right"])),
                place=_three(rng.uniform(0.2, 0.8, 3)),
                radius_mm=0.0 if effusion else float(rng.uniform(10, 45)),
                filled=float(rng.uniform(0.05, 0.3)) if effusion else 0.0,
            )
        )
    return Variation(
        scale=_three(scale),
        waves=tuple(waves),
        fat_mm=fat_mm,
        soft_factor=float(rng.uniform(0.97, 1.04)),
        lung_factor=float(rng.uniform(0.6, 1.7)),
        bone_gain=float(rng.uniform(0.7, 1.3)),
        texture_hu=float(rng.uniform(0, 20)),
        texture_seed=int(rng.integers(2**31)),
        opacities=tuple(opacities),
    )


def vary(patient: Patient, variation: Variation) -> Patient:
    """The patient changed as the record says; same grid size, structures and `known`.

    Scaling acts on the affine alone (about the volume's centre, along the volume axis nearest to each
    world axis). Displaced places beyond the volume take its edge.
    """
    shift, outside = _nodes(patient, variation)
    noise = _texture(variation.texture_seed)
    edits = _edits(patient, variation)
    hu, labels = np.empty(patient.hu.shape, np.int16), np.empty(patient.labels.shape, np.uint16)

    def work(first: int, last: int) -> None:
        _kernels.warp(
            patient.hu,
            patient.labels,
            shift,
            np.float32(STEP),
            outside,
            np.float32(variation.fat_mm),
            np.float32(UNDER_MM if variation.fat_mm > 0 else -1.0),
            edits,
            noise,
            np.float32(variation.texture_hu),
            np.float32(variation.bone_gain),
            hu,
            labels,
            first,
            last,
        )

    run(work, len(hu))
    affine = _scaled(patient.world_from_index, patient.hu.shape, variation.scale)
    changed = Patient(hu, labels, affine, patient.structures, patient.name, patient.known)
    for opacity in variation.opacities:
        _fill(changed, opacity, variation)
    return changed


def _nodes(
    patient: Patient, variation: Variation
) -> tuple[Float[np.ndarray, "a b c 3"], Float[np.ndarray, "a b c"]]:
    """Displacement in voxels and signed distance to the skin in mm at every `STEP`-th voxel."""
    count = [max(2, -(-n // STEP) + 1) for n in patient.hu.shape]
    grid = np.moveaxis(np.indices(count, np.float32), 0, -1) * STEP
    world = grid @ patient.world_from_index[:3, :3].T + patient.world_from_index[:3, 3]
    world -= world.reshape(-1, 3).mean(0)
    move = np.zeros_like(world)
    for wave in variation.waves:
        move += np.sin(world @ np.array(wave.radians_per_mm) + wave.phase)[..., None] * wave.amplitude_mm
    shift = move @ np.linalg.inv(patient.world_from_index[:3, :3]).T
    outside = _skin_distance(patient, count) if variation.fat_mm > 0 else np.zeros(count, np.float32)
    return shift.astype(np.float32), outside


def _skin_distance(patient: Patient, count: list[int]) -> Float[np.ndarray, "a b c"]:
    """Signed distance to the skin in mm; lungs and bowel gas lie inside, the head and foot faces are open."""
    at = [np.minimum(np.arange(c) * STEP, n - 1) for c, n in zip(count, patient.hu.shape, strict=True)]
    air, pieces = ndimage.label(patient.hu[np.ix_(*at)] < -300)
    long_axis = int(np.abs(patient.world_from_index[2, :3]).argmax())
    faces = np.moveaxis(air, long_axis, 0)
    open_air = np.zeros(pieces + 1, bool)
    for face in (faces[:, 0], faces[:, -1], faces[:, :, 0], faces[:, :, -1]):
        open_air[np.unique(face)] = True
    open_air[0] = False
    outer = open_air[air]
    if outer.all() or not outer.any():
        return np.full(count, 1e6, np.float32)
    step_mm = patient.spacing_mm * STEP
    away = ndimage.distance_transform_edt(outer, sampling=step_mm)
    return (away - ndimage.distance_transform_edt(~outer, sampling=step_mm)).astype(np.float32)


def _edits(patient: Patient, variation: Variation) -> Float[np.ndarray, "labels 2"]:
    edit = np.zeros((max(int(patient.labels.max()), *patient.structures, 0) + 1, 2), np.float32)
    edit[:, 0] = 1.0
    for label, name in patient.structures.items():
        lung = name.startswith("lung_")
        edit[label] = (variation.lung_factor, 1.0) if lung else (variation.soft_factor, 0.0)
    return edit


def _texture(seed: int) -> Float[np.ndarray, "p q r"]:
    noise = np.random.default_rng(seed).standard_normal((61, 53, 47), dtype=np.float32)
    noise = ndimage.gaussian_filter(noise, 1.2, mode="wrap")
    return noise / noise.std()


def _scaled(
    affine: Float[np.ndarray, "4 4"], shape: tuple[int, ...], scale: tuple[float, float, float]
) -> Float[np.ndarray, "4 4"]:
    out = affine.copy()
    nearest = np.abs(affine[:3, :3]).argmax(axis=0)
    out[:3, :3] *= np.array(scale)[nearest]
    centre = (np.array(shape) - 1) / 2
    out[:3, 3] += (affine[:3, :3] - out[:3, :3]) @ centre
    return out


def _fill(patient: Patient, opacity: Opacity, variation: Variation) -> None:
    """Write fluid into the new patient's lung of that side, in place (the HU are `vary`'s own copy)."""
    names = {
        label
        for label, name in patient.structures.items()
        if name.startswith("lung_") and name.endswith(opacity.side)
    }
    lookup = np.zeros(max(int(patient.labels.max()), *patient.structures, 0) + 1, bool)
    lookup[list(names)] = True
    index = np.argwhere(lookup[patient.labels])
    if not len(index):
        return
    world = patient.to_world(index.astype(float))
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
