"""What looks like a patient, by names of files and their first bytes: nothing is read or checked."""

from itertools import islice
from pathlib import Path

from fluoroseg.errors import ReadError
from fluoroseg.patients.dicom_signature import is_dicom

_BY_FILE = {
    "structures.json": "stored patient",
    "ct.nii.gz": "CT",
    "ct.nii": "CT",
    "bone_hu.nii.gz": "bones of a CT",
    "bone_hu.nii": "bones of a CT",
    "parts.csv": "surfaces of bones and muscles",
}
_ORGANS = "surfaces of organs"
_NO_CT = ("labels.nii.gz", "labels.nii")
_MOST_LOOKED_AT = 50


def found_in(folder: str | Path) -> list[tuple[str, str]]:
    """PATIENT and its kind, for the folder itself and what lies directly in it. Raises ReadError.

    Where there is an atlas of bones and one of organs, also the body that is made of both.
    """
    folder = Path(folder)
    try:
        inside = sorted(folder.iterdir())
    except OSError as error:
        raise ReadError(f"{folder}: there is no such folder, or it cannot be read ({error})") from error
    kinds = [(path, _kind(path)) for path in (folder, *inside)]
    found = [(path, kind) for path, kind in kinds if kind]
    bones = [path for path, kind in found if kind == _BY_FILE["parts.csv"]]
    organs = [path for path, kind in found if kind == _ORGANS]
    mixed = [(f"{b}+{o}", "bones and organs of two atlases") for b in bones for o in organs]
    return [(str(path), kind) for path, kind in found] + mixed


def _kind(path: Path) -> str:
    """What kind of patient, "" for none."""
    try:
        if not path.is_dir():
            return _kind_of_file(path)
        for file, kind in _BY_FILE.items():
            if (path / file).is_file():
                return kind
        files = [f for f in islice(path.iterdir(), _MOST_LOOKED_AT) if f.is_file()]
        if any(f.suffix == ".glb" for f in files):
            return _ORGANS
        return "DICOM series" if any(map(is_dicom, files)) else ""
    except (OSError, ReadError):  # not ours to read
        return ""


def _kind_of_file(path: Path) -> str:
    if path.name.endswith((".nii", ".nii.gz")):
        return "" if path.name in (*_BY_FILE, *_NO_CT) else "unlabelled CT"
    return ""
