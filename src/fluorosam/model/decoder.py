"""Embedding + prompt -> mask logits, predicted IoU, presence; once for each prompt, and cheap."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from fluorosam.model.config import ModelConfig
from fluorosam.model.encoder import Embedding, Residual

HINTS = 4
"""Channels of a prompt that are drawn: positive clicks, negative clicks, box, previous mask."""


@dataclass(frozen=True)
class Decoded:
    """For `p` prompts on each of `b` pictures.

    logits: > 0 inside, at half the network's picture. score: predicted IoU 0..1. presence: logit of "is
    in the picture".
    """

    logits: Float[Tensor, "b p h2 w2"]
    score: Float[Tensor, "b p"]
    presence: Float[Tensor, "b p"]


class MaskDecoder(nn.Module):
    """Similarity maps of the text's queries and of the clicked places, refined by a few convolutions."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        size, width, heads = config.features, config.decoder, config.heads
        self.heads = heads
        self.look = nn.MultiheadAttention(size, 4, batch_first=True)
        self.ask = nn.Linear(config.text, size)
        self.queries = nn.Linear(config.text + size, heads * size)
        self.clicked = nn.Linear(size, heads // 2 * size)
        self.scale = nn.Linear(config.text, 2 * width)
        self.enter = nn.Conv2d(2 * heads + HINTS, width, 3, padding=1)
        self.body = nn.Sequential(Residual(width), Residual(width))
        self.leave = nn.Conv2d(width, 4, 3, padding=1)
        self.judge = nn.Sequential(
            nn.Linear(config.text + 2 * size + 3, 128),
            nn.GELU(),
            nn.Linear(128, 128),
            nn.GELU(),
            nn.Linear(128, 2),
        )

    def forward(
        self, seen: Embedding, text: Float[Tensor, "b p t"], hints: Float[Tensor, "b p 4 h4 w4"]
    ) -> Decoded:
        context = self._context(seen, text)
        clicks = _pool(seen.features, hints[:, :, :2].flatten(1, 2)).unflatten(1, (-1, 2))
        queries = torch.cat(
            [self.queries(torch.cat([text, context], -1)), self.clicked(clicks).flatten(2)], -1
        )
        maps = _similarity(queries, seen.features)
        own = torch.cat([maps, hints.to(maps.dtype)], 2).flatten(0, 1)
        x = self.enter(own.contiguous(memory_format=torch.channels_last))
        x = x + seen.base.repeat_interleave(hints.shape[1], 0)
        gain, shift = self.scale(text).flatten(0, 1)[..., None, None].chunk(2, 1)
        x = self.body(F.relu(x * (1 + gain) + shift))
        # Each place of stride 4 holds its 2 x 2 half-size pixels: nothing is computed at the larger size.
        logits = F.pixel_shuffle(self.leave(x), 2)[:, 0].unflatten(0, hints.shape[:2]).float()
        score, presence = self._judge(seen, logits.detach(), text, context)
        return Decoded(logits, score, presence)

    def rough(self, seen: Embedding, text: Float[Tensor, "b n t"]) -> Float[Tensor, "b n h4 w4"]:
        """Logits at stride 4 by the first similarity map alone: many names at hardly any cost.

        Only for training (deep supervision, Lee et al. 2015): a step then teaches the encoder all that
        is in a picture, and the mask decoder starts from a map that is a mask already.
        """
        size = seen.features.shape[1]
        context = self._context(seen, text)
        first = F.linear(torch.cat([text, context], -1), self.queries.weight[:size], self.queries.bias[:size])
        return _similarity(first, seen.features)[:, :, 0].float()

    def _context(self, seen: Embedding, text: Float[Tensor, "b n t"]) -> Float[Tensor, "b n c"]:
        """What the text finds in the coarse picture."""
        return self.look(self.ask(text), seen.tokens, seen.tokens, need_weights=False)[0]

    def _judge(self, seen: Embedding, logits: Tensor, text: Tensor, context: Tensor) -> tuple[Tensor, Tensor]:
        """Score and presence from what lies inside the mask and how sure the mask is."""
        soft = F.avg_pool2d(logits, 2).sigmoid()
        inside = _pool(seen.features, soft)
        flat = logits.flatten(2)
        sure = torch.stack([flat.amax(2) / 8, (flat > 0).float().mean(2), soft.flatten(2).std(2)], 2)
        out = self.judge(torch.cat([text, context, inside, sure.to(text.dtype)], 2)).float()
        return out[..., 0].sigmoid(), out[..., 1]


def _similarity(
    queries: Float[Tensor, "b p nc"], features: Float[Tensor, "b c h w"]
) -> Float[Tensor, "b p n h w"]:
    """Scaled dot product of each query vector with the features of each place."""
    b, c, h, w = features.shape
    flat = queries.reshape(b, -1, c) @ features.flatten(2) / c**0.5
    return flat.reshape(b, queries.shape[1], -1, h, w)


def _pool(features: Float[Tensor, "b c h w"], weight: Float[Tensor, "b n h w"]) -> Float[Tensor, "b n c"]:
    """Mean of the features under each weight map; zeros where a map is empty."""
    weight = weight.flatten(2).to(features.dtype)
    total = weight.sum(2, keepdim=True).clamp_min(1e-3)
    return weight @ features.flatten(2).transpose(1, 2) / total
