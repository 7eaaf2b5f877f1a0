"""Training, from top to bottom: configuration, data, model, loop, checkpoint, weights."""

import copy
import json
import logging
import math
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from fluorosam import weights
from fluorosam.errors import UsageError
from fluorosam.model import hints
from fluorosam.model.sam import FluoroSam
from fluorosam.training import checkpoint
from fluorosam.training.clicks import second_prompts
from fluorosam.training.config import TrainConfig, read_config
from fluorosam.training.data import Batch, Order, Pictures, collate
from fluorosam.training.losses import loss, mask_loss
from fluorosam.training.picture import save_batch

log = logging.getLogger(__name__)


def run(config_path: str | Path, resume: bool = False) -> Path:
    """Train as the file says; returns the weights' path.

    Writes `checkpoint.safetensors`, `log.jsonl`, `batch.png` (what the network was shown) and, at the
    end, `weights.safetensors` into the run's folder. SIGINT and SIGTERM save a checkpoint and stop;
    with `resume` the run goes on from it and ends with the very same bits as one that never stopped
    (same number of threads, same machine).
    """
    return train(read_config(config_path), resume)


def train(config: TrainConfig, resume: bool = False) -> Path:
    """See `run`."""
    folder = Path(config.run)
    saved = folder / "checkpoint.safetensors"
    if saved.exists() and not resume:
        raise UsageError(f"{folder}: has a checkpoint already; go on with --resume or choose another 'run'")
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    model = FluoroSam(config.model)
    if config.start:
        weights.read_into(model, Path(config.start))
    average = copy.deepcopy(model).eval()
    optimizer = torch.optim.AdamW(_groups(model, config), lr=config.lr, betas=(0.9, 0.98), fused=True)
    start = 0
    if resume and saved.exists():
        tensors, notes = checkpoint.load(saved)
        _same(notes["config"], config)
        checkpoint.restore(tensors, model, average, optimizer)
        start = notes["step"]
    pictures = Pictures(config)
    step = _loop(config, pictures, model, average, optimizer, start, saved)
    if step < config.steps:
        return saved
    return weights.write(average, folder / "weights.safetensors", _notes(config, pictures))


def _loop(
    config: TrainConfig,
    pictures: Pictures,
    model: FluoroSam,
    average: FluoroSam,
    optimizer: torch.optim.Optimizer,
    start: int,
    saved: Path,
) -> int:
    """Steps `start` to the end, or to a signal; returns the number of steps done in all."""
    order = Order(config, [len(numbers) for numbers in pictures.kept], start)
    loader = torch.utils.data.DataLoader(
        pictures,
        batch_sampler=order,
        collate_fn=collate,
        num_workers=config.workers,
        multiprocessing_context="spawn" if config.workers else None,
        prefetch_factor=4 if config.workers else None,
        worker_init_fn=_ignore_interrupt if config.workers else None,
    )
    stop = _Stop()
    meter = _Meter(config, start, saved.parent / "log.jsonl")
    step = start
    for batch in loader:
        if step == 0:
            save_batch(batch.first(config.prompts), saved.parent / "batch.png")
        figures = train_step(config, model, average, optimizer, batch, step)
        meter.tell(step, figures)
        step += 1
        if step % config.save_every == 0 or step == config.steps or stop.asked:
            tensors = checkpoint.training_tensors(model, average, optimizer)
            checkpoint.save(saved, tensors, {"step": step, "config": config.to_record()})
        if stop.asked:
            log.warning("stopped after step %d; go on with --resume", step)
            break
    return step


