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
    "titanium_alloy": 4.43,
    "steel_316l": 7.99,
    "nitinol": 6.45,
    "tantalum": 16.65,
    "silver": 10.49,
    "gold": 19.3,
    "lead": 11.34,
    "brass": 8.5,
    "dental_gold": 15.5,
    "amalgam": 11.5,
    "alumina": 3.98,
    "zirconia": 6.05,
    "glass": 2.5,
    "hydroxyapatite": 3.16,
    "gutta_percha": 2.6,
    "pmma": 1.18,
    "bone_cement": 1.27,
    "opaque_cement": 1.5,
    "polypropylene": 0.905,
    "nylon": 1.14,
    "polyurethane": 1.12,
    "barium_polyurethane": 1.36,
    "silicone": 1.12,
    "barium_silicone": 1.41,
    "pvc": 1.35,
    "barium_pvc": 1.62,
    "barium_polypropylene": 1.4,
    "ptfe": 2.2,
    "polyester": 1.38,
    "epoxy": 1.2,
    "carbon_fibre": 1.55,
    "rubber": 0.95,
    "cotton": 0.6,
    "gel": 1.05,
}
"""Pure densities: ICRU-44 (inflated lung 0.26); materials of tools, filters and the scintillator. Cotton
is a packed swab's bulk; "polyethylene" is that of implants (UHMWPE) too."""

DENSE_BONE_G_CM3_PER_HU = 0.00059
"""Above the bone node (enamel, metal in the CT) bone, or contrast, gets denser at this slope."""

_BLOOD = {"H": 0.102, "C": 0.110, "N": 0.033, "O": 0.745, "Na": 0.001, "P": 0.001, "S": 0.002} | {
    "Cl": 0.003,
    "K": 0.002,
    "Fe": 0.001,
}

_BARIUM_SULFATE = {"Ba": 0.5884, "S": 0.1374, "O": 0.2742}
_PMMA = {"H": 0.0805, "C": 0.5998, "O": 0.3196}
_POLYPROPYLENE = {"H": 0.1437, "C": 0.8563}
_POLYURETHANE = {"H": 0.08, "C": 0.65, "N": 0.05, "O": 0.22}
_PVC = {"H": 0.0484, "C": 0.3844, "Cl": 0.5673}
_SILICONE = {"H": 0.0816, "C": 0.3239, "O": 0.2158, "Si": 0.3787}


def _loaded(base: dict[str, float], share: float, filler: dict[str, float]) -> dict[str, float]:
    """A plastic with a share by mass of something opaque in it."""
    return {
        element: round((1 - share) * base.get(element, 0) + share * filler.get(element, 0), 5)
        for element in dict.fromkeys((*base, *filler))
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
    "titanium_alloy": {"Ti": 0.90, "Al": 0.06, "V": 0.04},
    "steel_316l": {"Fe": 0.653, "Cr": 0.175, "Ni": 0.12, "Mo": 0.025, "Mn": 0.02, "Si": 0.007},
    "nitinol": {"Ni": 0.557, "Ti": 0.443},
    "tantalum": {"Ta": 1.0},
    "silver": {"Ag": 1.0},
    "gold": {"Au": 1.0},
    "lead": {"Pb": 1.0},
    "brass": {"Cu": 0.63, "Zn": 0.37},
    "dental_gold": {"Au": 0.75, "Ag": 0.13, "Cu": 0.12},
    "amalgam": {"Hg": 0.50, "Ag": 0.30, "Sn": 0.14, "Cu": 0.06},
    "alumina": {"Al": 0.5293, "O": 0.4707},
    "zirconia": {"Zr": 0.70, "Y": 0.04, "O": 0.26},
    "glass": {"Si": 0.3413, "O": 0.4592, "Na": 0.1039, "Ca": 0.0715, "Mg": 0.0241},
    "hydroxyapatite": {"Ca": 0.3989, "P": 0.1850, "O": 0.4141, "H": 0.0020},
    "gutta_percha": {"Zn": 0.53, "O": 0.16, "C": 0.18, "H": 0.02, "Ba": 0.08, "S": 0.03},
    "pmma": _PMMA,
    "bone_cement": _loaded(_PMMA, 0.10, _BARIUM_SULFATE),
    "opaque_cement": _loaded(_PMMA, 0.30, _BARIUM_SULFATE),
    "polypropylene": _POLYPROPYLENE,
    "nylon": {"H": 0.0980, "C": 0.6368, "N": 0.1238, "O": 0.1414},
    "polyurethane": _POLYURETHANE,
    "barium_polyurethane": _loaded(_POLYURETHANE, 0.25, _BARIUM_SULFATE),
    "silicone": _SILICONE,
    "barium_silicone": _loaded(_SILICONE, 0.30, _BARIUM_SULFATE),
    "pvc": _PVC,
    "barium_pvc": _loaded(_PVC, 0.25, _BARIUM_SULFATE),
    "barium_polypropylene": _loaded(_POLYPROPYLENE, 0.45, _BARIUM_SULFATE),
    "ptfe": {"C": 0.2402, "F": 0.7598},
    "polyester": {"H": 0.0420, "C": 0.6250, "O": 0.3330},
    "epoxy": {"H": 0.065, "C": 0.72, "O": 0.215},
    "carbon_fibre": {"C": 0.88, "H": 0.03, "O": 0.07, "N": 0.02},
    "rubber": {"H": 0.1184, "C": 0.8816},
    "cotton": {"H": 0.0622, "C": 0.4445, "O": 0.4933},
    "gel": {"H": 0.105, "C": 0.10, "N": 0.01, "O": 0.775, "Na": 0.004, "Cl": 0.006},
}
"""Parts by mass: ICRU-44 (NIST XAAMDI, table 2) for tissues, AISI 304 for stainless steel, ASTM F138 for
316L, F75 for cobalt-chromium, F136 for titanium alloy, F2063 for nitinol; plastics by their formulas,
loaded with barium sulphate as makers say; cement with 10 % (joints) or 30 % (spine) of it. Contrast is a
millilitre of blood with 55.5 mg of iodine: 1500 HU at 70 keV, some 26 HU for each mg/ml."""


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
