"""What every tool is to the rest of the house."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from fluoroseg.project.mesh import Mesh


@dataclass(frozen=True)
class Tool:
    """An instrument or implant.

    name: as in the catalogue ("k-wire 2.0 mm").  family: "k-wire".
    material: a metal of `fluoroseg.physics.materials.DENSITY_G_CM3`.
    length_mm: from tip to tail.
    phrases: words that a person could use for it.
    build: makes the mesh; called once, when `mesh` is first asked for.
    """

    name: str
    family: str
    description: str
    material: str
    length_mm: float
    phrases: tuple[str, ...]
    build: Callable[[], Mesh] = field(repr=False, compare=False)

    @cached_property
    def mesh(self) -> Mesh:
        """Its closed surface, mm: the tip at the origin, +z the way it points."""
        return self.build()
