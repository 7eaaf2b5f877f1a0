"""TotalSegmentator, where the user has installed it: called as a program, never imported.

Its default task's weights are Apache-2.0; some of its other tasks need a licence. Only the default is used.
"""

import shutil
import subprocess
import tempfile
from pathlib import Path

from fluoroseg.errors import ReadError, UsageError
from fluoroseg.patients.patient import Patient
from fluoroseg.patients.sources import open_patient

PROGRAM = "TotalSegmentator"
LONGEST_S = 3600.0


def is_installed() -> bool:
    """Whether the program is found on PATH."""
    return shutil.which(PROGRAM) is not None


def label_with_totalsegmentator(ct: str | Path, longest_s: float = LONGEST_S) -> Patient:
    """The CT (a NIfTI file or a DICOM folder) with the labels of TotalSegmentator's default task.

    Raises UsageError when the program is not installed, takes longer than `longest_s` seconds or fails
    (with the end of what it wrote), ReadError when it left no masks, and what `open_patient` raises.
    """
    program = shutil.which(PROGRAM)
    if program is None:
        raise UsageError(
            f"{PROGRAM} is not on PATH: pip install TotalSegmentator, or label by rules or atlas"
        )
    ct = Path(ct)
    if not ct.exists():
        raise ReadError(f"{ct}: no such file or folder")
    with tempfile.TemporaryDirectory(prefix="fluoroseg-") as folder:
        out = Path(folder) / "segmentations"
        _run([program, "-i", str(ct.resolve()), "-o", str(out)], longest_s)
        if not any(out.glob("*.nii*")):
            raise ReadError(f"{PROGRAM} ended well but wrote no masks for {ct}")
        return open_patient(ct, labels=out)


def _run(command: list[str], longest_s: float) -> None:
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=longest_s, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise UsageError(f"{PROGRAM} was stopped: it took more than {longest_s:g} s") from error
    except OSError as error:
        raise UsageError(f"{command[0]}: cannot be run: {error.strerror}") from error
    if done.returncode:
        told = (done.stderr or done.stdout).decode("utf-8", "replace").strip()[-500:]
        raise UsageError(f"{PROGRAM} failed (exit code {done.returncode}): {told or 'it said nothing'}")
