"""What a camera refuses."""

import numpy as np
import pytest

from fluoroseg.errors import GeometryError
from fluoroseg.geometry.camera import Camera, aim


@pytest.mark.parametrize("name", ["source_mm", "origin_mm", "right_mm", "down_mm"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_numbers_that_are_none(name, value):
    good = aim(np.zeros(3), np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, 1.0]), 600, 1000, 1.0, (4, 4))
    vectors = {n: getattr(good, n).copy() for n in ("source_mm", "origin_mm", "right_mm", "down_mm")}
    vectors[name][1] = value
    with pytest.raises(GeometryError, match=name):
        Camera(**vectors, shape=(4, 4))
