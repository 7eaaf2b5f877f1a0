"""A patient laid out for the march: pairs of HU, slots instead of labels, bricks that are all alike."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float64, Int16, Int32, Int64, Shaped, UInt8, UInt16
from numpy.lib.stride_tricks import as_strided

from fluoroseg.errors import GeometryError
from fluoroseg.patients.patient import Patient
from fluoroseg.project.constants import BRICK, MIXED, NO_SLOT
from fluoroseg.project.threads import run
from fluoroseg.project.unknown import Cut, find_cuts

MAX_STRUCTURES = 1023
AIR_HU = (-900, -975)
"""Highest and mean HU of a brick of nothing but air."""


@dataclass(frozen=True, eq=False)
class Volume:
    """What the kernels read of one patient.

    name: of the patient.  names: its structures, by slot.
    pairs: HU of each voxel (low half) and of its successor along the last axis (high half), so that one
        load serves two of a bilinear sample's neighbours.
    slots: each voxel's place in `names`, 65535 for none.
    shape, stride: voxels and elements along the axes of the layout; the last axis is contiguous.
    brick_label, brick_air: slot that all of a brick's 8 x 8 x 8 voxels have (65534: several), and whether
        it holds nothing but air.
    index_from_world: 4x4, LPS mm to voxel indices in the order of the layout.
    """

    name: str
    names: tuple[str, ...]
    pairs: Int32[np.ndarray, " voxel"]
    slots: UInt16[np.ndarray, " voxel"]
    shape: Int64[np.ndarray, "3"]
    stride: Int64[np.ndarray, "3"]
    spacing_mm: Float64[np.ndarray, "3"]
    brick_label: UInt16[np.ndarray, "a b c"]
    brick_air: UInt8[np.ndarray, "a b c"]
    index_from_world: Float64[np.ndarray, "4 4"]

    @property
    def arrays(self) -> tuple[np.ndarray, ...]:
        """The kernels' `volume`."""
        return self.pairs, self.slots, self.shape, self.stride, self.spacing_mm

    @cached_property
    def cuts(self) -> dict[str, list[Cut]]:
        """Structure -> where the volume's ends cut it."""
        strides = tuple(2 * int(n) for n in self.stride)
        return find_cuts(as_strided(self.slots, tuple(self.shape.tolist()), strides), self.names)

    @cached_property
    def tables(self) -> list[tuple[np.ndarray, ...]]:
        """For each axis, of the bricks with that axis first: their label, and in summed-area tables over the
        two others where it changes towards the next brick (along each) and where there is more than air."""
        found = []
        for axis in range(3):
            label = np.moveaxis(self.brick_label, axis, 0)
            along_u, along_v = np.zeros(label.shape, dtype=bool), np.zeros(label.shape, dtype=bool)
            along_u[:, :-1] = label[:, 1:] != label[:, :-1]
            along_v[:, :, :-1] = label[:, :, 1:] != label[:, :, :-1]
            matter = np.moveaxis(self.brick_air, axis, 0) == 0
            found.append((label, *(_summed(there) for there in (along_u, along_v, matter))))
        return found


def _summed(there: Bool[np.ndarray, "block u v"]) -> Int32[np.ndarray, "block u1 v1"]:
    table = np.zeros((there.shape[0], there.shape[1] + 1, there.shape[2] + 1), dtype=np.int32)
    table[:, 1:, 1:] = there.cumsum(axis=1, dtype=np.int32).cumsum(axis=2, dtype=np.int32)
    return table


