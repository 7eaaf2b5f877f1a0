"""A patient on disk, so that a voxelised atlas or a labelled CT is made once.

A folder of two NIfTI volumes that every viewer opens, `ct.nii.gz` (int16 HU) and `labels.nii.gz` (uint16),
and `structures.json`: `{"name": ..., "structures": {"1": "lung_left", ...}, "known": [...]}`, with what makes
reading quick, exact and safe: `axes` (`"kji"`: the files' axes are the patient's in reverse order, so that
voxels come in the order in which they are used), `world_from_index`, and `sha256` of every file. These three
may be left out in folders made by hand.
"""

import gzip
import hashlib
import json
import os
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Shaped

from fluoroseg import anatomy
from fluoroseg.errors import GeometryError, LimitError, ReadError, UsageError
from fluoroseg.patients.nifti import read_hu, read_labels, read_volume
from fluoroseg.patients.patient import Patient

RECORD = "structures.json"
MAX_RECORD_BYTES = 1 << 22

_RAS_FROM_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
_REVERSED = [2, 1, 0, 3]
_GZIP_LEVEL = 3  # drawn bodies: smaller than level 1 at the same speed; level 6 takes twice as long


def save_patient(patient: Patient, folder: str | Path) -> None:
    """Write the patient as a new folder, whole or not at all. Raises UsageError when it exists."""
    folder = Path(folder)
    if folder.exists():
        raise UsageError(f"{folder}: exists already; a patient is written to a new folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        volumes = {"ct.nii.gz": patient.hu, "labels.nii.gz": patient.labels}
        with ThreadPoolExecutor(len(volumes)) as threads:
            sums = threads.map(
                lambda file: _write(temporary / file, volumes[file], patient.world_from_index), volumes
            )
            sha256 = dict(zip(volumes, sums, strict=True))
        record = {
            "name": patient.name,
            "structures": {str(label): name for label, name in sorted(patient.structures.items())},
            "known": sorted(patient.known),
            "axes": "kji",
            "world_from_index": patient.world_from_index.tolist(),
        }
        record["sha256"] = {**sha256, RECORD: _record_sum(record)}
        (temporary / RECORD).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
        temporary.chmod(0o755)
        os.rename(temporary, folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def load_patient(folder: str | Path) -> Patient:
    """Read a folder that `save_patient` wrote. Raises ReadError (damage included), GeometryError."""
    folder = Path(folder)
    record = _read_record(folder / RECORD)
    name, structures, known = _names(folder / RECORD, record)
    with ThreadPoolExecutor(2) as threads:
        ct = threads.submit(_read, folder, "ct.nii.gz", np.dtype(np.int16), record)
        labelled = threads.submit(_read, folder, "labels.nii.gz", np.dtype(np.uint16), record)
        (hu, affine), (labels, labels_affine) = ct.result(), labelled.result()
    if hu.shape != labels.shape or not np.allclose(affine, labels_affine, atol=1e-3):
        raise GeometryError(f"{folder}: ct.nii.gz and labels.nii.gz are not on the same grid")
    present = np.zeros(1 << 16, bool)
    for plane in labels:
        present[plane.ravel(order="K")] = True
    unnamed = set(np.flatnonzero(present).tolist()) - {0, *structures}
    if unnamed:
        raise ReadError(f"{folder}: labels {sorted(unnamed)[:9]} have no name in {RECORD}")
    return Patient(hu, labels, _exact(folder, record, affine), structures, name, known)


def _write(
    file: Path, volume: Shaped[np.ndarray, "i j k"], world_from_index: Float[np.ndarray, "4 4"]
) -> str:
    """Writes one volume, axes reversed, and tells the file's SHA-256."""
    import nibabel

    image = nibabel.nifti1.Nifti1Image(volume.T, (_RAS_FROM_LPS @ world_from_index)[:, _REVERSED])
    image.header.set_xyzt_units("mm")
    with file.open("wb") as raw, gzip.GzipFile("", "wb", _GZIP_LEVEL, raw, mtime=0) as stream:
        image.to_stream(stream)
    return _sum(file)


def _read(
    folder: Path, file: str, dtype: np.dtype, record: dict[str, Any]
) -> tuple[Shaped[np.ndarray, "i j k"], Float[np.ndarray, "4 4"]]:
    path = folder / file
    expected = record.get("sha256", {}).get(file)
    if expected is not None and _sum(path) != expected:
        raise ReadError(f"{path}: damaged: its SHA-256 is not the one in {RECORD}")
    if "axes" not in record:
        return read_hu(path) if dtype.kind == "i" else read_labels(path)
    volume = read_volume(path)
    if volume.values.dtype != dtype:
        raise ReadError(f"{path}: voxels are {volume.values.dtype}, expected {dtype}")
    return np.ascontiguousarray(volume.values.T), volume.world_from_index[:, _REVERSED]


def _exact(
    folder: Path, record: dict[str, Any], stored: Float[np.ndarray, "4 4"]
) -> Float[np.ndarray, "4 4"]:
    """The affine in full precision; NIfTI keeps single."""
    if "world_from_index" not in record:
        return stored
    try:
        affine = np.array(record["world_from_index"], np.float64)
    except (ValueError, TypeError) as error:
        raise ReadError(f"{folder / RECORD}: world_from_index is no 4x4 matrix ({error})") from error
    if affine.shape != (4, 4) or not np.allclose(affine, stored, rtol=1e-5, atol=1e-3):
        raise GeometryError(f"{folder}: world_from_index of {RECORD} is not the volumes' affine")
    return affine


def _sum(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ReadError(f"{path}: cannot be read ({error})") from error


def _record_sum(record: dict[str, Any]) -> str:
    """SHA-256 of the record without its sums."""
    rest = {key: value for key, value in record.items() if key != "sha256"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def _read_record(file: Path) -> dict[str, Any]:
    try:
        if file.stat().st_size > MAX_RECORD_BYTES:
            raise LimitError(f"{file}: larger than {MAX_RECORD_BYTES} bytes; no list of structures is")
        record = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ReadError(f"{file}: cannot be read ({error})") from error
    except (ValueError, RecursionError) as error:
        raise ReadError(f"{file}: no JSON ({error})") from error
    if not isinstance(record, dict) or not isinstance(record.get("sha256", {}), dict):
        raise ReadError(f'{file}: expected {{"structures": {{label: name}}, "known": [name, ...]}}')
    expected = record.get("sha256", {}).get(RECORD)
    if expected is not None and _record_sum(record) != expected:
        raise ReadError(f"{file}: damaged, or edited: then remove its `sha256`")
    if record.get("axes", "kji") != "kji":
        raise ReadError(f"{file}: axes are {record['axes']!r}; expected 'kji' or none")
    return record


def _names(file: Path, record: dict[str, Any]) -> tuple[str, dict[int, str], frozenset[str]]:
    """Name, structures and known names of a record."""
    try:
        structures = {int(label): str(name) for label, name in record["structures"].items()}
        known = frozenset(str(name) for name in record["known"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ReadError(
            f'{file}: expected {{"structures": {{label: name}}, "known": [name, ...]}} ({error!r})'
        ) from error
    if any(not 0 < label < 65536 for label in structures):
        raise ReadError(f"{file}: labels must be 1 ... 65535")
    unknown = sorted((known | set(structures.values())) - set(anatomy.structures()))
    if unknown:
        raise ReadError(f"{file}: {unknown[:5]} are no structure names (see `fluoroseg anatomy`)")
    return str(record.get("name", file.parent.name)), structures, known
