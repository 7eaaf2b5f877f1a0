"""Our own side, in a process like any peer's."""

import json
import sys
from pathlib import Path

import numpy as np
from serve import Prepared, View, serve

from fluoroseg.geometry.camera import Camera
from fluoroseg.patients.patient import Patient
from fluoroseg.project import Projector


def load(folder: Path) -> dict[str, Projector]:
    """The projector with all labels, and one without any."""
    grid = json.loads((folder / "scene.json").read_text())
    hu, labels = np.load(folder / "hu.npy"), np.load(folder / "labels.npy")
    structures = {int(label): name for label, name in grid["structures"].items()}
    world_from_index = np.array(grid["world_from_index"])
    return {
        "labels": Projector(Patient(hu, labels, world_from_index, structures)),
        "plain": Projector(Patient(hu, labels, world_from_index, {})),
    }


def prepare(scene: dict[str, Projector], method: str, view: View) -> Prepared:
    """method: "materials", "masks", "lengths", "factors"; "tool" and "whole" (whole.py)."""
    camera = Camera(view.source_mm, view.origin_mm, view.right_mm, view.down_mm, view.shape)
    if method in ("tool", "whole"):
        sys.path.append(str(Path(__file__).parents[1]))
        from whole import project_tool, screw, whole_image

        solid = screw()
        if method == "tool":
            return lambda: project_tool(solid, camera), lambda _: np.zeros(view.shape)
        return lambda: whole_image(scene["labels"], solid, camera), lambda _: np.zeros(view.shape)
    projector = scene["plain" if method == "materials" else "labels"]
    factors = {"organ 1": 1.1, "organ 50": 0.9} if method == "factors" else None
    lengths = method == "lengths"
    return (
        lambda: projector.project(camera, lengths=lengths, factors=factors),
        lambda seen: seen.areal_g_cm2.sum(axis=0),
    )


if __name__ == "__main__":
    serve(load, prepare)
