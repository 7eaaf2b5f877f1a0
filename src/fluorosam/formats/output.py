"""Results appear whole or not at all, and never in place of something else."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fluorosam.errors import UsageError


def check_free(target: Path) -> None:
    """Raises UsageError when something (other than an empty folder) is there already."""
    if target.is_dir() and not target.is_symlink() and not any(target.iterdir()):
        return
    if os.path.lexists(target):
        raise UsageError(f"{target} exists already and is not overwritten; choose another place or remove it")


def check_results_folder(folder: Path) -> None:
    """Raises UsageError, before any work is done, when results could never be put into `folder`."""
    there = next(place for place in (folder, *folder.absolute().parents) if os.path.lexists(place))
    if not there.is_dir():
        raise UsageError(f"{folder}: cannot be written: {there} is not a folder")


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """A temporary folder beside `target` that becomes it on leaving without an error."""
    check_free(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as error:
        raise UsageError(f"{target}: cannot be written: {error.strerror or error}") from None
    try:
        yield temporary
        temporary.chmod(0o777 & ~_umask())
        check_free(target)
        os.replace(temporary, target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def write_text(target: Path, text: str) -> None:
    """A new text file, by way of a temporary one. Raises UsageError when it exists or cannot be written.

    What is no text (a file name in another encoding) is escaped as JSON and Python do.
    """
    check_free(target)
    replace_text(target, text, errors="backslashreplace")


def replace_text(target: Path, text: str, errors: str) -> None:
    """The same in place of what is there; `errors`: how what is no text is escaped (`str.encode`)."""
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(text, encoding="utf-8", errors=errors)
        os.replace(temporary, target)
    except OSError as error:
        raise UsageError(f"{target}: cannot be written: {error.strerror or error}") from None
    finally:
        if temporary.parent.is_dir():
            temporary.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
