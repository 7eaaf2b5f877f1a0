"""Mirrored, turned and swapped labels are told; right ones never, however they are stored."""

from itertools import permutations, product

import nibabel as nib
import numpy as np
import pytest

from fluoroseg.anatomy import structures
from fluoroseg.errors import GeometryError
from fluoroseg.patients import open_patient
from fluoroseg.patients.nifti import read_hu, read_labels
from fluoroseg.patients.orientation import centres_mm, check_orientation, implausible
from fluoroseg.patients.orientation_fit import better_orientation

IDS = {1: "spleen", 3: "kidney_left", 2: "kidney_right", 5: "liver", 10: "lung_upper_lobe_left"}
IDS |= {12: "lung_upper_lobe_right", 51: "heart", 27: "vertebrae_L5", 31: "vertebrae_L1", 43: "vertebrae_T1"}
WORLD = np.diag([5.0, 5.0, 5.0, 1.0])


def body():
    """A coarse trunk `[x to the left, y to the back, z up]`, 5 mm: HU and labels."""
    x, y, _ = np.indices((60, 40, 80))
    hu = np.where(((x - 30) / 28) ** 2 + ((y - 20) / 18) ** 2 < 1, 40, -1000).astype(np.int16)
    labels = np.zeros(hu.shape, np.uint16)
    boxes = {
        5: ((8, 28), (8, 28), (38, 50)), 1: ((44, 52), (18, 28), (40, 48)), 51: ((26, 42), (6, 18), (52, 62)),
        2: ((14, 20), (24, 32), (26, 36)), 3: ((40, 46), (24, 32), (28, 38)),
        12: ((6, 22), (8, 30), (52, 76)),
        10: ((43, 54), (8, 30), (52, 76)), 27: ((22, 30), (28, 36), (2, 10)),
        31: ((22, 30), (28, 36), (34, 42)), 43: ((22, 30), (28, 36), (68, 76)),
    }  # fmt: skip
    for label, sides in boxes.items():
        labels[tuple(slice(*side) for side in sides)] = label
    hu[np.isin(labels, (10, 12))] = -850
    hu[labels > 26] = 400
    hu[labels == 51] = 40
    return hu, labels


HU, LABELS = body()


def turned(values, order, flips):
    for axis, flip in enumerate(flips):
        values = np.flip(values, axis) if flip else values
    return np.ascontiguousarray(values.transpose(order))


def affine_of(shape, order, flips):
    """`world_from_index` of the turned array: every voxel stays where it was."""
    move = np.eye(4)
    for axis, flip in enumerate(flips):
        if flip:
            move[axis, axis], move[axis, 3] = -1, shape[axis] - 1
    return WORLD @ move @ np.eye(4)[:, [*order, 3]]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_no_storage_order_alarms(order):
    for flips in product((False, True), repeat=3):
        hu, labels = turned(HU, order, flips), turned(LABELS, order, flips)
        check_orientation(hu, labels, affine_of(HU.shape, order, flips), IDS)


@pytest.mark.parametrize("flips", [f for f in product((False, True), repeat=3) if any(f)])
def test_labels_turned_against_the_ct_are_told_with_the_turn(flips):
    found = better_orientation(HU, turned(LABELS, (0, 1, 2), flips), IDS)
    assert found is not None
    assert found.flips == flips
    words = [w for w, f in zip(("left-right", "front to back", "upside down"), flips, strict=True) if f]
    with pytest.raises(GeometryError, match=f"seem .*{' and .*'.join(words)} relative to the CT"):
        check_orientation(HU, turned(LABELS, (0, 1, 2), flips), WORLD, IDS)


def test_axes_in_another_order_are_told():
    hu, labels = HU[:40, :, :40], LABELS[:40, :, :40].transpose(2, 1, 0)
    with pytest.raises(GeometryError, match=r"axes in another order \(k, j, i\)"):
        check_orientation(hu, np.ascontiguousarray(labels), WORLD, IDS)


