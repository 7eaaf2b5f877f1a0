"""Bringing one volume onto another with SimpleITK, the one place that imports it (extra `label`).

Everything runs in one thread and samples every voxel, so that the same input gives the same result on the
same machine and build of SimpleITK.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Float32, Shaped

from fluoroseg.errors import UsageError

AFFINE_STEPS = 80
AFFINE_STEP_MM = 2.0
AFFINE_LEVELS = ((4, 12.0), (2, 8.0))
"""Every n-th voxel along each axis, and the Gaussian in mm before it, of each level of the affine one."""
DEMONS = ((4, 60), (2, 50), (1, 20))
"""Shrink factor and iterations of each level of the deformable registration."""


@dataclass(frozen=True)
class Grid:
    """Isotropic voxels along the LPS axes: centre of voxel (0, 0, 0) in mm, number of voxels, edge in mm."""

    low_mm: tuple[float, float, float]
    shape: tuple[int, int, int]
    step_mm: float

    @property
    def world_from_index(self) -> Float[np.ndarray, "4 4"]:
        """4x4, voxel centre index -> LPS mm."""
        out = np.diag([self.step_mm] * 3 + [1.0])
        out[:3, 3] = self.low_mm
        return out

    def finer(self, times: int) -> "Grid":
        """The same box with each voxel parted `times` times along each axis."""
        step = self.step_mm / times
        low = tuple(v - 0.5 * self.step_mm + 0.5 * step for v in self.low_mm)
        return Grid((low[0], low[1], low[2]), tuple(n * times for n in self.shape), step)  # type: ignore[arg-type]


def grid_over(shape: tuple[int, ...], world_from_index: Float[np.ndarray, "4 4"], step_mm: float) -> Grid:
    """The smallest grid of that step that covers a volume, voxels' edges included."""
    ends = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)]) * np.array(shape) - 0.5
    corners = ends @ world_from_index[:3, :3].T + world_from_index[:3, 3]
    low, size = corners.min(0), np.ptp(corners, axis=0)
    count = np.maximum(np.ceil(size / step_mm - 1e-6), 2).astype(int)
    first = low + 0.5 * (size - (count - 1) * step_mm)
    return Grid(tuple(first.tolist()), tuple(count.tolist()), step_mm)


def toolkit() -> Any:
    """The SimpleITK module. Raises UsageError when it is not installed."""
    try:
        import SimpleITK
    except ImportError as error:
        raise UsageError(
            "registration needs SimpleITK, which is not installed: pip install 'fluorosam[label]'"
        ) from error
    return SimpleITK


def on_grid(
    volume: Shaped[np.ndarray, "i j k"],
    world_from_index: Float[np.ndarray, "4 4"],
    grid: Grid,
    outside: float = 0.0,
    transform: Any = None,
    nearest: bool = False,
) -> Shaped[np.ndarray, "a b c"]:
    """A volume's values at a grid's voxel centres, linear or nearest; `outside` beyond the volume.

    transform: SimpleITK transform, the grid's world -> the volume's world; None = they are the same.
    """
    sitk = toolkit()
    if transform is None:
        transform = sitk.Transform()
    how = sitk.sitkNearestNeighbor if nearest else sitk.sitkLinear
    return _array(sitk.Resample(_image(volume, world_from_index), _reference(grid), transform, how, outside))


def scaled(scale: Float[np.ndarray, "3"], shift_mm: Float[np.ndarray, "3"]) -> Any:
    """The transform `x -> scale * x + shift_mm`."""
    out = toolkit().AffineTransform(3)
    out.SetMatrix(np.diag(scale).ravel().tolist())
    out.SetTranslation([float(v) for v in shift_mm])
    return out


