"""`dataset.json`: what a data set is, where it comes from, and checksums of all of it."""

import hashlib
import json
from pathlib import Path
from typing import Any

from fluoroseg.dataset import record as records
from fluoroseg.dataset.files import atomic, read_bytes
from fluoroseg.errors import ReadError

FORMAT = "fluoroseg-shards/1"
_BESIDE = ("index.jsonl", "errors.jsonl")
_BEFORE, _AFTER = b',\n "check": "', b'"\n}\n'


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Writes `dataset.json`; index and errors must be there before it.

    Added are `files` (sha-256 of index and errors) and, last, `check`: the sha-256 of all bytes before it.
    """
    files = {name: _sha256(path.parent / name) for name in _BESIDE if (path.parent / name).exists()}
    content = {k: v for k, v in content.items() if k not in ("files", "check")} | {"files": files}
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    head = text.encode().removesuffix(b"\n}") + _BEFORE
    with atomic(path) as file:
        file.write(head + hashlib.sha256(head).hexdigest().encode() + _AFTER)


def read_description(folder: Path) -> dict[str, Any]:
    """`dataset.json`. Raises ReadError when the folder is not a data set of ours."""
    where = str(folder / "dataset.json")
    content = records.load_json(read_bytes(folder / "dataset.json"), where)
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ReadError(f"{where}: not a data set of format {FORMAT}")
    return content


def listed_shards(description: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Shard's name -> what `dataset.json` tells of it. Raises ReadError for names out of the folder."""
    shards = description.get("shards")
    if not isinstance(shards, list) or not all(
        isinstance(s, dict) and isinstance(s.get("name"), str) and Path(s["name"]).name == s["name"]
        for s in shards
    ):
        raise ReadError("dataset.json: shards must list the names of files of this folder")
    return {s["name"]: s for s in shards}


def damage(folder: Path, description: dict[str, Any]) -> list[str]:
    """What the checksums in `dataset.json` say against it, the index and the errors; older sets have none."""
    if "check" not in description and "files" not in description:
        return []
    told = []
    data = read_bytes(folder / "dataset.json")
    end = len(data) - len(_AFTER)
    head, digest = data[: end - 64], data[end - 64 : end]
    if not head.endswith(_BEFORE) or digest != hashlib.sha256(head).hexdigest().encode():
        told.append("dataset.json is not as it was written: its checksum is wrong")
    files = description.get("files")
    files = files if isinstance(files, dict) else {}
    for name in _BESIDE:
        path = folder / name
        if (_sha256(path) if path.exists() else None) != files.get(name):
            told.append(f"{name}: the sha-256 is not the one in dataset.json")
    return told


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
