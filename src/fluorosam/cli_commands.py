"""What each `fluorosam` command does. Everything heavy is imported by the command that needs it."""

import argparse
import json
import sys
from pathlib import Path


def segment(args: argparse.Namespace) -> int:
    from fluorosam.segment import Request, run

    points = tuple((x, y, int(label)) for x, y, label in args.point)
    request = Request(tuple(args.text), points, args.box, Path(args.mask) if args.mask else None, args.all)
    return run(args.input, request, Path(args.out), args.format, args.model, print)


def evaluate(args: argparse.Namespace) -> int:
    from fluorosam.evaluation.run import run

    return run([Path(s) for s in args.set], args.points, Path(args.out), args.model, print)


def train(args: argparse.Namespace) -> int:
    import logging

    from fluorosam.training.train import run

    logging.basicConfig(level=logging.INFO, format="%(message)s")
    print(run(args.config, args.resume))
    return 0


def demo(args: argparse.Namespace) -> int:
    from fluorosam.demo import make

    page = make(Path(args.out), Path(args.image) if args.image else None, args.model)
    print(f"open {page}")
    return 0


def info(args: argparse.Namespace) -> int:
    from fluorosam import __version__, weights
    from fluorosam.info import describe

    about = describe(weights.find(args.model))
    if args.json:
        print(
            json.dumps({"version": __version__, "python": sys.version.split()[0], "weights": about}, indent=1)
        )
        return 0
    size = f"{about['parameters'] / 1e6:.1f} M parameters, {about['bytes'] / 1e6:.1f} MB"
    print(f"fluorosam {__version__}")
    print(f"weights   {about['name']}: {size}, {about['file']}")
    print(f"taught    {len(about['structures'])} names: {', '.join(about['structures'])}")
    return 0
