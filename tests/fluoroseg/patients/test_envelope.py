"""Bare bones get a closed body, whatever way the volume is stored."""

import numpy as np
import pytest

from fluoroseg.patients.envelope import BEYOND_MM, FAT_HU, FAT_MM, MUSCLE_HU, MUSCLE_MM, clothe_bones

SPACING = np.diag([4.0, 4.0, 5.0, 1.0])


def ring() -> np.ndarray:
    """A ring of bone, 80 mm in radius, along z."""
    hu = np.full((50, 50, 30), -1000, np.int16)
    i, j = np.mgrid[:50, :50] - 24.5
    hu[np.abs(np.hypot(i, j) * 4 - 78) < 4] = 700
    return hu


def test_muscle_then_fat_then_air_around_the_bones():
    bone = ring()
    labels = (bone > 0).astype(np.uint16)
    hu, moved_labels, affine = clothe_bones(bone, labels, SPACING)
    assert hu.shape == moved_labels.shape
    np.testing.assert_array_equal(np.unique(hu), [-1000, FAT_HU, MUSCLE_HU, 700])
    assert (hu == 700).sum() == (bone == 700).sum()
    i, j, _ = np.nonzero(hu > -1000)
    radius = np.hypot(*(affine[:2, :2] @ [i, j] + affine[:2, 3:] - 4 * 24.5))
    assert radius.max() == pytest.approx(80 + MUSCLE_MM + FAT_MM, abs=6)
    fat = (hu == FAT_HU).any(axis=(0, 1))
    assert fat.all()
    assert len(fat) == 30 + 2 * BEYOND_MM / 5
    row = hu[hu.shape[0] // 2, :, hu.shape[2] // 2]
    assert (row[: len(row) // 2] == FAT_HU).sum() * 4 == pytest.approx(FAT_MM, abs=6)


def test_labels_stay_where_they_were_in_the_world():
    bone = ring()
    labels = np.zeros(bone.shape, np.uint16)
    labels[10, 20, 5] = 77
    _, moved, affine = clothe_bones(bone, labels, SPACING)
    (at,) = np.argwhere(moved)
    np.testing.assert_allclose(affine @ [*at, 1], SPACING @ [10, 20, 5, 1])


def test_axis_order_does_not_matter():
    bone = ring()
    straight, _, _ = clothe_bones(bone, np.zeros(bone.shape, np.uint16), SPACING)
    turned = np.ascontiguousarray(bone.transpose(2, 0, 1))
    other, _, _ = clothe_bones(turned, np.zeros(turned.shape, np.uint16), SPACING[:, [2, 0, 1, 3]])
    np.testing.assert_array_equal(other.transpose(1, 2, 0), straight)


def test_without_any_bone_there_is_still_a_body():
    empty = np.full((20, 20, 10), -1000, np.int16)
    hu, _, _ = clothe_bones(empty, np.zeros(empty.shape, np.uint16), SPACING)
    assert hu[hu.shape[0] // 2, hu.shape[1] // 2, hu.shape[2] // 2] == MUSCLE_HU
