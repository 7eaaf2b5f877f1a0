"""The demonstration page."""

import re

import numpy as np
import pytest
from PIL import Image

from fluorosam.cli import main
from fluorosam.demo import NAMES, TOOL, simulated, true_mask


def test_simulated_and_again(tiny_weights, tmp_path):
    command = ["demo", "-o", str(tmp_path / "demo"), "--model", str(tiny_weights)]
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "mine.txt").write_text("keep me")
    assert main(command) == 0
    assert main(command) == 0
    page = (tmp_path / "demo" / "index.html").read_text()
    for name in NAMES:
        assert f"<td>“{name}”</td>" in page
    assert "<th>Dice</th>" in page
    assert page.count("data:image/png;base64,") == 2 + 6
    assert all(target.startswith("data:") for target in re.findall(r'(?:src|href)="([^"]*)"', page))
    assert sorted(p.name for p in (tmp_path / "demo").iterdir()) == ["index.html", "mine.txt"]


def test_truth_of_every_name():
    xray, shot = simulated()
    masks = {name: true_mask(shot, name) for name in (*NAMES, "k-wire")}
    assert all(mask.any() for mask in masks.values())
    np.testing.assert_array_equal(masks["k-wire"], shot.masks[TOOL])
    # a frontal picture: the patient's left is on the right
    columns = {name: np.flatnonzero(mask.any(axis=0)).mean() for name, mask in masks.items()}
    assert columns["right lung"] < columns["spine"] < columns["left lung"]
    assert columns["spine"] < columns["heart"]
    assert xray.pixels[masks["k-wire"]].mean() > xray.pixels[masks["right lung"]].mean() + 0.2
    assert not (masks["left lung"] & masks["right lung"]).any()


def test_own_image(tiny_weights, tmp_path):
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (50, 80)).astype(np.uint8)).save(
        tmp_path / "mine.png"
    )
    command = ["demo", "-o", str(tmp_path / "demo"), "--model", str(tiny_weights)]
    assert main([*command, "--image", str(tmp_path / "mine.png")]) == 0
    page = (tmp_path / "demo" / "index.html").read_text()
    assert "<th>Dice</th>" not in page
    assert "<th>area</th>" in page


@pytest.mark.parametrize("content", [b"<html>my thesis</html>", b"\xff\xfe\x00"])
def test_a_page_of_someone_else_is_kept(tiny_weights, tmp_path, capsys, content):
    (tmp_path / "index.html").write_bytes(content)
    assert main(["demo", "-o", str(tmp_path), "--model", str(tiny_weights)]) == 2
    assert "was not made by" in capsys.readouterr().err
    assert (tmp_path / "index.html").read_bytes() == content
