"""Parts -> voxels: what each covers and the HU inside it; then all of them into one body."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32, Int16, Int64, UInt16

from fluoroseg.patients import _atlas_tissue as tissue
from fluoroseg.patients._atlas_parts import Part
from fluoroseg.patients.voxelise import coverage, touched, voxelise

ORDER = (
    "soft",
    "fat",
    "muscle",
    "air",
    "lung",
    "organ",
    "fluid",
    "vessel",
    "nerve",
    "cartilage",
    "tooth",
    "bone",
)
"""Where parts overlap, the later tissue stays."""
TUBES = (
    ("colon_", "cecum", "rectum"),
    ("jejunum", "ileum", "duodenum"),
    ("aorta_", "aortic_arch"),
    ("pulmonary_",),
)
AROUND_MM = 20.0
FINE_MM = 1.0
"""Hollow parts have walls of a millimetre: they are voxelised at this size where voxels are 3 mm or less."""


@dataclass(frozen=True)
class Grid:
    """Voxel centres at corner + index * spacing, LPS mm."""

    corner: Float[np.ndarray, "3"]
    spacing_mm: float
    shape: tuple[int, int, int]


@dataclass(frozen=True)
class Drawn:
    """One part in voxels: flat indices into the grid, what part of each voxel it fills, HU of that part."""

    structure: str
    tissue: str
    index: Int64[np.ndarray, "n"]
    filled: Float32[np.ndarray, "n"]
    hu: Int16[np.ndarray, "n"]


def draw_parts(parts: list[Part], grid: Grid) -> list[Drawn]:
    """All parts in voxels, in the order in which they cover each other; on all threads."""
    from fluoroseg.project.threads import run

    out: dict[int, Drawn] = {}

    def work(first: int, last: int) -> None:
        for n in range(first, last):
            out[n] = _draw(parts[n], _neighbours_of(parts[n], parts), grid)

    run(work, len(parts))
    rank = [(ORDER.index(p.tissue), bool(p.structure), not p.lumen_mm, n) for n, p in enumerate(parts)]
    return [out[n] for *_, n in sorted(rank)]


def put_labels(drawn: list[Drawn], labels: UInt16[np.ndarray, "i j k"], number: dict[str, int]) -> None:
    """Write the parts' labels; a part without a name leaves what lies under it."""
    flat = labels.reshape(-1)
    for part in drawn:
        if part.structure:
            flat[part.index[_mostly(part, labels.shape)]] = number[part.structure]


def put_hu(drawn: list[Drawn], hu: Int16[np.ndarray, "i j k"]) -> None:
    """Write the parts' HU; a voxel that is covered in part keeps its share of what was there."""
    flat = hu.reshape(-1)
    for part in drawn:
        under = flat[part.index].astype(np.float32)
        flat[part.index] = np.rint(under + part.filled * (part.hu - under)).astype(np.int16)


def _neighbours_of(part: Part, parts: list[Part]) -> list[Part]:
    """The pieces that go on where this piece of a tube ends open."""
    tube = next((t for t in TUBES if part.lumen_mm and part.structure.startswith(t)), ())
    return [p for p in parts if p is not part and tube and p.structure.startswith(tube)]


