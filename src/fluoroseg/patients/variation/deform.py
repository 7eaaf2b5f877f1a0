"""Where every place of the new body comes from: posture, girth and a smooth bend, on coarse nodes.

From the new place backwards: x -> posture undone -> girth undone -> wave, that is the place in the patient.
Bones move as wholes: posture turns each segment rigidly about its joint, and of girth and waves a bone takes
only the affine part (none of the girth), so that long bones stay straight.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32, Float64, UInt8

from fluoroseg.errors import UsageError
from fluoroseg.patients.patient import Patient
from fluoroseg.patients.variation.posture import AIR, motions, node_count, posed, unposed
from fluoroseg.patients.variation.record import CONTRAST_IN, JOINTS, Variation, Wave
from fluoroseg.patients.variation.skeleton import Skeleton, moved, node_positions, skeleton

_WAVE_STEP = 8
_MOST_GROWN = 0.5
MOST_STEEP = 0.8
MOST_GIRTH_MM = 20.0
MOST_TURN_DEG = 60.0


@dataclass(frozen=True, eq=False)
class Field:
    """The new body's grid and, at its nodes, where it comes from.

    shape: of the new volume. low: voxels added before the old volume's first along each axis.
    shift: old voxel index less new, at every `step`-th new voxel (0 where all around is `AIR`).
    outside_mm: distance to the old skin.
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
    there = None if moves is None else posed(patient, bones, moves)
    low, shape = _grown(patient, bones, there, variation)
    count = node_count(shape, bones.step)
    if moves is None or there is None:
        nodes, owner = np.arange(np.prod(count)), np.zeros(count, np.uint8)
        place = moved(patient.world_from_index, node_positions(nodes, count, bones.step) - low)
    else:
        nodes, place, owner = unposed(patient, bones, moves, there, low, count, variation.fat_mm)
    index_from_world = np.linalg.inv(patient.world_from_index)
    place = place + _sample(_bend(patient, bones, variation), bones, moved(index_from_world, place))
    came = moved(index_from_world, place)
    shift, outside = np.zeros((*count, 3), np.float32), np.full(count, 1e6, np.float32)
    shift.reshape(-1, 3)[nodes] = came - node_positions(nodes, count, bones.step)
    outside.ravel()[nodes] = _sample(bones.skin_mm[..., None], bones, came)[:, 0]
    together = np.zeros((AIR + 1, len(bones.names) + 1), bool)
    together[:AIR, 0] = True
    together[1 : len(bones.names) + 1, 1:] = bones.together()[: len(bones.names)]
    return Field(shape, bones.step, shift, outside, owner, bones.owner, together, low)


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
        difference = np.diff(move, axis=axis) / sides[axis]
        edge = np.einsum("abcd,abcd->abc", difference, difference)
        for other in {0, 1, 2} - {axis}:
            edge = np.moveaxis(edge, other, 0)
            edge = np.moveaxis(np.maximum(edge[1:], edge[:-1]), 0, other)
        total += edge
    return float(np.sqrt(total.max()))


def _bend(patient: Patient, bones: Skeleton, variation: Variation) -> Float64[np.ndarray, "a b c 3"]:
    """Girth and waves undone: displacement in mm at the old nodes, nowhere steep enough to fold."""
    count = bones.owner.shape
    move = np.zeros((*count, 3))
    if variation.waves:
        move += waves_at_nodes(patient, variation.waves, count, bones.step)
        move.reshape(-1, 3)[bones.body] += _stiffened(patient, bones, variation.waves, move)
    if variation.girth_mm:
        move -= np.float32(variation.girth_mm) * bones.outwards
    steep = steepness(move, bones.step * patient.spacing_mm)
    return move * min(1.0, MOST_STEEP / max(steep, 1e-9))


def waves_at_nodes(
    patient: Patient, waves: Sequence[Wave], count: tuple[int, ...], step: Float64[np.ndarray, "3"]
) -> Float64[np.ndarray, "a b c 3"]:
    """`waves_at` all nodes: sin(u + v + w) as products of exponentials, one axis each."""
    number = np.array([w.radians_per_mm for w in waves]) @ patient.world_from_index[:3, :3] * step
    origin = (patient.world_from_index[:3, 3] - _middle(patient)) @ np.array(
        [w.radians_per_mm for w in waves]
    ).T
    a, b, c = (np.exp(1j * number[:, [d]] * np.arange(count[d])) for d in range(3))
    a = a * np.exp(1j * (origin + [w.phase for w in waves]))[:, None]
    plane = (a[:, :, None] * b[:, None, :]).reshape(len(waves), -1)
    line = (c[:, :, None] * np.array([w.amplitude_mm for w in waves])[:, None, :]).reshape(len(waves), -1)
    total = np.einsum("wn,wm->nm", plane.real, line.imag) + np.einsum("wn,wm->nm", plane.imag, line.real)
    return total.reshape(*count, 3)


