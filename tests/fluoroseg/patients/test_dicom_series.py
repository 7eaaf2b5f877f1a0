"""CTs from DICOM: any orientation gives the same world as ITK; what is no single volume is told."""

import numpy as np
import pytest
from dicom_writer import AXIAL, DIRECTIONS, enhanced, header, save, slices
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    RLELossless,
)

from fluoroseg.errors import FluorosegError, GeometryError, LimitError, ReadError, UsageError
from fluoroseg.patients.dicom_series import has_dicom, read_dicom_ct

HU = np.random.default_rng(0).integers(-1000, 1500, (4, 5, 6)).astype(np.int16)


def world(hu, affine):
    """HU by world position, whatever the order of the axes."""
    index = np.argwhere(np.ones(hu.shape, bool))
    places = np.rint((index @ affine[:3, :3].T + affine[:3, 3]) * 1000).astype(int)
    return {
        tuple(place): value for place, value in zip(places.tolist(), hu.reshape(-1).tolist(), strict=True)
    }


def by_itk(folder):
    """The same world by SimpleITK (GDCM); LPS as here."""
    sitk = pytest.importorskip("SimpleITK")
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
    image = reader.Execute()
    affine = np.eye(4)
    affine[:3, :3] = np.reshape(image.GetDirection(), (3, 3)) * image.GetSpacing()
    affine[:3, 3] = image.GetOrigin()
    return world(sitk.GetArrayFromImage(image).transpose(2, 1, 0), affine)


@pytest.mark.parametrize("name", DIRECTIONS)
def test_every_orientation_gives_the_world_of_the_slices_and_of_itk(tmp_path, name):
    made = slices(HU, DIRECTIONS[name])
    rng = np.random.default_rng(1)
    save(tmp_path / "a" / "b", [made[n] for n in rng.permutation(len(made))], "{:d}")
    hu, affine, uid = read_dicom_ct(tmp_path)
    expected = {}
    for one in made:  # PS3.3 C.7.6.2.1.1, pixel by pixel
        row, column = np.array(one.ImageOrientationPatient[:3]), np.array(one.ImageOrientationPatient[3:])
        for (r, c), stored in np.ndenumerate(one.pixel_array):
            place = np.array(one.ImagePositionPatient) + row * c * 1.5 + column * r * 2.0
            expected[tuple(np.rint(place * 1000).astype(int).tolist())] = int(stored) - 1024
    assert close(world(hu, affine), expected)
    assert close(world(hu, affine), by_itk(tmp_path / "a" / "b"))
    assert uid == made[0].FrameOfReferenceUID


