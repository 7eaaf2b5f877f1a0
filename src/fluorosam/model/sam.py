"""The assembled promptable network: encode a picture once, decode many prompts."""

from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor, nn

from fluorosam.model.config import ModelConfig
from fluorosam.model.decoder import Decoded, MaskDecoder
from fluorosam.model.encoder import Embedding, ImageEncoder
from fluorosam.model.text import TextEncoder


class FluoroSam(nn.Module):
    """Image encoder, text encoder, mask decoder."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.image = ImageEncoder(config)
        self.text = TextEncoder(config.buckets, config.text)
        self.mask = MaskDecoder(config)

    def encode(self, picture: Float[Tensor, "b 2 h w"]) -> Embedding:
        """`fluoroseg.randomization.network_input` of each picture -> its embedding."""
        return self.image(picture)

    def decode(self, seen: Embedding, phrases: Sequence[str], hints: Float[Tensor, "b p 4 h4 w4"]) -> Decoded:
        """`p` prompts for each of `b` encoded pictures.

        phrases: `b * p`, picture by picture; "" is no text. hints: `fluorosam.model.hints`, zeros where
        the prompt is text alone.
        """
        text = self.text(phrases).unflatten(0, hints.shape[:2])
        return self.mask(seen, text, hints)

    def rough(self, seen: Embedding, phrases: Sequence[str]) -> Float[Tensor, "b n h4 w4"]:
        """As many names for each picture, picture by picture -> logits: see `MaskDecoder.rough`."""
        return self.mask.rough(seen, self.text(phrases).unflatten(0, (len(seen.features), -1)))


def parameters(model: nn.Module) -> int:
    """Number of trained numbers."""
    return sum(p.numel() for p in model.parameters())
