import numpy as np
import pytest

from fluoroseg.physics import expose

FLAT = np.full((200, 200), 0.3, dtype=np.float32)


def test_counts_are_poisson():
    photons = 5000.0
    counts = expose(FLAT, np.random.default_rng(0), photons=photons, blur_px=0) * photons
    assert counts.mean() == pytest.approx(0.3 * photons, rel=1e-3)
    assert counts.var() / counts.mean() == pytest.approx(1, abs=0.03)


def test_noise_falls_with_exposure():
    noise = [expose(FLAT, np.random.default_rng(1), photons=n, blur_px=0).std() for n in (1e3, 1e5)]
    assert noise[0] / noise[1] == pytest.approx(10, rel=0.05)


def test_same_seed_same_picture():
    first, second = (expose(FLAT, np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert first.dtype == np.float32
    assert np.any(first != expose(FLAT, np.random.default_rng(8)))


def test_blur_spreads_a_point_and_keeps_its_energy():
    point = np.zeros((41, 41), dtype=np.float32)
    point[20, 20] = 1
    spread = expose(point, np.random.default_rng(0), photons=1e9, blur_px=1.0)
    assert spread.sum() == pytest.approx(1, rel=1e-3)
    assert spread[20, 20] == pytest.approx(1 / (2 * np.pi), rel=0.02)
