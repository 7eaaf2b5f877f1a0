"""The contract of the call: a real program on PATH that writes masks, fails, or hangs. The real
TotalSegmentator is not run here."""

import stat
import sys
from pathlib import Path

import nibabel
import numpy as np
import pytest

from fluoroseg.errors import ReadError, UsageError
from fluoroseg.patients.label import label
from fluoroseg.patients.totalsegmentator import label_with_totalsegmentator

WRITES = """
import sys, pathlib, nibabel, numpy
assert sys.argv[1] == "-i" and sys.argv[3] == "-o" and len(sys.argv) == 5
ct = nibabel.load(sys.argv[2]); out = pathlib.Path(sys.argv[4]); out.mkdir()
for name, where in (("liver", slice(2, 8)), ("spleen", slice(0, 0))):
    mask = numpy.zeros(ct.shape, "uint8"); mask[where, 2:8, 2:8] = 1
    nibabel.save(nibabel.Nifti1Image(mask, ct.affine), out / f"{name}.nii.gz")
"""


@pytest.fixture
def ct(tmp_path: Path) -> Path:
    path = tmp_path / "a ct; with spaces.nii.gz"
    hu = np.full((20, 20, 20), 40, np.int16)
    nibabel.save(nibabel.nifti1.Nifti1Image(hu, np.diag([-2.0, -2.0, 2.0, 1.0])), path)
    return path


def _install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "TotalSegmentator"
    program.write_text(f"#!{sys.executable}\n{code}", encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(folder))


def test_masks_become_labels(ct: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _install(tmp_path, monkeypatch, WRITES)
    found = label(ct)  # auto takes the installed program
    assert found.way == "totalsegmentator"
    assert found.patient.known == {"liver", "spleen"}
    assert int((found.patient.labels == found.patient.label_of("liver")).sum()) == 6**3
    assert [(one.name, one.trusted) for one in found.report] == [("liver", True)]


def test_a_failure_is_told(ct: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _install(tmp_path, monkeypatch, "import sys; sys.exit('no weights here')")
    with pytest.raises(UsageError, match=r"exit code 1.*no weights here"):
        label(ct, "totalsegmentator")


def test_no_masks_is_told(ct: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _install(tmp_path, monkeypatch, "pass")
    with pytest.raises(ReadError, match="wrote no masks"):
        label(ct, "totalsegmentator")


def test_a_hang_is_ended(ct: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _install(tmp_path, monkeypatch, "import time; time.sleep(60)")
    with pytest.raises(UsageError, match=r"more than 0\.5 s"):
        label_with_totalsegmentator(ct, longest_s=0.5)


def test_not_installed_is_told(ct: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="not on PATH"):
        label(ct, "totalsegmentator")
