"""A cortical screw across the phantom's femur, picture and path length, for docs/physics.md.

python scripts/make_screw_picture.py OUT.png
"""

import sys

import numpy as np
from PIL import Image

import fluoroseg
from fluoroseg.geometry.points import structure_points
from fluoroseg.geometry.views import find_view
from fluoroseg.physics import Exposure, presented
from fluoroseg.project import projector_of
from fluoroseg.tools import tool


def main() -> None:
    patient = fluoroseg.phantom()
    one = tool("cortical screw 4.5 x 40 mm")
    bone = structure_points(patient)["femur_left"].world_mm
    shaft = bone[np.abs(bone[:, 2] - np.quantile(bone[:, 2], 0.35)) < 6].mean(axis=0)
    # From the patient's left, a little from below, the tip just through the far cortex.
    beam = np.array([-1.0, 0.0, 0.15]) / np.hypot(1.0, 0.15)
    pose = np.eye(4)
    pose[:3, :3] = np.stack([np.cross([0, 1, 0], beam), [0, 1, 0], beam], axis=1)
    pose[:3, 3] = shaft + 17 * beam
    view = find_view(patient, "ap left femur", size=448)
    camera = _closer(view.camera, shaft, size=320, pixel_mm=0.35)
    [screw] = one.solids("screw", pose)
    picture = projector_of(patient).render(camera, Exposure(kvp=70.0), solids=[screw])
    shown = presented(picture.image, edges=0.3)
    length = picture.length_mm("screw")
    panels = [shown, np.clip(length / 8, 0, 1)]
    Image.fromarray(np.rint(255 * np.concatenate(panels, axis=1)).astype(np.uint8)).save(sys.argv[1])


def _closer(camera, middle_mm, size, pixel_mm):
    """The same rays' origin, a smaller field about a point."""
    row, column = camera.project(middle_mm[None])[0]
    right, down = (v / np.linalg.norm(v) * pixel_mm for v in (camera.right_mm, camera.down_mm))
    centre = camera.origin_mm + row * camera.down_mm + column * camera.right_mm
    origin = centre - (size - 1) / 2 * (right + down)
    return type(camera)(camera.source_mm, origin, right, down, (size, size))


if __name__ == "__main__":
    main()
