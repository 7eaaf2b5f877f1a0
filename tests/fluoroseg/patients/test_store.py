"""A patient goes to disk and comes back."""

import json
from pathlib import Path

import nibabel
import numpy as np
import pytest

from fluoroseg.errors import GeometryError, ReadError, UsageError
from fluoroseg.patients.nifti import read_hu
from fluoroseg.patients.patient import Patient
from fluoroseg.patients.store import load_patient, save_patient


@pytest.fixture
def patient() -> Patient:
    rng = np.random.default_rng(0)
    affine = np.array([[0, -2.0, 0, 10], [1.5, 0, 0, -20], [0, 0, 3.0, 30], [0, 0, 0, 1]])
    hu = rng.integers(-1024, 3000, (5, 6, 7)).astype(np.int16)
    labels = rng.choice(np.array([0, 3, 700], np.uint16), (5, 6, 7))
    return Patient(hu, labels, affine, {3: "liver", 700: "spleen"}, "somebody", frozenset({"heart"}))


def test_round_trip(patient: Patient, tmp_path: Path) -> None:
    save_patient(patient, tmp_path / "new" / "somebody")
    back = load_patient(tmp_path / "new" / "somebody")
    assert np.array_equal(back.hu, patient.hu)
    assert np.array_equal(back.labels, patient.labels)
    assert np.array_equal(back.world_from_index, patient.world_from_index)
    assert (back.structures, back.name, back.known) == (patient.structures, patient.name, patient.known)
    assert [f.name for f in (tmp_path / "new").iterdir()] == ["somebody"], "nothing temporary is left"


def test_an_existing_folder_is_kept(patient: Patient, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="exists"):
        save_patient(patient, tmp_path)


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"structures": {"a": "liver"}, "known": []}', '{"structures": {"3": "liver"}}', "\x00"],
)
def test_broken_record(patient: Patient, tmp_path: Path, text: str) -> None:
    save_patient(patient, tmp_path / "p")
    (tmp_path / "p" / "structures.json").write_text(text)
    with pytest.raises(ReadError, match=r"structures\.json"):
        load_patient(tmp_path / "p")


def test_labels_without_a_name(patient: Patient, tmp_path: Path) -> None:
    save_patient(patient, tmp_path / "p")
    record = {"structures": {"3": "liver"}, "known": ["liver"]}
    (tmp_path / "p" / "structures.json").write_text(json.dumps(record))
    with pytest.raises(ReadError, match="700"):
        load_patient(tmp_path / "p")


def test_every_viewer_sees_the_same_patient(patient: Patient, tmp_path: Path) -> None:
    """The files are plain NIfTI; opened by file, the voxel at a place in the world is the same."""
    save_patient(patient, tmp_path / "p")
    hu, world_from_index = read_hu(tmp_path / "p" / "ct.nii.gz")
    index = np.array([1, 4, 2])
    place = world_from_index[:3, :3] @ index + world_from_index[:3, 3]
    own = np.linalg.solve(patient.world_from_index[:3, :3], place - patient.world_from_index[:3, 3])
    assert hu[tuple(index)] == patient.hu[tuple(np.rint(own).astype(int))]


def test_folders_made_by_hand_or_before_there_were_sums(patient: Patient, tmp_path: Path) -> None:
    folder = tmp_path / "p"
    folder.mkdir()
    ras = np.diag([-1.0, -1.0, 1.0, 1.0]) @ patient.world_from_index
    nibabel.save(nibabel.Nifti1Image(patient.hu, ras), folder / "ct.nii.gz")
    nibabel.save(nibabel.Nifti1Image(patient.labels, ras), folder / "labels.nii.gz")
    record = {"structures": {"3": "liver", "700": "spleen"}, "known": []}
    (folder / "structures.json").write_text(json.dumps(record))
    back = load_patient(folder)
    assert np.array_equal(back.hu, patient.hu)
    assert np.array_equal(back.labels, patient.labels)
    assert back.name == "p"


def test_a_label_renamed_in_the_file_is_noticed(patient: Patient, tmp_path: Path) -> None:
    save_patient(patient, tmp_path / "p")
    file = tmp_path / "p" / "structures.json"
    file.write_text(file.read_text().replace('"3": "liver"', '"3": "heart"'))
    with pytest.raises(ReadError, match="damaged, or edited"):
        load_patient(tmp_path / "p")


def test_another_affine_than_the_volumes(patient: Patient, tmp_path: Path) -> None:
    save_patient(patient, tmp_path / "p")
    file = tmp_path / "p" / "structures.json"
    record = json.loads(file.read_text())
    del record["sha256"]
    record["world_from_index"][0][3] += 1
    file.write_text(json.dumps(record))
    with pytest.raises(GeometryError, match="affine"):
        load_patient(tmp_path / "p")
    record["world_from_index"] = [["a"]]
    file.write_text(json.dumps(record))
    with pytest.raises(ReadError, match="4x4"):
        load_patient(tmp_path / "p")
