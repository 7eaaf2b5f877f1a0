"""The sheet of a patient: sides as a radiologist expects them, whatever the volume's axes; what is told."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fluoroseg.cli import main
from fluoroseg.errors import ReadError
from fluoroseg.patients.listing import found_in
from fluoroseg.patients.patient import Patient
from fluoroseg.patients.show import facts, sheet
from fluoroseg.patients.store import save_patient


def body(flips: tuple[int, ...] = (), order: tuple[int, int, int] = (0, 1, 2)) -> Patient:
    """A block of tissue with a dense rod at its left front top; the volume with any order of axes."""
    hu = np.full((60, 40, 80), -1000, np.int16)
    labels = np.zeros(hu.shape, np.uint16)
    hu[5:55, 5:35, 5:75] = 30
    hu[42:48, 8:14, 50:70] = 2500
    labels[42:48, 8:14, 50:70] = 92
    labels[10:50, 10:30, 10:40] = 5
    affine = np.diag([4.0, 4.0, 4.0, 1.0])
    affine[:3, 3] = -100.0
    for axis in flips:
        hu, labels = np.flip(hu, axis), np.flip(labels, axis)
        affine[:3, 3] += affine[:3, axis] * (hu.shape[axis] - 1)
        affine[:3, axis] *= -1
    hu, labels = (np.ascontiguousarray(v.transpose(order)) for v in (hu, labels))
    return Patient(hu, labels, affine[:, [*order, 3]], {92: "rib_left_1", 5: "liver"}, "block")


def panels(patient: Patient) -> list[np.ndarray]:
    """The five pictures of a sheet, without caption, as grey values."""
    picture = np.asarray(sheet(patient).convert("L")).astype(float)[22:]
    wide, deep, gap = 50 + 5, 30 + 5, 10
    mm = (3 * wide + 2 * deep) / (picture.shape[1] - 4 * gap)
    widths = np.array([wide, wide, deep, wide, deep]) / mm
    starts = np.concatenate([[0], np.cumsum(widths + gap)])
    return [picture[:, int(a) : int(a + w)] for a, w in zip(starts, widths, strict=False)]


def centre(picture: np.ndarray, least: float) -> np.ndarray:
    """Row and column, as fractions, of what is brighter than `least`."""
    return np.argwhere(picture > least).mean(0) / picture.shape


@pytest.mark.parametrize(
    ("flips", "order"), [((), (0, 1, 2)), ((0,), (0, 1, 2)), ((1, 2), (2, 0, 1)), ((0, 2), (1, 2, 0))]
)
def test_sides_in_every_panel(flips: tuple[int, ...], order: tuple[int, int, int]) -> None:
    _, _, _, front, side = panels(body(flips, order))
    for picture, column in ((front, 0.76), (side, 0.22)):
        height = int(picture.shape[0])
        bright = centre(picture[: int(0.6 * height), 20:-20], 252)
        assert bright[0] < 0.7, "the rod is at the top"
        assert (bright[1] > 0.6) == (column > 0.5), "left is right in front; the front is left from the side"


def test_slices_show_labels_as_colours_and_the_same_sides() -> None:
    plain = body()
    picture = np.asarray(sheet(plain)).astype(float)[22:]
    coloured = np.argwhere(np.ptp(picture, axis=2) > 40)
    assert len(coloured) > 1000
    other = np.asarray(sheet(body((0, 1), (2, 1, 0)))).astype(float)[22:]
    assert picture.shape == other.shape
    assert np.abs(picture - other).mean() < 4, "the axes of the volume do not matter"


def test_facts() -> None:
    told = facts(body())
    assert told["structures_ml"] == {"liver": 40 * 20 * 30 * 0.064, "rib_left_1": 6 * 6 * 20 * 0.064}
    assert told["known"] == ["liver", "rib_left_1"]
    [liver] = told["adults_ml"]
    assert liver["name"] == "liver"
    assert liver["ml"] == told["structures_ml"]["liver"]
    assert liver["within"] == (liver["low_ml"] <= liver["ml"] <= liver["high_ml"])
    assert not liver["cut"]
    assert json.loads(json.dumps(told)) == told


def test_a_patient_without_labels_has_a_sheet() -> None:
    bare = body()
    blank = Patient(bare.hu, np.zeros_like(bare.labels), bare.world_from_index, {})
    assert sheet(blank).width > 500


def test_show_writes_a_new_folder(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    save_patient(body(), tmp_path / "block")
    argv = ["patients", "show", str(tmp_path / "block"), "-o", str(tmp_path / "out"), "--json"]
    assert main(argv) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["out"] == str(tmp_path / "out")
    assert Image.open(tmp_path / "out" / "sheet.png").width > 500
    record = json.loads((tmp_path / "out" / "patient.json").read_text())
    assert record["structures_ml"] == told["structures_ml"]
    assert main(argv) == 2, "nothing is written over"


def test_listing_by_names_and_first_bytes(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    for file, content in {
        "atlas/parts.csv": b"",
        "organs/vh_m_liver.glb": b"",
        "scan/IM0001": bytes(128) + b"DICM",
        "pelvis/bone_hu.nii.gz": b"",
        "stored/structures.json": b"{}",
        "stored/ct.nii.gz": b"",
        "notes/readme.txt": b"nothing",
        "chest.nii.gz": b"",
        "labels.nii.gz": b"",
    }.items():
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_bytes(content)
    found = dict(found_in(tmp_path))
    kinds = {Path(patient).name: kind for patient, kind in found.items() if "+" not in patient}
    assert kinds == {
        "atlas": "surfaces of bones and muscles",
        "organs": "surfaces of organs",
        "scan": "DICOM series",
        "pelvis": "bones of a CT",
        "stored": "stored patient",
        "chest.nii.gz": "unlabelled CT",
    }
    assert found[f"{tmp_path / 'atlas'}+{tmp_path / 'organs'}"] == "bones and organs of two atlases"
    assert main(["patients", "list", str(tmp_path)]) == 0
    assert "DICOM series" in capsys.readouterr().out
    with pytest.raises(ReadError, match="nowhere"):
        found_in(tmp_path / "nowhere")


def test_prepared_patients_are_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setenv("FLUOROSEG_CACHE", str(tmp_path))
    save_patient(body(), tmp_path / "atlas-0")
    assert main(["patients", "list", "--cached", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["patients"]
    assert [p["patient"] for p in listed] == ["phantom", str(tmp_path / "atlas-0")]
