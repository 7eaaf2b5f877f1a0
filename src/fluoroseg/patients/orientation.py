"""Does what the labels say lie where it must lie in a body, and on voxels that look like it?

A wrong flip in a header changes no size and no number, and everything after it is silently wrong. Two
independent checks tell most of them:

- within the labels: left-named structures lie to the left of their right-named twins, liver and spleen on
  their sides, the spine behind, the vertebrae in their order;
- labels against the CT: bone on bright voxels, lung and airways on dark ones, the rest between. When another
  order or direction of the label volume's axes fits plainly better, that one is probably right.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from jaxtyping import Float, Int16, UInt16

from fluoroseg.errors import GeometryError
from fluoroseg.patients.orientation_fit import Turn, better_orientation

PLAIN_MM = 10.0
"""Centres nearer than this tell no order."""

_MOST_VOXELS = 8_000_000
_RIGHT_LEFT = [("liver", "spleen"), ("liver", "stomach"), ("gallbladder", "spleen"), ("liver", "heart")]
_IN_FRONT = [
    "sternum", "heart", "liver", "stomach", "urinary_bladder", "mandible", "trachea", "small_bowel",
    "costal_cartilages", "hip_left", "hip_right",
]  # fmt: skip
_LIMBS = ("upper_arm", "forearm", "hand", "knee", "shank", "foot")  # they may be crossed
_LEVELS = [*(f"C{n}" for n in range(1, 8)), *(f"T{n}" for n in range(1, 13)), *(f"L{n}" for n in range(1, 6))]
_RANKS = {f"vertebrae_{level}": float(n) for n, level in enumerate(_LEVELS)} | {
    "brain": -4, "skull": -4, "mandible": 0, "trachea": 9, "heart": 14, "liver": 19, "spleen": 19,
    "stomach": 19, "kidney_left": 20, "kidney_right": 20, "sacrum": 25, "hip_left": 26, "hip_right": 26,
    "urinary_bladder": 28, "prostate": 29, "lung_upper_lobe_left": 11, "lung_upper_lobe_right": 11,
    "lung_lower_lobe_left": 15, "lung_lower_lobe_right": 15, "lung_left": 13, "lung_right": 13,
}  # fmt: skip  # about how many vertebrae below the first


@dataclass(frozen=True)
class Votes:
    """Pairs of structures along a world axis: how many in the right order, and in words those reversed."""

    right: int
    reversed: tuple[str, ...]

    @property
    def against(self) -> bool:
        return len(self.reversed) > self.right


def check_orientation(
    hu: Int16[np.ndarray, "i j k"],
    labels: UInt16[np.ndarray, "i j k"],
    world_from_index: Float[np.ndarray, "4 4"],
    structures: dict[int, str],
    what: str = "labels",
) -> None:
    """Raises GeometryError when the labels are probably mirrored, upside down or back to front.

    hu, labels: on one grid. structures: label -> canonical name. what: for the message.
    """
    better = better_orientation(hu, labels, structures)
    if better:
        raise GeometryError(
            f"{what}: the labels seem {_in_world(better, world_from_index)} relative to the CT: turned back, "
            f"{better.share_turned:.0%} of them lie on voxels that look like them, as they are "
            f"{better.share:.0%}. {_ADVICE}"
        )
    found = implausible(centres_mm(labels, world_from_index, structures))
    if found:
        raise GeometryError(f"{what}: {found}. {_ADVICE}")


_ADVICE = (
    "Correct the header (or the array) of the wrong one; if it is really so, for instance situs inversus, "
    "open it with trust_orientation=True"
)


def centres_mm(
    labels: UInt16[np.ndarray, "i j k"],
    world_from_index: Float[np.ndarray, "4 4"],
    structures: dict[int, str],
) -> dict[str, Float[np.ndarray, "3"]]:
    """The centre of every labelled structure in LPS mm; of large volumes, every other voxel or so counts."""
    step = int(np.ceil((labels.size / _MOST_VOXELS) ** (1 / 3)))
    index = np.nonzero(labels[::step, ::step, ::step])
    at = labels[::step, ::step, ::step][index]
    count = np.bincount(at, minlength=1)
    sums = np.stack([np.bincount(at, axis, minlength=1) for axis in index], axis=1) * step
    return {
        name: sums[label] / count[label] @ world_from_index[:3, :3].T + world_from_index[:3, 3]
        for label, name in structures.items()
        if label < len(count) and count[label]
    }


def implausible(centres: dict[str, Float[np.ndarray, "3"]]) -> str:
    """What cannot be in a body whose structures have these centres (LPS mm); "" when nothing."""
    named = _vote(_named_sides(centres), centres, 0, "to the right of")
    organs = _vote(((a, b) for a, b in _RIGHT_LEFT), centres, 0, "to the right of")
    found = []
    if named.against and organs.right > len(organs.reversed):
        found.append(f"the names left and right are exchanged: {_told(named)}")
    elif named.against:
        found.append(f"the body is mirrored left-right: {_told(named)}")
    elif organs.against:
        found.append(f"organs lie on the wrong side: {_told(organs)}")
    depth = _vote(((front, "spine") for front in _IN_FRONT), _with_spine(centres), 1, "in front of")
    if depth.against:
        found.append(f"the body is turned front to back: {_told(depth)}")
    height = _vote(_above_below(centres), centres, 2, "above")
    if height.against:
        found.append(f"the body is upside down: {_told(height)}")
    return "; ".join(found)


def _named_sides(centres: dict[str, Float[np.ndarray, "3"]]) -> Iterator[tuple[str, str]]:
    """(right, left) twins of head, neck and trunk."""
    from fluoroseg.anatomy import structures
    from fluoroseg.anatomy.mirror import twins

    for left, right in twins(centres):
        if structures()[left].region not in _LIMBS:
            yield right, left


def _above_below(centres: dict[str, Float[np.ndarray, "3"]]) -> Iterator[tuple[str, str]]:
    """(lower, upper), vertebrae by their numbers, other things when they are far apart."""
    ranked = sorted((rank, name) for name, rank in _RANKS.items() if name in centres)
    for (high, upper), (low, lower) in combinations(ranked, 2):
        if low - high >= (1 if upper.startswith("vert") and lower.startswith("vert") else 5):
            yield lower, upper


def _with_spine(centres: dict[str, Float[np.ndarray, "3"]]) -> dict[str, Float[np.ndarray, "3"]]:
    spine = [at for name, at in centres.items() if name.startswith("vertebrae_") or name == "sacrum"]
    return centres | {"spine": np.mean(spine, axis=0)} if spine else centres


def _vote(
    pairs: Iterator[tuple[str, str]], centres: dict[str, Float[np.ndarray, "3"]], axis: int, wrong: str
) -> Votes:
    """Of pairs (smaller, larger coordinate): how many are so, and which are plainly the other way round."""
    right, told = 0, []
    for small, large in pairs:
        if small in centres and large in centres:
            apart_mm = float(centres[large][axis] - centres[small][axis])
            right += apart_mm > PLAIN_MM
            if apart_mm < -PLAIN_MM:
                # the sentence names what should be left, behind or below first
                told.append(f"{large} lies {-apart_mm:.0f} mm {wrong} {small}")
    return Votes(right, tuple(told))


def _told(votes: Votes) -> str:
    return ", ".join(votes.reversed[:3])


def _in_world(turn: Turn, world_from_index: Float[np.ndarray, "4 4"]) -> str:
    """What the labels seem to be, in words: mirrored left-right, ..."""
    if turn.order != (0, 1, 2):
        return f"stored with their axes in another order ({', '.join('ijk'[o] for o in turn.order)})"
    words = ("mirrored left-right", "turned front to back", "turned upside down")
    world = [int(np.abs(world_from_index[:3, a]).argmax()) for a in range(3)]
    return " and ".join(words[world[a]] for a in range(3) if turn.flips[a])
