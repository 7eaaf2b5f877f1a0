"""A patient left for right."""

from dataclasses import replace

import numpy as np

from fluoroseg.anatomy.mirror import mirrored_name
from fluoroseg.patients.patient import Patient


def mirrored(patient: Patient) -> Patient:
    """The mirror image, through the sagittal plane of the volume's middle, with sides renamed.

    What lies on the patient's left afterwards is called left. Limbs, pelvis, spine and head stay a plausible
    body. Heart, liver, spleen and stomach change sides: that is situs inversus, true to the picture and rare
    in life (`fluoroseg.anatomy.mirror.can_be_mirrored` tells).
    """
    axis = int(np.abs(patient.world_from_index[0, :3]).argmax())
    structures = {label: mirrored_name(name) for label, name in patient.structures.items()}
    return replace(
        patient,
        hu=np.ascontiguousarray(np.flip(patient.hu, axis)),
        labels=np.ascontiguousarray(np.flip(patient.labels, axis)),
        structures=structures,
        known=frozenset(mirrored_name(name) for name in patient.known),
    )
