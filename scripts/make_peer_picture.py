"""One view of a real CT as we draw it and as ITK-RTK does, with the difference, for docs/physics.md.

    python scripts/make_peer_picture.py PATIENT OUT.png [--view "ap abdomen"]

Wants an environment with the project and `itk-rtk` (benchmarks/README.md).
"""

import argparse
import sys
from pathlib import Path

import numpy as np
from PIL import Image

import fluoroseg
from fluoroseg.geometry.views import find_view
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
    patient = fluoroseg.open_patient(options.patient)
    camera = find_view(patient, options.view, size=options.size).camera
    ours = project(patient, camera).areal_g_cm2.sum(axis=0)
    density = densities_g_cm3(patient.hu).sum(axis=0)
    view = View(camera.source_mm, camera.origin_mm, camera.right_mm, camera.down_mm, camera.shape)
    image = rtk_worker.image(density, patient.world_from_index.astype(np.float64))
    theirs = rtk_worker.array(rtk_worker.project(image, *rtk_worker.camera(view))) / 10
    difference, limit = ours - theirs, 0.02 * ours.max()
    rms = np.sqrt(np.mean(difference**2)) / ours.mean()
    bias = difference.mean() / ours.mean()
    sys.stdout.write(f"rms {rms:.3%} of the mean, bias {bias:+.3%}; black to white is +-2 % of the maximum\n")
    panels = [ours / ours.max(), theirs / ours.max(), 0.5 + difference / limit / 2]
    grey = (np.concatenate(panels, axis=1).clip(0, 1) * 255).round().astype(np.uint8)
    Image.fromarray(grey).save(options.out)


if __name__ == "__main__":
    main()
