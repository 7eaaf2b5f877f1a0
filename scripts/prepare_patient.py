"""Open a patient once (rules, atlas), bring it to cubic voxels, store it: generation then starts at once.

python scripts/prepare_patient.py PATIENT OUT [SPACING_MM]
"""

import sys

import numpy as np
from scipy import ndimage

from fluoroseg.patients.patient import Patient
from fluoroseg.patients.sources import open_patient
from fluoroseg.patients.store import save_patient


def cubic(patient: Patient, spacing_mm: float) -> Patient:
    """The same patient with voxels of `spacing_mm`: HU linear (smoothed first), labels nearest."""
    factor = spacing_mm / patient.spacing_mm
    shape = tuple(int(n) for n in np.ceil(np.array(patient.hu.shape) / factor))
    smooth = ndimage.gaussian_filter(patient.hu.astype(np.float32), np.maximum(factor - 1, 0) * 0.5)
    hu = ndimage.affine_transform(smooth, factor, output_shape=shape, order=1, mode="nearest")
    labels = ndimage.affine_transform(patient.labels, factor, output_shape=shape, order=0, mode="nearest")
    affine = patient.world_from_index.copy()
    affine[:3, :3] *= factor
    return Patient(
        np.round(hu).astype(np.int16), labels, affine, patient.structures, patient.name, patient.known
    )


if __name__ == "__main__":
    spacing = float(sys.argv[3]) if len(sys.argv) > 3 else 1.5
    save_patient(cubic(open_patient(sys.argv[1]), spacing), sys.argv[2])
