"""The pictures of docs/detector.md: python scripts/make_detector_pictures.py docs/images"""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

import fluoroseg
from fluoroseg.geometry.views import find_view
from fluoroseg.physics import (
    Blades,
    Exposure,
    chest_radiograph,
    flat_panel,
    fluoroscopy,
    ideal,
    image_intensifier,
    presented,
)
from fluoroseg.project import projector_of

SIZE = 300


def main() -> None:
    out, patient = Path(sys.argv[1]), fluoroseg.phantom()
    projector, chest = projector_of(patient), find_view(patient, "pa chest", size=SIZE).camera

    def chest_at(exposure, detector):
        return np.log(np.maximum(projector.render(chest, exposure, detector, seed=1).image, 1e-4))

    _save(
        out / "chest-kvp.png",
        [chest_at(replace(chest_radiograph(), kvp=kvp), flat_panel()) for kvp in (60.0, 90.0, 120.0)],
    )
    quiet = replace(flat_panel(), noise=False, electronic_quanta_mm=0.0)
    ways = [replace(ideal(), scintillator_g_cm2=0.2), replace(quiet, grid=None), quiet]
    _save(out / "chest-scatter.png", [chest_at(chest_radiograph(), way) for way in ways])

    hip = find_view(patient, "ap left hip", size=SIZE).camera
    field = float(np.linalg.norm(hip.right_mm)) * SIZE
    blades = Blades((0.6 * field, 0.8 * field), turn_deg=12)
    turned = Exposure(kvp=75.0, mas=0.15, copper_mm=0.1, air_gap_mm=150.0, blades=blades)
    film = projector.render(hip, Exposure(kvp=75.0), flat_panel(), seed=1)
    pulse = projector.render(hip, turned, flat_panel(), seed=1)
    intensified = projector.render(hip, fluoroscopy(), image_intensifier(), seed=1)
    kinds = [
        presented(film.image, edges=0.5),
        presented(pulse.image, bone="black", field=pulse.field),
        presented(intensified.image, field=intensified.field),
    ]
    grey = np.rint(255 * np.concatenate(kinds, axis=1).clip(0, 1)).astype(np.uint8)
    Image.fromarray(grey).save(out / "detector-kinds.png")


def _save(path: Path, logarithms: list[np.ndarray]) -> None:
    """Side by side in one window, bone bright."""
    row = np.concatenate(logarithms, axis=1)
    low, high = np.quantile(row, [0.005, 0.9])
    grey = np.rint(255 * ((high - row) / (high - low)).clip(0, 1)).astype(np.uint8)
    Image.fromarray(grey).save(path)


if __name__ == "__main__":
    main()
