"""Overlap by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import arrays

from fluorosam.evaluation.metrics import dice, iou


def _rows(*rows: str) -> np.ndarray:
    return np.array([[c == "#" for c in row] for row in rows])


def test_by_hand():
    a, b = _rows("##..", "##.."), _rows(".##.", ".##.")
    assert dice(a, b) == pytest.approx(2 * 2 / 8)
    assert iou(a, b) == pytest.approx(2 / 6)
    assert dice(a, a) == iou(a, a) == 1
    assert dice(a, ~a) == iou(a, ~a) == 0


def test_empty_masks():
    empty, full = np.zeros((3, 4), bool), np.ones((3, 4), bool)
    assert dice(empty, empty) == iou(empty, empty) == 1
    assert dice(empty, full) == iou(full, empty) == 0


@given(arrays(bool, (4, 5)), arrays(bool, (4, 5)))
def test_they_are_symmetric_and_tied_to_each_other(a, b):
    assert dice(a, b) == dice(b, a)
    assert dice(a, b) == pytest.approx(2 * iou(a, b) / (1 + iou(a, b)))
