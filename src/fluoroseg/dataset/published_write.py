"""Our data sets in the published FluoroSeg layout (`fluoroseg.dataset.published` tells it)."""

from pathlib import Path
from typing import Any

from PIL import Image

from fluoroseg import __version__
from fluoroseg.dataset.coco import annotations, category_list
from fluoroseg.dataset.files import new_folder
from fluoroseg.dataset.reading import Dataset
from fluoroseg.dataset.record import dump
from fluoroseg.errors import GeometryError
from fluoroseg.geometry.camera import Camera

IMAGES_PER_SCENE = 1000
_VALIDATE_EVERY = 20
"""One patient of so many, and at least one where there are two, is listed in `val.txt`."""


def write_published(data: Dataset, out: str | Path) -> int:
    """Writes every patient as `ct-000001`, ..., in scenes of up to 1,000 images; returns how many images.

    Images are float32 TIFF, transmitted fraction. Masks are RLE, without path lengths along each ray, which
    shards do not keep. Annotations have `name` and `phrases` besides the published fields, images `known`:
    the names of which the labels tell whether they are in the picture; our reader heeds it.
    Raises UsageError when `out` exists and is not empty.
    """
    patients: dict[str, list[int]] = {}
    for number, entry in enumerate(data.entries):
        patients.setdefault(entry.patient, []).append(number)
    lists: dict[str, list[str]] = {"train": [], "val": []}
    validated = set(range(len(patients))[_VALIDATE_EVERY - 1 :: _VALIDATE_EVERY])
    if not validated and len(patients) > 1:
        validated = {len(patients) - 1}
    with new_folder(out) as draft:
        for at, numbers in enumerate(patients.values()):
            for scene in range(0, len(numbers), IMAGES_PER_SCENE):
                case = f"ct-{at + 1:06d}_scene-{scene // IMAGES_PER_SCENE:03d}"
                _write_case(data, draft, case, numbers[scene : scene + IMAGES_PER_SCENE])
                lists["val" if at in validated else "train"].append(f"{case}.json")
        for name, cases in lists.items():
            (draft / f"{name}.txt").write_text("".join(f"{case}\n" for case in cases))
    return len(data)


def _write_case(data: Dataset, root: Path, case: str, numbers: list[int]) -> None:
    (root / case).mkdir()
    images: list[dict[str, Any]] = []
    every: list[dict[str, Any]] = []
    tracks: dict[str, int] = {}
    for image_id, number in enumerate(numbers):
        sample = data.sample(number)
        stem = f"{image_id:010d}"
        Image.fromarray(sample.image).save(root / case / f"{stem}.tiff")
        own = list(annotations(sample, image_id, len(every)))
        for one in own:
            one["track_id"] = tracks.setdefault(one["name"], len(tracks))
        (root / case / f"{stem}.json").write_bytes(dump(own))
        every += own
        images.append(_image(sample.record, image_id, f"{case}/{stem}.tiff"))
    content = {
        "info": {"description": f"Simulated X-rays of fluoroseg {__version__}", "version": __version__},
        "licenses": [],
        "categories": category_list(),
        "volumes": [{"id": 0, "name": images[0]["patient_id"]}],
        "images": images,
        "annotations": every,
    }
    (root / f"{case}.json").write_bytes(dump(content))


def _image(record: dict[str, Any], image_id: int, file_name: str) -> dict[str, Any]:
    view = record.get("view")
    return {
        "id": image_id,
        "file_name": file_name,
        "height": record["height"],
        "width": record["width"],
        "camera": _camera(record.get("camera")),
        "patient_id": str(record.get("patient", "")),
        "view": view.get("name", "") if isinstance(view, dict) else "",
        "known": record["known"],
    }


def _camera(told: Any) -> dict[str, float]:
    """Source-detector distance and width of a pixel in mm; nothing where the record has no camera."""
    try:
        camera = Camera.from_record(told)
    except (GeometryError, KeyError, TypeError, ValueError, IndexError):
        return {}
    pixel_mm = float((camera.right_mm @ camera.right_mm) ** 0.5)
    return {"focal_length": abs(camera.source_distance_mm), "pixel_size": pixel_mm}
