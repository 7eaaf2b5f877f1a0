import json
import subprocess
import sys
import time

import pytest

import fluoroseg
from fluoroseg.cli import main


def told(capsys, *argv):
    assert main([*argv, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_help_comes_at_once_and_imports_nothing_heavy():
    code = (
        "import sys, fluoroseg.cli\n"
        "try: fluoroseg.cli.main(['--help'])\n"
        "except SystemExit: pass\n"
        "print(sorted({'torch', 'numba', 'numpy', 'scipy', 'nibabel', 'PIL'} & set(sys.modules)))"
    )
    best = float("inf")
    for _ in range(3):
        start = time.monotonic()
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        best = min(best, time.monotonic() - start)
    assert done.stdout.splitlines()[-1] == "[]"
    assert "generate" in done.stdout
    assert best < 0.3


def test_module_and_version():
    done = subprocess.run([sys.executable, "-m", "fluoroseg", "--version"], capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, f"fluoroseg {fluoroseg.__version__}")


def test_public_names():
    for name in fluoroseg.__all__:
        assert getattr(fluoroseg, name) is not None
    assert set(fluoroseg.__all__) >= {"open_patient", "phantom", "simulate", "Dataset", "randomize", "errors"}
    with pytest.raises(AttributeError):
        fluoroseg.nonsense  # noqa: B018


def test_anatomy_answers_words(capsys):
    answer = told(capsys, "anatomy", "4th lumbar vertabra")
    assert answer["query"] == "4th lumbar vertabra"
    assert [(s["id"], s["name"]) for s in answer["structures"]] == [(28, "vertebrae_L4")]
    lungs = told(capsys, "anatomy", "left", "lung")
    assert {s["name"] for s in lungs["structures"]} == {"lung_upper_lobe_left", "lung_lower_lobe_left"}
    assert {s["side"] for s in lungs["structures"]} == {"left"}
    unknown = told(capsys, "anatomy", "flux capacitor")
    assert unknown["structures"] == []
    near = told(capsys, "anatomy", "kidnei")
    assert near["structures"] or near["suggestions"]
    everything = told(capsys, "anatomy")
    assert {s["id"] for s in everything["structures"]} >= set(range(1, 118))
    assert "spleen" in everything["groups"] or len(everything["groups"]) > 5


def test_catalogues(capsys):
    tools = told(capsys, "tools", "list")["tools"]
    assert {"name", "family", "description"} <= set(tools[0])
    assert told(capsys, "tools", "show", "kwire 2mm")["name"] == "k-wire 2.0 mm"
    assert "pa chest" in [view["name"] for view in told(capsys, "views", "list")["views"]]
    assert told(capsys, "patients", "list")["patients"][0]["patient"] == "phantom"
    for argv in (["tools", "list"], ["views", "list"], ["patients", "list"], ["anatomy", "liver"]):
        assert main(argv) == 0
        assert capsys.readouterr().out.strip()


def test_real_patients_are_found_and_shown(shared_data, capsys):
    ct = shared_data / "ct"
    if not (ct / "totalsegmentator-example").exists():
        pytest.skip("the TotalSegmentator example is not in ../shared/data/ct")
    listed = {p["patient"] for p in told(capsys, "patients", "list", str(ct))["patients"]}
    assert str(ct / "totalsegmentator-example") in listed
    shown = told(capsys, "patients", "show", str(ct / "totalsegmentator-example"))
    assert shown["shape"] == [122, 101, 112]
    assert "ap abdomen" in shown["views"]
    assert len(shown["structures_ml"]) == 61
    assert 900 < shown["structures_ml"]["liver"] < 2500


def test_render_with_labels_named(patients, tmp_path, capsys):
    ct, labels = (f"{patients[0]}/{file}.nii.gz" for file in ("ct", "labels"))
    argv = ["render", ct, "--labels", labels, "--view", "ap abdomen", "--size", "64", "--json"]
    assert main([*argv, "-o", str(tmp_path / "out")]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["seconds"] > 0
    assert {"liver", "spleen"} <= set(made["structures"])
    assert {p.stem for p in (tmp_path / "out" / "masks").iterdir()} == set(made["structures"])


def test_render_a_phantom(tmp_path, capsys):
    out = tmp_path / "out"
    argv = ["render", "phantom", "-o", str(out), "--size", "64", "--view", "pa chest"]
    assert main([*argv, "--tool", "k-wire 2.0 mm"]) == 0
    assert " s" in capsys.readouterr().out
    record = json.loads((out / "xray.json").read_text())
    assert (record["height"], record["width"]) == (64, 64)
    masks = {p.stem for p in (out / "masks").iterdir()}
    assert masks == {o["name"] for o in record["objects"]}
    assert {"heart", "k-wire 2.0 mm"} <= masks
    assert {p.name for p in out.iterdir()} >= {"image.png", "preview.png", "overlay.png", "xray.json"}
    assert main(argv) == 2  # not overwritten
    assert "exists" in capsys.readouterr().err


@pytest.mark.parametrize(("option", "name"), [("--tool", "banana"), ("--view", "ap moon")])
def test_wrong_names_are_told_before_the_patient_is_read(option, name, tmp_path, capsys):
    assert main(["render", "no/such/ct.nii.gz", "-o", str(tmp_path / "out"), option, name]) == 2
    assert name in capsys.readouterr().err


def test_tools_are_listed_in_columns(capsys):
    assert main(["tools", "list", "--family", "k-wire"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 8
    assert len({line.find("Kirschner") for line in lines}) == 1


@pytest.mark.parametrize(
    "argv",
    [
        ["render", "no/such/ct.nii.gz", "-o", "{out}"],
        ["render", "{patient}", "-o", "{out}", "--view", "ap moon"],
        ["render", "{patient}", "-o", "{out}", "--view", "ap abdomen", "--tool", "banana"],
        ["render", "{patient}", "-o", "{out}", "--view", "ap abdomen", "--size", "-5"],
        ["render", "{patient}", "-o", "{out}", "--view", "ap abdomen", "--kvp", "1e9"],
        ["generate", "{out}", "--patients", "phantom", "--images", "0"],
        ["generate", "{out}", "--patients", "phantom", "--images", "1", "--target", "left hip bome"],
        ["generate", "{out}", "--patients", "phantom", "--images", "1", "--workers", "0"],
        ["dataset", "info", "{out}"],
        ["dataset", "verify", "{out}"],
        ["patients", "list", "{out}"],
        ["patients", "show", "{out}"],
        ["tools", "show", "banana"],
    ],
)
def test_wrong_input_is_one_line_and_code_2(argv, patients, tmp_path, capsys):
    out = tmp_path / "out"
    assert main([a.format(out=out, patient=patients[0]) for a in argv]) == 2
    error = capsys.readouterr().err
    assert error.startswith("fluoroseg: error: ")
    assert error.count("\n") == 1
    assert not out.exists()


@pytest.mark.parametrize(
    "argv", [[], ["paint"], ["render", "phantom"], ["generate", "x"], ["dataset", "browse", "x"]]
)
def test_wrong_usage_is_code_2(argv, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(argv)
    assert stopped.value.code == 2
    assert capsys.readouterr().err


def test_debug_shows_where(tmp_path, capsys):
    assert main(["dataset", "info", str(tmp_path), "--debug"]) == 2
    assert "Traceback" in capsys.readouterr().err
