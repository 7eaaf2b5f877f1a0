"""What a CT and an atlas both show, however stylised the atlas: bone, lung and body, on a coarse grid."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32, Int16
from scipy import ndimage

from fluoroseg import anatomy
from fluoroseg.patients import _chest_rules as chest
from fluoroseg.patients.patient import Patient
from fluoroseg.patients.registration import Grid, grid_over, on_grid
from fluoroseg.patients.rules import block_mean, bones, to_lps

COARSE_MM = 6.0
WORK_MM = 2.5
ARMS = ("humerus", "radius", "ulna", "carpal", "metacarpal", "phalan", "scaphoid", "lunate")
NEAR_LUNG_ML = 100.0
LUNG_HU = -930
SHELL_GAP_MM = 5.0
MARROW_MM2 = 1800.0


@dataclass(frozen=True)
class Parts:
    """Shares of a voxel, 0 to 1, float32 `[a, b, c]` on one grid along the LPS axes."""

    bone: Float32[np.ndarray, "a b c"]
    lung: Float32[np.ndarray, "a b c"]
    body: Float32[np.ndarray, "a b c"]
    grid: Grid

    def picture(self, reach_mm: float) -> Float32[np.ndarray, "a b c"]:
        """One image that registration compares: bone, fading over `reach_mm` around it, body and lung.

        The fading draws bones together that do not touch yet.
        """
        away = ndimage.distance_transform_edt(self.bone < 0.4, sampling=self.grid.step_mm)
        near = np.exp(-away / reach_mm) if (self.bone >= 0.4).any() else 0.0
        return (near + 0.3 * self.body - 0.6 * self.lung).astype(np.float32)

    def around_body(self) -> "Parts":
        """The same without the air around the body."""
        where = np.argwhere(self.body > 0.1)
        if not len(where):
            return self
        low = np.maximum(where.min(0) - 1, 0)
        box = tuple(slice(int(a), int(b) + 2) for a, b in zip(low, where.max(0), strict=True))
        bone, lung, body = (np.ascontiguousarray(p[box]) for p in (self.bone, self.lung, self.body))
        first = np.array(self.grid.low_mm) + low * self.grid.step_mm
        grid = Grid(tuple(first.tolist()), bone.shape, self.grid.step_mm)
        return Parts(bone, lung, body, grid)


def parts_of_ct(hu: Int16[np.ndarray, "i j k"], world_from_index: Float[np.ndarray, "4 4"]) -> Parts:
    """Bone by rules; lung = large inner air that is not empty gas; body = what the skin encloses.

    The grid covers the body only.
    """
    order, flips, mm = to_lps(world_from_index)
    step = np.maximum(1, np.round(WORK_MM / mm)).astype(int)
    coarse, at = block_mean(np.transpose(hu, order)[flips], step), mm * step
    body = chest.body(coarse, at)
    lung = np.zeros_like(body)
    for piece in chest.pieces(body & (coarse < chest.AIR_HU), at, NEAR_LUNG_ML):
        if np.median(coarse[piece]) > LUNG_HU:
            lung |= piece
    masks = (solid_bones(coarse, at) & body, lung, body)
    world = _lps_affine(hu.shape, world_from_index, order, flips, step)
    return _parts(masks, world, grid_over(hu.shape, world_from_index, COARSE_MM)).around_body()


def parts_of_atlas(patient: Patient) -> Parts:
    """Bone and lung by the labels, without the arms: where they lie differs from body to body."""
    order, flips, mm = to_lps(patient.world_from_index)
    step = np.maximum(1, np.round(0.8 * COARSE_MM / mm)).astype(int)
    labels = np.transpose(patient.labels, order)[flips]
    tissue = anatomy.structures()
    count = 1 + max(int(labels.max()), *patient.structures, 0)
    bone, lung, arm = (np.zeros(count, np.int16) for _ in range(3))
    for label, name in patient.structures.items():
        bone[label] = tissue[name].tissue == "bone"
        lung[label] = name.startswith("lung")
        arm[label] = bone[label] and name.startswith(ARMS)
    coarse = block_mean(np.transpose(patient.hu, order)[flips], step)
    body = np.stack([ndimage.binary_fill_holes(p) for p in np.moveaxis(coarse > -400, 2, 0)], axis=2)
    share = [block_mean(table[labels], step) for table in (bone, lung, arm)]
    if arm.any():
        skeleton = share[0] > 0.3
        nearest = ndimage.distance_transform_edt(~skeleton, return_indices=True, return_distances=False)
        away = (share[2] > 0.3)[tuple(nearest)]
        body &= ~away
        share[0] = share[0] - share[2]
    world = _lps_affine(patient.hu.shape, patient.world_from_index, order, flips, step)
    grid = grid_over(patient.hu.shape, patient.world_from_index, COARSE_MM)
    return _parts((share[0], share[1], body), world, grid)


def solid_bones(hu: Float[np.ndarray, "x y z"], mm: Float[np.ndarray, "3"]) -> Bool[np.ndarray, "x y z"]:
    """Bones with their marrow, however fatty: what bright shells enclose in a slice of any direction."""
    shell = chest.closed(bones(hu.astype(np.int16), mm), mm, SHELL_GAP_MM)
    out = shell.copy()
    for axis in range(3):
        pixel_mm2 = np.prod(mm) / mm[axis]
        for plane, filled in zip(np.moveaxis(shell, axis, 0), np.moveaxis(out, axis, 0), strict=True):
            holes, count = ndimage.label(~plane)
            area = np.bincount(holes.ravel(), minlength=count + 1) * pixel_mm2
            filled |= ((area < MARROW_MM2) & (np.arange(count + 1) > 0))[holes]
    return out


def _parts(masks: tuple[np.ndarray, ...], world_from_index: Float[np.ndarray, "4 4"], grid: Grid) -> Parts:
    mm = np.linalg.norm(world_from_index[:3, :3], axis=0)
    sigma = np.where(mm < grid.step_mm, 0.4 * grid.step_mm / mm, 0)
    smooth = (ndimage.gaussian_filter(m.astype(np.float32), sigma, mode="nearest") for m in masks)
    bone, lung, body = (np.clip(on_grid(m, world_from_index, grid), 0, 1) for m in smooth)
    return Parts(bone, lung, body, grid)


def _lps_affine(
    shape: tuple[int, ...],
    world_from_index: Float[np.ndarray, "4 4"],
    order: tuple[int, ...],
    flips: tuple[slice, ...],
    step: np.ndarray,
) -> Float[np.ndarray, "4 4"]:
    """Affine of the block means of a volume that was turned to x left, y back, z head."""
    out = world_from_index.copy()
    for axis, flip in zip(order, flips, strict=True):
        if flip.step == -1:
            out[:3, 3] += out[:3, axis] * (shape[axis] - 1)
            out[:3, axis] *= -1
    out[:3, :3] = out[:3, list(order)]
    out[:3, 3] += out[:3, :3] @ ((step - 1) / 2)
    out[:3, :3] = out[:3, :3] * step
    return out
