"""Where a tool may lie in a patient: each kind of site knows how; what makes no sense is not placed."""

from collections.abc import Callable, Sequence

import numpy as np

from fluoroseg.geometry.camera import Camera
from fluoroseg.patients.patient import Patient
from fluoroseg.project.mesh_body import Solid
from fluoroseg.tools import in_bone, in_hollow, in_joint, in_spine, outside
from fluoroseg.tools.body import Body
from fluoroseg.tools.spot import Placement, Points
from fluoroseg.tools.tool import Tool

Strategy = Callable[[Body, Tool, tuple[str, ...], np.random.Generator], Placement | None]

_STRATEGIES: dict[str, tuple[Strategy, tuple[str, ...]]] = {
    "bone": (in_bone.into_bone, ()),
    "bone axis": (in_bone.along_bone, ("femur", "tibia", "humerus", "radius", "ulna", "fibula")),
    "bone surface": (in_bone.on_bone, ()),
    "pedicle": (in_spine.in_pedicle, ("vertebrae",)),
    "disc": (in_spine.in_disc, ("vertebrae",)),
    "vertebral body": (in_spine.in_body, ("vertebrae",)),
    "joint": (in_joint.in_joint, ()),
    "vessel": (in_hollow.along_vessel, ("aorta", "inferior_vena_cava", "iliac_artery", "iliac_vena")),
    "heart": (in_hollow.in_heart, ()),
    "airway": (in_hollow.in_airway, ()),
    "gut": (in_hollow.in_gut, ()),
    "pleura": (in_hollow.in_pleura, ()),
    "urinary": (in_hollow.in_urinary, ()),
    "skin": (outside.on_skin, ()),
    "skin to target": (outside.to_target, ("abdominal_organs", "vertebrae", "lungs", "hip_bones")),
    "hand": (outside.in_hand, ()),
    "field": (outside.in_field, ()),
    "tooth": (in_joint.at_tooth, ()),
}
"""Site -> how a tool is placed there, and in what when the tool has no target of its own."""

_TRIALS, _CORNERS = 8, 200
"""Draws for a place in the picture; corners of the meshes that are looked at."""

_SEEN, _SEEN_OF_LONG = 0.25, 0.02
"""Least share of the corners that the picture shows; wires, tubes and what is held go far beyond it."""

_AT_THE_NECK = ("dynamic hip screw", "blade plate")
"""Families of plates that hold the head of the femur."""

_SCREWED = ("screw", "anchor")
"""Families whose head sits on the bone: the shaft must fit the bone."""


def place(
    tool: Tool, patient: Patient, camera: Camera, rng: np.random.Generator, target: Sequence[str] = ()
) -> Placement | None:
    """A place for the tool that fits its site and can be seen; None where this picture has none.

    target: canonical names of structures or groups to place it in or at; (): the tool's own, or any.
    """
    return place_in(Body(patient, camera), tool, rng, target)


def place_in(
    body: Body, tool: Tool, rng: np.random.Generator, target: Sequence[str] = ()
) -> Placement | None:
    """`place`, for several tools of one scene: what was found for one serves the next."""
    strategy, usual = _STRATEGIES[tool.site]
    wanted = tuple(target) or tool.target or usual
    if _is_for_the_other_side(tool, wanted):
        return None
    names = wanted if tool.site == "joint" else body.named(wanted)
    if tool.site in ("bone", "bone surface"):
        names = names if wanted else body.bones
        if tool.site == "bone" and any(word in tool.family for word in _SCREWED):
            strategy = in_bone.across_bone
    if tool.family in _AT_THE_NECK:
        strategy = in_joint.at_the_neck
    if tool.family == "spinal rod":
        strategy = in_spine.along_spine
    for _ in range(_TRIALS):
        placement = strategy(body, tool, names, rng)
        if placement is None or _is_seen(body, tool, placement):
            return placement
    return None


def solids_of(tool: Tool, key: str, placement: Placement) -> list[Solid]:
    """What the projector takes of a placed tool: its parts in the world, all under one key."""
    if placement.curve_mm and tool.along is not None:
        parts = tool.along(np.array(placement.curve_mm))
        return [Solid(key, part.mesh, np.eye(4), part.material) for part in parts]
    return tool.solids(key, placement.world_from_tool)


def _is_for_the_other_side(tool: Tool, wanted: Sequence[str]) -> bool:
    """Whether a left implant is wanted on the right, or the other way round."""
    own, asked = (
        {side for side in ("left", "right") if any(t.endswith(side) for t in x)}
        for x in (tool.target, wanted)
    )
    return bool(own and asked and not own & asked)


def _is_seen(body: Body, tool: Tool, placement: Placement) -> bool:
    """Whether a part of the tool worth looking at is in the picture."""
    spot = body.camera.project(_outline_mm(tool, placement)) / np.array(body.camera.shape)
    least = _SEEN_OF_LONG if placement.curve_mm or tool.site == "hand" else _SEEN
    return bool(((spot > 0) & (spot < 1)).all(axis=1).mean() > least)


def _outline_mm(tool: Tool, placement: Placement) -> Points:
    """Places all over the tool: corners of its surface; of one that bends its centre line, LPS mm."""
    if placement.curve_mm and tool.along is not None:
        return np.array(placement.curve_mm)
    pose = placement.world_from_tool
    corners = [part.mesh.vertices_mm[:: 1 + len(part.mesh.vertices_mm) // _CORNERS] for part in tool.parts]
    return np.concatenate(corners) @ pose[:3, :3].T + pose[:3, 3]
