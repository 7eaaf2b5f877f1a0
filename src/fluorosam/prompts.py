"""The simulated user: where the next click goes."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool
from scipy import ndimage

_MOST_SIDE = 512
_EIGHT_NEIGHBOURS = np.ones((3, 3), dtype=int)


def next_click(
    truth: Bool[np.ndarray, "h w"], prediction: Bool[np.ndarray, "h w"]
) -> tuple[int, int, int] | None:
    """`(x, y, label)` in the middle of the largest error: label 1 adds what was missed, 0 takes away.

    The largest connected region (8 neighbours) of missed or of wrongly taken pixels, then its pixel that
    is farthest from the region's outline and from the picture's edge (Euclidean), the first in reading
    order where several are. None when there is no error. Deterministic. In pictures beyond 512 pixels a
    side the search runs on every n-th pixel, as long as it meets an error there; the answer always lies
    in an error.
    """
    step = -(-max(truth.shape) // _MOST_SIDE)
    for stride in dict.fromkeys((step, 1)):
        seen, predicted = truth[::stride, ::stride], prediction[::stride, ::stride]
        regions = [_largest(seen & ~predicted, 1), _largest(predicted & ~seen, 0)]
        errors = [region for region in regions if region is not None]
        if errors:
            error = max(errors, key=lambda region: region.area)
            x, y = error.centre()
            return x * stride, y * stride, error.label
    return None


@dataclass(frozen=True)
class _Region:
    """One connected error: its pixels within its bounding box, whose corner is at (left, top)."""

    area: int
    label: int
    left: int
    top: int
    inside: Bool[np.ndarray, "h w"]

    def centre(self) -> tuple[int, int]:
        """(x, y) of the pixel farthest from the outline."""
        distance = ndimage.distance_transform_edt(np.pad(self.inside, 1))[1:-1, 1:-1]
        y, x = np.unravel_index(int(np.argmax(distance)), distance.shape)
        return self.left + int(x), self.top + int(y)


def _largest(error: Bool[np.ndarray, "h w"], label: int) -> _Region | None:
    components, count = ndimage.label(error, structure=_EIGHT_NEIGHBOURS)
    if count == 0:
        return None
    areas = np.bincount(components.ravel())[1:]
    winner = int(np.argmax(areas)) + 1
    rows, columns = ndimage.find_objects(components, max_label=winner)[winner - 1]
    inside = components[rows, columns] == winner
    return _Region(int(areas[winner - 1]), label, columns.start, rows.start, inside)
