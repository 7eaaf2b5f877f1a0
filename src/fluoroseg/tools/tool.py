"""What every tool is to the rest of the house."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float

from fluoroseg.geometry.camera import Camera


@runtime_checkable
class Shape(Protocol):
    """A closed shape in the tool's frame: tip at the origin, +z the way it points, mm."""

    def path_mm(
        self, camera: Camera, world_from_tool: Float[np.ndarray, "4 4"]
    ) -> Float[np.ndarray, "h w"]: ...


@dataclass(frozen=True)
class Tool:
    """An instrument or implant.

    name: as in the catalogue ("k-wire 2.0 mm").  family: "k-wire".
    material: a metal of `fluoroseg.physics.materials.DENSITY_G_CM3`.
    length_mm: from tip to tail.
    phrases: words that a person could use for it.
    """

    name: str
    family: str
    description: str
    material: str
    length_mm: float
    phrases: tuple[str, ...]
    shape: Shape

    def path_mm(self, camera: Camera, world_from_tool: Float[np.ndarray, "4 4"]) -> Float[np.ndarray, "h w"]:
        """Length of each pixel's ray (source to detector) inside the tool, float32 mm."""
        return self.shape.path_mm(camera, world_from_tool)
