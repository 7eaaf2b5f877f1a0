"""Which label is which structure: tables beside a label file, in its header, and the words in them.

Tables: 3D Slicer's colour table (`.ctbl`), ITK-SNAP's label description (`.label`, `.txt`), JSON
(`{"1": "liver"}`, `{"liver": 1}`, also under "labels"), CSV or TSV (`label,name`), and the XML that
TotalSegmentator writes into the NIfTI header (Caret's LabelTable).
"""

import csv
import html
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from fluoroseg.errors import ReadError, UsageError

LEFT_OUT = ("", "-", "background", "clear label", "none", "(none)", "unlabelled", "unlabeled", "exterior")
"""Words for a label that is no structure: its voxels are read as unlabelled."""

MAX_BYTES = 4 << 20
_SUFFIXES = (".json", ".csv", ".tsv", ".ctbl", ".label", ".txt", "_ColorTable.ctbl")
_LABEL_COLUMNS = ("label", "labelvalue", "value", "index", "id", "key", "number")
_NAME_COLUMNS = ("name", "structure", "label_name", "labelname", "region", "text")


def table_beside(path: Path) -> Path | None:
    """The table with the same name as a label file: `seg.nii.gz` -> `seg.json`, `seg.csv`, `seg.ctbl` ...

    Raises UsageError when there are several.
    """
    stem = path.name.removesuffix(".gz")
    stem = stem.removesuffix(Path(stem).suffix)
    found = [path.with_name(stem + suffix) for suffix in _SUFFIXES]
    found = [table for table in found if table.is_file() and table != path]
    if len(found) > 1:
        raise UsageError(
            f"{path}: has several tables beside it: {', '.join(f.name for f in found)}; keep one"
        )
    return found[0] if found else None


