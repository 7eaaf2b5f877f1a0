"""Makes one small data set in many ways and prints the sha-256 of each: are they the same, byte for byte?

    python scripts/prove_determinism.py [--patients PATH ...] [--images 128] [--size 96] [--out FOLDER]

With 1, 2 and 4 workers; killed by `kill -9` in the middle and gone on with by `--resume`; and, where Dask
distributed is installed (`pip install 'fluorosam[cluster]'`), on a scheduler with two workers of which one is
killed. Exit code 1 when any differs.
"""

import argparse
import hashlib
import importlib.util
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PYTHON = [sys.executable, "-m"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--patients", nargs="+", default=["phantom"], metavar="PATH")
    parser.add_argument("--images", type=int, default=128)
    parser.add_argument("--size", type=int, default=96)
    parser.add_argument("--out", type=Path, help="folder to make and keep (default: a temporary one)")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = args.out or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        options = ["--patients", *args.patients, "--images", str(args.images), "--size", str(args.size)]
        found = {}
        for workers in ("1", "2", "4"):
            found[workers] = _tell(f"{workers} workers", _whole(folder / workers, options, workers))
        found["killed"] = _tell("kill -9, --resume", _killed(folder / "killed", options))
        if importlib.util.find_spec("distributed"):
            found["cluster"] = _tell("Dask, a worker killed", _cluster(folder / "cluster", options))
        else:
            sys.stdout.write("Dask, a worker killed    left out: pip install 'fluorosam[cluster]'\n")
    same = len(set(found.values())) == 1
    sys.stdout.write("all the same\n" if same else "THEY DIFFER\n")
    return 0 if same else 1


def _tell(how: str, folder: Path) -> str:
    """The sha-256 of the names and bytes of all files."""
    digest = hashlib.sha256()
    files = sorted(folder.iterdir())
    for path in files:
        digest.update(f"{path.name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    sys.stdout.write(f"{how:24} {digest.hexdigest()}  {len(files)} files\n")
    sys.stdout.flush()
    return digest.hexdigest()


def _start(out: Path, options: list[str], *more: str) -> "subprocess.Popen[bytes]":
    command = [*PYTHON, "fluoroseg", "generate", str(out), *options, *more]
    return subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def _whole(out: Path, options: list[str], workers: str, *more: str) -> Path:
    if _start(out, options, "--workers", workers, *more).wait() != 0:
        sys.exit(f"{out}: generate failed")
    return out


def _killed(out: Path, options: list[str]) -> Path:
    run = _start(out, options, "--workers", "2")
    _await_shard(out, run)
    run.send_signal(signal.SIGKILL)
    run.wait()
    made = len(list(out.glob("shard-*.tar")))
    sys.stdout.write(f"                         (killed with {made} shards made)\n")
    return _whole(out, options, "2", "--resume")


def _cluster(out: Path, options: list[str]) -> Path:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    host, port = address.split(":")
    programs = [_dask("scheduler", "--host", host, "--port", port)]
    try:
        worker = ("worker", f"tcp://{address}", "--nthreads", "1", "--no-nanny")
        programs += [_dask(*worker), _dask(*worker)]
        run = _start(out, options, "--cluster", f"tcp://{address}", "--workers", "2")
        _await_shard(out, run)
        programs[-1].send_signal(signal.SIGKILL)
        made = len(list(out.glob("shard-*.tar")))
        sys.stdout.write(f"                         (a worker killed with {made} shards made)\n")
        if run.wait() != 0:
            sys.exit(f"{out}: generate failed")
    finally:
        for program in programs:
            program.kill()
            program.wait()
    return out


def _dask(what: str, *options: str) -> "subprocess.Popen[bytes]":
    command = [*PYTHON, "dask", what, *options, "--no-dashboard"]
    scratch = tempfile.gettempdir()
    more = ["--local-directory", scratch] if what == "worker" else []
    return subprocess.Popen([*command, *more], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def _await_shard(out: Path, run: "subprocess.Popen[bytes]") -> None:
    """Until the first shard is there: the middle of the work."""
    while not list(out.glob("shard-*.tar")):
        if run.poll() is not None:
            sys.exit(f"{out}: generate ended before its first shard")
        time.sleep(0.01)


if __name__ == "__main__":
    sys.exit(main())
