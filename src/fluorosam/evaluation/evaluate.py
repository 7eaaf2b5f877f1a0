"""The model against a set: by words alone, then with the clicks of a simulated user on top."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Bool

from fluorosam.errors import FluorosamError
from fluorosam.evaluation.metrics import dice, iou
from fluorosam.evaluation.sets import Case, EvaluationSet, read_mask
from fluorosam.formats import reading
from fluorosam.predictor import Mask, Point, Sam, View
from fluorosam.prompts import next_click
from fluoroseg.anatomy.sides import swap_sides


@dataclass(frozen=True)
class Score:
    """How one case went.

    dice, iou: one number for each count of clicks, from 0 (words alone) up. present, presence, score:
    the model's own judgement by words alone. truth_px: area of the true mask (0 = not in the picture).
    wrong_side: whether the answer by words shares more pixels with the same thing of the other side; None
    where the set has no mask of that for the image.
    """

    case: Case
    dice: tuple[float, ...]
    iou: tuple[float, ...]
    present: bool
    presence: float
    score: float
    truth_px: int
    wrong_side: bool | None = None


@dataclass(frozen=True)
class Failure:
    """An image that could not be evaluated, and why."""

    image: Path
    error: FluorosamError


def evaluate(sam: Sam, evaluation_set: EvaluationSet, points: int) -> Iterator[Score | Failure]:
    """Scores of every case, image by image. Files that cannot be read give a Failure for their image."""
    for image, cases in evaluation_set.by_image().items():
        try:
            view = sam.encode(reading.open(image))
            truths = [read_mask(case.mask, view.shape) for case in cases]
            masks = {case.prompt: truth for case, truth in zip(cases, truths, strict=True)}
            scores = [
                _score(view, case, truth, masks, points) for case, truth in zip(cases, truths, strict=True)
            ]
        except FluorosamError as error:
            yield Failure(image, error)
        else:
            yield from scores


def wrong_side(
    prompt: str, masks: Mapping[str, Bool[np.ndarray, "h w"]], answer: Bool[np.ndarray, "h w"]
) -> bool | None:
    """Whether the answer shares more pixels with the mask of the prompt's other side than with its own.

    None for words without a side, and where `masks` (prompt -> truth) has none of the other side.
    """
    other = swap_sides(prompt)
    if other == prompt or other not in masks:
        return None
    return bool((answer & masks[other]).sum() > (answer & masks[prompt]).sum())


def _score(
    view: View,
    case: Case,
    truth: Bool[np.ndarray, "h w"],
    masks: Mapping[str, Bool[np.ndarray, "h w"]],
    points: int,
) -> Score:
    first = view.segment(case.prompt)
    answers = [first, *_clicked(view, case.prompt, truth, first, points)]
    return Score(
        case,
        tuple(dice(truth, answer.array) for answer in answers),
        tuple(iou(truth, answer.array) for answer in answers),
        first.present,
        first.presence,
        first.score,
        int(np.count_nonzero(truth)),
        wrong_side(case.prompt, masks, first.array),
    )


def _clicked(
    view: View, prompt: str, truth: Bool[np.ndarray, "h w"], answer: Mask, count: int
) -> Iterator[Mask]:
    """The answers after 1 .. count clicks, each set where the answer before was most wrong."""
    points: list[Point] = []
    for _ in range(count):
        click = next_click(truth, answer.array)
        if click is not None:
            points.append(click)
            answer = view.segment(prompt, points=points)
        yield answer
