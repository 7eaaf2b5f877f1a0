"""The network's shape, saved with every weight file."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class ModelConfig:
    """Sizes of the network.

    side: the network's picture has about `side * side` pixels. widths: channels at strides 2, 4, 8, 16
    and 32. blocks: residual blocks at these strides. features: channels of the picture's embedding at
    stride 4. heads: similarity maps for each text query. decoder: channels of the mask decoder.
    text: size of the text embedding. buckets: hash buckets for the text's words and letter groups.
    """

    side: int = 224
    widths: tuple[int, ...] = (32, 64, 128, 192, 256)
    blocks: tuple[int, ...] = (0, 1, 2, 2, 2)
    features: int = 64
    heads: int = 16
    decoder: int = 32
    text: int = 192
    buckets: int = 8192

    def __post_init__(self) -> None:
        if len(self.widths) != 5 or len(self.blocks) != 5:
            raise ValueError(f"widths and blocks have five entries each, not {self.widths} and {self.blocks}")
        sizes = (self.side, *self.widths, self.features, self.heads, self.decoder, self.text, self.buckets)
        if not all(isinstance(n, int) and 1 <= n <= 65536 for n in (*sizes, *(b + 1 for b in self.blocks))):
            raise ValueError(f"sizes are whole numbers from 1 to 65536: {self}")
        if self.features % 4 or self.decoder % 4 or self.heads % 2 or self.widths[-1] % 8:
            raise ValueError("features and decoder divide by 4, heads by 2, the last width by 8")

    def to_record(self) -> dict:
        return asdict(self)

    @classmethod
    def from_record(cls, record: dict) -> "ModelConfig":
        lists = {k: tuple(record[k]) for k in ("widths", "blocks")}
        return cls(**{**record, **lists})
