"""HU inside a part: cortex and marrow of bone, walls and contents of hollow organs, the rest plain."""

from functools import cache

import numpy as np
from jaxtyping import Bool, Float, Float32, Int16, Int64

from fluoroseg.patients._atlas_parts import Part

CORTEX_HU, CANCELLOUS_HU, FATTY_MARROW_HU = 1500, 230, -30
PLAIN_HU = {
    "muscle": 55, "soft": 70, "fat": -95, "cartilage": 95, "organ": 45, "vessel": 45, "nerve": 32,
    "fluid": 10, "tooth": 1800, "lung": -820, "air": -1000,
}  # fmt: skip
ORGAN_HU = {
    "liver": 60, "spleen": 52, "kidney": 36, "pancreas": 42, "thymus": 15, "urinary_bladder": 6,
    "gallbladder": 10, "prostate": 42, "ovary": 30, "disc": 85, "costal_cartilage": 110,
    "calcaneal_tendon": 95,
}  # fmt: skip
CORTEX_MM = {  # at the middle of the bone, at its ends
    "femur": (6.0, 1.2), "tibia": (5.0, 1.2), "humerus": (4.0, 1.2), "fibula": (2.6, 0.8),
    "radius": (2.8, 0.9), "ulna": (2.8, 0.9), "clavicula": (2.2, 1.0), "metacarpal": (1.8, 0.6),
    "metatarsal": (2.0, 0.7),
    "phalanx": (1.3, 0.5), "rib": (1.2, 1.0), "mandible": (2.4, 2.4), "frontal_bone": (2.0, 2.0),
    "parietal_bone": (1.8, 1.8), "occipital_bone": (2.2, 2.2), "temporal_bone": (3.0, 3.0), "hip": (1.5, 1.5),
    "ilium": (1.5, 1.5), "ischium": (1.5, 1.5), "pubis": (1.5, 1.5), "vertebrae": (0.7, 0.7),
    "sphenoid_bone": (1.5, 1.5),
}  # fmt: skip
OTHER_CORTEX_MM = (0.9, 0.9)
LONG = ("femur", "tibia", "humerus", "fibula", "radius", "ulna", "metacarpal", "metatarsal", "phalanx")
GAS_SHARE = {
    "colon_transverse": 0.55, "colon_hepatic_flexure": 0.45, "colon_splenic_flexure": 0.6,
    "colon_ascending": 0.35, "colon_descending": 0.3, "colon_sigmoid": 0.4, "cecum": 0.35,
    "rectum": 0.25, "duodenum": 0.12,
    "jejunum": 0.06, "ileum": 0.05,
}  # fmt: skip
WALL_MM = 2.0
SMALL_REACH = 4
"""In voxels: up to here looking at all neighbours is quicker than a distance transform."""
GAS_HU, CONTENT_HU = -930, 25


def hu_inside(
    part: Part, inside: Bool[np.ndarray, "i j k"], origin: Float[np.ndarray, "3"], spacing_mm: float
) -> Int16[np.ndarray, "i j k"]:
    """HU of the part's voxels (elsewhere anything). Always the same for the same part and grid."""
    if part.tissue == "bone":
        return _bone(part, inside, origin, spacing_mm)
    if part.structure in GAS_SHARE:
        return _gut(part, inside, origin, spacing_mm)
    plain = next((hu for kind, hu in ORGAN_HU.items() if part.structure.startswith(kind)), None)
    return np.full(inside.shape, PLAIN_HU[part.tissue] if plain is None else plain, np.int16)


def _bone(
    part: Part, inside: Bool[np.ndarray, "i j k"], origin: Float[np.ndarray, "3"], spacing_mm: float
) -> Int16[np.ndarray, "i j k"]:
    """A shell of cortex, thick at a long bone's middle; inside it cancellous bone, fat in a long shaft."""
    middle_mm, end_mm = next(
        (mm for k, mm in CORTEX_MM.items() if part.structure.startswith(k)), OTHER_CORTEX_MM
    )
    shaft = np.zeros((1, 1, 1), np.float32)
    if middle_mm != end_mm:
        shaft = _shaft(part, inside.shape, origin, spacing_mm)
    thick = end_mm + (middle_mm - end_mm) * shaft
    deep = _depth_mm(inside, spacing_mm, middle_mm + 1) - spacing_mm / 2  # of the voxel's outer face
    cortex = np.clip((thick - deep) / spacing_mm, 0, 1)
    fatty = shaft if part.structure.startswith(LONG) else 0.0
    marrow = CANCELLOUS_HU + (FATTY_MARROW_HU - CANCELLOUS_HU) * fatty
    return np.rint(marrow + cortex * (CORTEX_HU - marrow)).astype(np.int16)


