"""Our own side, in a process like any peer's."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from serve import Prepared, View, serve

sys.path.append(str(Path(__file__).parents[1]))

from whole import project_tool, screw, whole_image
from workers import take_over

from fluoroseg.geometry.camera import Camera
from fluoroseg.project import Projector


def load(folder: Path) -> dict[str, Projector]:
    """The projector with all labels, and one without any."""
    patient = take_over(folder)
    return {"labels": Projector(patient), "plain": Projector(replace(patient, structures={}))}


def prepare(scene: dict[str, Projector], method: str, view: View) -> Prepared:
    """method: "materials", "masks", "lengths", "factors"; "tool" and "whole" (whole.py)."""
    camera = Camera(view.source_mm, view.origin_mm, view.right_mm, view.down_mm, view.shape)
    if method in ("tool", "whole"):
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
