"""A patient goes to disk and comes back."""

import json
from pathlib import Path

import numpy as np
import pytest

from fluoroseg.errors import ReadError, UsageError
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
    assert np.allclose(back.world_from_index, patient.world_from_index)
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
