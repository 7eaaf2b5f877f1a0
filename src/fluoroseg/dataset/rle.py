"""COCO run-length encoding of masks: column-major runs, first run outside, packed into a string.

The packing is COCO's: every run but the first three is written as its difference to the run two before,
in signed little-endian groups of five bits, a sixth bit saying that more follow, plus 48 to be printable.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Int64, UInt64

from fluoroseg.errors import LimitError, ReadError, UsageError

MAX_PIXELS = 1 << 26
_SIDES = ("top", "bottom", "left", "right")
_MAX_GROUPS = 7  # 35 bits: more than any run within MAX_PIXELS needs


@dataclass(frozen=True)
class Runs:
    """A silhouette as data sets keep it.

    rle: COCO's `{"size": [h, w], "counts": str}`, as `encode` makes it.
    area: number of pixels.
    bbox: `[x, y, width, height]` in pixels; all 0 for an empty silhouette.
    borders: sides of the picture that it touches, of "top", "bottom", "left", "right", in this order.
    """

    rle: dict[str, Any]
    area: int
    bbox: list[int]
    borders: tuple[str, ...]


def encode_bits(bits: UInt64[np.ndarray, "h w words"], slots: Sequence[int]) -> list[Runs]:
    """The silhouettes of many labels, straight from the bit sets, in the order of `slots`.

    bits: bit b of word a of a pixel: it belongs to the label of slot 64 a + b (`Projection.bits`).
    Raises UsageError for a slot beyond the bits, or a picture without pixels or with more than MAX_PIXELS.
    """
    height, width, words = bits.shape
    if not 1 <= height * width <= MAX_PIXELS:
        raise UsageError(f"bit sets of {height} x {width} pixels; 1 to {MAX_PIXELS} pixels can be encoded")
    for slot in slots:
        if not 0 <= slot < 64 * words:
            raise UsageError(f"no slot {slot} in bit sets of {words} words; slots are 0 to {64 * words - 1}")
    if not len(slots):
        return []
    from fluoroseg.dataset.rle_kernels import pack

    places, bounds = _changes(np.ascontiguousarray(bits), np.array(slots, dtype=np.int64))
    changes = bounds[:, 1] - bounds[:, 0]
    text = np.empty(_MAX_GROUPS * int((changes + 2).sum()), dtype=np.uint8)
    ends, areas = np.empty_like(changes), np.empty_like(changes)
    boxes = np.zeros((len(slots), 4), dtype=np.int64)
    pack(places, bounds, height, width, text, ends, areas, boxes)
    counts = text[: ends[-1]].tobytes().decode("ascii")
    cuts = [0, *ends.tolist()]
    return [
        Runs({"size": [height, width], "counts": counts[first:last]}, area, box, _borders(box, height, width))
        for first, last, area, box in zip(cuts[:-1], cuts[1:], areas.tolist(), boxes.tolist(), strict=True)
    ]


def encode(mask: Bool[np.ndarray, "h w"]) -> dict[str, Any]:
    """A mask -> `{"size": [h, w], "counts": str}`."""
    flat = mask.T.ravel()
    changes = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    starts = np.concatenate([[0], changes, [flat.size]])
    runs = np.diff(starts)
    if flat.size and flat[0]:
        runs = np.concatenate([[0], runs])
    return {"size": list(mask.shape), "counts": pack_runs(runs.astype(np.int64))}


def decode(rle: object) -> Bool[np.ndarray, "h w"]:
    """`{"size": [h, w], "counts": str}` -> the mask.

    Raises ReadError when the runs are not exactly those of a picture of that size, LimitError (before
    allocating) when the size is beyond MAX_PIXELS.
    """
    height, width, counts = _check(rle)
    runs = _unpack(counts)
    if runs.min(initial=0) < 0 or runs.max(initial=0) > height * width or int(runs.sum()) != height * width:
        raise ReadError(f"RLE: the runs do not add up to the {height} x {width} pixels of the mask")
    return _fill(np.cumsum(runs), height, width)


def _changes(
    bits: UInt64[np.ndarray, "h w words"], slots: Int64[np.ndarray, "n"]
) -> tuple[Int64[np.ndarray, "changes"], Int64[np.ndarray, "n 2"]]:
    """Places, counted down the columns, where labels begin and end; from where to where are each slot's."""
    from fluoroseg.dataset.rle_kernels import sweep

    wanted = np.zeros(bits.shape[2], dtype=np.uint64)
    np.bitwise_or.at(wanted, slots // 64, np.uint64(1) << (slots % 64).astype(np.uint64))
    number = np.zeros((64 * wanted.size, bits.shape[1]), dtype=np.int64)
    sweep(bits, wanted, number, np.empty(0, dtype=np.int64))
    last = np.cumsum(number).reshape(number.shape)
    bounds = np.stack([last[slots, 0] - number[slots, 0], last[slots, -1]], axis=1)
    places = np.empty(int(last[-1, -1]), dtype=np.int64)
    sweep(bits, wanted, last - number, places)
    return places, bounds


def _fill(ends: Int64[np.ndarray, "n"], height: int, width: int) -> Bool[np.ndarray, "h w"]:
    """Where runs end, counted down the columns -> the mask.

    Marks every end; inside is where the marks from the top of the column on, and all those of the columns
    before it, are odd in number.
    """
    ends = ends[: np.searchsorted(ends, height * width)]
    columns, rows = np.divmod(ends, height)
    marks = np.zeros((height, width), dtype=np.uint8)
    np.add.at(marks.reshape(-1), rows * width + columns, np.uint8(1))
    marks &= 1  # two ends in one place are none
    words = marks if width % 8 else marks.view(np.uint64)  # eight columns at a time
    np.bitwise_xor.accumulate(words, axis=0, out=words)
    before = np.zeros(width, dtype=np.uint8)
    np.bitwise_xor.accumulate(marks[-1, :-1], out=before[1:])
    words ^= before.view(words.dtype)
    return marks.view(bool)


def _borders(box: list[int], height: int, width: int) -> tuple[str, ...]:
    left, top, across, down = box
    touches = (top == 0, top + down == height, left == 0, left + across == width)
    return tuple(s for s, hit in zip(_SIDES, touches, strict=True) if hit) if across else ()


def _check(rle: object) -> tuple[int, int, bytes]:
    """Types and size of what claims to be an RLE."""
    if not isinstance(rle, dict):
        raise ReadError(f"RLE: expected an object with size and counts, found {type(rle).__name__}")
    size, counts = rle.get("size"), rle.get("counts")
    if not isinstance(size, list | tuple) or len(size) != 2 or not all(type(n) is int for n in size):
        raise ReadError("RLE: size must be two whole numbers, [height, width]")
    height, width = size
    if height < 1 or width < 1:
        raise ReadError(f"RLE: a mask of {height} x {width} pixels is none")
    if height * width > MAX_PIXELS:
        raise LimitError(f"RLE: {height} x {width} pixels are more than the {MAX_PIXELS} that are read")
    if isinstance(counts, str) and counts.isascii():
        counts = counts.encode("ascii")
    if not isinstance(counts, bytes) or not counts:
        raise ReadError("RLE: counts must be COCO's compressed string")
    return height, width, counts


def pack_runs(runs: Int64[np.ndarray, "n"]) -> str:
    """Run lengths -> COCO's string."""
    deltas = runs.copy()
    deltas[3:] -= runs[1:-2]
    # a value needs n groups when it fits n * 5 bits as a signed number
    magnitude = np.where(deltas < 0, ~deltas, deltas)
    groups = np.ones(deltas.size, dtype=np.int64)
    for n in range(1, _MAX_GROUPS):
        groups += magnitude >> (5 * n - 1) > 0
    steps = np.arange(_MAX_GROUPS)
    bits = (deltas[:, None] >> (5 * steps)) & 31
    more = steps < groups[:, None] - 1
    characters = bits + 32 * more + 48
    return characters[steps < groups[:, None]].astype(np.uint8).tobytes().decode("ascii")


def _unpack(counts: bytes) -> Int64[np.ndarray, "n"]:
    """COCO's string -> run lengths. Raises ReadError when it is not one."""
    codes = np.frombuffer(counts, dtype=np.uint8).astype(np.int64) - 48
    if codes.min() < 0 or codes.max() > 63:
        raise ReadError("RLE: counts holds characters that COCO's packing does not have")
    last = np.flatnonzero(codes & 32 == 0)
    if last.size == 0 or last[-1] != codes.size - 1:
        raise ReadError("RLE: counts ends in the middle of a number")
    first = np.concatenate([[0], last[:-1] + 1])
    lengths = last - first + 1
    if lengths.max() > _MAX_GROUPS:
        raise ReadError("RLE: counts holds a number that is too large for any picture")
    place = np.arange(codes.size) - np.repeat(first, lengths)
    deltas = np.add.reduceat((codes & 31) << (5 * place), first)
    deltas -= np.where(codes[last] & 16, np.int64(1) << (5 * lengths), 0)
    deltas[1::2] = np.cumsum(deltas[1::2])
    deltas[2::2] = np.cumsum(deltas[2::2])
    return deltas
