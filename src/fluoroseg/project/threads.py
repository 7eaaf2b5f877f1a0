"""Parallel work on pixels: nogil kernels on plain threads, so that nothing hangs on OpenMP or on fork."""

import threading
from collections.abc import Callable

from fluoroseg.errors import UsageError
from fluoroseg.workers import cores

_PIECES = 8
"""Pieces of work per thread: small enough to even out rays through the body and rays through air."""

_chosen = 0


def set_threads(number: int) -> None:
    """How many threads this process's kernels use from now on; 0: as many as it has cores. UsageError."""
    global _chosen
    if number < 0:
        raise UsageError(f"the number of threads is 0 (all cores) or more, not {number}")
    _chosen = number


def get_threads() -> int:
    """How many threads the kernels use."""
    return _chosen or cores()


def run(work: Callable[[int, int], None], items: int) -> None:
    """Calls `work(first, last)` for consecutive ranges that together are `range(items)`, on all threads.

    `work` is a nogil kernel whose result must not depend on how the items are divided: then the number of
    threads changes nothing. The first exception of any thread is raised here.
    """
    number = min(get_threads(), items)
    if number <= 1:
        if items:
            work(0, items)
        return
    pieces = min(items, number * _PIECES)
    bounds = iter([(i * items // pieces, (i + 1) * items // pieces) for i in range(pieces)])
    errors: list[BaseException] = []

    def take() -> None:
        try:
            for first, last in bounds:  # shared: `next` of a list's iterator is one step under the GIL
                work(first, last)
        except BaseException as e:
            errors.append(e)

    helpers = [threading.Thread(target=take, daemon=True) for _ in range(number - 1)]
    for helper in helpers:
        helper.start()
    take()
    for helper in helpers:
        helper.join()
    if errors:
        raise errors[0]
