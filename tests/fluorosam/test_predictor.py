"""Prompts in pixels of the picture, which is not square, against where the network gets them."""

import numpy as np
import pytest

from fluorosam.errors import PromptError
from fluorosam.predictor import View, load


@pytest.fixture(scope="module")
def view(tiny_weights) -> View:
    """90 rows, 300 columns."""
    picture = np.random.default_rng(0).random((90, 300)).astype(np.float32)
    return load(tiny_weights).encode(picture)


def _pixels(view: View, hint: np.ndarray) -> tuple[float, float]:
    """(x, y) of a hint's centre of mass, in the picture's pixels."""
    rows, columns = hint.shape
    y, x = (np.average(index, weights=hint) for index in np.indices(hint.shape))
    return (x + 0.5) / columns * view.shape[1] - 0.5, (y + 0.5) / rows * view.shape[0] - 0.5


def test_every_kind_of_prompt_arrives_at_its_place(view):
    rows, columns = view.seen.features.shape[2:]
    assert columns > rows
    cell = max(view.shape[0] / rows, view.shape[1] / columns)
    mask = np.zeros(view.shape, dtype=bool)
    mask[30:60, 200:260] = True
    hints = view._hints([(220, 25, 1), (80, 60, 0)], (200, 30, 260, 60), mask).numpy()
    for hint, place in zip(hints, [(220, 25), (80, 60), (229.5, 44.5), (229.5, 44.5)], strict=True):
        assert _pixels(view, hint) == pytest.approx(place, abs=0.6 * cell)


def test_what_lies_outside_the_picture_is_refused(view):
    for points in ([(250, 90, 1)], [(300, 50, 1)], [(-1, 5, 1)], [(5, 5, 2)], [(float("nan"), 5, 1)]):
        with pytest.raises(PromptError, match="point"):
            view.segment("heart", points=points)
    for box in ((5, 5, 5, 9), (301, 5, 320, 20), (5, 95, 9, 99)):
        with pytest.raises(PromptError, match="box"):
            view.segment("heart", box=box)
    with pytest.raises(PromptError, match="mask"):
        view.segment("heart", mask=np.ones((300, 90), dtype=bool))
