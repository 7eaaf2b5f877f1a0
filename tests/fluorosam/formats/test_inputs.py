"""INPUT: files, folders and globs."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fluorosam.errors import ReadError
from fluorosam.formats.inputs import find_images, unique_stems


@pytest.fixture
def folder(tmp_path, dicom) -> Path:
    picture = Image.fromarray(np.zeros((4, 5), np.uint8))
    (tmp_path / "deep").mkdir()
    for name in ("b.png", "a.JPG", "deep/c.tif"):
        picture.save(tmp_path / name, format="PNG")
    dicom(tmp_path / "1.2.840.77", np.zeros((4, 5), np.uint16))
    (tmp_path / "README").write_text("not an image, and too short to be DICOM")
    (tmp_path / "notes.txt").write_text("no")
    return tmp_path


def test_folder_glob_and_file(folder):
    names = [p.name for p in find_images([str(folder)])]
    assert names == ["1.2.840.77", "a.JPG", "b.png"]
    assert [p.name for p in find_images([f"{folder}/**/*.tif"])] == ["c.tif"]
    both = find_images([str(folder / "b.png"), f"{folder}/*.png", str(folder)])
    assert [p.name for p in both] == ["b.png", "1.2.840.77", "a.JPG"]
    assert find_images([str(folder / "missing.png")]) == [folder / "missing.png"]


def test_a_name_with_brackets_is_a_file_first(folder):
    strange = folder / "chest [1].png"
    (folder / "b.png").rename(strange)
    assert find_images([str(strange)]) == [strange]


def test_nothing_found(folder):
    (folder / "empty").mkdir()
    with pytest.raises(ReadError, match="no PNG, JPEG, TIFF or DICOM"):
        find_images([str(folder / "empty")])
    with pytest.raises(ReadError, match="no file matches"):
        find_images([f"{folder}/*.bmp"])


def test_stems_stay_apart():
    paths = [
        Path(p) for p in ("x/a.png", "x/a.dcm", "y/a.png", "y/a.dcm", "A.png", "x/.png", "b.tar.png", "1.2.3")
    ]
    stems = unique_stems(paths)
    assert stems[:2] == ["a", "a_dcm"]
    assert len({s.lower() for s in stems}) == len(paths)
    assert stems[-2:] == ["b.tar", "1.2.3"]
