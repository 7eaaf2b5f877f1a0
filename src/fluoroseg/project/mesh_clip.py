"""Faces that reach behind the source are cut at a plane just before it."""

import numpy as np
from jaxtyping import Float64, Int32

NEAR = 1e-6
"""Distance of the plane from the source, as a share of the way to the detector."""


def clip_near(
    camera: Float64[np.ndarray, "v 3"], faces: Int32[np.ndarray, "f 3"]
) -> tuple[Float64[np.ndarray, "w 3"], Int32[np.ndarray, "g 3"]]:
    """What lies beyond t = NEAR of a mesh in camera coordinates (x, y, t); new corners follow the old ones.

    The mesh is left open where the plane cuts it. Both faces at an edge get the very same new corner, for it
    is computed from the edge's far end to its near end.
    """
    beyond = camera[faces, 2] >= NEAR
    corners, pieces = [camera], [faces[beyond.all(axis=1)]]
    for kept in (1, 2):  # corners beyond the plane
        some = np.flatnonzero(beyond.sum(axis=1) == kept)
        lone = np.argmax(beyond[some] == (kept == 1), axis=1)  # the corner alone on its side
        a, b, c = (faces[some, (lone + i) % 3] for i in range(3))
        ab, ac = (_cut(camera, a, other, kept == 1) for other in (b, c))
        first = sum(len(one) for one in corners) + np.arange(len(some))
        second = first + len(some)
        corners += [ab, ac]
        pieces += [_faces(a, first, second)] if kept == 1 else [_faces(first, b, c), _faces(first, c, second)]
    far = np.concatenate(corners)
    far[far[:, 2] < NEAR] = (0, 0, NEAR)  # no longer part of any face
    return far, np.concatenate(pieces)


def _cut(
    camera: Float64[np.ndarray, "v 3"], one: np.ndarray, other: np.ndarray, one_is_far: bool
) -> Float64[np.ndarray, "n 3"]:
    """Where the edges meet the plane."""
    far, near = (camera[one], camera[other]) if one_is_far else (camera[other], camera[one])
    share = (far[:, 2] - NEAR) / (far[:, 2] - near[:, 2])
    at = far + share[:, None] * (near - far)
    at[:, 2] = NEAR
    return at


def _faces(*corners: np.ndarray) -> Int32[np.ndarray, "n 3"]:
    return np.stack(corners, axis=1).astype(np.int32)
