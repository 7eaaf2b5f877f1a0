"""One exposure, from patient to picture and words; and as a folder."""

import json

import numpy as np
import pytest
from PIL import Image

from fluoroseg.dataset.intensity import decode_png
from fluoroseg.errors import AnatomyError, UsageError
from fluoroseg.patients.definitions import BELOW_MM
from fluoroseg.patients.patient import Patient
from fluoroseg.physics import Blades, Exposure, image_intensifier
from fluoroseg.render import render_to_folder
from fluoroseg.scene import ByName, simulate


@pytest.fixture(scope="module")
def patient() -> Patient:
    """A soft box with a lung on each side, a spine, and a kidney on the left only. RAS index order."""
    affine = np.diag([-4.0, -4.0, 4.0, 1.0])
    affine[:3, 3] = [160, 100, 0]
    index = np.stack(np.meshgrid(*map(np.arange, (81, 51, 61)), indexing="ij"), axis=-1)
    x, y, z = np.moveaxis(index @ affine[:3, :3].T + affine[:3, 3], -1, 0)
    labels = np.zeros(x.shape, dtype=np.uint16)
    labels[(x > 30) & (x < 110) & (abs(y) < 60) & (z > 80) & (z < 220)] = 1
    labels[(x < -30) & (x > -110) & (abs(y) < 60) & (z > 80) & (z < 220)] = 2
    labels[(abs(x) < 18) & (y > 30) & (y < 70)] = 3
    labels[(x > 40) & (x < 80) & (abs(y) < 30) & (z > 20) & (z < 70)] = 4
    hu = np.full(x.shape, -1000, dtype=np.int16)
    hu[(abs(x) < 140) & (abs(y) < 85)] = 30
    hu[(labels == 1) | (labels == 2)] = -800
    hu[labels == 3] = 700
    names = {1: "lung_left", 2: "lung_right", 3: "vertebrae_T8", 4: "kidney_left"}
    return Patient(hu, labels, affine, names, "box")


@pytest.mark.parametrize("view", ["ap chest", "pa chest"])
def test_left_stays_left_from_volume_to_mask_to_words(patient, view):
    shot = simulate(patient, view, size=96)
    column = {name: np.nonzero(mask)[1].mean() for name, mask in shot.masks.items()}
    assert column["lung_left"] > 58 > 38 > column["lung_right"]
    assert column["kidney_left"] > 50
    assert any("left" in words for words in shot.phrases["lung_left"])
    assert not any("left" in words for words in shot.phrases["lung_right"])
    assert shot.image[shot.masks["lung_left"]].mean() > 2 * shot.image[shot.masks["vertebrae_T8"]].mean()


def test_a_shot_holds_together(patient):
    shot = simulate(patient, "pa chest", tools=["k-wire 2.0 mm", "kwire"], size=96, seed=3)
    assert shot.image.dtype == np.float32
    assert 0 < shot.image.min() < 0.2
    assert shot.image.max() < 1.2
    assert shot.masks.keys() == shot.path_mm.keys() == shot.phrases.keys()
    assert {"k-wire 2.0 mm", "k-wire 2.0 mm (2)"} <= shot.masks.keys()
    for name, mask in shot.masks.items():
        assert mask.any()
        assert np.array_equal(shot.path_mm[name] > 0, mask)
        assert shot.phrases[name]
    record = json.loads(json.dumps(shot.record))
    assert record["known"] == sorted(patient.known)
    assert record["visibility"]["lung_left"] == {"share": 1.0, "cut_by_volume": False}
    assert record["visibility"]["vertebrae_T8"]["cut_by_volume"]
    assert [t["key"] for t in record["tools"]] == ["k-wire 2.0 mm", "k-wire 2.0 mm (2)"]


def test_no_picture_is_made_to_learn_which_there_are():
    def refuse(name):
        raise AssertionError(name)

    masks = ByName(["lung_left"], refuse)
    assert "lung_left" in masks
    assert "spleen" not in masks
    assert {"lung_left", "spleen"} - masks.keys() == {"spleen"}


def test_the_wire_is_dark_and_the_rest_of_the_picture_as_without_it(patient):
    with_wire = simulate(patient, "ap chest", tools=["k-wire 3.2 mm"], size=96)
    without = simulate(patient, "ap chest", size=96)
    wire = with_wire.path_mm["k-wire 3.2 mm"]
    thick = wire > 2
    assert thick.sum() > 5
    assert (with_wire.image[thick] < 0.75 * without.image[thick]).all()
    far = np.ones_like(thick)
    for row, column in np.argwhere(wire > 0):
        far[max(0, row - 5) : row + 6, max(0, column - 5) : column + 6] = False
    ratio = with_wire.image[far] / without.image[far]
    assert ratio.mean() == pytest.approx(1, abs=0.01)


def test_a_seed_decides_every_byte(patient):
    one, again, other = (simulate(patient, "random", ["kwire"], 64, seed=s) for s in (5, 5, 6))
    assert one.image.tobytes() == again.image.tobytes() != other.image.tobytes()
    assert json.dumps(one.record) == json.dumps(again.record)
    assert all(np.array_equal(one.masks[n], again.masks[n]) for n in one.masks)