def close(a, b):
    """Equal HU at equal places, to 2 um."""
    near = {tuple(c // 4 for c in place): value for place, value in b.items()}
    hits = 0
    for place, value in a.items():
        around = (
            (place[0] + x, place[1] + y, place[2] + z) for x in (-2, 2) for y in (-2, 2) for z in (-2, 2)
        )
        hits += any(near.get(tuple(c // 4 for c in p)) == value for p in around)
    return hits == len(a) == len(b)


def test_an_enhanced_file_is_the_same_as_its_slices(tmp_path):
    save(tmp_path, slices(HU))
    enhanced(HU).save_as(tmp_path / "multi.dcm", enforce_file_format=True)
    one = read_dicom_ct(tmp_path / "multi.dcm")
    with pytest.raises(UsageError, match=r"2 CT series.*IM0000.*multi\.dcm.*one file of the wanted"):
        read_dicom_ct(tmp_path)
    other = read_dicom_ct(tmp_path / "IM0002")  # one slice stands for its series
    np.testing.assert_array_equal(one[0], other[0])
    np.testing.assert_allclose(one[1], other[1])


@pytest.mark.parametrize("uid", [ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian])
def test_other_encodings(tmp_path, uid):
    made = slices(HU)
    for one in made:
        one.file_meta.TransferSyntaxUID = uid
        if uid is ExplicitVRBigEndian:
            one.PixelData = np.frombuffer(one.PixelData, "<u2").astype(">u2").tobytes()
        one.save_as(tmp_path / str(one.InstanceNumber), enforce_file_format=True)
    np.testing.assert_array_equal(read_dicom_ct(tmp_path)[0].transpose(2, 1, 0), HU)


@pytest.mark.parametrize("uid", [RLELossless, JPEG2000Lossless])
def test_compressed_slices(tmp_path, uid):
    hu = np.tile(HU, (1, 13, 11))
    made = slices(hu)
    if uid is RLELossless:
        for one in made:
            one.compress(uid, generate_instance_uid=False)
    else:
        pytest.importorskip("openjpeg")
        for one in made:
            one.compress(uid, encoding_plugin="pylibjpeg", generate_instance_uid=False)
    np.testing.assert_array_equal(read_dicom_ct(save(tmp_path, made))[0].transpose(2, 1, 0), hu)


def test_a_compression_without_decoder_names_what_is_missing(tmp_path):
    from pydicom.encaps import encapsulate
    from pydicom.pixels import get_decoder

    made = slices(HU)
    for one in made:
        one.PixelData = encapsulate([b"\xff\xd8\xff\xd9"])
        one.file_meta.TransferSyntaxUID = JPEGLosslessSV1
        one["PixelData"].is_undefined_length = True
    wanted = "needs more software" if not get_decoder(JPEGLosslessSV1).is_available else "broken"
    with pytest.raises(ReadError, match=wanted):
        read_dicom_ct(save(tmp_path, made))


def test_bare_data_sets_of_old_software(tmp_path):
    for one in slices(HU):
        one.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
        one.save_as(tmp_path / str(one.InstanceNumber), enforce_file_format=True)
        whole = (tmp_path / str(one.InstanceNumber)).read_bytes()
        start = 144 + int.from_bytes(whole[140:144], "little")
        (tmp_path / str(one.InstanceNumber)).write_bytes(whole[start:])
    np.testing.assert_array_equal(read_dicom_ct(tmp_path)[0].transpose(2, 1, 0), HU)


def test_rescale_padding_and_signed_values(tmp_path):
    made = slices(HU[:2])
    for one in made:
        one.RescaleSlope, one.RescaleIntercept = "2", "-3000"
        one.PixelRepresentation, one.PixelPaddingValue = 1, -2000
        stored = np.full((5, 6), 1700, "<i2")
        stored[0, 0], stored[0, 1] = -2000, 500
        one.PixelData = stored.tobytes()
    hu, _, _ = read_dicom_ct(save(tmp_path, made))
    assert (hu[0, 0, 0], hu[1, 0, 0], hu[2, 2, 1]) == (-1024, -1024, 400)


def drop(tag):
    def change(made):
        for one in made:
            delattr(one, tag)

    return change


def set_tag(n, **tags):
    def change(made):
        for keyword, value in tags.items():
            setattr(made[n], keyword, value)

    return change


def tilt(made):
    for n, one in enumerate(made):
        one.ImagePositionPatient = [-20.0, 10.0 + n * 3.0 * np.tan(np.deg2rad(15)), 100.0 + 3.0 * n]


def several(made):
    for one in made[2:]:
        one.SeriesInstanceUID, one.SeriesDescription = "9.9.9", "lung kernel"


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (lambda m: m.pop(1), GeometryError, r"1 slices are missing \(3 mm apart\), between 100\.00 and 106"),
        (lambda m: m.append(slices(HU)[1]), GeometryError, "there twice.*copies, or several phases"),
        (set_tag(2, ImagePositionPatient=[-20, 10, 107.2]), GeometryError, "one even distance.*changes"),
        (set_tag(2, ImagePositionPatient=[-14, 10, 106]), GeometryError, "beside the stack's line"),
        (tilt, GeometryError, "sheared by 15.0 degrees"),
        (several, UsageError, r"2 CT series.*test body.*1\.2\.3.*lung kernel.*9\.9\.9"),
        (set_tag(1, PixelSpacing=[1, 1]), GeometryError, "different pixel spacing"),
        (set_tag(1, Rows=4), GeometryError, r"different size: 5 x 6 \(3\), 4 x 6"),
        (
            set_tag(1, ImageOrientationPatient=list(DIRECTIONS["sagittal"])),
            GeometryError,
            "different orientation",
        ),
        (set_tag(0, ImagePositionPatient=[1, 2]), ReadError, "expected 3 finite"),
        (drop("ImagePositionPatient"), ReadError, "has no ImagePositionPatient"),
        (drop("ImageOrientationPatient"), ReadError, "has no ImageOrientationPatient"),
        (drop("PixelSpacing"), ReadError, "has no PixelSpacing"),
        (drop("RescaleSlope"), ReadError, "has no RescaleSlope"),
        (drop("PixelData"), ReadError, "no Pixel Data"),
        (drop("Rows"), ReadError, "Rows"),
        (set_tag(3, PixelData=b"\0\0"), ReadError, "cut off: 2 of 60"),
        (set_tag(3, PhotometricInterpretation="RGB", SamplesPerPixel=3), ReadError, "one grey value"),
        (set_tag(3, RescaleType="OD"), ReadError, "expected HU"),
        (set_tag(3, HighBit=11), ReadError, "bits stored"),
        (lambda m: m.__delitem__(slice(1, None)), ReadError, "at least 2"),
        (
            lambda m: [setattr(o, "SOPClassUID", "1.2.840.10008.5.1.4.1.1.4") for o in m],
            ReadError,
            "only: 4 derived",
        ),
    ],
)
def test_what_is_no_single_volume_is_told(tmp_path, change, error, words):
    made = slices(HU)
    change(made)
    save(tmp_path, made)
    with pytest.raises(error, match=words) as caught:
        read_dicom_ct(tmp_path)
    assert str(tmp_path) in str(caught.value)


def test_localisers_other_modalities_and_foreign_files_are_left_out(tmp_path):
    made = slices(HU)
    scout = slices(HU[:1], DIRECTIONS["coronal"], series="1.2.3")[0]
    scout.ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER"]
    report = header("1.2.840.10008.5.1.4.1.1.88.11", "SR", "7.7")
    save(tmp_path, [*made, scout, report])
    (tmp_path / "DICOMDIR").write_bytes(b"\0" * 128 + b"DICM")
    (tmp_path / "notes.txt").write_text("hello")
    assert has_dicom(tmp_path)
    np.testing.assert_array_equal(read_dicom_ct(tmp_path)[0].transpose(2, 1, 0), HU)
    with pytest.raises(ReadError, match="localiser, not a slice"):
        read_dicom_ct(tmp_path / "IM0004")
    with pytest.raises(ReadError, match="only: 1 SR"):
        read_dicom_ct(save(tmp_path / "reports", [report]))
    assert not has_dicom(tmp_path / "nothing")


def test_bombs_and_endless_headers(tmp_path):
    import zlib

    one = slices(HU)[0]
    one.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    one.save_as(tmp_path / "a", enforce_file_format=True)
    whole = (tmp_path / "a").read_bytes()
    start = 144 + int.from_bytes(whole[140:144], "little")  # (0002,0000) tells the length of its group
    squeezed = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = b"".join(squeezed.compress(b"\0" * (1 << 24)) for _ in range(14)) + squeezed.flush()
    (tmp_path / "a").write_bytes(whole[:start] + body)
    with pytest.raises(LimitError, match="inflates"):
        read_dicom_ct(tmp_path)
    huge = slices(HU)
    for each in huge:
        each.Rows = each.Columns = 65535
    with pytest.raises(FluorosegError, match=r"expand|cut off|at most"):
        read_dicom_ct(save(tmp_path / "huge", huge))


def test_axial_is_the_plain_case(tmp_path):
    hu, affine, _ = read_dicom_ct(save(tmp_path, slices(HU, AXIAL)))
    np.testing.assert_allclose(affine[:3], [[1.5, 0, 0, -20], [0, 2, 0, 10], [0, 0, 3, 100]])
    assert hu.flags.c_contiguous
