"""The published FluoroSeg layout, read as our own data sets are.

root/ct-000001_scene-000.json              a case: categories, images, annotations
root/ct-000001_scene-000/0000000000.tiff   an image: raw intensity, 16 or 32 bits, grey
root/ct-000001_scene-000/0000000000.json   its annotations alone (where there; else the case's)
root/train.txt, root/val.txt               names of cases
"""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from jaxtyping import Float32
from PIL import Image

from fluoroseg.dataset import record as records
from fluoroseg.dataset.files import read_bytes
from fluoroseg.dataset.intensity import MAX_PIXELS
from fluoroseg.dataset.published_record import annotations_by_image, categories, image_record, masks_of
from fluoroseg.dataset.sample import Sample
from fluoroseg.errors import LimitError, ReadError, UsageError

MAX_CASE_BYTES = 1 << 31
_PILLOWS_OWN = (Warning, Image.DecompressionBombError)
_MODES = ("I;16", "I;16L", "I;16B", "I", "F")


@dataclass(frozen=True)
class _Place:
    """An image of a case. listed: its entry in the case's `images`."""

    case: str
    listed: dict[str, Any]


class Published:
    """The samples of a folder in the published layout, by number; a `Dataset` in all but its index.

    split: "train" or "val" (`train.txt`, `val.txt`; without them the first 90 % of the names, and the rest);
        None: all.
    The image is scaled to 1 for its brightest pixel, unless it is a transmitted fraction already (floating
    point up to 4). Organs cut by the CT's end (`*_cutoff_*`) count as unknown where nothing else shows them.
    Raises ReadError when the folder is none, or a sample is damaged; UsageError for an unknown split.
    """

    def __init__(
        self, path: str | Path, split: str | None = None, transform: Callable[[Sample], Any] | None = None
    ) -> None:
        self.path, self.transform = Path(path), transform
        self._categories: dict[str, dict[int, str]] = {}
        self._places: list[_Place] = []
        self._kept: tuple[str, dict[int, list[dict[str, Any]]]] = ("", {})
        for case in case_names(self.path, split):
            content = self._case(case)
            self._categories[case] = categories(content, case)
            self._places += [_Place(case, listed) for listed in _images(content, case)]

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, number: int) -> Any:
        sample = self.sample(number)
        return sample if self.transform is None else self.transform(sample)

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_kept": ("", {})}

    def sample(self, number: int) -> Sample:
        """The sample itself, whatever the transform."""
        place = self._places[number]
        stem = place.case.removesuffix(".json")
        file = self._file(place, stem)
        where = f"{file}"
        image = read_tiff(file)
        if image.shape != (place.listed["height"], place.listed["width"]):
            raise ReadError(f"{where}: {image.shape} pixels, the case tells of another size")
        own = file.with_suffix(".json")
        if own.exists():
            annotations = records.load_json(read_bytes(own), str(own))
        else:
            annotations = self._annotations(place.case).get(place.listed["id"], [])
        key = f"{stem}/{file.stem}"
        record = image_record(annotations, place.listed, self._categories[place.case], key, where)
        return Sample(image, masks_of(record), record)

    def _file(self, place: _Place, stem: str) -> Path:
        """The image's file: named from the root or from the case's folder; never out of the root."""
        name = PurePosixPath(place.listed["file_name"])
        if name.is_absolute() or ".." in name.parts or "\\" in str(name):
            raise ReadError(f"{self.path / place.case}: the image {str(name)!r} is not within the folder")
        found = [p for p in (self.path / name, self.path / stem / name) if p.is_file()]
        if not found:
            raise ReadError(f"{self.path / place.case}: the image {str(name)!r} is not there")
        return found[0]

    def _case(self, case: str) -> dict[str, Any]:
        path = self.path / case
        content = records.load_json(read_bytes(path), str(path), MAX_CASE_BYTES)
        if not isinstance(content, dict):
            raise ReadError(f"{path}: expected a JSON object, found {type(content).__name__}")
        return content

    def _annotations(self, case: str) -> dict[int, list[dict[str, Any]]]:
        """The case's annotations by image; those of the last case are kept."""
        if self._kept[0] != case:
            self._kept = (case, annotations_by_image(self._case(case), case))
        return self._kept[1]


def case_names(root: Path, split: str | None) -> list[str]:
    """File names of the cases of a split. Raises ReadError for a folder without any."""
    if split not in (None, "train", "val"):
        raise UsageError(f"a split is 'train', 'val' or None (both), not {split!r}")
    cases = sorted(path.name for path in root.glob("*_scene-*.json"))
    if not cases:
        raise ReadError(f"{root}: holds no case of the published layout (ct-000001_scene-000.json, ...)")
    if split is None:
        return cases
    lists = {name: root / f"{name}.txt" for name in ("train", "val")}
    if not any(path.exists() for path in lists.values()):
        train = cases[: len(cases) * 9 // 10]
        return train if split == "train" else cases[len(train) :]
    if not lists[split].exists():
        return []
    names = lists[split].read_text(encoding="utf-8", errors="replace").split()
    missing = [name for name in names if name not in cases]
    if missing:
        raise ReadError(f"{lists[split]}: names {missing[0]!r}, which is not a case of this folder")
    return names


def read_tiff(path: Path) -> Float32[np.ndarray, "h w"]:
    """A grey TIFF of 16 or 32 bits -> transmitted fraction, as `Published` tells. Raises ReadError."""
    try:
        with warnings.catch_warnings(action="error"), Image.open(path, formats=["TIFF"]) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise LimitError(
                    f"{path}: {picture.size} pixels are more than the {MAX_PIXELS} that are read"
                )
            if picture.mode not in _MODES:
                raise ReadError(f"{path}: expected 16 or 32 bits of grey, found the mode {picture.mode}")
            whole = picture.mode != "F"
            values = np.asarray(picture).astype(np.float32)
    except (OSError, ValueError, SyntaxError, KeyError, TypeError, *_PILLOWS_OWN) as e:
        raise ReadError(f"{path}: the TIFF cannot be read: {e}") from None
    if not np.isfinite(values).all() or values.min() < 0:
        raise ReadError(f"{path}: intensities must be finite numbers from 0 up")
    brightest = float(values.max())
    return values / np.float32(brightest) if brightest > 0 and (whole or brightest > 4) else values


def _images(content: dict[str, Any], case: str) -> list[dict[str, Any]]:
    listed = content.get("images")
    wanted = {"id": int, "file_name": str, "height": int, "width": int}
    for image in listed if isinstance(listed, list) else [None]:
        if not isinstance(image, dict) or any(type(image.get(k)) is not t for k, t in wanted.items()):
            raise ReadError(f"{case}: images must list id, file_name, height and width of each")
        if min(image["height"], image["width"]) < 1 or image["height"] * image["width"] > MAX_PIXELS:
            raise ReadError(f"{case}: an image of {image['height']} x {image['width']} pixels")
    return listed or []
