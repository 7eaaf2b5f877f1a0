"""Labelling by rules on a synthetic thorax in every orientation, and on real chest CTs."""

from itertools import permutations
from pathlib import Path

import nibabel
import numpy as np
import pytest
from scipy import ndimage

from fluoroseg.patients._chest_rules import grown, shrunk
from fluoroseg.patients.phantom import phantom
from fluoroseg.patients.rules import label_by_rules, refined

SPACING = np.array([4.0, 4.0, 5.0])
SHAPE = (100, 70, 76)


def _thorax(
    with_lungs: bool = True, bridge: bool = False
) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """HU in LPS order, its affine, and the true lungs."""
    x, y, z = (a * s for a, s in zip(np.indices(SHAPE), SPACING, strict=True))
    x, y, z = x - 200, y - 140, z - 190

    def ball(cx: float, cy: float, cz: float, rx: float, ry: float, rz: float) -> np.ndarray:
        return ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 + ((z - cz) / rz) ** 2 < 1

    hu = np.where((x / 180) ** 2 + (y / 120) ** 2 < 1, 40, -1000).astype(np.int16)
    true = {"lung_left": ball(80, 0, 10, 55, 80, 130), "lung_right": ball(-85, 0, 10, 60, 80, 130)}
    if bridge:
        true["lung_left"] |= (abs(x) < 40) & (abs(y + 30) < 8) & (abs(z - 60) < 12) & (x >= 0)
        true["lung_right"] |= (abs(x) < 40) & (abs(y + 30) < 8) & (abs(z - 60) < 12) & (x < 0)
    if with_lungs:
        for name, base in (("lung_left", 80), ("lung_right", -85)):
            true[name] &= ~ball(base, 0, -110, 90, 110, 80)  # the dome
            hu[true[name]] = -850
    hu[(x**2 + (y - 60) ** 2 < 20**2)] = 400  # spine
    true = {name: mask & (hu == -850) for name, mask in true.items()}
    affine = np.diag([*SPACING, 1.0])
    affine[:3, 3] = -200, -140, -190
    return hu, affine, true


def _dice(a: np.ndarray, b: np.ndarray) -> float:
    return 2 * float((a & b).sum()) / float(a.sum() + b.sum())


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize("flip", [0, 5, 7])
def test_sides_in_every_axis_order(order: tuple[int, ...], flip: int) -> None:
    hu, affine, true = _thorax()
    moved = affine.copy()
    step = [slice(None)] * 3
    for axis in range(3):
        if flip >> axis & 1:
            step[axis] = slice(None, None, -1)
            moved[:3, 3] += moved[:3, axis] * (SHAPE[axis] - 1)
            moved[:3, axis] *= -1
    moved[:3, :3] = moved[:3, list(order)]
    volume = np.transpose(hu[tuple(step)], order)
    labels, structures, known = label_by_rules(volume, moved)
    number = {name: label for label, name in structures.items()}
    assert labels.shape == volume.shape
    assert {"lung_left", "lung_right", "bone", "cardiomediastinum", "subdiaphragm"} <= known
    for name, mask in true.items():
        assert _dice(labels == number[name], np.transpose(mask[tuple(step)], order)) > 0.93, name


def test_lungs_that_touch_are_parted() -> None:
    hu, affine, true = _thorax(bridge=True)
    labels, structures, _ = label_by_rules(hu, affine)
    number = {name: label for label, name in structures.items()}
    for name, mask in true.items():
        assert _dice(labels == number[name], mask) > 0.92, name


def test_the_dome_lies_under_the_lungs_and_heart_stays_above() -> None:
    hu, affine, true = _thorax()
    labels, structures, _ = label_by_rules(hu, affine)
    number = {name: label for label, name in structures.items()}
    below = labels == number["subdiaphragm"]
    lungs = true["lung_left"] | true["lung_right"]
    heart = labels == number["cardiomediastinum"]
    dome_top = (-110 + 80 + 190) / SPACING[2]
    assert not (below & lungs).any()
    assert np.flatnonzero(below.any((0, 1)))[-1] <= dome_top + 2
    assert heart[48:52, 30, int(dome_top) + 6 : 50].all()
    assert not heart[:, 54:].any(), "muscle behind the spine is not mediastinum"


