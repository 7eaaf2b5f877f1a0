"""A varied body's volume: the fast way against the slow one, and what it leaves behind."""

from dataclasses import replace

import numpy as np
import pytest
from rods import rod_man
from slow_warp import slow_warp

from fluoroseg.patients.patient import Patient
from fluoroseg.patients.variation import Turn, Variation, sample_variation, vary
from fluoroseg.patients.variation.apply import _warped
from fluoroseg.patients.variation.deform import waves_at, waves_at_nodes
from fluoroseg.patients.variation.occupancy import occupancy
from fluoroseg.patients.variation.skeleton import node_positions
from fluoroseg.project.threads import set_threads


@pytest.fixture(scope="module")
def man() -> Patient:
    return rod_man()


@pytest.mark.parametrize("turned", [True, False])
@pytest.mark.parametrize("seed", [0, 1])
def test_skipping_air_changes_air_only(man: Patient, turned: bool, seed: int) -> None:
    """Against every voxel computed: the same, but for noise in unlabelled air away from the body."""
    rng = np.random.default_rng(seed)
    noisy = man.hu + np.where(man.hu == -1000, rng.integers(-24, 95, man.hu.shape), 0).astype(np.int16)
    body = replace(man, hu=noisy)
    drawn = replace(sample_variation(rng), opacities=(), pneumothoraces=(), gas=())
    if not turned:
        drawn = replace(drawn, turns=(), fat_mm=12.0 if seed else 0.0)
    new, (hu, labels) = vary(body, drawn), slow_warp(body, drawn)
    skipped = (new.hu == -1000) & (new.labels == 0) & (np.abs(hu + 1000) >= 1)
    assert skipped.mean() > 0.005
    assert (labels[skipped] == 0).all()
    assert hu[skipped].max() < -900 + 1 + 6 * drawn.texture_hu
    assert np.mean((labels != new.labels)[~skipped]) < 1e-4, "places half-way between two voxels"
    away = np.abs(hu - new.hu)[~skipped & (labels == new.labels)]
    assert np.mean(away > 1.01) < 1e-4, "HU are cut to whole ones; thresholds are met within rounding"


def test_what_lies_where_is_told_by_its_boxes(man: Patient) -> None:
    """`fill` looks in the boxes of the labels only: they hold all their voxels."""
    drawn = replace(sample_variation(np.random.default_rng(2), man), opacities=(), pneumothoraces=(), gas=())
    _, labels, boxes, _ = _warped(man, drawn)
    for label in range(len(boxes)):
        at = np.argwhere(labels == label)
        if label and len(at):
            assert np.array_equal(boxes[label], np.stack([at.min(0), at.max(0)], -1))
        else:
            assert (boxes[label, :, 1] == -1).all()


def test_the_bricks_hold_all_that_is_not_air(man: Patient) -> None:
    found = occupancy(man)
    full = (man.hu > -900) | (man.labels > 0)
    padded = np.pad(full, [(0, -n % 4) for n in full.shape])
    a, b, c = (n // 4 for n in padded.shape)
    assert np.array_equal(found.bricks, padded.reshape(a, 4, b, 4, c, 4).any((1, 3, 5)))
    assert found.labels == man.labels.max() + 1


def test_waves_on_the_grid_are_the_waves(man: Patient) -> None:
    waves = sample_variation(np.random.default_rng(0)).waves
    count, step = (5, 6, 7), np.array([3.5, 8.0, 4.0])
    places = man.to_world(node_positions(np.arange(5 * 6 * 7), count, step))
    expected = waves_at(man, waves, places).reshape(*count, 3)
    assert np.allclose(waves_at_nodes(man, waves, count, step), expected, atol=1e-9)


def test_threads_change_nothing(man: Patient) -> None:
    drawn = sample_variation(np.random.default_rng(3))
    made = []
    for threads in (1, 3):
        set_threads(threads)
        made.append(vary(man, drawn))
    set_threads(0)
    for other in made[1:]:
        assert np.array_equal(made[0].hu, other.hu)
        assert np.array_equal(made[0].labels, other.labels)


def test_what_a_moved_limb_uncovers_is_air(man: Patient) -> None:
    """Neither a copy of the leg nor a smear stays between legs that were opened, fat or not."""
    for fat_mm in (0.0, 12.0):
        legs = (Turn("hip_left", 0, 25, 0), Turn("hip_right", 0, 25, 0))
        wide = vary(man, Variation(turns=legs, fat_mm=fat_mm))
        tissue = wide.to_world(np.argwhere(wide.hu > -300).astype(float))
        low = tissue[:, 2] < 200
        assert low.any()
        assert np.abs(tissue[low, 0] - 198).min() > 60
        assert abs((wide.hu > -300).sum() / (vary(man, Variation(fat_mm=fat_mm)).hu > -300).sum() - 1) < 0.12
