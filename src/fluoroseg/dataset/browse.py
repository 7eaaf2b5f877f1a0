"""A data set as a folder of static web pages: thumbnails to filter, masks and words under the pointer.

    OUT/index.html            opens from disk, in any browser, without a server or a network
    OUT/data/index.js         what the filters need, for all samples
    OUT/data/sheet-00000.jpg  25 thumbnails
    OUT/data/masks-00000.js   masks and words of the same 25, read when the pointer first meets one of them

Every word of the data set reaches the page as JSON in scripts and is shown as text, never as HTML.
"""

import json
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Int64, UInt8
from PIL import Image

from fluoroseg.dataset import record as records
from fluoroseg.dataset import rle
from fluoroseg.dataset.files import new_folder
from fluoroseg.dataset.reading import Dataset
from fluoroseg.dataset.sample import Sample
from fluoroseg.errors import UsageError
from fluoroseg.workers import cores, processes

ACROSS = 5
PER_SHEET = ACROSS * ACROSS
_SHEETS_A_WORKER = 20
"""Fewer are drawn before another process has started."""

_QUALITY = 80
_FADE = 0.2
"""A thumbnail's pixel is inside a mask from this share of its area on, so that thin wires stay whole."""


def browse(
    data: Dataset, out: str | Path, thumb: int = 128, progress: Callable[[int], None] = lambda _: None
) -> int:
    """Writes the pages of all samples; `thumb`: longer side of a thumbnail in pixels. Returns how many.

    About 10 kB a sample at 128 pixels. Raises UsageError when `out` exists and is not empty, or for a size
    that is none; ReadError for a damaged sample.
    """
    if not 32 <= thumb <= 512:
        raise UsageError(f"a thumbnail has 32 to 512 pixels, not {thumb}")
    words = _Words()
    with new_folder(out) as draft:
        (draft / "data").mkdir()
        for sheet, masks in enumerate(_sheets(data, thumb, draft / "data")):
            told = [words.numbered(one) for one in masks]
            _write_call(draft / "data" / f"masks-{sheet:05d}.js", "fluorosegMasks", sheet, told)
            progress(min((sheet + 1) * PER_SHEET, len(data)))
        listed = {"thumb": thumb, "across": ACROSS, "samples": words.samples(data), **words.lists()}
        title = ", ".join(path.resolve().name for path in data.paths)
        _write_call(draft / "data" / "index.js", "fluorosegIndex", {"title": title, **listed})
        page = files("fluoroseg.dataset").joinpath("browse.html").read_bytes()
        (draft / "index.html").write_bytes(page)
    return len(data)


class _Words:
    """Every word once; samples tell its number."""

    def __init__(self) -> None:
        kinds = ("patients", "views", "regions", "procedures", "tools", "names")
        self._numbers: dict[str, dict[str, int]] = {kind: {} for kind in kinds}
        self._phrases: dict[str, list[str]] = {}

    def number(self, kind: str, word: str) -> int:
        return self._numbers[kind].setdefault(word, len(self._numbers[kind]))

    def numbered(self, sample: dict[str, Any]) -> dict[str, Any]:
        """`_masks` with numbers for names, and without phrases where they are the usual ones of the name."""
        objects = []
        for name, counts, area, share, phrases in sample["objects"]:
            own = [] if self._phrases.setdefault(name, phrases) == phrases else phrases
            objects.append([self.number("names", name), counts, area, share, own])
        return sample | {"objects": objects}

    def samples(self, data: Dataset) -> list[list[Any]]:
        """For each sample: key, patient, view, region, procedure, tools, names; words by their numbers."""
        return [
            [
                entry.key,
                self.number("patients", entry.patient),
                self.number("views", entry.view),
                self.number("regions", entry.region),
                self.number("procedures", entry.procedure),
                [self.number("tools", tool) for tool in dict.fromkeys(entry.tools)],
                [self.number("names", name) for name in entry.names],
            ]
            for entry in data.entries
        ]

    def lists(self) -> dict[str, Any]:
        """Words by number, and the usual phrases by the number of their name."""
        lists: dict[str, Any] = {kind: list(numbers) for kind, numbers in self._numbers.items()}
        return lists | {"phrases": [self._phrases.get(name, []) for name in lists["names"]]}


