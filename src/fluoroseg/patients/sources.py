"""One door for every kind of patient: `open_patient`."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from jaxtyping import Int16

from fluoroseg.errors import ReadError, UsageError
from fluoroseg.patients.dicom_signature import is_dicom
from fluoroseg.patients.label_sources import Ct, Labels, read_labels_of
from fluoroseg.patients.nifti import read_hu
from fluoroseg.patients.orientation import check_orientation
from fluoroseg.patients.patient import Patient


def open_patient(
    path: str | Path, labels: str | Path | None = None, *, trust_orientation: bool = False
) -> Patient:
    """A patient from any of:

    - `"phantom"`: the built-in phantom;
    - a CT: a NIfTI file, a folder with one DICOM series (or one file of the series), an enhanced CT file.
      With `labels` = a NIfTI label volume (ids of `fluoroseg.anatomy`, which are TotalSegmentator's, or
      names in its header or in a table beside it), a folder of one mask per structure, a DICOM
      segmentation or an RTSTRUCT; without labels it is labelled by simple rules;
    - a folder with `ct.nii.gz` and `labels.nii.gz` or `segmentations/<structure>.nii.gz`;
    - a folder with `bone_hu.nii.gz` (HU inside bone, -1000 elsewhere; a soft-tissue body is put around it)
      and `labels.nii.gz`;
    - a BodyParts3D folder (it has a `parts.csv`) or one of the Human Reference Atlas (`.glb` files), or both
      as `"BODYPARTS3D+HRA"`: bones and muscles of the first with the organs of the second;
    - a folder that `fluoroseg.patients.store.save_patient` wrote (it has a `structures.json`).

    What takes long (atlases, rules) is made once and kept (`fluoroseg.patients.cache`). Labels on another
    grid are resampled. Labels that lie as in no body (mirrored, upside down) or plainly
    fit the CT better when turned are refused; `trust_orientation` takes them as they are (situs inversus).
    Raises ReadError, LimitError, GeometryError, UsageError.
    """
    if str(path) == "phantom" and not Path(path).exists():
        from fluoroseg.patients.phantom import phantom

        if labels is not None:
            raise UsageError("the built-in phantom brings its own labels; leave labels out")
        return phantom()
    bones, plus, organs = str(path).partition("+")
    if plus and not Path(path).exists():
        return _open_atlas("mixed", Path(bones), Path(organs), labels=labels)
    path, beside = Path(path), None if labels is None else Path(labels)
    if path.is_dir():
        return _open_folder(path, beside, trust_orientation)
    name = path.name.removesuffix(".gz").removesuffix(".nii").removesuffix(".dcm")
    return _open_ct(path, beside, name, trust_orientation)


def _open_atlas(kind: str, *folders: Path, labels: str | Path | None) -> Patient:
    from fluoroseg.patients import atlas
    from fluoroseg.patients.cache import cached

    if labels is not None:
        raise UsageError(f"{folders[0]}: an atlas brings its own labels; leave labels out")
    for folder in folders:
        if not folder.is_dir():
            raise ReadError(f"{folder}: no such atlas folder; a mixed body is BODYPARTS3D_FOLDER+HRA_FOLDER")
    makers: dict[str, Callable[..., Patient]] = {
        "bodyparts3d": atlas.open_bodyparts3d,
        "hra": atlas.open_hra,
        "mixed": atlas.open_mixed,
    }
    return cached(kind, folders, lambda: makers[kind](*folders), name="+".join(f.name for f in folders))


def _open_folder(folder: Path, labels: Path | None, trust: bool) -> Patient:
    if (folder / "parts.csv").is_file():
        return _open_atlas("bodyparts3d", folder, labels=labels)
    if labels is None and (folder / "structures.json").is_file():
        from fluoroseg.patients.store import load_patient

        return load_patient(folder)
    name = folder.resolve().name
    found = labels or _first(folder, "labels.nii.gz", "labels.nii", "segmentations")
    ct = _first(folder, "ct.nii.gz", "ct.nii")
    if ct is not None:
        return _open_ct(ct, found, name, trust)
    bone = _first(folder, "bone_hu.nii.gz", "bone_hu.nii")
    if bone is not None and found is not None:
        return _open_bone(bone, found, name, trust)
    if any(folder.glob("*.glb")):
        return _open_atlas("hra", folder, labels=labels)
    from fluoroseg.patients.dicom_series import has_dicom

    if has_dicom(folder):
        return _open_ct(folder, labels, name, trust)
    raise ReadError(
        f"{folder}: not a patient: expected ct.nii.gz (with labels.nii.gz or segmentations/), a DICOM "
        "series, bone_hu.nii.gz with labels.nii.gz, a BodyParts3D folder with parts.csv, or an HRA folder"
    )


def _first(folder: Path, *names: str) -> Path | None:
    return next((folder / name for name in names if (folder / name).exists()), None)


def _open_ct(path: Path, labels: Path | None, name: str, trust: bool) -> Patient:
    if not path.exists():
        raise ReadError(f"{path}: no such file or folder")
    if labels is None:
        from fluoroseg.patients.cache import cached

        inputs = [path.parent if is_dicom(path) else path]
        return cached("rules", inputs, lambda: _label_ct(path, name), name=name, file=path.name)
    hu, ct = _read_ct(path)
    read = _read_checked(hu, ct, labels, trust)
    return Patient(hu, read.values, ct.world_from_index, read.structures, name, read.known)


def _label_ct(path: Path, name: str) -> Patient:
    from fluoroseg.patients.rules import label_by_rules

    hu, ct = _read_ct(path)
    values, structures, known = label_by_rules(hu, ct.world_from_index)
    return Patient(hu, values, ct.world_from_index, structures, name, frozenset(known))


def _read_ct(path: Path) -> tuple[Int16[np.ndarray, "i j k"], Ct]:
    if path.is_dir() or is_dicom(path):
        from fluoroseg.patients.dicom_series import read_dicom_ct

        hu, world_from_index, frame_of_reference = read_dicom_ct(path)
        return hu, Ct(hu.shape, world_from_index, frame_of_reference)
    hu, world_from_index = read_hu(path)
    return hu, Ct(hu.shape, world_from_index)


def _read_checked(hu: Int16[np.ndarray, "i j k"], ct: Ct, path: Path, trust: bool) -> Labels:
    labels = read_labels_of(ct, path)
    if not trust:
        check_orientation(hu, labels.values, ct.world_from_index, labels.structures, str(path))
    return labels


def _open_bone(bone: Path, labels: Path, name: str, trust: bool) -> Patient:
    from fluoroseg.patients.envelope import clothe_bones

    bare, world_from_index = read_hu(bone)
    read = _read_checked(bare, Ct(bare.shape, world_from_index), labels, trust)
    hu, values, world_from_index = clothe_bones(bare, read.values, world_from_index)
    return Patient(hu, values, world_from_index, read.structures, name, read.known)
