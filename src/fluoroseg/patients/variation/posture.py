"""Posture: joints turned, bones rigid, soft tissue carried along by the bones it belongs to."""

from collections.abc import Iterable

import numpy as np
from jaxtyping import Float32, Float64, Int64, UInt8

from fluoroseg.patients.patient import Patient
from fluoroseg.patients.variation.record import Turn
from fluoroseg.patients.variation.skeleton import SPINE, Skeleton, moved, node_positions

AIR = 255
"""Owner of new nodes in open air."""

_JOINT_OF = {
    "upper_arm": "shoulder",
    "forearm": "elbow",
    "hand": "wrist",
    "thigh": "hip",
    "shank": "knee",
    "foot": "ankle",
}
_STRETCHES = {"lumbar": "L", "thoracic": "T", "neck": "C"}


def motions(bones: Skeleton, turns: Iterable[Turn]) -> Float64[np.ndarray, "g 4 4"] | None:
    """How every segment moves (old LPS mm to new, rigid), or None when no joint of this patient is turned."""
    own = {}
    for turn in turns:
        for segment, share in _segments_of(turn.joint, bones):
            own[segment] = _turned(turn, share, bones, segment)
    if not own:
        return None
    moves = np.empty((len(bones.names), 4, 4))
    for segment, parent in enumerate(bones.parent):  # parents come first
        before = moves[parent] if parent >= 0 else np.eye(4)
        moves[segment] = before @ own.get(segment, np.eye(4))
    return moves


def posed(
    patient: Patient, bones: Skeleton, moves: Float64[np.ndarray, "g 4 4"]
) -> Float64[np.ndarray, "n 3"]:
    """Where the nodes of `bones.body` come to lie, in voxels of the patient."""
    old = node_positions(bones.body, bones.owner.shape, bones.step)
    new = _carried(bones.weights, moves, moved(patient.world_from_index, old))
    return moved(np.linalg.inv(patient.world_from_index), new)


def unposed(
    patient: Patient,
    bones: Skeleton,
    moves: Float64[np.ndarray, "g 4 4"],
    there: Float64[np.ndarray, "n 3"],
    low: Float64[np.ndarray, "3"],
    count: tuple[int, ...],
    around_mm: float,
) -> tuple[Int64[np.ndarray, "m"], Float64[np.ndarray, "m 3"], UInt8[np.ndarray, "a b c"]]:
    """The new nodes that matter (flat indices), where they come from (LPS mm), and for all nodes 1 + the
    segment that each belongs to; `AIR` where no tissue comes nearer than `around_mm` and a node.

    Each old node in the body hands its weights to the eight new nodes around its new place `there` (`posed`);
    nodes that none reaches (air) take the nearest one's. With these weights the inverse motions are mixed,
    which is exact where one segment has all the weight: in its bones. A node matters when it is not `AIR` or
    is the corner of a cell that has such a one.
    """
    from scipy.ndimage import distance_transform_edt, maximum_filter

    reached, weights = _handed(bones.weights, (there + low) / bones.step, count)
    unreached, row = np.ones(count, bool), np.zeros(count, np.int64)
    unreached.ravel()[reached] = False
    row.ravel()[reached] = np.arange(len(reached))
    away, nearest = distance_transform_edt(unreached, return_indices=True)
    row = row[tuple(nearest)]
    owner = (weights.argmax(1) + 1).astype(np.uint8)[row]
    owner[away > 1.0 + around_mm / (bones.step * patient.spacing_mm).min()] = AIR
    nodes = np.flatnonzero(maximum_filter(owner != AIR, 3))
    new = moved(patient.world_from_index, node_positions(nodes, count, bones.step) - low)
    return nodes, _carried(weights[row.ravel()[nodes]], np.linalg.inv(moves), new), owner


