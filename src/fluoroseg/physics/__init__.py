"""Materials, spectra and the detector: from areal densities to an exposed picture."""

from fluoroseg.physics.attenuation import mass_attenuation_cm2_g
from fluoroseg.physics.beam import transmission
from fluoroseg.physics.detector import expose
from fluoroseg.physics.materials import DENSITY_G_CM3, MATERIALS, densities_g_cm3, shares
from fluoroseg.physics.spectrum import Spectrum, mono, tube, tube_bins

__all__ = [
    "DENSITY_G_CM3",
    "MATERIALS",
    "Spectrum",
    "densities_g_cm3",
    "expose",
    "mass_attenuation_cm2_g",
    "mono",
    "shares",
    "transmission",
    "tube",
    "tube_bins",
]
