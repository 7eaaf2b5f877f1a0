import numpy as np
import pytest
from scipy import ndimage, stats

from fluoroseg.physics.readout import Noise, count_quanta, enlarged, enlarged_across, read_out

SHAPE = (400, 500)
ONE, NONE = np.ones((1, 1), dtype=np.float32), np.zeros((1, 1), dtype=np.float32)
STEP = max(SHAPE)


def draws(mean, seed=1):
    """Counts of `mean` quanta in each pixel: of signal 1, of which each quantum is 1 / mean."""
    signal, flat = np.ones(SHAPE, dtype=np.float32), np.ones(24, dtype=np.float32)
    counted = count_quanta(signal, ONE, NONE, STEP, mean, flat, Noise(seed, SHAPE[0]))
    return np.rint(counted.ravel().astype(np.float64) * mean)


@pytest.mark.parametrize("mean", [0.5, 3.0, 9.9, 10.1, 40.0, 1e3, 1e5, 1e6])
def test_counts_have_the_mean_variance_and_skewness_of_poisson(mean):
    counts = draws(mean)
    number = counts.size
    assert counts.mean() == pytest.approx(mean, abs=5 * np.sqrt(mean / number))
    spread = np.sqrt((2 + 1 / mean) / number)
    assert counts.var() / mean == pytest.approx(1, abs=5 * spread)
    assert stats.skew(counts) == pytest.approx(mean**-0.5, abs=5 * np.sqrt(6 / number) * (1 + 1 / mean))


@pytest.mark.parametrize("mean", [0.7, 6.0, 12.0, 55.0])
def test_counts_have_the_distribution_of_poisson(mean):
    counts = draws(mean)
    low, high = stats.poisson.ppf([1e-4, 1 - 1e-4], mean).astype(int)
    seen = np.array([(counts <= low).sum(), *((counts == k).sum() for k in range(low + 1, high))])
    share = np.array([stats.poisson.cdf(low, mean), *stats.poisson.pmf(range(low + 1, high), mean)])
    seen, share = np.append(seen, counts.size - seen.sum()), np.append(share, 1 - share.sum())
    assert stats.chisquare(seen, share * counts.size).pvalue > 1e-4


def test_blocks_and_seeds_have_random_numbers_of_their_own():
    """No row of pixels is like another, in the same block, in the next or under the next seed."""
    rows = np.concatenate([draws(1e4, seed).reshape(SHAPE) for seed in (1, 2)]) - 1e4
    alike = np.corrcoef(rows) - np.eye(len(rows))
    assert np.abs(alike).max() < 6 / np.sqrt(SHAPE[1])


def test_nothing_gives_nothing():
    dark = np.zeros(SHAPE, dtype=np.float32)
    noise = Noise(0, SHAPE[0])
    assert not count_quanta(dark, ONE, NONE, STEP, 1e4, np.ones(24, dtype=np.float32), noise).any()


def test_energy_per_quantum_is_that_of_the_signal():
    """A quantum of 1 + n / 10 at 2^-n: so many quanta, and the variance of so many."""
    hardening = (1 + np.arange(24) / 10).astype(np.float32)
    for signal, energy in ((2.0, 1.0), (1.0, 1.0), (0.5, 1.1), (0.375, 1.15), (2.0**-5, 1.5), (1e-9, 3.3)):
        picture = np.full(SHAPE, signal, dtype=np.float32)
        counted = count_quanta(picture, ONE, NONE, STEP, 1e3 / signal, hardening, Noise(3, SHAPE[0]))
        noise = counted.astype(np.float64) / signal
        assert noise.mean() == pytest.approx(1, abs=1e-3)
        assert noise.var() == pytest.approx(energy / 1e3, rel=0.02)


def test_electronic_noise_is_normal():
    dark = np.full(SHAPE, 50, dtype=np.float32)
    weights = np.ones(1, dtype=np.float32)
    noise = read_out(dark, weights, 1.0, NONE, ONE, STEP, 2.5, Noise(0, SHAPE[0])).astype(np.float64) - 50
    assert noise.mean() == pytest.approx(0, abs=0.03)
    assert noise.std() == pytest.approx(2.5, rel=0.01)
    assert stats.kurtosis(noise.ravel()) == pytest.approx(0, abs=0.06)
    assert np.mean(np.abs(noise) > 7.5) == pytest.approx(0.0027, abs=0.0006)


@pytest.mark.parametrize("shape", [(150, 70), (65, 3), (1, 1)])
def test_light_spreads_as_scipy_convolves(shape):
    signal = np.random.default_rng(5).random(shape).astype(np.float32)
    weights = np.array([0.5, 0.2, 0.07, -0.02], dtype=np.float32)
    spread = read_out(signal, weights, 0.75, 0.25 * ONE, 2 * ONE, 1000, 0.0, Noise(0, shape[0]))
    kernel = np.concatenate([weights[:0:-1], weights])
    expected = signal.astype(np.float64)
    for axis in (0, 1):
        expected = ndimage.correlate1d(expected, kernel, axis, mode="nearest")
    np.testing.assert_allclose(spread, (0.75 * expected + 0.25) / 2, rtol=1e-6)


def test_enlarging_keeps_planes_in_any_rows():
    """The means of squares of a plane, enlarged, are the plane."""
    step, rows, columns = 4, np.arange(20), np.arange(28)
    plane = (3 + 2 * rows[:, None] - columns).astype(np.float32)
    coarse = plane.reshape(5, 4, 7, 4).mean(axis=(1, 3))[None]
    wide = enlarged_across(coarse, step, 28)
    np.testing.assert_allclose(enlarged(wide, step, slice(0, 20))[0], plane, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(enlarged(wide, step, slice(7, 12))[0], plane[7:12], rtol=1e-5, atol=1e-5)
