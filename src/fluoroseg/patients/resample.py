"""Labels drawn on another grid than the CT, brought onto it."""

import numpy as np
from jaxtyping import Bool, Float, Shaped, UInt16

from fluoroseg.errors import GeometryError

MIN_OVERLAP = 0.5


def same_grid(
    shape_a: tuple[int, ...],
    world_from_a: Float[np.ndarray, "4 4"],
    shape_b: tuple[int, ...],
    world_from_b: Float[np.ndarray, "4 4"],
    tolerance_voxels: float = 0.05,
) -> bool:
    """Same shape, and no corner of the two grids further apart than a part of a voxel."""
    if shape_a != shape_b:
        return False
    corners = np.array([[x, y, z, 1] for x in (0, 1) for y in (0, 1) for z in (0, 1)], float)
    corners[:, :3] *= np.array(shape_a) - 1
    apart_mm = np.abs(corners @ (world_from_a - world_from_b).T).max()
    return bool(apart_mm <= tolerance_voxels * np.linalg.norm(world_from_a[:3, :3], axis=0).min())


def labels_onto_grid(
    labels: UInt16[np.ndarray, "i j k"],
    world_from_labels: Float[np.ndarray, "4 4"],
    shape: tuple[int, int, int],
    world_from_index: Float[np.ndarray, "4 4"],
    what: str = "labels",
) -> UInt16[np.ndarray, "a b c"]:
    """Nearest label at every voxel centre of the grid (`shape`, `world_from_index`); 0 outside `labels`.

    The grids may differ in size, spacing, axis order, direction and rotation: only world positions count.
    Raises GeometryError when less than half of the labelled voxels lie in the grid *and* less than half of
    the grid is covered by the label volume: then they are not of the same scan.
    """
    if same_grid(labels.shape, world_from_labels, shape, world_from_index):
        return labels
    labels_from_index = np.linalg.inv(world_from_labels) @ world_from_index
    out, covered = np.zeros(shape, np.uint16), 0
    for i in range(shape[0]):
        values, inside = _plane(labels, labels_from_index, i, (shape[1], shape[2]))
        out[i] = values
        covered += int(inside.sum())
    _check_overlap(labels, labels_from_index, out, covered, (world_from_labels, world_from_index), what)
    return out


def axis_codes(world_from_index: Float[np.ndarray, "4 4"]) -> str:
    """Where i, j, k run to, as three letters of L/R, P/A, S/I; `"LPS"` for the identity."""
    axes = world_from_index[:3, :3]
    letters = ""
    for column in axes.T:
        axis = int(np.abs(column).argmax())
        letters += ("LR", "PA", "SI")[axis][0 if column[axis] > 0 else 1]
    return letters


def _plane(
    labels: Shaped[np.ndarray, "i j k"],
    labels_from_index: Float[np.ndarray, "4 4"],
    i: int,
    shape: tuple[int, int],
) -> tuple[Shaped[np.ndarray, "b c"], Bool[np.ndarray, "b c"]]:
    """The labels at plane `i` of the new grid, and which of its voxels lie in the label volume."""
    m = labels_from_index
    j, k = np.arange(shape[0])[:, None], np.arange(shape[1])[None, :]
    # Ties go up; the small term keeps rounding noise of the matrix from deciding them.
    nearest = [np.floor(m[a, 0] * i + m[a, 1] * j + m[a, 2] * k + m[a, 3] + 0.500001) for a in range(3)]
    inside = np.ones(shape, bool)
    for a in range(3):
        inside &= (nearest[a] >= 0) & (nearest[a] < labels.shape[a])
    index = tuple(np.where(inside, nearest[a], 0).astype(np.intp) for a in range(3))
    return np.where(inside, labels[index], 0), inside


def _check_overlap(
    labels: UInt16[np.ndarray, "i j k"],
    labels_from_index: Float[np.ndarray, "4 4"],
    out: UInt16[np.ndarray, "a b c"],
    covered: int,
    affines: tuple[Float[np.ndarray, "4 4"], Float[np.ndarray, "4 4"]],
    what: str,
) -> None:
    labelled = int(np.count_nonzero(labels))
    if not labelled:
        return
    voxel_ratio = abs(np.linalg.det(labels_from_index[:3, :3]))  # label voxels per voxel of the grid
    kept = np.count_nonzero(out) * voxel_ratio / labelled
    share = covered / out.size
    if kept < MIN_OVERLAP and share < MIN_OVERLAP:
        ends = [_box_mm(s, a) for s, a in zip((labels.shape, out.shape), affines, strict=True)]
        codes = [axis_codes(a) for a in affines]
        turned = "" if codes[0] == codes[1] else f"; their axes disagree: labels {codes[0]}, CT {codes[1]}"
        raise GeometryError(
            f"{what}: hardly overlap the CT: {min(kept, 1):.0%} of the labelled voxels lie in the CT and "
            f"{share:.0%} of the CT in the label volume (at least one must be {MIN_OVERLAP:.0%}). "
            f"In LPS mm the labels span {ends[0]}, the CT {ends[1]}{turned}"
        )


def _box_mm(shape: tuple[int, ...], world_from_index: Float[np.ndarray, "4 4"]) -> str:
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)]) * (np.array(shape) - 1)
    points = corners @ world_from_index[:3, :3].T + world_from_index[:3, 3]
    return " x ".join(f"{a:.0f}..{b:.0f}" for a, b in zip(points.min(0), points.max(0), strict=True))
