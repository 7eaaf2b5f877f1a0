"""The X-ray of every procedure in the phantom: docs/images/procedures.png.

python scripts/make_procedure_sheet.py [SEED]
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

import fluoroseg
from fluoroseg.procedures import Procedure, procedures

OUT = Path(__file__).parents[1] / "docs" / "images" / "procedures.png"
SIZE, ACROSS = 256, 6


def main() -> None:
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    patient = fluoroseg.phantom()
    tiles = [picture(patient, what, seed) for what in procedures().values()]
    rows = -(-len(tiles) // ACROSS)
    sheet = Image.new("L", (ACROSS * SIZE, rows * SIZE))
    for n, tile in enumerate(tiles):
        sheet.paste(tile, (n % ACROSS * SIZE, n // ACROSS * SIZE))
    sheet.point(lambda grey: grey // 8 * 8).save(OUT, optimize=True)  # a third of the size


def picture(patient: fluoroseg.patients.Patient, what: Procedure, seed: int) -> Image.Image:
    """Bone white, contrast from the body's pixels; sampled twice as fine as shown, for thin wires."""
    view = what.views_on("left")[0]
    shot = fluoroseg.simulate(patient, view, size=2 * SIZE, procedure=what.name, seed=seed)
    shadow = -np.log(np.maximum(shot.image, 1e-4))
    low, high = np.quantile(shadow[shadow > 0.3], [0.02, 0.998])
    grey = (255 * np.clip((shadow - low) / (high - low), 0, 1)).astype(np.uint8)
    tile = Image.fromarray(grey).resize((SIZE, SIZE), Image.Resampling.LANCZOS)
    ImageDraw.Draw(tile).text((4, 3), what.name, fill=255)
    return tile


if __name__ == "__main__":
    main()
