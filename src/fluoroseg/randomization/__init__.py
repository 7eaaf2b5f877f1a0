"""Domain randomisation, and the one normalisation that training, evaluation and use share.

`present` turns transmission into pixels as a viewer shows them, `sample` draws what may differ between
two real X-rays of the same thing, `apply` makes the difference, `normalise` is what a network sees.
"""

from fluoroseg.anatomy.sides import swap_sides
from fluoroseg.randomization.door import randomize
from fluoroseg.randomization.draw import Draw, Geometry, Step
from fluoroseg.randomization.geometry import carry_boxes, carry_points
from fluoroseg.randomization.mix import sample
from fluoroseg.randomization.normalise import network_input, network_shape
from fluoroseg.randomization.pipeline import apply, apply_batch
from fluoroseg.randomization.present import present

__all__ = [
    "Draw",
    "Geometry",
    "Step",
    "apply",
    "apply_batch",
    "carry_boxes",
    "carry_points",
    "network_input",
    "network_shape",
    "present",
    "randomize",
    "sample",
    "swap_sides",
]
