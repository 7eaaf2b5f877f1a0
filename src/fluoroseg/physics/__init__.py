"""Materials, spectra, exposure and detector: from areal densities to the raw and the shown picture."""

from fluoroseg.physics.attenuation import mass_attenuation_cm2_g
from fluoroseg.physics.beam import transmission
from fluoroseg.physics.defects import Defects, defect_map
from fluoroseg.physics.detector import Detector, detect, flat_panel, ideal, image_intensifier, open_quanta
from fluoroseg.physics.exposure import Blades, Exposure, chest_radiograph, fluoroscopy
from fluoroseg.physics.fields import collimated, open_field, pincushion_map, round_field, warp
from fluoroseg.physics.materials import DENSITY_G_CM3, MATERIALS, densities_g_cm3, shares
from fluoroseg.physics.presentation import presented
from fluoroseg.physics.scatter import Grid
from fluoroseg.physics.spectrum import Spectrum, mono, tube, tube_bins

__all__ = [
    "DENSITY_G_CM3",
    "MATERIALS",
    "Blades",
    "Defects",
    "Detector",
    "Exposure",
    "Grid",
    "Spectrum",
    "chest_radiograph",
    "collimated",
    "defect_map",
    "densities_g_cm3",
    "detect",
    "flat_panel",
    "fluoroscopy",
    "ideal",
    "image_intensifier",
    "mass_attenuation_cm2_g",
    "mono",
    "open_field",
    "open_quanta",
    "pincushion_map",
    "presented",
    "round_field",
    "shares",
    "transmission",
    "tube",
    "tube_bins",
    "warp",
]