def train_step(
    config: TrainConfig,
    model: FluoroSam,
    average: FluoroSam,
    optimizer: torch.optim.Optimizer,
    batch: Batch,
    step: int,
) -> dict[str, float]:
    """One step: words alone, each first prompt again with clicks in its errors, all names roughly."""
    model.train()
    for group in optimizer.param_groups:
        group["lr"] = config.lr * _schedule(step, config)
    rng = np.random.default_rng([config.seed, step, 1])
    asked = batch.first(config.prompts)
    b, p = asked.present.shape
    with torch.autocast("cpu", torch.bfloat16, enabled=config.precision == "bf16"):
        seen = model.encode(batch.pictures.to(memory_format=torch.channels_last))
        grid = seen.features.shape[2:]
        first = model.decode(seen, asked.phrases, torch.zeros(b, p, hints.HINTS, *grid))
        clicked, phrases = second_prompts(rng, first, asked)
        second = model.decode(seen, phrases, clicked)
        rough = model.rough(seen, batch.phrases)
    words_loss, words = loss(first, asked.masks, asked.present, asked.weight)
    clicks_loss, clicks = loss(second, asked.masks[:, :1], asked.present[:, :1], asked.weight[:, :1])
    coarse = F.avg_pool2d(batch.masks, 2)
    total = words_loss + 0.7 * clicks_loss + mask_loss(rough, coarse, batch.present, batch.weight)
    optimizer.zero_grad()
    total.backward()
    norm = nn.utils.clip_grad_norm_(model.parameters(), 2.0)
    optimizer.step()
    _average(average, model, min(config.ema, (step + 1) / (step + 10)))
    return {
        "loss": float(total.detach()),
        "dice": words["dice"],
        "dice_clicks": clicks["dice"],
        "presence": words["presence"],
        "norm": float(norm),
    }


def _schedule(step: int, config: TrainConfig) -> float:
    """Linear warm-up, then half a cosine down to 1 %."""
    if step < config.warmup:
        return (step + 1) / config.warmup
    progress = (step - config.warmup) / max(1, config.steps - config.warmup)
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))


def _groups(model: nn.Module, config: TrainConfig) -> list[dict[str, Any]]:
    """No weight decay on norms and biases."""
    decay = [p for p in model.parameters() if p.ndim > 1]
    plain = [p for p in model.parameters() if p.ndim <= 1]
    return [{"params": decay, "weight_decay": config.weight_decay}, {"params": plain, "weight_decay": 0.0}]


@torch.no_grad()
def _average(average: nn.Module, model: nn.Module, keep: float) -> None:
    """Exponential moving average of all weights and batch-norm statistics."""
    for old, new in zip(average.state_dict().values(), model.state_dict().values(), strict=True):
        if old.dtype.is_floating_point:
            old.lerp_(new, 1 - keep)
        else:
            old.copy_(new)


def _same(saved: dict[str, Any], config: TrainConfig) -> None:
    """A resumed run must be the run that was stopped."""
    now = json.loads(json.dumps(config.to_record()))
    free = {"run", "workers", "save_every"}
    changed = [key for key in now if key not in free and saved.get(key) != now[key]]
    if changed:
        raise UsageError(f"{config.run}: cannot resume, these settings changed: {', '.join(changed)}")


def _notes(config: TrainConfig, pictures: Pictures) -> dict[str, Any]:
    """What the weights know and come from: read by `info`, the predictor and the model card."""
    from fluorosam.training.concepts import taught

    drawn = zip(pictures.sets, pictures.kept, strict=True)
    return {"training": config.to_record(), "taught": taught(drawn, config.only)}


def _ignore_interrupt(worker: int) -> None:
    """Ctrl-C reaches the loader's processes too; they go on until the checkpoint is written."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


class _Stop:
    """SIGINT / SIGTERM ask for a checkpoint and an orderly end."""

    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask)

    def _ask(self, number: int, frame: object) -> None:
        self.asked = True


class _Meter:
    """Smoothed figures to the log, and a line of progress."""

    def __init__(self, config: TrainConfig, start: int, path: Path) -> None:
        self.config, self.start, self.path = config, start, path
        self.began = time.monotonic()
        self.smooth: dict[str, float] = {}

    def tell(self, step: int, figures: dict[str, float]) -> None:
        for key, value in figures.items():
            self.smooth[key] = self.smooth.get(key, value) * 0.95 + value * 0.05
        if (step + 1) % 20 and step + 1 != self.config.steps:
            return
        spent = time.monotonic() - self.began
        rate = (step + 1 - self.start) / spent
        line = {"step": step + 1, **{k: round(v, 4) for k, v in self.smooth.items()}}
        line |= {"images_per_s": round(rate * self.config.batch, 1)}
        with self.path.open("a") as handle:
            handle.write(json.dumps(line) + "\n")
        left = (self.config.steps - step - 1) / rate / 60
        log.info("step %d of %d, %.0f min left: %s", step + 1, self.config.steps, left, json.dumps(line))
