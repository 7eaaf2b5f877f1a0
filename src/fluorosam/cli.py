"""The `fluorosam` command line: what can be asked for. What is then done: `cli_commands.py`.

Exit codes: 0 all done, 1 a failure of ours, 2 wrong usage or input, 3 done but some inputs failed.
"""

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial

from fluorosam import __version__
from fluorosam.errors import FluorosamError
from fluoroseg import program
from fluoroseg.errors import FluorosegError

_FORMATS = ("png", "json", "coco")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs a command line and returns its exit code."""
    args = _parser().parse_args(argv)
    # Torch's threads must not spin while they wait: beside any other busy process that made a training ten
    # times slower, and an evaluation of one minute last more than ten. Read when torch is first imported.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    from fluorosam import cli_commands

    if isinstance(sys.stdout, io.TextIOWrapper):  # a file name need not be text, nor a terminal know ±
        sys.stdout.reconfigure(errors="backslashreplace")
    action = partial(getattr(cli_commands, args.command), args)
    return program.run("fluorosam", action, (FluorosamError, FluorosegError), args.debug)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="fluorosam", description="Name a structure in an X-ray, click it or box it, and get its mask."
    )
    parser.add_argument("--version", action="version", version=f"fluorosam {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_segment(commands)
    _add_evaluate(commands)
    train = _add(commands, "train", "train a network as a configuration file says")
    train.add_argument("config", metavar="CONFIG")
    train.add_argument("--resume", action="store_true", help="go on from the run's last checkpoint")
    info = _add(commands, "info", "version, default weights, and what they were taught")
    info.add_argument("--model", metavar="FILE|NAME", help="tell about these weights")
    info.add_argument("--json", action="store_true")
    demo = _add(commands, "demo", "find structures in a simulated X-ray, or in yours, as a page to look at")
    demo.add_argument("-o", "--out", required=True, metavar="OUT", help="folder to make")
    demo.add_argument("--image", metavar="FILE", help="an X-ray of yours instead of a simulated one")
    demo.add_argument("--model", metavar="FILE|NAME", help="default: the weights that come along")
    return parser


def _add(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, what: str
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=what, description=what[0].upper() + what[1:] + ".")
    parser.set_defaults(command=name)
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return parser


def _add_segment(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    segment = _add(commands, "segment", "masks of what is named, clicked or boxed")
    segment.add_argument("input", nargs="+", metavar="INPUT", help="image file, folder or glob")
    segment.add_argument(
        "--text", action="append", default=[], metavar="PROMPT", help="what to find; may be repeated"
    )
    segment.add_argument(
        "--point",
        action="append",
        default=[],
        type=_numbers(3, "X,Y,1 or X,Y,0"),
        metavar="X,Y,1|0",
        help="a click in pixels of the image: 1 inside, 0 outside; may be repeated, applies to every --text",
    )
    segment.add_argument("--box", type=_numbers(4, "X0,Y0,X1,Y1"), metavar="X0,Y0,X1,Y1", help="in pixels")
    segment.add_argument("--mask", metavar="FILE", help="an earlier mask to improve, of the image's size")
    segment.add_argument(
        "--all",
        action="store_true",
        help="everything the weights were taught; only what is present is written",
    )
    segment.add_argument("-o", "--out", required=True, metavar="OUT", help="folder for the results")
    segment.add_argument(
        "--format",
        type=_formats,
        default=("png", "json"),
        metavar="LIST",
        help=f"some of {','.join(_FORMATS)} (default: png,json); coco is one file for all images",
    )
    segment.add_argument("--model", metavar="FILE|NAME", help="default: the weights that come along")


def _add_evaluate(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    evaluate = _add(commands, "evaluate", "Dice on sets of X-rays with true masks")
    evaluate.add_argument("set", nargs="+", metavar="SET", help="folder with index.csv: image,prompt,mask")
    evaluate.add_argument(
        "--points", type=_count, default=8, metavar="N", help="simulated clicks after the words (default: 8)"
    )
    evaluate.add_argument("--model", metavar="FILE|NAME", help="default: the weights that come along")
    evaluate.add_argument("-o", "--out", required=True, metavar="REPORT", help="folder to make")


def _numbers(count: int, form: str) -> Callable[[str], tuple[float, ...]]:
    def parse(text: str) -> tuple[float, ...]:
        try:
            values = tuple(float(part) for part in text.split(","))
        except ValueError:
            values = ()
        if (
            len(values) != count
            or not all(abs(v) < 1e9 for v in values)
            or (count == 3 and values[2] not in (0, 1))
        ):
            raise argparse.ArgumentTypeError(f"{text!r} is not of the form {form}")
        return values

    return parse


def _formats(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.lower().split(","))
    if wrong := [name for name in names if name not in _FORMATS]:
        raise argparse.ArgumentTypeError(f"{wrong[0]!r} is not one of {', '.join(_FORMATS)}")
    return names


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) > 100:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 to 100")
    return int(text)
