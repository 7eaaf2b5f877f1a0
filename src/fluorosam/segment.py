"""`fluorosam segment`: many images, one request, results on disk."""

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool

from fluorosam.errors import FluorosamError, ReadError, UsageError
from fluorosam.failures import Failures
from fluorosam.formats import reading
from fluorosam.formats.inputs import find_images, unique_stems
from fluorosam.formats.output import check_free, check_results_folder, write_text
from fluorosam.formats.writing import coco, legend, write_result
from fluorosam.predictor import Box, Mask, Point, Sam, load
from fluorosam.words import understand

_PIXELS_AT_ONCE = 32_000_000  # of full-size answers that are computed together, in single precision


@dataclass(frozen=True)
class Request:
    """What to find in every image: words and, shared by them, clicks, a box, an earlier mask's file.

    everything: all names that the weights were taught, of which only those present are kept.
    """

    texts: tuple[str, ...] = ()
    points: tuple[Point, ...] = ()
    box: Box | None = None
    mask: Path | None = None
    everything: bool = False

    def __post_init__(self) -> None:
        pointed = bool(self.points) or self.box is not None or self.mask is not None
        if not (self.texts or self.everything or pointed):
            raise UsageError("nothing to find: give --text, --point, --box, --mask or --all")
        if self.everything and pointed:
            raise UsageError("--all goes with --text only; a point, box or mask means one thing")


def run(
    inputs: Sequence[str],
    request: Request,
    out: Path,
    formats: Collection[str],
    model: str | None,
    tell: Callable[[str], None],
) -> int:
    """Segment every image into `out/<stem>/`; returns the exit code. Raises UsageError when a result
    exists already, ReadError, WeightsError, PromptError for what concerns all images."""
    paths = find_images(inputs)
    stems = unique_stems(paths)
    check_results_folder(out)
    for target in (*(out / stem for stem in stems), *([out / "coco.json"] if "coco" in formats else [])):
        check_free(target)
    for text in request.texts:
        _hint_at_unknown(text, tell)
    sam, failures, records = load(model), Failures(), []
    for path, stem in zip(paths, stems, strict=True):
        try:
            for xray in reading.open_frames(path):
                found = find(sam, xray, request)
                name = stem if xray.frames == 1 else f"{stem}_{xray.frame:04d}"
                records.append(write_result(out / name, xray, found, _name(model), formats))
                _report(out / name, found, tell)
        except FluorosamError as error:
            failures.add(path, error)
    if "coco" in formats and records:
        write_text(out / "coco.json", json.dumps(coco(records), ensure_ascii=False) + "\n")
    return failures.finish(out, len(records))


def find(sam: Sam, xray: reading.XRay, request: Request) -> list[Mask]:
    """Answers in the order asked, then what else is present (with `everything`)."""
    view = sam.encode(xray)
    mask = _read_mask(request.mask) if request.mask else None
    texts: list[str | None] = list(request.texts) or ([] if request.everything else [None])
    found: list[Mask] = []
    at_once = max(1, _PIXELS_AT_ONCE // xray.pixels.size)
    for few in _chunks(texts, at_once):
        words = [text for text in few if text is not None]
        if words:
            found += view.segment(words, points=request.points, box=request.box, mask=mask)
        else:
            found.append(view.segment(None, points=request.points, box=request.box, mask=mask))
    if request.everything:
        known = {one.structure for one in found}
        others = [name for name in sam.structures if name not in known]
        found += [one for few in _chunks(others, at_once) for one in view.segment(few) if one.present]
    return found


def _chunks(items: list[Any], size: int) -> Iterator[list[Any]]:
    return (items[i : i + size] for i in range(0, len(items), size))


def _read_mask(path: Path) -> Bool[np.ndarray, "h w"]:
    mask = reading.open(path).pixels > 0
    if not mask.any():
        raise ReadError(f"{path}: the mask is empty; non-black pixels are inside")
    return mask


def _hint_at_unknown(text: str, tell: Callable[[str], None]) -> None:
    wanted = understand(text)
    if not wanted.name:
        meant = f"; did you mean {', '.join(wanted.suggestions)}?" if wanted.suggestions else ""
        tell(f"note: {text!r} is no anatomy known by name{meant}")


def _report(folder: Path, found: Sequence[Mask], tell: Callable[[str], None]) -> None:
    tell(f"{folder}")
    for line in legend(found):
        tell(f"  {line}")


def _name(model: str | None) -> str:
    from fluorosam import weights

    return Path(model).name if model else weights.DEFAULT
