"""A tool alone in air, as an X-ray sees it from two sides."""

import numpy as np
from jaxtyping import Float32

from fluoroseg.geometry.camera import Camera, aim
from fluoroseg.physics import DENSITY_G_CM3, MATERIALS, transmission
from fluoroseg.project import project_solids
from fluoroseg.tools.tool import Tool

SIDES = {"front": (0.0, 1.0, 0.0), "side": (1.0, 0.0, 0.0)}
"""Directions of the beam in the tool's frame; +z is up in both."""

KVP = 70.0
_SOURCE_MM = 3000.0


def side_camera(tool: Tool, beam: tuple[float, float, float], size: int) -> Camera:
    """A camera 3 m away that the whole tool fits into, from both sides on the same scale."""
    corners = np.concatenate([part.mesh.vertices_mm for part in tool.parts])
    middle = (corners.min(axis=0) + corners.max(axis=0)) / 2
    field = 1.06 * float(np.ptp(corners, axis=0).max())
    pixel = field / size * (_SOURCE_MM + field) / _SOURCE_MM
    up = np.array([0.0, 0.0, 1.0])
    return aim(middle, np.array(beam), up, _SOURCE_MM, _SOURCE_MM + field, pixel, (size, size))


def two_sides(tool: Tool, size: int = 400) -> Float32[np.ndarray, "h w"]:
    """Transmission (1 = air) at 70 kVp from the front and, beside it, from the side: `[size, 2 size]`."""
    pictures = []
    for beam in SIDES.values():
        seen = project_solids(tool.solids("tool", np.eye(4)), side_camera(tool, beam, size))
        metal = {m: mm / 10 * DENSITY_G_CM3[m] for m, mm in seen.material_mm.items()}
        nothing = np.zeros((len(MATERIALS), size, size), dtype=np.float32)
        pictures.append(transmission(nothing, KVP, metal))
    return np.concatenate(pictures, axis=1)
