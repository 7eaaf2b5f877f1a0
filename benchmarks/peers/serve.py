"""What every worker shares: it loads a scene, renders on request, and times itself.

Requests and replies are JSON, one a line, on stdin and stdout. A worker that has nothing to do sleeps in a
read, so the others have the machine for themselves. Needs NumPy alone: a peer may live in an environment
of its own, without `fluoroseg`.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np


@dataclass(frozen=True)
class View:
    """source_mm, origin_mm (centre of pixel [0, 0]), right_mm, down_mm in world mm; shape (rows, columns)."""

    source_mm: np.ndarray
    origin_mm: np.ndarray
    right_mm: np.ndarray
    down_mm: np.ndarray
    shape: tuple[int, int]

    def pixels_mm(self) -> np.ndarray:
        """Centres of all pixels, `[row * column, 3]`."""
        row, column = (g.reshape(-1, 1) for g in np.indices(self.shape))
        return self.origin_mm + column * self.right_mm + row * self.down_mm


@dataclass(frozen=True)
class Loaded:
    """density: float32 g/cm^3 [i, j, k]. labels: uint16 [i, j, k]. world_from_index: 4x4, mm."""

    density: np.ndarray
    labels: np.ndarray
    world_from_index: np.ndarray

    @property
    def spacing_mm(self) -> np.ndarray:
        return np.linalg.norm(self.world_from_index[:3, :3], axis=0)

    def to_index(self, points_mm: np.ndarray) -> np.ndarray:
        """World mm `[n, 3]` -> voxel indices."""
        index_from_world = np.linalg.inv(self.world_from_index)
        return points_mm @ index_from_world[:3, :3].T + index_from_world[:3, 3]


Prepared = tuple[Callable[[], Any], Callable[[Any], np.ndarray]]
"""What is timed; and how its result becomes the picture [row, column]: line integrals of density, g/cm^2."""


def longest_chord_mm(scene: Loaded, view: View) -> float:
    """The longest way of any ray inside the volume."""
    pixels_mm = view.pixels_mm()
    source, pixels = scene.to_index(view.source_mm[None]), scene.to_index(pixels_mm)
    way = np.where(pixels == source, 1e-9, pixels - source)
    low, high = (-0.5 - source) / way, (np.array(scene.density.shape) - 0.5 - source) / way
    enters, leaves = np.minimum(low, high).max(axis=1), np.maximum(low, high).min(axis=1)
    return float(((leaves - enters) * np.linalg.norm(pixels_mm - view.source_mm, axis=1)).max())


def serve(load: Callable[[Path], Any], prepare: Callable[[Any, str, View], Prepared]) -> None:
    """The worker's life: load the scene in the folder named on the command line, then answer requests.

    A request is {"view": its arrays, "method": name, "save": path or null}; the reply {"ms": time}.
    """
    # Libraries print what they like; only replies may reach the pipe.
    replies = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)

    def reply(answer: dict) -> None:
        replies.write(json.dumps(answer) + "\n")

    try:
        scene = load(Path(sys.argv[1]))
    except ModuleNotFoundError as e:
        reply({"missing": e.name})
        return
    reply({"ready": True})
    prepared: dict[str, Prepared] = {}
    for line in sys.stdin:
        request = json.loads(line)
        key = json.dumps([request["method"], request["view"]])
        if key not in prepared:
            arrays = {k: np.array(v, dtype=np.float64) for k, v in request["view"].items() if k != "shape"}
            view = View(**arrays, shape=tuple(request["view"]["shape"]))
            prepared[key] = prepare(scene, request["method"], view)
        render, picture = prepared[key]
        start = time.perf_counter()
        result = render()
        milliseconds = (time.perf_counter() - start) * 1e3
        if request["save"]:
            np.save(request["save"], np.asarray(picture(result), dtype=np.float32))
        reply({"ms": milliseconds})


def load_density(folder: Path) -> Loaded:
    """The scene as peers want it: density instead of HU."""
    grid = json.loads((folder / "scene.json").read_text())
    density, labels = (np.load(folder / f"{name}.npy") for name in ("density", "labels"))
    return Loaded(density, labels, np.array(grid["world_from_index"]))
