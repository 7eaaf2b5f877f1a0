"""The pictures of docs/randomization.md: python scripts/make_randomization_sheet.py OUT"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

import fluoroseg
from fluoroseg.randomization import Draw, Geometry, Step, sample
from fluoroseg.randomization.mix import MIX, Log
from fluoroseg.randomization.pipeline import develop
from fluoroseg.randomization.transforms import FILM

SIDE = 150
LABEL = 16
PAIRS_A_ROW = 4

GEOMETRIES = {
    "nothing": Geometry(),
    "mirror": Geometry(mirror=True),
    "rotate_deg 60": Geometry(rotate_deg=60),
    "zoom 1.8, shift": Geometry(zoom=1.8, shift=(0.1, -0.1)),
    "stretch 1.4": Geometry(stretch=1.4),
    "elastic 0.03": Geometry(elastic=0.03, seed=3),
    "pincushion 0.2": Geometry(pincushion=0.2),
    "s_shape 0.3": Geometry(s_shape=0.3),
}


def main() -> None:
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    patient = fluoroseg.phantom()
    views = ("pa chest", "ap pelvis")
    pictures = [fluoroseg.simulate(patient, view=view, size=300, seed=0).image for view in views]
    cells = [(name, [_shown(Draw(geometry=g), p) for p in pictures]) for name, g in GEOMETRIES.items()]
    _save(out / "geometry.jpg", cells)
    for group in ("film", "tone", "texture", "overlays"):
        chances = [chance for chance in MIX if chance.group == group]
        steps = [Step(c.name, {k: _strong(r) for k, r in c.ranges.items()}, seed=7) for c in chances]
        _save(out / f"{group}.jpg", [(s.name, [_shown(_alone(s), p) for p in pictures]) for s in steps])
    draws = [[sample(np.random.default_rng([row, i])) for i in range(2)] for row in range(20)]
    mixed = [("", [_shown(d, p) for d, p in zip(two, pictures, strict=True)]) for two in draws]
    _save(out / "mix.jpg", mixed)


def _alone(step: Step) -> Draw:
    return Draw(film=(step,)) if step.name in FILM else Draw(picture=(step,))


def _strong(wanted: object) -> object:
    """A setting near the strong end of its range."""
    match wanted:
        case Log(low, high):
            return low * (high / low) ** 0.85
        case (bool(), *_):
            return True
        case (24, 256) | (15, 90):  # levels and quality: fewer is stronger
            return wanted[0]
        case (int(low), int(high)):
            return max(low, round(low + 0.8 * (high - low)))
        case (low, high):
            return low + 0.85 * (high - low)
    return wanted[-1]  # type: ignore[index]


def _shown(draw: Draw, transmission: np.ndarray) -> np.ndarray:
    pixels, _ = develop(draw, transmission, (SIDE, SIDE))
    return np.rint(pixels * 255).astype(np.uint8)


def _save(path: Path, cells: list[tuple[str, list[np.ndarray]]]) -> None:
    """Chest and pelvis beside each other, the name above, `PAIRS_A_ROW` in a row."""
    height, width = SIDE + LABEL, 2 * SIDE + 6
    rows = -(-len(cells) // PAIRS_A_ROW)
    page = Image.new("L", (PAIRS_A_ROW * width, rows * height), 255)
    pen = ImageDraw.Draw(page)
    for number, (name, two) in enumerate(cells):
        left, top = number % PAIRS_A_ROW * width, number // PAIRS_A_ROW * height
        pen.text((left + 2, top + 1), name, fill=0, font=ImageFont.load_default(12))
        page.paste(Image.fromarray(np.concatenate(two, axis=1)), (left, top + LABEL))
    page.save(path, quality=72)


if __name__ == "__main__":
    main()
