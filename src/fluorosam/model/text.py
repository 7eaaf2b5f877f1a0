"""Words -> one vector, by a small encoder that is trained with everything else.

A general sentence encoder puts "left rib" beside "right rib" and "collarbone" far from "clavicle", so
this one learns from scratch: hashed words, word pairs and letter groups (as in fastText, Bojanowski et
al. 2017) are averaged and pass through an MLP. Unknown and misspelt words still have letter groups.
"""

import itertools
import re
import zlib
from collections.abc import Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn


class TextEncoder(nn.Module):
    """Phrases -> `[n, size]`."""

    def __init__(self, buckets: int, size: int) -> None:
        super().__init__()
        self.buckets = buckets
        self.table = nn.EmbeddingBag(buckets, size, mode="mean")
        self.mlp = nn.Sequential(
            nn.LayerNorm(size), nn.Linear(size, 2 * size), nn.GELU(), nn.Linear(2 * size, size)
        )
        self.none = nn.Parameter(torch.zeros(size))

    def forward(self, phrases: Sequence[str]) -> Float[Tensor, "n size"]:
        """An empty phrase stands for "no text" and gets a learned vector of its own."""
        pieces = [hash_pieces(phrase, self.buckets) or [0] for phrase in phrases]
        offsets = torch.tensor([0, *(len(p) for p in pieces[:-1])], device=self.none.device).cumsum(0)
        flat: Int[Tensor, pieces] = torch.tensor([i for p in pieces for i in p], device=self.none.device)
        vectors = self.mlp(self.table(flat, offsets))
        empty = torch.tensor([not phrase.strip() for phrase in phrases], device=self.none.device)
        return torch.where(empty[:, None], self.none, vectors)


def hash_pieces(phrase: str, buckets: int) -> list[int]:
    """Bucket numbers of the phrase's words, neighbouring word pairs and letter trigrams."""
    words = re.findall(r"[a-z]+|\d+", phrase.lower())
    pieces = [f"w {word}" for word in words] * 2
    pieces += [f"p {a} {b}" for a, b in itertools.pairwise(words)]
    for word in words:
        padded = f"<{word}>"
        pieces += [f"t {padded[i : i + 3]}" for i in range(len(padded) - 2)]
    return [zlib.crc32(piece.encode()) % buckets for piece in pieces]
