"""Prepared patients are made once, kept whole, and made anew when anything is wrong or different."""

import logging
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from fluoroseg.errors import ReadError, UsageError
from fluoroseg.patients import cache
from fluoroseg.patients.patient import Patient

AFFINE = np.array([[0, -2.0, 0, 10], [1.5, 0, 0, -20 / 3], [0, 0, 3.0, 30], [0, 0, 0, 1]])


class Maker:
    """Makes a small patient and counts how often it was asked."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self) -> Patient:
        self.calls += 1
        rng = np.random.default_rng(self.calls)
        labels = rng.choice(np.array([0, 3], np.uint16), (5, 6, 7))
        hu = rng.integers(-1024, 3000, labels.shape).astype(np.int16)
        return Patient(hu, labels, AFFINE, {3: "liver"}, "somebody", frozenset({"heart"}))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FLUOROSEG_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "in" / "deep").mkdir(parents=True)
    (tmp_path / "in" / "a.stl").write_bytes(b"a")
    (tmp_path / "in" / "deep" / "b.stl").write_bytes(b"b")
    return tmp_path / "in"


def test_made_once_and_the_same_to_the_last_bit(folder: Path, source: Path) -> None:
    make = Maker()
    first = cache.cached("atlas", [source], make, spacing_mm=2.0)
    again = cache.cached("atlas", [source], make, spacing_mm=2.0)
    assert make.calls == 1
    for part in ("hu", "labels", "world_from_index"):
        a, b = getattr(first, part), getattr(again, part)
        assert np.array_equal(a, b)
        assert a.dtype == b.dtype
        assert b.flags.c_contiguous
    assert (first.structures, first.name, first.known) == (again.structures, again.name, again.known)
    assert len(cache.entries()) == 1
    assert all(path.parent == folder and size > 100 for path, size in cache.entries().items())


def test_another_content_setting_or_kind_is_another_entry(folder: Path, source: Path) -> None:
    make = Maker()
    cache.cached("atlas", [source], make, spacing_mm=2.0)
    cache.cached("atlas", [source], make, spacing_mm=1.0)
    cache.cached("chest", [source], make, spacing_mm=2.0)
    deep = source / "deep" / "b.stl"
    before = deep.stat()
    deep.write_bytes(b"c")  # same size, and made to look as old
    os.utime(deep, ns=(before.st_atime_ns, before.st_mtime_ns))
    cache.cached("atlas", [source], make, spacing_mm=2.0)
    deep.rename(source / "b.stl")
    cache.cached("atlas", [source], make, spacing_mm=2.0)
    assert make.calls == 5


@pytest.mark.parametrize("file", ["ct.nii.gz", "labels.nii.gz", "structures.json"])
@pytest.mark.parametrize("damage", ["flip", "cut", "gone"])
def test_a_damaged_entry_is_told_and_made_anew(
    folder: Path, source: Path, file: str, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    make = Maker()
    cache.cached("atlas", [source], make)
    (entry,) = cache.entries()
    content = bytearray((entry / file).read_bytes())
    if damage == "flip":
        content[len(content) // 2] ^= 1
    if damage == "gone":
        (entry / file).unlink()
    else:
        (entry / file).write_bytes(content[: len(content) // 2] if damage == "cut" else content)
    with caplog.at_level(logging.WARNING):
        anew = cache.cached("atlas", [source], make)
    assert make.calls == 2
    assert str(entry) in caplog.text
    assert np.array_equal(cache.cached("atlas", [source], make).hu, anew.hu)
    assert make.calls == 2


def test_two_processes_make_it_once(folder: Path, source: Path, tmp_path: Path) -> None:
    code = f"""
import time, numpy as np
from fluoroseg.patients.cache import cached
from fluoroseg.patients.patient import Patient
def make():
    with open({str(tmp_path / "calls")!r}, "a") as file: file.write("x")
    time.sleep(0.3)
    return Patient(np.zeros((9, 9, 9), np.int16), np.zeros((9, 9, 9), np.uint16), np.eye(4), {{}})
print(cached("atlas", [{str(source)!r}], make).hu.shape)
"""
    both = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in "ab"]
    assert [p.communicate()[0] for p in both] == ["(9, 9, 9)\n"] * 2
    assert (tmp_path / "calls").read_text() == "x"


def test_a_place_that_cannot_be_written_is_done_without(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("FLUOROSEG_CACHE", str(tmp_path / "file"))
    make = Maker()
    assert cache.cached("atlas", [source], make).name == "somebody"
    assert make.calls == 1
    assert str(tmp_path / "file") in caplog.text


def test_what_make_raises_is_raised_and_leaves_nothing(folder: Path, source: Path) -> None:
    def fail() -> Patient:
        raise ReadError("no surface in it")

    with pytest.raises(ReadError, match="no surface"):
        cache.cached("atlas", [source], fail)
    assert cache.entries() == {}


def test_the_oldest_go_when_there_are_too_many(
    folder: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = Maker()
    for spacing_mm in (1.0, 2.0, 3.0):
        cache.cached("atlas", [source], make, spacing_mm=spacing_mm)
        newest = max(cache.entries(), key=lambda e: (e / "structures.json").stat().st_mtime_ns)
        old = time.time() - 1000 + spacing_mm
        os.utime(newest / "structures.json", (old, old))
    cache.cached("atlas", [source], make, spacing_mm=1.0)  # used again: no longer the oldest
    monkeypatch.setattr(cache, "LIMIT_BYTES", int(2.5 * max(cache.entries().values())))
    cache.cached("atlas", [source], make, spacing_mm=4.0)
    assert len(cache.entries()) == 2
    cache.cached("atlas", [source], make, spacing_mm=1.0)
    assert make.calls == 4


def test_wrong_arguments(folder: Path, source: Path) -> None:
    with pytest.raises(ReadError, match="nowhere"):
        cache.cached("atlas", [source / "nowhere"], Maker())
    with pytest.raises(UsageError, match=r"\.\./x"):
        cache.cached("../x", [source], Maker())


def test_the_platforms_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("FLUOROSEG_CACHE", raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache.cache_folder() == tmp_path / "fluoroseg"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache.cache_folder() == Path.home() / ".cache" / "fluoroseg"
