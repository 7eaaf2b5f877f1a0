"""`open_patient` takes every kind of patient, and says clearly what it cannot take."""

import nibabel as nib
import numpy as np
import pytest

import fluoroseg.patients
from fluoroseg.anatomy import structures
from fluoroseg.errors import GeometryError, ReadError, UsageError
from fluoroseg.patients import open_patient

AFFINE = np.diag([-2.0, -2.0, 2.0, 1.0])


def save(path, values, affine=AFFINE):
    path.parent.mkdir(exist_ok=True)
    nib.save(nib.Nifti1Image(values, affine), path)
    return path


@pytest.fixture
def ct(tmp_path):
    return save(tmp_path / "case7" / "ct.nii.gz", np.full((6, 7, 8), 40, np.int16))


def labels_with(ids, shape=(6, 7, 8)):
    labels = np.zeros(shape, np.uint8)
    labels.reshape(-1)[: len(ids)] = ids
    return labels


def test_ct_with_labels(ct):
    path = save(ct.parent / "l.nii.gz", labels_with([5, 10]))
    patient = open_patient(ct, labels=path)
    assert patient.structures == {5: "liver", 10: "lung_upper_lobe_left"}
    assert patient.known == {"liver", "lung_upper_lobe_left"}
    assert patient.name == "ct"
    assert (patient.hu == 40).all()
    np.testing.assert_allclose(patient.world_from_index, np.diag([2.0, 2, 2, 1]))


def test_folder_with_a_whole_totalsegmentator_result_knows_what_is_absent(ct):
    save(ct.parent / "labels.nii.gz", labels_with([*range(1, 17), 25, 52, 77, 80]))
    patient = open_patient(str(ct.parent))
    assert patient.name == "case7"
    assert len(patient.known) == 117
    assert "rib_left_1" in patient.known
    assert "rib_left_1" not in patient.structures.values()


def test_twenty_labels_that_are_not_all_totalsegmentators_know_only_themselves(ct):
    foreign = next(s.id for s in structures().values() if 117 < s.id < 2**16)
    wide = np.zeros((6, 7, 8), np.uint16)
    wide.reshape(-1)[:20] = [*range(1, 20), foreign]
    save(ct.parent / "labels.nii.gz", wide)
    assert len(open_patient(ct.parent).known) == 20


def test_many_labels_of_one_kind_know_only_themselves(ct):
    save(ct.parent / "labels.nii.gz", labels_with(range(26, 50)))  # vertebrae
    assert len(open_patient(ct.parent).known) == 24


def test_a_folder_of_masks(ct):
    masks = ct.parent / "segmentations"
    first, second = np.zeros((6, 7, 8), np.uint8), np.zeros((6, 7, 8), np.uint8)
    first[1:3], second[2:4] = 1, 1
    save(masks / "liver.nii.gz", first)
    save(masks / "heart.nii.gz", second)
    save(masks / "spleen.nii.gz", np.zeros((6, 7, 8), np.uint8))
    patient = open_patient(ct.parent)
    assert patient.structures == {5: "liver", 51: "heart"}
    assert patient.known == {"liver", "heart", "spleen"}
    assert (patient.labels[2] == 5).all()
    assert (patient.labels[3] == 51).all()


def test_labels_on_a_finer_grid(ct):
    fine = np.zeros((12, 14, 16), np.uint8)
    fine[:4] = 5
    affine = np.diag([-1.0, -1.0, 1.0, 1.0])
    affine[:3, 3] = [0.5, 0.5, -0.5]
    patient = open_patient(ct, labels=save(ct.parent / "fine.nii", fine, affine))
    assert (patient.labels[:2] == 5).all()
    assert not patient.labels[2:].any()


