"""A patient of the OpenKBP head-and-neck set (`.npz`, see the data's README) -> a stored patient.

python scripts/prepare_openkbp.py test_pt_247.npz OUT
"""

import sys
from pathlib import Path

import numpy as np

from fluoroseg.patients.patient import Patient
from fluoroseg.patients.store import save_patient

NAMES = {
    "Brainstem": "brainstem",
    "SpinalCord": "spinal_cord",
    "Larynx": "larynx",
    "Esophagus": "esophagus",
    "LeftParotid": "parotid_gland_left",
    "RightParotid": "parotid_gland_right",
    "Mandible": "mandible",
}


def read(path: Path) -> Patient:
    """Axis 0 runs backward, axis 1 to the patient's left, axis 2 downward (seen from the organs' places).

    A mask without a voxel was not drawn: that structure stays unknown.
    """
    with np.load(path, allow_pickle=False) as data:
        hu = (data["ct"].astype(np.int32) - 1000).clip(-1000, 3000).astype(np.int16)
        labels, structures = np.zeros(hu.shape, dtype=np.uint16), {}
        for number, (own, name) in enumerate(NAMES.items(), start=1):
            if f"m_{own}" in data:
                mask = np.unpackbits(data[f"m_{own}"])[: hu.size].reshape(hu.shape).astype(bool)
                if mask.any():
                    labels[mask], structures[number] = number, name
        spacing = data["spacing"]
    world_from_index = np.zeros((4, 4))
    world_from_index[1, 0], world_from_index[0, 1], world_from_index[2, 2] = (
        spacing[0],
        spacing[1],
        -spacing[2],
    )
    world_from_index[3, 3] = 1
    _check_sides(labels, structures)
    return Patient(hu, labels, world_from_index, structures, f"openkbp-{path.stem}")


def _check_sides(labels: np.ndarray, structures: dict[int, str]) -> None:
    """Left parotid to the left of the right one, mandible before the cord, brainstem above the rest."""
    centre = {name: np.argwhere(labels == n).mean(axis=0) for n, name in structures.items()}
    pairs = [("parotid_gland_right", "parotid_gland_left", 1), ("mandible", "spinal_cord", 0)]
    pairs += [("brainstem", "esophagus", 2), ("brainstem", "larynx", 2)]
    for first, second, axis in pairs:
        if first in centre and second in centre and centre[first][axis] >= centre[second][axis]:
            raise SystemExit(f"{first} and {second} lie the wrong way round: the axes are not as expected")


if __name__ == "__main__":
    save_patient(read(Path(sys.argv[1])), sys.argv[2])
