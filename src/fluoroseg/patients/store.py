"""A patient on disk, so that a voxelised atlas or a labelled CT is made once.

A folder: `ct.nii.gz` (int16 HU), `labels.nii.gz` (uint16), and `structures.json`:
`{"name": ..., "structures": {"1": "lung_left", ...}, "known": [...]}`.
"""

import json
import os
import shutil
import tempfile
from pathlib import Path

import numpy as np

from fluoroseg import anatomy
from fluoroseg.errors import GeometryError, ReadError, UsageError
from fluoroseg.patients.nifti import read_hu, read_labels
from fluoroseg.patients.patient import Patient

_RAS_FROM_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


def save_patient(patient: Patient, folder: str | Path) -> None:
    """Write the patient as a new folder, whole or not at all. Raises UsageError when it exists."""
    import nibabel

    folder = Path(folder)
    if folder.exists():
        raise UsageError(f"{folder}: exists already; a patient is written to a new folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        affine = _RAS_FROM_LPS @ patient.world_from_index
        for file, volume in (("ct.nii.gz", patient.hu), ("labels.nii.gz", patient.labels)):
            image = nibabel.nifti1.Nifti1Image(volume, affine)
            image.header.set_xyzt_units("mm")
            nibabel.save(image, temporary / file)
        record = {
            "name": patient.name,
            "structures": {str(label): name for label, name in sorted(patient.structures.items())},
            "known": sorted(patient.known),
        }
        (temporary / "structures.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
        temporary.chmod(0o755)
        os.rename(temporary, folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def load_patient(folder: str | Path) -> Patient:
    """Read a folder that `save_patient` wrote. Raises ReadError, GeometryError."""
    folder = Path(folder)
    name, structures, known = _read_record(folder / "structures.json")
    hu, affine = read_hu(folder / "ct.nii.gz")
    labels, labels_affine = read_labels(folder / "labels.nii.gz")
    if hu.shape != labels.shape or not np.allclose(affine, labels_affine, atol=1e-3):
        raise GeometryError(f"{folder}: ct.nii.gz and labels.nii.gz are not on the same grid")
    unnamed = set(np.flatnonzero(np.bincount(labels.ravel(order="K")))) - {0, *structures}
    if unnamed:
        raise ReadError(f"{folder}: labels {sorted(map(int, unnamed))[:9]} have no name in structures.json")
    return Patient(hu, labels, affine, structures, name, known)


def _read_record(file: Path) -> tuple[str, dict[int, str], frozenset[str]]:
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
        structures = {int(label): str(name) for label, name in record["structures"].items()}
        known = frozenset(str(name) for name in record["known"])
        name = str(record.get("name", file.parent.name))
    except (OSError, UnicodeDecodeError) as error:
        raise ReadError(f"{file}: cannot be read ({error})") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ReadError(
            f'{file}: expected {{"structures": {{label: name}}, "known": [name, ...]}} ({error!r})'
        ) from error
    if any(not 0 < label < 65536 for label in structures):
        raise ReadError(f"{file}: labels must be 1 ... 65535")
    unknown = sorted((known | set(structures.values())) - set(anatomy.structures()))
    if unknown:
        raise ReadError(f"{file}: {unknown[:5]} are no structure names (see `fluoroseg anatomy`)")
    return name, structures, known
