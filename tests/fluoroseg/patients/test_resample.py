"""Labels on another grid land where the world says, or are refused."""

import itertools

import numpy as np
import pytest

from fluoroseg.errors import GeometryError
from fluoroseg.patients.resample import axis_codes, labels_onto_grid, same_grid


def grid(spacing, origin=(0.0, 0.0, 0.0)):
    affine = np.diag([*spacing, 1.0])
    affine[:3, 3] = origin
    return affine


def slow_nearest(labels, world_from_labels, shape, world_from_index):
    out = np.zeros(shape, np.uint16)
    for index in np.ndindex(*shape):
        world = world_from_index @ [*index, 1]
        at = np.floor(np.linalg.solve(world_from_labels, world)[:3] + 0.500001).astype(int)
        if all(0 <= a < n for a, n in zip(at, labels.shape, strict=True)):
            out[index] = labels[tuple(at)]
    return out


def test_the_same_grid_is_returned_as_it_is():
    labels = np.ones((3, 4, 5), np.uint16)
    assert labels_onto_grid(labels, grid((1, 2, 3)), (3, 4, 5), grid((1, 2, 3))) is labels
    assert same_grid((3, 4, 5), grid((1, 2, 3)), (3, 4, 5), grid((1, 2, 3), (1e-3, 0, 0)))
    assert not same_grid((3, 4, 5), grid((1, 2, 3)), (3, 4, 5), grid((1, 2, 3), (0.2, 0, 0)))


@pytest.mark.parametrize("turn_deg", [0.0, 17.0])
@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (0.7, 1.9, 2.6)])
def test_against_a_voxel_by_voxel_search(turn_deg, spacing):
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 9, (9, 8, 7)).astype(np.uint16)
    c, s = np.cos(np.deg2rad(turn_deg)), np.sin(np.deg2rad(turn_deg))
    turn = np.array([[c, -s, 0, 0], [s, c, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
    of_labels, of_ct = turn @ grid((1.3, 1.1, 1.2), (-1.0, 0.3, 0.2)), grid(spacing, (0.11, 0.07, 0.03))
    found = labels_onto_grid(labels, of_labels, (8, 6, 5), of_ct)
    np.testing.assert_array_equal(found, slow_nearest(labels, of_labels, (8, 6, 5), of_ct))
    assert found.any()


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
@pytest.mark.parametrize("flips", list(itertools.product((False, True), repeat=3)))
def test_turned_storage_does_not_move_labels(order, flips):
    labels = np.random.default_rng(2).integers(0, 5, (4, 5, 6)).astype(np.uint16)
    affine = grid((1.0, 2.0, 3.0), (5, 6, 7))
    stored, of_stored = labels.transpose(order), affine[:, [*order, 3]]
    for axis, flip in enumerate(flips):
        if flip:
            of_stored = of_stored.copy()
            of_stored[:, 3] += of_stored[:, axis] * (stored.shape[axis] - 1)
            of_stored[:, axis] *= -1
            stored = np.flip(stored, axis)
    found = labels_onto_grid(np.ascontiguousarray(stored), of_stored, labels.shape, affine)
    np.testing.assert_array_equal(found, labels)


def test_labels_elsewhere_are_refused_with_numbers():
    labels = np.ones((10, 10, 10), np.uint16)
    with pytest.raises(
        GeometryError, match=r"0% of the labelled.*100\.\.109.*axes disagree: labels RPS, CT LPS"
    ):
        labels_onto_grid(
            labels, grid((-1, 1, 1), (109, 0, 0)), (10, 10, 10), grid((1, 1, 1)), "labels.nii.gz"
        )


def test_a_shift_by_most_of_the_volume_is_refused_a_small_one_is_not():
    labels = np.ones((10, 10, 10), np.uint16)
    with pytest.raises(GeometryError, match="hardly overlap"):
        labels_onto_grid(labels, grid((1, 1, 1), (7, 0, 0)), (10, 10, 10), grid((1, 1, 1)))
    assert labels_onto_grid(labels, grid((1, 1, 1), (3, 0, 0)), (10, 10, 10), grid((1, 1, 1))).sum() == 700


def test_labels_of_a_cropped_part_and_of_a_larger_scan_are_both_taken():
    small = np.ones((3, 3, 3), np.uint16)
    assert labels_onto_grid(small, grid((1, 1, 1), (4, 4, 4)), (20, 20, 20), grid((1, 1, 1))).sum() == 27
    large = np.ones((60, 60, 60), np.uint16)
    assert labels_onto_grid(large, grid((1, 1, 1)), (4, 4, 4), grid((1, 1, 1), (30, 30, 30))).all()
    large[30:] = 0  # a structure of that scan which lies outside the CT
    assert not labels_onto_grid(large, grid((1, 1, 1)), (4, 4, 4), grid((1, 1, 1), (40, 40, 40))).any()


def test_axis_codes():
    assert axis_codes(np.eye(4)) == "LPS"
    assert axis_codes(np.diag([-1.0, -2, 3, 1])) == "RAS"
    assert axis_codes(np.eye(4)[:, [2, 0, 1, 3]]) == "SLP"
