"""One X-ray as a data set gives it back."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Bool, Float

from fluoroseg.dataset import record as records
from fluoroseg.dataset import rle
from fluoroseg.dataset.intensity import decode_png
from fluoroseg.errors import ReadError

if TYPE_CHECKING:
    from fluoroseg.dataset.prompts import Prompt


class Masks(Mapping[str, Bool[np.ndarray, "h w"]]):
    """Name -> mask; each is unpacked, by `decode`, when it is asked for."""

    def __init__(
        self, packed: Mapping[str, Any], decode: Callable[[Any], Bool[np.ndarray, "h w"]] = rle.decode
    ) -> None:
        self._packed, self._decode = packed, decode

    def __getitem__(self, name: str) -> Bool[np.ndarray, "h w"]:
        return self._decode(self._packed[name])

    def __contains__(self, name: object) -> bool:  # a Mapping's own would unpack the mask
        return name in self._packed

    def __iter__(self) -> Iterator[str]:
        return iter(self._packed)

    def __len__(self) -> int:
        return len(self._packed)


@dataclass(frozen=True)
class Sample:
    """One X-ray of a data set.

    image: float32 `[row, column]`, transmitted energy fraction (1 = open air).
    masks: structure or tool name -> bool silhouette; unpacked at each look-up.
    record: everything that is known about it (`fluoroseg.dataset.record`).
    """

    image: Float[np.ndarray, "h w"]
    masks: Masks
    record: dict[str, Any]

    @property
    def key(self) -> str:
        return self.record["key"]

    @property
    def field(self) -> Float[np.ndarray, "4"] | None:
        """(x, y, width, height) of the box around what the collimator left open, in shares of the picture's
        sides; parts may lie outside. None for a picture without collimator."""
        blades, camera = self.record.get("view", {}).get("blades"), self.record.get("camera")
        if not blades or not camera:
            return None
        pixel = np.array([np.linalg.norm(camera["right_mm"]), np.linalg.norm(camera["down_mm"])])
        whole = pixel * camera["shape"][::-1]
        turn = np.radians(blades["turn_deg"])
        cosine, sine = abs(np.cos(turn)), abs(np.sin(turn))
        size = np.array([[cosine, sine], [sine, cosine]]) @ blades["size_mm"] / whole
        return np.concatenate([np.array(blades["centre_mm"]) / whole + 0.5 - size / 2, size])

    @property
    def phrases(self) -> dict[str, list[str]]:
        """The same names as `masks` -> words that a person could use."""
        return {o["name"]: o["phrases"] for o in self.record["objects"]}

    def prompts(
        self, rng: np.random.Generator, count: int = 1, absent: float = 0.2, split: str | None = "train"
    ) -> "list[Prompt]":
        """Words and masks that a user could ask for: `fluoroseg.dataset.prompts.draw_prompts`."""
        from fluoroseg.dataset.prompts import draw_prompts

        return draw_prompts(self, rng, count, absent, split)


def unpack(record_json: bytes, image_png: bytes, key: str, where: str) -> Sample:
    """The two files of a sample -> the sample. Raises ReadError when they do not belong together."""
    record = records.load(record_json, where)
    image = decode_png(image_png, where)
    if record["key"] != key or image.shape != (record["height"], record["width"]):
        raise ReadError(f"{where}: index, record and image do not belong together")
    return Sample(image, Masks({o["name"]: o["segmentation"] for o in record["objects"]}), record)
