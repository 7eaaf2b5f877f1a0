"""A tool of 50,000 faces, and the whole way from a patient to the files of one image."""

from pathlib import Path

import numpy as np
from scenes import SCENES, cameras
from workers import take_over

from fluoroseg.dataset.intensity import encode_png
from fluoroseg.geometry.camera import Camera
from fluoroseg.project import Projector
from fluoroseg.project.mesh import Mesh, Solid, project_solids

AROUND, ALONG = 50, 500


def screw(radius_mm: float = 12.0, length_mm: float = 150.0, turns: int = 25) -> Solid:
    """A threaded bolt through the isocentre, 50,000 faces, a tenth of the picture at 448 pixels."""
    angle, along = np.meshgrid(np.arange(AROUND) / AROUND, np.arange(ALONG) / (ALONG - 1), indexing="ij")
    thread = np.abs((along * turns - angle) % 1 - 0.5) * 0.4  # a triangle, 0 .. 0.2 of the radius
    radius = radius_mm * (1 - thread)
    x, y = radius * np.cos(2 * np.pi * angle), radius * np.sin(2 * np.pi * angle)
    side = np.stack([x, y, (along - 0.5) * length_mm], axis=-1).reshape(-1, 3)
    ends = [[0, 0, -length_mm / 2], [0, 0, length_mm / 2]]
    i, k = np.meshgrid(np.arange(AROUND), np.arange(ALONG - 1), indexing="ij")
    a, b = (i * ALONG + k).ravel(), ((i + 1) % AROUND * ALONG + k).ravel()
    first, second = np.arange(AROUND) * ALONG, (np.arange(AROUND) + 1) % AROUND * ALONG
    bottom, top = np.full(AROUND, len(side)), np.full(AROUND, len(side) + 1)
    faces = np.concatenate(
        [
            np.stack([a, b, b + 1], axis=1),
            np.stack([a, b + 1, a + 1], axis=1),
            np.stack([bottom, second, first], axis=1),
            np.stack([top, first + ALONG - 1, second + ALONG - 1], axis=1),
        ]
    )
    mesh = Mesh(np.concatenate([side, ends]).astype(np.float64), faces.astype(np.int32))
    tilt = np.radians(40)
    world_from_mesh = np.eye(4)  # oblique in the frontal plane
    world_from_mesh[0, [0, 2]] = np.cos(tilt), np.sin(tilt)
    world_from_mesh[2, [0, 2]] = -np.sin(tilt), np.cos(tilt)
    return Solid("screw", mesh, world_from_mesh, "titanium")


def project_tool(solid: Solid, camera: Camera) -> object:
    """The tool alone: silhouette and path length of every ray."""
    return project_solids([solid], camera)


def whole_image(projector: Projector, solid: Solid, camera: Camera) -> tuple[bytes, dict]:
    """The 16-bit file and the runs of every mask: projection, one tool, spectrum, detector, coding."""
    picture = projector.render(camera, solids=[solid])
    return encode_png(picture.image), picture.runs()


def first_image(folder: Path, tools: int) -> None:
    """An image of a small patient, masks and all: what a new process imports and compiles, or loads."""
    camera = next(iter(cameras(SCENES["tiny"]).values()))
    Projector(take_over(folder)).render(camera, solids=[screw()] * tools)