def affine(
    fixed: Float32[np.ndarray, "a b c"],
    fixed_grid: Grid,
    moving: Float32[np.ndarray, "d e f"],
    moving_grid: Grid,
    start: Any,
) -> Any:
    """The affine transform, fixed world -> moving world, near `start` with the least squared difference."""
    sitk = toolkit()
    centre = np.array(fixed_grid.low_mm) + 0.5 * fixed_grid.step_mm * np.array(fixed_grid.shape)
    out = sitk.AffineTransform(3)
    out.SetCenter(centre.tolist())
    out.SetMatrix(start.GetMatrix())
    out.SetTranslation((np.array(start.TransformPoint(centre.tolist())) - centre).tolist())
    method = sitk.ImageRegistrationMethod()
    method.SetNumberOfThreads(1)
    method.SetMetricAsMeanSquares()
    method.SetInterpolator(sitk.sitkLinear)
    method.SetOptimizerAsRegularStepGradientDescent(AFFINE_STEP_MM, 0.02, AFFINE_STEPS, 0.6)
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetShrinkFactorsPerLevel([shrink for shrink, _ in AFFINE_LEVELS])
    method.SetSmoothingSigmasPerLevel([sigma_mm for _, sigma_mm in AFFINE_LEVELS])
    method.SmoothingSigmasAreSpecifiedInPhysicalUnitsOn()
    method.SetInitialTransform(out, inPlace=True)
    try:
        method.Execute(
            _image(fixed, fixed_grid.world_from_index), _image(moving, moving_grid.world_from_index)
        )
    except RuntimeError:  # the volumes came apart: the start is as good as it gets
        return start
    return out


def deform(
    fixed: Float32[np.ndarray, "a b c"],
    fixed_grid: Grid,
    moving: Float32[np.ndarray, "d e f"],
    moving_grid: Grid,
    start: Any,
    smooth_voxels: float,
) -> tuple[Any, Float[np.ndarray, "a b c 3"]]:
    """`start` followed by a smooth displacement (demons), and that displacement in mm on the fixed grid.

    smooth_voxels: standard deviation of the Gaussian that smooths the displacement after every step.
    """
    sitk = toolkit()
    still = _image(fixed, fixed_grid.world_from_index)
    moved = sitk.Resample(_image(moving, moving_grid.world_from_index), still, start, sitk.sitkLinear, 0.0)
    field = None
    for shrink, iterations in DEMONS:
        if min(fixed_grid.shape) < 4 * shrink:
            continue
        sigma = 0.7 * shrink * fixed_grid.step_mm
        one = sitk.Shrink(sitk.SmoothingRecursiveGaussian(still, sigma), [shrink] * 3)
        two = sitk.Resample(sitk.SmoothingRecursiveGaussian(moved, sigma), one)
        demons = sitk.FastSymmetricForcesDemonsRegistrationFilter()
        demons.SetNumberOfThreads(1)
        demons.SetNumberOfIterations(iterations)
        demons.SetStandardDeviations(smooth_voxels)
        demons.SetSmoothDisplacementField(True)
        field = (
            demons.Execute(one, two) if field is None else demons.Execute(one, two, sitk.Resample(field, one))
        )
    if field is None:
        return start, np.zeros((*fixed_grid.shape, 3))
    field = sitk.Cast(sitk.Resample(field, still), sitk.sitkVectorFloat64)
    shift = sitk.GetArrayFromImage(field).transpose(2, 1, 0, 3)
    return sitk.CompositeTransform([start, sitk.DisplacementFieldTransform(field)]), shift


def _image(volume: Shaped[np.ndarray, "i j k"], world_from_index: Float[np.ndarray, "4 4"]) -> Any:
    sitk = toolkit()
    out = sitk.GetImageFromArray(np.ascontiguousarray(volume.transpose(2, 1, 0)))
    spacing = np.linalg.norm(world_from_index[:3, :3], axis=0)
    out.SetSpacing(spacing.tolist())
    out.SetOrigin(world_from_index[:3, 3].tolist())
    out.SetDirection((world_from_index[:3, :3] / spacing).ravel().tolist())
    return out


def _reference(grid: Grid) -> Any:
    out = toolkit().Image([int(n) for n in grid.shape], toolkit().sitkUInt8)
    out.SetSpacing([grid.step_mm] * 3)
    out.SetOrigin(list(grid.low_mm))
    return out


def _array(image: Any) -> Shaped[np.ndarray, "i j k"]:
    return np.ascontiguousarray(toolkit().GetArrayFromImage(image).transpose(2, 1, 0))
