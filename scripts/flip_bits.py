"""Flips single bits all over a copy of a data set, one at a time: does `fluoroseg dataset verify` find each?

    python scripts/flip_bits.py DATASET [--flips 1000] [--seed 0]

Half of the flips fall on any byte alike, half on any file alike, so that the small files get their share.
Takes one `verify` each: choose a small data set. Exit code 1 when a flip was missed.
"""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np

from fluoroseg.dataset.verify import verify
from fluoroseg.errors import FluorosegError


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--flips", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    rng = np.random.default_rng(args.seed)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "set"
        shutil.copytree(args.dataset, folder)
        files = sorted(path for path in folder.iterdir() if path.is_file())
        if _finds(folder):
            sys.stderr.write(f"{args.dataset}: is damaged already\n")
            return 2
        missed = [place for n in range(args.flips) if (place := _flip(folder, files, n % 2 == 0, rng))]
    sys.stdout.write("".join(f"missed: {place}\n" for place in missed))
    sys.stdout.write(f"{args.flips - len(missed)} of {args.flips} flipped bits found\n")
    return 1 if missed else 0


def _flip(folder: Path, files: list[Path], by_bytes: bool, rng: np.random.Generator) -> str:
    """Flips a bit, looks, flips it back; the place when nothing was found."""
    sizes = np.array([path.stat().st_size for path in files], dtype=float)
    path = files[int(rng.choice(len(files), p=sizes / sizes.sum() if by_bytes else None))]
    whole = path.read_bytes()
    at, bit = int(rng.integers(len(whole))), int(rng.integers(8))
    damaged = bytearray(whole)
    damaged[at] ^= 1 << bit
    path.write_bytes(damaged)
    found = _finds(folder)
    path.write_bytes(whole)
    return "" if found else f"{path.name}, byte {at}, bit {bit}"


def _finds(folder: Path) -> bool:
    try:
        return bool(verify(folder)[1])
    except FluorosegError:
        return True


if __name__ == "__main__":
    sys.exit(main())
