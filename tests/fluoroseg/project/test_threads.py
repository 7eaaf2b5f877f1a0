"""Work divided over threads is done once, whole, and its errors are told."""

import numpy as np
import pytest

from fluoroseg.errors import UsageError
from fluoroseg.project.threads import get_threads, run, set_threads


@pytest.fixture(autouse=True)
def _threads_as_before():
    yield
    set_threads(0)


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("items", [0, 1, 7, 1000])
def test_every_item_is_done_once(threads: int, items: int):
    set_threads(threads)
    done = np.zeros(items, dtype=int)

    def work(first: int, last: int) -> None:
        done[first:last] += 1

    run(work, items)
    assert (done == 1).all()


@pytest.mark.parametrize("threads", [1, 3])
def test_an_error_in_a_thread_is_raised(threads: int):
    set_threads(threads)

    def work(first: int, last: int) -> None:
        if last == 30:
            raise ValueError("the last piece")

    with pytest.raises(ValueError, match="last piece"):
        run(work, 30)


def test_the_number_of_threads():
    set_threads(3)
    assert get_threads() == 3
    set_threads(0)
    assert get_threads() >= 1
    with pytest.raises(UsageError, match="-1"):
        set_threads(-1)
