"""The camera of the detector's tests: from the front, centred on the world's origin."""

import numpy as np

from fluoroseg.geometry.camera import Camera, aim


def frontal(shape: tuple[int, int], pixel_mm: float, distance_mm: float) -> Camera:
    forward, up = np.array([0.0, 1, 0]), np.array([0.0, 0, 1])
    return aim(np.zeros(3), forward, up, distance_mm / 2, distance_mm, pixel_mm, shape)
