"""The way through a tube: the centre line of vessels, airways and gut, and smooth curves along it."""

from collections.abc import Iterable

import numpy as np
from jaxtyping import Float
from scipy import ndimage, sparse
from scipy.sparse.csgraph import dijkstra

from fluoroseg.geometry.points import once_a_patient, structure_points
from fluoroseg.patients.patient import Patient
from fluoroseg.tools.curves import smooth

GRID_MM = 2.5
_MOST_VOXELS = 60_000


def centre_line(patient: Patient, names: Iterable[str]) -> Float[np.ndarray, "n 3"] | None:
    """From end to end through the union of some structures, LPS mm, the upper end first; None for a blob.

    The shortest path between the two voxels that lie farthest apart within the largest connected piece, where
    a step costs more near the wall (after Wink et al., IEEE TMI 2004): 1 / distance to the wall, squared.
    A way of less than three voxels is none. Computed once for a patient and a set of structures.
    """
    found, wanted = _found(patient), frozenset(names)
    if wanted not in found:
        found[wanted] = _find(patient, wanted)
    return found[wanted]


@once_a_patient
def _found(patient: Patient) -> dict[frozenset[str], Float[np.ndarray, "n 3"] | None]:
    return {}


def _find(patient: Patient, names: frozenset[str]) -> Float[np.ndarray, "n 3"] | None:
    boxes = [p.box for name, p in structure_points(patient).items() if name in names]
    if not boxes:
        return None
    low = [min(box[axis].start for box in boxes) for axis in range(3)]
    high = [max(box[axis].stop for box in boxes) for axis in range(3)]
    step = np.maximum(1, np.round(GRID_MM / patient.spacing_mm)).astype(int)
    part = patient.labels[tuple(slice(*ends) for ends in zip(low, high, step, strict=True))]
    labels = [label for label, name in patient.structures.items() if name in names]
    mask = np.pad(np.isin(part, labels), 3)
    if not mask.any():
        return None
    mask = ndimage.binary_closing(mask)  # neighbours meet
    pieces, _ = ndimage.label(mask, np.ones((3, 3, 3)))
    inner = pieces == np.bincount(pieces.ravel())[1:].argmax() + 1
    spacing = patient.spacing_mm * step
    path = _path(inner, spacing)
    if path is None or len(path) < 3:
        return None
    line = patient.to_world((path - 3.0) * step + low)
    line = line if line[0, 2] >= line[-1, 2] else line[::-1]
    return smooth(ndimage.gaussian_filter1d(line, 2.0, axis=0, mode="nearest"))  # voxels' stairs


def _path(mask: np.ndarray, spacing_mm: np.ndarray) -> np.ndarray | None:
    index = np.argwhere(mask)
    if not 3 <= len(index) <= _MOST_VOXELS:
        return None
    depth = ndimage.distance_transform_edt(mask, sampling=spacing_mm)
    number = np.full(mask.shape, -1)
    number[mask] = np.arange(len(index))
    rows, columns, costs, lengths = [], [], [], []
    for shift in np.argwhere(np.ones((3, 3, 3))) - 1:
        if tuple(shift) <= (0, 0, 0):
            continue
        there = index + shift
        other = number[tuple(there.T)]
        near = other >= 0
        step_mm = float(np.linalg.norm(shift * spacing_mm))
        wall = np.minimum(depth[tuple(index[near].T)], depth[tuple(there[near].T)])
        rows.append(np.flatnonzero(near))
        columns.append(other[near])
        lengths.append(np.full(near.sum(), step_mm))
        costs.append(step_mm / wall**2)
    edges = (np.concatenate(rows), np.concatenate(columns))
    size = (len(index), len(index))
    graph = sparse.csr_array((np.concatenate(lengths), edges), shape=size)
    centred = sparse.csr_array((np.concatenate(costs), edges), shape=size)
    start = end = 0
    for _ in range(2):  # the farthest of the farthest
        start, end = end, int(np.argmax(dijkstra(graph, directed=False, indices=[end])))
    _, (before,) = dijkstra(centred, directed=False, indices=[end], return_predecessors=True)
    path = [start]
    while path[-1] != end and before[path[-1]] >= 0:
        path.append(int(before[path[-1]]))
    return index[path]