def test_the_outline_of_the_heart_is_found_where_the_phantom_has_it() -> None:
    """To the top of the aortic arch, which the rules infer from the windpipe."""
    body = phantom(seed=1)
    z = body.world_from_index[2, 2] * np.arange(body.hu.shape[2]) + body.world_from_index[2, 3]
    chest = slice(*np.searchsorted(z, (1020, 1440)))
    labels, structures, _ = label_by_rules(np.asarray(body.hu[:, :, chest]), body.world_from_index)

    def range_mm(mask: np.ndarray) -> np.ndarray:
        return z[chest][np.flatnonzero(mask.any((0, 1)))[[0, -1]]]

    number = {name: label for label, name in structures.items()}
    own = {name: label for label, name in body.structures.items()}
    bottom, top = range_mm(labels == number["cardiomediastinum"])
    assert abs(top - range_mm(body.labels[:, :, chest] == own["aorta"])[1]) < 12
    assert abs(bottom - range_mm(body.labels[:, :, chest] == own["heart"])[0]) < 20


def test_no_lungs_no_claim() -> None:
    hu, affine, _ = _thorax(with_lungs=False)
    labels, structures, known = label_by_rules(hu, affine)
    assert known == {"bone"} == set(structures.values())
    assert set(np.unique(labels)) <= {0, *structures}


def test_real_chest(shared_data: Path) -> None:
    """A whole chest: plausible volumes in millilitres, left lung on the left."""
    image = nibabel.load(shared_data / "ct" / "lidc-0001-chest.nii.gz")
    affine = np.diag([-1.0, -1.0, 1.0, 1.0]) @ image.affine
    labels, structures, _ = label_by_rules(np.asarray(image.dataobj, np.int16), affine)
    ml = {
        name: float((labels == n).sum() * abs(np.linalg.det(affine)) / 1000) for n, name in structures.items()
    }
    assert 1500 < ml["lung_left"] < 2000
    assert 1700 < ml["lung_right"] < 2200
    assert 400 < ml["cardiomediastinum"] < 1000
    assert 10 < ml["trachea"] < 60
    number = {name: n for n, name in structures.items()}
    x = {
        name: float((np.argwhere(labels == number[name]) @ affine[:3, :3].T)[:, 0].mean())
        for name in ("lung_left", "lung_right")
    }
    assert x["lung_left"] > x["lung_right"] + 100


@pytest.mark.parametrize("mm", [(2.2, 2.2, 2.2), (1.0, 2.0, 5.0)])
@pytest.mark.parametrize("by_mm", [0.9, 4.0, 25.0])
def test_growing_and_shrinking_are_the_distance_transform(mm: tuple[float, ...], by_mm: float) -> None:
    rng = np.random.default_rng(3)
    for density in (0.0, 0.002, 0.97, 1.0):
        mask = rng.random((19, 23, 17)) < density
        mask[:, :4] = False
        slow = mask if not mask.any() else ndimage.distance_transform_edt(~mask, sampling=mm) <= by_mm + 1e-6
        np.testing.assert_array_equal(grown(mask, np.array(mm), by_mm), slow)
        inner = ~mask
        slow = mask if not mask.any() else ndimage.distance_transform_edt(inner, sampling=mm) <= by_mm + 1e-6
        np.testing.assert_array_equal(shrunk(inner, np.array(mm), by_mm), ~slow)


@pytest.mark.parametrize("step", [(1, 1, 1), (2, 2, 2), (3, 2, 1), (4, 4, 4)])
def test_a_coarse_mask_is_refined_by_linear_interpolation(step: tuple[int, ...]) -> None:
    mask = np.random.default_rng(1).random((5, 4, 6)) < 0.4
    shape = tuple(n * s - min(s - 1, 1) for n, s in zip(mask.shape, step, strict=True))
    index = np.indices(shape).reshape(3, -1).T
    at = ((index + 0.5) / step - 0.5).T
    slow = ndimage.map_coordinates(mask.astype(float), at, order=1, mode="nearest").reshape(shape)
    fast = refined(mask, np.array(step), shape)
    clear = abs(slow - 0.5) > 1e-9  # a tie counts as inside
    np.testing.assert_array_equal(fast[clear], slow[clear] > 0.5)
    assert fast[~clear].all()
