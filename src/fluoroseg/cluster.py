"""Shards made on a Dask cluster. Nothing else imports `distributed`, which the extra `cluster` brings.

Every worker writes into the shared folder and answers with what the index needs. The shard of a worker that
is lost is made again elsewhere: same plan, same bytes. What a worker must have is looked at before the work
starts, and again with each shard, as workers may join late.
"""

import json
import os
import re
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import PIL

from fluoroseg import __version__
from fluoroseg.engine import Engine, Report, report_shard
from fluoroseg.errors import ClusterError
from fluoroseg.plan import Plan
from fluoroseg.produce import forget_patients

if TYPE_CHECKING:
    from distributed import Client

_CONNECT_S = 5
_FIRST_WORKERS_S = 60.0
_WITHOUT_WORKERS_S = 600.0
"""How long a run waits when all workers are gone: those of a spot market may come back."""
_TRIES = 3
"""A shard that fails where it was sent (a share that hangs, a machine that goes down) is sent again."""


@dataclass(frozen=True)
class Terms:
    """What a worker must share with the program that hands out the work.

    run: its own word for each call of `generate`.  versions: those that `dataset.json` names.
    folder: absolute.  plan: as `dataset.json` has it.  patients: paths that exist.
    directory: of the caller, when some of these paths are relative, else "".
    """

    run: str
    versions: dict[str, str]
    folder: str
    plan: dict[str, Any]
    patients: tuple[str, ...]
    directory: str


@contextmanager
def cluster(
    address: str, folder: Path, plan: Plan, workers: int = 1, patience_s: float = _FIRST_WORKERS_S
) -> Iterator[Engine]:
    """The workers of the Dask scheduler at `address`, or of the one that wrote this scheduler file.

    folder: data set, begun.  workers: how many must be there before the work starts, within `patience_s`.

    Raises ClusterError when `distributed` is not installed, the scheduler cannot be reached or goes away, or
    a worker does not fit (`misfit`).
    """
    client = _connect(address)
    from distributed.scheduler import KilledWorker

    try:
        terms = _terms(folder.absolute(), plan)
        _await_workers(client, address, workers, patience_s)
        _check_workers(client, terms)
        executor = client.get_executor(pure=False, retries=_TRIES - 1)
        work = partial(make, terms, folder.absolute(), plan)
        try:
            yield Engine(executor, work, _room(client, address))
        except CancelledError:
            raise _gone(address) from None
        except KilledWorker as e:
            raise ClusterError(
                f"{e.allowed_failures + 1} workers died over one shard, the last at {e.last_worker.address}: "
                "see its log (out of memory?); mend this and go on with --resume"
            ) from None
        finally:
            executor.shutdown(wait=False)  # cancels what is queued
    finally:
        client.close()


def make(terms: Terms, folder: Path, plan: Plan, number: int, samples: range) -> Report:
    """A shard, made on a worker. One at a time in a process, whose kernels take the threads it was given."""
    from distributed import get_worker

    from fluoroseg.project.threads import set_threads

    global _run
    worker = get_worker()
    with _ONE_SHARD:
        reason = misfit(terms, {plan.patient_of(i) for i in samples})
        if reason:
            raise ClusterError(f"worker {_told(worker.address, worker.name)}: {reason}")
        if _run != terms.run:
            forget_patients()  # an earlier run may have met a file that was mended since
            _run = terms.run
        set_threads(worker.state.nthreads)
        return report_shard(folder, plan, number, samples)


