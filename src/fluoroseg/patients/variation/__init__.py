"""Many patients out of one: draw a record of what changes, then apply it."""

from fluoroseg.patients.variation.apply import vary
from fluoroseg.patients.variation.draw import sample_variation
from fluoroseg.patients.variation.record import (
    Contrast,
    Gas,
    Opacity,
    Pneumothorax,
    Turn,
    Variation,
    Wave,
)

__all__ = [
    "Contrast",
    "Gas",
    "Opacity",
    "Pneumothorax",
    "Turn",
    "Variation",
    "Wave",
    "sample_variation",
    "vary",
]
