"""nanodrr: its torch renderer with the label map as channels, on the CPU, driven with our rays."""

import math
from pathlib import Path
from typing import Any

import numpy as np
from serve import Loaded, Prepared, View, load_density, longest_chord_mm, serve

ROWS = 14
"""Rows of the picture rendered at once: the fastest of 14, 56 and 112 on scene A."""

DEFAULT_SAMPLES = 500
"""nanodrr's own number of samples along the part of a ray that lies in the volume."""


def load(folder: Path) -> tuple[Loaded, Any]:
    """The scene, and nanodrr's own subject of it, density instead of attenuation."""
    import torch
    from nanodrr.data import Subject

    torch.set_num_threads(2)
    scene = load_density(folder)
    volumes = (scene.density, scene.labels.astype(np.float32))
    image, labels = (torch.from_numpy(np.ascontiguousarray(v.T))[None, None] for v in volumes)
    size = np.array(scene.density.shape)
    grid_from_index = np.diag([*(2 / size), 1.0])  # grid_sample's -1 .. 1 from edge to edge
    grid_from_index[:3, 3] = 1 / size - 1
    index_from_world = np.linalg.inv(scene.world_from_index)
    centre = scene.world_from_index @ np.array([*((size - 1) / 2), 1.0])
    grids = (scene.world_from_index, index_from_world, grid_from_index, centre[:3])
    matrices = (torch.from_numpy(g.astype(np.float32)) for g in grids)
    return scene, Subject(image, labels, *matrices, max_label=int(scene.labels.max()), convert_to_mu=False)


def prepare(scene: tuple[Loaded, Any], method: str, view: View) -> Prepared:
    """method: "torch" (a sample per voxel edge, as all others), or "default" (its own 500 samples)."""
    import torch
    from nanodrr.drr import render as nanodrr_render

    grid, subject = scene
    # The rays are given in world mm already: nanodrr's camera sits still in the world's origin.
    rays = (view.source_mm[None], view.pixels_mm())
    source, target = (torch.from_numpy(x.astype(np.float32))[None] for x in rays)
    still, any_camera = torch.eye(4)[None], torch.eye(3)[None]
    a_voxel_each = math.ceil(longest_chord_mm(grid, view) / grid.spacing_mm.min())
    samples = a_voxel_each if method == "torch" else DEFAULT_SAMPLES
    distance, width = torch.tensor([1.0]), view.shape[1]

    @torch.no_grad()
    def render() -> torch.Tensor:
        return torch.cat(
            [
                nanodrr_render(
                    subject, any_camera, still, distance, pixels.shape[1] // width, width, samples,
                    src=source, tgt=pixels, backend="torch",
                )
                for pixels in target.split(ROWS * width, dim=1)
            ],
            dim=2,
        )  # fmt: skip

    return render, lambda out: out.sum(dim=1)[0].numpy() / 10


if __name__ == "__main__":
    serve(load, prepare)
