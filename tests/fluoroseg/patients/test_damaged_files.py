"""Damaged files are an error of ours or a sound patient; `scripts/damage_files.py` tries a thousand."""

import subprocess
import sys
from pathlib import Path

import pytest
from damage_samples import KINDS, Sample, whole

from fluoroseg.patients import open_patient

SCRIPT = Path(__file__).parents[3] / "scripts" / "damage_files.py"


@pytest.mark.parametrize("kind", KINDS)
def test_the_files_are_valid_before_they_are_damaged(tmp_path, kind):
    for path, content in whole(kind).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    labels = tmp_path / "seg.dcm" if "seg.dcm" in whole(kind) else None
    sample = Sample(tmp_path / "p" / "ct.dcm" if kind == "enhanced" else tmp_path / "p", labels)
    patient = open_patient(sample.patient, sample.labels)
    assert {"liver", "spleen"} <= set(patient.structures.values()) or kind == "obj"


def test_damaged_files_are_errors_or_sound_patients():
    command = [sys.executable, str(SCRIPT), "--count", str(2 * len(KINDS)), "--seed", "1"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stdout + run.stderr
    assert " 0 wrong" in run.stdout
