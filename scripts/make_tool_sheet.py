"""Write docs/images/tools/*.png: every model of the catalogue alone in air, one sheet for each module.

python scripts/make_tool_sheet.py [MODULE ...]
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from fluoroseg.geometry.camera import aim
from fluoroseg.physics import DENSITY_G_CM3, MATERIALS, transmission
from fluoroseg.project import project_solids
from fluoroseg.tools import Tool, families

OUT = Path(__file__).parents[1] / "docs/images/tools"
TILE, LINE, COLUMNS = 112, 11, 10
FINER = 3
"""Pixels are means of 3 x 3 rays, so that thin wires do not fall between them."""
TIP_MM = 150.0
"""Of flexible tools only so much behind the tip is shown."""


def tile(one: Tool) -> np.ndarray:
    """The side that shows more of it, its longest axis upright, 8 bit."""
    corners = np.concatenate([part.mesh.vertices_mm for part in one.parts])
    if one.along is not None and np.ptp(corners[:, 2]) > TIP_MM:
        corners = corners[corners[:, 2] > corners[:, 2].max() - TIP_MM]
    low, high = corners.min(axis=0), corners.max(axis=0)
    middle, size = (low + high) / 2, high - low
    up = np.eye(3)[2] if size[2] > 0.8 * size.max() else np.eye(3)[int(size.argmax())]
    axes = [axis for axis in np.eye(3) if axis @ up == 0]
    across = [float(size @ axes[1]), float(size @ axes[0])]
    beam = axes[int(np.argmax(across))] * [-1, 1, -1]  # from +x or above: letters are to be read
    beam = beam + 0.08 * up  # not quite square on, so that flat things show
    field = 1.08 * float(size.max())
    size_px, pixel = TILE * FINER, field / TILE / FINER * (3000 + field) / 3000
    camera = aim(middle, beam / np.linalg.norm(beam), up, 3000.0, 3000 + field, pixel, (size_px, size_px))
    seen = project_solids(one.solids("tool", np.eye(4)), camera)
    metal = {m: mm / 10 * DENSITY_G_CM3[m] for m, mm in seen.material_mm.items()}
    picture = transmission(np.zeros((len(MATERIALS), size_px, size_px), dtype=np.float32), 70.0, metal)
    coarse = picture.reshape(TILE, FINER, TILE, FINER).mean(axis=(1, 3))
    return (255 * coarse**0.6).astype(np.uint8)


def sheet(models: list[Tool]) -> Image.Image:
    """Tiles in rows, each with the model's name above it, in 16 greys."""
    rows = -(-len(models) // COLUMNS)
    page = Image.new("L", (min(COLUMNS, len(models)) * TILE, rows * (TILE + 2 * LINE)), 255)
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(size=9)
    for number, one in enumerate(models):
        x, y = number % COLUMNS * TILE, number // COLUMNS * (TILE + 2 * LINE)
        words, lines = one.name.split(), [""]
        for word in words:
            longer = f"{lines[-1]} {word}".strip()
            lines = [*lines[:-1], longer] if font.getlength(longer) < TILE - 4 else [*lines, word]
        draw.text((x + 2, y), "\n".join(lines[:2]), fill=0, font=font, spacing=0)
        page.paste(Image.fromarray(tile(one)), (x, y + 2 * LINE))
    return page.quantize(16, dither=Image.Dither.NONE)


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    groups: dict[str, list[Tool]] = {}
    for family in families().values():
        groups.setdefault(family.make.split(".")[0], []).extend(map(family.tool, family.rows()))
    for module, models in groups.items():
        if module in sys.argv[1:] or len(sys.argv) == 1:
            sheet(models).save(OUT / f"{module}.png", optimize=True)


if __name__ == "__main__":
    main()
