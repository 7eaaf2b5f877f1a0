"""What is drawn, and drawing it into HU and label volumes, borders by the share of a voxel that is filled."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Float32, UInt16

from fluoroseg.patients.phantom.compounds import MIRROR, Moved
from fluoroseg.patients.phantom.shapes import Grid, Shape, Tube

CORTEX_HU, MARROW_HU, SPONGIOSA_HU = 1100.0, 120.0, 250.0
FAT_HU, MUSCLE_HU, BLOOD_HU, WATER_HU = -95.0, 55.0, 45.0, 8.0
AIR_HU, LUNG_HU, CARTILAGE_HU = -1000.0, -830.0, 110.0


SKIN = "skin"


@dataclass(frozen=True)
class Part:
    """One shape to draw, in the model's millimetres.

    name: a structure, or "" to change HU only. shell_hu fills the outer `shell_mm`. core_name: what lies
    within the shell, when it is another structure. region: which part of the body it moves with (a key of
    `Build.frames`). right: drawn as the mirror image. over: the only structure that is drawn over; "": all.
    """

    name: str
    shape: Shape
    hu: float
    shell_hu: float | None = None
    shell_mm: float = 0.0
    core_name: str = ""
    region: str = "trunk"
    right: bool = False
    over: str = ""

    def placed(self, frames: dict[str, Float[np.ndarray, "4 4"]]) -> Shape:
        """The shape in the world; the right side's is the mirror image of the left's."""
        frame = frames[self.region]
        return Moved(self.shape, MIRROR @ frame if self.right else frame)


def bone(
    name: str, shape: Shape, shell_mm: float = 2.0, hu: float = SPONGIOSA_HU, shell_hu: float = CORTEX_HU
) -> Part:
    """Spongy bone or marrow inside a compact shell."""
    return Part(name, shape, hu, shell_hu, shell_mm)


def long_bone(
    name: str, whole: Shape, shaft: Tube, cortex_mm: tuple[float, ...], marrow_hu: float
) -> list[Part]:
    """A bone with ends of spongiosa under a thin shell and a shaft of compact bone about its marrow.

    cortex_mm: how thick the compact bone is at each point of the shaft.
    """
    outer = np.array(np.broadcast_to(shaft.radii, len(shaft.points)), float)
    inner = outer - cortex_mm
    outer[[0, -1]] = inner[[0, -1]] = outer[[0, -1]] - 2.0  # runs out within the ends, without a lid
    compact, marrow = (replace(shaft, radii=tuple(map(float, radii))) for radii in (outer, inner))
    return [
        bone(name, whole, 1.5, 200.0, 700.0),
        Part(name, compact, CORTEX_HU + 200.0),
        Part(name, marrow, marrow_hu),
    ]


def both_sides(parts: Iterable[Part]) -> list[Part]:
    """Left parts and their right mirror images; `{}` in a name becomes the side."""
    found = []
    for part in parts:
        for side in ("left", "right"):
            found.append(replace(part, name=part.name.replace("{}", side), right=side == "right"))
    return found


def within(region: str, parts: Iterable[Part]) -> list[Part]:
    """The parts, said to move with a region."""
    return [replace(part, region=region) for part in parts]


def paint(
    hu: Float32[np.ndarray, "i j k"],
    labels: UInt16[np.ndarray, "i j k"],
    grid: Grid,
    part: Part,
    shape: Shape,
    ids: dict[str, int],
) -> None:
    """Draws `part`, lying at `shape` in the world, over `hu`; labels what it fills by half.

    hu and labels are the block that `grid` describes.
    """
    from fluoroseg.patients.phantom import _kernels

    inner, where = grid.within(shape.box)
    if 0 in inner.shape:
        return
    spacing_mm = np.float32(abs(np.linalg.det(grid.step)) ** (1 / 3))
    outer_hu = part.hu if part.shell_hu is None else part.shell_hu
    label, core = ids.get(part.name, 0), ids.get(part.core_name or part.name, 0)
    over, skin = ids.get(part.over, 0), 0 if part.name == SKIN else ids.get(SKIN, 0)
    numbers = (np.float32(v) for v in (part.hu, outer_hu, part.shell_mm))
    _kernels.paint(
        hu[where],
        labels[where],
        shape.distance(inner),
        spacing_mm,
        *numbers,
        label,
        core,
        over,
        skin,
    )
