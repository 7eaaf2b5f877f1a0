"""Picture -> features at stride 2 and 4, and global tokens; once for each picture."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from fluorosam.model.config import ModelConfig


@dataclass(frozen=True)
class Embedding:
    """What is kept of `b` encoded pictures of `h x w`.

    features: `[b, features, h/4, w/4]`, what each place is. base: `[b, decoder, h/4, w/4]`, what the mask
    decoder adds to each prompt's own maps: places, and the edges within each (from stride 2). tokens:
    `[b, n, features]`, the coarse picture (stride 32) after attention.
    """

    features: Float[Tensor, "b c h4 w4"]
    base: Float[Tensor, "b d h4 w4"]
    tokens: Float[Tensor, "b n c"]


class ConvNorm(nn.Sequential):
    """3x3 (or 1x1) convolution and batch norm."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(outputs)
        )


class Residual(nn.Module):
    """Two 3x3 convolutions around a shortcut (He et al. 2016)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first, self.second = ConvNorm(width, width), ConvNorm(width, width)

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h w"]:
        return F.relu(x + self.second(F.relu(self.first(x))))


class GlobalMixer(nn.Module):
    """Self-attention over the coarsest map, so that every place knows the whole picture."""

    def __init__(self, width: int, heads: int = 8) -> None:
        super().__init__()
        self.place = nn.Linear(4, width)
        self.layer = nn.TransformerEncoderLayer(
            width, heads, 2 * width, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
        )

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h w"]:
        b, c, h, w = x.shape
        y = torch.linspace(-1, 1, h, device=x.device)[:, None].expand(h, w)
        z = torch.linspace(-1, 1, w, device=x.device)[None].expand(h, w)
        place = self.place(torch.stack([y, z, y * y, z * z], -1).reshape(h * w, 4))
        tokens = self.layer(x.flatten(2).transpose(1, 2) + place)  # b (h w) c
        return tokens.transpose(1, 2).reshape(b, c, h, w)


class ImageEncoder(nn.Module):
    """A residual pyramid with a top-down path (U-Net / FPN style)."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        widths = (2, *config.widths)
        self.down = nn.ModuleList(
            nn.Sequential(
                ConvNorm(widths[i], widths[i + 1], stride=2),
                nn.ReLU(),
                *(Residual(widths[i + 1]) for _ in range(config.blocks[i])),
            )
            for i in range(5)
        )
        self.mixer = GlobalMixer(widths[-1])
        self.tokens = nn.Linear(widths[-1], config.features)
        size = config.features
        self.lateral = nn.ModuleList(ConvNorm(widths[i], size, kernel=1) for i in (2, 3, 4, 5))
        self.merge = nn.ModuleList(Residual(size) for _ in range(3))
        self.edge = ConvNorm(widths[1], config.decoder // 4)
        self.base = ConvNorm(size + config.decoder, config.decoder)

    def forward(self, picture: Float[Tensor, "b 2 h w"]) -> Embedding:
        """`h` and `w` are multiples of 32."""
        levels = []
        x = picture
        for stage in self.down:
            x = stage(x)
            levels.append(x)
        x = self.mixer(x)
        tokens = self.tokens(x.flatten(2).transpose(1, 2))
        x = self.lateral[3](x)
        for i in (2, 1, 0):
            x = F.interpolate(x, scale_factor=2, mode="nearest") + self.lateral[i](levels[i + 1])
            x = self.merge[i](F.relu(x))
        edges = F.pixel_unshuffle(F.relu(self.edge(levels[0])), 2)
        return Embedding(x, self.base(torch.cat([x, edges], 1)), tokens)
