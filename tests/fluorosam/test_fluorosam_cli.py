"""The command line through its entry point, with an untrained network."""

import json
import os
import subprocess
import sys
import time
from importlib.metadata import entry_points
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import fluorosam
from fluoroseg.dataset import rle


@pytest.fixture(scope="session")
def run():
    (point,) = entry_points(group="console_scripts", name="fluorosam")
    return point.load()


@pytest.fixture
def images(tmp_path, dicom) -> Path:
    """A folder with a PNG, a JPEG and a DICOM file, none square."""
    folder = tmp_path / "images"
    folder.mkdir()
    values = np.random.default_rng(0).integers(0, 255, (50, 80)).astype(np.uint8)
    Image.fromarray(values).save(folder / "one.png")
    Image.fromarray(values.T).save(folder / "two.jpg")
    dicom(folder / "three.dcm", values.astype(np.uint16) * 16)
    return folder


def test_segment_a_folder(run, images, tiny_weights, tmp_path, capsys):
    out = tmp_path / "out"
    command = ["segment", str(images), "--text", "left lung", "--text", "kneecap", "-o", str(out)]
    assert run([*command, "--model", str(tiny_weights), "--format", "png,json,coco"]) == 0
    assert "left lung = lung_left" in capsys.readouterr().out
    for stem, size in (("one", [50, 80]), ("two", [80, 50]), ("three", [50, 80])):
        record = json.loads((out / stem / "result.json").read_text())
        assert record["size"] == size
        assert [p["prompt"] for p in record["prompts"]] == ["left lung", "kneecap"]
        assert not record["prompts"][1]["present"]  # was never taught to this network
        for entry in record["prompts"]:
            with Image.open(out / stem / entry["mask"]) as mask:
                assert [mask.height, mask.width] == size
                np.testing.assert_array_equal(np.asarray(mask) > 0, rle.decode(entry["rle"]))
    assert len(json.loads((out / "coco.json").read_text())["images"]) == 3
    assert run([*command, "--model", str(tiny_weights)]) == 2
    assert "exists already" in capsys.readouterr().err


def test_clicks_box_and_mask(run, images, tiny_weights, tmp_path):
    Image.fromarray(np.eye(50, 80, dtype=np.uint8) * 255).save(tmp_path / "mask.png")
    hints = [
        "--point",
        "40,20,1",
        "--point",
        "5.5,6,0",
        "--box",
        "3,4,70,45",
        "--mask",
        str(tmp_path / "mask.png"),
    ]
    one, model = str(images / "one.png"), ["--model", str(tiny_weights)]
    assert run(["segment", one, *hints, *model, "-o", str(tmp_path / "hints")]) == 0
    record = json.loads((tmp_path / "hints" / "one" / "result.json").read_text())
    assert record["prompts"][0]["prompt"] is None
    assert record["prompts"][0]["presence"] == 1
    texts = ["--text", "heart", "--text", "left lung"]
    assert run(["segment", one, *texts, *hints, *model, "-o", str(tmp_path / "mixed")]) == 0
    record = json.loads((tmp_path / "mixed" / "one" / "result.json").read_text())
    assert [p["structure"] for p in record["prompts"]] == ["heart", "lung_left"]


def test_all_writes_only_what_is_present(run, images, tiny_weights, tmp_path):
    command = ["segment", str(images / "one.png"), "--all", "--model", str(tiny_weights)]
    assert run([*command, "-o", str(tmp_path / "out")]) == 0
    record = json.loads((tmp_path / "out" / "one" / "result.json").read_text())
    assert all(p["present"] for p in record["prompts"])
    assert {p["structure"] for p in record["prompts"]} <= {"lung_left", "lung_right", "heart", "hip_left"}


def test_frames_get_a_folder_each(run, dicom, tiny_weights, tmp_path):
    frames = np.random.default_rng(0).integers(0, 4000, (2, 40, 50)).astype(np.uint16)
    path = dicom(tmp_path / "run.dcm", frames)
    assert (
        run(
            ["segment", str(path), "--text", "heart", "--model", str(tiny_weights), "-o", str(tmp_path / "o")]
        )
        == 0
    )
    assert sorted(p.name for p in (tmp_path / "o").iterdir()) == ["run_0000", "run_0001"]


def test_monochrome1_twin_gives_the_same_mask(run, dicom, tiny_weights, tmp_path):
    values = np.random.default_rng(0).integers(0, 4096, (60, 44)).astype(np.uint16)
    twin = (4095 - values).astype(np.uint16)
    dicom(tmp_path / "one.dcm", values, BitsStored=12, HighBit=11)
    dicom(tmp_path / "twin.dcm", twin, BitsStored=12, HighBit=11, PhotometricInterpretation="MONOCHROME1")
    glob = str(tmp_path / "*.dcm")
    click = ["--text", "heart", "--point", "20,20,1"]
    assert run(["segment", glob, *click, "--model", str(tiny_weights), "-o", str(tmp_path / "out")]) == 0
    one, other = (json.loads((tmp_path / "out" / n / "result.json").read_text()) for n in ("one", "twin"))
    assert one["prompts"] == other["prompts"]


def _broken(folder: Path, kind: str, dicom) -> Path:
    path = folder / f"broken.{kind}"
    values = np.random.default_rng(0).integers(0, 255, (64, 64)).astype(np.uint8)
    if kind == "dcm":
        dicom(path, values)
    elif kind in ("png", "jpg", "tif"):
        Image.fromarray(values).save(path)
    else:
        path.write_text("words")
        return path
    path.write_bytes(path.read_bytes()[: 2048 if kind != "jpg" else 300])
    return path


