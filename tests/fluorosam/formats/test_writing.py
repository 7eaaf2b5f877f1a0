"""A result folder, read back."""

import json
import os
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fluorosam.errors import UsageError
from fluorosam.formats.reading import XRay
from fluorosam.formats.writing import box_of, coco, result_record, write_result
from fluoroseg.dataset import rle


@dataclass(frozen=True)
class Answer:
    array: np.ndarray
    score: float = 0.9
    present: bool = True
    presence: float = 0.99
    structure: str = "lung_left"
    prompt: str = "left lung"


@pytest.fixture
def xray() -> XRay:
    return XRay(np.random.default_rng(0).random((40, 70), dtype=np.float32))


@pytest.fixture
def answer() -> Answer:
    mask = np.zeros((40, 70), bool)
    mask[5:20, 30:64] = True
    mask[7, 40] = False
    return Answer(mask)


def test_round_trip(tmp_path, xray, answer):
    absent = Answer(np.zeros((40, 70), bool), 0.0, False, 0.01, "", "Grand Piano / schwarz")
    clicked = replace(answer, prompt="", structure="")
    record = write_result(tmp_path / "out" / "a", xray, [answer, absent, answer, clicked], "small")
    folder = tmp_path / "out" / "a"
    assert json.loads((folder / "result.json").read_text()) == record
    assert record["size"] == [40, 70]
    names = [entry["mask"] for entry in record["prompts"]]
    assert names == ["left-lung.png", "grand-piano-schwarz.png", "left-lung-2.png", "marked.png"]
    for entry, one in zip(record["prompts"], (answer, absent, answer, clicked), strict=True):
        with Image.open(folder / entry["mask"]) as picture:
            values = np.asarray(picture)
        assert set(np.unique(values)) <= {0, 255}
        np.testing.assert_array_equal(values == 255, one.array)
        np.testing.assert_array_equal(rle.decode(entry["rle"]), one.array)
        assert entry["area_px"] == one.array.sum()
    first, second, _, last = record["prompts"]
    assert (first["prompt"], first["structure"], first["score"], first["present"], first["presence"]) == (
        "left lung",
        "lung_left",
        0.9,
        True,
        0.99,
    )
    assert first["box"] == [30, 5, 64, 20]
    assert second["box"] is None
    assert (last["prompt"], last["structure"]) == (None, None)
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["a"]
    assert (folder / "overlay.png").is_file()


def test_long_words_of_any_script_and_names_that_are_no_text(tmp_path, xray, answer):
    xray = replace(xray, path=Path(os.fsdecode(b"chest\xff.png")))
    write_result(tmp_path / "a", xray, [replace(answer, prompt="\U00020000" * 90)], "small")
    record = json.loads((tmp_path / "a" / "result.json").read_text(encoding="utf-8"))
    assert os.fsencode(record["image"]) == b"chest\xff.png"
    assert (tmp_path / "a" / record["prompts"][0]["mask"]).is_file()


def test_only_what_was_asked_for(tmp_path, xray, answer):
    write_result(tmp_path / "j", xray, [answer], "small", ["json"])
    assert [p.name for p in (tmp_path / "j").iterdir()] == ["result.json"]
    assert json.loads((tmp_path / "j" / "result.json").read_text())["prompts"][0]["mask"] is None
    write_result(tmp_path / "p", xray, [answer], "small", ["png"])
    assert sorted(p.name for p in (tmp_path / "p").iterdir()) == ["left-lung.png", "overlay.png"]


def test_nothing_is_overwritten_and_nothing_half_made(tmp_path, xray, answer):
    write_result(tmp_path / "a", xray, [answer], "small")
    before = (tmp_path / "a" / "result.json").read_bytes()
    with pytest.raises(UsageError, match="exists already"):
        write_result(tmp_path / "a", xray, [replace(answer, score=0.1)], "small")
    assert (tmp_path / "a" / "result.json").read_bytes() == before
    with pytest.raises(ValueError, match="JSON compliant"):
        write_result(tmp_path / "b", xray, [replace(answer, score=float("nan"))], "small")
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_overlay_colours_the_mask_and_not_the_rest(tmp_path, xray, answer):
    write_result(tmp_path / "a", xray, [answer], "small")
    with Image.open(tmp_path / "a" / "overlay.png") as picture:
        rgb = np.asarray(picture.convert("RGB")).astype(int)
    # 70 columns are shown 448 wide
    scale = 448 / 70
    left = (rgb.shape[1] - 448) // 2
    coloured = np.ptp(rgb, axis=2) > 10
    assert coloured[round(15 * scale), left + round(50 * scale)]
    assert not coloured[round(30 * scale), left + round(50 * scale)]


def test_coco(xray, answer):
    absent = replace(answer, array=np.zeros((40, 70), bool), present=False, prompt="heart", structure="heart")
    strange = replace(answer, prompt="thing", structure="")
    records = [
        result_record(xray, [answer, absent, strange], "small"),
        result_record(xray, [answer], "small"),
    ]
    made = coco(records)
    assert [(i["id"], i["height"], i["width"]) for i in made["images"]] == [(1, 40, 70), (2, 40, 70)]
    assert [(a["id"], a["image_id"]) for a in made["annotations"]] == [(1, 1), (2, 1), (3, 2)]
    names = {c["id"]: c["name"] for c in made["categories"]}
    assert sorted(names.values()) == ["lung_left", "thing"]
    one = made["annotations"][0]
    assert one["bbox"] == [30, 5, 34, 15]
    assert one["area"] == answer.array.sum()
    assert names[one["category_id"]] == "lung_left"
    np.testing.assert_array_equal(rle.decode(one["segmentation"]), answer.array)


def test_box_of_a_single_pixel():
    mask = np.zeros((5, 6), bool)
    mask[4, 2] = True
    assert box_of(mask) == [2, 4, 3, 5]
