"""Drawing a shape into HU and label volumes, borders by the share of a voxel that is filled."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, UInt16

from fluoroseg.patients.shapes import Axes, Shape, window


@dataclass(frozen=True)
class Part:
    """One shape to draw. `name` "" changes HU only. `shell_hu` fills the outer `shell_mm`."""

    name: str
    shape: Shape
    hu: float
    shell_hu: float | None = None
    shell_mm: float = 0.0


def paint(
    hu: Float[np.ndarray, "i j k"],
    labels: UInt16[np.ndarray, "i j k"],
    axes: Axes,
    part: Part,
    label: int,
    spacing_mm: float,
) -> None:
    """Draws `part` over `hu` by the share of each voxel that it fills; labels what it fills by half."""
    i, j, k = window(part.shape.box, axes)
    block = hu[i, j, k]
    if not block.size:
        return
    distance = part.shape.distance(axes[0][i], axes[1][:, j], axes[2][:, :, k])
    share = np.clip(np.float32(0.5) - distance / np.float32(spacing_mm), 0, 1)
    new = np.float32(part.hu)
    if part.shell_hu is not None:
        core = np.clip(
            np.float32(0.5) - (distance + np.float32(part.shell_mm)) / np.float32(spacing_mm), 0, 1
        )
        new = np.float32(part.shell_hu) + np.float32(part.hu - part.shell_hu) * core
    block += share * (new - block)
    if label:
        labels[i, j, k][share >= 0.5] = label
