"""The built-in phantom: a stylised whole body made from code alone.

Shapes (`shapes.py`, `compounds.py`) are drawn in order, each over what was there: the outline
(`_phantom_body.py`), organs (`_phantom_organs.py`), then bones (`_phantom_axial.py`, `_phantom_limbs.py`).
Borders get the share of a voxel that they fill, so that thin bones at 3 mm still project smoothly.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int16, UInt16

from fluoroseg.errors import UsageError
from fluoroseg.patients.drawing import paint
from fluoroseg.patients.patient import Patient

SPACING_MM = 3.0
MODEL_HEIGHT_CM = 165.0
MODEL_LOW_MM = (-348.0, -150.0, -12.0)
MODEL_HIGH_MM = (348.0, 162.0, 1662.0)
NOISE_HU = 12.0


@dataclass(frozen=True)
class Build:
    """What distinguishes one phantom from another; drawn once, then applied."""

    female: bool
    scale: tuple[float, float, float]
    texture_seed: int

    @classmethod
    def sample(cls, rng: np.random.Generator, female: bool, height_cm: float) -> "Build":
        """Stature scales everything; width and depth vary by a few per cent besides."""
        tall = height_cm / MODEL_HEIGHT_CM
        broad = (0.97 if female else 1.06) * rng.normal(1.0, 0.025)
        deep = (0.98 if female else 1.04) * rng.normal(1.0, 0.03)
        return cls(female, (tall * broad, tall * deep, tall), int(rng.integers(2**31)))


def phantom(seed: int = 0, sex: str = "female", height_cm: float = 165.0) -> Patient:
    """A standing body, arms beside it, at 3 mm; the same arguments give the same voxels.

    sex: "female" or "male". height_cm: 100 ... 220. Raises UsageError for others
    and for a negative seed.
    The world's origin lies between the feet; x = 0 is the midline.
    """
    if sex not in ("female", "male"):
        raise UsageError(f"sex must be 'female' or 'male', not {sex!r}")
    if not 100 <= height_cm <= 220:
        raise UsageError(f"height_cm must be 100 ... 220, not {height_cm}")
    if seed < 0:
        raise UsageError(f"seed must be 0 or more, not {seed}")
    build = Build.sample(np.random.default_rng(seed), sex == "female", height_cm)
    hu, labels, structures, world_from_index = draw(build)
    name = f"phantom-{sex}-{height_cm:g}cm-{seed}"
    return Patient(hu, labels, world_from_index, structures, name, frozenset(structures.values()))


def draw(
    build: Build,
) -> tuple[Int16[np.ndarray, "i j k"], UInt16[np.ndarray, "i j k"], dict[int, str], Float[np.ndarray, "4 4"]]:
    """HU, labels (ids of `fluoroseg.anatomy`), names and affine of a build."""
    from fluoroseg.anatomy import structures as all_structures
    from fluoroseg.patients._phantom_axial import axial_bones
    from fluoroseg.patients._phantom_body import tissues
    from fluoroseg.patients._phantom_limbs import limb_bones
    from fluoroseg.patients._phantom_organs import organs

    scale = np.array(build.scale)
    low = np.floor(np.array(MODEL_LOW_MM) * scale)
    shape = np.ceil((np.array(MODEL_HIGH_MM) * scale - low) / SPACING_MM).astype(int)
    x, y, z = (((low[n] + SPACING_MM * np.arange(shape[n])) / scale[n]).astype(np.float32) for n in range(3))
    axes = (x[:, None, None], y[None, :, None], z[None, None, :])
    hu = np.full(tuple(shape), -1000.0, np.float32)
    labels = np.zeros(hu.shape, np.uint16)
    ids = {s.name: s.id for s in all_structures().values()}
    texture = np.random.default_rng(build.texture_seed)
    for part in [*tissues(build.female), *organs(texture), *axial_bones(), *limb_bones()]:
        paint(hu, labels, axes, part, ids[part.name] if part.name else 0, SPACING_MM)
    inside = hu > -950
    noise = texture.standard_normal(hu.shape, dtype=np.float32)
    hu += np.where(inside, np.float32(NOISE_HU) * noise, 0)
    there = np.flatnonzero(np.bincount(labels.ravel()))
    names = {i: n for n, i in ids.items()}
    world_from_index = np.diag([SPACING_MM, SPACING_MM, SPACING_MM, 1.0])
    world_from_index[:3, 3] = low
    rounded = np.clip(np.rint(hu), -1000, 3000).astype(np.int16)
    return rounded, labels, {int(i): names[int(i)] for i in there if i}, world_from_index