def _draw(part: Part, neighbours: list[Part], grid: Grid) -> Drawn:
    fine = int(np.clip(np.ceil(grid.spacing_mm / FINE_MM - 1e-6), 1, 3)) if part.lumen_mm else 1
    step = max(fine, 2 if part.tissue == "bone" else 1)
    top = np.array(grid.shape)
    margin = 2 + (int(AROUND_MM / grid.spacing_mm) if neighbours else 0)
    low = np.floor((part.vertices.min(0) - grid.corner) / grid.spacing_mm).astype(int) - margin
    high = np.ceil((part.vertices.max(0) - grid.corner) / grid.spacing_mm).astype(int) + margin + 1
    low, high = np.clip(low, 0, top), np.clip(high, 0, top)
    if (high <= low).any():
        empty = np.zeros(0)
        return Drawn(
            part.structure, part.tissue, *(empty.astype(t) for t in (np.int64, np.float32, np.int16))
        )
    wide, deep, tall = (int(n) for n in (high - low) * step)
    size = (wide, deep, tall)
    small_mm = grid.spacing_mm / step
    origin = grid.corner + low * grid.spacing_mm - (grid.spacing_mm - small_mm) / 2
    inside = voxelise(part.vertices, part.faces, origin, small_mm, size)
    if part.lumen_mm:
        inside = _with_lumen(part, neighbours, inside, origin, small_mm)
    values = tissue.hu_inside(part, inside, origin, small_mm)
    cover = coverage(inside, step)
    a, b, c = cover.shape
    total = np.where(inside, values, 0).reshape(a, step, b, step, c, step).sum((1, 3, 5), dtype=np.float32)
    at = np.nonzero(cover)
    index = np.ravel_multi_index(tuple(x + n for x, n in zip(at, low, strict=True)), grid.shape)
    share = cover[at].astype(np.float32)
    mean = np.rint(total[at] / share).astype(np.int16)
    return Drawn(part.structure, part.tissue, index.astype(np.int64), share / np.float32(step**3), mean)


def _with_lumen(
    part: Part,
    neighbours: list[Part],
    inside: Bool[np.ndarray, "i j k"],
    origin: Float[np.ndarray, "3"],
    spacing_mm: float,
) -> Bool[np.ndarray, "i j k"]:
    """The wall and what it encloses: in each slice along each axis, holes as wide as the lumen may be.

    A tube's ends are open, so it encloses nothing in space, but one of the three axes always cuts it in
    rings. Holes wider than the lumen are what a loop of the tube goes round. At a slanting end the next
    piece closes the ring; each piece keeps what lies nearer to its own wall.
    """
    from scipy import ndimage

    surface = touched(part.vertices, part.faces, origin, spacing_mm, inside.shape)
    own = inside | surface
    beside = np.zeros_like(own)
    for other in neighbours:
        beside |= touched(other.vertices, other.faces, origin, spacing_mm, inside.shape)
    shell = own | beside
    most = 1.75 * np.pi / 4 * (part.lumen_mm / spacing_mm) ** 2  # cut at a slant of up to 55 degrees
    filled = shell.copy()
    for axis in range(3):
        flat = np.ones((3, 3, 3), bool)
        flat[(slice(None),) * axis + ((0, 2),)] = False
        flat &= ndimage.generate_binary_structure(3, 1)
        holes, number = ndimage.label(~shell, flat)
        narrow = np.bincount(holes.ravel(), minlength=number + 1) <= most
        for side in range(3):
            narrow[np.take(holes, (0, -1), axis=side)] = False  # the outside of the part
        filled |= narrow[holes] & ~shell
    if beside.any():
        far = ndimage.distance_transform_edt(~own) > ndimage.distance_transform_edt(~beside)
        filled &= own | ~(far | beside)
    outside = ndimage.binary_dilation(~filled, np.ones((3, 3, 3), bool))
    return filled & ~(surface & ~inside & outside)


def _mostly(part: Drawn, shape: tuple[int, ...]) -> Bool[np.ndarray, "n"]:
    """Voxels filled by half; of bone sheets thinner than that, every voxel that touches none of these.

    Of voxels filled by exactly half every second one counts: all of them would swell thin vessels.
    """
    if part.tissue != "bone":
        odd = sum(np.unravel_index(part.index, shape)) % 2 == 1
        return (part.filled > 0.5) | ((part.filled == 0.5) & odd)
    half = part.filled >= 0.5
    return half | ~np.isin(part.index, _neighbours(part.index[half], shape))


def _neighbours(index: Int64[np.ndarray, "n"], shape: tuple[int, ...]) -> Int64[np.ndarray, "m"]:
    steps = (1, shape[2], shape[1] * shape[2])
    return np.unique(np.concatenate([index + s * sign for s in steps for sign in (-1, 1)]))
