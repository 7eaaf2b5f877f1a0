"""The passes over a volume that `vary` makes (numba; everything they need is an argument)."""

import numba
import numpy as np

BRICK = 4
"""Edge of the blocks of voxels of which `occupied` tells whether anything is in them."""

AIR_HU = -900
AIR_OWNER = 255


@numba.njit(cache=True, nogil=True)
def occupied(hu, labels, out, first, last):
    """out: bool `[a, b, c]`; whether a brick has a labelled voxel or one above `AIR_HU`, in layers
    first .. last. Returns the largest label in these."""
    ni, nj, nk = hu.shape
    most = np.uint16(0)
    highest, largest = np.empty(out.shape[2], np.int16), np.empty(out.shape[2], np.uint16)
    for a in range(first, last):
        for b in range(out.shape[1]):
            highest[:], largest[:] = AIR_HU, 0
            for i in range(a * BRICK, min((a + 1) * BRICK, ni)):
                for j in range(b * BRICK, min((b + 1) * BRICK, nj)):
                    for k in range(nk):
                        highest[k // BRICK] = max(highest[k // BRICK], hu[i, j, k])
                        largest[k // BRICK] = max(largest[k // BRICK], labels[i, j, k])
            for c in range(out.shape[2]):
                out[a, b, c] = highest[c] > AIR_HU or largest[c] > 0
                most = max(most, largest[c])
    return most


@numba.njit(cache=True, nogil=True)
def filled(shift, step, outside_mm, fat_mm, fat_under_mm, owner, bricks, shape, out):
    """out: bool `[a - 1, b - 1, c - 1]`; whether a cell between eight nodes can show anything but air.

    Within a cell the displacement is a mean of its corners', so that no place of it comes from outside their
    bounding box: where that holds empty `bricks` (of a volume of `shape`) only, all is air, unless fat may
    grow there. The other arguments are those of `warp`.
    """
    low, high = np.empty(3, np.float32), np.empty(3, np.float32)
    for a in range(out.shape[0]):
        for b in range(out.shape[1]):
            for c in range(out.shape[2]):
                low[:], high[:] = 1e9, -1e9
                near, far, owned = np.float32(1e9), np.float32(-1e9), False
                for corner in range(8):
                    at = (a + (corner >> 2), b + (corner >> 1 & 1), c + (corner & 1))
                    owned |= owner[at] != AIR_OWNER
                    near, far = min(near, outside_mm[at]), max(far, outside_mm[at])
                    for d in range(3):
                        place = np.float32(at[d]) * step[d] + shift[at[0], at[1], at[2], d]
                        low[d], high[d] = min(low[d], place), max(high[d], place)
                fat = near <= fat_mm and far > -fat_under_mm and fat_under_mm > 0
                out[a, b, c] = owned and (fat or _any(bricks, low, high, shape))


@numba.njit(cache=True, nogil=True)
def warp(
    hu, labels, shift, step, outside_mm, fat_mm, fat_under_mm, owner, tissue, together, edit, noise, noise_hu,
    bone_gain, cells, out_hu, out_labels, boxes, first, last,
):  # fmt: skip
    """Sample at displaced places: HU linear, label nearest; then fat, tissue edits and texture. Fills the
    slabs first .. last of out_hu and out_labels, whose grid may be larger than that of hu and labels, where
    `cells` (see `filled`) has something; the rest stays as it was. `deform.Field` describes what is not here.

    shift, outside_mm, owner: at every `step`-th (float32 `[3]`) voxel of the new volume; tissue: of the old.
    fat_mm, fat_under_mm: open air up to so far from the skin, and so far below it, becomes fat.
    edit: float32 `[labels, 3]`, per label a factor of the density (hu + 1000), 1 where it holds for what is
    mostly air only (lung: not its vessels), and HU added.
    noise: float32 tile `[p, q, r]` of unit variance, repeated.
    boxes: int64 `[labels, 3, 2]`, widened to the first and last index of every label but 0.
    """
    half = np.float32(0.5)
    starts, share = _starts(out_hu.shape[2], step[2], cells.shape[2])
    node = np.empty((shift.shape[2], 4), np.float32)
    for i in range(first, last):
        fi = np.float32(i) / step[0]
        a = min(int(fi), shift.shape[0] - 2)
        fi -= np.float32(a)
        for j in range(out_hu.shape[1]):
            fj = np.float32(j) / step[1]
            b = min(int(fj), shift.shape[1] - 2)
            fj -= np.float32(b)
            near = owner[a + int(fi + half), b + int(fj + half)]
            tile = noise[i % noise.shape[0], j % noise.shape[1]]
            for c in range(cells.shape[2]):
                if not cells[a, b, c]:
                    continue
                if c == 0 or not cells[a, b, c - 1]:
                    _between(shift, outside_mm, a, b, c, fi, fj, node)
                _between(shift, outside_mm, a, b, c + 1, fi, fj, node)
                for k in range(starts[c], starts[c + 1]):
                    x, y, z, away = _source(hu, node, i, j, k, c, share[k])
                    its = near[c + int(share[k] + half)]
                    if its > 0 and not together[its, _nearest(tissue, x / step[0], y / step[1], z / step[2])]:
                        continue
                    label, value = _nearest(labels, x, y, z), _linear(hu, x, y, z)
                    if value < -300 and label == 0 and -fat_under_mm < away <= fat_mm:
                        value = np.float32(-100)
                    texture = noise_hu * tile[k % noise.shape[2]]
                    out_hu[i, j, k] = _edited(value, edit, label, bone_gain, texture)
                    if label > 0:
                        out_labels[i, j, k] = label
                        _widen(boxes[label], i, j, k)


@numba.njit(inline="always")
def _source(hu, node, i, j, k, c, fk):
    """Where voxel `[i, j, k]`, at the share `fk` of cell `c`, comes from, and its distance to the skin."""
    zero, fl = np.float32(0), np.float32(1) - fk
    x = np.float32(i) + node[c, 0] * fl + node[c + 1, 0] * fk
    y = np.float32(j) + node[c, 1] * fl + node[c + 1, 1] * fk
    z = np.float32(k) + node[c, 2] * fl + node[c + 1, 2] * fk
    x = min(max(x, zero), np.float32(hu.shape[0] - 1))
    y = min(max(y, zero), np.float32(hu.shape[1] - 1))
    z = min(max(z, zero), np.float32(hu.shape[2] - 1))
    return x, y, z, node[c, 3] * fl + node[c + 1, 3] * fk


@numba.njit(inline="always")
def _nearest(values, x, y, z):
    half = np.float32(0.5)
    return values[int(x + half), int(y + half), int(z + half)]


@numba.njit(inline="always")
def _any(bricks, low, high, shape):
    """Whether a brick is occupied that holds a voxel which places between two corners are sampled from."""
    first, last = np.empty(3, np.int64), np.empty(3, np.int64)
    for d in range(3):
        first[d] = int(min(max(low[d] - 1, 0), shape[d] - 1)) // BRICK
        last[d] = int(min(max(high[d] + 2, 0), shape[d] - 1)) // BRICK
    for i in range(first[0], last[0] + 1):
        for j in range(first[1], last[1] + 1):
            for k in range(first[2], last[2] + 1):
                if bricks[i, j, k]:
                    return True
    return False


@numba.njit(inline="always")
def _starts(length, step, cells):
    """The first voxel of each cell along an axis and one past the last; each voxel's place in its cell."""
    starts, share = np.full(cells + 1, length, np.int64), np.empty(length, np.float32)
    for k in range(length - 1, -1, -1):
        at = np.float32(k) / step
        c = min(int(at), cells - 1)
        starts[c], share[k] = k, at - np.float32(c)
    for c in range(cells - 1, -1, -1):  # a cell may be too thin to hold a voxel
        starts[c] = min(starts[c], starts[c + 1])
    return starts, share


@numba.njit(inline="always")
def _widen(box, i, j, k):
    box[0, 0], box[0, 1] = min(box[0, 0], i), max(box[0, 1], i)
    box[1, 0], box[1, 1] = min(box[1, 0], j), max(box[1, 1], j)
    box[2, 0], box[2, 1] = min(box[2, 0], k), max(box[2, 1], k)


@numba.njit(inline="always")
def _between(shift, outside_mm, a, b, c, fi, fj, node):
    """Node `c` of one line, interpolated across it: displacement and distance to the skin."""
    one = np.float32(1)
    w00, w01, w10, w11 = (one - fi) * (one - fj), (one - fi) * fj, fi * (one - fj), fi * fj
    for d in range(3):
        node[c, d] = (
            w00 * shift[a, b, c, d]
            + w01 * shift[a, b + 1, c, d]
            + w10 * shift[a + 1, b, c, d]
            + w11 * shift[a + 1, b + 1, c, d]
        )
    node[c, 3] = (
        w00 * outside_mm[a, b, c]
        + w01 * outside_mm[a, b + 1, c]
        + w10 * outside_mm[a + 1, b, c]
        + w11 * outside_mm[a + 1, b + 1, c]
    )


@numba.njit(inline="always")
def _edited(value, edit, label, bone_gain, texture):
    factor = edit[label, 0]
    if edit[label, 1] > 0:
        airy = min(max((np.float32(-300) - value) / np.float32(300), np.float32(0)), np.float32(1))
        factor = np.float32(1) + (factor - np.float32(1)) * airy
    value = factor * (value + np.float32(1000)) - np.float32(1000)
    if value > 150:
        value = np.float32(150) + (value - np.float32(150)) * bone_gain
    value += edit[label, 2]
    if value > -950:
        value += texture
    return np.int16(min(max(value, np.float32(-1024)), np.float32(32000)))


@numba.njit(inline="always")
def _linear(hu, x, y, z):
    i, j, k = int(x), int(y), int(z)
    i1, j1, k1 = min(i + 1, hu.shape[0] - 1), min(j + 1, hu.shape[1] - 1), min(k + 1, hu.shape[2] - 1)
    fx, fy, fz = x - np.float32(i), y - np.float32(j), z - np.float32(k)
    one = np.float32(1)
    low = (hu[i, j, k] * (one - fz) + hu[i, j, k1] * fz) * (one - fy) + (
        hu[i, j1, k] * (one - fz) + hu[i, j1, k1] * fz
    ) * fy
    high = (hu[i1, j, k] * (one - fz) + hu[i1, j, k1] * fz) * (one - fy) + (
        hu[i1, j1, k] * (one - fz) + hu[i1, j1, k1] * fz
    ) * fy
    return low * (one - fx) + high * fx
