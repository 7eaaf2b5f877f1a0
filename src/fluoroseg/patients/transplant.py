"""A real pelvis in another body: femora, spine, organs and skin around bones that were scanned alone."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float, Int, Int16, UInt16
from scipy import ndimage
from scipy.spatial import cKDTree

from fluoroseg.errors import GeometryError
from fluoroseg.patients.patient import Patient

PELVIS = ("hip_left", "hip_right", "sacrum")

FOLLOWERS = {
    "hip_left": ("femur_left",),
    "hip_right": ("femur_right",),
    "sacrum": tuple(f"vertebrae_L{n}" for n in range(5, 0, -1)),
}
"""Bones that keep their place beside a bone of the pelvis, the nearest first."""

REACH_MM = 70.0
"""What lies so near to the first follower tells where all go: the socket, or the top of the sacrum."""

ABOVE_MM, BELOW_MM = 200.0, 280.0
"""What is kept of the host above and below the pelvis."""

MUSCLE_HU = 50
MAX_OUTSIDE = 0.01
_POINTS, _ROUNDS, _TRUSTED = 2500, 40, 0.8

Affine = Float[np.ndarray, "4 4"]
Points = Float[np.ndarray, "_ 3"]


def transplant(pelvis: Patient, host: Patient, spacing_mm: float = 1.8) -> Patient:
    """The host's trunk and thighs around the hip bones and sacrum of `pelvis`, in the world of `pelvis`.

    The host is brought there by the similarity (size, turn, place) that fits its pelvis best to the other, by
    iterated closest points (Besl and McKay 1992) of both surfaces, of which the worst fifth is not trusted:
    the bones may be broken. Its femora and lumbar vertebrae are then set rigidly to the neighbouring bone.
    What the host's pelvis leaves open becomes muscle. Labels and `known` are the host's.

    Raises GeometryError when one of the two lacks a bone of PELVIS, or the pelvis does not fit into the host.
    """
    for patient in (pelvis, host):
        if missing := [name for name in PELVIS if not _voxels(patient, patient.labels, [name]).any()]:
            raise GeometryError(f"{patient.name}: has no {', '.join(missing)} that could be exchanged")
    real = {name: _surface(pelvis, name) for name in PELVIS}
    own = {name: _surface(host, name) for name in PELVIS}
    start = _similarity(*(np.stack([bones[n].mean(0) for n in PELVIS]) for bones in (own, real)))
    whole = _closest(own, real, start, rigid=False)
    shape, world_from_index = _box(np.concatenate([*real.values()]), host, whole, spacing_mm)
    hu, labels = _moved(host, whole, shape, world_from_index)
    followers = {
        beside: [name for name in names if _voxels(host, host.labels, [name]).any()]
        for beside, names in FOLLOWERS.items()
    }
    _take_out(hu, labels, host, [*PELVIS, *(name for names in followers.values() for name in names)])
    for beside, names in followers.items():
        motion = _motion_of(host, names[0], own[beside], real[beside], whole) if names else whole
        for name in names:
            _put_in(hu, labels, host, name, motion, world_from_index)
    bone_hu, bones = _moved(pelvis, np.eye(4), shape, world_from_index)
    _check_inside(hu, _voxels(pelvis, bones, PELVIS), pelvis, host)
    for name in PELVIS:
        where = _voxels(pelvis, bones, [name])
        hu[where], labels[where] = bone_hu[where], host.label_of(name)
    return Patient(hu, labels, world_from_index, host.structures, f"{pelvis.name}-in-{host.name}", host.known)


def _voxels(
    patient: Patient, labels: UInt16[np.ndarray, "a b c"], names: Sequence[str]
) -> Bool[np.ndarray, "a b c"]:
    """Where a volume has the patient's labels of these structures."""
    return np.isin(labels, [label for label, name in patient.structures.items() if name in names])


