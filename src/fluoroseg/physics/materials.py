"""What a CT voxel is made of: HU -> volume shares of five materials -> densities.

A voxel is a mixture *by volume* of the two materials whose HU nodes it lies between (tents over the
nodes). Shares are a partition of unity and have no jumps, so a noisy CT does not flicker between
materials, and density = sum of share x pure density is piecewise linear and continuous in HU.
"""

import numpy as np
from jaxtyping import Float, Shaped

MATERIALS = ("air", "lung", "fat", "soft", "bone")
"""Order of every material axis in this package."""

NODES_HU = (-960.0, -740.0, -100.0, 40.0, 1500.0)
"""HU at which a voxel is purely that material. The air node lies above -1000 HU so that the noise of
a CT's air (clipped at -1000 by many scanners) does not add up to a gram along a ray."""

DENSITY_G_CM3 = {
    "air": 0.0012,
    "lung": 0.26,
    "fat": 0.95,
    "soft": 1.06,
    "bone": 1.92,
    "titanium": 4.51,
    "iron": 7.87,
    "stainless_steel": 8.0,
}
"""Pure densities: ICRU-44 (inflated lung 0.26) and, for tools, the metals'."""

DENSE_BONE_G_CM3_PER_HU = 0.00059
"""Above the bone node (enamel, metal in the CT) the bone gets denser at this slope."""

COMPOSITION = {
    "air": {"C": 0.000124, "N": 0.755268, "O": 0.231781, "Ar": 0.012827},
    "lung": {"H": 0.103, "C": 0.105, "N": 0.031, "O": 0.749, "Na": 0.002, "P": 0.002, "S": 0.003}
    | {"Cl": 0.003, "K": 0.002},
    "fat": {"H": 0.114, "C": 0.598, "N": 0.007, "O": 0.278, "Na": 0.001, "S": 0.001, "Cl": 0.001},
    "soft": {"H": 0.102, "C": 0.143, "N": 0.034, "O": 0.708, "Na": 0.002, "P": 0.003, "S": 0.003}
    | {"Cl": 0.002, "K": 0.003},
    "bone": {"H": 0.034, "C": 0.155, "N": 0.042, "O": 0.435, "Na": 0.001, "Mg": 0.002, "P": 0.103}
    | {"S": 0.003, "Ca": 0.225},
    "titanium": {"Ti": 1.0},
    "iron": {"Fe": 1.0},
    "stainless_steel": {"Fe": 0.70, "Cr": 0.19, "Ni": 0.10, "Mn": 0.01},
}
"""Mass fractions: ICRU-44 (NIST XAAMDI, table 2) for tissues, AISI 304 for stainless steel."""


def shares(hu: Shaped[np.ndarray, "*grid"]) -> Float[np.ndarray, "material *grid"]:
    """Volume share of each material, order `MATERIALS`, each 0..1, sum 1."""
    nodes = np.eye(len(MATERIALS))
    return np.stack([np.interp(hu, NODES_HU, nodes[m]) for m in range(len(MATERIALS))])


def densities_g_cm3(hu: Shaped[np.ndarray, "*grid"]) -> Float[np.ndarray, "material *grid"]:
    """Partial density of each material in g/cm^3, order `MATERIALS`; their sum is the voxel's density."""
    pure = np.array([DENSITY_G_CM3[m] for m in MATERIALS])
    partial = shares(hu) * pure.reshape(-1, *[1] * np.ndim(hu))
    partial[-1] += np.maximum(0.0, hu - NODES_HU[-1]) * DENSE_BONE_G_CM3_PER_HU
    return partial
