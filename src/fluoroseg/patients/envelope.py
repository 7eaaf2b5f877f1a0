"""A body around bare bones, for CTs that hold HU inside bone only."""

import numpy as np
from jaxtyping import Bool, Float, Int, Int16, UInt16

MUSCLE_MM = 35.0
FAT_MM = 20.0
BEYOND_MM = 80.0
MIN_GIRTH = 0.85
MUSCLE_HU = 50
FAT_HU = -90


def clothe_bones(
    bone_hu: Int16[np.ndarray, "i j k"],
    labels: UInt16[np.ndarray, "i j k"],
    world_from_index: Float[np.ndarray, "4 4"],
) -> tuple[Int16[np.ndarray, "a b c"], UInt16[np.ndarray, "a b c"], Float[np.ndarray, "4 4"]]:
    """HU, labels and affine of bones inside a plausible body; the grid grows on all sides.

    bone_hu: HU inside bone, -1000 elsewhere. The body is the bones' smoothed outline, slice by slice along
    the axis nearest to head-foot, closed and widened by `MUSCLE_MM` of muscle and `FAT_MM` of fat. It
    changes slowly from slice to slice and goes on for `BEYOND_MM` above and below, so that its cut ends stay
    out of most pictures. Spine and femora are not invented. No voxel gets a label.
    """
    axis = int(np.abs(world_from_index[2, :3]).argmax())
    spacing = np.linalg.norm(world_from_index[:3, :3], axis=0)
    margin = np.ceil((MUSCLE_MM + FAT_MM + 10.0) / spacing).astype(int)
    margin[axis] = np.ceil(BEYOND_MM / spacing[axis])
    pad = [(int(m), int(m)) for m in margin]
    hu = np.pad(bone_hu, pad, constant_values=-1000)
    moved = world_from_index.copy()
    moved[:3, 3] -= world_from_index[:3, :3] @ margin
    slices = np.moveaxis(hu, axis, 0)
    step = [float(s) for n, s in enumerate(spacing) if n != axis]
    radius = _skin_radius_mm(slices > -900, step, float(spacing[axis]))
    distance, before, part = _polar(slices.shape[1:], step, radius.shape[1])
    after = (before + 1) % radius.shape[1]
    for plane, skin in zip(slices, radius, strict=True):
        depth = skin[before] * (1 - part) + skin[after] * part - distance  # below the skin
        soft = plane <= -900
        plane[soft & (depth > 0)] = FAT_HU
        plane[soft & (depth > FAT_MM)] = MUSCLE_HU
    return hu, np.pad(labels, pad), moved


def _skin_radius_mm(
    bone: Bool[np.ndarray, "n r c"], step: list[float], slice_mm: float
) -> Float[np.ndarray, "n d"]:
    """Distance of the skin from the grid's middle, for every slice in each direction."""
    from scipy.ndimage import gaussian_filter1d

    radius = _outline_mm(bone, step)
    radius = gaussian_filter1d(radius, 40.0 / slice_mm, axis=0, mode="nearest")
    radius = gaussian_filter1d(radius, radius.shape[1] / 36, axis=1, mode="wrap")
    return (radius + MUSCLE_MM + FAT_MM).astype(np.float32)


def _polar(
    shape: tuple[int, ...], step: list[float], directions: int
) -> tuple[Float[np.ndarray, "r c"], Int[np.ndarray, "r c"], Float[np.ndarray, "r c"]]:
    """Of every pixel of a slice: distance from the middle, direction before it, share of the next one."""
    y = (np.arange(shape[0])[:, None] - (shape[0] - 1) / 2) * step[0]
    x = (np.arange(shape[1])[None, :] - (shape[1] - 1) / 2) * step[1]
    turn = (np.arctan2(y, x) / (2 * np.pi) % 1) * directions
    before = np.floor(turn).astype(int)
    share = (turn - before).astype(np.float32)
    return np.hypot(x, y).astype(np.float32), before % directions, share


def _outline_mm(
    slices: Bool[np.ndarray, "n r c"], step: list[float], directions: int = 72
) -> Float[np.ndarray, "n d"]:
    """Support-like radius of the bones from the grid's middle in each direction, for every slice.

    The radius towards a direction is that of the convex hull of all bone within a sixth of the
    slices above and below.
    """
    from scipy.ndimage import maximum_filter1d

    angle = np.arange(directions) * 2 * np.pi / directions
    unit = np.stack([np.sin(angle), np.cos(angle)])  # row, column
    centre = (np.array(slices.shape[1:]) - 1) / 2
    support = np.full((len(slices), directions), -np.inf)
    for n, plane in enumerate(slices):
        points = (np.argwhere(plane[::2, ::2]) * 2 - centre) * step  # every other voxel is near enough
        if len(points):
            support[n] = (points @ unit).max(axis=0)
    support = maximum_filter1d(support, 2 * max(1, len(slices) // 6) + 1, axis=0, mode="nearest")
    # A body does not taper as its bones do: nowhere under MIN_GIRTH of the whole; without any bone, a guess.
    filled = np.maximum(support, MIN_GIRTH * np.maximum(support.max(axis=0), 50.0))
    # Hull's radius along direction a: min over b of support(b) / cos(a - b).
    cosine = np.cos(angle[:, None] - angle[None, :])
    usable = cosine > 0.05
    ratio = np.where(usable, np.maximum(filled, 1.0)[:, None, :] / np.where(usable, cosine, 1.0), np.inf)
    return ratio.min(axis=2)
