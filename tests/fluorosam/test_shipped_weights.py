"""The weights in the package: small enough, right on the phantom and, where there are any, on real X-rays."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import fluorosam
from fluorosam import weights
from fluorosam.demo import simulated, true_mask
from fluorosam.evaluation.metrics import dice
from fluorosam.evaluation.sets import read_mask
from fluorosam.formats.reading import XRay
from fluorosam.predictor import Sam
from fluoroseg.scene import Shot


@pytest.fixture(scope="module")
def sam() -> Sam:
    return fluorosam.load()


@pytest.fixture(scope="module")
def phantom_chest() -> tuple[XRay, Shot]:
    return simulated()


def test_they_fit_into_the_package_and_say_what_they_are() -> None:
    path = weights.find()
    assert path.stat().st_size < 40e6
    card = path.with_suffix(".md").read_text()
    for words in ("Trained on", "Licence", "BodyParts3D", "Evaluation", "Not for diagnosis"):
        assert words in card
    told = subprocess.run(
        [sys.executable, "-m", "fluorosam", "info", "--json"], capture_output=True, check=True, text=True
    )
    assert "lung_left" in json.dumps(json.loads(told.stdout))


def test_lungs_of_the_phantom_by_name_and_side(sam: Sam, phantom_chest: tuple[XRay, Shot]) -> None:
    xray, shot = phantom_chest
    view = sam.encode(xray)
    left, right, both = view.segment(["left lung", "right lung", "lungs"])
    assert dice(true_mask(shot, "left lung"), left.array) > 0.85
    assert dice(true_mask(shot, "right lung"), right.array) > 0.85
    assert dice(true_mask(shot, "lungs"), both.array) > 0.85
    columns = np.arange(xray.pixels.shape[1])
    assert (left.array.sum(0) @ columns) / left.array.sum() > (
        right.array.sum(0) @ columns
    ) / right.array.sum()


def test_a_clicked_answer_is_no_worse(sam: Sam, phantom_chest: tuple[XRay, Shot]) -> None:
    from fluorosam.prompts import next_click

    xray, shot = phantom_chest
    view = sam.encode(xray)
    truth = true_mask(shot, "heart")
    answer = view.segment("heart")
    first, points = dice(truth, answer.array), []
    for _ in range(6):
        click = next_click(truth, answer.array)
        if click is None:
            break
        points.append(click)
        answer = view.segment("heart", points=points)
    assert dice(truth, answer.array) > min(0.9, first + 0.02)


def test_what_is_not_in_a_chest_is_not_present(sam: Sam, phantom_chest: tuple[XRay, Shot]) -> None:
    view = sam.encode(phantom_chest[0])
    for name in ("patella", "left femur", "left foot", "mandible"):
        answer = view.segment(name)
        assert not answer.present, name
        assert not answer.array.any()


def test_lungs_in_real_chest_radiographs(sam: Sam, shared_data: Path) -> None:
    folder = shared_data / "xray" / "chest-lungs"
    if not folder.is_dir():
        pytest.skip("the evaluation set ../shared/data/xray/chest-lungs is not on this machine")
    scores = []
    for row in list(csv.DictReader((folder / "index.csv").open()))[::6]:
        view = sam.encode(fluorosam.open(folder / row["image"]))
        scores.append(dice(read_mask(folder / row["mask"], view.shape), view.segment(row["prompt"]).array))
    assert np.mean(scores) > 0.85
