"""`index.jsonl`: a line for each sample, with where it is and enough to choose by."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from sys import intern
from typing import Any

from fluoroseg.dataset import record as records
from fluoroseg.dataset.files import atomic, read_bytes
from fluoroseg.errors import ReadError

MAX_MEMBER_BYTES = 1 << 28


@dataclass(frozen=True)
class Entry:
    """A sample's line in the index. `image` and `record`: `(offset, size)` in bytes within the shard.

    region: part of the body that is shown (`region_of`).  procedure: its name, or "".
    """

    key: str
    shard: str
    image: tuple[int, int]
    record: tuple[int, int]
    patient: str
    view: str
    tools: tuple[str, ...]
    names: tuple[str, ...]
    region: str = ""
    procedure: str = ""


def entry_of(shard: str, image: tuple[int, int], place: tuple[int, int], record: dict[str, Any]) -> Entry:
    """The line for a record at `place`, whose picture is at `image` of the shard."""
    view, tools = record.get("view"), record.get("tools")
    return Entry(
        key=record["key"],
        shard=shard,
        image=image,
        record=place,
        patient=str(record.get("patient", "")),
        view=str(view.get("name", "") if isinstance(view, dict) else view or ""),
        tools=tuple(_tool_name(t) for t in tools) if isinstance(tools, list) else (),
        names=tuple(o["name"] for o in record["objects"]),
        region=region_of(record),
        procedure=str(record.get("procedure", "")),
    )


def region_of(record: dict[str, Any]) -> str:
    """The region of the body (`Structure.region`) of which the picture shows the greatest part.

    A region's part is the mean share visible of all its structures that the patient's labels know; a share
    that is not known counts as 1. Muscles, vessels and the back (the spinal cord and the back's muscles) pass
    from region to region: they count only where nothing else is in view. "" where no structure is.
    """
    from fluoroseg.anatomy import structures

    known = structures()
    shares = {o["name"]: o.get("share_visible") for o in record["objects"]}
    wandering = ("muscle", "vessel", "fat", "soft")
    for firm in (True, False):
        parts: dict[str, list[float]] = {}
        for name in {*record["known"], *shares} & known.keys():
            thing = known[name]
            if thing.region and firm == (thing.tissue not in wandering and thing.region != "back"):
                share = shares.get(name, 0.0)
                parts.setdefault(thing.region, []).append(1.0 if share is None else float(share))
        seen = {region: (sum(p) / len(p), len(p)) for region, p in parts.items() if sum(p) > 0}
        if seen:
            return max(sorted(seen), key=seen.__getitem__)
    return ""


def write_lines(path: Path, lines: Iterable[dict[str, Any]]) -> None:
    """JSON lines."""
    with atomic(path) as file:
        for line in lines:
            file.write(records.dump(line) + b"\n")


def write_index(folder: Path, entries: Iterable[Entry]) -> None:
    write_lines(folder / "index.jsonl", (asdict(e) for e in entries))


def read_index(folder: Path) -> list[Entry]:
    """`index.jsonl`. Raises ReadError when it is missing (generation not finished) or broken."""
    path = folder / "index.jsonl"
    if not path.exists():
        raise ReadError(
            f"{folder}: there is no index.jsonl; generation was not finished (go on with --resume)"
        )
    entries = []
    for number, line in enumerate(read_bytes(path).splitlines(), start=1):
        where = f"{path}:{number}"
        entries.append(_parse(records.load_json(line, where), where))
    return entries


def _parse(line: object, where: str) -> Entry:
    """A checked line of the index. Equal words of different lines are kept once."""
    if not isinstance(line, dict):
        raise ReadError(f"{where}: expected a JSON object, found {type(line).__name__}")
    line = {"region": "", "procedure": ""} | line
    for word in ("key", "shard", "patient", "view", "region", "procedure"):
        if not isinstance(line.get(word), str):
            raise ReadError(f"{where}: {word} must be a word")
    for many in ("tools", "names"):
        if not isinstance(line.get(many), list) or not all(isinstance(n, str) for n in line[many]):
            raise ReadError(f"{where}: {many} must be a list of words")
    if Path(line["shard"]).name != line["shard"] or line["shard"] in ("", ".", ".."):
        raise ReadError(f"{where}: the shard {line['shard']!r} is not a file of this folder")
    return Entry(
        key=line["key"],
        shard=intern(line["shard"]),
        image=_place(line.get("image"), f"{where}: image"),
        record=_place(line.get("record"), f"{where}: record"),
        patient=intern(line["patient"]),
        view=intern(line["view"]),
        tools=tuple(map(intern, line["tools"])),
        names=tuple(map(intern, line["names"])),
        region=intern(line["region"]),
        procedure=intern(line["procedure"]),
    )


def _place(value: object, where: str) -> tuple[int, int]:
    match value:
        case [int(offset), int(size)] if 0 <= offset < 1 << 62 and 0 <= size <= MAX_MEMBER_BYTES:
            return offset, size
    raise ReadError(f"{where}: must be [offset, size] in bytes, found {json.dumps(value)[:80]}")


def _tool_name(tool: object) -> str:
    return str(tool.get("tool", "") if isinstance(tool, dict) else tool)
