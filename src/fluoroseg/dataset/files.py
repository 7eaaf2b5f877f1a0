"""Files that are there whole or not at all."""

import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from fluoroseg.errors import ReadError, UsageError, WriteError


@contextmanager
def atomic(path: Path) -> Iterator[IO[bytes]]:
    """A file to write that takes its name only when all of it is on the disk.

    The temporary name is per machine and process, so that two writers cannot mix; `leftovers` finds those
    of processes that were killed. Raises WriteError, for instance when the disk is full.
    """
    temporary = path.with_name(f".{path.name}.{socket.gethostname()}-{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        _sync_folder(path.parent)
    except OSError as e:
        raise WriteError(f"{path}: cannot be written: {e.strerror}") from e
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def new_folder(out: str | Path) -> Iterator[Path]:
    """A folder to fill that takes the name `out` only when all is well; UsageError as `check_free`."""
    out = check_free(out)
    draft = out.with_name(f".{out.name}.{os.getpid()}.tmp")
    try:
        draft.mkdir(parents=True)
        yield draft
        draft.replace(out)
    except OSError as e:
        raise UsageError(f"{out}: the folder cannot be written: {e.strerror}") from e
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def check_free(out: str | Path) -> Path:
    """The path, when a new folder may take it; else UsageError. To ask before slow work."""
    out = Path(out)
    if not out.name:
        raise UsageError(f"{out}: the output is a new folder; give it a name")
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out}: is a file; the output is a folder")
    if out.is_dir() and any(out.iterdir()):
        raise UsageError(f"{out}: exists already and is not empty; take another folder")
    return out


def read_bytes(path: Path) -> bytes:
    """All of a file. Raises ReadError."""
    try:
        return path.read_bytes()
    except OSError as e:
        raise ReadError(f"{path}: cannot be read: {e.strerror}") from None


def leftovers(folder: Path) -> list[Path]:
    """Temporary files that a killed process left behind."""
    return sorted(folder.glob(".*.tmp"))


def _sync_folder(folder: Path) -> None:
    """Makes the new name itself survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
