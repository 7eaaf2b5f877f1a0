"""The simulated user against what a person would point at."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage

from fluorosam.prompts import next_click

_MASKS = arrays(bool, st.tuples(st.integers(1, 12), st.integers(1, 12)))


def _reference(truth: np.ndarray, prediction: np.ndarray) -> tuple[int, int]:
    """(area of the largest error region, squared depth of its deepest pixel), by plain search."""
    best = (0, 0)
    for error in (truth & ~prediction, prediction & ~truth):
        labels, count = ndimage.label(error, np.ones((3, 3)))
        for n in range(1, count + 1):
            region = np.pad(labels == n, 1)
            outside = np.argwhere(~region)
            depth = max(((outside - p) ** 2).sum(1).min() for p in np.argwhere(region))
            best = max(best, (int(region.sum()), int(depth)))
    return best


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_click_lies_deepest_in_a_largest_error(data):
    truth = data.draw(_MASKS)
    prediction = data.draw(arrays(bool, truth.shape))
    click = next_click(truth, prediction)
    if click is None:
        np.testing.assert_array_equal(truth, prediction)
        return
    x, y, label = click
    assert truth[y, x] != prediction[y, x]
    assert label == int(truth[y, x])
    error = (truth & ~prediction) if label else (prediction & ~truth)
    labels, _ = ndimage.label(error, np.ones((3, 3)))
    region = np.pad(labels == labels[y, x], 1)
    depth = ((np.argwhere(~region) - (y + 1, x + 1)) ** 2).sum(1).min()
    area = int(region.sum())
    best_area, best_depth = _reference(truth, prediction)
    assert area == best_area
    assert depth <= best_depth
    assert click == next_click(truth, prediction)


def test_the_middle_of_a_disc_and_then_what_is_left():
    rows, columns = np.mgrid[:101, :161]
    disc = (rows - 50) ** 2 + (columns - 70) ** 2 <= 30**2
    assert next_click(disc, np.zeros_like(disc)) == (70, 50, 1)
    shifted = (rows - 50) ** 2 + (columns - 110) ** 2 <= 34**2
    x, y, label = next_click(disc, shifted)
    assert label == 0
    assert abs(y - 50) <= 4
    assert x > 100
    assert next_click(disc, disc) is None


def test_a_region_at_the_edge_is_clicked_inside_it():
    truth = np.zeros((40, 40), bool)
    truth[:10, :10] = True
    x, y, _ = next_click(truth, np.zeros_like(truth))
    assert (x, y) in {(4, 4), (5, 4), (4, 5), (5, 5)}


@pytest.mark.parametrize("side", [513, 2000])
def test_large_pictures_are_searched_coarsely_but_hit(side):
    truth = np.zeros((side, side // 2), bool)
    truth[side // 2 + 1, 3] = True  # a single pixel, off the coarse grid
    assert next_click(truth, np.zeros_like(truth)) == (3, side // 2 + 1, 1)
    truth[100:200, 50:150] = True
    x, y, _ = next_click(truth, np.zeros_like(truth))
    assert abs(x - 100) <= 4
    assert abs(y - 150) <= 4
