"""DiffDRR: its two renderers with the label map as channels, on the CPU, driven with our rays."""

import math
from pathlib import Path
from typing import Any

import numpy as np
from serve import Loaded, Prepared, View, load_density, longest_chord_mm, serve

ROWS = 112
"""Rows of the picture rendered at once: the fastest of 14, 56 and 112 on scene A."""


def load(folder: Path) -> dict[str, Any]:
    """The scene and its two volumes as tensors; channels are the labels, 0 the unlabelled rest."""
    import diffdrr.renderers  # noqa: F401  here, so that a machine without it is told so at once
    import torch

    torch.set_num_threads(2)
    scene = load_density(folder)
    labels = torch.from_numpy(scene.labels.astype(np.float32))
    return {"scene": scene, "density": torch.from_numpy(scene.density), "labels": labels}


def prepare(scene: dict[str, Any], method: str, view: View) -> Prepared:
    """method: "trilinear" or "siddon"."""
    import torch
    from diffdrr.renderers import Siddon, Trilinear

    grid: Loaded = scene["scene"]
    pixels_mm = view.pixels_mm()
    lengths = np.linalg.norm(pixels_mm - view.source_mm, axis=1)
    rays = (grid.to_index(view.source_mm[None]), grid.to_index(pixels_mm), lengths[None])
    source, target, length = (torch.from_numpy(x.astype(np.float32))[None] for x in rays)
    renderer = Siddon() if method == "siddon" else Trilinear()
    # Its samples are spread between the first and the last intersection of *any* ray with the volume.
    steps = {} if method == "siddon" else {"n_points": _samples(grid, view)}

    @torch.no_grad()
    def render() -> torch.Tensor:
        count = ROWS * view.shape[1]
        return torch.cat(
            [
                renderer(scene["density"], source, t, way, mask=scene["labels"], **steps)
                for t, way in zip(target.split(count, dim=1), length.split(count, dim=2), strict=True)
            ],
            dim=2,
        )

    return render, lambda out: out.sum(dim=1).reshape(view.shape).numpy() / 10


def _samples(grid: Loaded, view: View) -> int:
    """One sample per voxel edge, the fewest that serve."""
    return math.ceil(longest_chord_mm(grid, view) / grid.spacing_mm.min())


if __name__ == "__main__":
    serve(load, prepare)
