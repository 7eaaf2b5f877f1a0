"""`fluoroseg generate --cluster` on a real scheduler with worker processes: the same bytes, whatever dies."""

import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fluoroseg.cli import main
from fluoroseg.dataset.reading import Dataset
from fluoroseg.errors import ClusterError
from fluoroseg.generate import generate

pytest.importorskip("distributed", reason="needs the extra `cluster`: pip install 'fluorosam[cluster]'")
pytestmark = pytest.mark.filterwarnings("default")  # of Dask's own threads and sockets

SIZE = 48
ROOT = Path(__file__).parents[2]


class Cluster:
    """A scheduler, and workers without nannies, so that a killed one stays dead."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.processes = folder, {}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{self.port}"
        self.file = folder / "scheduler.json"
        self._start("scheduler", "dask_scheduler", "--host", "127.0.0.1", "--port", str(self.port))
        _until(self.file.exists)

    def add(self, name: str, path: Path | None = None) -> None:
        """path: where fluoroseg is imported from, instead of the installed one."""
        more = {"PYTHONPATH": str(path)} if path else {}
        args = ("--nthreads", "1", "--no-nanny", "--name", name, "--local-directory", str(self.folder))
        self._start(name, "dask_worker", self.address, *args, **more)

    def end(self, *names: str, how: int = signal.SIGKILL) -> None:
        for name in names or tuple(self.processes):
            process = self.processes.pop(name)
            process.send_signal(how)
            process.wait(10)

    def _start(self, name: str, program: str, *args: str, **env: str) -> None:
        command = [sys.executable, "-m", f"distributed.cli.{program}", *args, "--no-dashboard"]
        if name == "scheduler":
            command += ["--scheduler-file", str(self.file)]
        with (self.folder / f"{name}.log").open("wb") as log:
            self.processes[name] = subprocess.Popen(
                command, stdout=log, stderr=log, cwd=self.folder, env=os.environ | env
            )


@pytest.fixture
def cluster(tmp_path):
    made = Cluster(tmp_path)
    yield made
    made.end()


def _until(true, seconds=30):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)


def contents(folder: Path) -> dict[str, str]:
    files = sorted(folder.iterdir())
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_same_bytes_when_a_worker_is_killed_and_another_comes(cluster, patients, tmp_path):
    """And a broken patient among good ones is told as on one machine."""
    broken = tmp_path / "broken.nii.gz"
    broken.write_bytes(b"this is no CT")
    paths, killed = [*patients, str(broken)], []
    generate(tmp_path / "local", paths, 18, SIZE, 5, workers=1, per_shard=2)
    cluster.add("one")
    cluster.add("two")

    def kill(progress):
        if not killed:
            killed.append("one")
            cluster.end("one")
            cluster.add("three")

    outcome = generate(
        tmp_path / "set", paths, 18, SIZE, 5, 2, progress=kill, per_shard=2, cluster=cluster.address
    )
    assert killed
    assert [len(line["keys"]) for line in outcome.errors] == [6]
    assert contents(tmp_path / "set") == contents(tmp_path / "local")
    assert len(Dataset(tmp_path / "set")) == 12


def test_command_line_with_a_scheduler_file_then_the_scheduler_dies(cluster, patients, tmp_path, capsys):
    cluster.add("one")
    argv = ["--patients", patients[0], "--images", "96", "--size", str(SIZE), "--cluster", str(cluster.file)]
    assert main(["generate", str(tmp_path / "small"), *argv, "--images", "3", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["images"] == 3
    out = tmp_path / "set"
    command = [sys.executable, "-m", "fluoroseg", "generate", str(out), *argv]
    run = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    _until(lambda: list(out.glob("shard-*.tar")))
    cluster.end("scheduler")
    _, told = run.communicate(timeout=30)
    assert run.returncode == 2
    assert "--resume" in told
    cluster.end()
    assert main(["generate", str(out), *argv[:-2], "--resume", "--workers", "1"]) == 0
    assert len(Dataset(out)) == 96


def test_a_worker_with_another_version_is_named_before_work_starts(cluster, patients, tmp_path, capsys):
    package = tmp_path / "old" / "fluoroseg"
    shutil.copytree(ROOT / "src" / "fluoroseg", package, ignore=shutil.ignore_patterns("__pycache__"))
    init = package / "__init__.py"
    text = init.read_text()
    start = text.index('__version__ = "') + len('__version__ = "')
    init.write_text(text[:start] + "0.0.1" + text[text.index('"', start) :])
    cluster.add("fine")
    cluster.add("old", tmp_path / "old")
    out = tmp_path / "set"
    argv = ["generate", str(out), "--patients", patients[0], "--images", "3", "--size", str(SIZE)]
    assert main([*argv, "--cluster", cluster.address, "--workers", "2"]) == 2
    told = capsys.readouterr().err
    assert "old (tcp://" in told
    assert "0.0.1" in told
    assert not out.exists()
    cluster.end("old")
    (package / "cluster.py").unlink()  # as old as from before there were clusters
    cluster.add("older", tmp_path / "old")
    assert main([*argv, "--cluster", cluster.address, "--workers", "2"]) == 2
    assert "older (tcp://" in capsys.readouterr().err
    assert not out.exists()


def test_a_relative_patient_needs_workers_of_the_same_folder(cluster, patients, tmp_path, monkeypatch):
    cluster.add("elsewhere")
    monkeypatch.chdir(patients[0])
    with pytest.raises(ClusterError, match=r"elsewhere .*absolute paths"):
        generate(tmp_path / "set", ["ct.nii.gz"], 3, SIZE, cluster=cluster.address)
    assert not (tmp_path / "set").exists()


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nonsense", "pyproject.toml", "tcp://"])
def test_no_scheduler_is_told_at_once(address, patients, tmp_path, capsys):
    argv = ["generate", str(tmp_path / "set"), "--patients", patients[0], "--images", "3"]
    assert main([*argv, "--cluster", address]) == 2
    told = capsys.readouterr().err
    assert address in told
    assert "tcp://host:8786" in told
    assert not (tmp_path / "set").exists()


def test_without_the_extra_it_is_named(patients, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)  # Python's own way to make an import fail
    argv = ["generate", str(tmp_path / "set"), "--patients", patients[0], "--images", "3"]
    assert main([*argv, "--cluster", "tcp://127.0.0.1:1"]) == 2
    assert "fluorosam[cluster]" in capsys.readouterr().err
    assert not (tmp_path / "set").exists()
