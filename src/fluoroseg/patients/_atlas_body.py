"""What surrounds the parts of an atlas, made plausible: skin and fat, and what lies between organs."""

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Bool, Int16, UInt16
from scipy import ndimage

from fluoroseg.patients._atlas_draw import Drawn, Grid
from fluoroseg.patients._atlas_parts import Part
from fluoroseg.patients._chest_rules import Mask, closed, grown
from fluoroseg.patients._diaphragm_rules import hull2d
from fluoroseg.patients.patient import Patient
from fluoroseg.patients.rules import refined
from fluoroseg.patients.voxelise import voxelise

AIR_HU, FAT_HU, FILL_HU, SKIN_HU = -1000, -95, 25, 40
WORK_MM = 4.0
SKIN_MM = 8.0
SUBCUTANEOUS_MM = 12.0
TRUNK_MM = 45.0


@dataclass
class Body:
    """A patient in the making, changed in place. label: structure -> its number."""

    grid: Grid
    labels: UInt16[np.ndarray, "i j k"]
    hu: Int16[np.ndarray, "i j k"]
    label: dict[str, int] = field(default_factory=dict)

    @property
    def step(self) -> int:
        """Voxels per block of the coarse grid on which bodies are invented."""
        return max(1, round(WORK_MM / self.grid.spacing_mm))

    @property
    def coarse_mm(self) -> np.ndarray:
        """Size of such a block."""
        return np.full(3, self.step * self.grid.spacing_mm)

    def add(self, name: str) -> int:
        """The label of a structure, a new one where it has none yet."""
        return self.label.setdefault(name, len(self.label) + 1)

    def mask(self, *prefixes: str) -> Bool[np.ndarray, "i j k"]:
        """Voxels of all structures whose names start so."""
        chosen = np.zeros(len(self.label) + 1, bool)
        chosen[[n for name, n in self.label.items() if name.startswith(prefixes)]] = True
        return chosen[self.labels]

    def coarse(self, mask: Bool[np.ndarray, "i j k"]) -> Mask:
        """A block is set when any of its voxels is: thin sheets stay closed."""
        step = self.step
        padded = np.pad(mask, [(0, -n % step) for n in mask.shape])
        a, b, c = (n // step for n in padded.shape)
        return padded.reshape(a, step, b, step, c, step).max((1, 3, 5))

    def fine(self, mask: Mask) -> Bool[np.ndarray, "i j k"]:
        """A coarse mask on the body's own grid, smoothly."""
        return refined(mask, np.full(3, self.step), self.grid.shape)

    def patient(self, name: str) -> Patient:
        """The finished patient; structures that others covered up entirely are left out."""
        affine = np.diag([self.grid.spacing_mm] * 3 + [1.0])
        affine[:3, 3] = self.grid.corner
        there = np.bincount(self.labels.ravel(), minlength=len(self.label) + 1) > 0
        structures = {n: structure for structure, n in self.label.items() if there[n]}
        return Patient(self.hu, self.labels, affine, structures, name)


def invent_skin(body: Body, drawn: list[Drawn], trunk: Part | None = None) -> Mask:
    """Fat and skin around all parts, soft tissue between them; returns what lies inside the fat, coarse.

    trunk: a skin of a body in another pose, of which only the trunk is used.
    """
    mm = body.coarse_mm
    there = np.zeros(body.grid.shape, bool)
    for part in drawn:
        there.reshape(-1)[part.index] = True
    solid = body.coarse(there)
    inner = closed(solid, mm, 20.0) | _trunk(body)
    for k in range(inner.shape[2]):
        inner[:, :, k] = ndimage.binary_fill_holes(inner[:, :, k])
    outer = grown(inner, mm, SKIN_MM)
    if trunk is not None:
        outer |= _own_trunk(body, trunk, outer)
    skin = ndimage.gaussian_filter(outer.astype(np.float32), 6 / mm[0]) > 0.5
    body.hu[body.fine(skin)] = FAT_HU
    body.hu[body.fine(ndimage.binary_erosion(inner))] = FILL_HU
    return inner


def fill_skin(body: Body, inside: Bool[np.ndarray, "i j k"]) -> Mask:
    """A body inside a given skin: 2 mm of skin (labelled), fat, soft tissue; returns the last, coarse."""
    mm = body.coarse_mm
    coarse = body.coarse(inside)
    depth = ndimage.distance_transform_edt(np.pad(coarse, 1), sampling=mm)[1:-1, 1:-1, 1:-1]
    inner = depth > SUBCUTANEOUS_MM
    body.hu[inside] = FAT_HU
    body.hu[body.fine(inner) & inside] = FILL_HU
    layers = max(1, round(2.0 / body.grid.spacing_mm))
    rim = inside & ~ndimage.binary_erosion(inside, iterations=layers)
    body.hu[rim] = SKIN_HU
    body.labels[rim & (body.labels == 0)] = body.add("skin")
    return inner


def put_free(body: Body, name: str, where: Bool[np.ndarray, "i j k"], hu: int | None) -> None:
    """Label and fill the voxels of a mask that no structure has yet."""
    free = where & (body.labels == 0)
    if free.any():
        body.labels[free] = body.add(name)
        if hu is not None:
            body.hu[free] = hu


def invent_bowel_gas(body: Body, inner: Mask) -> None:
    """Some pockets of gas before the lumbar spine (always the same)."""
    mm = body.coarse_mm
    where = np.argwhere(
        body.coarse(body.mask("vertebrae_L2", "vertebrae_L3", "vertebrae_L4", "vertebrae_L5"))
    )
    if not len(where):
        return
    rng = np.random.default_rng(2)
    gas = np.zeros_like(inner)
    grid = np.moveaxis(np.indices(inner.shape, np.float32), 0, -1)
    for _ in range(24):
        centre = np.array([where[:, 0].mean(), where[:, 1].min(), where[:, 2].mean()])
        centre += rng.uniform([-95, -70, -90], [95, -15, 90]) / mm
        radius = rng.uniform(8, 20, 3) / mm
        low = np.maximum(centre - radius, 0).astype(int)
        box = tuple(slice(int(a), int(b) + 2) for a, b in zip(low, centre + radius, strict=True))
        gas[box] |= (((grid[box] - centre) / radius) ** 2).sum(-1) < 1
    put_free(body, "bowel_gas", body.fine(gas & ~grown(~inner, mm, 25.0)) & (body.hu == FILL_HU), -900)


def _own_trunk(body: Body, skin: Part, near: Mask) -> Mask:
    """Inside a given skin, hips to armpits, at most `TRUNK_MM` outside `near` (less at both ends)."""
    mm = body.coarse_mm
    origin = body.grid.corner + (mm - body.grid.spacing_mm) / 2
    wide, deep, tall = (-(-n // body.step) for n in body.grid.shape)
    inside = voxelise(skin.vertices, skin.faces, origin, float(mm[0]), (wide, deep, tall))
    hips, ribs = (np.argwhere(body.coarse(body.mask(k))) for k in ("hip_", "rib_"))
    if not len(hips) or not len(ribs):
        return np.zeros_like(inside)
    low, high = float(hips[:, 2].min()), float(np.quantile(ribs[:, 2], 0.85))
    along = (np.arange(inside.shape[2]) - low) / (high - low)
    reach = TRUNK_MM * np.clip(4 * np.minimum(along, 1 - along), 0, 1)
    x = np.arange(inside.shape[0])[:, None, None]
    beside = np.maximum(hips[:, 0].min() - x, x - hips[:, 0].max()) * mm[0]  # there hang the arms
    out = ndimage.distance_transform_edt(~near, sampling=mm)
    return inside & (out < reach) & (beside < 0.7 * reach)


def _trunk(body: Body) -> Mask:
    """The belly, which has no front in BodyParts3D: in each slice the hull of wall, hip bones and spine."""
    frame = body.coarse(body.mask("external_oblique"))
    slices = np.flatnonzero(frame.any((0, 1)))
    out = np.zeros_like(frame)
    if len(slices):
        frame |= body.coarse(body.mask("hip_", "vertebrae_L", "sacrum", "rib_"))
        for k in range(slices[0], slices[-1] + 1):
            out[:, :, k] = hull2d(frame[:, :, k])
    return out
