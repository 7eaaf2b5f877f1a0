"""Weight files: the network's numbers (half precision), its shape, and what it was taught."""

import os
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fluorosam.errors import WeightsError

if TYPE_CHECKING:
    from fluorosam.model.sam import FluoroSam

FORMAT = "fluorosam-1"
DEFAULT = "small"


def find(model: str | Path | None = None) -> Path:
    """A file, or a name of shipped weights (None: the default). Raises WeightsError with the names."""
    if model is not None and (Path(model).suffix or os.sep in str(model)):
        if not Path(model).is_file():
            raise WeightsError(f"{model}: there is no such weight file")
        return Path(model)
    folder = Path(str(resources.files("fluorosam.weights")))
    path = folder / f"{model or DEFAULT}.safetensors"
    if not path.is_file():
        names = ", ".join(sorted(p.stem for p in folder.glob("*.safetensors"))) or "none"
        raise WeightsError(f"{model or DEFAULT}: no weights of this name are shipped; there are: {names}")
    return path


def write(model: "FluoroSam", path: Path, notes: dict[str, Any]) -> Path:
    """Store the network; batch-norm statistics stay in single precision."""
    import torch

    from fluorosam.training import checkpoint

    tensors = {
        name: t.to(torch.float16) if t.dtype == torch.float32 and "running" not in name else t
        for name, t in model.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }
    checkpoint.save(path, tensors, {"format": FORMAT, "model": model.config.to_record(), **notes})
    return path


def read(path: Path, device: str = "cpu") -> tuple["FluoroSam", dict[str, Any]]:
    """Network (evaluation mode, single precision) and notes. Raises WeightsError."""
    from fluorosam.model.config import ModelConfig
    from fluorosam.model.sam import FluoroSam
    from fluorosam.training import checkpoint

    tensors, notes = checkpoint.load(path, device)
    if notes.get("format") != FORMAT:
        raise WeightsError(f"{path}: format {notes.get('format')!r}, this version reads {FORMAT!r}")
    try:
        model = FluoroSam(ModelConfig.from_record(notes["model"]))
    except (KeyError, TypeError, ValueError, RuntimeError, IndexError, AssertionError, AttributeError) as e:
        raise WeightsError(f"{path}: its description of the network is broken: {e}") from None
    _fill(model, tensors, path)
    return model.to(device).eval(), notes


def read_into(model: "FluoroSam", path: Path) -> None:
    """Fill a network of the same shape."""
    from fluorosam.training import checkpoint

    _fill(model, checkpoint.load(path)[0], path)


def _fill(model: "FluoroSam", tensors: dict[str, Any], path: Path) -> None:
    state = model.state_dict()
    wanted = {name: t for name, t in state.items() if not name.endswith("num_batches_tracked")}
    wrong = [n for n in wanted if n not in tensors or tensors[n].shape != wanted[n].shape]
    wrong += [n for n in tensors if n not in wanted]
    if wrong:
        raise WeightsError(f"{path}: {len(wrong)} tensors do not fit the network, for example {wrong[0]}")
    if not all(bool(t.isfinite().all()) for t in tensors.values()):
        raise WeightsError(f"{path}: contains numbers that are not finite")
    model.load_state_dict({n: t.to(wanted[n].dtype) for n, t in tensors.items()}, strict=False)
