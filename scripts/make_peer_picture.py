"""One view of a real CT as we draw it and as ITK-RTK does, with the difference, for docs/physics.md.

    python scripts/make_peer_picture.py PATIENT OUT.png [--view "ap abdomen"]

Wants an environment with the project and `itk-rtk` (benchmarks/README.md).
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

import fluoroseg
from fluoroseg.geometry.views import find_view
from fluoroseg.patients.patient import Patient
from fluoroseg.physics.materials import densities_g_cm3
from fluoroseg.project import project

sys.path.append(str(Path(__file__).parents[1] / "benchmarks/peers"))

import rtk_worker
from serve import View


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("patient")
    parser.add_argument("out")
    parser.add_argument("--view", default="ap abdomen")
    parser.add_argument("--size", type=int, default=448)
    options = parser.parse_args()
    patient = _in_air(fluoroseg.open_patient(options.patient))
    camera = find_view(patient, options.view, size=options.size).camera
    ours = project(patient, camera).areal_g_cm2.sum(axis=0)
    density = densities_g_cm3(patient.hu).sum(axis=0)
    view = View(camera.source_mm, camera.origin_mm, camera.right_mm, camera.down_mm, camera.shape)
    image = rtk_worker.image(density, patient.world_from_index.astype(np.float64))
    theirs = rtk_worker.array(rtk_worker.project(image, *rtk_worker.camera(view))) / 10
    difference, limit = ours - theirs, 0.005 * ours.max()
    rms = np.sqrt(np.mean(difference**2)) / ours.mean()
    bias = difference.mean() / ours.mean()
    sys.stdout.write(f"rms {rms:.3%} of the mean, bias {bias:+.3%}; grey is +-0.5 % of the maximum\n")
    panels = [ours / ours.max(), theirs / ours.max(), 0.5 + difference / limit / 2]
    grey = (np.concatenate(panels, axis=1).clip(0, 1) * 255).round().astype(np.uint8)
    Image.fromarray(grey).save(options.out)


def _in_air(patient: Patient, layers: int = 2) -> Patient:
    """With layers of air around: RTK ends a volume at the outermost voxel centres, we at voxels' edges."""
    world_from_index = patient.world_from_index.astype(np.float64)
    world_from_index[:3, 3] -= layers * world_from_index[:3, :3].sum(axis=1)
    hu, labels = np.pad(patient.hu, layers, constant_values=-1000), np.pad(patient.labels, layers)
    return replace(patient, hu=hu, labels=labels, world_from_index=world_from_index)


if __name__ == "__main__":
    main()
