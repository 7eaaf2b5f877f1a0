"""One rendered view: the X-ray, and the shadow of every structure and tool in it."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float, Float32, Int

from fluoroseg.dataset.rle import Runs, encode_bits
from fluoroseg.geometry.camera import Camera
from fluoroseg.physics.detector import Detector
from fluoroseg.physics.exposure import Exposure
from fluoroseg.physics.fields import collimated, pincushion_map, round_field
from fluoroseg.project.mesh import SolidProjection
from fluoroseg.project.projection import Projection

_OPEN = 0.5
"""Share of the beam behind the collimator's edge from which a pixel counts as exposed."""


@dataclass(frozen=True, eq=False)
class Picture:
    """What `Projector.render` makes. Structures and tools are asked for by name.

    image: float32 `[h, w]`, signal as a fraction of open air (the detector's raw picture).
    primary: float32 `[h, w]`, transmitted energy fraction after spectrum and detector response, along the
        camera's rays: without scatter, noise and distortion.
    camera: of the undistorted rays.
    projection: the patients, as the picture shows them.  solids: the tools, undistorted.
    pixel: for a distorted picture `(row, column)` int64 `[h, w]` of the ray that each pixel shows.
    field: pixels that are exposed (round field, collimator); None: all.
    """

    image: Float32[np.ndarray, "h w"]
    primary: Float32[np.ndarray, "h w"]
    camera: Camera
    projection: Projection
    solids: SolidProjection
    pixel: tuple[Int[np.ndarray, "h w"], Int[np.ndarray, "h w"]] | None = None
    field: Bool[np.ndarray, "h w"] | None = None

    def shown_by(self, exposure: Exposure, detector: Detector) -> "Picture":
        """The same with the shadows distorted and cut as detector and collimator do with the image."""
        picture = self
        if detector.pincushion:
            where = np.rint(pincushion_map(self.image.shape, detector.pincushion)).astype(np.int64)
            row, column = (np.clip(where[..., i], 0, self.image.shape[i] - 1) for i in range(2))
            areal = np.ascontiguousarray(self.projection.areal_g_cm2[:, row, column])
            layers = tuple(layer.at(row, column) for layer in self.projection.layers)
            picture = replace(picture, projection=Projection(areal, layers), pixel=(row, column))
        field = round_field(self.image.shape) if detector.round else None
        if exposure.blades is not None:
            open_ = collimated(self.camera, exposure, exposure.blades) > _OPEN
            if picture.pixel is not None:
                open_ = open_[picture.pixel]
            field = open_ if field is None else field & open_
        if field is not None:
            for layer in picture.projection.layers:
                layer.bits[~field] = 0
            picture = replace(picture, field=field)
        return picture

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Structures, then tools, with at least one pixel."""
        tools = [key for key in self.solids.repaired if self._tool_mm(key).any()]
        return (*self.projection.names, *tools)

    def mask(self, name: str) -> Bool[np.ndarray, "h w"]:
        """Silhouette of a structure or tool. GeometryError for one that is neither."""
        if name in self.solids.repaired:
            return self._tool_mm(name) > 0
        return self.projection.mask(name)

    def length_mm(self, name: str) -> Float[np.ndarray, "h w"]:
        """Path length of each ray in a structure (`Projection.length_mm`) or tool, float32 mm."""
        if name in self.solids.repaired:
            return self._tool_mm(name)
        return self.projection.length_mm(name)

    def runs(self) -> dict[str, Runs]:
        """Every structure and tool of `names` as run lengths, straight from the bit sets."""
        found: dict[str, Runs] = {}
        layers = self.projection.layers
        for layer in layers:
            own = [n for n in layer.names if sum(n in other.slots for other in layers) == 1]
            found |= zip(own, encode_bits(layer.bits, [layer.slots[n] for n in own]), strict=True)
        for name in self.names:
            if name not in found:
                found[name] = encode_bits(self.mask(name).astype(np.uint64)[:, :, None], [0])[0]
        return {name: found[name] for name in self.names}

    def path_summary_mm(self) -> dict[str, tuple[float, float]]:
        """Mean and longest path (mm) over each silhouette of `names`. GeometryError without lengths."""
        layers = self.projection.layers
        found = layers[0].path_summary_mm() if len(layers) == 1 else {}
        for name in self.names:
            if name not in found:
                inside = self.length_mm(name)[self.mask(name)]
                found[name] = (float(inside.mean()), float(inside.max()))
        return found

    def as_shown(self, mask: Bool[np.ndarray, "h w"]) -> Bool[np.ndarray, "h w"]:
        """A mask over the camera's rays, distorted and cut as the picture is."""
        shown = mask if self.pixel is None else mask[self.pixel]
        return shown if self.field is None else shown & self.field

    def _tool_mm(self, key: str) -> Float32[np.ndarray, "h w"]:
        path = self.solids.path_mm(key)
        if self.pixel is not None:
            path = path[self.pixel]
        return path if self.field is None else path * self.field