@pytest.mark.parametrize(
    ("axis", "words"),
    [
        (0, "mirrored left-right: kidney_left lies 130 mm to the right of"),
        (1, "turned front to back"),
        (2, "upside down"),
    ],
)
def test_a_ct_and_labels_turned_together_are_told(axis, words):
    with pytest.raises(GeometryError, match=words):
        check_orientation(np.flip(HU, axis), np.flip(LABELS, axis).copy(), WORLD, IDS)


def test_swapped_names_and_swapped_organs_are_different_errors():
    swapped = {
        i: n.replace("left", "?").replace("right", "left").replace("?", "right") for i, n in IDS.items()
    }
    with pytest.raises(GeometryError, match="names left and right are exchanged"):
        check_orientation(HU, LABELS, WORLD, swapped)
    with pytest.raises(
        GeometryError, match=r"organs lie on the wrong side: spleen lies .* to the right of liver"
    ):
        check_orientation(np.flip(HU, 0), np.flip(LABELS, 0).copy(), WORLD, swapped)


def test_situs_inversus_can_be_opened(tmp_path):
    swapped = LABELS.copy()
    for a, b in ((2, 3), (10, 12)):
        swapped[a == LABELS], swapped[b == LABELS] = b, a
    ras = np.diag([-1.0, -1, 1, 1]) @ WORLD
    for name, values in (("ct", np.flip(HU, 0)), ("labels", np.flip(swapped, 0))):
        nib.save(nib.Nifti1Image(values, ras), tmp_path / f"{name}.nii.gz")
    with pytest.raises(GeometryError, match="trust_orientation=True"):
        open_patient(tmp_path)
    assert len(open_patient(tmp_path, trust_orientation=True).structures) == len(IDS)


def test_centres_are_means_of_voxel_places():
    found = centres_mm(LABELS, affine_of(HU.shape, (0, 1, 2), (True, False, False)), IDS)
    for label, name in IDS.items():
        index = np.argwhere(label == LABELS).mean(0)
        np.testing.assert_allclose(found[name], [5 * (59 - index[0]), *(index[1:] * 5)])


def test_nothing_is_said_of_little():
    assert implausible({}) == ""
    assert implausible({"liver": np.zeros(3), "lung_left": np.ones(3)}) == ""
    assert better_orientation(HU, np.zeros_like(LABELS), {}) is None
    flat = np.full_like(HU, 40)
    assert better_orientation(flat, LABELS, IDS) is None


def real(folder, ct):
    hu, world_from_index = read_hu(folder / ct)
    labels, _ = read_labels(folder / "labels.nii.gz")
    world_from_index = world_from_index @ np.diag([2.0, 2, 2, 1])
    names = {s.id: s.name for s in structures().values()}
    labels = np.ascontiguousarray(labels[::2, ::2, ::2])
    there = np.flatnonzero(np.bincount(labels.ravel()))[1:]
    return (
        np.ascontiguousarray(hu[::2, ::2, ::2]),
        labels,
        world_from_index,
        {i: names[i] for i in there.tolist()},
    )


@pytest.mark.parametrize(
    ("folder", "ct"),
    [
        ("totalsegmentator-example", "ct.nii.gz"),
        ("fracsegnet-pelvis-005", "bone_hu.nii.gz"),
    ],
)
def test_real_cts_pass_and_their_mirror_images_do_not(shared_data, folder, ct):
    hu, labels, world_from_index, names = real(shared_data / "ct" / folder, ct)
    check_orientation(hu, labels, world_from_index, names)
    for flips in product((False, True), repeat=3):
        if any(flips):
            with pytest.raises(GeometryError, match="relative to the CT"):
                check_orientation(hu, turned(labels, (0, 1, 2), flips), world_from_index, names)
    with pytest.raises(GeometryError, match="mirrored left-right"):
        check_orientation(np.flip(hu, 0), np.flip(labels, 0).copy(), world_from_index, names)
