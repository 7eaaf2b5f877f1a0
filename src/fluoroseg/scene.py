"""One exposure as data: what `simulate` returns and what a shard stores."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from fluoroseg.geometry.camera import Camera


@dataclass(frozen=True)
class Shot:
    """An X-ray with its truth.

    image: float32 `[row, column]`, transmitted energy fraction after the detector (1 = open air).
    masks: structure or tool name -> bool silhouette, for everything with at least one pixel in view.
    path_mm: the same names -> float32 path length along each ray in mm (0 outside the silhouette).
    camera: the geometry.
    phrases: the same names -> words that a person could use for it.
    record: JSON-able account of what was drawn (view, spectrum, seed, tools, patient), for replay.
    """

    image: Float[np.ndarray, "h w"]
    masks: dict[str, Bool[np.ndarray, "h w"]]
    path_mm: dict[str, Float[np.ndarray, "h w"]]
    camera: Camera
    phrases: dict[str, list[str]]
    record: dict