def lay_out(patient: Patient) -> Volume:
    """Lays a patient out.

    A brick of 8 x 8 x 8 voxels with at most -900 HU anywhere and -975 HU in the mean is air: its voxels
    become -1000 HU, and rays pass it by. A noisy CT's air would otherwise add up.
    Raises GeometryError for more structures, or more voxels, than a march takes.
    """
    names = tuple(dict.fromkeys(patient.structures.values()))
    if len(names) > MAX_STRUCTURES:
        raise GeometryError(f"{patient.name}: {len(names)} structures; one march takes {MAX_STRUCTURES}")
    slot_of = np.full(65536, NO_SLOT, dtype=np.uint16)
    for label, name in patient.structures.items():
        if label != 0:
            slot_of[label] = names.index(name)
    order = _order(patient.world_from_index)
    hu, labels = patient.hu.transpose(order), patient.labels.transpose(order)
    n0, n1, n2 = hu.shape
    row = _odd_multiple(n2, 8)  # powers of two would put a tile's voxels on the same cache lines
    slab = row * (n1 + 1 - n1 % 2)
    voxels = slab * (n0 + 1) + row  # a bilinear sample at the last voxel reads its absent neighbour, times 0
    if voxels >= 1 << 31:
        raise GeometryError(f"{patient.name}: {n0} x {n1} x {n2} voxels are more than one march takes")
    bricks = (-(-n0 // BRICK), -(-n1 // BRICK), -(-n2 // BRICK))
    pairs, slots = np.zeros(voxels, dtype=np.int32), np.zeros(voxels, dtype=np.uint16)
    slots[-1] = NO_SLOT  # where the kernels look when another volume hides a voxel
    brick_label, brick_air = np.empty(bricks, dtype=np.uint16), np.empty(bricks, dtype=np.uint8)

    laid = [a[: n0 * slab].reshape(n0, -1, row)[:, :n1, :n2] for a in (pairs, slots)]

    def work(first: int, end: int) -> None:
        for b in range(first, end):
            planes = slice(b * BRICK, min((b + 1) * BRICK, n0))
            brick_air[b] = _lay_out_hu(hu[planes], laid[0][planes])
            np.take(slot_of, labels[planes], out=laid[1][planes], mode="clip")
            brick_label[b] = _common(laid[1][planes])

    run(work, bricks[0])
    world_from_index = patient.world_from_index.astype(np.float64)
    world_from_index[:3, :3] = world_from_index[:3, order]
    return Volume(
        name=patient.name,
        names=names,
        pairs=pairs,
        slots=slots,
        shape=np.array(hu.shape, dtype=np.int64),
        stride=np.array([slab, row, 1], dtype=np.int64),
        spacing_mm=patient.spacing_mm[order].astype(np.float64),
        brick_label=brick_label,
        brick_air=brick_air,
        index_from_world=np.linalg.inv(world_from_index),
    )


def _lay_out_hu(hu: Int16[np.ndarray, "a j k"], pairs: Int32[np.ndarray, "a j k"]) -> Bool[np.ndarray, "b c"]:
    """Fills the pairs of a slab of bricks; which bricks are air. A row's last voxel is its own successor."""
    value = np.ascontiguousarray(hu, dtype=np.int32)
    deep = _by_brick(np.add, np.ones(hu.shape, dtype=np.int32))
    air = _by_brick(np.maximum, value) <= AIR_HU[0]
    air &= _by_brick(np.add, value) <= AIR_HU[1] * deep
    voxels = air.repeat(BRICK, axis=0).repeat(BRICK, axis=1)[: hu.shape[1], : hu.shape[2]]
    np.copyto(value, -1000, where=voxels)
    np.bitwise_and(value, 0xFFFF, out=pairs)
    pairs[:, :, :-1] |= value[:, :, 1:] << 16
    pairs[:, :, -1] |= value[:, :, -1] << 16
    return air


def _common(slots: UInt16[np.ndarray, "a j k"]) -> UInt16[np.ndarray, "b c"]:
    """The slot that all voxels of each of a slab's bricks have, or mixed."""
    lowest, highest = _by_brick(np.minimum, slots), _by_brick(np.maximum, slots)
    return np.where(lowest == highest, lowest, np.uint16(MIXED))


def _by_brick(combine: np.ufunc, slab: Shaped[np.ndarray, "a j k"]) -> Shaped[np.ndarray, "b c"]:
    """Combines the voxels of each brick of a slab."""
    flat = combine.reduce(slab, axis=0, dtype=slab.dtype)
    rows = combine.reduceat(flat, np.arange(0, flat.shape[0], BRICK), axis=0, dtype=slab.dtype)
    return combine.reduceat(rows, np.arange(0, flat.shape[1], BRICK), axis=1, dtype=slab.dtype)


def _order(world_from_index: np.ndarray) -> list[int]:
    """The axes in the order of the layout: last the one nearest to head-foot, along which rays seldom run.

    A bilinear sample's pairs lie along the last axis, and only a ray that runs along another can use them.
    """
    towards_head = np.abs(world_from_index[2, :3]) / np.linalg.norm(world_from_index[:3, :3], axis=0)
    last = int(np.argmax(towards_head))
    return [axis for axis in range(3) if axis != last] + [last]


def _odd_multiple(least: int, of: int) -> int:
    times = -(-least // of)
    return of * (times + 1 - times % 2)
