"""A training run's state in one safetensors file, written atomically, read without pickle."""

import json
import os
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as serialize
from torch import Tensor, nn

from fluorosam.errors import WeightsError


def save(path: Path, tensors: dict[str, Tensor], notes: dict[str, Any]) -> None:
    """Write to a temporary name, then rename: a kill leaves the old file or the new one."""
    part = path.with_name(path.name + ".part")
    contiguous = {name: t.detach().cpu().contiguous() for name, t in tensors.items()}
    with part.open("wb") as handle:
        handle.write(serialize(contiguous, metadata={"notes": json.dumps(notes, sort_keys=True)}))
        handle.flush()
        os.fsync(handle.fileno())
    os.replace(part, path)


def load(path: Path, device: str = "cpu") -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors and notes. Raises WeightsError for anything that is not such a file."""
    try:
        with safe_open(path, framework="pt", device=device) as handle:
            notes = json.loads((handle.metadata() or {}).get("notes", "null"))
            tensors = {name: handle.get_tensor(name) for name in handle.keys()}  # noqa: SIM118
    except (OSError, SafetensorError, ValueError, RecursionError) as e:
        raise WeightsError(f"{path}: not a safetensors file that can be read: {e}") from None
    if not isinstance(notes, dict):
        raise WeightsError(f"{path}: has no notes of ours; it was not written by fluorosam")
    return tensors, notes


def training_tensors(
    model: nn.Module, average: nn.Module, optimizer: torch.optim.Optimizer
) -> dict[str, Tensor]:
    """Everything that the next step depends on, under flat names."""
    tensors = {f"model.{k}": v for k, v in model.state_dict().items()}
    tensors |= {f"average.{k}": v for k, v in average.state_dict().items()}
    for number, state in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{number}.{k}": v for k, v in state.items()}
    return tensors


def restore(
    tensors: dict[str, Tensor], model: nn.Module, average: nn.Module, optimizer: torch.optim.Optimizer
) -> None:
    """The inverse of `training_tensors`."""
    parts: dict[str, dict[str, Tensor]] = {"model": {}, "average": {}, "optimizer": {}}
    for name, tensor in tensors.items():
        head, rest = name.split(".", 1)
        parts[head][rest] = tensor
    model.load_state_dict(parts["model"])
    average.load_state_dict(parts["average"])
    whole = optimizer.state_dict()
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in parts["optimizer"].items():
        number, key = name.split(".", 1)
        state.setdefault(int(number), {})[key] = tensor
    optimizer.load_state_dict({**whole, "state": state})
