"""A picture sheet: for each prompt the worst, the median and the best answer by words alone."""

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
    height = TILE + _CAPTION
    canvas = Image.new("RGB", (3 * TILE, _CAPTION + len(rows) * height), (20, 20, 20))
    pen, font = ImageDraw.Draw(canvas), ImageFont.load_default(size=14)
    head = f"{title}: worst, median, best by words alone (orange: truth, blue: found)"
    pen.text((6, 8), head, fill=(235, 235, 235), font=font)
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
