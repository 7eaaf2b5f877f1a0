"""One door for every kind of patient: `open_patient`."""

from pathlib import Path

import numpy as np
from jaxtyping import Float, Int16, UInt16

from fluoroseg.errors import GeometryError, ReadError, UsageError
from fluoroseg.patients.nifti import read_hu, read_labels
from fluoroseg.patients.patient import Patient
from fluoroseg.patients.resample import labels_onto_grid

TOTALSEGMENTATOR_IDS = 117
TOTALSEGMENTATOR_EVIDENCE = 20


def open_patient(path: str | Path, labels: str | Path | None = None) -> Patient:
    """A patient from any of:

    - `"phantom"`: the built-in phantom;
    - a CT as NIfTI, with `labels` = a label volume (ids of `fluoroseg.anatomy`, which are TotalSegmentator's)
      or a folder of one mask per structure; without labels it is labelled by simple rules;
    - a folder with `ct.nii.gz` and `labels.nii.gz` or `segmentations/<structure>.nii.gz`;
    - a folder with `bone_hu.nii.gz` (HU inside bone, -1000 elsewhere; a soft-tissue body is put around it)
      and `labels.nii.gz`;
    - a BodyParts3D folder (it has a `parts.csv`);
    - a folder that `fluoroseg.patients.store.save_patient` wrote (it has a `structures.json`).

    Labels on another grid are resampled. Raises ReadError, LimitError, GeometryError, UsageError.
    """
    if str(path) == "phantom" and not Path(path).exists():
        from fluoroseg.patients.phantom import phantom

        if labels is not None:
            raise UsageError("the built-in phantom brings its own labels; leave labels out")
        return phantom()
    path = Path(path)
    if path.is_dir():
        return _open_folder(path, None if labels is None else Path(labels))
    name = path.name.removesuffix(".gz").removesuffix(".nii")
    return _open_ct(path, None if labels is None else Path(labels), name)


def _open_folder(folder: Path, labels: Path | None) -> Patient:
    if (folder / "parts.csv").is_file():
        from fluoroseg.patients.atlas import open_bodyparts3d

        if labels is not None:
            raise UsageError(f"{folder}: a BodyParts3D folder brings its own labels; leave labels out")
        return open_bodyparts3d(folder)
    if labels is None and (folder / "structures.json").is_file():
        from fluoroseg.patients.store import load_patient

        return load_patient(folder)
    if labels is None:
        labels = _first(folder, "labels.nii.gz", "labels.nii", "segmentations")
    ct = _first(folder, "ct.nii.gz", "ct.nii")
    if ct is not None:
        return _open_ct(ct, labels, folder.resolve().name)
    bone = _first(folder, "bone_hu.nii.gz", "bone_hu.nii")
    if bone is not None and labels is not None:
        return _open_bone(bone, labels, folder.resolve().name)
    raise ReadError(
        f"{folder}: not a patient: expected ct.nii.gz (with labels.nii.gz or segmentations/), "
        "bone_hu.nii.gz with labels.nii.gz, or a BodyParts3D folder with parts.csv"
    )


def _first(folder: Path, *names: str) -> Path | None:
    return next((folder / name for name in names if (folder / name).exists()), None)


def _open_ct(ct: Path, labels: Path | None, name: str) -> Patient:
    hu, world_from_index = read_hu(ct)
    if labels is None:
        from fluoroseg.patients.rules import label_by_rules

        found, structures, known = label_by_rules(hu, world_from_index)
        return Patient(hu, found, world_from_index, structures, name, frozenset(known))
    if labels.is_dir():
        volume, structures, known = _read_masks(labels, hu, world_from_index)
    else:
        volume, structures, known = _read_multilabel(labels, hu, world_from_index)
    return Patient(hu, volume, world_from_index, structures, name, known)


def _open_bone(bone: Path, labels: Path, name: str) -> Patient:
    from fluoroseg.patients.envelope import clothe_bones

    bare, world_from_index = read_hu(bone)
    volume, structures, known = _read_multilabel(labels, bare, world_from_index)
    hu, volume, world_from_index = clothe_bones(bare, volume, world_from_index)
    return Patient(hu, volume, world_from_index, structures, name, known)


def _read_multilabel(
    path: Path, hu: Int16[np.ndarray, "i j k"], world_from_index: Float[np.ndarray, "4 4"]
) -> tuple[UInt16[np.ndarray, "i j k"], dict[int, str], frozenset[str]]:
    volume, world_from_labels = read_labels(path)
    ids = np.flatnonzero(np.bincount(volume.ravel(), minlength=1))
    structures = _names_of([int(i) for i in ids if i], path)
    volume = labels_onto_grid(volume, world_from_labels, hu.shape, world_from_index, str(path))
    if structures and not volume.any():
        raise GeometryError(f"{path}: none of its labelled voxels lies in the CT; are they of the same scan?")
    return volume, structures, _known(structures)


def _known(structures: dict[int, str]) -> frozenset[str]:
    """All TotalSegmentator names when the volume is plainly a whole TotalSegmentator result.

    That is: at least 20 different labels, all of TotalSegmentator's 1-117, bones, muscles, vessels and
    organs among them. Then a structure without a voxel is absent. A volume with fewer labels (three pelvic
    bones, one organ), or of one kind (ribs and vertebrae), says nothing about the others.
    """
    from fluoroseg.anatomy import structures as all_structures

    kinds = {all_structures()[name].tissue for name in structures.values()}
    many = len(structures) >= TOTALSEGMENTATOR_EVIDENCE and max(structures) <= TOTALSEGMENTATOR_IDS
    if not (many and kinds >= {"bone", "muscle", "vessel", "organ"}):
        return frozenset(structures.values())
    return frozenset(s.name for s in all_structures().values() if s.id <= TOTALSEGMENTATOR_IDS)


def _names_of(ids: list[int], path: Path) -> dict[int, str]:
    from fluoroseg.anatomy import structures

    names = {s.id: s.name for s in structures().values()}
    unknown = [i for i in ids if i not in names]
    if unknown:
        raise ReadError(
            f"{path}: labels {unknown[:10]} are no known structure ids "
            "(`fluoroseg anatomy` lists them; TotalSegmentator's are 1-117)"
        )
    return {i: names[i] for i in ids}


def _read_masks(
    folder: Path, hu: Int16[np.ndarray, "i j k"], world_from_index: Float[np.ndarray, "4 4"]
) -> tuple[UInt16[np.ndarray, "i j k"], dict[int, str], frozenset[str]]:
    """One binary mask per structure, named by file; an empty mask says that the structure is absent.

    Where masks overlap, the smaller id wins: single organs have smaller ids than the wholes made of them.
    """
    from fluoroseg.anatomy import structures as all_structures

    ids = {s.name: s.id for s in all_structures().values()}
    files = {f.name.removesuffix(".gz").removesuffix(".nii"): f for f in sorted(folder.glob("*.nii*"))}
    unknown = [n for n in files if n not in ids]
    if unknown or not files:
        what = f"unknown structures {unknown[:10]}" if unknown else "no mask"
        raise ReadError(f"{folder}: {what}; expected <structure>.nii.gz with names of `fluoroseg anatomy`")
    volume, structures = np.zeros(hu.shape, np.uint16), {}
    for name in sorted(files, key=lambda n: ids[n]):
        mask, world_from_mask = read_labels(files[name])
        mask = labels_onto_grid(mask, world_from_mask, hu.shape, world_from_index, str(files[name]))
        chosen = (mask > 0) & (volume == 0)
        if chosen.any():
            volume[chosen] = ids[name]
            structures[ids[name]] = name
    return volume, structures, frozenset(files)