def test_what_cannot_be_meant_is_told(patient):
    with pytest.raises(AnatomyError, match=r"hip_left.*Views of this patient: .*pa chest"):
        simulate(patient, "ap pelvis")
    with pytest.raises(UsageError, match="no view 'sunrise'"):
        simulate(patient, "sunrise")
    with pytest.raises(UsageError, match="no tool 'teaspoon'"):
        simulate(patient, tools=["teaspoon"])
    with pytest.raises(UsageError, match="seed"):
        simulate(patient, seed=-1)


def test_the_folder_tells_the_same_as_the_shot(patient, tmp_path):
    shot = simulate(patient, "pa chest", tools=["kwire"], size=96)
    out = tmp_path / "deep" / "chest"
    render_to_folder(shot, out)
    assert sorted(f.name for f in out.iterdir()) == [
        "image.png",
        "masks",
        "overlay.png",
        "preview.png",
        "xray.json",
    ]
    assert decode_png((out / "image.png").read_bytes()) == pytest.approx(shot.image, rel=2e-4)
    assert {f.stem: f for f in (out / "masks").iterdir()}.keys() == shot.masks.keys()
    for name, mask in shot.masks.items():
        assert np.array_equal(np.array(Image.open(out / "masks" / f"{name}.png")), mask * np.uint8(255))
    grey = np.array(Image.open(out / "preview.png"))
    assert grey.shape == (96, 96)
    assert grey[shot.masks["vertebrae_T8"]].mean() > grey[shot.masks["lung_left"]].mean() + 30
    overlay = np.array(Image.open(out / "overlay.png")).astype(int)
    assert overlay.shape[0] % 96 == 0
    assert (np.ptp(overlay, axis=2) > 60).any()  # coloured
    record = json.loads((out / "xray.json").read_text())
    assert {o["name"] for o in record["objects"]} == shot.masks.keys()
    assert {o["share_visible"] for o in record["objects"] if o["name"] == "lung_left"} == {1.0}
    assert [p.name for p in out.parent.iterdir()] == ["chest"]


def test_a_folder_with_content_is_never_replaced_unasked(patient, tmp_path):
    shot = simulate(patient, "pa chest", size=32)
    (tmp_path / "empty").mkdir()
    render_to_folder(shot, tmp_path / "empty")
    with pytest.raises(UsageError, match="exists already"):
        render_to_folder(shot, tmp_path / "empty")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("dear")
    with pytest.raises(UsageError, match="exists already"):
        render_to_folder(shot, tmp_path / "mine")
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "dear"
    with pytest.raises(UsageError, match="is a file"):
        render_to_folder(shot, tmp_path / "mine" / "thesis.txt")
    with pytest.raises(UsageError, match="give it a name"):
        render_to_folder(shot, ".")


def test_lungs_end_at_the_visible_dome_of_the_diaphragm(patient):
    labels = patient.labels.copy()
    index = np.argwhere(labels == 0)
    x, y, z = patient.to_world(index.astype(np.float64)).T
    below = index[(abs(x) < 110) & (abs(y) < 60) & (z < 130) & (z > 70)]
    labels[tuple(below.T)] = 5
    labels[:, :, : int(110 / 4)][np.isin(labels[:, :, : int(110 / 4)], (1, 2))] = 5
    names = patient.structures | {5: "subdiaphragm"}
    shot = simulate(
        Patient(patient.hu, labels, patient.world_from_index, names, "domes"), "pa chest", size=96
    )
    for side in ("left", "right"):
        part, whole = shot.masks[f"lung_{side}_above_dome"], shot.masks[f"lung_{side}"]
        assert not (part & ~whole).any()
        assert (shot.path_mm["subdiaphragm"][part] <= BELOW_MM).all()
        assert part.sum() > 100
        assert np.array_equal(shot.path_mm[f"lung_{side}_above_dome"], shot.path_mm[f"lung_{side}"] * part)
        assert any(side in words for words in shot.phrases[f"lung_{side}_above_dome"])


def test_the_record_tells_what_the_exposure_and_the_detector_differ_in(patient):
    exposure, detector = Exposure(kvp=75.0, mas=0.2, blades=Blades((150.0, 150.0))), image_intensifier()
    shot = simulate(patient, "pa chest", size=64, exposure=exposure, detector=detector)
    record = json.loads(json.dumps(shot.record))
    assert record["kvp"] == 75
    assert record["exposure"]["mas"] == 0.2
    assert record["exposure"]["blades"]["size_mm"] == [150, 150]
    assert record["detector"]["round"] is True
    plain = simulate(patient, "pa chest", size=64).record
    assert (plain["exposure"], plain["detector"]) == ({}, {})


def test_a_tool_alone_and_a_view_that_is_none(patient):
    with pytest.raises(UsageError, match="list of names"):
        simulate(patient, "pa chest", tools="k-wire 2.0 mm", size=32)
