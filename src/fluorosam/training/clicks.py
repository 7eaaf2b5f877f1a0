"""The user of the training: unlike `fluorosam.prompts`, random, so that every kind of click is met."""

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor

from fluorosam.model import hints
from fluorosam.model.decoder import Decoded
from fluorosam.training.data import Batch

Mask = Bool[np.ndarray, "h w"]


def second_prompts(
    rng: np.random.Generator, first: Decoded, batch: Batch
) -> tuple[Float[Tensor, "b 1 4 h4 w4"], list[str]]:
    """For each picture's first prompt, what a user would add to its first answer.

    One to six clicks in its errors; at times a box, at times no words. Returns the hints and the phrases.
    """
    logits = first.logits.detach()[:, :1]
    guesses = (logits[:, 0] > 0).numpy()
    truths = (batch.masks[:, 0] > 0.5).numpy()
    soft = F.avg_pool2d(logits.sigmoid(), 2)[:, 0].numpy()
    phrases = list(batch.phrases[:: batch.masks.shape[1]])
    drawn = np.zeros((len(soft), 1, hints.HINTS, *soft.shape[1:]), dtype=np.float32)
    for i, (guess, truth) in enumerate(zip(guesses, truths, strict=True)):
        wordless = truth.any() and rng.random() < 0.2
        if wordless:
            phrases[i] = ""
        before = None if rng.random() < (0.7 if wordless else 0.1) else soft[i]
        wrong = truth if wordless and before is None else guess ^ truth
        box = _box(rng, truth) if truth.any() and rng.random() < 0.2 else None
        least = 1 if box is None else 0
        clicks = _clicks(rng, wrong, truth, least + int(rng.integers(0, 6)))
        drawn[i, 0] = hints.draw(soft.shape[1:], clicks, box, before)
    return torch.from_numpy(drawn), phrases


def _clicks(rng: np.random.Generator, wrong: Mask, truth: Mask, count: int) -> list[hints.Click]:
    """`count` places among the wrong pixels, with what is true there."""
    places = np.argwhere(wrong)
    h, w = truth.shape
    chosen = places[rng.integers(len(places), size=count)] if len(places) else places
    return [((y + 0.5) / h, (x + 0.5) / w, int(truth[y, x])) for y, x in chosen]


def _box(rng: np.random.Generator, truth: Mask) -> tuple[float, float, float, float]:
    """The mask's box as a person would draw it: each side off by about 3 % of the box."""
    rows, columns = np.flatnonzero(truth.any(1)), np.flatnonzero(truth.any(0))
    y0, y1, x0, x1 = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    off = rng.normal(0, 0.03, 4) * np.array([y1 - y0, x1 - x0, y1 - y0, x1 - x0])
    y0, x0, y1, x1 = np.array([y0, x0, y1, x1]) + off
    return (
        float(y0 / truth.shape[0]),
        float(x0 / truth.shape[1]),
        float(y1 / truth.shape[0]),
        float(x1 / truth.shape[1]),
    )
