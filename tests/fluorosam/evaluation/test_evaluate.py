"""Sets, scores and reports, with an untrained network."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fluorosam.cli import main
from fluorosam.errors import ReadError
from fluorosam.evaluation import report
from fluorosam.evaluation.evaluate import Score, evaluate, wrong_side
from fluorosam.evaluation.metrics import dice
from fluorosam.evaluation.sets import Case, read_mask, read_set
from fluorosam.formats import reading
from fluorosam.predictor import load


@pytest.fixture
def folder(tmp_path) -> Path:
    """Two images, not square, with three masks, one of them empty."""
    root = tmp_path / "small-set"
    (root / "images").mkdir(parents=True)
    (root / "masks").mkdir()
    rng = np.random.default_rng(0)
    for name in "ab":
        Image.fromarray(rng.integers(0, 255, (60, 90)).astype(np.uint8)).save(root / "images" / f"{name}.png")
    mask = np.zeros((60, 90), np.uint8)
    Image.fromarray(mask).save(root / "masks" / "empty.png")
    mask[10:50, 20:60] = 1  # anything but black is inside
    Image.fromarray(mask).save(root / "masks" / "square.png")
    Image.fromarray(255 - mask * 255).save(root / "masks" / "rest.png")
    lines = ["a.png,left lung,square", "a.png,heart,empty", "b.png,left lung,square"]
    rows = [f"images/{i},{p},masks/{m}.png" for i, p, m in (line.split(",") for line in lines)]
    (root / "index.csv").write_text("image,prompt,mask\n" + "\n".join(rows) + "\n")
    return root


def test_reading_a_set(folder):
    one = read_set(folder)
    assert one.name == "small-set"
    assert [(c.image.name, c.prompt) for c in one.cases] == [
        ("a.png", "left lung"),
        ("a.png", "heart"),
        ("b.png", "left lung"),
    ]
    assert [len(cases) for cases in one.by_image().values()] == [2, 1]
    assert read_mask(one.cases[0].mask, (60, 90)).sum() == 1600
    with pytest.raises(ReadError, match="60 x 90 pixels, its image 60 x 91"):
        read_mask(one.cases[0].mask, (60, 91))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("image,mask\na,b\n", "no column prompt"),
        ("image,prompt,mask\n", "names no image"),
        ("image,prompt,mask\nimages/a.png,heart,masks/none.png\n", "line 2: there is no file masks/none.png"),
        ("image,prompt,mask\nimages/a.png,,masks/square.png\n", "line 2: image, prompt and mask"),
        ("image,prompt,mask\nimages/a.png\n", "line 2: image, prompt and mask"),
        ('image,prompt,mask\n"' + "x" * 200_000, "not a readable CSV"),
        ("", "no column image, prompt, mask"),
    ],
)
def test_a_broken_index(folder, text, words):
    (folder / "index.csv").write_text(text)
    with pytest.raises(ReadError, match=words):
        read_set(folder)


def test_no_index_and_no_text(folder):
    with pytest.raises(ReadError, match=r"no index\.csv"):
        read_set(folder / "images")
    (folder / "index.csv").write_bytes(b"\xff\xfe\x00image")
    with pytest.raises(ReadError, match="not a readable CSV"):
        read_set(folder)


def test_scores(folder, tiny_weights):
    scores = list(evaluate(load(tiny_weights), read_set(folder), 3))
    assert all(isinstance(s, Score) for s in scores)
    assert [len(s.dice) for s in scores] == [4, 4, 4]
    assert [s.truth_px for s in scores] == [1600, 0, 1600]
    assert scores[0].case.prompt == "left lung"
    # the first figure is the answer to the words alone, against this very mask
    case = scores[2].case
    answer = load(tiny_weights).encode(reading.open(case.image)).segment(case.prompt)
    truth = read_mask(case.mask, (60, 90))
    assert scores[2].dice[0] == dice(truth, answer.array)
    assert (scores[2].present, scores[2].presence) == (answer.present, answer.presence)


def test_two_masks_of_one_name_in_one_image_are_two_cases(folder, tiny_weights):
    """Each is scored against its own mask."""
    (folder / "index.csv").write_text(
        "image,prompt,mask\nimages/a.png,heart,masks/square.png\nimages/a.png,heart,masks/empty.png\n"
    )
    scores = list(evaluate(load(tiny_weights), read_set(folder), 0))
    assert [s.truth_px for s in scores] == [1600, 0]


@pytest.mark.parametrize(("columns", "wrong"), [((25, 55), False), ((62, 90), True), ((0, 0), False)])
def test_an_answer_on_the_other_side_is_told(columns, wrong):
    own, answer = np.zeros((60, 90), np.bool_), np.zeros((60, 90), np.bool_)
    own[:, 20:60] = True
    answer[:, columns[0] : columns[1]] = True
    masks = {"left hip bone": own, "right hip bone": ~own, "heart": own, "left femur": own}
    assert wrong_side("left hip bone", masks, answer) == wrong
    assert wrong_side("right hip bone", masks, answer) == (answer.any() and not wrong)
    assert wrong_side("heart", masks, answer) is None
    assert wrong_side("left femur", masks, answer) is None


def _score(
    prompt: str, *dice: float, present: bool = True, truth_px: int = 9, wrong_side: bool | None = None
) -> Score:
    case = Case(Path("i.png"), prompt, Path("m.png"))
    return Score(case, dice, tuple(d / (2 - d) for d in dice), present, 0.9, 0.8, truth_px, wrong_side)


def test_summary_by_hand():
    scores = [
        _score("b", 0.2, 0.5, wrong_side=True),
        _score("a", 0.4, 0.6),
        _score("b", 0.6, 0.9, present=False, wrong_side=False),
    ]
    scores.append(_score("b", 1.0, 1.0, present=False, truth_px=0))
    numbers = report.summary(scores)
    assert list(numbers) == ["a", "b", report.ALL]
    assert numbers["b"]["dice"][0] == {"mean": 0.6, "sd": 0.4}
    assert numbers["a"]["dice"][1] == {"mean": 0.6, "sd": 0.0}
    assert numbers[report.ALL]["dice"][0]["mean"] == pytest.approx(0.55)
    assert numbers["b"]["called_present"] == [1, 2]
    assert numbers["b"]["called_absent"] == [1, 1]
    assert numbers["b"]["wrong_side"] == numbers[report.ALL]["wrong_side"] == [1, 2]
    assert numbers["a"]["wrong_side"] == [0, 0]
    assert "| 0.600 ± 0.400 |" in report.table(numbers)


def test_the_report(folder, tiny_weights, tmp_path, capsys):
    out = tmp_path / "report"
    command = ["evaluate", str(folder), "--points", "2", "--model", str(tiny_weights), "-o", str(out)]
    assert main(command) == 0
    printed = capsys.readouterr().out
    assert "+2 points" in printed
    assert "left lung" in printed
    made = json.loads((out / "report.json").read_text())
    of_set = made["sets"]["small-set"]
    assert len(of_set["cases"]) == 3
    assert of_set["prompts"]["left lung"]["n"] == 2
    mean = np.mean([c["dice"][0] for c in of_set["cases"] if c["prompt"] == "left lung"])
    assert of_set["prompts"]["left lung"]["dice"][0]["mean"] == pytest.approx(mean, abs=1e-3)
    assert "small-set" in (out / "report.md").read_text()
    for name, width in (("sheet-small-set.png", 900), ("worst.png", 1500)):
        with Image.open(out / name) as sheet:
            assert sheet.width == width
    assert main(command) == 2
    assert "exists already" in capsys.readouterr().err


def test_a_broken_image_does_not_stop_the_others(folder, tiny_weights, tmp_path, capsys):
    (folder / "images" / "a.png").write_bytes(b"broken")
    out = tmp_path / "report"
    command = ["evaluate", str(folder), "--points", "0", "--model", str(tiny_weights), "-o", str(out)]
    assert main(command) == 3
    assert "a.png" in capsys.readouterr().err
    (line,) = (out / "errors.jsonl").read_text().splitlines()
    assert json.loads(line)["error"] == "ReadError"
    assert (
        json.loads((out / "report.json").read_text())["sets"]["small-set"]["prompts"]["left lung"]["n"] == 1
    )
    (folder / "images" / "b.png").write_bytes(b"broken")
    assert main([*command[:-1], str(tmp_path / "other")]) == 2
