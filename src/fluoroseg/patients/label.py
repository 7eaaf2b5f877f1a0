"""Labels for a CT that has none: `label`, and `write_labelled` for what it found."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from fluoroseg.errors import FluorosegError, UsageError
from fluoroseg.patients.label_merge import FILLING, Judged, judged, with_names
from fluoroseg.patients.patient import Patient
from fluoroseg.patients.sources import open_patient

WAYS = ("auto", "totalsegmentator", "atlas", "rules")


@dataclass(frozen=True)
class Labelled:
    """A labelled CT, and how every structure was found, the ones that were left unknown included."""

    patient: Patient
    way: str
    atlases: tuple[str, ...]
    report: tuple[Judged, ...]


def label(ct: str | Path, by: str = "auto", atlases: Sequence[Patient] = ()) -> Labelled:
    """Label a CT (NIfTI file, DICOM series; in a folder `ct.nii.gz`; labels that it may have are not read).

    by: `"totalsegmentator"` (a program that the user installs), `"atlas"` (rules, and names carried over
        from labelled bodies by registration; needs SimpleITK), `"rules"`, or `"auto"`: the first of these
        that is installed.
    atlases: labelled patients for `"atlas"`; none = two built-in phantoms, a woman and a man.

    Only trusted structures are in the patient's labels and its `known`. Raises UsageError, ReadError,
    GeometryError.
    """
    if by not in WAYS:
        raise UsageError(f"cannot label by {by!r}; ways are {', '.join(WAYS)}")
    if atlases and by not in ("auto", "atlas"):
        raise UsageError(f"an atlas is not used when labelling by {by}")
    for atlas in atlases:
        if all(name.startswith(FILLING) for name in atlas.structures.values()):
            raise UsageError(f"atlas {atlas.name}: has no labels of single bones or organs to carry over")
    path = _ct_file(Path(ct))
    way = _best_way(bool(atlases)) if by == "auto" else by
    if way == "totalsegmentator":
        from fluoroseg.patients.totalsegmentator import label_with_totalsegmentator

        patient = label_with_totalsegmentator(path)
        return Labelled(patient, way, (), tuple(_plain(patient, way)))
    if way == "atlas":
        from fluoroseg.patients.registration import toolkit

        toolkit()  # told before the CT is read
    patient = open_patient(path)
    if way == "rules":
        return Labelled(patient, way, (), tuple(_plain(patient, way)))
    return _by_atlas(patient, atlases or _phantoms())


def write_labelled(found: Labelled, out: str | Path) -> None:
    """Write a new folder that `open_patient` reads, with `report.json` and `sheet.png` in it.

    Raises UsageError when the folder exists or cannot be written.
    """
    from fluoroseg.patients.show import sheet
    from fluoroseg.patients.store import save_patient

    folder = Path(out)
    save_patient(found.patient, folder)
    report = {
        "name": found.patient.name,
        "by": found.way,
        "atlases": list(found.atlases),
        "structures": [asdict(one) for one in found.report],
    }
    try:
        (folder / "report.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
        sheet(found.patient).save(folder / "sheet.png", optimize=True)
    except OSError as error:
        raise UsageError(f"{folder}: cannot be written: {error.strerror}") from error


def _by_atlas(patient: Patient, atlases: Sequence[Patient]) -> Labelled:
    from fluoroseg.patients.label_atlas import carry_over

    carried = carry_over(patient.hu, patient.world_from_index, atlases)
    verdicts = judged(carried)
    done = with_names(patient, carried, {one.name for one in verdicts if one.trusted})
    by_rules = [one for one in _plain(done, "rules") if one.name in patient.known]
    names = tuple(atlas.name for atlas in atlases)
    return Labelled(done, "atlas", names, (*by_rules, *verdicts))


def _plain(patient: Patient, method: str) -> list[Judged]:
    ml = float(np.prod(patient.spacing_mm)) / 1000
    voxels = np.bincount(patient.labels.ravel(), minlength=1 << 16)
    return [
        Judged(name, method, True, None, None, round(float(voxels[label]) * ml, 2))
        for label, name in sorted(patient.structures.items())
        if voxels[label]
    ]


def _best_way(with_atlas: bool) -> str:
    from fluoroseg.patients.registration import toolkit
    from fluoroseg.patients.totalsegmentator import is_installed

    if is_installed() and not with_atlas:
        return "totalsegmentator"
    try:
        toolkit()
    except FluorosegError:
        return "rules"
    return "atlas"


def _phantoms() -> list[Patient]:
    from fluoroseg.patients.phantom import phantom

    return [phantom(spacing_mm=4.0), phantom(seed=1, sex="male", height_cm=178, spacing_mm=4.0)]


def _ct_file(path: Path) -> Path:
    for name in ("ct.nii.gz", "ct.nii"):
        if (path / name).is_file():
            return path / name
    if (path / "bone_hu.nii.gz").is_file():
        raise UsageError(f"{path}: a volume of bones only has its labels beside it; nothing to label")
    return path
