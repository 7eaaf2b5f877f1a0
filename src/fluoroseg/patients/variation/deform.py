"""Where every place of the new body comes from: posture, girth and a smooth bend, on coarse nodes.

From the new place backwards: x -> posture undone -> girth undone -> wave, that is the place in the patient.
Bones move as wholes: posture turns each segment rigidly about its joint, and of girth and waves a bone takes
only the affine part (none of the girth), so that long bones stay straight.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Float64, UInt8

from fluoroseg.errors import UsageError
from fluoroseg.patients.patient import Patient
from fluoroseg.patients.variation.posture import AIR, motions, node_count, posed, unposed
from fluoroseg.patients.variation.record import CONTRAST_IN, JOINTS, Variation, Wave
from fluoroseg.patients.variation.skeleton import Skeleton, node_positions, skeleton

GIRTH_DEPTH_MM = 60.0
_WAVE_STEP = 8
_MOST_GROWN = 0.5
MOST_STEEP = 0.8
MOST_GIRTH_MM = 20.0
MOST_TURN_DEG = 60.0


@dataclass(frozen=True, eq=False)
class Field:
    """The new body's grid and, at its nodes, where it comes from.

    shape: of the new volume. low: voxels added before the old volume's first along each axis.
    shift: old voxel index less new, at every `step`-th new voxel. outside_mm: distance to the old skin.
    owner: 0, or 1 + the segment which the new place belongs to; tissue: the same of the old nodes;
    together: which of them may meet (joined segments, and all with 0). What a place would take from any other
    segment is air: an arm that is lifted uncovers air, not a copy of the flank.
    """

    shape: tuple[int, int, int]
    step: Float64[np.ndarray, "3"]
    shift: Float32[np.ndarray, "a b c 3"]
    outside_mm: Float32[np.ndarray, "a b c"]
    owner: UInt8[np.ndarray, "a b c"]
    tissue: UInt8[np.ndarray, "d e f"]
    together: Bool[np.ndarray, "owner tissue"]
    low: Float64[np.ndarray, "3"]


def field(patient: Patient, variation: Variation) -> Field:
    """Where the varied body comes from."""
    bones = skeleton(patient)
    moves = motions(bones, variation.turns)
    low, shape = _grown(patient, bones, moves, variation)
    count = node_count(shape, bones.step)
    nodes = node_positions(count, bones.step)
    place, owner = patient.to_world(nodes - low), np.zeros(count, np.uint8)
    if moves is not None:
        place, owner = unposed(patient, bones, moves, place, low, count, variation.fat_mm)
    place = place + _sample(_bend(patient, bones, variation), bones, _index(patient, place))
    came = _index(patient, place)
    outside = _sample(bones.skin_mm.reshape(-1, 1).astype(np.float64), bones, came)
    together = np.zeros((AIR + 1, len(bones.names) + 1), bool)
    together[:AIR, 0] = True
    together[1 : len(bones.names) + 1, 1:] = bones.together()[: len(bones.names)]
    return Field(
        shape,
        bones.step,
        (came - nodes).reshape(*count, 3).astype(np.float32),
        outside.reshape(count).astype(np.float32),
        owner,
        bones.owner,
        together,
        low,
    )


def check(variation: Variation) -> None:
    """Raises UsageError for what would fold the body, or names what no body has."""
    slope = sum(np.linalg.norm(w.amplitude_mm) * np.linalg.norm(w.radians_per_mm) for w in variation.waves)
    if not slope < 1:
        raise UsageError(f"the waves fold the body: their slopes add up to {slope:.3g}; below 1 is right")
    if not abs(variation.girth_mm) <= MOST_GIRTH_MM:
        raise UsageError(
            f"girth_mm is {variation.girth_mm:g}; expected -{MOST_GIRTH_MM:g} to {MOST_GIRTH_MM:g}"
        )
    if not all(0 < s < 10 for s in variation.scale):
        raise UsageError(f"scale is {variation.scale}; expected three numbers above 0 and below 10")
    for turn in variation.turns:
        if turn.joint not in JOINTS:
            raise UsageError(f"there is no joint {turn.joint!r}; expected one of {', '.join(JOINTS)}")
        if not max(abs(turn.flexion_deg), abs(turn.abduction_deg), abs(turn.twist_deg)) <= MOST_TURN_DEG:
            raise UsageError(f"{turn}: expected angles from -{MOST_TURN_DEG:g} to {MOST_TURN_DEG:g} degrees")
    for contrast in variation.contrasts:
        if contrast.place not in CONTRAST_IN:
            raise UsageError(f"contrast in {contrast.place!r}: expected one of {', '.join(CONTRAST_IN)}")


def steepness(move: Float64[np.ndarray, "a b c 3"], sides: Float64[np.ndarray, "3"]) -> float:
    """Upper bound of the slope (Lipschitz constant) of a displacement interpolated linearly between nodes.

    Within a cell each partial derivative is a mean of the differences along the cell's four edges, so it is
    no longer than the longest of them. Below 1, x + move(x) folds nowhere: its Jacobian is positive
    everywhere and no two places coincide (Banach's fixed-point theorem).
    """
    total = np.zeros(tuple(n - 1 for n in move.shape[:3]))
    for axis in range(3):
        edge = np.linalg.norm(np.diff(move, axis=axis), axis=-1) / sides[axis]
        for other in {0, 1, 2} - {axis}:
            edge = np.maximum(
                np.take(edge, range(edge.shape[other] - 1), other),
                np.take(edge, range(1, edge.shape[other]), other),
            )
        total += edge**2
    return float(np.sqrt(total.max()))


def _bend(patient: Patient, bones: Skeleton, variation: Variation) -> Float64[np.ndarray, "n 3"]:
    """Girth and waves undone: displacement in mm at the old nodes, nowhere steep enough to fold."""
    count = bones.owner.shape
    place = patient.to_world(node_positions(count, bones.step))
    move = np.zeros_like(place)
    if variation.waves:
        move += _waves(patient, variation.waves, place)
        move += _stiffened(patient, bones, variation.waves, place, move)
    if variation.girth_mm:
        move -= variation.girth_mm * _outwards(patient, bones)
    steep = steepness(move.reshape(*count, 3), bones.step * patient.spacing_mm)
    return move * min(1.0, MOST_STEEP / max(steep, 1e-9))


def _waves(
    patient: Patient, waves: Sequence[Wave], place: Float64[np.ndarray, "n 3"]
) -> Float64[np.ndarray, "n 3"]:
    middle = (np.maximum(2, -(-np.array(patient.hu.shape) // _WAVE_STEP) + 1) - 1) / 2 * _WAVE_STEP
    place = place - patient.to_world(middle[None])
    move = np.zeros_like(place)
    for wave in waves:
        move += np.sin(place @ np.array(wave.radians_per_mm) + wave.phase)[:, None] * wave.amplitude_mm
    return move


def _stiffened(
    patient: Patient,
    bones: Skeleton,
    waves: Sequence[Wave],
    place: Float64[np.ndarray, "n 3"],
    move: Float64[np.ndarray, "n 3"],
) -> Float64[np.ndarray, "n 3"]:
    """What to add so that bones take the affine part of the waves only: straight ones stay straight."""
    if not bones.names:
        return np.zeros_like(move)
    fits = []
    for points in bones.points_mm:
        there = points - _waves(patient, waves, points)  # to first order, where these points come to lie
        homogeneous = np.c_[there, np.ones(len(there))]
        fits.append(np.linalg.lstsq(homogeneous, _waves(patient, waves, there), rcond=None)[0].ravel())
    add = np.zeros_like(move)
    own = (bones.weights @ np.array(fits, np.float32)).reshape(-1, 4, 3)
    straight = np.einsum("nj,njk->nk", np.c_[place[bones.body], np.ones(len(bones.body))], own)
    stiff = 1 - bones.soft.ravel()[bones.body, None]
    add[bones.body] = stiff * (straight - move[bones.body])
    return add


def _outwards(patient: Patient, bones: Skeleton) -> Float64[np.ndarray, "n 3"]:
    """Direction away from the body, in mm per mm of girth: 1 at the skin, 0 at bones and deep inside."""
    from scipy.ndimage import gaussian_filter

    skin, sides = bones.skin_mm.astype(np.float64), bones.step * patient.spacing_mm
    depth = np.clip(1 - np.abs(skin) / GIRTH_DEPTH_MM, 0, 1)
    share = depth * depth * (3 - 2 * depth) * bones.soft
    slopes = [gaussian_filter(g * share, 1.0) for g in np.gradient(skin, *sides)]
    unit = patient.world_from_index[:3, :3] / patient.spacing_mm
    return np.stack([s.ravel() for s in slopes], 1) @ unit.T


def _grown(
    patient: Patient, bones: Skeleton, moves: Float64[np.ndarray, "g 4 4"] | None, variation: Variation
) -> tuple[Float64[np.ndarray, "3"], tuple[int, int, int]]:
    """Voxels to add before the first, and the new shape, so that limbs and fat stay in the volume.

    Where the volume cuts the body nothing is added.
    """
    shape = np.array(patient.hu.shape)
    thicker = variation.fat_mm + max(variation.girth_mm, 0.0)
    low, high = np.zeros(3), np.zeros(3)
    if len(bones.body) and (moves is not None or thicker > 0):
        inside = np.argwhere(bones.owner > 0) * bones.step
        there = inside if moves is None else _index(patient, posed(bones, moves, patient.to_world(inside)))
        rim = thicker / patient.spacing_mm
        cut = (inside.min(0) < 1, inside.max(0) >= shape - 1)
        most = np.floor(_MOST_GROWN * shape)
        low = np.where(cut[0], 0, np.clip(np.ceil(rim - there.min(0)), 0, most))
        high = np.where(cut[1], 0, np.clip(np.ceil(there.max(0) + rim - shape + 1), 0, most))
    new = (shape + low + high).astype(int)
    return low, (int(new[0]), int(new[1]), int(new[2]))


def _index(patient: Patient, world: Float64[np.ndarray, "n 3"]) -> Float64[np.ndarray, "n 3"]:
    return (world - patient.world_from_index[:3, 3]) @ np.linalg.inv(patient.world_from_index[:3, :3]).T


def _sample(
    values: Float64[np.ndarray, "n d"], bones: Skeleton, index: Float64[np.ndarray, "m 3"]
) -> Float64[np.ndarray, "m d"]:
    """Values at the old nodes, linearly between them, at voxel indices."""
    from scipy.ndimage import map_coordinates

    at = (index / bones.step).T
    grids = np.moveaxis(values.reshape(*bones.owner.shape, -1), -1, 0)
    return np.stack([map_coordinates(g, at, order=1, mode="nearest") for g in grids], 1)
