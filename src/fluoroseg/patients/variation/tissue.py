"""Coarse nodes of a body: which lie in open air, how deep under the skin, with which bones they go."""

import numpy as np
from jaxtyping import Bool, Float32, Float64, UInt8

from fluoroseg.patients.patient import Patient

GIRTH_DEPTH_MM = 60.0


def open_air(
    patient: Patient, count: tuple[int, ...], step: Float64[np.ndarray, "3"]
) -> Bool[np.ndarray, "a b c"]:
    """Nodes in the air around the body; lungs and bowel gas lie inside, the head and foot faces are open."""
    from scipy.ndimage import label

    shape = patient.hu.shape
    at = [
        np.minimum(np.rint(np.arange(c) * s).astype(int), n - 1)
        for c, s, n in zip(count, step, shape, strict=True)
    ]
    air, pieces = label((patient.hu[np.ix_(*at)] < -300) & (patient.labels[np.ix_(*at)] == 0))
    long_axis = int(np.abs(patient.world_from_index[2, :3]).argmax())
    faces = np.moveaxis(air, long_axis, 0)
    open_air = np.zeros(pieces + 1, bool)
    for face in (faces[:, 0], faces[:, -1], faces[:, :, 0], faces[:, :, -1]):
        open_air[np.unique(face)] = True
    open_air[0] = False
    outside: Bool[np.ndarray, "a b c"] = open_air[air]
    return outside


def skin_mm(
    outer: Bool[np.ndarray, "a b c"], sides: Float64[np.ndarray, "3"]
) -> Float32[np.ndarray, "a b c"]:
    """Smoothed by about a node: the nodes' steps would show as lumps."""
    from scipy.ndimage import distance_transform_edt, gaussian_filter

    if outer.all() or not outer.any():
        return np.full(outer.shape, 1e6, np.float32)
    away = distance_transform_edt(outer, sampling=sides)
    away -= distance_transform_edt(~outer, sampling=sides)
    return gaussian_filter(away, 0.8).astype(np.float32)


def outwards(
    skin: Float32[np.ndarray, "a b c"],
    soft: Float32[np.ndarray, "a b c"],
    sides: Float64[np.ndarray, "3"],
    world_from_axes: Float64[np.ndarray, "3 3"],
) -> Float32[np.ndarray, "a b c 3"]:
    """Direction away from the body, LPS: 1 long at the skin, 0 at bones (where `soft` is 0) and deep inside.

    sides: of a cell, mm. world_from_axes: the volume's axes as unit columns."""
    from scipy.ndimage import gaussian_filter

    depth = np.clip(1 - np.abs(skin) / np.float32(GIRTH_DEPTH_MM), 0, 1)
    share = depth * depth * (3 - 2 * depth) * soft
    slopes = [gaussian_filter(g * share, 1.0) for g in np.gradient(skin, *sides.astype(np.float32))]
    return np.einsum("dabc,id->abci", np.stack(slopes), world_from_axes.astype(np.float32))


def owners(
    bone: list[Bool[np.ndarray, "a b c"]], outer: Bool[np.ndarray, "a b c"]
) -> UInt8[np.ndarray, "a b c"]:
    """Every node's segment: the one whose bones are reached first on a way that stays inside the body."""
    from scipy.ndimage import generate_binary_structure, grey_dilation

    owner = np.zeros(outer.shape, np.uint8)
    for segment, mask in enumerate(bone, start=1):
        owner[mask & (owner == 0)] = segment
    if not bone:
        return owner
    free = ~outer & (owner == 0)
    cube, cross = generate_binary_structure(3, 3), generate_binary_structure(3, 1)
    for turn in range(sum(outer.shape)):  # cubes and crosses by turns: nearly round
        grown = np.where(free, grey_dilation(owner, footprint=cube if turn % 3 == 2 else cross), owner)
        if np.array_equal(grown, owner):
            break
        owner, free = grown, free & (grown == 0)
    return owner


def weights_of(
    distance: Float64[np.ndarray, "d n"], owner: UInt8[np.ndarray, "n"], shared: Bool[np.ndarray, "d d"]
) -> Float32[np.ndarray, "n d"]:
    """Tissue goes with its own segment, and near another that it may share with partly with that one:
    1 / distance^4, shared out."""
    pull = 1 / (distance.T.astype(np.float32) + 0.5) ** 4
    pull *= shared[np.maximum(owner.astype(int) - 1, 0)]
    total: Float32[np.ndarray, "n 1"] = pull.sum(1, keepdims=True)
    return pull / np.maximum(total, 1e-30)
