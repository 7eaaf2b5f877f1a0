"""A patient left for right."""

from dataclasses import replace

import numpy as np

from fluoroseg.patients.patient import Patient

_KEEP_THEIR_NAMES = ("heart", "liver")


def mirrored(patient: Patient) -> Patient:
    """The mirror image, through the sagittal plane of the volume's middle, with sides renamed.

    What lies on the patient's left afterwards is called left. Limbs, pelvis, spine and head stay a plausible
    body. Heart, liver, spleen and stomach change sides: that is situs inversus, true to the picture and rare
    in life (`can_be_mirrored` tells). A name without a counterpart becomes its part_of's (the right middle
    lobe: left lung); chambers of the heart and lobes of the liver keep the names that anatomists keep.
    """
    axis = int(np.abs(patient.world_from_index[0, :3]).argmax())
    structures = {label: _other_side(name) for label, name in patient.structures.items()}
    return replace(
        patient,
        hu=np.ascontiguousarray(np.flip(patient.hu, axis)),
        labels=np.ascontiguousarray(np.flip(patient.labels, axis)),
        structures=structures,
        known=frozenset(_other_side(name) for name in patient.known),
    )


def can_be_mirrored(patient: Patient) -> bool:
    """Whether the mirror image is an ordinary body: of chest and belly it has bone and muscle only."""
    from fluoroseg.anatomy import structures

    sided = {"lung", "organ", "vessel", "air", "soft", "fluid"}
    table = structures()
    inside = [table[n] for n in patient.structures.values() if n in table]
    return not any(s.tissue in sided and s.region in ("thorax", "abdomen") for s in inside)


def _other_side(name: str) -> str:
    from fluoroseg.anatomy import structures

    table = structures()
    thing = table.get(name)
    whole = thing
    while whole is not None:
        if whole.name in _KEEP_THEIR_NAMES:
            return name
        whole = table.get(whole.part_of)
    while thing is not None and thing.side:
        tokens = name.split("_")
        swap = {"left": "right", "right": "left"}
        other = "_".join(swap.get(t, t) for t in tokens)
        if other in table:
            return other
        name, thing = thing.part_of, table.get(thing.part_of)
    return name
