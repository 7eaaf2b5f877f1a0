"""Processes beside this one, for work that is many times the same."""

import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from multiprocessing.process import BaseProcess


def cores() -> int:
    """Cores that this process may use, where the system tells (Linux), else all."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


@contextmanager
def processes(number: int, advice: str) -> Iterator[ProcessPoolExecutor]:
    """`number` processes of one thread each, which end with this one; what waits is dropped on leaving.

    Raises RuntimeError with `advice` when one of them was killed.
    """
    pool = ProcessPoolExecutor(number, mp_context=get_context("spawn"), initializer=_start)
    try:
        yield pool
    except BrokenProcessPool:
        raise RuntimeError(f"a worker was killed (out of memory?); {advice}") from None
    finally:
        pool.shutdown(cancel_futures=True)


def _start() -> None:
    """Called once in every worker process."""
    from fluoroseg.project.threads import set_threads

    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends a worker without a traceback
    set_threads(1)
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_leave_with, args=(parent,), daemon=True).start()


def _leave_with(parent: BaseProcess) -> None:
    """A killed parent must not leave workers behind that wait for tasks for ever."""
    parent.join()
    os._exit(1)
