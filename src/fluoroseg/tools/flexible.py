"""What catheters, wires, leads and tubes have in common: one function makes the parts along any curve.

The functions of families take a path `[n, 3]` in mm, the tip first. A path of two points is the tool by
itself: it then has the shape that its maker gave it, the tip at the origin and the shaft along -z.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from fluoroseg.project.mesh_body import Mesh
from fluoroseg.tools.curves import Curve, bent, through
from fluoroseg.tools.shapes import lathed, pipe
from fluoroseg.tools.tool import Part

Parts = tuple[Part, ...]
Path = Float[np.ndarray, "n 3"]

MM_PER_FRENCH = 1 / 3
MM_PER_INCH = 25.4


def curve_of(path_mm: Path, length_mm: float, rest: Callable[[], Curve]) -> Curve:
    """The centre curve: by itself `rest()`, else the path, no longer than the tool."""
    if len(path_mm) == 2:
        return rest()
    curve = through(path_mm)
    return curve.part(0.0, min(length_mm, curve.length_mm))


def hooked(*pieces: tuple[float, ...], length_mm: float) -> Curve:
    """Pieces as of `bent` from the tip, then a straight shaft along -z, `length_mm` high in all."""
    tip = bent(*pieces, (1.0, 0.0))
    way = tip.points_mm[-1] - tip.points_mm[-2]
    upright = tip.points_mm @ _turn_onto_z(-way / np.linalg.norm(way)).T
    shaft_mm = length_mm - (upright[:, 2].max() - upright[-1, 2])
    end = upright[-1] - [0.0, 0.0, max(shaft_mm, 1e-3)]
    return Curve(np.concatenate([upright, end[None]]))


def shaft(
    curve: Curve, outer_mm: float, inner_mm: float, material: str, start_mm: float = 0.0, facets: int = 16
) -> Part:
    """A catheter's wall (diameters) from `start_mm` behind the tip to the end of the curve."""
    return Part(pipe(outer_mm, inner_mm, start_mm, curve.length_mm, curve, facets), material)


def band(curve: Curve, around_mm: float, at_mm: float, width_mm: float = 1.0, wall_mm: float = 0.15) -> Mesh:
    """A marker's ring, close about a shaft of the diameter `around_mm`."""
    inner = around_mm + 0.02
    return pipe(inner + 2 * wall_mm, inner, at_mm, at_mm + width_mm, curve)


def hub(curve: Curve, around_mm: float, length_mm: float = 22.0, width_mm: float = 8.0) -> Part:
    """The plug at a catheter's tail, straight on behind the curve's end."""
    end, inner, outer = -curve.length_mm - 0.05, around_mm / 2 + 0.05, width_mm / 2
    wall = (
        (end, inner),
        (end, max(inner + 0.4, outer * 0.6)),
        (end - 0.6 * length_mm, max(inner + 0.4, outer * 0.7)),
        (end - 0.62 * length_mm, outer),
        (end - length_mm, outer),
        (end - length_mm, max(inner, outer - 1.4)),
        (end - 0.5 * length_mm, inner),
    )
    return Part(lathed(wall, curve, hollow=True), "pmma")


def _turn_onto_z(way: Float[np.ndarray, "3"]) -> Float[np.ndarray, "3 3"]:
    """The rotation, about an axis in the x-y plane or y, that takes a unit vector to +z."""
    axis = np.cross(way, [0.0, 0.0, 1.0])
    sine, cosine = np.linalg.norm(axis), way[2]
    x, y, z = axis / sine if sine > 1e-9 else (0.0, 1.0, 0.0)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + sine * cross + (1 - cosine) * cross @ cross
