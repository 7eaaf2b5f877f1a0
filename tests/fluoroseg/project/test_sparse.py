"""A sparse march against that of every ray."""

import numpy as np
import pytest

from fluoroseg import phantom, simulate
from fluoroseg.geometry.views import find_view
from fluoroseg.physics.beam import transmission
from fluoroseg.project import Projector
from fluoroseg.project.constants import TILE
from fluoroseg.project.sparse import fill, strides_of
from fluoroseg.project.threads import set_threads


@pytest.fixture(scope="module")
def patient():
    return phantom(spacing_mm=6)


@pytest.fixture(scope="module")
def projector(patient):
    return Projector(patient)


@pytest.fixture(scope="module")
def camera(patient):
    return find_view(patient, "ap pelvis", 200).camera


def test_structures_are_the_same_and_the_tissue_nearly(projector, camera):
    everything = np.ones(camera.shape, dtype=bool)
    dense = projector.project(camera, lengths=True)
    sparse = projector.project(camera, lengths=True, exposed=everything)
    np.testing.assert_array_equal(dense.layers[0].bits, sparse.layers[0].bits)
    assert dense.layers[0].path_summary_mm() == sparse.layers[0].path_summary_mm()
    one, other = dense.areal_g_cm2, sparse.areal_g_cm2
    np.testing.assert_array_equal(one[:, ::2, ::2], other[:, ::2, ::2])
    error = np.abs(np.log(transmission(one, 90.0)) - np.log(transmission(other, 90.0)))
    assert 0 < error.max() < 0.5
    assert np.quantile(error, 0.99) < 0.05
    assert np.quantile(error, 0.999) < 0.2
    assert error.mean() < 0.01


def test_behind_the_blades_hardly_anything_is_marched(projector, patient):
    view = find_view(patient, "ap pelvis", 200)
    exposed = np.zeros((200, 200), dtype=bool)
    exposed[64:128, 64:128] = True
    sparse = projector.project(view.camera, exposed=exposed)
    dense = projector.project(view.camera)
    assert np.array_equal(sparse.layers[0].bits[exposed], dense.layers[0].bits[exposed])
    row, column = np.indices(exposed.shape)
    passed_by = ~exposed & ((row % TILE != 0) | (column % TILE != 0))
    assert dense.layers[0].bits[passed_by].any()
    assert not sparse.layers[0].bits[passed_by].any()
    np.testing.assert_array_equal(sparse.areal_g_cm2[:, ::TILE, ::TILE], dense.areal_g_cm2[:, ::TILE, ::TILE])
    assert np.abs(sparse.areal_g_cm2 - dense.areal_g_cm2).sum(axis=0).mean() < 2.0


def test_every_ray_around_metal_and_where_voxels_are_small(projector, camera, patient):
    volume = projector.volumes[0]
    everything = np.ones(camera.shape, dtype=bool)
    start = np.zeros(camera.shape[0] * camera.shape[1] + 1, dtype=np.int64)
    start[5 * 200 + 37 + 1 :] = 1  # one interval, on the ray of row 5, column 37
    strides = strides_of(volume, camera, everything, (start,))
    assert strides[0, 37 // TILE] == 1
    assert (np.delete(strides.ravel(), 37 // TILE) == 2).all()
    small = find_view(patient, "ap pelvis", 32).camera
    assert (strides_of(volume, small, np.ones((32, 32), dtype=bool), ()) == 1).all()


@pytest.mark.parametrize("shape", [(50, 37), (16, 16), (3, 64)])
def test_planes_are_interpolated_exactly(shape):
    """Bilinear interpolation is exact for a plane; where a row or column is missing, its last value stays."""
    row, column = np.indices(shape, dtype=np.float32)
    truth = np.stack([3 + 0.5 * row - 0.25 * column] * 2).astype(np.float32)
    areal = np.full_like(truth, np.nan)
    areal[:, ::2, ::2] = truth[:, ::2, ::2]
    strides = np.full((-(-shape[0] // TILE), -(-shape[1] // TILE)), 2, dtype=np.uint8)
    fill(areal, strides)
    inner = slice(None), slice(0, shape[0] - 1 + shape[0] % 2), slice(0, shape[1] - 1 + shape[1] % 2)
    np.testing.assert_allclose(areal[inner], truth[inner], atol=1e-5)
    assert np.isfinite(areal).all()


def test_all_mixtures_of_strides_are_filled():
    rng = np.random.default_rng(0)
    areal = np.full((1, 80, 75), np.nan, dtype=np.float32)
    strides = rng.choice(np.array([1, 2, TILE], dtype=np.uint8), (5, 5))
    for r in range(80):
        for c in range(75):
            stride = strides[r // TILE, c // TILE]
            if r % stride == 0 and c % stride == 0:
                areal[0, r, c] = rng.random()
    fill(areal, strides)
    assert np.isfinite(areal).all()
    assert areal.min() >= 0
    assert areal.max() <= 1


def test_threads_change_nothing(projector, camera):
    everything = np.ones(camera.shape, dtype=bool)
    made = []
    for number in (1, 2):
        set_threads(number)
        made.append(projector.project(camera, lengths=True, exposed=everything).areal_g_cm2)
    set_threads(0)
    np.testing.assert_array_equal(*made)


def test_a_picture_with_a_tool_hardly_changes(patient):
    """The same seed puts the same tool in the same place; metal is marched ray by ray."""
    made = [
        simulate(patient, "ap pelvis", tools=("k-wire 2.0 mm",), size=200, seed=3, sparse=sparse)
        for sparse in (False, True)
    ]
    one, other = (np.log(np.maximum(shot.picture.primary, 1e-6)) for shot in made)
    field = made[0].picture.field
    metal = made[0].masks["k-wire 2.0 mm"]
    assert metal.any()
    np.testing.assert_array_equal(one[metal], other[metal])
    assert np.abs(one - other)[field if field is not None else ...].mean() < 0.01
    assert list(made[0].masks) == list(made[1].masks)
