"""Rotations found from centres and shapes, against rotations that are known."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from fluoroseg.geometry.alignment import align

RNG = np.random.default_rng(5)
CENTRES = RNG.normal(0, 60, (6, 3))
SPREADS = np.einsum("nij,nkj->nik", *[RNG.normal(0, 15, (6, 3, 3))] * 2)


def degrees(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.degrees(Rotation.from_matrix(one.T @ other).magnitude()))


@pytest.mark.parametrize("seed", range(6))
def test_any_rotation_size_and_place_is_found(seed):
    turn = Rotation.random(rng=np.random.default_rng(seed)).as_matrix()
    centres = 1.3 * CENTRES @ turn.T + np.array([500.0, -20, 3])
    spreads = 1.69 * turn @ SPREADS @ turn.T
    found = align(centres, spreads, CENTRES, SPREADS, np.ones(6), np.eye(3))
    assert degrees(found, turn) < 0.5
    assert np.linalg.det(found) == pytest.approx(1)
    without_shapes = align(centres, np.zeros((6, 3, 3)), CENTRES, SPREADS, np.ones(6), np.eye(3))
    assert degrees(without_shapes, turn) < 0.5


def test_a_lone_bone_is_found_up_to_its_symmetry():
    turn = Rotation.from_euler("xyz", (20, -15, 10), degrees=True).as_matrix()
    shape = np.diag([400.0, 60.0, 5000.0])
    one = np.zeros((1, 3))
    found = align(one, (turn @ shape @ turn.T)[None], one, shape[None], np.ones(1), np.eye(3))
    assert degrees(found, turn) < 1  # of its four symmetric places the one nearest to what is expected


def test_without_any_shape_the_expected_rotation_stays():
    expected = Rotation.from_euler("z", 40, degrees=True).as_matrix()
    round_ones = np.broadcast_to(100 * np.eye(3), (1, 3, 3))
    found = align(np.zeros((1, 3)), round_ones, np.zeros((1, 3)), round_ones, np.ones(1), expected)
    assert degrees(found, expected) < 0.1
