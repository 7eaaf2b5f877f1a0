"""What a CT voxel is made of: HU -> volume shares of six materials -> densities.

A voxel is a mixture *by volume* of the two materials whose HU nodes it lies between (tents over the
nodes). Shares are a partition of unity and have no jumps, so a noisy CT does not flicker between
materials, and density = sum of share x pure density is piecewise linear and continuous in HU.

HU alone cannot tell bone from blood with iodine in it. Where the caller says `contrast` (vessels,
kidneys, bladder of a contrast-enhanced CT), contrast takes bone's place.
"""

import numpy as np
from jaxtyping import Bool, Float, Shaped

from fluoroseg.errors import GeometryError

MATERIALS = ("air", "lung", "fat", "soft", "contrast", "bone")
"""Order of every material axis in this package."""

NODES_HU = (-960.0, -740.0, -100.0, 40.0, 1500.0, 1500.0)
"""HU at which a voxel is purely that material; contrast and bone share theirs. The air node lies above
-1000 HU so that the noise of a CT's air (clipped at -1000 by many scanners) does not add up to a gram
along a ray."""

DENSITY_G_CM3 = {
    "air": 0.0012,
    "lung": 0.26,
    "fat": 0.95,
    "soft": 1.06,
    "contrast": 1.1155,
    "bone": 1.92,
    "polyethylene": 0.94,
    "peek": 1.32,
    "titanium": 4.51,
    "iron": 7.87,
    "stainless_steel": 8.0,
    "cobalt_chromium": 8.3,
    "tungsten": 19.3,
    "platinum": 21.45,
    "aluminium": 2.699,
    "copper": 8.96,
    "caesium_iodide": 4.51,
}
"""Pure densities: ICRU-44 (inflated lung 0.26); materials of tools; filters and the scintillator."""

DENSE_BONE_G_CM3_PER_HU = 0.00059
"""Above the bone node (enamel, metal in the CT) bone, or contrast, gets denser at this slope."""

_BLOOD = {"H": 0.102, "C": 0.110, "N": 0.033, "O": 0.745, "Na": 0.001, "P": 0.001, "S": 0.002} | {
    "Cl": 0.003,
    "K": 0.002,
    "Fe": 0.001,
}

COMPOSITION = {
    "air": {"C": 0.000124, "N": 0.755268, "O": 0.231781, "Ar": 0.012827},
    "lung": {"H": 0.103, "C": 0.105, "N": 0.031, "O": 0.749, "Na": 0.002, "P": 0.002, "S": 0.003}
    | {"Cl": 0.003, "K": 0.002},
    "fat": {"H": 0.114, "C": 0.598, "N": 0.007, "O": 0.278, "Na": 0.001, "S": 0.001, "Cl": 0.001},
    "soft": {"H": 0.102, "C": 0.143, "N": 0.034, "O": 0.708, "Na": 0.002, "P": 0.003, "S": 0.003}
    | {"Cl": 0.002, "K": 0.003},
    "contrast": {element: 1.06 * share for element, share in _BLOOD.items()} | {"I": 0.0555},
    "bone": {"H": 0.034, "C": 0.155, "N": 0.042, "O": 0.435, "Na": 0.001, "Mg": 0.002, "P": 0.103}
    | {"S": 0.003, "Ca": 0.225},
    "polyethylene": {"H": 0.1437, "C": 0.8563},
    "peek": {"H": 0.0420, "C": 0.7915, "O": 0.1665},
    "titanium": {"Ti": 1.0},
    "iron": {"Fe": 1.0},
    "stainless_steel": {"Fe": 0.70, "Cr": 0.19, "Ni": 0.10, "Mn": 0.01},
    "cobalt_chromium": {"Co": 0.66, "Cr": 0.28, "Mo": 0.06},
    "tungsten": {"W": 1.0},
    "platinum": {"Pt": 1.0},
    "aluminium": {"Al": 1.0},
    "copper": {"Cu": 1.0},
    "caesium_iodide": {"Cs": 0.5115, "I": 0.4885},
}
"""Parts by mass: ICRU-44 (NIST XAAMDI, table 2) for tissues, AISI 304 for stainless steel, ASTM F75 for
cobalt-chromium. Contrast is a millilitre of blood with 55.5 mg of iodine: 1500 HU at 70 keV, some
26 HU for each mg/ml."""


def shares(
    hu: Shaped[np.ndarray, "*grid"], contrast: Bool[np.ndarray, "..."] | None = None
) -> Float[np.ndarray, "material *grid"]:
    """Volume share of each material, order `MATERIALS`, each 0..1, sum 1.

    contrast: where what would be bone by its HU is iodinated blood; None: nowhere.
    Raises GeometryError when `contrast` has another shape than `hu`.
    """
    partial = np.zeros((len(MATERIALS), *np.shape(hu)))
    tents = np.eye(len(MATERIALS) - 1)
    contrast_row = MATERIALS.index("contrast")
    for row, tent in zip((m for m in range(len(MATERIALS)) if m != contrast_row), tents, strict=True):
        partial[row] = np.interp(hu, np.delete(NODES_HU, contrast_row), tent)
    return _swapped(partial, contrast)


def densities_g_cm3(
    hu: Shaped[np.ndarray, "*grid"], contrast: Bool[np.ndarray, "..."] | None = None
) -> Float[np.ndarray, "material *grid"]:
    """Partial density of each material in g/cm^3, order `MATERIALS`; their sum is the voxel's density.

    contrast: as in `shares`. Raises GeometryError when its shape is not that of `hu`.
    """
    pure = np.array([DENSITY_G_CM3[m] for m in MATERIALS])
    dense = np.zeros((len(MATERIALS), *np.shape(hu)))
    dense[-1] = np.maximum(0.0, hu - NODES_HU[-1]) * DENSE_BONE_G_CM3_PER_HU
    return shares(hu, contrast) * pure.reshape(-1, *[1] * np.ndim(hu)) + _swapped(dense, contrast)


def _swapped(
    partial: Float[np.ndarray, "material *grid"], contrast: Bool[np.ndarray, "..."] | None
) -> Float[np.ndarray, "material *grid"]:
    """Moves bone's row to contrast's where `contrast` says so."""
    if contrast is not None:
        if contrast.shape != partial.shape[1:]:
            raise GeometryError(
                f"the contrast mask has shape {contrast.shape}; its HU volume has {partial.shape[1:]}"
            )
        iodine, bone = partial[MATERIALS.index("contrast")], partial[MATERIALS.index("bone")]
        iodine[contrast] = bone[contrast]
        bone[contrast] = 0.0
    return partial