def _sheets(data: Dataset, thumb: int, folder: Path) -> Iterator[list[dict[str, Any]]]:
    """Draws all sheets, many of them on all cores; the masks of each."""
    count = -(-len(data) // PER_SHEET)
    number = min(cores(), count // _SHEETS_A_WORKER)
    if number < 2:
        yield from (_sheet(data, thumb, folder, sheet) for sheet in range(count))
        return
    draw = partial(_sheet_of, tuple(data.paths), thumb, folder)
    with processes(number, "nothing was written") as pool:
        yield from pool.map(draw, range(count))


def _sheet_of(paths: tuple[Path, ...], thumb: int, folder: Path, sheet: int) -> list[dict[str, Any]]:
    return _sheet(_opened(paths), thumb, folder, sheet)


@lru_cache(maxsize=1)
def _opened(paths: tuple[Path, ...]) -> Dataset:
    return Dataset(paths)


def _sheet(data: Dataset, thumb: int, folder: Path, sheet: int) -> list[dict[str, Any]]:
    """Draws the thumbnails of a few samples as one picture; their masks."""
    side = ACROSS * thumb
    canvas = np.zeros((side, side), dtype=np.uint8)
    masks = []
    first = sheet * PER_SHEET
    for place, number in enumerate(range(first, min(first + PER_SHEET, len(data)))):
        sample = data.sample(number)
        size = _fitted(sample.image.shape, thumb)
        top, left = (thumb * n for n in divmod(place, ACROSS))
        canvas[top : top + size[0], left : left + size[1]] = _grey(sample, size)
        masks.append(_masks(sample, size))
    Image.fromarray(canvas).save(folder / f"sheet-{sheet:05d}.jpg", quality=_QUALITY)
    return masks


def _masks(sample: Sample, size: tuple[int, int]) -> dict[str, Any]:
    """Size of the thumbnail, a line of text, and for each object: name, runs, area, share, phrases."""
    record = sample.record
    objects = []
    runs = _runs([_shrunk(sample.masks[item["name"]], size) for item in record["objects"]], size)
    for item, counts in zip(record["objects"], runs, strict=True):
        shown = item.get("share_visible")
        share = None if shown is None else round(100 * shown)
        objects.append([item["name"], counts, item["area"], share, item["phrases"]])
    return {"size": list(size), "text": _text(record), "objects": objects}


def _runs(masks: list[Bool[np.ndarray, "h w"]], size: tuple[int, int]) -> list[str]:
    """COCO's compressed runs of many masks at once."""
    bits = np.zeros((*size, len(masks) // 64 + 1), dtype=np.uint64)
    for slot, mask in enumerate(masks):
        bits[..., slot // 64] |= mask.astype(np.uint64) << np.uint64(slot % 64)
    return [one.rle["counts"] for one in rle.encode_bits(bits, range(len(masks)))]


def _text(record: dict[str, Any]) -> str:
    view = record.get("view")
    kind = view.get("kind", "") if isinstance(view, dict) else ""
    placed = [t for t in record.get("tools") or [] if isinstance(t, dict)]
    tools = [f"{t.get('tool', '')} in {t['structure']}" for t in placed if t.get("structure")]
    told = [
        f"{record['width']} x {record['height']} pixels",
        f"{record['kvp']} kVp" if "kvp" in record else "",
        str(kind),
        *tools,
        f"{len(record['absent'])} known to be absent",
    ]
    return " · ".join(part for part in told if part)


def _grey(sample: Sample, size: tuple[int, int]) -> UInt8[np.ndarray, "h w"]:
    from fluoroseg.randomization.present import present

    picture = Image.fromarray(np.rint(present(sample.image) * 255).astype(np.uint8))
    return np.asarray(picture.resize(size[::-1], Image.Resampling.BOX))


def _shrunk(mask: Bool[np.ndarray, "h w"], size: tuple[int, int]) -> Bool[np.ndarray, "h2 w2"]:
    """Blocks of pixels -> one pixel, inside where `_FADE` of the block is. Only the mask's box is read."""
    small = np.zeros(size, dtype=bool)
    left, top, across, down = records.box(mask)
    if across:
        rows, firsts, heights, tall = _blocks(size[0], mask.shape[0], top, top + down)
        columns, lefts, widths, wide = _blocks(size[1], mask.shape[1], left, left + across)
        counts = np.add.reduceat(mask[tall, wide], firsts, axis=0, dtype=np.int32)
        small[rows, columns] = np.add.reduceat(counts, lefts, axis=1) >= _FADE * heights[:, None] * widths
    return small


def _blocks(
    count: int, pixels: int, first: int, last: int
) -> tuple[slice, Int64[np.ndarray, "n"], Int64[np.ndarray, "n"], slice]:
    """Of `count` blocks along `pixels`, those that hold any of the pixels `first` to `last` (exclusive).

    Which blocks, where each begins (within the last of the answers), its length, and their pixels.
    """
    starts = np.arange(count + 1) * pixels // count
    before = int(np.searchsorted(starts[:-1], first, side="right")) - 1
    begin = min(int(np.searchsorted(starts[:-1], first, side="left")), before)
    end = int(np.searchsorted(starts[:-1], last, side="left"))
    lengths = np.diff(starts)[begin:end].clip(1)
    return slice(begin, end), starts[begin:end] - starts[begin], lengths, slice(starts[begin], starts[end])


def _fitted(shape: tuple[int, ...], thumb: int) -> tuple[int, int]:
    scale = thumb / max(shape)
    return max(1, round(shape[0] * scale)), max(1, round(shape[1] * scale))


def _write_call(path: Path, function: str, *arguments: Any) -> None:
    """A script that hands JSON to the page, in ASCII, without a sign that HTML could read."""
    text = ",".join(json.dumps(a, separators=(",", ":"), allow_nan=False) for a in arguments)
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    path.write_text(f"{function}({text});\n", encoding="ascii")
