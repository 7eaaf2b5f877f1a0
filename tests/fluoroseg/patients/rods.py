"""A body of straight rods, whose parts are where one expects them."""

import numpy as np

from fluoroseg.patients.patient import Patient


def rod_man() -> Patient:
    """A man of straight rods at 4 mm: pelvis, five lumbar vertebrae and lungs, two legs of two bones."""
    hu = np.full((100, 50, 220), -1000, np.int16)
    labels = np.zeros(hu.shape, np.uint16)
    names: dict[int, str] = {}

    def block(name: str, x: slice, z: slice, value: int, half: int = 3) -> None:
        names[len(names) + 1] = name
        labels[x, 25 - half : 25 + half, z] = len(names)
        hu[x, 25 - half : 25 + half, z] = value

    hu[22:78, 12:38, 105:195] = 20
    for left, x in ((False, 26), (True, 56)):
        hu[x : x + 18, 14:36, 10:112] = 20
        side = "left" if left else "right"
        block(f"femur_{side}", slice(x + 6, x + 12), slice(62, 112), 700)
        block(f"tibia_{side}", slice(x + 6, x + 12), slice(12, 60), 700)
        block(f"hip_{side}", slice(x + 3, x + 15), slice(112, 122), 600)
        block(f"lung_{side}", slice(28 if not left else 54, 46 if not left else 72), slice(160, 190), -800, 8)
    for n in range(5, 0, -1):
        block(f"vertebrae_L{n}", slice(46, 54), slice(155 - 6 * n, 160 - 6 * n), 400)
    block("liver", slice(30, 44), slice(130, 158), 60, 8)
    block("stomach", slice(56, 70), slice(130, 158), 40, 8)
    block("urinary_bladder", slice(42, 58), slice(112, 120), 5)
    affine = np.diag([4.0, 4.0, 4.0, 1.0])
    return Patient(hu, labels, affine, names, "rods", frozenset({"spleen", "kidney_left"}))


def box_mm(patient: Patient, name: str) -> np.ndarray:
    """Where the voxels of a structure lie, `[n, 3]`."""
    return patient.to_world(np.argwhere(patient.labels == patient.label_of(name)).astype(float))
