"""Write docs/images/views/*.png: every standard view of the phantom, and where its sources stand.

python scripts/make_view_sheet.py [PATIENT] [-o FOLDER]

Of paired views the left one is shown.
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from fluoroseg import open_patient
from fluoroseg.geometry import (
    standard_arm,
    standard_head,
    standard_heart,
    standard_leg,
    standard_pelvis,
    standard_trunk,
)
from fluoroseg.geometry.points import structure_points
from fluoroseg.geometry.views import find_view, random_view, views_of
from fluoroseg.patients.patient import Patient
from fluoroseg.physics import Exposure, flat_panel, presented
from fluoroseg.project import projector_of

OUT = Path(__file__).parents[1] / "docs/images/views"
TABLES = {
    "trunk": standard_trunk, "head": standard_head, "pelvis": standard_pelvis, "leg": standard_leg,
    "arm": standard_arm, "heart": standard_heart,
}  # fmt: skip
TILE, LINE, COLUMNS = 152, 24, 8


def tile(patient: Patient, name: str) -> Image.Image:
    """The view as a viewer shows it, its name above it."""
    camera = find_view(patient, name, TILE).camera
    picture = projector_of(patient).render(camera, Exposure(kvp=75.0, mas=40.0), flat_panel(), seed=0)
    page = Image.new("L", (TILE, TILE + LINE), 255)
    page.paste(
        Image.fromarray(np.rint(255 * presented(picture.image, edges=0.5)).astype(np.uint8)), (0, LINE)
    )
    font, words, lines = ImageFont.load_default(size=10), name.split(), [""]
    for word in words:
        longer = f"{lines[-1]} {word}".strip()
        lines = [*lines[:-1], longer] if font.getlength(longer) < TILE - 4 else [*lines, word]
    ImageDraw.Draw(page).text((3, 0), "\n".join(lines), fill=0, font=font, spacing=0)
    return page


def sheet(tiles: list[Image.Image]) -> Image.Image:
    """Tiles in rows, in 24 greys."""
    rows = -(-len(tiles) // COLUMNS)
    page = Image.new("L", (min(COLUMNS, len(tiles)) * (TILE + 2), rows * (TILE + LINE)), 255)
    for number, one in enumerate(tiles):
        page.paste(one, (number % COLUMNS * (TILE + 2), number // COLUMNS * (TILE + LINE)))
    return page.quantize(24, dither=Image.Dither.NONE)


def sources(patient: Patient, standard: int = 700, others: int = 700, size: int = 520) -> Image.Image:
    """Where the focal spot stands: near-standard views blue, random ones orange; from front, side and top."""
    rng = np.random.default_rng(0)
    names = views_of(patient)
    near = [find_view(patient, str(rng.choice(names)), 64, rng).camera.source_mm for _ in range(standard)]
    far = [random_view(patient, 64, rng).camera.source_mm for _ in range(others)]
    body = np.concatenate([p.world_mm[::7] for n, p in structure_points(patient).items() if n != "body"])
    middle = body.mean(axis=0)
    page = Image.new("RGB", (3 * size, size), "white")
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(size=13)
    axes = {"from the front": (0, 2), "from the left": (1, 2), "from above": (0, 1)}
    for place, (caption, (across, along)) in enumerate(axes.items()):
        sign = 1 if along == 1 else -1
        for points, colour, radius in (
            (body, (150, 150, 150), 0),
            (far, (225, 120, 20), 2),
            (near, (30, 90, 200), 2),
        ):
            for point in points:
                x = place * size + size / 2 + (point - middle)[across] * size / 4600
                y = size / 2 + sign * (point - middle)[along] * size / 4600
                draw.ellipse(
                    (x - radius, y - radius, x + radius, y + radius), fill=colour
                ) if radius else draw.point((x, y), colour)
        draw.text((place * size + 8, 6), caption, fill="black", font=font)
    draw.text((8, size - 22), "blue: near a standard view; orange: random", fill="black", font=font)
    return page.quantize(24, dither=Image.Dither.NONE)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("patient", nargs="?", default="phantom")
    parser.add_argument("-o", "--out", type=Path, default=OUT)
    options = parser.parse_args()
    patient = open_patient(options.patient)
    options.out.mkdir(parents=True, exist_ok=True)
    there = views_of(patient)
    for table, module in TABLES.items():
        names = [name for name in module.VIEWS if name in there]
        shown = [n for n in names if "right" not in n.split() or n.replace("right", "left") not in names]
        if shown:
            sheet([tile(patient, name) for name in shown]).save(options.out / f"{table}.png", optimize=True)
    sources(patient).save(options.out / "sources.png", optimize=True)


if __name__ == "__main__":
    main()