def _shaft(
    part: Part, shape: tuple[int, ...], origin: Float[np.ndarray, "3"], spacing_mm: float
) -> Float32[np.ndarray, "i j k"]:
    """1 in the middle three fifths of the bone's length, falling to 0 at its ends."""
    middle = part.vertices.mean(0)
    axis = np.linalg.eigh(np.cov((part.vertices - middle).T))[1][:, 2]
    along = (part.vertices - middle) @ axis
    low, high = along.min(), max(along.max(), along.min() + 1.0)
    start = (origin - middle) @ axis
    steps = [np.arange(n, dtype=np.float32) * np.float32(spacing_mm * axis[a]) for a, n in enumerate(shape)]
    position = steps[0][:, None, None] + steps[1][None, :, None] + steps[2]
    share = (position + np.float32(start - low)) / np.float32(high - low)
    return np.clip((0.5 - np.abs(share - 0.5)) / 0.2 - 0.25, 0, 1).astype(np.float32)


def _gut(
    part: Part, inside: Bool[np.ndarray, "i j k"], origin: Float[np.ndarray, "3"], spacing_mm: float
) -> Int16[np.ndarray, "i j k"]:
    """A wall, and in it pockets of gas and something wet."""
    hu = np.full(inside.shape, PLAIN_HU["organ"], np.int16)
    lumen = inside & (_depth_mm(inside, spacing_mm, WALL_MM + 1) > WALL_MM)
    if lumen.any():
        pockets = _waves(inside.shape, origin, spacing_mm)
        gas = lumen & (pockets < np.quantile(pockets[lumen], GAS_SHARE[part.structure]))
        hu[lumen] = CONTENT_HU
        hu[gas] = GAS_HU
    return hu


def _waves(
    shape: tuple[int, ...], origin: Float[np.ndarray, "3"], spacing_mm: float
) -> Float32[np.ndarray, "i j k"]:
    """A smooth fixed pattern in the world with lumps of about 30 mm, lower towards the front: gas rises."""
    rng = np.random.default_rng(5)
    axes = [(origin[a] + spacing_mm * np.arange(n)).astype(np.float32) for a, n in enumerate(shape)]
    out = np.zeros(shape, np.float32)
    for _ in range(6):
        turn = rng.normal(size=3) / 16
        phase = [axes[0] * turn[0] + rng.uniform(0, 6), axes[1] * turn[1], axes[2] * turn[2]]
        out += np.sin((phase[0][:, None, None] + phase[1][None, :, None] + phase[2]).astype(np.float32))
    return out + (axes[1] / 25)[None, :, None].astype(np.float32)


def _depth_mm(
    inside: Bool[np.ndarray, "i j k"], spacing_mm: float, most_mm: float
) -> Float32[np.ndarray, "i j k"]:
    """Distance of a voxel's centre from the surface, 0 outside; no farther than about `most_mm`."""
    from scipy import ndimage

    from fluoroseg.patients.voxelise_kernels import depth

    reach = int(np.ceil(most_mm / spacing_mm)) + 1
    if reach > SMALL_REACH:
        out = ndimage.distance_transform_edt(np.pad(inside, 1))[1:-1, 1:-1, 1:-1].astype(np.float32)
        return np.maximum(out - np.float32(0.5), 0) * np.float32(spacing_mm)
    offsets, lengths = _ball(reach)
    out = np.zeros(inside.shape, np.float32)
    depth(inside, offsets, lengths, out)
    return np.maximum(out - np.float32(0.5), 0) * np.float32(spacing_mm)


@cache
def _ball(radius: int) -> tuple[Int64[np.ndarray, "n 3"], Float32[np.ndarray, "m"]]:
    """Steps to the voxels within a radius, nearest first; their lengths, and the next longer one."""
    steps = np.argwhere(np.ones((2 * radius + 1,) * 3)) - radius
    length = np.sqrt((steps**2).sum(1))
    order = np.argsort(length, kind="stable")[1:]
    order = order[length[order] <= radius]
    return steps[order].astype(np.int64), np.append(length[order], radius + 1).astype(np.float32)
