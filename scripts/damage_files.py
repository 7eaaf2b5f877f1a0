"""Damages patients' files and opens them: each must be a sound patient or one of our errors, soon and small.

    python scripts/damage_files.py --count 1000 --seed 0

Every damaged file is opened in a forked process whose time and memory are measured. Exit code 1 when any
crashed, raised another error, took more than 2 s of CPU or grew by 1 GiB or more.
"""

import argparse
import os
import resource
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "fluoroseg" / "patients"))
from damage import damaged
from damage_samples import KINDS, Sample

MOST_SECONDS, MOST_BYTES = 2.0, 1 << 30
_ALARM_S = 60  # of wall clock: a hang


@dataclass(frozen=True)
class Outcome:
    """What became of one damaged file: "patient", the name of our error, or what went wrong."""

    what: str
    bad: bool
    seconds: float
    grown_bytes: int


def attempt(sample: Sample) -> Outcome:
    """Opens the sample in a forked process."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        signal.alarm(_ALARM_S)
        os.write(writer, _open(sample).encode()[:60_000])
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        told = pipe.read()
    _, status, usage = os.wait4(child, 0)
    what, _, rest = told.partition("\n")
    seconds = usage.ru_utime + usage.ru_stime
    grown = usage.ru_maxrss * 1024 - _resident()
    if os.WIFSIGNALED(status) or not told:
        what, rest = f"killed by signal {os.WTERMSIG(status)}", "bad"
    slow, large = seconds > MOST_SECONDS, grown >= MOST_BYTES
    if slow or large:
        what += f" ({seconds:.1f} s, {grown >> 20} MiB)"
    return Outcome(what, rest == "bad" or slow or large, seconds, grown)


def _open(sample: Sample) -> str:
    """In the child: "patient" or the error's class, and "bad" for a foreign error or an unsound patient."""
    from fluoroseg.errors import FluorosegError
    from fluoroseg.patients import open_patient

    try:
        patient = open_patient(sample.patient, sample.labels)
    except FluorosegError as error:
        return type(error).__name__
    except BaseException as error:
        return f"{type(error).__name__}: {error}".replace("\n", " ")[:300] + "\nbad"
    there = set(np.unique(patient.labels).tolist()) - {0}
    sound = patient.hu.shape == patient.labels.shape and there <= set(patient.structures)
    return "patient" if sound and np.isfinite(patient.world_from_index).all() else "unsound patient\nbad"


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def run(count: int, seed: int, kinds: list[str]) -> tuple[Counter, list[str], float, int]:
    """Outcomes by kind, what went wrong, the longest time (s) and the largest growth (bytes)."""
    counts: Counter = Counter()
    wrong, longest, largest = [], 0.0, 0
    os.environ["FLUOROSEG_CACHE"] = tempfile.mkdtemp(prefix="damage-cache-")
    for number in range(count):
        kind = kinds[number % len(kinds)]
        with tempfile.TemporaryDirectory(prefix="damage-") as folder:
            rng = np.random.default_rng([seed, number])
            outcome = attempt(damaged(kind, Path(folder), rng))
        counts[kind, outcome.what if not outcome.bad else "BAD"] += 1
        longest, largest = max(longest, outcome.seconds), max(largest, outcome.grown_bytes)
        if outcome.bad:
            wrong.append(f"{kind} {number}: {outcome.what}")
    return counts, wrong, longest, largest


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kind", action="append", choices=sorted(KINDS), help="only these (default: all)")
    args = parser.parse_args()
    import fluoroseg.patients.dicom_labels
    import fluoroseg.patients.sources  # noqa: F401  (before forking)

    start = time.monotonic()
    counts, wrong, longest, largest = run(args.count, args.seed, args.kind or sorted(KINDS))
    for (kind, what), n in sorted(counts.items()):
        sys.stdout.write(f"{kind:<14} {n:>5}  {what}\n")
    for line in wrong:
        sys.stdout.write(f"WRONG {line}\n")
    sys.stdout.write(
        f"{args.count} damaged files, {len(wrong)} wrong; longest {longest:.2f} s of CPU, "
        f"largest growth {largest >> 20} MiB; {time.monotonic() - start:.0f} s in all\n"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
