"""The points of a structure, of a group, or of one end of a long bone, wherever the limb points."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from fluoroseg.geometry.points import StructurePoints

END_MM = 60.0


@dataclass(frozen=True)
class Part:
    """A structure (or all that an anatomical group stands for), or one end of it.

    end: "" all of it; "top" / "bottom" the points within `end_mm` of its end towards the trunk (of a
        limb's bone) or the head (of others), and the opposite one; they count only when it is in the volume.
    """

    name: str
    end: str = ""
    end_mm: float = END_MM


def points_of(points: dict[str, StructurePoints], part: Part) -> list[Float[np.ndarray, "n 3"]]:
    """World mm of the part, a list for each structure that makes it up; empty when it is not there."""
    return [here for here, _ in whole_or_cut(points, part)]


def whole_or_cut(
    points: dict[str, StructurePoints], part: Part
) -> list[tuple[Float[np.ndarray, "n 3"], bool]]:
    """World mm of the part, for each structure that makes it up, and whether the volume's end cuts it."""
    found = []
    for name in named(points, part.name):
        here = points[name]
        if not part.end:
            found.append((here.world_mm, here.cut))
            continue
        height = here.world_mm @ _upwards(points, name) * (-1 if part.end == "bottom" else 1)
        depth = height.max() - height
        if not here.at_end[depth < 10].any():  # else cut before its end
            inside = depth <= part.end_mm
            found.append((here.world_mm[inside], bool(here.at_end[inside].any())))
    return found


def named(points: dict[str, StructurePoints], name: str) -> list[str]:
    """The patient's structures that a structure or group name stands for."""
    if name in points:
        return [name]
    from fluoroseg.anatomy import members

    return sorted(members(name) & set(points))


_NEIGHBOURS = {
    "humerus": (("scapula", "clavicula"), ("ulna", "radius")),
    "ulna": (("humerus",), ("carpal", "metacarpal")),
    "radius": (("humerus",), ("carpal", "metacarpal")),
    "femur": (("hip",), ("patella", "tibia")),
    "tibia": (("femur", "patella"), ("tarsal", "metatarsal")),
    "fibula": (("femur", "patella"), ("tarsal", "metatarsal")),
}
"""Bone -> what its upper end meets, and its lower one."""


def _upwards(points: dict[str, StructurePoints], name: str) -> Float[np.ndarray, "3"]:
    """Unit vector: a long bone's own axis, towards the neighbour at its upper end; of others headwards."""
    bone, _, side = name.rpartition("_")
    head = np.array([0.0, 0.0, 1.0])
    world_mm = points[name].world_mm
    if bone not in _NEIGHBOURS or len(world_mm) < 3:
        return head
    axis = np.linalg.eigh(np.cov(world_mm.T))[1][:, -1]
    along = world_mm @ axis
    low, high = np.quantile(along, [0.05, 0.95])
    tips = world_mm[along >= high].mean(axis=0), world_mm[along <= low].mean(axis=0)
    for neighbours, sign in zip(_NEIGHBOURS[bone], (1.0, -1.0), strict=True):
        near = [points[n].world_mm for other in neighbours for n in named(points, f"{other}_{side}")]
        if near:
            there = np.concatenate(near)
            first, second = (float(np.linalg.norm(there - tip, axis=1).min()) for tip in tips)
            return axis * (sign if first < second else -sign)
    return axis if axis @ head >= 0 else -axis
