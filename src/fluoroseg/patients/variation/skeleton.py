"""Which bones move together, where their joints are, and which soft tissue goes with them.

Everything here depends on the patient alone and is found once a patient, on a grid of coarse nodes.
"""

import re
import weakref
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64, UInt8

from fluoroseg.geometry.points import structure_points
from fluoroseg.patients.patient import Patient
from fluoroseg.patients.variation.tissue import open_air, outwards, owners, skin_mm, weights_of

NODE_MM = 8.0
MOST_NODES = 150_000
SPINE = (
    "pelvis",
    *(f"L{n}" for n in range(5, 0, -1)),
    *(f"T{n}" for n in range(12, 0, -1)),
    *(f"C{n}" for n in range(7, 0, -1)),
    "head",
)
"""From below upwards; each moves on the one before."""

_LIMBS = {"upper_arm": "T4", "forearm": "upper_arm", "hand": "forearm"} | {
    "thigh": "pelvis",
    "shank": "thigh",
    "foot": "shank",
}
_JOINT_MM = 45.0  # bones farther apart than this have no joint
_SOFT_MM = 40.0
_LEAST_POINTS, _MOST_POINTS = 20, 2000
_REACH = 2  # vertebrae


@dataclass(frozen=True, eq=False)
class Skeleton:
    """Segments of bones, and nodes at every `step` voxels.

    names: of the segments; parent: index of the one each moves on, -1 for none. pivot_mm: centre of the
    joint with the parent, LPS. points_mm: sample points of each segment's bones, LPS.
    owner: 0 in open air, else 1 + the segment that the node's tissue belongs to; without bones all 0.
    body: flat indices of the nodes in the body; weights: how much each of these goes with each segment.
    soft: 0 at bones to 1 at 40 mm from them. skin_mm: distance to the skin, negative inside. outwards: how
    far each node moves, LPS mm, per mm of girth.
    """

    step: Float64[np.ndarray, "3"]
    names: tuple[str, ...]
    parent: tuple[int, ...]
    pivot_mm: Float64[np.ndarray, "g 3"]
    points_mm: tuple[Float64[np.ndarray, "_ 3"], ...]
    owner: UInt8[np.ndarray, "a b c"]
    body: Int64[np.ndarray, "n"]
    weights: Float32[np.ndarray, "n g"]
    soft: Float32[np.ndarray, "a b c"]
    skin_mm: Float32[np.ndarray, "a b c"]
    outwards: Float32[np.ndarray, "a b c 3"]

    def together(self) -> Bool[np.ndarray, "g g"]:
        """Which segments may share tissue."""
        return _together(self.names, self.parent)


def skeleton(patient: Patient) -> Skeleton:
    """The patient's skeleton; found once and kept as long as the patient lives."""
    key = id(patient)
    found = _CACHE.get(key)
    if found is None:
        found = _CACHE[key] = _find(patient)
        weakref.finalize(patient, _CACHE.pop, key, None)
    return found


_CACHE: dict[int, Skeleton] = {}


def segment_of(name: str) -> str:
    """The segment that a structure's bone belongs to, "" for what is no bone or of no certain place."""
    from fluoroseg.anatomy import structures

    thing = structures().get(name)
    if thing is None or thing.tissue not in ("bone", "cartilage", "tooth"):
        return ""
    region = "shank" if thing.region == "knee" else thing.region
    if region in _LIMBS:
        return f"{region}_{thing.side}" if thing.side else ""
    if region in ("head", "pelvis"):
        return region
    level = re.match(r"(?:vertebrae|disc)_([CTL]\d+)", name)
    if level:
        return level[1]
    rib = re.match(r"rib_(?:left|right)_(\d+)$", name)
    if rib:
        return f"T{rib[1]}"
    if name.startswith(("clavicula", "scapula", "sternum", "manubrium", "costal_cartilage")):
        return "T4"
    return ""


def node_positions(
    nodes: Int64[np.ndarray, "n"], count: tuple[int, ...], step: Float64[np.ndarray, "3"]
) -> Float64[np.ndarray, "n 3"]:
    """Voxel indices of nodes, which are given as indices into a flattened `[a, b, c]`."""
    return np.stack(np.unravel_index(nodes, count), axis=1) * step


def moved(
    affine: Float64[np.ndarray, "r 4"], places: Float64[np.ndarray, "n 3"]
) -> Float64[np.ndarray, "n 3"]:
    """Places under an affine map. Not by BLAS: its sums depend on the number of its threads."""
    return np.einsum("nj,ij->ni", places, affine[:3, :3]) + affine[:3, 3]


