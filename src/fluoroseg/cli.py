"""The `fluoroseg` command line: what can be asked for. What is done: `cli_commands`, `patients.commands`.

Exit codes: 0 all done, 1 a failure of ours, 2 wrong usage or input, 3 done but some inputs failed.
"""

import argparse
from collections.abc import Sequence
from functools import partial
from importlib import import_module

from fluoroseg import __version__, program
from fluoroseg.errors import FluorosegError


def main(argv: Sequence[str] | None = None) -> int:
    """Runs a command line and returns its exit code."""
    args = _parser().parse_args(argv)
    module, _, function = args.command.rpartition(".")
    action = partial(getattr(import_module(module or "fluoroseg.cli_commands"), function), args)
    return program.run("fluoroseg", action, (FluorosegError,), args.debug)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="fluoroseg", description="Simulated X-rays with a mask and words for every structure in them."
    )
    parser.add_argument("--version", action="version", version=f"fluoroseg {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_render(commands)
    _add_generate(commands)
    _add_dataset(commands)
    _add_patients(commands)
    _add_tools(commands)
    _add_catalogues(commands)
    return parser


def _add(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, what: str, command: str = ""
) -> argparse.ArgumentParser:
    """A command, done by a function of `cli_commands` or a dotted one; without any, a group of commands."""
    parser = commands.add_parser(name, help=what, description=what)
    if command:
        parser.set_defaults(command=command)
        parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return parser


def _add_render(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    render = _add(commands, "render", "one X-ray of a patient, with its masks", "render")
    render.add_argument("patient", metavar="PATIENT", help="a CT, a folder, or phantom")
    render.add_argument("-o", "--out", required=True, metavar="OUT", help="folder to make")
    _add_labels(render)
    render.add_argument("--view", default="pa chest", help="see `views list` (default: %(default)s)")
    render.add_argument("--size", type=int, default=448, metavar="PIXELS", help="default: %(default)s")
    render.add_argument("--kvp", type=float, default=90, help="tube voltage (default: %(default)s)")
    render.add_argument(
        "--tool",
        action="append",
        default=[],
        metavar="NAME",
        help="of `tools list`, or FILE:MATERIAL; repeatable",
    )
    render.add_argument("--procedure", default="", metavar="NAME", help="see `tools procedures`")
    render.add_argument("--seed", type=int, default=0, help="of noise and tool placement")
    render.add_argument("--json", action="store_true", help="tell what was made as JSON")


def _add_labels(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--labels", metavar="FILE", help="labels of the CT: a volume, a folder of masks, DICOM"
    )
    command.add_argument(
        "--trust-orientation", action="store_true", help="take labels that seem mirrored as they are"
    )


def _add_generate(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    generate = _add(commands, "generate", "a data set of many X-rays, as tar shards", "generate")
    generate.add_argument("out", metavar="OUT", help="folder to make")
    generate.add_argument(
        "--patients", nargs="+", required=True, metavar="PATH", help="CTs, folders, or phantom"
    )
    generate.add_argument("--images", type=int, required=True, metavar="N")
    generate.add_argument("--size", type=int, default=448, metavar="PIXELS", help="default: %(default)s")
    generate.add_argument("--seed", type=int, default=0)
    generate.add_argument(
        "--view", action="append", default=[], metavar="NAME", help="only near this view (may be repeated)"
    )
    generate.add_argument(
        "--target",
        action="append",
        default=[],
        metavar="NAME",
        help="random views about this structure or group (may be repeated)",
    )
    generate.add_argument("--workers", type=int, metavar="W", help="processes (default: one a core)")
    generate.add_argument(
        "--cluster", default="", metavar="ADDRESS", help="Dask scheduler (tcp://host:8786) or scheduler file"
    )
    generate.add_argument("--resume", action="store_true", help="go on where an earlier run stopped")
    generate.add_argument("--json", action="store_true", help="tell what was made as JSON")


def _add_dataset(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    group = _add(commands, "dataset", "look at data sets, change their form").add_subparsers(
        required=True, metavar="COMMAND"
    )
    module = "fluoroseg.dataset.commands"
    info = _add(group, "info", "what it holds, counted", f"{module}.info")
    info.add_argument("--card", metavar="FILE.md", help="also write the data card")
    verify = _add(group, "verify", "read all of it and tell any damage", f"{module}.verify")
    browse = _add(group, "browse", "web pages to look at it, without a server", f"{module}.browse")
    browse.add_argument("--thumb", type=int, default=128, metavar="PIXELS", help="default: %(default)s")
    export = _add(group, "export", "write it as other programs read it", f"{module}.export")
    export.add_argument("--format", required=True, choices=("coco", "fluoroseg"))
    merge = _add(group, "merge", "several data sets into one", f"{module}.merge")
    for command in (browse, export, merge):
        command.add_argument("-o", "--out", required=True, metavar="OUT", help="folder to make")
    for command in (info, verify, browse, export):
        command.add_argument("path", metavar="PATH")
    merge.add_argument("path", nargs="+", metavar="PATH")
    for command in (info, verify, browse, export, merge):
        command.add_argument("--json", action="store_true")


def _add_patients(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    group = _add(commands, "patients", "what patients there are").add_subparsers(
        required=True, metavar="COMMAND"
    )
    module = "fluoroseg.patients.commands"
    found = _add(group, "list", "patients in folders, and the built-in one", f"{module}.list_patients")
    found.add_argument("path", nargs="*", metavar="FOLDER")
    found.add_argument("--cached", action="store_true", help="also what was prepared earlier")
    show = _add(group, "show", "size, structures and views of a patient", f"{module}.show")
    show.add_argument("patient", metavar="PATIENT")
    _add_labels(show)
    show.add_argument("-o", "--out", metavar="OUT", help="folder to make, with a sheet of pictures")
    label = _add(group, "label", "labels for a CT that has none", "fluoroseg.patients.label_command.label_ct")
    label.add_argument("ct", metavar="CT", help="NIfTI file or DICOM series")
    label.add_argument("-o", "--out", required=True, metavar="OUT", help="folder to make: a stored patient")
    label.add_argument("--by", default="auto", metavar="WAY", help="auto, totalsegmentator, atlas, rules")
    label.add_argument(
        "--atlas", action="append", default=[], metavar="PATIENT", help="labelled patient; may be repeated"
    )
    for command in (found, show, label):
        command.add_argument("--json", action="store_true")


def _add_tools(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    group = _add(commands, "tools", "instruments and implants").add_subparsers(
        required=True, metavar="COMMAND"
    )
    module = "fluoroseg.tools.commands"
    scenes = _add(
        group, "procedures", "tools that belong together", "fluoroseg.procedures.command.list_procedures"
    )
    scenes.add_argument("--json", action="store_true")
    listed = _add(group, "list", "families, or the models of one", f"{module}.list_tools")
    listed.add_argument("--family", default="", metavar="FAMILY", help="the models of this family")
    show = _add(group, "show", "a tool's data, and its picture", f"{module}.show")
    show.add_argument("-o", "--out", metavar="PNG", help="X-ray of the tool from two sides")
    export = _add(group, "export", "a tool's surface as STL, mm", f"{module}.export")
    export.add_argument("-o", "--out", required=True, metavar="STL")
    for command in (show, export):
        command.add_argument("name", metavar="NAME", help='of `tools list`, or a file: "x.stl:titanium"')
    for command in (listed, show, export):
        command.add_argument("--json", action="store_true")


def _add_catalogues(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Everything that only tells what there is."""
    views = _add(commands, "views", "standard views").add_subparsers(required=True, metavar="COMMAND")
    named = _add(
        views, "list", "standard views: all, or those of a patient", "fluoroseg.geometry.commands.list_views"
    )
    named.add_argument("patient", nargs="?", metavar="PATIENT", help="only the views that this one allows")
    named.add_argument("--labels", metavar="FILE", help="label volume, or folder of masks, of the CT")
    anatomy = _add(
        commands, "anatomy", "what can be named; finds what words mean", "fluoroseg.anatomy.command.anatomy"
    )
    anatomy.add_argument("words", nargs="*", metavar="WORDS")
    anatomy.add_argument("--stats", action="store_true", help="count what can be named")
    for command in (named, anatomy):
        command.add_argument("--json", action="store_true")
