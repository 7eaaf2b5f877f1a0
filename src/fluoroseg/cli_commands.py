"""What each `fluoroseg` command does. Everything heavy is imported by the command that needs it."""

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fluoroseg.program import tell

if TYPE_CHECKING:
    from fluoroseg.generate import Progress


def render(args: argparse.Namespace) -> int:
    from fluoroseg.geometry.views import canonical_view
    from fluoroseg.patients.sources import open_patient
    from fluoroseg.procedures import procedure
    from fluoroseg.render import check_free, render_to_folder
    from fluoroseg.scene import simulate
    from fluoroseg.tools import tool

    check_free(Path(args.out))
    for name in args.tool:
        tool(name)  # wrong names are told before the patient is read, which may take a while
    if args.procedure:
        procedure(args.procedure)
    if args.view != "random":
        canonical_view(args.view)
    patient = open_patient(args.patient, args.labels, trust_orientation=args.trust_orientation)
    start = time.monotonic()
    shot = simulate(patient, args.view, args.tool, args.size, args.kvp, args.seed, procedure=args.procedure)
    seconds = time.monotonic() - start
    render_to_folder(shot, args.out)
    left_out = shot.record["not_placed"]
    for name in left_out:
        print(f"fluoroseg: {name}: this picture has no place for it; left out", file=sys.stderr)
    told = {
        "out": args.out,
        "seconds": round(seconds, 3),
        "structures": sorted(shot.masks),
        "not_placed": left_out,
    }
    height, width = shot.image.shape
    tell(
        args.json,
        told,
        f"{args.out}: {width} x {height} pixels, {len(shot.masks)} structures, made in {seconds:.2f} s",
    )
    return 0


def generate(args: argparse.Namespace) -> int:
    from fluoroseg.generate import generate as make

    outcome = make(
        args.out,
        args.patients,
        args.images,
        args.size,
        args.seed,
        args.workers,
        args.resume,
        _show_progress,
        views=args.view,
        targets=args.target,
        cluster=args.cluster,
    )
    for line in outcome.errors:
        left = f"{len(line['keys'])} images left out"
        print(f"fluoroseg: {line['patient']}: {line['error']} ({left})", file=sys.stderr)
    told = {"out": args.out, "images": outcome.images, "errors": outcome.errors}
    tell(args.json, told, f"{args.out}: {outcome.images} images")
    return 3 if outcome.errors else 0


def _show_progress(now: "Progress") -> None:
    """One line on stderr, rewritten in place on a terminal."""
    left = f"{now.seconds_left:.0f} s left" if now.fresh else "found"
    failed = f", {now.failed} failed" if now.failed else ""
    line = f"{now.done}/{now.total} images{failed}, {now.images_per_s:.1f} images/s, {left}"
    last = now.done + now.failed == now.total
    if sys.stderr.isatty():
        print(f"\r\033[K{line}", end="\n" if last else "", file=sys.stderr, flush=True)
    else:
        print(line, file=sys.stderr, flush=True)


def _plain(value: Any) -> Any:
    return (
        sorted(value) if isinstance(value, frozenset) else list(value) if isinstance(value, tuple) else value
    )
