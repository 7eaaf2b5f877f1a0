"""Labels from NIfTI with names, masks, DICOM-SEG and RTSTRUCT land on the CT with the right names."""

import json

import nibabel as nib
import numpy as np
import pytest
from dicom_writer import DIRECTIONS, code, contours, save, segmentation, slices

from fluoroseg.anatomy import structure
from fluoroseg.errors import GeometryError, ReadError, UsageError
from fluoroseg.patients import open_patient
from fluoroseg.patients.dicom_contours import even_odd, fill
from fluoroseg.patients.label_tables import header_table, read_table, structure_named

AFFINE = np.diag([-2.0, -2.0, 2.0, 1.0])
HU = np.full((6, 11, 13), 40, np.int16)  # [slice, row, column], odd sizes: bits do not end at bytes


def mask(*where):
    out = np.zeros(HU.shape, bool)
    out[where] = True
    return out


LIVER, SPLEEN = mask(slice(1, 4), slice(2, 6), slice(1, 5)), mask(slice(2, 5), slice(4, 9), slice(8, 12))


def nifti(path, values, extension=None):
    image = nib.Nifti1Image(values, AFFINE)
    if extension:
        image.header.extensions.append(nib.nifti1.Nifti1Extension(0, extension.encode()))
    nib.save(image, path)
    return path


@pytest.fixture
def case(tmp_path):
    nifti(tmp_path / "ct.nii.gz", HU)
    nifti(tmp_path / "seg.nii.gz", np.where(LIVER, 7, np.where(SPLEEN, 300, 0)).astype(np.int32))
    return tmp_path


TABLES = {
    "seg.json": json.dumps({"7": "Liver", "300": "spleen", "9": "tumour"}),
    "seg.csv": "label,name\n7,liver\n300,lien\n",
    "seg.tsv": "index\tcolour\tname\n7\tred\tLIVER\n300\tblue\tspleen\n",
    "seg.ctbl": "# Color table file x\n# 3 values\n0 Background 0 0 0 0\n7 liver 221 130 101 255\n"
    "300 spleen 1 2 3 255\n",
    "seg.label": '# ITK-SnAP Label Description File\n 0 0 0 0 0 0 0 "Clear Label"\n'
    ' 7 255 0 0 1 1 1 "Liver"\n 300 0 255 0 0.5 1 1 "the spleen"\n',
    "seg_ColorTable.ctbl": '7 "liver" 221 130 101 255\n300 spleen 1 2 3 255\n',
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_beside_the_labels_names_them(case, name):
    (case / name).write_text(TABLES[name])
    patient = open_patient(case / "ct.nii.gz", case / "seg.nii.gz")
    assert patient.structures == {5: "liver", 1: "spleen"}
    np.testing.assert_array_equal(patient.labels == 5, LIVER)
    np.testing.assert_array_equal(patient.labels == 1, SPLEEN)


@pytest.mark.parametrize(
    "content",
    [
        '{"liver": 7, "spleen": 300}',
        '{"labels": {"background": 0, "liver": 7, "spleen": 300}}',
        '[{"id": 7, "name": "liver"}, {"id": 300, "name": "spleen"}]',
    ],
)
def test_other_shapes_of_json(case, content):
    (case / "seg.json").write_text(content)
    assert set(open_patient(case / "ct.nii.gz", case / "seg.nii.gz").structures.values()) == {
        "liver",
        "spleen",
    }


def test_names_in_the_nifti_header_as_totalsegmentator_writes_them(case):
    xml = (
        '<?xml version="1.0" encoding="UTF-8"?> <CaretExtension>  <Date><![CDATA[2013-07-14]]></Date>'
        '   <VolumeInformation Index="0">   <LabelTable>\n'
        '<Label Key="7" Red="1.0" Green="0.0" Blue="0.0" Alpha="1"><![CDATA[liver]]></Label>\n'
        '<Label Key="300" Red="1.0" Green="0.5" Blue="0.0" Alpha="1">spleen</Label>\n'
        "  </LabelTable>  </VolumeInformation></CaretExtension>"
    )
    values = np.where(LIVER, 7, np.where(SPLEEN, 300, 0)).astype(np.int16)
    nifti(case / "seg.nii.gz", values, xml)
    patient = open_patient(case / "ct.nii.gz", case / "seg.nii.gz")
    assert patient.structures == {5: "liver", 1: "spleen"}
    assert header_table(b"\1\0\0\0" + b"<Label " * 1000, case) == {}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("label,name\n7,liver\n", r"no name for labels \[300\]"),
        ("label,name\n7,livver\n300,spleen\n", r"label 7 'livver' is no structure \(did you mean liver"),
        ("label,name\n7,lungs\n300,spleen\n", "means . structures, not one"),
        ("label,name\n7,liver\n7,spleen\n", "both"),
        ("label,name\n-7,liver\n", "0 ... 65535"),
        ("label,name\n", "names no label"),
        ("colour,name\n7,liver\n", "no column label"),
        ("7\n300\n", None),
    ],
)
def test_tables_that_do_not_name_the_labels(case, content, words):
    (case / "seg.csv").write_text(content)
    if words is None:  # empty names leave labels out
        assert not open_patient(case / "ct.nii.gz", case / "seg.nii.gz").labels.any()
        return
    with pytest.raises(ReadError, match=words):
        open_patient(case / "ct.nii.gz", case / "seg.nii.gz")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", "[" * 100_000),
        ("a.json", "[1, 2]"),
        ("a.json", '{"1e999": "liver"}'),
        ("a.json", '{"liver": true}'),
        ("a.csv", "label,name\nx,liver"),
        ("a.ctbl", "hello"),
        ("a.ctbl", "1 liver 1 2 3"),
        ("a.txt", '1 2 3 "liver"'),
        ("a.csv", "\0\1\2"),
    ],
)
def test_files_that_are_no_tables(tmp_path, name, content):
    (tmp_path / name).write_text(content)
    with pytest.raises(ReadError, match=name):
        read_table(tmp_path / name)


