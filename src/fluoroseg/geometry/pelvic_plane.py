"""The anterior pelvic plane: what a ruler touches that is laid on both iliac spines and the pubis."""

import numpy as np
from jaxtyping import Float

STEEPEST_DEG = 60.0


def upright(hips_mm: Float[np.ndarray, "n 3"], frame: Float[np.ndarray, "3 3"]) -> Float[np.ndarray, "3 3"]:
    """The frame turned about its x so that its z lies in the anterior pelvic plane.

    hips_mm: points of both hip bones.  frame: `world = R @ pelvis`, right but for this turn, by less than
    `STEEPEST_DEG`. Seen from the side, the plane is the longest edge of the bones' convex hull in front.
    """
    from scipy.spatial import ConvexHull  # late: scipy costs 0.2 s at import

    seen = (hips_mm @ frame)[:, 1:]  # backwards, upwards
    hull = seen[ConvexHull(seen).vertices]
    edges = np.roll(hull, -1, axis=0) - hull
    edges = edges * np.where(edges[:, 1:] < 0, -1.0, 1.0)
    steep = np.abs(edges[:, 0]) < np.tan(np.radians(STEEPEST_DEG)) * edges[:, 1]
    in_front = (hull[:, 0] < seen[:, 0].mean()) & (np.roll(hull, -1, axis=0)[:, 0] < seen[:, 0].mean())
    lengths = np.linalg.norm(edges, axis=1) * (steep & in_front)
    if not lengths.any():
        return frame
    back, up = edges[int(lengths.argmax())] / lengths.max()
    return frame @ np.array([[1.0, 0, 0], [0, up, back], [0, -back, up]])
