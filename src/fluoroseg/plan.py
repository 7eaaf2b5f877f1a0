"""What `generate` will make: a frozen plan, and what is drawn for each sample from its seed."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from fluoroseg import __version__
from fluoroseg.errors import AnatomyError, UsageError
from fluoroseg.patients.patient import Patient

MAX_IMAGES = 10**8


@dataclass(frozen=True)
class Plan:
    """A data set to be made. Plan and version decide its bytes.

    patients: paths (or `phantom`), each of which gets an equal, consecutive part of the images.
    images: number of samples.  size: rows and columns.  seed: of everything that is drawn.
    per_shard: samples in a shard (0: chosen by the number of images, so that a small set has shards for
        every core, and a large one not too many files).
    per_body: consecutive samples that share one variation of the patient.
    tools: share of the images with single tools.  procedures: share with those of a procedure, in one of its
        views; a patient that shows none of them gets none.
    standard: share of the others near a standard view, the rest being random.
    factors: share with every structure's attenuation drawn.
    views: standard views to take, and no others (none named: all that the patient allows, and random ones).
    targets: structures and groups that random views are about (none named: any). Without `views` all views
        are then random.
    """

    patients: tuple[str, ...]
    images: int
    size: int = 448
    seed: int = 0
    per_shard: int = 0
    per_body: int = 64
    tools: float = 0.2
    procedures: float = 0.2
    standard: float = 0.5
    factors: float = 0.5
    views: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    version: str = __version__

    def __post_init__(self) -> None:
        if not self.patients:
            raise UsageError("a data set needs at least one patient")
        if not 1 <= self.images <= MAX_IMAGES:
            raise UsageError(f"the number of images is 1 to {MAX_IMAGES}, not {self.images}")
        if not 16 <= self.size <= 4096:
            raise UsageError(f"an image's size is 16 to 4096 pixels, not {self.size}")
        if self.seed < 0:
            raise UsageError(f"a seed is 0 or more, not {self.seed}")
        if self.per_shard < 0 or self.per_body < 1:
            raise UsageError("a shard, and a body's variation, serve at least one image")
        if not self.per_shard:
            chosen = -(-self.images // (self.per_body * 16)) * self.per_body
            object.__setattr__(self, "per_shard", min(chosen, 3 * self.per_body))

    def patient_of(self, index: int) -> str:
        return self.patients[index * len(self.patients) // self.images]

    def body_of(self, index: int) -> int:
        """The first sample that shares this one's variation of the patient."""
        patient = index * len(self.patients) // self.images
        first = -(-patient * self.images // len(self.patients))
        return max(first, index - index % self.per_body)

    def shards(self) -> Iterator[tuple[int, range]]:
        """Number and samples of every shard."""
        for number, first in enumerate(range(0, self.images, self.per_shard)):
            yield number, range(first, min(first + self.per_shard, self.images))

    def to_record(self) -> dict[str, Any]:
        """JSON-able."""
        lists = {"patients": self.patients, "views": self.views, "targets": self.targets}
        return asdict(self) | {name: list(values) for name, values in lists.items()}


@dataclass(frozen=True)
class Draw:
    """Everything that chance decides about one sample but its geometry.

    view: a standard view's name, or `random`.  target: what a random view is about; "": anything.
    tools: names.  procedure: its name, or "".  kvp: tube voltage.
    factors: structure -> factor on its attenuation (empty: as in the CT).  seed: of `simulate`.
    """

    view: str
    tools: tuple[str, ...]
    procedure: str
    kvp: float
    factors: dict[str, float]
    seed: int
    target: str = ""


def key_of(index: int) -> str:
    return f"{index:08d}"


def rng_of(plan: Plan, index: int) -> np.random.Generator:
    """A sample's own generator, so that its bytes depend on no other sample and on no worker."""
    return np.random.default_rng([plan.seed, index])


def body_rng_of(plan: Plan, body: int) -> np.random.Generator:
    return np.random.default_rng([plan.seed, body, 1])


def draw_sample(
    plan: Plan, patient: Patient, views: tuple[str, ...], tools: tuple[str, ...], rng: np.random.Generator
) -> Draw:
    """Draws a sample of `patient`, of which `views` are the standard views that it allows."""
    if plan.views:
        views = tuple(v for v in plan.views if v in views)
        if not views:
            raise AnatomyError(f"{patient.name}: allows none of the views {', '.join(plan.views)}")
    standard = _is_standard(plan, views, rng)
    drawn = Draw(
        view=str(rng.choice(views)) if standard else "random",
        tools=(),
        procedure="",
        kvp=round(float(rng.uniform(60, 125)), 1),
        factors={},
        seed=int(rng.integers(1 << 32)),
    )
    if plan.targets and not standard:
        drawn = replace(drawn, target=str(rng.choice(_targets_in(plan, patient))))
    fitting = _procedures_seen(views) if rng.random() < plan.procedures else {}
    if fitting and not drawn.target:
        name = str(rng.choice(list(fitting)))
        drawn = replace(drawn, procedure=name, view=str(rng.choice(fitting[name])))
    if tools and rng.random() < plan.tools:
        number = int(rng.integers(1, 4))
        drawn = replace(drawn, tools=tuple(str(t) for t in rng.choice(tools, number)))
    if rng.random() < plan.factors:
        drawn = replace(drawn, factors=_draw_factors(sorted(patient.structures.values()), rng))
    return drawn


def _targets_in(plan: Plan, patient: Patient) -> tuple[str, ...]:
    """The plan's targets of which this patient has a part."""
    from fluoroseg.anatomy import members

    has = set(patient.structures.values())
    targets = tuple(t for t in plan.targets if not has.isdisjoint(members(t)))
    if not targets:
        raise AnatomyError(f"{patient.name}: has nothing of {', '.join(plan.targets)}")
    return targets


def _is_standard(plan: Plan, views: tuple[str, ...], rng: np.random.Generator) -> bool:
    if not views or (plan.targets and not plan.views):
        return False
    return bool(plan.views and not plan.targets) or rng.random() < plan.standard


def _procedures_seen(views: tuple[str, ...]) -> dict[str, list[str]]:
    """Procedure -> those of its views that are among these; only procedures that have one."""
    from fluoroseg.procedures import procedures

    seen = {
        name: [view for view in (*what.views_on("left"), *what.views_on("right")) if view in views]
        for name, what in procedures().items()
    }
    return {name: fit for name, fit in seen.items() if fit}


def _draw_factors(names: list[str], rng: np.random.Generator) -> dict[str, float]:
    """Log-normal with mode 1 and standard deviation 1, clipped to .1-4 (reference/fluorosam-facts.md, 3).

    Mode exp(mu - s^2) = 1 and variance (exp(s^2) - 1) exp(2 mu + s^2) = 1 give mu = s^2 = .3223.
    """
    factors = rng.lognormal(0.3223, 0.5677, len(names)).clip(0.1, 4)
    return {name: round(float(f), 4) for name, f in zip(names, factors, strict=True)}
