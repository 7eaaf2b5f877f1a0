"""The four kinds of masks that COCO and the published FluoroSeg files hold, and the path lengths beside them.

RLE: `{"size", "counts"}`, counts packed or a list of runs.  Travel: an RLE with `travel`, base64 of
little-endian float16 path lengths in mm over the mask's pixels.  Hits: `{"hits": ...}`, lists of RLEs, a
layer each, with the depths at which rays enter and leave.  Polygons: lists `[x0, y0, x1, y1, ...]` of
corners in pixels, the corner of the picture being (0, 0), so that a pixel's centre is at (.5, .5).
"""

import base64
import binascii
from collections.abc import Iterator
from typing import Any

import numpy as np
from jaxtyping import Bool, Float32

from fluoroseg.dataset import rle
from fluoroseg.errors import LimitError, ReadError

MAX_PARTS = 10_000
MAX_CORNERS = 1_000_000
_FAR = 1e6


def decode(segmentation: object, size: tuple[int, int]) -> Bool[np.ndarray, "h w"]:
    """Any of the four kinds -> the mask of a picture of `size` (rows, columns). Raises ReadError."""
    if isinstance(segmentation, list) and not any(isinstance(part, dict) for part in segmentation):
        return polygons(segmentation, size)
    mask = np.zeros(size, dtype=bool)
    for layer in _layers(segmentation, 0):
        one = rle.decode(_packed(layer))
        if one.shape != size:
            raise ReadError(f"segmentation: a mask of {one.shape} pixels in a picture of {size}")
        mask |= one
    return mask


def travel_mm(segmentation: object, size: tuple[int, int]) -> Float32[np.ndarray, "h w"] | None:
    """Path lengths in mm, 0 outside the mask; None where the segmentation has none. Raises ReadError.

    The values stand in the order of the mask's pixels, row by row (inferred: nothing published says so).
    """
    if not isinstance(segmentation, dict) or not isinstance(segmentation.get("travel"), str):
        return None
    mask = decode(segmentation, size)
    try:
        data = base64.b64decode(segmentation["travel"], validate=True)
    except (binascii.Error, ValueError) as e:
        raise ReadError(f"travel: not base64: {e}") from None
    if len(data) != 2 * np.count_nonzero(mask):
        raise ReadError(f"travel: {len(data)} bytes for a mask of {np.count_nonzero(mask)} pixels, 2 each")
    lengths = np.zeros(size, dtype=np.float32)
    lengths[mask] = np.frombuffer(data, dtype="<f2").astype(np.float32)
    return lengths


def polygons(parts: list[Any], size: tuple[int, int]) -> Bool[np.ndarray, "h w"]:
    """The pixels whose centres lie within any of the polygons (each by the even-odd rule). Raises ReadError.

    Along each row, every edge above or below which the row's centres pass flips what lies to its right.
    """
    if len(parts) > MAX_PARTS:
        raise LimitError(f"polygons: {len(parts)} parts are more than the {MAX_PARTS} that are read")
    mask = np.zeros(size, dtype=bool)
    for part in parts:
        corners = _corners(part)
        flips = np.zeros((size[0], size[1] + 1), dtype=np.uint8)
        for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
            first, last = (int(np.clip(np.ceil(y - 0.5), 0, size[0])) for y in sorted((y0, y1)))
            if first < last:
                rows = np.arange(first, last)
                at = x0 + (rows + 0.5 - y0) * ((x1 - x0) / (y1 - y0))
                columns = np.clip(np.ceil(at - 0.5), 0, size[1]).astype(np.int64)
                flips[rows, columns] ^= 1
        mask |= np.bitwise_xor.accumulate(flips, axis=1)[:, :-1].view(bool)
    return mask


def _corners(part: object) -> np.ndarray:
    if not isinstance(part, list) or not all(type(n) in (int, float) for n in part):
        raise ReadError("polygons: expected lists of numbers [x0, y0, x1, y1, ...]")
    if len(part) < 6 or len(part) % 2 or len(part) > 2 * MAX_CORNERS:
        raise ReadError(f"polygons: {len(part)} numbers are no polygon; 3 corners or more have 2 each")
    corners = np.array(part, dtype=np.float64).reshape(-1, 2)
    if not np.isfinite(corners).all() or np.abs(corners).max() > _FAR:
        raise ReadError("polygons: corners must be finite and near the picture")
    return corners


def _layers(segmentation: object, depth: int) -> Iterator[dict[str, Any]]:
    """Every RLE within: itself, or those of its hits."""
    if isinstance(segmentation, dict) and "counts" in segmentation:
        yield segmentation
    elif depth < 4 and isinstance(segmentation, dict) and "hits" in segmentation:
        yield from _layers(segmentation["hits"], depth + 1)
    elif depth < 4 and isinstance(segmentation, list) and len(segmentation) <= MAX_PARTS:
        for part in segmentation:
            yield from _layers(part, depth + 1)
    else:
        raise ReadError("segmentation: expected an RLE, an RLE with travel, hits, or polygons")


def _packed(layer: dict[str, Any]) -> dict[str, Any]:
    """COCO's uncompressed runs (a list) as the packed ones that `rle.decode` reads."""
    counts = layer["counts"]
    if not isinstance(counts, list):
        return layer
    if not counts or not all(type(n) is int and 0 <= n <= rle.MAX_PIXELS for n in counts):
        raise ReadError("RLE: counts must be whole numbers from 0 up, or COCO's compressed string")
    return {"size": layer.get("size"), "counts": rle.pack_runs(np.array(counts, dtype=np.int64))}
