"""A plan of many exposures -> a data set of shards, resumable, on all cores of a machine or of a cluster."""

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import PIL

from fluoroseg import __version__
from fluoroseg.anatomy import read
from fluoroseg.dataset import files, shards
from fluoroseg.dataset.reading import read_description
from fluoroseg.engine import Engine, Report, processes, reports, this_process
from fluoroseg.errors import ClusterError, ReadError, UsageError, WriteError
from fluoroseg.geometry.views import canonical_view
from fluoroseg.plan import Plan
from fluoroseg.produce import Failure
from fluoroseg.workers import cores


@dataclass(frozen=True)
class Progress:
    """done: images made or found.  failed: images given up.  fresh: images made by this run so far."""

    done: int
    failed: int
    total: int
    fresh: int
    seconds: float

    @property
    def images_per_s(self) -> float:
        return self.fresh / max(self.seconds, 1e-9)

    @property
    def seconds_left(self) -> float:
        """Infinite until the first shard of this run is there."""
        left = self.total - self.done - self.failed
        return left / self.images_per_s if self.fresh else (0.0 if left == 0 else float("inf"))


@dataclass(frozen=True)
class Outcome:
    """images: samples in the data set.  errors: lines of `errors.jsonl`, one a patient and reason."""

    images: int
    errors: list[dict[str, Any]]


def generate(
    out: str | Path,
    patients: Sequence[str | Path],
    images: int,
    size: int = 448,
    seed: int = 0,
    workers: int | None = None,
    resume: bool = False,
    progress: Callable[[Progress], None] = lambda _: None,
    per_shard: int = 0,
    views: Sequence[str] = (),
    targets: Sequence[str] = (),
    cluster: str = "",
) -> Outcome:
    """Simulates `images` X-rays of `patients` into the folder `out` (layout: `fluoroseg.dataset.shards`).

    The same arguments give the same bytes, whatever the number of workers and however often the work was
    broken off. A patient that cannot be used is left out and told in `errors.jsonl`. `resume` goes on
    where an earlier call stopped, and tries failed samples again. `per_shard` is the number of samples in
    a shard, 0 for a fitting one. `views`: only pictures near these standard views; without, near all of
    them and random ones. `targets`: random views about these structures or groups; with `views`, half of
    the pictures each. From a script, call it under `if __name__ == "__main__":` (workers are
    started by `spawn`). `cluster`: address of a Dask scheduler whose workers do the work; they must see `out`
    and the patients under the same paths, and `workers` is the number to wait for (docs/cluster.md).

    Raises UsageError for an unknown view or target, when `out` exists (without `resume`) or holds another
    plan, ReadError when no patient could be used, WriteError when the disk is full, ClusterError when the
    cluster cannot be reached, does not fit or goes away.
    """
    named = tuple(canonical_view(view) for view in views)
    about = tuple(_canonical(target) for target in targets)
    plan = Plan(tuple(str(p) for p in patients), images, size, seed, per_shard, views=named, targets=about)
    if workers is not None and workers < 1:
        raise UsageError(f"at least one worker is needed, not {workers}")
    folder = Path(out)
    _prepare(folder, plan, resume)
    started, made, done, failed, fresh = time.monotonic(), list[Report](), 0, 0, 0
    before = {path.name for path in folder.glob("shard-*.tar")}
    try:
        with _engine(folder, plan, workers, cluster) as engine:
            for shard in reports(engine, plan):
                made.append(shard)
                done, failed = done + shard.samples, failed + len(shard.failures)
                fresh += 0 if shards.shard_name(shard.number) in before else shard.samples
                progress(Progress(done, failed, images, fresh, time.monotonic() - started))
    except WriteError as e:
        raise WriteError(f"{e}; what is finished is kept: make room and go on with --resume") from e
    except ClusterError:
        if not any(folder.glob("shard-*.tar")):
            _withdraw(folder)  # so that the same command can be given again
        raise
    return _finish(folder, plan, sorted(made, key=lambda shard: shard.number))


