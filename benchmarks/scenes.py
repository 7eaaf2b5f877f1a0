"""The scenes of the study: a torso under CT noise with 117 labelled organs, and three views of it."""

from dataclasses import dataclass

import numpy as np

from fluoroseg.geometry.camera import Camera, aim
from fluoroseg.patients.patient import Patient

LABELS = 117
VIEWS_DEG = {"ap": (0, 0, 0), "oblique": (30, 15, 7), "steep": (-65, 20, 11)}
"""Turn about the body's long axis, tilt towards the head, roll of the picture."""


@dataclass(frozen=True)
class Scene:
    """A volume's grid and the camera's picture. size: pixels along each side, 313.6 mm in all."""

    shape: tuple[int, int, int]
    spacing_mm: tuple[float, float, float]
    size: int = 448


SCENES = {
    "A": Scene((256, 256, 256), (1.4, 1.4, 1.4)),
    "B": Scene((512, 512, 400), (0.7, 0.7, 0.8)),
    "tiny": Scene((64, 64, 64), (5.6, 5.6, 5.6), 112),  # to try the benchmark itself
}


def torso(scene: Scene, seed: int = 0) -> Patient:
    """An elliptic body of soft tissue with ellipsoid organs, blurred and under 20 HU of noise as a CT is."""
    from scipy.ndimage import gaussian_filter  # late: not part of what start.py measures

    rng = np.random.default_rng(seed)
    shape, spacing = np.array(scene.shape), np.array(scene.spacing_mm)
    axes = [((np.arange(n) + 0.5) / n * 2 - 1).astype(np.float32) for n in shape]
    x, y, _ = np.meshgrid(*axes, indexing="ij", sparse=True)
    body = (x / 0.75) ** 2 + (y / 0.55) ** 2 < 1
    hu = np.broadcast_to(np.where(body, 40, -1000), shape).astype(np.float32)
    labels = np.zeros(shape, dtype=np.uint16)
    for label in range(1, LABELS + 1):
        centre, radii = rng.uniform(-0.5, 0.5, 3), rng.uniform(0.06, 0.18, 3)
        value = rng.choice([-800, -80, 30, 60, 300, 900])
        box = tuple(
            slice(*np.searchsorted(a, (c - r, c + r))) for a, c, r in zip(axes, centre, radii, strict=True)
        )
        near = np.meshgrid(*(a[b] for a, b in zip(axes, box, strict=True)), indexing="ij", sparse=True)
        inside = sum(((a - c) / r) ** 2 for a, c, r in zip(near, centre, radii, strict=True)) < 1
        labels[box][inside], hu[box][inside] = label, value
    gaussian_filter(hu, 0.7, output=hu, mode="nearest")
    for slab in hu:  # slab by slab: the noise of scene B would take 0.8 GB at once
        slab[:] = (slab + rng.normal(0, 20, slab.shape)).clip(-1024, 3071).round()
    world_from_index = np.diag([*spacing, 1.0])
    world_from_index[:3, 3] = -spacing * (shape - 1) / 2
    return Patient(
        hu.astype(np.int16), labels, world_from_index, {n: f"organ {n}" for n in range(1, LABELS + 1)}
    )


def cameras(scene: Scene) -> dict[str, Camera]:
    """The three views: source to detector 1020 mm, source to isocentre 620 mm."""
    return {name: _camera(scene, *np.radians(angles)) for name, angles in VIEWS_DEG.items()}


def _camera(scene: Scene, turn: float, tilt: float, roll: float) -> Camera:
    beam = np.array([np.cos(tilt) * np.sin(turn), np.cos(tilt) * np.cos(turn), np.sin(tilt)])
    head = np.array([0.0, 0.0, 1.0]) - beam[2] * beam
    head /= np.linalg.norm(head)
    up = np.cos(roll) * head + np.sin(roll) * np.cross(beam, head)
    return aim(np.zeros(3), beam, up, 620, 1020, 313.6 / scene.size, (scene.size, scene.size))
