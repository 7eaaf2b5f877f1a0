"""What `fluoroseg dataset ...` does. Everything heavy is imported by the command that needs it."""

import argparse
import sys
from pathlib import Path

from fluoroseg.program import tell


def info(args: argparse.Namespace) -> int:
    from fluoroseg.dataset.card import table, write_card
    from fluoroseg.dataset.info import info

    folder = Path(args.path)
    counts = info(folder)
    if args.card:
        write_card(counts, folder.resolve().name, Path(args.card))
    tell(args.json, counts, table(counts))
    return 0


def verify(args: argparse.Namespace) -> int:
    from fluoroseg.dataset.verify import as_record, verify

    sound, problems = verify(Path(args.path))
    lines = [" ".join(p for p in (f"{b.shard}:" if b.shard else "", b.key, b.problem) if p) for b in problems]
    verdict = "all sound" if not problems else f"{len(problems)} problems"
    tell(args.json, as_record(sound, problems), "\n".join([*lines, f"{sound} sound images, {verdict}"]))
    return 2 if problems else 0


def browse(args: argparse.Namespace) -> int:
    from fluoroseg.dataset.browse import browse
    from fluoroseg.dataset.reading import Dataset

    data = Dataset(args.path)
    out = Path(args.out)
    images = browse(data, out, args.thumb, lambda done: _show(done, len(data)))
    page = str(out / "index.html")
    tell(args.json, {"page": page, "images": images}, f"{page}: {images} images; open it in a browser")
    return 0


def export(args: argparse.Namespace) -> int:
    from fluoroseg.dataset.coco import write_coco
    from fluoroseg.dataset.published_write import write_published
    from fluoroseg.dataset.reading import Dataset

    write = {"coco": write_coco, "fluoroseg": write_published}[args.format]
    images = write(Dataset(args.path), args.out)
    told = {"out": args.out, "format": args.format, "images": images}
    tell(args.json, told, f"{args.out}: {images} images as {args.format}")
    return 0


def merge(args: argparse.Namespace) -> int:
    from fluoroseg.dataset.merge import merge

    images = merge(args.path, args.out)
    tell(args.json, {"out": args.out, "images": images}, f"{args.out}: {images} images")
    return 0


def _show(done: int, total: int) -> None:
    """A line that is rewritten in place; nothing where nobody looks on."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{done}/{total} images" + "\n" * (done == total))
        sys.stderr.flush()