def waves_at(
    patient: Patient, waves: Sequence[Wave], place: Float64[np.ndarray, "n 3"]
) -> Float64[np.ndarray, "n 3"]:
    """Displacement by waves, LPS mm, at places."""
    place = place - _middle(patient)
    move = np.zeros_like(place)
    for wave in waves:
        along = np.einsum("nd,d->n", place, np.array(wave.radians_per_mm))
        move += np.sin(along + wave.phase)[:, None] * wave.amplitude_mm
    return move


def _middle(patient: Patient) -> Float64[np.ndarray, "3"]:
    """Where the waves' phases are counted from."""
    middle = (np.maximum(2, -(-np.array(patient.hu.shape) // _WAVE_STEP) + 1) - 1) / 2 * _WAVE_STEP
    return moved(patient.world_from_index, middle[None])[0]


def _stiffened(
    patient: Patient, bones: Skeleton, waves: Sequence[Wave], move: Float64[np.ndarray, "a b c 3"]
) -> Float64[np.ndarray, "n 3"]:
    """What to add in the body so that bones take the affine part of the waves only: straight ones stay so."""
    if not bones.names:
        return np.zeros((len(bones.body), 3))
    fits = []
    for points in bones.points_mm:
        there = points - waves_at(patient, waves, points)  # to first order, where these points come to lie
        fits.append(_affine_part(there, waves_at(patient, waves, there)).T.ravel())
    own = np.einsum("ng,dg->nd", bones.weights, np.array(fits, np.float32).T.copy()).reshape(-1, 3, 4)
    place = moved(patient.world_from_index, node_positions(bones.body, bones.owner.shape, bones.step))
    straight = np.einsum("nkj,nj->nk", own[..., :3], place) + own[..., 3]
    stiff = 1 - bones.soft.ravel()[bones.body, None]
    return stiff * (straight - move.reshape(-1, 3)[bones.body])


def _affine_part(
    place: Float64[np.ndarray, "n 3"], move: Float64[np.ndarray, "n 3"]
) -> Float64[np.ndarray, "4 3"]:
    """The affine map nearest to `move`: three rows that `place` is multiplied by, one that is added."""
    middle, mean = place.mean(0), move.mean(0)
    apart = place - middle
    square, mixed = (np.einsum("ni,nj->ij", apart, other) for other in (apart, move - mean))
    linear = np.linalg.pinv(square, hermitian=True) @ mixed
    return np.vstack([linear, mean - middle @ linear])


def _grown(
    patient: Patient, bones: Skeleton, there: Float64[np.ndarray, "n 3"] | None, variation: Variation
) -> tuple[Float64[np.ndarray, "3"], tuple[int, int, int]]:
    """Voxels to add before the first, and the new shape, so that limbs and fat stay in the volume.

    there: where the body's nodes come to lie, None for where they were.
    Where the volume cuts the body nothing is added.
    """
    shape = np.array(patient.hu.shape)
    thicker = variation.fat_mm + max(variation.girth_mm, 0.0)
    low, high = np.zeros(3), np.zeros(3)
    if len(bones.body) and (there is not None or thicker > 0):
        inside = node_positions(bones.body, bones.owner.shape, bones.step)
        there = inside if there is None else there
        rim = thicker / patient.spacing_mm
        cut = (inside.min(0) < 1, inside.max(0) >= shape - 1)
        most = np.floor(_MOST_GROWN * shape)
        low = np.where(cut[0], 0, np.clip(np.ceil(rim - there.min(0)), 0, most))
        high = np.where(cut[1], 0, np.clip(np.ceil(there.max(0) + rim - shape + 1), 0, most))
    new = (shape + low + high).astype(int)
    return low, (int(new[0]), int(new[1]), int(new[2]))


def _sample(
    values: Float[np.ndarray, "a b c d"], bones: Skeleton, index: Float64[np.ndarray, "m 3"]
) -> Float64[np.ndarray, "m d"]:
    """Values at the old nodes, linearly between them, at voxel indices."""
    from scipy.ndimage import map_coordinates

    at = (index / bones.step).T
    grids = np.moveaxis(values, -1, 0)
    return np.stack([map_coordinates(g, at, np.float64, order=1, mode="nearest") for g in grids], 1)