def _canonical(target: str) -> str:
    answer = read(target)
    if not answer.name:
        meant = f"; did you mean {', '.join(answer.suggestions)}?" if answer.suggestions else ""
        raise UsageError(f"there is no structure or group {target!r}{meant}")
    return answer.name


def _prepare(folder: Path, plan: Plan, resume: bool) -> None:
    """Makes the folder, or checks that it holds the beginning of the same plan."""
    if resume and (folder / "dataset.json").exists():
        begun = read_description(folder)
        theirs, ours = begun.get("plan"), plan.to_record()
        if theirs != ours:
            theirs = theirs if isinstance(theirs, dict) else {}
            other = ", ".join(k for k in ours if ours[k] != theirs.get(k))
            raise UsageError(f"{folder}: was begun with another plan ({other} differ); take another folder")
        for path in files.leftovers(folder):
            path.unlink(missing_ok=True)
        if begun.get("complete") is not True:  # its shards change now; an old index would point astray
            (folder / "index.jsonl").unlink(missing_ok=True)
        return
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder}: exists already; take another folder, or --resume a run that was cut off")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise UsageError(f"{folder}: the folder cannot be made: {e.strerror}") from None
    shards.write_json(folder / "dataset.json", _description(plan, [], complete=False))


def _engine(folder: Path, plan: Plan, workers: int | None, cluster: str) -> AbstractContextManager[Engine]:
    """A cluster where one is named, else all cores, or this process when one worker is enough."""
    if cluster:
        from fluoroseg.cluster import cluster as dask

        return dask(cluster, folder, plan, workers or 1)
    workers = workers or cores()
    if workers == 1 or plan.images <= plan.per_shard:
        return this_process(folder, plan)
    return processes(folder, plan, workers)


def _finish(folder: Path, plan: Plan, made: list[Report]) -> Outcome:
    """Writes index, errors and, last, the complete description."""
    for path in files.leftovers(folder):  # of workers that were lost on the way
        path.unlink(missing_ok=True)
    errors = _errors([f for shard in made for f in shard.failures])
    images = sum(shard.samples for shard in made)
    if not images:
        _withdraw(folder)
        raise ReadError(f"no patient could be used: {errors[0]['patient']}: {errors[0]['error']}")
    with files.atomic(folder / "index.jsonl") as file:
        file.writelines(shard.index for shard in made)
    if errors:
        shards.write_lines(folder / "errors.jsonl", errors)
    else:
        (folder / "errors.jsonl").unlink(missing_ok=True)
    infos = [asdict(shard.info) for shard in made if shard.info is not None]
    shards.write_json(folder / "dataset.json", _description(plan, infos, complete=not errors))
    return Outcome(images, errors)


def _withdraw(folder: Path) -> None:
    """A folder in which nothing was made."""
    (folder / "dataset.json").unlink()
    with suppress(OSError):
        folder.rmdir()


def _description(plan: Plan, infos: list[dict[str, Any]], complete: bool) -> dict[str, Any]:
    """`dataset.json`; nothing in it depends on when or where it was made."""
    return {
        "format": shards.FORMAT,
        "complete": complete,
        "images": sum(info["samples"] for info in infos),
        "intensity": "transmission = exp(value / 5000 - 12)",
        "plan": plan.to_record(),
        "seed": plan.seed,
        "versions": {"fluoroseg": __version__, "numpy": np.__version__, "pillow": PIL.__version__},
        "shards": infos,
    }


def _errors(failures: list[Failure]) -> list[dict[str, Any]]:
    """One line for each patient and reason, with the keys that are missing."""
    lines: dict[tuple[str, str], dict[str, Any]] = {}
    for failure in failures:
        line = lines.setdefault(
            (failure.patient, failure.error),
            {"patient": failure.patient, "error": failure.error, "keys": []},
        )
        line["keys"].append(failure.key)
    return list(lines.values())
