"""Time of the projector: materials and all labels in one march, beside the march of the materials alone.

    python benchmarks/projector.py [--voxels 256] [--size 448] [--rounds 7]

The scene is a noisy torso with 117 labelled organs on a 1.4 mm grid, seen AP and obliquely. All ways are
timed in turn in the same run: read the ratios, absolute times move with the machine's other load.
"""

import argparse
import time

import numba
import numpy as np

from fluoroseg.geometry.camera import aim
from fluoroseg.patients.patient import Patient
from fluoroseg.project import Projector

LABELS = 117
VIEWS = {"ap": (0.0, 1.0, 0.0), "oblique": (0.5, 0.8, 0.3), "near lateral": (-0.9, 0.4, 0.2)}


def torso(voxels: int, seed: int = 0) -> Patient:
    """An elliptic body of soft tissue with ellipsoid organs, all of it under CT noise."""
    rng = np.random.default_rng(seed)
    grid = np.moveaxis(np.indices((voxels,) * 3, dtype=np.float32), 0, -1) / voxels * 2 - 1
    hu = np.where((grid[..., 0] / 0.75) ** 2 + (grid[..., 1] / 0.55) ** 2 < 1, 40, -1000).astype(np.float32)
    labels = np.zeros(hu.shape, dtype=np.uint16)
    for label in range(1, LABELS + 1):
        centre, radii = rng.uniform(-0.5, 0.5, 3), rng.uniform(0.06, 0.18, 3)
        inside = (((grid - centre) / radii) ** 2).sum(axis=-1) < 1
        labels[inside], hu[inside] = label, rng.choice([-800, -80, 30, 60, 300, 900])
    hu += rng.normal(0, 20, hu.shape)
    spacing = 358.4 / voxels
    world_from_index = np.diag([spacing, spacing, spacing, 1.0])
    world_from_index[:3, 3] = -spacing * (voxels - 1) / 2
    names = {label: f"organ {label}" for label in range(1, LABELS + 1)}
    return Patient(hu.clip(-1024, 3071).astype(np.int16), labels, world_from_index, names)


def milliseconds(call) -> float:
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1e3


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--voxels", type=int, default=256)
    parser.add_argument("--size", type=int, default=448)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    patient = torso(options.voxels)
    all_labels = Projector(patient)
    no_labels = Projector(Patient(patient.hu, patient.labels, patient.world_from_index, {}))
    pixel_mm, shape = 0.7 * 448 / options.size, (options.size, options.size)
    print(
        f"{options.voxels}^3 voxels, {shape[0]}x{shape[1]} pixels, {LABELS} labels, "
        f"{numba.get_num_threads()} threads"
    )
    print(f"preparing the patient: {milliseconds(lambda: Projector(patient)):.0f} ms")
    for name, beam in VIEWS.items():
        view = aim(np.zeros(3), np.array(beam), np.array([0.0, 0.0, 1.0]), 620, 1020, pixel_mm, shape)
        ways = {
            "materials only": lambda view=view: no_labels.project(view),
            "+ all labels": lambda view=view: all_labels.project(view),
            "+ their lengths": lambda view=view: all_labels.project(view, lengths=True),
            "+ factors": lambda view=view: all_labels.project(view, factors={"organ 1": 1.1}),
        }
        times = {way: [] for way in ways}
        for _ in range(options.rounds):
            for way, call in ways.items():
                times[way].append(milliseconds(call))
        plain = np.median(times["materials only"])
        for way, samples in times.items():
            median = np.median(samples)
            print(
                f"{name:13s} {way:16s} median {median:6.0f} ms  best {min(samples):6.0f} ms  "
                f"ratio {median / plain:.2f}"
            )


if __name__ == "__main__":
    main()
