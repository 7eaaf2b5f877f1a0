"""Labels of a CT, from whatever file holds them, brought onto the CT's grid."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float, UInt16

from fluoroseg.errors import GeometryError, ReadError
from fluoroseg.patients.dicom_signature import is_dicom
from fluoroseg.patients.label_tables import (
    header_table,
    read_table,
    structure_named,
    structures_of,
    table_beside,
)
from fluoroseg.patients.nifti import read_labels, read_volume, whole_numbers
from fluoroseg.patients.resample import labels_onto_grid

TOTALSEGMENTATOR_IDS = 117
TOTALSEGMENTATOR_EVIDENCE = 20


@dataclass(frozen=True)
class Ct:
    """Where the labels must fit: the CT's grid and, from DICOM, its frame of reference."""

    shape: tuple[int, int, int]
    world_from_index: Float[np.ndarray, "4 4"]
    frame_of_reference: str = ""


@dataclass(frozen=True)
class Labels:
    """On the CT's grid: uint16 values, label -> structure, and what the labels tell the absence of."""

    values: UInt16[np.ndarray, "i j k"]
    structures: dict[int, str]
    known: frozenset[str]


def read_labels_of(ct: Ct, path: Path) -> Labels:
    """Labels from a NIfTI volume (with or without a table of names), a folder of masks, a DICOM
    segmentation or an RTSTRUCT (also as the only file of a folder).

    Raises ReadError, LimitError, UsageError, GeometryError when they are not of the CT's place.
    """
    if path.is_dir():
        files = [f for f in sorted(path.iterdir()) if f.is_file()]
        if len(files) != 1 or not is_dicom(files[0]):
            return _read_masks(ct, path)
        path = files[0]
    if is_dicom(path):
        from fluoroseg.patients.dicom_labels import read_dicom_labels

        return read_dicom_labels(ct, path)
    return _read_multilabel(ct, path)


def _read_multilabel(ct: Ct, path: Path) -> Labels:
    volume = read_volume(path)
    values = whole_numbers(volume.values, path)
    ids = [int(i) for i in np.flatnonzero(np.bincount(values.ravel(order="K"), minlength=1)) if i]
    beside = table_beside(path)
    table = read_table(beside) if beside else header_table(volume.extension, path)
    if table:
        values, structures = _named(values, ids, table, beside or path)
    else:
        structures = _names_of(ids, path)
    values = onto_ct(ct, values, volume.world_from_index, path)
    return Labels(values, structures, _known(structures))


def onto_ct(
    ct: Ct,
    values: UInt16[np.ndarray, "i j k"],
    world_from_labels: Float[np.ndarray, "4 4"],
    path: Path,
) -> UInt16[np.ndarray, "a b c"]:
    """The labels on the CT's grid. Raises GeometryError when hardly any or none of them lie there."""
    placed = labels_onto_grid(values, world_from_labels, ct.shape, ct.world_from_index, str(path))
    if values.any() and not placed.any():
        raise outside(path)
    return placed


def outside(path: Path) -> GeometryError:
    """The error for labels of which nothing lies in the CT."""
    return GeometryError(f"{path}: none of its labelled voxels lies in the CT; are they of the same scan?")


def _named(
    values: UInt16[np.ndarray, "i j k"], ids: list[int], table: dict[int, str], path: Path
) -> tuple[UInt16[np.ndarray, "i j k"], dict[int, str]]:
    """Labels by a table's names: values become the structures' ids, what the table leaves out 0."""
    from fluoroseg.anatomy import structure

    nameless = [i for i in ids if i not in table]
    if nameless:
        raise ReadError(f"{path}: has no name for labels {nameless[:10]}; an empty name leaves a label out")
    names = structures_of({i: table[i] for i in ids}, path)
    new = np.zeros(max(ids, default=0) + 1, np.uint16)
    for label, name in names.items():
        new[label] = structure(name).id
    return new[values], {structure(name).id: name for name in names.values()}


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
            f"{path}: labels {unknown[:10]} are no known structure ids (`fluoroseg anatomy` lists them; "
            "TotalSegmentator's are 1-117), and no table of names is in its header or beside it"
        )
    return {i: names[i] for i in ids}


def _read_masks(ct: Ct, folder: Path) -> Labels:
    """One binary mask per structure, named by file; an empty mask says that the structure is absent."""
    files = {f.name.removesuffix(".gz").removesuffix(".nii"): f for f in sorted(folder.glob("*.nii*"))}
    if not files:
        raise ReadError(f"{folder}: no mask; expected <structure>.nii.gz with names of `fluoroseg anatomy`")
    named: dict[str, Path] = {}
    for words, file in files.items():
        name, told = structure_named(words)
        if not name:
            raise ReadError(
                f"{file}: {words[:60]!r} {told}; expected <structure>.nii.gz (`fluoroseg anatomy`)"
            )
        if name in named:
            raise ReadError(f"{folder}: {named[name].name} and {file.name} are both {name}; keep one")
        named[name] = file

    def mask_of(name: str) -> Bool[np.ndarray, "i j k"]:
        mask, world_from_mask = read_labels(named[name])
        return labels_onto_grid(mask, world_from_mask, ct.shape, ct.world_from_index, str(named[name])) > 0

    return Labels(*paint(ct.shape, named, mask_of), frozenset(named))


def paint(
    shape: tuple[int, int, int], names: Iterable[str], mask_of: Callable[[str], Bool[np.ndarray, "i j k"]]
) -> tuple[UInt16[np.ndarray, "i j k"], dict[int, str]]:
    """Masks as one volume of ids. Where they overlap, the smaller id wins: single organs have smaller ids
    than the wholes made of them."""
    from fluoroseg.anatomy import structure

    values, structures = np.zeros(shape, np.uint16), {}
    for thing in sorted(map(structure, names), key=lambda s: s.id):
        chosen = mask_of(thing.name) & (values == 0)
        if chosen.any():
            values[chosen] = thing.id
            structures[thing.id] = thing.name
    return values, structures
