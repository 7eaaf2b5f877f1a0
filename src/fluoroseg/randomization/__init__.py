"""Domain randomisation, and the one normalisation that training, evaluation and use share.

`present` turns transmission into pixels as a viewer shows them, `sample` draws what may differ between
two real X-rays of the same thing, `apply` makes the difference, `normalise` is what a network sees.
"""

from fluoroseg.randomization.draw import Draw, sample
from fluoroseg.randomization.normalise import network_input, network_shape
from fluoroseg.randomization.pipeline import apply, randomize
from fluoroseg.randomization.present import present

__all__ = ["Draw", "apply", "network_input", "network_shape", "present", "randomize", "sample"]
