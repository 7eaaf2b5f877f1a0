"""Where the shards of a plan are made: in this process, in others beside it, or on a cluster (`cluster`)."""

import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from fluoroseg import workers
from fluoroseg.dataset import record as records
from fluoroseg.dataset.shards import ShardInfo
from fluoroseg.plan import Plan
from fluoroseg.produce import Failure, forget_patients, make_shard

_LOOK_AGAIN_S = 5.0
"""Workers of a cluster come and go; so often the number of tasks in flight is set anew."""


@dataclass(frozen=True)
class Report:
    """What a worker tells of a shard; small, since a run keeps those of all its shards until the end.

    packed: the shard's lines of the index, compressed.
    """

    number: int
    info: ShardInfo | None
    samples: int
    packed: bytes
    failures: list[Failure]

    @property
    def index(self) -> bytes:
        return zlib.decompress(self.packed)


@dataclass(frozen=True)
class Engine:
    """executor: runs tasks.  work: what a task does.  room: how many tasks should be in flight now."""

    executor: Executor
    work: Callable[[int, range], Report]
    room: Callable[[], int]


def reports(engine: Engine, plan: Plan) -> Iterator[Report]:
    """Every shard's as it gets ready, in any order. Few tasks are handed over at a time."""
    tasks, waiting = plan.shards(), set[Future[Report]]()
    while True:
        for task in islice(tasks, max(0, engine.room() - len(waiting))):
            waiting.add(engine.executor.submit(engine.work, *task))
        if not waiting:
            return
        ready, waiting = wait(waiting, _LOOK_AGAIN_S, FIRST_COMPLETED)
        while ready:
            yield ready.pop().result()


def report_shard(folder: Path, plan: Plan, number: int, samples: range) -> Report:
    """Makes a shard, or finds it made."""
    made = make_shard(folder, plan, number, samples)
    lines = b"".join(records.dump(asdict(entry)) + b"\n" for entry in made.entries)
    return Report(number, made.info, len(made.entries), zlib.compress(lines), made.failures)


@contextmanager
def this_process(folder: Path, plan: Plan) -> Iterator[Engine]:
    """One shard after the other, here."""
    forget_patients()  # an earlier call may have met a file that was mended since
    try:
        yield Engine(_AtOnce(), partial(report_shard, folder, plan), lambda: 1)
    finally:
        forget_patients()


@contextmanager
def processes(folder: Path, plan: Plan, number: int) -> Iterator[Engine]:
    """Processes of this machine, which end with it."""
    with workers.processes(number, "take fewer --workers and go on with --resume") as pool:
        yield Engine(pool, partial(report_shard, folder, plan), lambda: 2 * number)


class _AtOnce(Executor):
    """Runs a task when it is handed over; its errors come at once, too."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(fn(*args, **kwargs))
        return done
