"""Bones of a pelvis that were scanned alone, in the body of a phantom or an atlas -> a stored patient.

python scripts/prepare_pelvis.py PELVIS HOST OUT [SEED]

HOST is a patient (BodyParts3D, say), or `phantom`: then SEED draws sex, height and weight.
"""

import sys

import numpy as np

from fluoroseg.patients.patient import Patient
from fluoroseg.patients.phantom import phantom
from fluoroseg.patients.sources import open_patient
from fluoroseg.patients.store import save_patient
from fluoroseg.patients.transplant import transplant


def drawn_phantom(seed: int) -> Patient:
    """Grown-up, arms down or up, rather heavy: thin ones hold no large pelvis."""
    rng = np.random.default_rng(seed)
    height = float(rng.uniform(155, 190))
    return phantom(
        seed=seed,
        sex=str(rng.choice(["female", "male"])),
        height_cm=height,
        weight_kg=float(rng.uniform(25, 36)) * (height / 100) ** 2,
        arms=str(rng.choice(["down", "up"])),
        legs=str(rng.choice(["together", "apart"])),
    )


if __name__ == "__main__":
    pelvis, where, out = sys.argv[1:4]
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else 0
    host = drawn_phantom(seed) if where == "phantom" else open_patient(where)
    save_patient(transplant(open_patient(pelvis), host), out)
