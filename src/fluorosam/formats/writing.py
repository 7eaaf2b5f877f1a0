"""A result on disk: `<out>/<image stem>/` with masks, an overlay and `result.json`; COCO for many images."""

import json
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool
from PIL import Image

from fluorosam.formats.output import new_folder
from fluorosam.formats.overlay import overlay
from fluorosam.formats.reading import XRay
from fluoroseg.dataset import rle

FORMATS = ("png", "json", "coco")
_NAMELESS_CATEGORY = 1_000_000  # groups and free words have no id of ours; counted from here


@runtime_checkable
class Found(Protocol):
    """What the predictor answers to one prompt (`fluorosam.predictor.Mask`)."""

    @property
    def array(self) -> Bool[np.ndarray, "h w"]: ...
    @property
    def score(self) -> float: ...
    @property
    def present(self) -> bool: ...
    @property
    def presence(self) -> float: ...
    @property
    def structure(self) -> str: ...
    @property
    def prompt(self) -> str: ...


def write_result(
    folder: Path, xray: XRay, found: Sequence[Found], model: str, formats: Collection[str] = FORMATS
) -> dict[str, Any]:
    """Write one image's result and return its record (what `result.json` holds).

    folder: must not exist (an empty one may); appears whole or not at all.
    formats: png = masks (0 / 255, the image's own size) and `overlay.png`; json = `result.json`; coco is
    written for all images together by `coco`. Raises UsageError when the folder is taken.
    """
    record = result_record(xray, found, model, with_files="png" in formats)
    with new_folder(folder) as temporary:
        if "png" in formats:
            for entry, one in zip(record["prompts"], found, strict=True):
                Image.fromarray(one.array.astype(np.uint8) * 255).save(temporary / entry["mask"])
            overlay(xray.pixels, [one.array for one in found], legend(found)).save(
                temporary / "overlay.png", compress_level=1
            )
        if "json" in formats:
            text = json.dumps(record, indent=1, allow_nan=False, ensure_ascii=False)
            (temporary / "result.json").write_text(text + "\n", encoding="utf-8", errors="backslashreplace")
    return record


def result_record(xray: XRay, found: Sequence[Found], model: str, with_files: bool = True) -> dict[str, Any]:
    """The JSON account of one image. `size` is [rows, columns]; `box` is [x0, y0, x1, y1], x1 and y1 being
    the first column and row outside (null for an empty mask); `rle` is COCO's."""
    names = _slugs(found)
    prompts = [
        {
            "prompt": one.prompt or None,
            "structure": one.structure or None,
            "score": round(float(one.score), 4),
            "present": bool(one.present),
            "presence": round(float(one.presence), 4),
            "box": box_of(one.array),
            "area_px": int(np.count_nonzero(one.array)),
            "mask": f"{name}.png" if with_files else None,
            "rle": rle.encode(one.array),
        }
        for one, name in zip(found, names, strict=True)
    ]
    return {
        "image": str(xray.path) if xray.path else None,
        "frame": xray.frame,
        "frames": xray.frames,
        "size": list(xray.shape),
        "spacing_mm": list(xray.spacing_mm) if xray.spacing_mm else None,
        "source": xray.source,
        "model": model,
        "prompts": prompts,
    }


def coco(records: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Results of many images -> one COCO detection data set; what is not present is left out."""
    categories: dict[str, int] = {}
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for image_id, record in enumerate(records, start=1):
        height, width = record["size"]
        images.append({"id": image_id, "file_name": record["image"], "height": height, "width": width})
        for entry in record["prompts"]:
            if not entry["present"] or entry["box"] is None:
                continue
            name = entry["structure"] or entry["prompt"] or "object"
            x0, y0, x1, y1 = entry["box"]
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": image_id,
                    "category_id": categories.setdefault(name, _category_id(name, len(categories))),
                    "bbox": [x0, y0, x1 - x0, y1 - y0],
                    "area": entry["area_px"],
                    "segmentation": entry["rle"],
                    "iscrowd": 0,
                    "score": entry["score"],
                }
            )
    kinds = [{"id": number, "name": name, "supercategory": "anatomy"} for name, number in categories.items()]
    return {"images": images, "annotations": annotations, "categories": kinds}


def box_of(mask: Bool[np.ndarray, "h w"]) -> list[int] | None:
    """[x0, y0, x1, y1] around a mask, half open; None when it is empty."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if rows.size == 0:
        return None
    return [int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1]


def legend(found: Sequence[Found]) -> list[str]:
    """One line for each: what was asked, what it was taken for, and how sure the model is."""
    lines = []
    for one in found:
        asked = one.prompt or "marked place"
        taken = f" = {one.structure}" if one.structure and one.structure != one.prompt else ""
        verdict = f"score {one.score:.2f}" if one.present else "not present"
        lines.append(f"{asked}{taken}   {verdict}, presence {one.presence:.2f}")
    return lines


def _slugs(found: Sequence[Found]) -> list[str]:
    """File names from prompts: letters and digits of any script, the rest becomes one hyphen."""
    names: list[str] = []
    for one in found:
        words = "".join(c if c.isalnum() else " " for c in (one.prompt or "marked").lower()).split()
        # file systems count bytes, and a character may have four
        slug = "-".join(words)[:80].encode()[:200].decode(errors="ignore") or "prompt"
        taken = {*names, "overlay"}
        names.append(
            next(n for n in (slug, *(f"{slug}-{i}" for i in range(2, len(taken) + 3))) if n not in taken)
        )
    return names


def _category_id(name: str, position: int) -> int:
    from fluoroseg.anatomy import structure
    from fluoroseg.errors import AnatomyError

    try:
        return structure(name).id
    except AnatomyError:
        return _NAMELESS_CATEGORY + position
