"""One worker of `generate`: from a shard's number to the shard on disk."""

from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from fluoroseg.dataset.record import sample_record
from fluoroseg.dataset.shards import Entry, Packed, ShardInfo, pack, scan_shard, shard_name, write_shard
from fluoroseg.errors import FluorosegError, ReadError
from fluoroseg.patients.patient import Patient
from fluoroseg.plan import Plan, body_rng_of, draw_sample, key_of, rng_of


@dataclass(frozen=True)
class Failure:
    """A sample that could not be made."""

    key: str
    patient: str
    error: str


@dataclass(frozen=True)
class Made:
    """A shard's outcome; `info` is None when none of its samples could be made."""

    info: ShardInfo | None
    entries: list[Entry]
    failures: list[Failure]


@dataclass(frozen=True)
class Body:
    """A patient as a few consecutive samples have it."""

    patient: Patient
    record: dict[str, Any]


def make_shard(folder: Path, plan: Plan, number: int, samples: range) -> Made:
    """Makes a shard, unless it is there already with all its samples."""
    path = folder / shard_name(number)
    ready = _ready(path, samples)
    if ready is not None:
        return ready
    packed, failures = [], []
    bodies = Bodies(plan)
    for index in samples:
        try:
            packed.append(make_sample(plan, index, bodies))
        except FluorosegError as e:
            failures.append(Failure(key_of(index), plan.patient_of(index), str(e)))
    if not packed:
        path.unlink(missing_ok=True)  # what an earlier run made of it, and which is now unlisted
        return Made(None, [], failures)
    write_shard(path, packed)
    info, entries = scan_shard(path)
    return Made(info, entries, failures)


def make_sample(plan: Plan, index: int, bodies: "Bodies") -> Packed:
    """Draws one sample and exposes it."""
    from fluoroseg.geometry.views import find_view, random_view, views_of
    from fluoroseg.scene import simulate
    from fluoroseg.tools import tools

    body = bodies.of(index)
    rng = rng_of(plan, index)
    drawn = draw_sample(plan, body.patient, views_of(body.patient), tuple(tools()), rng)
    if drawn.view == "random":
        view = random_view(body.patient, plan.size, rng, drawn.target or None)
    else:
        view = find_view(body.patient, drawn.view, plan.size, rng)
    shot = simulate(
        body.patient,
        view=view,
        tools=drawn.tools,
        procedure=drawn.procedure,
        size=plan.size,
        kvp=drawn.kvp,
        seed=drawn.seed,
        factors=drawn.factors,
        sparse=True,
    )
    return pack(shot, sample_record(shot, key_of(index)) | {"body": body.record})


class Bodies:
    """The patients of a plan, each varied for a few samples; the last of each is kept."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._last: tuple[int, Body] | None = None

    def of(self, index: int) -> Body:
        """Raises ReadError when the patient cannot be used."""
        first = self._plan.body_of(index)
        if self._last is None or self._last[0] != first:
            self._last = None  # frees the volumes before the next ones are made
            self._last = (first, self._make(first))
        return self._last[1]

    def _make(self, first: int) -> Body:
        from fluoroseg.patients.variation import sample_variation, vary

        path, rng = self._plan.patient_of(first), body_rng_of(self._plan, first)
        if path == "phantom":
            patient, record = _drawn_phantom(
                self._plan.seed, first // (self._plan.per_body * BODIES_PER_PHANTOM)
            )
        else:
            patient, record = _opened(path), {}
        variation = sample_variation(rng, patient)
        record = {"patient": patient.name, **record, "variation": asdict(variation)}
        return Body(vary(patient, variation), record)


def forget_patients() -> None:
    """Frees the patient that is kept from shard to shard, and what was found to be broken."""
    _OPENED.clear()
    _drawn_phantom.cache_clear()


def _ready(path: Path, samples: range) -> Made | None:
    """A shard of an earlier run, when it holds exactly what it should."""
    if not path.exists():
        return None
    try:
        info, entries = scan_shard(path)
    except ReadError:
        return None
    return Made(info, entries, []) if [e.key for e in entries] == [key_of(i) for i in samples] else None


BODIES_PER_PHANTOM = 2
"""Variations made of one phantom before another one is drawn, which takes longer."""


@lru_cache(maxsize=1)
def _drawn_phantom(plan_seed: int, number: int) -> tuple[Patient, dict[str, Any]]:
    """One of a plan's phantoms, and what was drawn for it."""
    from fluoroseg.patients.phantom import phantom

    rng = np.random.default_rng([plan_seed, number, 2])
    child = rng.random() < 0.1
    height_cm = round(float(rng.uniform(110, 150) if child else rng.uniform(150, 192)), 1)
    index = rng.uniform(15, 19) if child else float(np.clip(rng.normal(25, 5), 17, 45))
    drawn: dict[str, Any] = {
        "seed": int(rng.integers(1 << 32)),
        "sex": str(rng.choice(["female", "male"])),
        "height_cm": height_cm,
        "weight_kg": round(index * (height_cm / 100) ** 2, 1),
        "arms": str(rng.choice(["down", "out", "up"], p=[0.5, 0.25, 0.25])),
        "legs": str(rng.choice(["together", "apart"])),
    }
    return phantom(**drawn), {"phantom": drawn}


_OPENED: dict[str, Patient | str] = {}


def _opened(path: str) -> Patient:
    """A patient from disk; the last one is kept, and of broken ones the reason."""
    from fluoroseg.patients.sources import open_patient

    found = _OPENED.get(path)
    if found is None:
        for other in [p for p, kept in _OPENED.items() if isinstance(kept, Patient)]:
            del _OPENED[other]
        try:
            found = open_patient(path)
        except FluorosegError as e:
            found = str(e)
        _OPENED[path] = found
    if isinstance(found, str):
        raise ReadError(found)
    return found
