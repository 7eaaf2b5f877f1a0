"""The body's rigid segments and their frames: how a patient's head, trunk, pelvis or hand is turned.

A segment's own axes are those of a body in the anatomical position: x to the left, y to the back, z to the
head (palms to the front). `landmarks.csv` has where its structures are in the built-in phantom and how each
is spread, on these axes; the frame of a patient's segment is the rotation that brings that model onto the
patient's structures. `scripts/make_landmarks.py` writes the table, and says what the axes are.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from jaxtyping import Float

from fluoroseg.geometry.alignment import align
from fluoroseg.geometry.parts import Part, whole_or_cut
from fluoroseg.geometry.pelvic_plane import upright
from fluoroseg.geometry.points import once_a_patient, structure_points
from fluoroseg.patients.patient import Patient

FEW = 12
STRAIGHT_DEG = 15.0
"""Fewer whole structures than FEW tell the trunk's axes only roughly: up to so far off the table's axes, by
which patients are laid, those are taken."""
CUT_WEIGHT = 0.03
"""Of a structure that the volume's end cuts: its centre is not where the model's is."""


@dataclass(frozen=True)
class Landmark:
    part: Part
    weight: float = 1.0


def frame_of(patient: Patient, segment: str) -> Float[np.ndarray, "3 3"]:
    """Rotation, `world = R @ segment`, for a name of `segments()`.

    Where the patient has no whole structure of it: the trunk's; of the trunk the world's.
    """
    frames = _frames(patient)
    if segment not in frames:
        expected = np.eye(3) if segment == "trunk" else frame_of(patient, "trunk")
        frames[segment] = _find(patient, segment, expected)
    return frames[segment]


def moments(
    points_mm: list[Float[np.ndarray, "_ 3"]],
) -> tuple[Float[np.ndarray, "3"], Float[np.ndarray, "3 3"]]:
    """Centre and covariance of all points together."""
    together = np.concatenate(points_mm)
    centre = together.mean(axis=0)
    return centre, (together - centre).T @ (together - centre) / len(together)


@cache
def segments() -> dict[str, tuple[Landmark, ...]]:
    """Segment -> its landmarks."""
    found = {"trunk": _trunk(), "head": _head(), "neck": _neck(), "pelvis": _pelvis()}
    for side in ("left", "right"):
        found |= {f"{side} {name}": marks for name, marks in _arm(side).items()}
        found |= {f"{side} {name}": marks for name, marks in _leg(side).items()}
    return found


@once_a_patient
def _frames(patient: Patient) -> dict[str, Float[np.ndarray, "3 3"]]:
    return {}


def _find(patient: Patient, segment: str, expected: Float[np.ndarray, "3 3"]) -> Float[np.ndarray, "3 3"]:
    points, rows, whole = structure_points(patient), [], 0
    for mark in segments()[segment]:
        found = whole_or_cut(points, mark.part)
        if not found or (segment, mark.part) not in _model():
            continue
        cut = any(is_cut for _, is_cut in found)
        whole += not cut and mark.weight == 1.0
        centre, spread = moments([here for here, _ in found])
        weight, shape = (CUT_WEIGHT * mark.weight, 0.0) if cut else (mark.weight, 1.0)
        rows.append((centre, shape * spread, *_model()[segment, mark.part], weight))
    if not rows or not (whole or segment == "trunk"):
        return expected
    centres, spreads, model_centres, model_spreads, weights = map(np.array, zip(*rows, strict=True))
    frame = align(centres, spreads, model_centres, model_spreads, weights, expected)
    if segment == "trunk":
        straight = np.trace(frame) > 1 + 2 * np.cos(np.radians(STRAIGHT_DEG))
        return expected if whole < FEW and straight else frame
    if segment != "pelvis":
        return frame
    hips = [points[name] for name in ("hip_left", "hip_right") if name in points]
    if len(hips) < 2 or any(hip.cut for hip in hips):
        return expected
    return upright(np.concatenate([hip.world_mm for hip in hips]), frame)


@cache
def _model() -> dict[tuple[str, Part], tuple[Float[np.ndarray, "3"], Float[np.ndarray, "3 3"]]]:
    """(segment, part) -> centre and covariance in the phantom, on the segment's axes."""
    found = {}
    with Path(__file__).with_name("landmarks.csv").open(encoding="utf-8", newline="") as text:
        for row in csv.DictReader(text):
            centre = np.array([float(row[k]) for k in ("x", "y", "z")])
            xx, yy, zz, xy, xz, yz = (float(row[k]) for k in ("xx", "yy", "zz", "xy", "xz", "yz"))
            spread = np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])
            found[row["segment"], Part(row["structure"], row["end"])] = centre, spread
    return found


