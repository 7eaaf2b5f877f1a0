"""A training run as data, read from a TOML file; unknown keys are errors."""

import dataclasses
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fluorosam.errors import ReadError, UsageError
from fluorosam.model.config import ModelConfig
from fluoroseg.anatomy import groups, structures
from fluoroseg.randomization.mix import GROUPS


@dataclass(frozen=True)
class TrainConfig:
    """One run.

    run: folder for checkpoints, log and pictures. data: data set folders. weights: how often each is
    drawn from (default: by its number of samples). steps: optimiser steps. batch: pictures a step.
    prompts: prompts a picture. rough: names more for each, answered by the first similarity map alone.
    lr: highest learning rate. warmup: steps up to it. seed: of everything. workers: loader processes.
    threads: of torch. precision: bf16 or fp32. save_every: steps between checkpoints. start: weights to
    start from ("" = from scratch). randomize: groups of transforms (`fluoroseg.randomization.mix.GROUPS`).
    leave_out: pictures that are not drawn, only: structures and groups that are taught, and no pictures
    without them (`fluorosam.training.selection.kept`). model: sizes of the network.
    """

    run: str
    data: tuple[str, ...]
    weights: tuple[float, ...] = ()
    steps: int = 4000
    batch: int = 16
    prompts: int = 3
    rough: int = 12
    lr: float = 2e-3
    warmup: int = 100
    weight_decay: float = 0.02
    ema: float = 0.998
    seed: int = 0
    workers: int = 2
    threads: int = 2
    precision: str = "bf16"
    save_every: int = 200
    start: str = ""
    randomize: tuple[str, ...] = GROUPS
    leave_out: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    model: ModelConfig = field(default_factory=ModelConfig)

    def __post_init__(self) -> None:
        if not self.data:
            raise UsageError("data: name at least one data set folder (made by `fluoroseg generate`)")
        if self.weights and len(self.weights) != len(self.data):
            raise UsageError(f"weights: {len(self.weights)} numbers for {len(self.data)} data sets")
        if self.precision not in ("bf16", "fp32"):
            raise UsageError(f"precision: bf16 or fp32, not {self.precision!r}")
        if not 1 <= self.prompts <= 64:
            raise UsageError(f"prompts: 1 to 64 for each picture, not {self.prompts}")
        if not 0 <= self.rough <= 64 - self.prompts:
            raise UsageError(f"rough: 0 to 64 with the prompts, not {self.rough}")
        if unknown := set(self.randomize) - set(GROUPS):
            raise UsageError(f"randomize: groups are {', '.join(GROUPS)}, not {unknown}")
        if unknown := set(self.only) - {*structures(), *groups()}:
            raise UsageError(f"only: names of `fluoroseg.anatomy`, which {sorted(unknown)} are not")
        for name in ("steps", "batch", "save_every", "threads"):
            if getattr(self, name) < 1:
                raise UsageError(f"{name}: must be at least 1, not {getattr(self, name)}")

    def to_record(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


def read_config(path: str | Path) -> TrainConfig:
    """TOML -> TrainConfig. Relative paths count from the file's folder."""
    path = Path(path)
    try:
        values = tomllib.loads(path.read_text())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as e:
        raise ReadError(f"{path}: cannot be read as TOML: {e}") from None
    model = values.pop("model", {})
    _check_keys(values, TrainConfig, str(path))
    _check_keys(model, ModelConfig, f"{path}: [model]")
    if "run" not in values or "data" not in values:
        raise UsageError(f"{path}: 'run' (a folder) and 'data' (a list of data set folders) are needed")
    values["run"] = str(path.parent / values["run"])
    values["data"] = tuple(str(path.parent / str(folder)) for folder in values["data"])
    for key in ("weights", "randomize", "leave_out", "only"):
        if key in values:
            values[key] = tuple(values[key])
    if not all(type(w) in (int, float) and w > 0 for w in values.get("weights", ())):
        raise UsageError(f"{path}: weights: numbers above 0, not {values['weights']}")
    if values.get("start"):
        values["start"] = str(path.parent / values["start"])
    try:
        shape = ModelConfig(**{k: _tuple(v) for k, v in model.items()})
    except (ValueError, TypeError) as e:
        raise UsageError(f"{path}: [model]: {e}") from None
    return TrainConfig(**values, model=shape)


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _check_keys(values: dict[str, Any], kind: type, where: str) -> None:
    """Names and types, so that a misspelt or misquoted setting is never silently ignored."""
    fields = {f.name: f.type for f in dataclasses.fields(kind)}
    for key, value in values.items():
        if key not in fields:
            raise UsageError(f"{where}: unknown setting {key!r}; known are {', '.join(fields)}")
        wanted = fields[key]
        listed = "tuple" in str(wanted)
        fits = (
            isinstance(value, list)
            if listed
            else isinstance(value, (int, float))
            if wanted is float
            else type(value) is wanted
        )
        if not fits:
            raise UsageError(f"{where}: {key} = {value!r} should be {'a list' if listed else wanted}")
