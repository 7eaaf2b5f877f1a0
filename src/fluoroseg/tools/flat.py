"""Flat things that lie in the y-z plane, +z up in the picture, x towards the viewer."""

import numpy as np
from jaxtyping import Float

from fluoroseg.project.mesh_body import Mesh
from fluoroseg.tools.solids import Outline, extruded, placed, rounded


def flat(outline: Outline, thick_mm: float, *holes: Outline) -> Mesh:
    """An outline (y, z) as a plate in the y-z plane, half its thickness to either side."""
    plate = extruded(outline, thick_mm, holes)
    y, z, x = plate.vertices_mm.T
    return Mesh(np.stack([x - thick_mm / 2, y, z], axis=1), plate.faces)


def facing(body: Mesh, at_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> Mesh:
    """A body turned about z, laid with its axis towards the viewer."""
    return placed(body, at_mm, (1.0, 0.0, 0.0))


def oval(wide_mm: float, high_mm: float, points: int = 40) -> Float[np.ndarray, "n 3"]:
    """A closed line in the y-z plane."""
    angle = 2 * np.pi * np.arange(points) / points
    return np.stack([0 * angle, wide_mm / 2 * np.cos(angle), high_mm / 2 * np.sin(angle)], axis=1)


def plate(wide_mm: float, high_mm: float, thick_mm: float, corner_mm: float) -> Mesh:
    """A rectangle with round corners."""
    y, z = wide_mm / 2, high_mm / 2
    return flat(rounded([(-y, -z), (y, -z), (y, z), (-y, z)], corner_mm), thick_mm)
