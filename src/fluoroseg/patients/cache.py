"""Prepared patients on disk: a voxelised atlas or a CT labelled by rules is made once on a machine.

An entry is a folder of `store.save_patient`, named by what it was made of: the content of its inputs, the
settings, and the code that makes patients. So a changed file or a new version is simply another entry.
"""

import hashlib
import logging
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from fluoroseg import anatomy
from fluoroseg.errors import FluorosegError, ReadError, UsageError
from fluoroseg.patients.patient import Patient
from fluoroseg.patients.store import RECORD, load_patient, save_patient

LIMIT_BYTES = 4 << 30
"""Above this, the entries that were not used for longest go."""

_log = logging.getLogger(__name__)
_DAY_S = 86400
_MAKES_NO_PATIENT = ("cache", "commands", "show", "variation")


def cached(
    kind: str, inputs: Sequence[str | Path], make: Callable[[], Patient], **settings: float | str
) -> Patient:
    """The patient that `make()` makes, from disk when it was made before from the same.

    kind: a short name of lower-case letters, digits and hyphens. inputs: the files and folders that `make`
    reads; every byte of them counts. settings: everything else that `make` depends on (a spacing in mm).

    Two processes that ask at once make it once. A damaged entry is made anew, and a folder that cannot be
    written is done without; both are told in the log. Raises ReadError for missing inputs, UsageError for
    a kind that is no name, and what `make` raises.
    """
    if not kind or set(kind) - set("abcdefghijklmnopqrstuvwxyz0123456789-"):
        raise UsageError(f"kind of cached patient: {kind!r}; expected lower-case letters, digits and hyphens")
    folder = cache_folder()
    entry = folder / f"{kind}-{_key(kind, [Path(i) for i in inputs], settings)}"
    patient = _load(entry)
    if patient is not None:
        return patient
    with _lock(folder, entry.name):
        patient = _load(entry)  # another process may have made it while this one waited
        if patient is None:
            patient = make()
            _keep(patient, entry)
    return patient


def cache_folder() -> Path:
    """`$FLUOROSEG_CACHE`, else a folder `fluoroseg` in the platform's place for caches."""
    named = os.environ.get("FLUOROSEG_CACHE")
    if named:
        return Path(named)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "fluoroseg"
    variable = "LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME"
    return Path(os.environ.get(variable) or Path.home() / ".cache") / "fluoroseg"


def entries() -> dict[Path, int]:
    """Every prepared patient and its size in bytes, the one used last first."""
    found = [f for f in cache_folder().glob(f"*/{RECORD}") if not f.parent.name.startswith(".")]
    found.sort(key=lambda f: f.stat().st_mtime, reverse=True)
    return {f.parent: sum(part.stat().st_size for part in f.parent.iterdir()) for f in found}


def _load(entry: Path) -> Patient | None:
    if not entry.is_dir():
        return None
    try:
        patient = load_patient(entry)
        os.utime(entry / RECORD)
    except FluorosegError as error:
        _log.warning("%s: damaged, is made anew (%s)", entry, error)
        shutil.rmtree(entry, ignore_errors=True)
        return None
    except OSError:  # a folder of somebody else's, only to be read
        return patient
    return patient


def _keep(patient: Patient, entry: Path) -> None:
    try:
        if not entry.exists():
            save_patient(patient, entry)
            _prune(entry)
    except OSError as error:
        _log.warning("%s: the prepared patient is not kept: %s", entry, error)


def _key(kind: str, inputs: Sequence[Path], settings: dict[str, float | str]) -> str:
    """What the patient is made of, in 32 letters."""
    digest = hashlib.sha256(repr((kind, sorted(settings.items()))).encode())
    for root in inputs:
        files = sorted(root.rglob("*")) if root.is_dir() else [root]
        _add_files(digest, root, files)
    rooms = (Path(__file__).parent, Path(anatomy.__file__).parent)
    for room in rooms:
        sources = [f for f in sorted(room.rglob("*")) if f.suffix in (".py", ".csv")]
        _add_files(
            digest,
            room,
            [f for f in sources if not f.relative_to(room).as_posix().startswith(_MAKES_NO_PATIENT)],
        )
    return digest.hexdigest()[:32]


def _add_files(digest: "hashlib._Hash", root: Path, files: Sequence[Path]) -> None:
    for path in files:
        if path.is_dir():
            continue
        try:
            with path.open("rb") as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise ReadError(f"{path}: cannot be read ({error})") from error
        digest.update(f"{path.relative_to(root).as_posix()}\0{content}\0".encode())


@contextmanager
def _lock(folder: Path, name: str) -> Iterator[None]:
    """Waits until no other process makes this entry; a killed process frees it."""
    with ExitStack() as stack:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            file = stack.enter_context((folder / f".{name}.lock").open("wb"))
            if sys.platform != "win32":  # there both make it, and one of the two is kept
                import fcntl

                fcntl.flock(file, fcntl.LOCK_EX)
        except OSError as error:
            _log.warning("%s: cannot be used, nothing is kept: %s", folder, error)
        yield


def _prune(kept: Path) -> None:
    """Removes what was not used for longest, and what killed processes left behind."""
    total = 0
    for entry, size in entries().items():
        total += size
        if total > LIMIT_BYTES and entry != kept:
            shutil.rmtree(entry, ignore_errors=True)
    for left in kept.parent.glob(".*"):
        if left.stat().st_mtime > time.time() - _DAY_S:
            continue
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)