def _handed(
    weights: Float32[np.ndarray, "n g"], at: Float64[np.ndarray, "n 3"], count: tuple[int, ...]
) -> tuple[Int64[np.ndarray, "r"], Float64[np.ndarray, "r g"]]:
    """The nodes (flat indices) around the places `at` (in nodes), and the weights that these hand to them,
    each the more the nearer."""
    from scipy.sparse import csr_matrix

    first = np.floor(at).astype(int)
    part, size = (1 - (at - first), at - first), np.array(count)
    inside = [((first + n >= 0) & (first + n < size)).T for n in (0, 1)]
    rows, shares = [], []
    for i, j, k in np.ndindex(2, 2, 2):
        there = inside[i][0] & inside[j][1] & inside[k][2]
        shares.append(part[i][:, 0] * part[j][:, 1] * part[k][:, 2] * there)
        node = ((first[:, 0] + i) * size[1] + first[:, 1] + j) * size[2] + first[:, 2] + k
        rows.append(np.where(there, node, 0))
    row, share, column = np.concatenate(rows), np.concatenate(shares), np.tile(np.arange(len(at)), 8)
    total = np.bincount(row, share, int(np.prod(count)))
    reached = np.flatnonzero(total > 1e-3)
    slot = np.full(len(total), -1)
    slot[reached] = np.arange(len(reached))
    kept = slot[row] >= 0
    entries = share[kept] / total[row[kept]], (slot[row[kept]], column[kept])
    return reached, csr_matrix(entries, (len(reached), len(at))) @ weights.astype(np.float64)


def node_count(shape: tuple[int, int, int], step: Float64[np.ndarray, "3"]) -> tuple[int, ...]:
    """How many nodes span a volume along each axis."""
    return tuple(np.maximum(2, np.ceil((np.array(shape) - 1) / step).astype(int) + 1).tolist())


def _carried(
    weights: np.ndarray, moves: Float64[np.ndarray, "g 4 4"], places: Float64[np.ndarray, "n 3"]
) -> Float64[np.ndarray, "n 3"]:
    """Each place moved by the mean of the motions with its weights (linear blend skinning)."""
    motions = np.ascontiguousarray(moves[:, :3].reshape(len(moves), 12).T)
    mixed = np.einsum("ng,dg->nd", weights, motions).reshape(-1, 3, 4)  # not by BLAS: see `moved`
    return np.einsum("nij,nj->ni", mixed[:, :, :3], places) + mixed[:, :, 3]


def _segments_of(joint: str, bones: Skeleton) -> list[tuple[int, float]]:
    """The segments that a joint turns and each one's share of the angle; not those without a parent."""
    if joint in _STRETCHES:
        names = [n for n in SPINE if n.startswith(_STRETCHES[joint]) or (n == "head" and joint == "neck")]
    else:
        kind, side = joint.rsplit("_", 1)
        names = [f"{limb}_{side}" for limb, its in _JOINT_OF.items() if its == kind]
    found = [i for i, n in enumerate(bones.names) if n in names and bones.parent[i] >= 0]
    return [(i, 1 / len(found)) for i in found]


def _turned(turn: Turn, share: float, bones: Skeleton, segment: int) -> Float64[np.ndarray, "4 4"]:
    """A turn about the joint's centre; LPS: x to the left, y to the back, z to the head.

    Forward and outward hold whether the segment hangs from its joint or stands on it (spine, raised arm).
    """
    name, pivot_mm = bones.names[segment], bones.pivot_mm[segment]
    flexion, abduction, twist = np.radians([turn.flexion_deg, turn.abduction_deg, turn.twist_deg]) * share
    outward = -1.0 if name.endswith("_right") else 1.0
    up = 1.0 if bones.points_mm[segment][:, 2].mean() > pivot_mm[2] else -1.0
    forward = -flexion if name.startswith("shank") else flexion
    rotation = _about(2, outward * twist) @ _about(0, up * forward) @ _about(1, up * outward * abduction)
    move = np.eye(4)
    move[:3, :3] = rotation
    move[:3, 3] = pivot_mm - rotation @ pivot_mm
    return move


def _about(axis: int, angle: float) -> Float64[np.ndarray, "3 3"]:
    """Right-handed rotation about one of the world's axes."""
    c, s = np.cos(angle), np.sin(angle)
    matrix = np.eye(3)
    b, d = (axis + 1) % 3, (axis + 2) % 3
    matrix[b, b] = matrix[d, d] = c
    matrix[b, d], matrix[d, b] = -s, s
    return matrix
