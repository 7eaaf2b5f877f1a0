"""Labels from a DICOM segmentation or an RTSTRUCT: their names and their voxels on the CT's grid."""

from pathlib import Path

import numpy as np
import pydicom
from jaxtyping import Bool

from fluoroseg.errors import GeometryError, ReadError
from fluoroseg.patients.dicom_contours import RTSTRUCT, contour_words, contours_of, fill
from fluoroseg.patients.dicom_files import guarded, parse
from fluoroseg.patients.dicom_seg import SEGMENTATION, paint_segments, segment_grid, segment_words
from fluoroseg.patients.label_sources import Ct, Labels, onto_ct, paint
from fluoroseg.patients.label_tables import read_table, structure_named, structures_of, table_beside


def read_dicom_labels(ct: Ct, path: Path) -> Labels:
    """Raises ReadError, LimitError, and GeometryError when they are not of the CT's place."""

    with guarded(path):
        dataset = parse(path)
        sop = str(dataset.get("SOPClassUID"))
        if sop not in (*SEGMENTATION, RTSTRUCT):
            raise ReadError(
                f"is {dataset.get('Modality') or 'DICOM'} and holds no labels; expected a DICOM segmentation "
                "(SEG) or contours (RTSTRUCT)"
            )
        read = _read_contours if sop == RTSTRUCT else _read_segments
        return read(ct, path, dataset)


def _read_segments(ct: Ct, path: Path, dataset: pydicom.Dataset) -> Labels:
    from fluoroseg.anatomy import structure

    _check_frame(ct, str(dataset.get("FrameOfReferenceUID") or ""))
    names = _names(path, segment_words(dataset), "segment")
    grid = segment_grid(dataset, path)
    values = paint_segments(dataset, grid, {n: structure(name).id for n, name in names.items()})
    there = np.bincount(values.ravel(), minlength=1) > 0
    ids = {structure(name).id: name for name in names.values()}
    structures = {i: name for i, name in ids.items() if i < len(there) and there[i]}
    values = onto_ct(ct, values, grid.world_from_index, path)
    return Labels(values, structures, frozenset(names.values()))


def _read_contours(ct: Ct, path: Path, dataset: pydicom.Dataset) -> Labels:

    for roi in dataset.get("StructureSetROISequence") or []:
        _check_frame(ct, str(roi.get("ReferencedFrameOfReferenceUID") or ""))
    numbers: dict[str, list[int]] = {}
    for number, name in _names(path, contour_words(dataset), "region").items():
        numbers.setdefault(name, []).append(number)

    def mask_of(name: str) -> Bool[np.ndarray, "i j k"]:
        loops = [loop for number in numbers[name] for loop in contours_of(dataset, number)]
        return fill(loops, ct.shape, ct.world_from_index)

    values, structures = paint(ct.shape, numbers, mask_of)
    return Labels(
        values, structures or dict.fromkeys([1], next(iter(numbers))), frozenset(structures.values())
    )


def _check_frame(ct: Ct, frame_of_reference: str) -> None:
    if ct.frame_of_reference and frame_of_reference and ct.frame_of_reference != frame_of_reference:
        raise GeometryError(
            f"its frame of reference is {frame_of_reference}, the CT's {ct.frame_of_reference}: "
            "they are not of one scan"
        )


def _names(path: Path, words: dict[int, list[str]], what: str) -> dict[int, str]:
    """Number -> structure, by a table beside the file, else by the first of its words that is one.

    What another of the words says must not contradict: a label "kidney" with the code's "left" is the
    left kidney, a label "left kidney" with "right" an error.
    """
    from fluoroseg.anatomy import structure

    beside = table_beside(path)
    if beside:
        table = read_table(beside)
        return structures_of(
            {n: table.get(n, said[0] if said else "") for n, said in words.items()}, beside, what
        )
    chosen = {}
    for number, said in words.items():
        found = [name for name in (structure_named(one)[0] for one in said) if name]
        sides = {structure(name).side for name in found} - {""}
        if len(sides) > 1:
            raise ReadError(f"{what} {number} is {' and '.join(map(repr, said))}: left or right?")
        chosen[number] = found[0] if found else (said[0] if said else f"{what} {number} without a name")
    return structures_of(chosen, path, what)
