"""The one pass over a volume that `vary` makes (numba; everything it needs is an argument)."""

import numba
import numpy as np


@numba.njit(cache=True, nogil=True)
def warp(
    hu, labels, shift, step, outside_mm, fat_mm, fat_under_mm, owner, tissue, together, edit, noise, noise_hu,
    bone_gain, out_hu, out_labels, first, last,
):  # fmt: skip
    """Sample at displaced places: HU linear, label nearest; then fat, tissue edits and texture. Fills the
    slabs first .. last of out_hu and out_labels, whose grid may be larger than that of hu and labels.

    shift: float32 `[a, b, c, 3]`, place in the old volume less place in the new, in voxels, at every
    `step`-th (float32 `[3]`) voxel of the new one.
    outside_mm: float32 `[a, b, c]`, signed distance to the skin at the same nodes (negative inside); open
    air up to `fat_mm` from it, and down to `fat_under_mm` below its coarse surface, becomes fat.
    owner: uint8 `[a, b, c]`, segment of the new nodes; tissue: uint8, of the old ones at the same step. A
    place that would show tissue which may not be `together` (bool) with its owner is air.
    edit: float32 `[labels, 3]`, per label a factor of the density (hu + 1000), 1 where it holds for what is
    mostly air only (lung: not its vessels), and HU added.
    noise: float32 tile `[p, q, r]` of unit variance, repeated.
    """
    ni, nj, nk = hu.shape
    pi, pj, pk = noise.shape
    zero, half = np.float32(0), np.float32(0.5)
    for i in range(first, last):
        node = np.empty((shift.shape[2], 4), np.float32)
        fi = np.float32(i) / step[0]
        a = min(int(fi), shift.shape[0] - 2)
        fi -= np.float32(a)
        for j in range(out_hu.shape[1]):
            fj = np.float32(j) / step[1]
            b = min(int(fj), shift.shape[1] - 2)
            fj -= np.float32(b)
            _between(shift, outside_mm, a, b, fi, fj, node)
            near_i, near_j = a + int(fi + half), b + int(fj + half)
            for k in range(out_hu.shape[2]):
                fk = np.float32(k) / step[2]
                c = min(int(fk), shift.shape[2] - 2)
                fk -= np.float32(c)
                fl = np.float32(1) - fk
                x = min(max(np.float32(i) + node[c, 0] * fl + node[c + 1, 0] * fk, zero), np.float32(ni - 1))
                y = min(max(np.float32(j) + node[c, 1] * fl + node[c + 1, 1] * fk, zero), np.float32(nj - 1))
                z = min(max(np.float32(k) + node[c, 2] * fl + node[c + 1, 2] * fk, zero), np.float32(nk - 1))
                label = labels[int(x + half), int(y + half), int(z + half)]
                value = _linear(hu, x, y, z)
                its = owner[near_i, near_j, c + int(fk + half)]
                if its > 0:
                    of = tissue[int(x / step[0] + half), int(y / step[1] + half), int(z / step[2] + half)]
                    if not together[its, of]:
                        out_hu[i, j, k], out_labels[i, j, k] = -1000, 0
                        continue
                if value < -300 and label == 0:
                    away = node[c, 3] * fl + node[c + 1, 3] * fk
                    if -fat_under_mm < away <= fat_mm:
                        value = np.float32(-100)
                out_hu[i, j, k] = _edited(
                    value, edit, label, bone_gain, noise_hu * noise[i % pi, j % pj, k % pk]
                )
                out_labels[i, j, k] = label


@numba.njit(inline="always")
def _between(shift, outside_mm, a, b, fi, fj, node):
    """The nodes of one line, interpolated across it: displacement and distance to the skin."""
    one = np.float32(1)
    w00, w01, w10, w11 = (one - fi) * (one - fj), (one - fi) * fj, fi * (one - fj), fi * fj
    for c in range(node.shape[0]):
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
