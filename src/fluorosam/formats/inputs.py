"""INPUT of the command lines: a file, a folder or a glob -> the images that are meant."""

import glob
from collections.abc import Iterable
from pathlib import Path

from fluorosam.errors import ReadError
from fluorosam.formats.reading import SUFFIXES, looks_like_xray


def find_images(inputs: Iterable[str]) -> list[Path]:
    """Every image once, in the order given and by name within a folder or glob.

    A folder stands for the images directly in it; `folder/**/*.dcm` reaches deeper. A path that is
    neither folder nor glob is passed on unseen, so that opening it can say what is wrong with it.
    Raises ReadError for a folder without images and a glob that nothing matches.
    """
    found: dict[Path, None] = {}
    for text in inputs:
        found.update(dict.fromkeys(_expand(text)))
    return list(found)


def unique_stems(paths: Iterable[Path]) -> list[str]:
    """A folder name for each image: its stem, with suffix or number added where two would share one."""
    taken: set[str] = set()
    names = []
    for path in paths:
        stem = path.stem if path.suffix.lower() in SUFFIXES else path.name
        candidates = [stem, path.name.replace(".", "_")]
        numbered = (f"{stem}_{n}" for n in range(2, len(taken) + 3))
        # compared without case, as some file systems do
        name = next(name for name in (*candidates, *numbered) if name.lower() not in taken)
        taken.add(name.lower())
        names.append(name)
    return names


def _expand(text: str) -> list[Path]:
    path = Path(text)
    if path.is_dir():
        images = sorted(p for p in path.iterdir() if p.is_file() and looks_like_xray(p))
        if not images:
            raise ReadError(f"{path}: no PNG, JPEG, TIFF or DICOM file in this folder")
        return images
    if path.exists() or not glob.has_magic(text):
        return [path]
    matches = sorted(p for p in map(Path, glob.glob(text, recursive=True)) if p.is_file())
    if not matches:
        raise ReadError(f"{text}: no file matches")
    return matches
