"""All tools of one scene: a list of names, or a procedure with everything that belongs to it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from fluoroseg.errors import UsageError
from fluoroseg.geometry.camera import Camera
from fluoroseg.patients.patient import Patient
from fluoroseg.project.mesh_body import Solid
from fluoroseg.tools.body import Body
from fluoroseg.tools.catalogue import tool
from fluoroseg.tools.placement import place_in, solids_of
from fluoroseg.tools.spot import Placement
from fluoroseg.tools.tool import Tool


@dataclass
class Arrangement:
    """What was placed, in order, and what found no place.

    placed: key -> tool and its place; a second tool of one name gets the key "name (2)".
    missing: names of the tools that this patient or this picture has no place for.
    """

    placed: dict[str, tuple[Tool, Placement]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)

    def add(self, one: Tool, placement: Placement | None) -> bool:
        """Adds a tool; False, and a note, when it has no place."""
        if placement is None:
            self.missing.append(one.name)
            return False
        earlier = sum(other.name == one.name for other, _ in self.placed.values())
        self.placed[f"{one.name} ({earlier + 1})" if earlier else one.name] = (one, placement)
        return True

    @property
    def solids(self) -> list[Solid]:
        """What the projector takes."""
        return [solid for key, (one, at) in self.placed.items() for solid in solids_of(one, key, at)]

    def phrases(self, key: str) -> list[str]:
        """Words for a placed tool, the place among them ("screw in the left tibia")."""
        from fluoroseg.anatomy import title

        one, at = self.placed[key]
        where = [f"{word} in the {title(at.structure)}" for word in one.phrases[:2] if at.structure]
        return [*one.phrases, *where]


def arrange(
    found: Arrangement,
    tools: Sequence[str | Tool],
    patient: Patient,
    camera: Camera,
    rng: np.random.Generator,
) -> None:
    """Adds tools one after another, each by its own kind of site. UsageError for a name that is no tool."""
    if isinstance(tools, str):
        raise UsageError(f"tools are a list of names: tools=[{tools!r}]")
    body = Body(patient, camera)
    for wanted in tools:
        one = tool(wanted) if isinstance(wanted, str) else wanted
        found.add(one, place_in(body, one, rng))
