"""The JSON beside every image: what is in the picture, where, and what it may be called."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Bool

from fluoroseg.dataset import rle
from fluoroseg.errors import LimitError, ReadError
from fluoroseg.scene import Shot

VERSION = 1
MAX_BYTES = 1 << 26
TOOL_ID = 1000
_OPTIONAL = {
    "patient": str,
    "view": dict,
    "camera": dict,
    "tools": list,
    "procedure": str,
    "not_placed": list,
}


def sample_record(shot: Shot, key: str) -> dict[str, Any]:
    """The JSON-able record of one exposure.

    Of `shot.record["known"]` (names whose presence and absence the labels tell) those without a pixel in
    view become `absent`: "not present" may be taught for them, and for no other name.

    Beside what was drawn (`shot.record`: patient, view, tools, spectrum, seed) it holds `objects`: id,
    name, phrases, `segmentation` (COCO RLE), `bbox` `[x, y, width, height]` in pixels, `area` in pixels,
    `share_visible` (0-1 of the structure's volume), `cut` (sides of the picture that it touches),
    `cut_by_volume` (the scan ends within it), `path_mm` (mean and longest path inside the silhouette).
    Ordered by id, then name.
    """
    drawn = dict(shot.record)
    known, seen = frozenset(drawn.pop("known", ())), drawn.pop("visibility", {})
    runs = shot.picture.runs() if shot.picture else {}
    paths = shot.picture.path_summary_mm() if shot.picture else {}
    for name in shot.masks:
        if name not in runs:
            runs[name] = rle.encode_bits(shot.masks[name].astype(np.uint64)[:, :, None], [0])[0]
        if name not in paths and name in shot.path_mm:
            inside = shot.path_mm[name][shot.masks[name]]
            paths[name] = (float(inside.mean()), float(inside.max()))
    objects = [_object(shot, name, runs[name], paths.get(name), seen.get(name, {})) for name in shot.masks]
    height, width = shot.image.shape
    return {
        "version": VERSION,
        "key": key,
        "height": height,
        "width": width,
        **drawn,
        "camera": shot.camera.to_record(),
        "objects": sorted(objects, key=lambda o: (o["id"], o["name"])),
        "known": sorted(known),
        "absent": sorted(known - shot.masks.keys()),
    }


def dump(record: dict[str, Any] | list[dict[str, Any]]) -> bytes:
    """Record (or several) -> bytes, always the same for the same record."""
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def load(data: bytes, where: str = "record") -> dict[str, Any]:
    """Bytes -> record, with the types that readers rely on checked. Raises ReadError.

    The masks themselves stay packed; `rle.decode` checks each when it is used.
    """
    record = load_json(data, where)
    if not isinstance(record, dict):
        raise ReadError(f"{where}: expected a JSON object, found {type(record).__name__}")
    wanted = {"key": str, "height": int, "width": int, "objects": list, "known": list, "absent": list}
    _check(record, wanted | {k: kind for k, kind in _OPTIONAL.items() if k in record}, where)
    if type(record.get("kvp", 0)) not in (int, float):
        raise ReadError(f"{where}: kvp must be a number")
    if min(record["height"], record["width"]) < 1:
        raise ReadError(f"{where}: a picture of {record['height']} x {record['width']} pixels is none")
    for names in ("known", "absent", "not_placed"):
        if not all(isinstance(n, str) for n in record.get(names, ())):
            raise ReadError(f"{where}: {names} must list names")
    for i, item in enumerate(record["objects"]):
        _check_object(item, [record["height"], record["width"]], f"{where}: object {i}")
    if len({o["name"] for o in record["objects"]}) != len(record["objects"]):
        raise ReadError(f"{where}: two objects have the same name")
    return record


def load_json(data: bytes, where: str, most: int = MAX_BYTES) -> Any:
    """Any JSON, but deep, broken ones, or ones of more than `most` bytes give a ReadError."""
    if len(data) > most:
        raise LimitError(f"{where}: {len(data)} bytes of JSON are more than the {most} that are read")
    try:
        return json.loads(data, parse_constant=_refuse)
    except (ValueError, RecursionError) as e:
        raise ReadError(f"{where}: broken JSON: {e}") from None


def box(mask: Bool[np.ndarray, "h w"]) -> list[int]:
    """`[x, y, width, height]` in pixels of a mask's pixels; all 0 for an empty mask."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if rows.size == 0:
        return [0, 0, 0, 0]
    top, left = int(rows[0]), int(columns[0])
    return [left, top, int(columns[-1]) - left + 1, int(rows[-1]) - top + 1]


def _object(
    shot: Shot, name: str, runs: rle.Runs, path_mm: tuple[float, float] | None, seen: Mapping[str, Any]
) -> dict[str, Any]:
    item: dict[str, Any] = {
        "id": _id(name),
        "name": name,
        "phrases": list(shot.phrases.get(name, [])),
        "segmentation": runs.rle,
        "bbox": runs.bbox,
        "area": runs.area,
        "share_visible": round(seen["share"], 4) if seen else None,
        "cut": list(runs.borders),
        "cut_by_volume": seen["cut_by_volume"] if seen else None,
    }
    if path_mm is not None:
        item["path_mm"] = {"mean": round(path_mm[0], 2), "max": round(path_mm[1], 2)}
    return item


def _refuse(constant: str) -> None:
    """NaN and infinities, which JSON does not have."""
    raise ValueError(f"{constant} is no number of JSON")


def _id(name: str) -> int:
    """TotalSegmentator's or our id of a structure; whatever is no structure is a tool."""
    from fluoroseg.anatomy import structures

    known = structures()
    return known[name].id if name in known else TOOL_ID


def _check_object(item: object, size: list[int], where: str) -> None:
    if not isinstance(item, dict):
        raise ReadError(f"{where}: expected a JSON object, found {type(item).__name__}")
    wanted = {"id": int, "name": str, "phrases": list, "segmentation": dict, "bbox": list, "area": int}
    _check(item, wanted, where)
    if not all(isinstance(p, str) for p in item["phrases"]):
        raise ReadError(f"{where}: phrases must be words")
    if len(item["bbox"]) != 4 or not all(type(n) in (int, float) for n in item["bbox"]):
        raise ReadError(f"{where}: bbox must be [x, y, width, height]")
    share = item.get("share_visible")
    if share is not None and not (type(share) in (int, float) and 0 <= share <= 1):
        raise ReadError(f"{where}: share_visible must be 0 to 1 or null")
    if item["segmentation"].get("size") != size:
        raise ReadError(f"{where}: the mask's size is not the picture's {size}")


def _check(item: dict[str, Any], wanted: Mapping[str, type], where: str) -> None:
    for field, kind in wanted.items():
        if type(item.get(field)) is not kind:
            found = type(item[field]).__name__ if field in item else "nothing"
            raise ReadError(f"{where}: {field} must be of type {kind.__name__}, found {found}")
