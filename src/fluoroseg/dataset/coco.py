"""A data set as COCO has it: pictures as a viewer shows them, and one `instances.json`."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from fluoroseg import __version__
from fluoroseg.dataset.files import new_folder
from fluoroseg.dataset.reading import Dataset
from fluoroseg.dataset.record import TOOL_ID
from fluoroseg.dataset.sample import Sample


def write_coco(data: Dataset, out: str | Path) -> int:
    """Writes `images/00000000.png` ... (8 bit, bone bright) and `instances.json`; returns how many images.

    Masks are COCO's compressed RLE (`iscrowd` 0: silhouettes overlap, each is one instance); a tool's
    category is `tool`, its model the annotation's `name`. Annotations also have `phrases`, images `key`,
    `patient` and `view`. Annotations are written as they come, so that memory does not grow with them.
    Raises UsageError when `out` exists and is not empty.
    """
    with new_folder(out) as draft:
        (draft / "images").mkdir()
        images: list[dict[str, Any]] = []
        used: set[int] = set()
        with (draft / "instances.json").open("w", encoding="utf-8") as file:
            file.write('{"annotations":[')
            total = 0
            for number in range(len(data)):
                sample = data.sample(number)
                images.append(_image(draft, number, sample))
                for one in annotations(sample, number, total):
                    file.write(",\n" * bool(total) + json.dumps(one, ensure_ascii=False))
                    used.add(one["category_id"])
                    total += 1
            rest = {"info": _info(), "licenses": [], "categories": category_list(used), "images": images}
            file.write("],\n" + json.dumps(rest, ensure_ascii=False)[1:] + "\n")
    return len(data)


def annotations(sample: Sample, image: int, first: int) -> Iterator[dict[str, Any]]:
    """The annotations of a sample, numbered from `first` + 1 on."""
    for number, item in enumerate(sample.record["objects"], start=first + 1):
        yield {
            "id": number,
            "image_id": image,
            "category_id": item["id"],
            "bbox": item["bbox"],
            "area": item["area"],
            "iscrowd": 0,
            "segmentation": item["segmentation"],
            "name": item["name"],
            "phrases": item["phrases"],
            "cut_by_volume": item.get("cut_by_volume"),
        }


def category_list(ids: set[int] | None = None) -> list[dict[str, Any]]:
    """COCO's categories: structures (of these ids; None: all) and the one for all tools."""
    from fluoroseg.anatomy import structures

    bone = {True: "totalsegmentator_bone", False: "totalsegmentator"}
    listed = [
        {"id": s.id, "name": s.name, "supercategory": bone[s.tissue == "bone"]}
        for s in structures().values()
        if s.id != TOOL_ID and (ids is None or s.id in ids)
    ]
    if ids is None or TOOL_ID in ids:
        listed.append({"id": TOOL_ID, "name": "tool", "supercategory": "tool"})
    return sorted(listed, key=lambda c: c["id"])


def _image(folder: Path, number: int, sample: Sample) -> dict[str, Any]:
    from fluoroseg.randomization.present import present

    name = f"{number:08d}.png"
    grey = np.rint(present(sample.image) * 255).astype(np.uint8)
    Image.fromarray(grey).save(folder / "images" / name, compress_level=1)
    record = sample.record
    view = record.get("view")
    return {
        "id": number,
        "file_name": name,
        "height": record["height"],
        "width": record["width"],
        "key": record["key"],
        "patient": record.get("patient", ""),
        "view": view.get("name", "") if isinstance(view, dict) else "",
    }


def _info() -> dict[str, str]:
    return {"description": f"Simulated X-rays of fluoroseg {__version__}", "version": __version__}
