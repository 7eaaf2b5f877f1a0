"""Where a tool lies: drawn once as a frozen record, then applied."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

Vector = Float[np.ndarray, "3"]
Points = Float[np.ndarray, "n 3"]


@dataclass(frozen=True)
class Placement:
    """A tool's place in the world; plain numbers, so that it is saved with a sample and replayed.

    tip_mm: LPS, where the tool frame's origin lies.  direction, across: unit vectors, the frame's z and x.
    structure: what the tool is in, at or on; "" when it lies just somewhere in the field.
    curve_mm: of a tool that bends: its centre line from the tip on; empty for a straight one.
    mirrored: whether the frame's y is turned round: an implant for the other side of the body.
    """

    tool: str
    tip_mm: tuple[float, float, float]
    direction: tuple[float, float, float]
    structure: str
    across: tuple[float, float, float] = (0.0, 0.0, 0.0)
    curve_mm: tuple[tuple[float, float, float], ...] = ()
    mirrored: bool = False

    @property
    def world_from_tool(self) -> Float[np.ndarray, "4 4"]:
        """Tool frame (origin at its tip or anchor, pointing to +z) -> LPS mm."""
        z, x = np.array(self.direction, dtype=np.float64), np.array(self.across, dtype=np.float64)
        if not x.any():
            x = np.cross(z, np.eye(3)[np.argmin(np.abs(z))])
        x -= (x @ z) * z
        x /= np.linalg.norm(x)
        pose = np.eye(4)
        y = np.cross(x, z) if self.mirrored else np.cross(z, x)
        pose[:3, :3] = np.stack([x, y, z], axis=1)
        pose[:3, 3] = self.tip_mm
        return pose


def straight(
    tool: str,
    tip_mm: Vector,
    direction: Vector,
    structure: str,
    across: Vector | None = None,
    mirrored: bool = False,
) -> Placement:
    """A placement without bend; the vectors need not be unit vectors."""
    x = np.zeros(3) if across is None else across / np.linalg.norm(across)
    z = direction / np.linalg.norm(direction)
    return Placement(tool, three(tip_mm), three(z), structure, three(x), (), mirrored)


def bent(tool: str, curve_mm: Points, structure: str) -> Placement:
    """A placement along a curve, the tip first; the record keeps hundredths of a millimetre."""
    direction = curve_mm[0] - curve_mm[min(3, len(curve_mm) - 1)]
    at = straight(tool, curve_mm[0], direction, structure)
    return Placement(
        tool, at.tip_mm, at.direction, structure, at.across, tuple(three(p) for p in curve_mm.round(2))
    )


def jittered(direction: Vector, degrees: float, rng: np.random.Generator) -> Vector:
    """A unit vector evenly drawn (in solid angle) from the cone of that half angle about a direction."""
    z = direction / np.linalg.norm(direction)
    x = cross(z, np.eye(3)[np.argmin(np.abs(z))])
    x /= np.linalg.norm(x)
    cosine, around = rng.uniform(np.cos(np.radians(degrees)), 1.0), rng.uniform(0, 2 * np.pi)
    sine = np.sqrt(1 - cosine**2)
    return cosine * z + sine * (np.cos(around) * x + np.sin(around) * cross(z, x))


def cross(a: Vector, b: Vector) -> Vector:
    """Cross product; of two vectors NumPy's own takes twenty times longer."""
    return np.array([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]])


def three(vector: Vector) -> tuple[float, float, float]:
    return float(vector[0]), float(vector[1]), float(vector[2])
