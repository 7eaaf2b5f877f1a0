import numpy as np
import pytest

from fluoroseg.errors import UsageError
from fluoroseg.physics import Blades, Detector, Exposure


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_numbers_that_are_not_finite_are_refused(number):
    for name in ("mas", "aluminium_mm", "copper_mm", "focal_spot_mm", "anode_turn_deg", "air_gap_mm"):
        with pytest.raises(UsageError, match=f"{name} of an exposure"):
            Exposure(**{name: number})
    blades = {
        "size_mm": (100.0, number),
        "centre_mm": (number, 0.0),
        "turn_deg": number,
        "distance_mm": number,
    }
    for name, value in blades.items():
        with pytest.raises(UsageError, match=f"{name} of the blades"):
            Blades(**{"size_mm": (100.0, 100.0), name: value})
    for name in ("electronic_quanta_mm", "blur_mm", "glare_mm"):
        with pytest.raises(UsageError, match="finite"):
            Detector(**{name: number})
