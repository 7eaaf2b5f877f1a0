"""Picture sheets: each prompt's worst, median and best answer by words alone; the worst of all."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float
from PIL import Image, ImageDraw, ImageFont

from fluorosam.evaluation.evaluate import Score
from fluorosam.evaluation.report import by_prompt
from fluorosam.evaluation.sets import read_mask
from fluorosam.formats import reading
from fluorosam.formats.overlay import draw
from fluorosam.predictor import Sam

TILE = 300
_CAPTION = 34


def sheet(sam: Sam, scores: Sequence[Score], title: str) -> Image.Image:
    """One row a prompt. Orange: the truth; blue: the model's answer; both outlined and lightly filled.

    The chosen cases are segmented once more, so that no masks need to be kept during the evaluation.
    """
    rows = [_choose(group) for group in by_prompt(scores).values()]
    return _table(sam, rows, 3, f"{title}: worst, median, best by words alone")


def worst(sam: Sam, scores: Sequence[Score], count: int = 20) -> Image.Image:
    """The `count` cases with the lowest Dice by words alone, from the worst on, five in a row."""
    ranked = sorted(scores, key=lambda s: s.dice[0])[:count]
    rows = [ranked[i : i + 5] for i in range(0, len(ranked), 5)]
    return _table(sam, rows, 5, "the worst by words alone")


def _table(sam: Sam, rows: Sequence[Sequence[Score]], columns: int, title: str) -> Image.Image:
    height = TILE + _CAPTION
    size = (columns * TILE, _CAPTION + len(rows) * height)
    canvas = Image.new("RGB", size, (20, 20, 20))
    pen, font = ImageDraw.Draw(canvas), ImageFont.load_default(size=14)
    pen.text((6, 8), f"{title} (orange: truth, blue: found)", fill=(235, 235, 235), font=font)
    for r, row in enumerate(rows):
        for c, score in enumerate(row):
            left, top = c * TILE, _CAPTION + r * height
            tile = _tile(sam, score)
            canvas.paste(tile, (left + (TILE - tile.width) // 2, top + (TILE - tile.height) // 2))
            words = f"{score.case.prompt}  Dice {score.dice[0]:.2f}"
            pen.text((left + 4, top + TILE + 1), words, fill=(235, 235, 235), font=font)
            pen.text((left + 4, top + TILE + 16), score.case.image.name, fill=(150, 150, 150), font=font)
    return canvas


def _choose(group: Sequence[Score]) -> list[Score]:
    """Worst, median and best; fewer where there are fewer cases."""
    ranked = sorted(group, key=lambda s: s.dice[0])
    places = dict.fromkeys((0, len(ranked) // 2, len(ranked) - 1))
    return [ranked[place] for place in places]


def _tile(sam: Sam, score: Score) -> Image.Image:
    xray = reading.open(score.case.image)
    truth = read_mask(score.case.mask, xray.shape)
    found = sam.encode(xray).segment(score.case.prompt).array
    picture = Image.fromarray(outlined(xray.pixels, truth, found))
    picture.thumbnail((TILE, TILE), Image.Resampling.BOX)
    return picture


def outlined(
    pixels: Float[np.ndarray, "h w"], truth: Bool[np.ndarray, "h w"], found: Bool[np.ndarray, "h w"]
) -> np.ndarray:
    """uint8 RGB `[H, W, 3]` with truth (first colour) and answer (second), 600 pixels on the longer side."""
    return draw(pixels, [truth, found], most_side=600, fill=0.12)
