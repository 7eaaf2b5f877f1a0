"""A point source and a flat detector in LPS millimetres."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float

from fluoroseg.errors import GeometryError


@dataclass(frozen=True)
class Camera:
    """Source and detector of one exposure.

    source_mm: position of the focal spot.
    origin_mm: centre of pixel `[row 0, column 0]`.
    right_mm: step from one column to the next (length = pixel width).
    down_mm: step from one row to the next (length = pixel height).
    shape: `(rows, columns)`.

    The picture is seen as it will be shown: row 0 on top, column 0 on the left, whatever side of the
    detector the source is on.
    """

    source_mm: Float[np.ndarray, "3"]
    origin_mm: Float[np.ndarray, "3"]
    right_mm: Float[np.ndarray, "3"]
    down_mm: Float[np.ndarray, "3"]
    shape: tuple[int, int]

    def __post_init__(self) -> None:
        if min(self.shape) < 1:
            raise GeometryError(f"a camera needs at least one pixel, not {self.shape}")
        for name in ("source_mm", "origin_mm", "right_mm", "down_mm"):
            if not np.isfinite(getattr(self, name)).all():
                raise GeometryError(f"the camera's {name} is not finite: {getattr(self, name).tolist()}")
        if abs(self.source_distance_mm) < 1e-3:
            raise GeometryError("the source lies in the detector's plane")

    @cached_property
    def normal(self) -> Float[np.ndarray, "3"]:
        """Unit normal of the detector's plane, `right x down`."""
        normal = np.cross(self.right_mm, self.down_mm)
        return normal / np.linalg.norm(normal)

    @property
    def source_distance_mm(self) -> float:
        """Signed distance of the detector's plane from the source along `normal`."""
        return float((self.origin_mm - self.source_mm) @ self.normal)

    def project(self, points_mm: Float[np.ndarray, "n 3"]) -> Float[np.ndarray, "n 2"]:
        """LPS mm -> `(row, column)` on the detector (fractional; may lie outside the picture)."""
        rays = points_mm - self.source_mm
        hit = self.source_mm + rays * (self.source_distance_mm / (rays @ self.normal))[:, None]
        offset = hit - self.origin_mm
        row = offset @ self.down_mm / (self.down_mm @ self.down_mm)
        column = offset @ self.right_mm / (self.right_mm @ self.right_mm)
        return np.stack([row, column], axis=1)

    def to_record(self) -> dict:
        """JSON-able; `from_record` gives an equal camera back."""
        vectors = ("source_mm", "origin_mm", "right_mm", "down_mm")
        return {k: [float(x) for x in getattr(self, k)] for k in vectors} | {"shape": list(self.shape)}

    @classmethod
    def from_record(cls, record: dict) -> "Camera":
        vectors = ("source_mm", "origin_mm", "right_mm", "down_mm")
        arrays = {k: np.asarray(record[k], dtype=np.float64) for k in vectors}
        return cls(**arrays, shape=(int(record["shape"][0]), int(record["shape"][1])))


def aim(
    centre_mm: Float[np.ndarray, "3"],
    beam: Float[np.ndarray, "3"],
    up: Float[np.ndarray, "3"],
    source_to_centre_mm: float,
    source_to_detector_mm: float,
    pixel_mm: float,
    shape: tuple[int, int],
    mirror: bool = False,
) -> Camera:
    """A camera whose central ray runs along `beam` through `centre_mm`, with `up` towards the top.

    `mirror=False` is the picture as seen from the source, `mirror=True` as seen from the detector; a
    frontal view picks the one that shows the patient's left on the right (AP: False, PA: True).
    """
    beam = beam / np.linalg.norm(beam)
    down = -(up - (up @ beam) * beam)
    down = down / np.linalg.norm(down)
    right = np.cross(down, beam)
    if mirror:
        right = -right
    source = centre_mm - beam * source_to_centre_mm
    middle = source + beam * source_to_detector_mm
    rows, columns = shape
    origin = middle - pixel_mm * ((columns - 1) / 2 * right + (rows - 1) / 2 * down)
    return Camera(source, origin, right * pixel_mm, down * pixel_mm, (rows, columns))
