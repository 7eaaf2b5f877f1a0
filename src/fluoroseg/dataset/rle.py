"""COCO run-length encoding of masks: column-major runs, first run outside, packed into a string.

The packing is COCO's: every run but the first three is written as its difference to the run two before,
in signed little-endian groups of five bits, a sixth bit saying that more follow, plus 48 to be printable.
"""

from typing import Any

import numpy as np
from jaxtyping import Bool, Int64

from fluoroseg.errors import LimitError, ReadError

MAX_PIXELS = 1 << 26
_MAX_GROUPS = 7  # 35 bits: more than any run within MAX_PIXELS needs


def encode(mask: Bool[np.ndarray, "h w"]) -> dict[str, Any]:
    """A mask -> `{"size": [h, w], "counts": str}`."""
    flat = mask.T.ravel()
    changes = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    starts = np.concatenate([[0], changes, [flat.size]])
    runs = np.diff(starts)
    if flat.size and flat[0]:
        runs = np.concatenate([[0], runs])
    return {"size": list(mask.shape), "counts": _pack(runs.astype(np.int64))}


def decode(rle: object) -> Bool[np.ndarray, "h w"]:
    """`{"size": [h, w], "counts": str}` -> the mask.

    Raises ReadError when the runs are not exactly those of a picture of that size, LimitError (before
    allocating) when the size is beyond MAX_PIXELS.
    """
    height, width, counts = _check(rle)
    runs = _unpack(counts)
    if runs.min(initial=0) < 0 or runs.max(initial=0) > height * width or int(runs.sum()) != height * width:
        raise ReadError(f"RLE: the runs do not add up to the {height} x {width} pixels of the mask")
    values = np.zeros(runs.size, dtype=bool)
    values[1::2] = True
    return np.ascontiguousarray(np.repeat(values, runs).reshape(width, height).T)


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


def _pack(runs: Int64[np.ndarray, "n"]) -> str:
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