def misfit(terms: Terms, patients: set[str] | None = None) -> str:
    """Why this process cannot work under these terms, "" when it can. patients: those that matter, or all."""
    for name, version in _versions().items():
        if version != terms.versions.get(name):
            return (
                f"has {name} {version}, and {terms.versions.get(name)} is wanted; install the same everywhere"
            )
    try:
        plan = json.loads((Path(terms.folder) / "dataset.json").read_bytes()).get("plan")
    except (OSError, ValueError):
        plan = None
    if plan != terms.plan or not os.access(terms.folder, os.W_OK):
        return f"does not see (or may not write) {terms.folder}; take a folder that all machines share"
    if terms.directory and os.getcwd() != terms.directory:
        return f"was started in {os.getcwd()}, not {terms.directory}; give patients by absolute paths"
    for path in terms.patients:
        if (patients is None or path in patients) and not os.path.exists(path):
            return f"does not see the patient {path}; put patients where all machines see them"
    return ""


_ONE_SHARD = threading.Lock()
_run = ""


def _connect(address: str) -> "Client":
    try:
        from distributed import Client
    except ImportError:
        raise ClusterError(
            "--cluster needs Dask distributed, which is not installed: pip install 'fluorosam[cluster]'"
        ) from None
    wanted = "its address is like tcp://host:8786"
    try:
        if "://" not in address and Path(address).is_file():
            address = str(json.loads(Path(address).read_bytes())["address"])
        if not re.fullmatch(r"[a-z]+://.+:\d+", address):  # `Client` would hang on it when it closes
            raise ValueError("not an address")
        return Client(address, timeout=_CONNECT_S, set_as_default=False)
    except (OSError, ValueError, KeyError, TypeError) as e:
        what = str(e) or type(e).__name__
        raise ClusterError(f"{address}: no Dask scheduler can be reached there ({what}); {wanted}") from None


def _terms(folder: Path, plan: Plan) -> Terms:
    there = tuple(p for p in plan.patients if p != "phantom" and os.path.exists(p))
    relative = any(not os.path.isabs(p) for p in there)
    run, record = uuid.uuid4().hex, json.loads(json.dumps(plan.to_record()))
    return Terms(run, _versions(), str(folder), record, there, os.getcwd() if relative else "")


def _versions() -> dict[str, str]:
    return {"fluoroseg": __version__, "numpy": np.__version__, "pillow": PIL.__version__}


def _await_workers(client: "Client", address: str, workers: int, patience_s: float) -> None:
    try:
        client.wait_for_workers(workers, timeout=patience_s)
    except TimeoutError:
        raise ClusterError(
            f"{address}: has {len(client.nthreads())} workers, and {workers} are waited for; "
            f"start some with: dask worker {address} --nthreads 1"
        ) from None


def _check_workers(client: "Client", terms: Terms) -> None:
    """Asks all workers at once; what kept one from answering counts as a reason, unless it is gone by now."""
    answers = client.run(misfit, terms, on_error="return")
    here, reasons = client.scheduler_info(n_workers=-1)["workers"], []
    for address, answer in sorted(answers.items()):
        if isinstance(answer, Exception):
            answer = f"has no fluoroseg, or not {__version__} ({answer}); install the same everywhere"
        if answer and address in here:
            reasons.append(f"worker {_told(address, here[address].get('name'))}: {answer}")
    if reasons:
        more = f" (and {len(reasons) - 1} more workers that do not fit)" if len(reasons) > 1 else ""
        raise ClusterError(reasons[0] + more)


def _room(client: "Client", address: str) -> Callable[[], int]:
    """Two shards a worker: one in work, one queued, so that millions of images do not flood the scheduler."""
    seen = time.monotonic()

    def room() -> int:
        nonlocal seen
        try:
            number = len(client.nthreads())
        except (OSError, ValueError):
            raise _gone(address) from None
        if number:
            seen = time.monotonic()
        elif time.monotonic() - seen > _WITHOUT_WORKERS_S:
            raise ClusterError(
                f"{address}: has had no workers for {_WITHOUT_WORKERS_S:.0f} s; go on with --resume"
            )
        return 2 * number

    return room


def _gone(address: str) -> ClusterError:
    return ClusterError(f"{address}: the scheduler is gone; what is made is kept: go on with --resume")


def _told(address: str, name: object) -> str:
    return f"{name} ({address})" if isinstance(name, str) and name != address else address