def read_table(path: Path) -> dict[int, str]:
    """Label -> words, as they stand in the table. Raises ReadError."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ReadError(f"{path}: is larger than the {MAX_BYTES >> 20} MiB that a table may have")
        text = path.read_text(encoding="utf-8-sig")
        if path.suffix == ".json":
            rows = _json_rows(json.loads(text))
        elif path.suffix in (".csv", ".tsv"):
            rows = _csv_rows(text, "\t" if path.suffix == ".tsv" else ",")
        else:
            rows = _colour_rows(text)
        return _table(rows, path)
    except (OSError, ValueError, TypeError, LookupError, AttributeError, OverflowError) as error:
        raise ReadError(f"{path}: not a table of labels and names ({error!r:.200})") from error
    except (csv.Error, RecursionError) as error:
        raise ReadError(f"{path}: not a table of labels and names: broken or too deep") from error


def header_table(extension: bytes, path: Path) -> dict[int, str]:
    """Label -> words from a NIfTI header extension; empty when it has no LabelTable."""
    text = extension[:MAX_BYTES].decode("utf-8", "replace")
    rows = []
    for piece in text.split("<Label ")[1:]:  # no XML parser: this may be anything
        attributes, _, rest = piece[:2000].partition(">")
        key = re.search(r'Key="(\d{1,9})"', attributes)
        name = rest.partition("</Label>")[0].strip()
        if key:
            plain = name.removeprefix("<![CDATA[").removesuffix("]]>")
            rows.append((int(key[1]), plain if plain != name else html.unescape(name)))
    return _table(rows, path) if rows else {}


def structures_of(table: Mapping[int, str], path: Path, what: str = "label") -> dict[int, str]:
    """Label -> canonical structure name; what is left out (`LEFT_OUT`) is not in it.

    Raises ReadError that names every word that is no structure, with what might have been meant.
    """
    found, wrong = {}, []
    for number, words in table.items():
        if words.strip().lower() in LEFT_OUT:
            continue
        name, told = structure_named(words)
        if name:
            found[number] = name
        else:
            wrong.append(f"{what} {number} {words[:60]!r} {told}")
    if wrong:
        more = f" and {len(wrong) - 4} more" if len(wrong) > 4 else ""
        raise ReadError(
            f"{path}: {'; '.join(wrong[:4])}{more}. Rename them in a table beside the labels "
            "(for instance a .csv of the same name with the columns label,name); "
            "an empty name leaves a label out"
        )
    return found


def structure_named(words: str) -> tuple[str, str]:
    """(canonical structure name, "") or ("", why not), for words as people write them into tables."""
    from fluoroseg.anatomy import read, structures

    plain = re.sub(r"[\s_\-]+", "_", words.strip()).lower()
    by_lower = {name.lower(): name for name in structures()}
    if plain in by_lower:
        return by_lower[plain], ""
    told = "is no structure"
    for said in dict.fromkeys((words, re.sub(r"(?<=[a-z])(?=[A-Z])", " ", words).replace("_", " "))):
        answer = read(said, strict=True)
        if answer.name in structures():
            return answer.name, ""
        if answer.name:
            told = f"means {len(answer.structures)} structures, not one"
        elif answer.suggestions:
            told = f"is no structure (did you mean {', '.join(answer.suggestions[:3])}?)"
    return "", told


def _table(rows: Iterable[tuple[int, str]], path: Path) -> dict[int, str]:
    table: dict[int, str] = {}
    for number, words in rows:
        if not 0 <= number <= 65535:
            raise ReadError(f"{path}: label {number}; labels are 0 ... 65535")
        if table.setdefault(number, words) != words:
            raise ReadError(f"{path}: label {number} is both {table[number][:60]!r} and {words[:60]!r}")
    table.pop(0, None)
    if not table:
        raise ReadError(f"{path}: names no label; expected rows of a label and a name")
    return table


def _json_rows(content: Any) -> list[tuple[int, str]]:
    content = content.get("labels", content) if isinstance(content, dict) else content
    if isinstance(content, list):
        found = []
        for item in content:
            low = {str(key).lower(): value for key, value in item.items()}
            key, name = _column(low, _LABEL_COLUMNS), _column(low, _NAME_COLUMNS)
            found.append((_number(low[key]), str(low[name])))
        return found
    return [
        (_number(value), str(key)) if isinstance(value, int) else (_number(key), str(value))
        for key, value in content.items()
    ]


def _csv_rows(text: str, separator: str) -> list[tuple[int, str]]:
    rows = [row for row in csv.reader(text.splitlines(), delimiter=separator) if row and row[0][:1] != "#"]
    label, name = 0, 1
    if rows and not rows[0][0].strip().isdecimal():
        head = {cell.strip().lower(): n for n, cell in enumerate(rows.pop(0))}
        label, name = head[_column(head, _LABEL_COLUMNS)], head[_column(head, _NAME_COLUMNS)]
    return [(_number(row[label]), row[name] if name < len(row) else "") for row in rows]


def _colour_rows(text: str) -> list[tuple[int, str]]:
    """3D Slicer: `3 Left_kidney 255 0 0 255`; ITK-SNAP: `3 255 0 0 1 1 1 "Left kidney"`."""
    found = []
    for line in text.splitlines():
        line = line.strip()
        if line and not line.startswith("#"):
            cells = line.split(None, 7)
            if len(cells) == 8 and cells[7][:1] == '"':  # ITK-SNAP
                found.append((int(cells[0]), cells[7].strip('"')))
                continue
            cells = line.split()
            if len(cells) < 6 or not all(cell.isdecimal() for cell in (cells[0], *cells[-4:])):
                raise ValueError(f"line {line[:60]!r}")
            found.append((int(cells[0]), " ".join(cells[1:-4]).strip('"')))
    return found


def _column(head: Mapping[str, Any], names: tuple[str, ...]) -> str:
    for name in names:
        if name in head:
            return name
    raise ValueError(f"no column {' or '.join(names[:3])}")


def _number(value: Any) -> int:
    if isinstance(value, bool) or float(value) != int(float(value)):
        raise ValueError(f"label {value!r}")
    return int(float(value))