def test_a_mask_of_a_longer_scan_that_misses_the_ct_says_absent(ct):
    longer = np.zeros((6, 7, 40), np.uint8)
    for name, slices in (("liver", slice(0, 4)), ("brain", slice(30, 34))):
        mask = longer.copy()
        mask[:, :, slices] = 1
        save(ct.parent / "segmentations" / f"{name}.nii.gz", mask)
    patient = open_patient(ct.parent)
    assert patient.structures == {5: "liver"}
    assert patient.known == {"liver", "brain"}
    longer[:, :, 30:34] = 5
    with pytest.raises(GeometryError, match="none of its labelled voxels"):
        open_patient(ct, labels=save(ct.parent / "l.nii", longer))


def test_labels_far_away(ct):
    affine = AFFINE.copy()
    affine[:3, 3] = 500
    with pytest.raises(GeometryError, match=r"far\.nii.*hardly overlap"):
        open_patient(ct, labels=save(ct.parent / "far.nii", labels_with([5]), affine))


def test_unknown_ids_and_names(ct):
    with pytest.raises(ReadError, match=r"l\.nii.*\[200\] are no known structure"):
        open_patient(ct, labels=save(ct.parent / "l.nii", labels_with([5, 200])))
    save(ct.parent / "segmentations" / "livver.nii.gz", labels_with([1]))
    with pytest.raises(ReadError, match="livver"):
        open_patient(ct.parent)


def test_what_is_no_patient(tmp_path):
    with pytest.raises(ReadError, match="not a patient: expected"):
        open_patient(tmp_path)
    with pytest.raises(ReadError, match="no such file"):
        open_patient(tmp_path / "absent.nii.gz")
    with pytest.raises(UsageError, match="own labels"):
        open_patient("phantom", labels="labels.nii.gz")
    (tmp_path / "ct.npz").write_bytes(b"PK\3\4" + b"\0" * 500)
    with pytest.raises(ReadError, match="not a NIfTI"):
        open_patient(tmp_path / "ct.npz")


def test_the_word_phantom():
    assert open_patient("phantom").name == "phantom-female-165cm-0"


def test_unlabelled_ct_is_labelled_by_rules(shared_data, tmp_path):
    image = nib.load(shared_data / "ct" / "cmb-crc-chest.nii.gz").slicer[::3, ::3, ::2]
    nib.save(image, tmp_path / "chest.nii.gz")
    patient = open_patient(tmp_path / "chest.nii.gz")
    assert {"lung_left", "lung_right"} <= set(patient.structures.values())


def test_the_real_abdomen(shared_data):
    patient = open_patient(shared_data / "ct" / "totalsegmentator-example")
    assert len(patient.structures) == 61
    assert len(patient.known) == 117

    def middle(name):
        return patient.to_world(np.argwhere(patient.labels == patient.label_of(name)).astype(float)).mean(0)

    assert middle("liver")[0] < middle("spleen")[0]  # the patient's left is +x
    assert middle("vertebrae_L5")[2] < middle("vertebrae_L1")[2]
    assert middle("vertebrae_L3")[1] > middle("stomach")[1]


def test_a_bare_pelvis_gets_a_body(shared_data, tmp_path):
    for name in ("bone_hu.nii.gz", "labels.nii.gz"):
        image = nib.load(shared_data / "ct" / "fracsegnet-pelvis-003" / name).slicer[::3, ::3, ::3]
        nib.save(image, tmp_path / name)
    patient = open_patient(tmp_path)
    assert sorted(patient.structures.values()) == ["hip_left", "hip_right", "sacrum"]
    assert patient.known == set(patient.structures.values())
    middle = np.array(patient.hu.shape) // 2
    assert patient.hu[tuple(middle)] > -200
    assert patient.hu[0, 0, 0] == -1000
    left, right = (np.argwhere(patient.labels == i).astype(float) for i in (77, 78))
    assert patient.to_world(left)[:, 0].mean() > patient.to_world(right)[:, 0].mean()


def test_lazy_names():
    assert fluoroseg.patients.Patient.__name__ == "Patient"
    with pytest.raises(AttributeError, match="nothing"):
        _ = fluoroseg.patients.nothing