def _surface(patient: Patient, name: str) -> Points:
    """World places of a structure's outermost voxels, an even choice of them."""
    whole = _voxels(patient, patient.labels, [name])
    (found,) = ndimage.find_objects(whole.astype(np.uint8))
    mask = np.pad(whole[found], 1)
    places = np.argwhere(mask & ~ndimage.binary_erosion(mask)) - 1.0 + [s.start for s in found]
    return patient.to_world(places[:: max(1, len(places) // _POINTS)])


def _closest(own: dict[str, Points], real: dict[str, Points], start: Affine, rigid: bool) -> Affine:
    """The transform of `own` that brings each bone's surface closest to the same bone's in `real`."""
    there = {name: cKDTree(points) for name, points in real.items()}
    motion = start
    for _ in range(_ROUNDS):
        points, goals = [], []
        for name, bone in own.items():
            here = bone @ motion[:3, :3].T + motion[:3, 3]
            forth, nearest = _trusted(there[name], here)
            back, mine = _trusted(cKDTree(here), real[name])
            points += [bone[forth], bone[mine[back]]]
            goals += [real[name][nearest[forth]], real[name][back]]
        motion = _similarity(np.concatenate(points), np.concatenate(goals), start if rigid else None)
    return motion


def _trusted(tree: cKDTree, points: Points) -> tuple[Bool[np.ndarray, " n"], Int[np.ndarray, " n"]]:
    """Which of the points lie not too far from the tree's, and the nearest there of every one."""
    away, nearest = tree.query(points)
    return np.asarray(away <= np.quantile(away, _TRUSTED)), np.asarray(nearest)


def _similarity(points: Points, goals: Points, rigid_of: Affine | None = None) -> Affine:
    """Least squares (Umeyama 1991): goals ~ size * turn * points + shift; the size of `rigid_of` if given."""
    mean, goal = points.mean(0), goals.mean(0)
    u, s, v = np.linalg.svd((goals - goal).T @ (points - mean))
    sign = np.array([1.0, 1.0, np.linalg.det(u @ v)])
    size = (s * sign).sum() / ((points - mean) ** 2).sum()
    if rigid_of is not None:
        size = np.cbrt(np.linalg.det(rigid_of[:3, :3]))
    out = np.eye(4)
    out[:3, :3] = size * (u * sign) @ v
    out[:3, 3] = goal - out[:3, :3] @ mean
    return out


def _motion_of(host: Patient, follower: str, own: Points, real: Points, whole: Affine) -> Affine:
    """Where a follower goes: with the nearest part of its neighbour, `own` -> `real`, as large as `whole`."""
    away = np.asarray(cKDTree(_surface(host, follower)).query(own)[0])
    near = own[away < away.min() + REACH_MM]
    reach = cKDTree(near @ whole[:3, :3].T + whole[:3, 3]).query(real)[0] < REACH_MM / 3
    if not np.any(reach):
        raise GeometryError(f"{host.name}: its pelvis and the other one do not resemble each other")
    return _closest({follower: near}, {follower: real[reach]}, whole, rigid=True)


def _box(
    bones: Points, host: Patient, motion: Affine, spacing_mm: float
) -> tuple[tuple[int, int, int], Affine]:
    """Voxels along the LPS axes over the host, from `BELOW_MM` under the pelvis to `ABOVE_MM` over it."""
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)])
    ends = host.to_world(corners * (np.array(host.hu.shape) - 1.0)) @ motion[:3, :3].T + motion[:3, 3]
    low, high = ends.min(0), ends.max(0)
    low[2] = max(low[2], bones[:, 2].min() - BELOW_MM)
    high[2] = min(high[2], bones[:, 2].max() + ABOVE_MM)
    wide = np.abs(bones[:, 0] - bones[:, 0].mean()).max() + 150  # arms held out are left out
    low[0], high[0] = max(low[0], bones[:, 0].mean() - wide), min(high[0], bones[:, 0].mean() + wide)
    count = np.maximum(np.ceil((high - low) / spacing_mm), 2).astype(int)
    out = np.diag([spacing_mm] * 3 + [1.0])
    out[:3, 3] = low
    return (int(count[0]), int(count[1]), int(count[2])), out


def _moved(
    patient: Patient, motion: Affine, shape: tuple[int, int, int], world_from_index: Affine
) -> tuple[Int16[np.ndarray, "a b c"], UInt16[np.ndarray, "a b c"]]:
    """A patient under a motion of the world, on another grid: HU linear, labels nearest, air outside."""
    back = np.linalg.inv(motion @ patient.world_from_index) @ world_from_index
    hu = ndimage.affine_transform(
        patient.hu, back[:3, :3], back[:3, 3], shape, order=1, mode="constant", cval=-1000
    )
    labels = ndimage.affine_transform(
        patient.labels, back[:3, :3], back[:3, 3], shape, order=0, mode="constant"
    )
    return hu, labels


def _take_out(
    hu: Int16[np.ndarray, "a b c"], labels: UInt16[np.ndarray, "a b c"], host: Patient, names: list[str]
) -> None:
    gone = _voxels(host, labels, names)
    hu[ndimage.binary_dilation(gone) & (hu > MUSCLE_HU)] = MUSCLE_HU  # with the blurred rim
    hu[gone] = MUSCLE_HU
    labels[gone] = next((n for n, name in host.structures.items() if name == "muscle"), 0)


def _put_in(
    hu: Int16[np.ndarray, "a b c"],
    labels: UInt16[np.ndarray, "a b c"],
    host: Patient,
    name: str,
    motion: Affine,
    world_from_index: Affine,
) -> None:
    """One structure of the host, moved; only the part of the grid around it is looked at."""
    (found,) = ndimage.find_objects(_voxels(host, host.labels, [name]).astype(np.uint8))
    corners = np.array([[s.start - 1.0, s.stop] for s in found])
    ends = np.array([[corners[a, n >> a & 1] for a in range(3)] + [1.0] for n in range(8)])
    places = ends @ (np.linalg.inv(world_from_index) @ motion @ host.world_from_index).T
    low = np.clip(np.floor(places.min(0)[:3]), 0, hu.shape).astype(int)
    high = np.clip(np.ceil(places.max(0)[:3]) + 1, 0, hu.shape).astype(int)
    if (high <= low).any():
        return
    box = tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    here = world_from_index.copy()
    here[:3, 3] += world_from_index[:3, :3] @ low
    size = (int(high[0] - low[0]), int(high[1] - low[1]), int(high[2] - low[2]))
    theirs, which = _moved(host, motion, size, here)
    where = _voxels(host, which, [name])
    hu[box][where], labels[box][where] = theirs[where], host.label_of(name)


def _check_inside(
    hu: Int16[np.ndarray, "a b c"], bones: Bool[np.ndarray, "a b c"], pelvis: Patient, host: Patient
) -> None:
    outside = float((hu[bones] < -500).mean()) if bones.any() else 1.0
    if outside > MAX_OUTSIDE:
        raise GeometryError(
            f"{pelvis.name}: {outside:.0%} of its bones would lie outside of {host.name}; take a larger body"
        )
