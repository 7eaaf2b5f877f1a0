"""From a file in any of 48 axis orders to label, X-ray and words: left is left."""

from itertools import permutations, product

import nibabel as nib
import numpy as np
import pytest
from dicom_writer import DIRECTIONS, save, segmentation, slices

import fluoroseg
from fluoroseg.patients import open_patient

IDS = {"liver": 5, "spleen": 1, "kidney_right": 2, "kidney_left": 3, "hip_left": 77, "hip_right": 78}
IDS |= {"vertebrae_L3": 29, "femur_left": 75}
LEFT = ("spleen", "kidney_left", "hip_left", "femur_left")
RIGHT = ("liver", "kidney_right", "hip_right")


def trunk():
    """HU and labels `[i, j, k]` in RAS at 8 mm, different on every side."""
    i, j, _ = np.indices((44, 30, 40))
    labels = np.zeros(i.shape, np.uint8)
    boxes = {
        "liver": ((24, 38), (8, 22), (26, 36)), "spleen": ((6, 12), (5, 12), (27, 35)),
        "kidney_right": ((26, 31), (3, 8), (17, 25)), "kidney_left": ((11, 16), (3, 8), (19, 27)),
        "hip_left": ((8, 16), (8, 14), (3, 14)), "hip_right": ((28, 36), (8, 14), (3, 14)),
        "vertebrae_L3": ((20, 24), (2, 6), (20, 24)), "femur_left": ((6, 10), (9, 13), (0, 3)),
    }  # fmt: skip
    for name, sides in boxes.items():
        labels[tuple(slice(*side) for side in sides)] = IDS[name]
    hu = np.where(((i - 22) / 20) ** 2 + ((j - 15) / 13) ** 2 < 1, 40, -1000).astype(np.int16)
    hu[labels > 20] = 500
    return hu, labels


HU, LABELS = trunk()
RAS = np.array([[8.0, 0, 0, -176], [0, 8, 0, -120], [0, 0, 8, 0], [0, 0, 0, 1]])


def stored(values, order, flips, path, qform):
    """A NIfTI of the same body with its array in another order, its place in an sform or in a qform alone."""
    image = nib.Nifti1Image(values, RAS)
    transform = np.array([[axis, -1 if flip else 1] for axis, flip in zip(order, flips, strict=True)])
    image = image.as_reoriented(transform)
    affine = image.affine
    image = nib.Nifti1Image(np.asanyarray(image.dataobj), None if qform else affine)
    if qform:
        image.set_qform(affine, 1)
        image.set_sform(None, 0)
    nib.save(image, path)


def columns(shot):
    return {name: np.argwhere(mask)[:, 1].mean() for name, mask in shot.masks.items() if name in IDS}


def check(patient):
    """Where the masks lie in a frontal picture and what they are called; the masks."""
    shot = fluoroseg.simulate(patient, "ap abdomen", size=48)
    at = columns(shot)
    assert at["spleen"] > at["vertebrae_L3"] > at["liver"]
    assert at["kidney_left"] > at["kidney_right"]
    assert at["hip_left"] > at["hip_right"]
    for side, other, names in (("left", "right", LEFT[1:]), ("right", "left", RIGHT[1:])):
        for name in set(names) & set(at):
            words = [phrase.lower().split() for phrase in shot.phrases[name]]
            assert words
            assert not any(other in said or other[0] in said for said in words)
            assert any(side in said for said in words)
    return {name: shot.masks[name] for name in at}


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plain")
    nib.save(nib.Nifti1Image(HU, RAS), folder / "ct.nii")
    nib.save(nib.Nifti1Image(LABELS, RAS), folder / "labels.nii")
    return check(open_patient(folder))


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_48_axis_orders_from_file_to_words(tmp_path, order, expected):
    for n, flips in enumerate(product((False, True), repeat=3)):
        stored(HU, order, flips, tmp_path / "ct.nii", qform=n % 2 == 0)
        stored(LABELS, order, flips, tmp_path / "labels.nii", qform=n % 3 == 0)
        masks = check(open_patient(tmp_path))
        assert masks.keys() == expected.keys()
        for name, mask in masks.items():
            both, either = (mask & expected[name]).sum(), (mask | expected[name]).sum()
            assert both >= 0.9 * either, (order, flips, name)


def test_labels_in_another_axis_order_than_the_ct(tmp_path, expected):
    for order, flips in (((2, 0, 1), (True, False, True)), ((1, 0, 2), (False, True, False))):
        stored(HU, (0, 1, 2), (False, False, False), tmp_path / "ct.nii", qform=False)
        stored(LABELS, order, flips, tmp_path / "labels.nii", qform=True)
        masks = check(open_patient(tmp_path))
        assert all((masks[name] == expected[name]).all() for name in expected)


@pytest.mark.parametrize("name", ["head first supine", "feet first prone", "sagittal", "coronal", "oblique"])
def test_dicom_in_any_orientation_from_file_to_words(tmp_path, name, expected):
    """The body cut along other planes: slices `[slice, row, column]` of the same world."""
    directions = np.array(DIRECTIONS[name], float)
    if name == "oblique":  # the same body, turned by 17 degrees about its long axis
        frame = np.array([directions[:3], directions[3:], [0, 0, 1]])
        body, labels = HU[::-1, ::-1].transpose(2, 1, 0), LABELS[::-1, ::-1].transpose(2, 1, 0)
        origin = frame.T @ [-168.0, -112.0, 0.0]
    else:
        lps = [np.array(v)[::-1, ::-1] for v in (HU, LABELS)]  # [x left, y back, z up]
        axes = [directions[:3], directions[3:], np.cross(directions[:3], directions[3:])]
        order = [int(np.abs(a).argmax()) for a in axes]
        steps = [slice(None, None, -1 if a[o] < 0 else 1) for a, o in zip(axes, order, strict=True)]
        body, labels = (v.transpose(order)[tuple(steps)].transpose(2, 1, 0) for v in lps)
        first = [(HU.shape[o] - 1) * 8 if a[o] < 0 else 0 for a, o in zip(axes, order, strict=True)]
        origin = np.array([-168.0, -112.0, 0.0])
        for o, mm in zip(order, first, strict=True):
            origin[o] += mm
    made = slices(np.ascontiguousarray(body), directions, (8.0, 8.0), 8.0, origin)
    save(tmp_path / "ct", made)
    masks = {n: labels == i for n, i in IDS.items()}
    save(tmp_path / "seg", [segmentation(masks, made)])
    patient = open_patient(tmp_path / "ct", tmp_path / "seg")
    found = check(patient)
    assert found.keys() == expected.keys()
    for structure, mask in found.items() if name != "oblique" else ():
        assert (mask & expected[structure]).sum() >= 0.9 * (mask | expected[structure]).sum()