@pytest.mark.parametrize("kind", ["png", "jpg", "tif", "dcm", "txt", "missing"])
def test_a_broken_file_is_one_clear_error(run, dicom, tiny_weights, tmp_path, capsys, kind):
    path = tmp_path / "nowhere.png" if kind == "missing" else _broken(tmp_path, kind, dicom)
    command = [
        "segment",
        str(path),
        "--text",
        "heart",
        "--model",
        str(tiny_weights),
        "-o",
        str(tmp_path / "out"),
    ]
    assert run(command) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"fluorosam: error: {path}: ")


def test_some_broken(run, images, dicom, tiny_weights, tmp_path, capsys):
    _broken(images, "png", dicom)
    command = [
        "segment",
        str(images),
        "--text",
        "heart",
        "--model",
        str(tiny_weights),
        "-o",
        str(tmp_path / "out"),
    ]
    assert run(command) == 3
    (line,) = (tmp_path / "out" / "errors.jsonl").read_text().splitlines()
    assert json.loads(line)["input"].endswith("broken.png")
    made = sorted(p.name for p in (tmp_path / "out").iterdir())
    assert made == ["errors.jsonl", "one", "three", "two"]


def test_a_file_in_place_of_the_results_folder(run, images, tiny_weights, tmp_path, capsys):
    (tmp_path / "out").write_text("mine")
    for out in (tmp_path / "out", tmp_path / "out" / "deeper"):
        command = ["segment", str(images), "--text", "heart", "--model", str(tiny_weights), "-o", str(out)]
        assert run(command) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert line.endswith(f"{tmp_path / 'out'} is not a folder")
    assert (tmp_path / "out").read_text() == "mine"


def test_a_file_name_that_is_no_text(run, images, tiny_weights, tmp_path, capsys):
    os.rename(os.fsencode(images / "one.png"), os.fsencode(images) + b"/\xff.png")
    (images / "two.jpg").write_bytes(b"broken")
    command = ["segment", str(images), "--text", "heart", "--model", str(tiny_weights)]
    assert run([*command, "--format", "json,coco", "-o", str(tmp_path / "out")]) == 3
    files = [
        image["file_name"] for image in json.loads((tmp_path / "out" / "coco.json").read_text())["images"]
    ]
    assert {os.fsencode(Path(name).name) for name in files} == {b"\xff.png", b"three.dcm"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "nothing to find"),
        (["--all", "--point", "1,2,1"], "--all goes with --text only"),
        (["--text", " "], "empty"),
        (["--text", "heart", "--point", "500,2,1"], "outside the picture"),
        (["--text", "heart", "--box", "9,9,3,3"], "x0 < x1"),
        (["--text", "heart", "--mask", "nowhere.png"], "no such file"),
        (["--text", "heart", "--model", "nowhere.safetensors"], "no such weight file"),
    ],
)
def test_what_cannot_be_meant(run, images, tiny_weights, tmp_path, capsys, arguments, words):
    command = ["segment", str(images / "one.png"), "-o", str(tmp_path / "out"), "--model", str(tiny_weights)]
    assert run([*command, *arguments]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["--point", "1,2"], ["--point", "1,2,5"], ["--box", "1,2,x,4"], ["--format", "bmp"]]
)
def test_malformed_arguments(run, images, tmp_path, capsys, arguments):
    with pytest.raises(SystemExit) as stop:
        run(["segment", str(images), "--text", "heart", "-o", str(tmp_path / "out"), *arguments])
    assert stop.value.code == 2
    assert "error" in capsys.readouterr().err


def test_info(run, tiny_weights, tmp_path, capsys):
    assert run(["info", "--json", "--model", str(tiny_weights)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["version"] == fluorosam.__version__
    assert told["weights"]["structures"] == ["heart", "hip_left", "lung_left", "lung_right"]
    assert told["weights"]["parameters"] > 1000
    for number, content in enumerate((b"", b"\xff" * 100, b"\x02\0\0\0\0\0\0\0[]", b"\x02\0\0\0\0\0\0\0{}")):
        path = tmp_path / f"{number}.safetensors"
        path.write_bytes(content)
        assert run(["info", "--model", str(path)]) == 2
        assert str(path) in capsys.readouterr().err


def test_it_answers_at_once(tiny_weights):
    for arguments in (["--help"], ["info", "--model", str(tiny_weights)]):
        seconds = []
        for _ in range(3):
            start = time.perf_counter()
            subprocess.run([sys.executable, "-m", "fluorosam", *arguments], check=True, capture_output=True)
            seconds.append(time.perf_counter() - start)
        assert min(seconds) < 1.0  # 0.1 s on an idle machine


@pytest.mark.parametrize("statement", ["import fluorosam", "import fluorosam.cli, fluorosam.info"])
def test_nothing_heavy_is_imported(statement):
    check = (
        "import sys; print([m for m in ('torch', 'numpy', 'PIL', 'pydicom', 'scipy') if m in sys.modules])"
    )
    out = subprocess.run(
        [sys.executable, "-c", f"{statement}; {check}"], check=True, capture_output=True, text=True
    )
    assert out.stdout.strip() == "[]"


def test_public_names():
    assert set(fluorosam.__all__) <= set(dir(fluorosam))
    assert callable(fluorosam.open)
    with pytest.raises(AttributeError):
        _ = fluorosam.no_such_thing