def _marks(names: Iterable[str], weight: float = 1.0) -> tuple[Landmark, ...]:
    """`name` or `name:end`."""
    split = (name.partition(":") for name in names)
    return tuple(Landmark(Part(name, end), weight) for name, _, end in split)


def _spine(level: str, first: int, last: int) -> tuple[Landmark, ...]:
    return _marks(f"vertebrae_{level}{n}" for n in range(first, last + 1))


def _trunk() -> tuple[Landmark, ...]:
    ribs = _marks(f"rib_{side}_{n}" for side in ("left", "right") for n in range(1, 13))
    paired = [f"{name}_{side}" for name in ("lung", "kidney", "hip") for side in ("left", "right")]
    organs = ("heart", "liver", "spleen", "stomach", "sternum", "sacrum", *paired)
    return (*_spine("T", 1, 12), *_spine("L", 1, 5), *ribs, *_marks(organs))


def _head() -> tuple[Landmark, ...]:
    names = ("skull", "brain", "mandible", "teeth_upper", "teeth_lower", "eye_left", "eye_right")
    return (*_marks(names), *_marks(["vertebrae_C1"], 0.3))


def _neck() -> tuple[Landmark, ...]:
    paired = [f"{n}_{s}" for n in ("sternocleidomastoid", "common_carotid_artery") for s in ("left", "right")]
    front = ("hyoid", "thyroid_cartilage", "larynx", "thyroid_gland")
    return (*_spine("C", 1, 7), *_spine("T", 1, 2), *_marks(front), *_marks(paired, 0.3))


def _pelvis() -> tuple[Landmark, ...]:
    return (
        *_marks(("hip_left", "hip_right", "sacrum", "coccyx")),
        *_marks(("vertebrae_L5", "femur_left:top", "femur_right:top"), 0.3),
    )


def _arm(side: str) -> dict[str, tuple[Landmark, ...]]:
    def sided(*names: str, weight: float = 1.0) -> tuple[Landmark, ...]:
        return _marks((name.replace("*", side) for name in names), weight)

    fingers = [f"{bone}_{n}_*" for bone in ("metacarpal", "phalanx_proximal_hand") for n in range(1, 6)]
    return {
        "scapula": (*sided("scapula_*"), *sided("clavicula_*", "humerus_*:top", weight=0.2)),
        # Which way an elbow bends tells the front of the arm, whatever the angle.
        "humerus": (
            *sided("humerus_*", "humerus_*:top", "humerus_*:bottom"),
            *sided("ulna_*", weight=0.05),
        ),
        "forearm": sided(
            *(f"{bone}_*{end}" for bone in ("ulna", "radius") for end in ("", ":top", ":bottom"))
        ),
        "hand": (
            *sided("carpal_*", "metacarpal_*", *fingers[:5]),
            *sided("phalanges_hand_*", *fingers[5:], weight=0.2),
        ),
    }


def _leg(side: str) -> dict[str, tuple[Landmark, ...]]:
    def sided(*names: str, weight: float = 1.0) -> tuple[Landmark, ...]:
        return _marks((name.replace("*", side) for name in names), weight)

    bones = ("talus", "calcaneus", "navicular", "cuboid", *(f"metatarsal_{n}" for n in range(1, 6)))
    both = [f"{bone}_*{end}" for bone in ("tibia", "fibula") for end in ("", ":top", ":bottom")]
    return {
        "femur": (
            *sided("femur_*", "femur_*:top", "femur_*:bottom", "patella_*"),
            *sided("hip_*", "tibia_*:top", weight=0.2),
        ),
        "knee": sided("femur_*:bottom", "tibia_*:top", "fibula_*:top", "patella_*"),
        "shank": (*sided(*both), *sided("patella_*", "talus_*", weight=0.5)),
        "ankle": sided("tibia_*:bottom", "fibula_*:bottom", "talus_*", "calcaneus_*"),
        "foot": sided("tarsal_*", "metatarsal_*", "phalanges_feet_*", *(f"{bone}_*" for bone in bones)),
    }
