"""Where a radiographer sets the blades: about what the picture is taken for."""

import numpy as np
from jaxtyping import Float

from fluoroseg.geometry.camera import Camera
from fluoroseg.physics.exposure import Blades

LEAST_SHARE = 0.3
"""Of the picture's width that stays open."""


def draw_blades(camera: Camera, target: Float[np.ndarray, "n 3"], rng: np.random.Generator) -> Blades:
    """Blades about the target's shadow, each 0 to 25 % of its size away from it, up to 3 degrees turned.

    target: LPS mm.  An opening wider than the picture leaves that side of it open.
    """
    width, height = (float(np.linalg.norm(step)) for step in (camera.right_mm, camera.down_mm))
    rows, columns = camera.shape
    at = camera.project(target) - np.array([(rows - 1) / 2, (columns - 1) / 2])
    low, high = np.quantile(at, [0.01, 0.99], axis=0) * np.array([height, width])
    room = (high - low) * rng.uniform(0.0, 0.25, (2, 2))
    low, high = low - room[0], high + room[1]
    picture = np.array([rows * height, columns * width])
    size = np.maximum(high - low, LEAST_SHARE * picture)
    middle = (low + high) / 2
    return Blades(
        size_mm=(float(size[1]), float(size[0])),
        centre_mm=(float(middle[1]), float(middle[0])),
        turn_deg=float(rng.normal(0, 1.5)),
    )
