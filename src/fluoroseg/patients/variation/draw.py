"""Drawing a variation by chance."""

import numpy as np

from fluoroseg.anatomy.mirror import can_be_mirrored
from fluoroseg.patients.patient import Patient
from fluoroseg.patients.variation.record import (
    JOINTS,
    Contrast,
    Gas,
    Opacity,
    Pneumothorax,
    Turn,
    Variation,
    Wave,
    three,
)

_SPREAD_DEG = {
    "lumbar": (8, 6, 5),
    "thoracic": (6, 5, 4),
    "neck": (12, 8, 12),
    "shoulder": (10, 8, 10),
    "elbow": (12, 4, 10),
    "wrist": (10, 8, 4),
    "hip": (8, 5, 12),
    "knee": (12, 1, 2),
    "ankle": (10, 3, 4),
}
"""Standard deviations of flexion, abduction and twist; twice as much is the most that is drawn."""

_MOST_SLOPE = 0.5


def sample_variation(rng: np.random.Generator, patient: Patient | None = None) -> Variation:
    """Draw a plausible adult: size +-12 %, bends of a few mm over 250 mm and more, posture, habitus, density,
    and now and then gas, contrast medium, an effusion, a consolidation or a pneumothorax.

    patient: whom it is for; half of those that can be (`can_be_mirrored`) are mirrored.
    """
    size = rng.normal(1.0, 0.05)
    fat_mm = float(rng.uniform(3, 25)) if rng.random() < 0.4 else 0.0
    osteoporosis = rng.random() < 0.15
    mirror = patient is not None and can_be_mirrored(patient.structures.values())
    return Variation(
        scale=three(np.clip(size * rng.normal(1.0, [0.05, 0.06, 0.04]), 0.82, 1.2)),
        waves=_waves(rng),
        fat_mm=fat_mm,
        soft_factor=float(rng.uniform(0.97, 1.04)),
        lung_factor=float(rng.uniform(0.6, 1.7)),
        bone_gain=float(rng.uniform(0.45, 0.7) if osteoporosis else rng.uniform(0.7, 1.3)),
        texture_hu=float(rng.uniform(0, 20)),
        texture_seed=int(rng.integers(2**31)),
        opacities=_opacities(rng),
        mirrored=mirror and bool(rng.random() < 0.5),
        turns=_turns(rng),
        girth_mm=float(np.clip(rng.normal(0, 4), -10, 10)),
        density_sd=float(rng.uniform(0, 0.08)),
        density_seed=int(rng.integers(2**31)),
        pneumothoraces=(
            (Pneumothorax(str(rng.choice(["left", "right"])), float(rng.uniform(0.6, 0.93))),)
            if rng.random() < 0.05
            else ()
        ),
        gas=_gas(rng),
        contrasts=_contrasts(rng),
    )


def _waves(rng: np.random.Generator) -> tuple[Wave, ...]:
    """Six sines whose slopes add up to `_MOST_SLOPE` at most, so that nothing folds."""
    drawn = []
    for _ in range(6):
        direction = rng.normal(size=3)
        direction *= 2 * np.pi / rng.uniform(250, 600) / np.linalg.norm(direction)
        drawn.append((rng.normal(0, 2.5, 3), direction, float(rng.uniform(0, 2 * np.pi))))
    slope = sum(np.linalg.norm(amplitude) * np.linalg.norm(k) for amplitude, k, _ in drawn)
    gentle = min(1.0, _MOST_SLOPE / slope)
    return tuple(Wave(three(amplitude * gentle), three(k), phase) for amplitude, k, phase in drawn)


def _turns(rng: np.random.Generator) -> tuple[Turn, ...]:
    turns = []
    for joint in JOINTS:
        spread = np.array(_SPREAD_DEG[joint.rsplit("_", 1)[0]])
        angles = np.clip(rng.normal(0, spread), -2 * spread, 2 * spread)
        if joint.startswith(("knee", "elbow")):
            angles[0] = abs(angles[0])  # they bend one way only
        if joint.startswith(("shoulder", "hip")):
            angles[1] = abs(angles[1])  # outwards only: inwards is the trunk, or the other leg
        turns.append(Turn(joint, *three(np.round(angles, 2))))
    return tuple(turns)


def _opacities(rng: np.random.Generator) -> tuple[Opacity, ...]:
    if rng.random() >= 0.25:
        return ()
    effusion = rng.random() < 0.4
    return (
        Opacity(
            side=str(rng.choice(["left", "right"])),
            place=three(rng.uniform(0.2, 0.8, 3)),
            radius_mm=0.0 if effusion else float(rng.uniform(10, 45)),
            filled=float(rng.uniform(0.05, 0.3)) if effusion else 0.0,
        ),
    )


def _gas(rng: np.random.Generator) -> tuple[Gas, ...]:
    """Small bubbles nearly always, large ones at times."""
    small = Gas(int(rng.integers(0, 25)), float(rng.uniform(4, 12)), int(rng.integers(2**31)))
    large = Gas(int(rng.integers(1, 6)), float(rng.uniform(15, 35)), int(rng.integers(2**31)))
    return (small, large) if rng.random() < 0.3 else (small,)


def _contrasts(rng: np.random.Generator) -> tuple[Contrast, ...]:
    """Iodine in vessels (after injection) or bladder, barium or iodine in the gut."""
    strongest = {"vessels": (0.1, 400.0), "urinary": (0.12, 1200.0), "gut": (0.06, 900.0)}
    given = [(place, most) for place, (share, most) in strongest.items() if rng.random() < share]
    return tuple(Contrast(place, float(rng.uniform(0.2, 1.0) * most)) for place, most in given)
