"""The one pass over a volume that `variation.vary` makes (numba; everything it needs is an argument)."""

import numba
import numpy as np


@numba.njit(cache=True, fastmath=True, nogil=True)
def warp(
    hu, labels, shift, step, outside_mm, fat_mm, fat_under_mm, edit, noise, noise_hu, bone_gain,
    out_hu, out_labels, first, last,
):  # fmt: skip
    """Sample at displaced places: HU linear, label nearest; then fat, tissue edits and texture. Fills the
    slabs first .. last of out_hu and out_labels.

    shift: float32 `[a, b, c, 3]`, displacement in voxels at every `step`-th voxel.
    outside_mm: float32 `[a, b, c]`, signed distance to the skin at the same places (negative inside); open
    air up to `fat_mm` from it, and down to `fat_under_mm` below its coarse surface, becomes fat.
    edit: float32 `[labels, 2]`, per label a factor of the density (hu + 1000), and 1 where it holds for
    what is mostly air only (lung: not its vessels).
    noise: float32 tile `[p, q, r]` of unit variance, repeated.
    """
    ni, nj, nk = hu.shape
    pi, pj, pk = noise.shape
    for i in range(first, last):
        node = np.empty((shift.shape[2], 4), np.float32)
        fi = np.float32(i) / step
        a = min(int(fi), shift.shape[0] - 2)
        fi -= a
        for j in range(nj):
            fj = np.float32(j) / step
            b = min(int(fj), shift.shape[1] - 2)
            fj -= b
            w00, w01, w10, w11 = (1 - fi) * (1 - fj), (1 - fi) * fj, fi * (1 - fj), fi * fj
            for c in range(shift.shape[2]):
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
            for k in range(nk):
                fk = np.float32(k) / step
                c = min(int(fk), shift.shape[2] - 2)
                fk -= c
                x = min(
                    max(i + node[c, 0] * (1 - fk) + node[c + 1, 0] * fk, np.float32(0)), np.float32(ni - 1)
                )
                y = min(
                    max(j + node[c, 1] * (1 - fk) + node[c + 1, 1] * fk, np.float32(0)), np.float32(nj - 1)
                )
                z = min(
                    max(k + node[c, 2] * (1 - fk) + node[c + 1, 2] * fk, np.float32(0)), np.float32(nk - 1)
                )
                label = labels[int(x + 0.5), int(y + 0.5), int(z + 0.5)]
                value = _linear(hu, x, y, z)
                if value < -300 and label == 0:
                    away = node[c, 3] * (1 - fk) + node[c + 1, 3] * fk
                    if -fat_under_mm < away <= fat_mm:
                        value = np.float32(-100)
                factor = edit[label, 0]
                if edit[label, 1] > 0:
                    factor = 1 + (factor - 1) * min(max((-300 - value) / 300, np.float32(0)), np.float32(1))
                value = factor * (value + 1000) - 1000
                if value > 150:
                    value = 150 + (value - 150) * bone_gain
                if value > -950:
                    value += noise_hu * noise[i % pi, j % pj, k % pk]
                out_hu[i, j, k] = np.int16(min(max(value, np.float32(-1024)), np.float32(32000)))
                out_labels[i, j, k] = label


@numba.njit(inline="always", fastmath=True)
def _linear(hu, x, y, z):
    i, j, k = int(x), int(y), int(z)
    i1, j1, k1 = min(i + 1, hu.shape[0] - 1), min(j + 1, hu.shape[1] - 1), min(k + 1, hu.shape[2] - 1)
    fx, fy, fz = x - i, y - j, z - k
    low = (hu[i, j, k] * (1 - fz) + hu[i, j, k1] * fz) * (1 - fy) + (
        hu[i, j1, k] * (1 - fz) + hu[i, j1, k1] * fz
    ) * fy
    high = (hu[i1, j, k] * (1 - fz) + hu[i1, j, k1] * fz) * (1 - fy) + (
        hu[i1, j1, k] * (1 - fz) + hu[i1, j1, k1] * fz
    ) * fy
    return low * (1 - fx) + high * fx
