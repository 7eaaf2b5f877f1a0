"""Annotations of the published layout -> a record as our own samples have it."""

import re
from functools import partial
from typing import Any

import numpy as np

from fluoroseg.dataset import record as records
from fluoroseg.dataset import segmentation
from fluoroseg.dataset.sample import Masks
from fluoroseg.errors import ReadError

_CUT = re.compile(r"(.+)_cutoff_[IS]")
_MAX_OBJECTS = 10_000


def categories(content: dict[str, Any], case: str) -> dict[int, str]:
    """Id -> our name; by the category's own name, or, for TotalSegmentator's and limb bones', by its id."""
    from fluoroseg.anatomy import structures

    listed = content.get("categories")
    if not isinstance(listed, list):
        raise ReadError(f"{case}: categories must be a list")
    by_id = {s.id: s.name for s in structures().values() if s.id <= records.TOOL_ID}
    names: dict[int, str] = {}
    for one in listed:
        if (
            not isinstance(one, dict)
            or type(one.get("id")) is not int
            or not isinstance(one.get("name"), str)
        ):
            raise ReadError(f"{case}: a category has an id (whole number) and a name")
        told: str = one["name"]
        ours = told in structures() or _CUT.fullmatch(told)
        names[one["id"]] = told if ours else by_id.get(one["id"], told)
    return names


def annotations_by_image(content: dict[str, Any], case: str) -> dict[int, list[dict[str, Any]]]:
    """The case's annotations by the image's id."""
    listed = content.get("annotations", [])
    if not isinstance(listed, list) or not all(isinstance(a, dict) for a in listed):
        raise ReadError(f"{case}: annotations must be a list of objects")
    by_image: dict[int, list[dict[str, Any]]] = {}
    for one in listed:
        if type(one.get("image_id")) is not int:
            raise ReadError(f"{case}: an annotation has no image_id")
        by_image.setdefault(one["image_id"], []).append(one)
    return by_image


def image_record(
    annotations: object, listed: dict[str, Any], names: dict[int, str], key: str, where: str
) -> dict[str, Any]:
    """The record of one image. Annotations of one organ become one object, of tools one each.

    `known` are the image's own or the case's categories, but not those of which only a part beyond the CT
    (`*_cutoff_*`) is in view.
    """
    if not isinstance(annotations, list) or len(annotations) > _MAX_OBJECTS:
        raise ReadError(f"{where}: annotations must be a list of at most {_MAX_OBJECTS}")
    parts: dict[str, list[dict[str, Any]]] = {}
    cut: set[str] = set()
    for one in annotations:
        name = _name(one, names, where)
        beyond = _CUT.fullmatch(name)
        if beyond:
            cut.add(beyond[1])
        else:
            parts.setdefault(_numbered(name, parts) if _is_tool(one) else name, []).append(one)
    size = (listed["height"], listed["width"])
    objects = [_object(name, ones, size, name in cut, where) for name, ones in parts.items()]
    own = listed.get("known")  # written by us: what the labels tell
    told = own if isinstance(own, list) and all(isinstance(n, str) for n in own) else names.values()
    known = {name for name in told if not _CUT.fullmatch(name) and name != "tool"}
    known -= cut - parts.keys()
    return {
        "version": records.VERSION,
        "key": key,
        "height": size[0],
        "width": size[1],
        "patient": str(listed.get("patient_id") or key.split("_")[0]),
        "view": {"name": str(listed.get("view", ""))},
        "published": {k: listed[k] for k in ("camera", "study_id", "series_id") if k in listed},
        "tools": [o["name"] for o in objects if o["id"] == records.TOOL_ID],
        "objects": sorted(objects, key=lambda o: (o["id"], o["name"])),
        "known": sorted(known),
        "absent": sorted(known - parts.keys()),
    }


def masks_of(record: dict[str, Any]) -> Masks:
    """The masks of such a record, each unpacked when it is asked for."""
    size = (record["height"], record["width"])
    return Masks({o["name"]: o["segmentation"] for o in record["objects"]}, partial(_decode, size=size))


def _decode(packed: list[object], size: tuple[int, int]) -> np.ndarray:
    mask = np.zeros(size, dtype=bool)
    for one in packed:
        mask |= segmentation.decode(one, size)
    return mask


def _name(one: object, names: dict[int, str], where: str) -> str:
    if not isinstance(one, dict) or type(one.get("category_id")) is not int or "segmentation" not in one:
        raise ReadError(f"{where}: an annotation has a category_id and a segmentation")
    if one["category_id"] not in names:
        raise ReadError(f"{where}: the category {one['category_id']} is not listed in the case")
    own = one.get("name")  # ours: the published ones call every tool "tool"
    return own if isinstance(own, str) and _is_tool(one) else names[one["category_id"]]


def _is_tool(one: dict[str, Any]) -> bool:
    return one["category_id"] == records.TOOL_ID


def _numbered(name: str, taken: dict[str, Any]) -> str:
    number = 2
    while name in taken:
        name = f"{name.split(' (')[0]} ({number})"
        number += 1
    return name


def _object(
    name: str, ones: list[dict[str, Any]], size: tuple[int, int], cut: bool, where: str
) -> dict[str, Any]:
    packed = [one["segmentation"] for one in ones]
    box, area = ones[0].get("bbox"), ones[0].get("area")
    told = isinstance(box, list) and len(box) == 4 and all(type(n) in (int, float) for n in box)
    if len(ones) > 1 or not told or type(area) not in (int, float):
        mask = _decode(packed, size)
        box, area = records.box(mask), int(np.count_nonzero(mask))
    return {
        "id": ones[0]["category_id"],
        "name": name,
        "phrases": _phrases(name, ones[0]),
        "segmentation": packed,
        "bbox": box,
        "area": area,
        "share_visible": None,
        "cut_by_volume": cut or any(one.get("cut_by_volume") is True for one in ones),
    }


def _phrases(name: str, one: dict[str, Any]) -> list[str]:
    from fluoroseg.anatomy import phrases, structures

    own = one.get("phrases")
    if isinstance(own, list) and own and all(isinstance(p, str) for p in own):
        return own
    return phrases(name) if name in structures() else [name.replace("_", " ")]