def _find(patient: Patient) -> Skeleton:
    from scipy.ndimage import distance_transform_edt

    spacing, shape = patient.spacing_mm, np.array(patient.hu.shape)
    node_mm = max(NODE_MM, float(np.cbrt(shape.prod() * spacing.prod() / MOST_NODES)))
    step = np.maximum(1.0, node_mm / spacing)
    count = tuple(np.maximum(2, np.ceil((shape - 1) / step).astype(int) + 1).tolist())
    points = _segments(patient)
    names = tuple(points)
    outer = open_air(patient, count, step)
    sides = step * spacing
    bone = [_cells(patient, p, count, step) for p in points.values()]
    distance = np.stack([distance_transform_edt(~b, sampling=sides) for b in bone] or [np.full(count, 1e6)])
    soft = np.clip(distance.min(0) / _SOFT_MM, 0, 1)
    parent, pivot = _joints(points)
    owner = owners(bone, outer)
    body = np.flatnonzero(owner)
    weights = weights_of(
        distance.reshape(len(distance), -1)[:, body], owner.ravel()[body], _together(names, parent)
    )
    skin = skin_mm(outer, sides)
    kept = tuple(p[:: -(-len(p) // _MOST_POINTS)] for p in points.values())
    soft = (soft * soft * (3 - 2 * soft)).astype(np.float32)
    out = outwards(skin, soft, sides, patient.world_from_index[:3, :3] / spacing)
    return Skeleton(step, names, parent, pivot, kept, owner, body, weights[:, : len(names)], soft, skin, out)


def _segments(patient: Patient) -> dict[str, Float64[np.ndarray, "_ 3"]]:
    """Segment -> points of its bones, from the pelvis upwards and then the limbs outwards."""
    parts: dict[str, list[np.ndarray]] = {}
    for name, points in structure_points(patient).items():
        parts.setdefault(segment_of(name), []).append(points.world_mm)
    limbs = [f"{limb}_{side}" for limb in _LIMBS for side in ("left", "right")]
    together = {s: np.concatenate(parts[s]) for s in (*SPINE, *limbs) if s in parts}
    return {segment: points for segment, points in together.items() if len(points) >= _LEAST_POINTS}


def _joints(
    points: dict[str, Float64[np.ndarray, "_ 3"]],
) -> tuple[tuple[int, ...], Float64[np.ndarray, "g 3"]]:
    """For each segment the one it moves on and the middle of where the two bones are nearest."""
    from scipy.spatial import cKDTree

    names, parent, pivot = list(points), [], np.zeros((len(points), 3))
    for child, name in enumerate(names):
        above = _moves_on(name, names)
        if above >= 0:
            gap = np.asarray(cKDTree(points[names[above]]).query(points[name])[0])
            if gap.min() > _JOINT_MM:
                above = -1
            pivot[child] = points[name][gap < gap.min() + 10].mean(0)
        parent.append(above)
    return tuple(parent), pivot


def _moves_on(name: str, names: list[str]) -> int:
    """Index of the next segment towards the pelvis that the patient has, -1 for none."""
    if name in SPINE:
        below = [s for s in SPINE[: SPINE.index(name)] if s in names]
        return names.index(below[-1]) if below else -1
    limb, side = name.rsplit("_", 1)
    above = _LIMBS[limb]
    if above == "T4":
        return names.index("T4") if "T4" in names else -1
    above = above if above == "pelvis" else f"{above}_{side}"
    return names.index(above) if above in names else -1


def _cells(
    patient: Patient,
    points: Float64[np.ndarray, "n 3"],
    count: tuple[int, ...],
    step: Float64[np.ndarray, "3"],
) -> Bool[np.ndarray, "a b c"]:
    """The corners of every cell of nodes that holds a point: between them the bone moves rigidly."""
    index_from_world = np.linalg.inv(patient.world_from_index)
    index = (points @ index_from_world[:3, :3].T + index_from_world[:3, 3]) / step
    low = np.clip(np.floor(index).astype(int), 0, np.array(count) - 2)
    mask = np.zeros(count, bool)
    for corner in np.ndindex(2, 2, 2):
        mask[tuple((low + corner).T)] = True
    return mask


def _together(names: Sequence[str], parent: Sequence[int]) -> Bool[np.ndarray, "g g"]:
    """The whole trunk; a limb with what it moves on; its root also with the trunk just above and below."""
    shared = np.eye(max(len(names), 1), dtype=bool)
    trunk = [i for i, name in enumerate(names) if name in SPINE]
    shared[np.ix_(trunk, trunk)] = True
    for child, above in enumerate(parent):
        near = [above] if above not in trunk else [i for i in trunk if abs(i - above) <= _REACH]
        if above >= 0:
            shared[child, near] = shared[near, child] = True
    return shared