def test_two_tables_and_a_large_one_are_told(case):
    (case / "seg.csv").write_text("label,name\n7,liver\n300,spleen\n")
    (case / "seg.json").write_text("{}")
    with pytest.raises(UsageError, match=r"seg\.json, seg\.csv; keep one"):
        open_patient(case / "ct.nii.gz", case / "seg.nii.gz")
    (case / "seg.json").write_text(" " * (5 << 20))
    with pytest.raises(ReadError, match="4 MiB"):
        read_table(case / "seg.json")


def test_words_of_tables():
    assert structure_named("Lung_L") == ("lung_left", "")
    assert structure_named("SpinalCord") == ("spinal_cord", "")
    assert structure_named("VERTEBRAE_L3") == ("vertebrae_L3", "")
    assert structure_named("kidney lft")[0] == ""  # no typos here
    assert structure_named("kidney")[0] == ""


@pytest.fixture
def series(tmp_path):
    made = slices(HU, DIRECTIONS["oblique"])
    save(tmp_path / "ct", made)
    return tmp_path, made


def check(patient):
    np.testing.assert_array_equal((patient.labels == 5).transpose(2, 1, 0), LIVER)
    np.testing.assert_array_equal((patient.labels == 1).transpose(2, 1, 0), SPLEEN)


@pytest.mark.parametrize("fractional", [False, True])
def test_a_dicom_segmentation(series, fractional):
    folder, made = series
    empty = np.zeros_like(LIVER)
    seg = segmentation({"Liver": LIVER, "SPLEEN": SPLEEN, "gallbladder": empty}, made, fractional)
    save(folder / "seg", [seg])
    patient = open_patient(folder / "ct", folder / "seg")
    check(patient)
    assert patient.known == {"liver", "spleen", "gallbladder"}
    assert patient.structures == {5: "liver", 1: "spleen"}


@pytest.mark.parametrize("kind", ["BINARY", "FRACTIONAL", "LABELMAP"])
def test_segmentations_that_highdicom_writes(series, kind):
    hd = pytest.importorskip("highdicom")
    from pydicom.sr.codedict import codes

    folder, made = series
    about = [
        hd.seg.SegmentDescription(
            number, name, codes.SCT.Organ, codes.SCT.Liver if number == 1 else codes.SCT.Spleen,
            hd.seg.SegmentAlgorithmTypeValues.MANUAL,
        )
        for number, name in ((1, "liver"), (2, "spleen"))
    ]  # fmt: skip
    values = np.stack([LIVER, SPLEEN], axis=3).astype(np.uint8)
    seg = hd.seg.Segmentation(
        made, values if kind != "LABELMAP" else (LIVER + 2 * SPLEEN).astype(np.uint8), kind, about,
        "1.2.9", 1, "1.2.9.1", 1, "Us", "Model", "1", "1", omit_empty_frames=True,
    )  # fmt: skip
    save(folder / "seg", [seg])
    check(open_patient(folder / "ct", folder / "seg" / "IM0000"))


def test_sides_of_segments_from_their_codes(series):
    folder, made = series
    seg = segmentation({"Kidney": SPLEEN, "": LIVER}, made)
    kidney = code("64033007", "Kidney")
    kidney.SegmentedPropertyTypeModifierCodeSequence = [code("7771000", "Left")]
    seg.SegmentSequence[0].SegmentedPropertyTypeCodeSequence = [kidney]
    seg.SegmentSequence[1].SegmentedPropertyTypeCodeSequence = [code("10200004", "Liver")]
    save(folder / "seg", [seg])
    assert set(open_patient(folder / "ct", folder / "seg").known) == {"kidney_left", "liver"}
    seg.SegmentSequence[0].SegmentLabel = "right kidney"
    save(folder / "seg", [seg])
    with pytest.raises(ReadError, match="left or right"):
        open_patient(folder / "ct", folder / "seg")


