"""The built-in phantom: a stylised whole body made from code alone.

A `Build` says who it is. The regions' files list what there is, in the millimetres of one model; frames
bring each region to its size and pose. Shapes are drawn in order, each over what was there: skin, fat and
muscle, then organs, then bones. Borders get the share of a voxel that they fill, so that thin bones at 3 mm
still project smoothly.
"""

from functools import cache

import numpy as np
from jaxtyping import Float, Int16, UInt16

from fluoroseg.errors import UsageError
from fluoroseg.patients.patient import Patient
from fluoroseg.patients.phantom.build import ARMS, LEGS, Build
from fluoroseg.patients.phantom.drawing import Part, paint
from fluoroseg.patients.phantom.shapes import MARGIN_MM, Grid

SPACING_MM = 3.0
NOISE_HU = 25.0
_AIR_MM = 9.0
"""Of free air around the body."""
_SLAB = 24
"""Sagittal slices that one piece of work draws."""


def phantom(
    seed: int = 0,
    sex: str = "female",
    height_cm: float = 165.0,
    weight_kg: float | None = None,
    arms: str = "down",
    legs: str = "together",
    spacing_mm: float = SPACING_MM,
) -> Patient:
    """A standing body; the same arguments give the same voxels.

    sex: "female" or "male". height_cm: 100 ... 220; below 150 with a child's proportions. weight_kg: body
    mass index 11 ... 70; None: a usual one. arms: "down", "out", "up". legs: "together", "apart".
    spacing_mm: edge of the voxels, 1 ... 10. Raises UsageError for others and for a negative seed.
    The world's origin lies between the feet; x = 0 is the midline.
    """
    _check(seed, sex, height_cm, weight_kg, arms, legs, spacing_mm)
    build = Build.sample(np.random.default_rng(seed), sex == "female", height_cm, weight_kg, arms, legs)
    hu, labels, structures, world_from_index = draw(build, spacing_mm)
    weight = f"-{weight_kg:g}kg" if weight_kg is not None else ""
    pose = "".join(
        f"-{part}-{how}"
        for part, how, usual in (("arms", arms, "down"), ("legs", legs, "together"))
        if how != usual
    )
    name = f"phantom-{sex}-{height_cm:g}cm{weight}{pose}-{seed}"
    known = frozenset(structures.values()) | _absent(build.female)
    return Patient(hu, labels, world_from_index, structures, name, known)


