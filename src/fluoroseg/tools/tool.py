"""What every tool is to the rest of the house."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from jaxtyping import Float

from fluoroseg.errors import UsageError
from fluoroseg.project.mesh_body import Mesh, Solid

SITES = {
    "bone axis": "inside a bone along its long axis: nails, stems",
    "bone": "into or across a bone: screws, wires, pins",
    "bone surface": "on a bone: plates, staples",
    "pedicle": "through a vertebra's pedicle",
    "disc": "between two vertebral bodies",
    "vertebral body": "inside a vertebral body",
    "joint": "in place of a joint, named by the tool's target",
    "vessel": "along a vessel's centre line",
    "heart": "in or at the heart",
    "airway": "in the trachea",
    "gut": "in the oesophagus, stomach or bowel",
    "pleura": "between lung and chest wall",
    "urinary": "in ureter or bladder",
    "skin": "on the skin",
    "skin to target": "from the skin to a structure",
    "hand": "held at the edge of the field, the tip towards its middle",
    "field": "on or under the patient, or on the table",
    "tooth": "in or on a tooth",
}
"""How a tool is placed."""


@dataclass(frozen=True, eq=False)
class Part:
    """A piece of one material; the parts of a tool do not overlap.

    mesh: closed, mm in the tool's frame.  material: of `fluoroseg.physics.materials.DENSITY_G_CM3`.
    """

    mesh: Mesh
    material: str


@dataclass(frozen=True)
class Tool:
    """An instrument or implant.

    name: as in the catalogue, unique ("k-wire 2.0 mm").  family: "k-wire".
    description: one sentence: what it is, material, dimensions.
    length_mm: its largest extent along an axis of its own frame.
    phrases: words that a person could use for it, generic ones first.
    site: how it is placed, one of `SITES`.
    build: makes the parts, called once, when they are first asked for. Frame: the tip at the origin, +z the
        way it points; an implant without a tip says in its family's `frame` where its origin is.
    along: of flexible tools only: the parts along a smooth curve, points `[n, 3]` in mm, the tip first.
    target: structures or joints it belongs to; () for any.
    Raises UsageError for a site that is none.
    """

    name: str
    family: str
    description: str
    length_mm: float
    phrases: tuple[str, ...]
    site: str
    build: Callable[[], tuple[Part, ...]] = field(repr=False, compare=False)
    along: Callable[[Float[np.ndarray, "n 3"]], tuple[Part, ...]] | None = field(
        default=None, repr=False, compare=False
    )
    target: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.site not in SITES:
            raise UsageError(f"{self.name}: no site {self.site!r}; there are {', '.join(SITES)}")

    @property
    def id(self) -> str:
        """The name as a file can be called: "k-wire-2.0-mm"."""
        return re.sub(r"[^a-z0-9.]+", "-", self.name.lower()).strip("-")

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """Its disjoint pieces in its own frame, straight where it is flexible."""
        return self.build()

    def solids(self, key: str, world_from_tool: Float[np.ndarray, "4 4"]) -> list[Solid]:
        """What the projector takes: the parts in the world, all under one key."""
        return [Solid(key, part.mesh, world_from_tool, part.material) for part in self.parts]