def test_segments_named_by_their_codes_alone(series):
    folder, made = series
    seg = segmentation({"Segment_1": SPLEEN, "Segment_2": LIVER}, made)
    for segment, name, side in zip(seg.SegmentSequence, ("kidney_left", "liver"), ("Left", ""), strict=True):
        kind = code(structure(name).snomed, "something")
        if side:
            kind.SegmentedPropertyTypeModifierCodeSequence = [code("7771000", side)]
        segment.SegmentedPropertyTypeCodeSequence = [kind]
    save(folder / "seg", [seg])
    assert set(open_patient(folder / "ct", folder / "seg").known) == {"kidney_left", "liver"}


def test_segmentations_that_do_not_fit_are_told(series):
    folder, made = series
    seg = segmentation({"liver": LIVER, "GTV-1": SPLEEN}, made)
    file = save(folder / "seg", [seg]) / "IM0000"
    with pytest.raises(ReadError, match=r"segment 2 'GTV-1' is no structure.*empty name leaves"):
        open_patient(folder / "ct", file)
    (folder / "seg" / "IM0000.csv").write_text("label,name\n2,\n")
    assert open_patient(folder / "ct", file).structures == {5: "liver"}
    seg.FrameOfReferenceUID = "9.9"
    save(folder / "seg", [seg])
    with pytest.raises(GeometryError, match=r"frame of reference is 9\.9"):
        open_patient(folder / "ct", file)
    with pytest.raises(ReadError, match="holds no labels"):
        open_patient(folder / "ct", folder / "ct" / "IM0001")


def circle(radius, z, middle=(0.0, 0.0), n=240):
    angle = np.arange(n) / n * 2 * np.pi
    return np.stack(
        [middle[0] + radius * np.cos(angle), middle[1] + radius * np.sin(angle), np.full(n, z)], 1
    )


def test_contours_of_a_pipe_fill_its_volume(tmp_path):
    """A cylinder of 20 mm with a bore of 8 mm, 5 slices of 3 mm: pi (400 - 64) 15 mm3, to half a per cent."""
    save(tmp_path / "ct", slices(np.full((9, 60, 60), 40, np.int16), spacing=(1, 1), origin=(-30, -30, 0)))
    loops = [circle(r, z) for z in (3.0, 6.0, 9.0, 12.0, 15.0) for r in (20.0, 8.0)]
    outline = [circle(25, z) for z in (0.0, 3.0, 6.0)]
    regions = {"Outer": outline, "Liver": loops, "PTV_60": [circle(5, 3.0)]}
    save(tmp_path / "rt", [contours(regions, {"PTV_60": "PTV", "Outer": "EXTERNAL"})])
    patient = open_patient(tmp_path / "ct", tmp_path / "rt")
    assert patient.structures == {5: "liver", 2000: "body"}
    liver = patient.labels == 5
    volume = np.count_nonzero(liver) * 3.0
    assert volume == pytest.approx(np.pi * (400 - 64) * 15, rel=0.005)
    assert np.flatnonzero(liver.any((0, 1))).tolist() == [1, 2, 3, 4, 5]
    assert not liver[30, 30].any()


def test_contours_drawn_every_other_slice_fill_between():
    affine = np.diag([1.0, 1.0, 2.0, 1.0])
    filled = fill([circle(5, z, (10, 10)) for z in (4.0, 8.0, 12.0)], (20, 20, 10), affine)
    assert np.flatnonzero(filled.any((0, 1))).tolist() == [1, 2, 3, 4, 5, 6, 7]
    turned = np.eye(4)[:, [2, 0, 1, 3]] @ np.diag([2.0, 1.0, 1.0, 1.0])  # the same grid, slices first
    again = fill([circle(5, z, (10, 10)) for z in (4.0, 8.0, 12.0)], (10, 20, 20), turned)
    np.testing.assert_array_equal(again.transpose(1, 2, 0), filled)
    with pytest.raises(GeometryError, match="lie in no slices"):
        fill(
            [circle(5, 4.0, (10, 10)) * [1, 1, 0] + np.arange(240)[:, None] * [0.02] * 3],
            (20, 20, 10),
            affine,
        )


def slow_inside(polygon, u, v):
    inside = False
    for (u0, v0), (u1, v1) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        if (v0 > v) != (v1 > v) and u < (u1 - u0) * (v - v0) / (v1 - v0) + u0:
            inside = not inside
    return inside


def test_even_odd_against_a_ray_from_every_point():
    polygon = np.random.default_rng(4).uniform(-2, 14, (9, 2))
    found = even_odd([polygon], (12, 10))
    slow = [[slow_inside(polygon, u, v) for v in range(10)] for u in range(12)]
    np.testing.assert_array_equal(found, slow)
    assert found.any()
