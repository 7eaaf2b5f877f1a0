import numpy as np
import pytest
from numba import njit
from scipy import stats

from fluoroseg.physics.detector_kernels import READ_OUT, philox, philox_row, poisson, read_out

KEY = np.array([0xDEADBEEF, 0x12345678], dtype=np.uint64)


@njit
def draws(mean, number, k0, k1):
    counts = np.empty(number)
    for i in range(number):
        counts[i] = poisson(mean, np.uint64(i), k0, k1)
    return counts


@pytest.mark.parametrize(
    ("counter", "key", "expected"),
    [
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((2**32 - 1,) * 4, (2**32 - 1,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_philox_gives_the_published_known_answers(counter, key, expected):
    """Known-answer vectors of Random123, philox4x32-10."""
    assert tuple(map(int, philox(*map(np.uint64, counter), *map(np.uint64, key)))) == expected


def test_a_row_of_philox_is_the_same_numbers():
    words = np.empty((4, 17), dtype=np.uint64)
    philox_row(np.uint64(100), np.uint64(5), READ_OUT, KEY, *words)
    for c in range(17):
        expected = philox(np.uint64(100 + c), np.uint64(5), READ_OUT, np.uint64(0), *KEY)
        assert tuple(map(int, words[:, c])) == tuple(map(int, expected))


@pytest.mark.parametrize("mean", [0.5, 3.0, 9.9, 10.1, 40.0, 1e3, 1e5, 1e6])
def test_counts_have_the_mean_variance_and_skewness_of_poisson(mean):
    number = 200_000
    counts = draws(mean, number, *KEY)
    assert counts.mean() == pytest.approx(mean, abs=5 * np.sqrt(mean / number))
    spread = np.sqrt((2 + 1 / mean) / number)
    assert counts.var() / mean == pytest.approx(1, abs=5 * spread)
    assert stats.skew(counts) == pytest.approx(mean**-0.5, abs=5 * np.sqrt(6 / number) * (1 + 1 / mean))


@pytest.mark.parametrize("mean", [0.7, 6.0, 12.0, 55.0])
def test_counts_have_the_distribution_of_poisson(mean):
    number = 200_000
    counts = draws(mean, number, *KEY)
    low, high = stats.poisson.ppf([1e-4, 1 - 1e-4], mean).astype(int)
    seen = np.array([(counts <= low).sum(), *((counts == k).sum() for k in range(low + 1, high))])
    expected = np.array([stats.poisson.cdf(low, mean), *stats.poisson.pmf(range(low + 1, high), mean)])
    seen, expected = np.append(seen, number - seen.sum()), np.append(expected, 1 - expected.sum()) * number
    assert stats.chisquare(seen, expected).pvalue > 1e-4


def test_nothing_gives_nothing():
    assert draws(0.0, 10, *KEY).max() == 0


def test_electronic_noise_is_nearly_normal():
    black, one = np.full((1, 100_000), 50, dtype=np.float32), np.ones((1, 1), dtype=np.float32)
    noise = np.empty_like(black)
    weights = np.ones(1, dtype=np.float32)
    read_out(black, weights, np.float32(1), 0 * one, one, 100_000, 2.5, KEY, noise, 0, 1)
    noise -= 50
    assert noise.mean() == pytest.approx(0, abs=0.03)
    assert noise.std() == pytest.approx(2.5, rel=0.01)
    assert stats.kurtosis(noise[0]) == pytest.approx(-0.15, abs=0.05)
    assert np.mean(np.abs(noise) > 7.5) == pytest.approx(0.0027, abs=0.0012)