def draw(
    build: Build, spacing_mm: float = SPACING_MM
) -> tuple[Int16[np.ndarray, "i j k"], UInt16[np.ndarray, "i j k"], dict[int, str], Float[np.ndarray, "4 4"]]:
    """HU, labels (ids of `fluoroseg.anatomy`), names and affine of a build."""
    from fluoroseg.anatomy import structures as all_structures
    from fluoroseg.patients.phantom._kernels import finish
    from fluoroseg.project import threads

    frames = build.frames() | {"world": np.eye(4)}
    parts = _parts(build, spacing_mm)
    placed = [(part, part.placed(frames)) for part in parts]
    low, high = placed[0][1].box
    low = np.floor((low - _AIR_MM) / spacing_mm) * spacing_mm
    size = np.ceil((high + _AIR_MM - low) / spacing_mm).astype(int)
    hu = np.full(tuple(size), -1000.0, np.float32)
    labels = np.zeros(hu.shape, np.uint16)
    rounded = np.empty(hu.shape, np.int16)
    ids = {s.name: s.id for s in all_structures().values()}
    there = np.zeros(max(ids.values()) + 1, bool)

    def slab(first: int, last: int) -> None:
        a, b = first * _SLAB, min(last * _SLAB, hu.shape[0])
        grid = Grid(low, np.eye(3) * spacing_mm, (a, 0, 0), (b - a, hu.shape[1], hu.shape[2]))
        near, far = low[0] + (a - 2) * spacing_mm - MARGIN_MM, low[0] + (b + 1) * spacing_mm + MARGIN_MM
        for part, shape in placed:
            if shape.box[0][0] <= far and near <= shape.box[1][0]:
                paint(hu[a:b], labels[a:b], grid, part, shape, ids)
        seen = np.zeros(there.size, bool)
        finish(
            hu[a:b], labels[a:b], rounded[a:b], seen, a, np.uint32(build.texture_seed), np.float32(NOISE_HU)
        )
        there[seen] = True

    threads.run(slab, -(-hu.shape[0] // _SLAB))
    names = {i: n for n, i in ids.items()}
    world_from_index = np.diag([spacing_mm, spacing_mm, spacing_mm, 1.0])
    world_from_index[:3, 3] = low
    return rounded, labels, {int(i): names[int(i)] for i in np.flatnonzero(there) if i}, world_from_index


def _parts(build: Build, spacing_mm: float) -> list[Part]:
    """All there is, in the order of drawing."""
    from fluoroseg.patients.phantom.abdomen import abdomen
    from fluoroseg.patients.phantom.chest import chest
    from fluoroseg.patients.phantom.outline import tissues

    rng = np.random.default_rng(build.texture_seed)
    skin, inside = tissues(build, spacing_mm)
    shared = _shared_parts()
    belly = [*abdomen(rng, build.female), *shared["deep"]]
    return [skin, *inside, *shared["muscles"], *belly, *chest(rng), *shared["vessels"], *shared["bones"]]


@cache
def _shared_parts() -> dict[str, list[Part]]:
    """What every body has, in the millimetres of the model: described once."""
    from fluoroseg.patients.phantom.arm import arm
    from fluoroseg.patients.phantom.foot import foot
    from fluoroseg.patients.phantom.hand import hand
    from fluoroseg.patients.phantom.leg import leg
    from fluoroseg.patients.phantom.muscles import muscles
    from fluoroseg.patients.phantom.pelvis import pelvis
    from fluoroseg.patients.phantom.skull import skull
    from fluoroseg.patients.phantom.spine import spine
    from fluoroseg.patients.phantom.thorax import thorax
    from fluoroseg.patients.phantom.vessels import vessels

    return {
        "muscles": muscles(deep=False),
        "deep": muscles(deep=True),
        "vessels": vessels(),
        "bones": [*thorax(), *spine(), *pelvis(), *skull(), *arm(), *hand(), *leg(), *foot()],
    }


def _absent(female: bool) -> frozenset[str]:
    """What this body certainly has not."""
    from fluoroseg.anatomy import structures

    men = {
        "prostate",
        "penis",
        "seminal_vesicle_left",
        "seminal_vesicle_right",
        "testis_left",
        "testis_right",
    }
    women = {
        "uterus",
        "cervix",
        "vagina",
        "ovary_left",
        "ovary_right",
        "uterine_tube_left",
        "uterine_tube_right",
    }
    nobody = {
        "kidney_cyst_left",
        "kidney_cyst_right",
        "pericardial_effusion",
        "pleural_effusion_left",
        "pleural_effusion_right",
    }
    return frozenset(structures().keys() & (nobody | (men if female else women)))


def _check(
    seed: int, sex: str, height_cm: float, weight_kg: float | None, arms: str, legs: str, spacing_mm: float
) -> None:
    for what, value, choices in (
        ("sex", sex, ("female", "male")),
        ("arms", arms, ARMS),
        ("legs", legs, LEGS),
    ):
        if value not in choices:
            raise UsageError(f"{what} must be one of {', '.join(map(repr, choices))}, not {value!r}")
    if not 100 <= height_cm <= 220:
        raise UsageError(f"height_cm must be 100 ... 220, not {height_cm}")
    if weight_kg is not None and not 11 <= weight_kg / (height_cm / 100) ** 2 <= 70:
        square = (height_cm / 100) ** 2
        raise UsageError(
            f"weight_kg must be {11 * square:.0f} ... {70 * square:.0f} at {height_cm:g} cm, not {weight_kg}"
        )
    if not 1 <= spacing_mm <= 10:
        raise UsageError(f"spacing_mm must be 1 ... 10, not {spacing_mm}")
    if seed < 0:
        raise UsageError(f"seed must be 0 or more, not {seed}")
