"""DICOM: every step of the grey-scale pipeline, twins, frames, and what is refused."""

from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    RLELossless,
)

from fluorosam.errors import LimitError, ReadError
from fluorosam.formats import reading


@pytest.fixture
def stored() -> np.ndarray:
    """12 bits, not square, every value different."""
    return np.random.default_rng(0).permutation(4096)[: 40 * 60].reshape(40, 60).astype(np.uint16)


def _range(values: np.ndarray) -> np.ndarray:
    low, high = float(values.min()), float(values.max())
    return (values - low) / (high - low)


@pytest.mark.parametrize(
    "syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian]
)
def test_no_window_shows_the_range_in_use(tmp_path, dicom, stored, syntax):
    xray = reading.open(dicom(tmp_path / "a.dcm", stored, syntax=syntax, BitsStored=12, HighBit=11))
    assert xray.pixels.dtype == np.float32
    np.testing.assert_allclose(xray.pixels, _range(stored), atol=1e-6)


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.uint16, np.int16])
def test_every_integer_type(tmp_path, dicom, dtype):
    info = np.iinfo(dtype)
    values = np.linspace(info.min, info.max, 77).astype(dtype).reshape(7, 11)
    xray = reading.open(dicom(tmp_path / "a.dcm", values))
    np.testing.assert_allclose(xray.pixels, _range(values.astype(float)), atol=1e-6)


@pytest.mark.parametrize("signed", [False, True])
def test_bits_outside_those_stored_are_ignored(tmp_path, dicom, stored, signed):
    # the picture in bits 3 .. 14, an old overlay in the others
    raw = (stored << 3) | np.uint16(0x8005)
    path = dicom(tmp_path / "a.dcm", raw, BitsStored=12, HighBit=14, PixelRepresentation=int(signed))
    values = stored.astype(int)
    if signed:
        values = np.where(values >= 2048, values - 4096, values)
    np.testing.assert_allclose(reading.open(path).pixels, _range(values), atol=1e-6)


def test_windows_as_the_standard_writes_them(tmp_path, dicom, stored):
    x, c, w = stored.astype(float), 1500.0, 1000.0

    def shown(**elements):
        return reading.open(
            dicom(tmp_path / "a.dcm", stored, WindowCenter=c, WindowWidth=w, **elements)
        ).pixels

    np.testing.assert_allclose(shown(), np.clip((x - (c - 0.5)) / (w - 1) + 0.5, 0, 1), atol=1e-6)
    exact = shown(VOILUTFunction="LINEAR_EXACT")
    np.testing.assert_allclose(exact, np.clip((x - c) / w + 0.5, 0, 1), atol=1e-6)
    sigmoid = shown(VOILUTFunction="SIGMOID")
    np.testing.assert_allclose(sigmoid, 1 / (1 + np.exp(-4 * (x - c) / w)), atol=1e-6)
    # the window is in the units after the rescale
    rescaled = shown(RescaleSlope="2", RescaleIntercept="-1000")
    np.testing.assert_allclose(rescaled, np.clip((2 * x - 1000 - (c - 0.5)) / (w - 1) + 0.5, 0, 1), atol=1e-6)


def test_first_of_several_windows_and_useless_ones(tmp_path, dicom, stored):
    two = reading.open(dicom(tmp_path / "a.dcm", stored, WindowCenter=[900, 5], WindowWidth=[800, 5]))
    one = reading.open(dicom(tmp_path / "b.dcm", stored, WindowCenter=900, WindowWidth=800))
    np.testing.assert_array_equal(two.pixels, one.pixels)
    for center, width in ((60000, 10), (900, 0), (900, -5)):
        shown = reading.open(dicom(tmp_path / "c.dcm", stored, WindowCenter=center, WindowWidth=width))
        np.testing.assert_allclose(shown.pixels, _range(stored), atol=1e-6)


def _lut(first: int, entries: np.ndarray, bits: int) -> Dataset:
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [entries.size, first, bits])
    item.add_new("LUTData", "US", [int(v) for v in entries])
    item.ModalityLUTType = "US"
    return item


def test_look_up_tables(tmp_path, dicom):
    values = np.arange(64, dtype=np.uint8).reshape(8, 8)
    modality = _lut(0, np.arange(64) ** 2, 16)
    voi = _lut(0, np.minimum(np.arange(3970), 2000), 16)
    shown = reading.open(
        dicom(tmp_path / "a.dcm", values, ModalityLUTSequence=[modality], VOILUTSequence=[voi])
    ).pixels
    np.testing.assert_allclose(shown, np.minimum(values.astype(float) ** 2, 2000) / 2000, atol=1e-6)


@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT", "SIGMOID"])
@pytest.mark.parametrize("windowed", [False, True])
def test_monochrome1_twin_is_the_very_same_picture(tmp_path, dicom, stored, windowed, function):
    c, w = 1871.0, 1234.5
    window = {"WindowCenter": c, "WindowWidth": w, "VOILUTFunction": function} if windowed else {}
    one = dicom(tmp_path / "a.dcm", stored, BitsStored=12, HighBit=11, **window)
    if windowed:
        window["WindowCenter"] = 4095 - c + (1 if function == "LINEAR" else 0)
    twin = dicom(
        tmp_path / "b.dcm",
        (4095 - stored).astype(np.uint16),
        BitsStored=12,
        HighBit=11,
        PhotometricInterpretation="MONOCHROME1",
        **window,
    )
    np.testing.assert_array_equal(reading.open(one).pixels, reading.open(twin).pixels)


@pytest.mark.parametrize(("photometric", "shape"), [("MONOCHROME1", "INVERSE"), ("MONOCHROME2", "INVERSE")])
def test_inverse_presentation_inverts_once(tmp_path, dicom, stored, photometric, shape):
    plain = reading.open(dicom(tmp_path / "a.dcm", stored)).pixels
    path = dicom(
        tmp_path / "b.dcm", stored, PhotometricInterpretation=photometric, PresentationLUTShape=shape
    )
    np.testing.assert_allclose(reading.open(path).pixels, 1 - plain, atol=1e-6)


def test_frames(tmp_path, dicom, stored):
    path = dicom(tmp_path / "a.dcm", np.stack([stored, stored[::-1], stored[:, ::-1]]))
    frames = list(reading.open_frames(path))
    assert [(x.frame, x.frames) for x in frames] == [(0, 3), (1, 3), (2, 3)]
    np.testing.assert_array_equal(frames[1].pixels, frames[0].pixels[::-1])
    np.testing.assert_array_equal(reading.open(path, frame=2).pixels, frames[0].pixels[:, ::-1])
    with pytest.raises(ReadError, match="no frame 3"):
        reading.open(path, frame=3)


def test_windows_of_enhanced_multi_frame_files(tmp_path, dicom, stored):
    def group(center: float) -> Dataset:
        voi, item = Dataset(), Dataset()
        voi.WindowCenter, voi.WindowWidth = center, 500
        item.FrameVOILUTSequence = [voi]
        return item

    path = dicom(
        tmp_path / "a.dcm",
        np.stack([stored, stored]),
        PerFrameFunctionalGroupsSequence=[group(1000), group(3000)],
    )
    for xray, center in zip(reading.open_frames(path), (1000, 3000), strict=True):
        expected = reading.open(dicom(tmp_path / "b.dcm", stored, WindowCenter=center, WindowWidth=500))
        np.testing.assert_array_equal(xray.pixels, expected.pixels)


def test_spacing(tmp_path, dicom, stored):
    assert reading.open(dicom(tmp_path / "a.dcm", stored)).spacing_mm is None
    imager = {"ImagerPixelSpacing": ["0.2", "0.3"]}
    assert reading.open(dicom(tmp_path / "b.dcm", stored, **imager)).spacing_mm == (0.2, 0.3)
    both = imager | {"PixelSpacing": ["0.15", "0.25"]}
    assert reading.open(dicom(tmp_path / "c.dcm", stored, **both)).spacing_mm == (0.15, 0.25)
    assert reading.open(dicom(tmp_path / "d.dcm", stored, PixelSpacing=["0", "0"])).spacing_mm is None


def test_colour_secondary_capture_becomes_grey(tmp_path, dicom):
    rgb = np.zeros((5, 8, 3), np.uint8)
    rgb[..., 1] = 200
    path = dicom(
        tmp_path / "a.dcm",
        rgb,
        Rows=5,
        Columns=8,
        NumberOfFrames=1,
        SamplesPerPixel=3,
        PlanarConfiguration=0,
        PhotometricInterpretation="RGB",
    )
    np.testing.assert_allclose(reading.open(path).pixels, np.full((5, 8), 0.587 * 200 / 255), atol=1e-6)


@pytest.mark.parametrize("syntax", [RLELossless, JPEG2000Lossless])
def test_compressed(tmp_path, dicom, stored, syntax):
    path = dicom(tmp_path / "a.dcm", stored, BitsStored=12, HighBit=11)
    plain = reading.open(path).pixels
    dataset = pydicom.dcmread(path)
    try:
        dataset.compress(syntax, generate_instance_uid=False)
    except RuntimeError as error:
        pytest.skip(f"no encoder here: {error}")
    dataset.save_as(path)
    np.testing.assert_array_equal(reading.open(path).pixels, plain)


def test_compression_without_a_decoder_says_what_to_install(tmp_path, dicom, stored):
    if pydicom.pixels.get_decoder(JPEGLosslessSV1).is_available:
        pytest.skip("this machine decodes lossless JPEG")
    path = dicom(tmp_path / "a.dcm", stored)
    dataset = pydicom.dcmread(path)
    dataset.file_meta.TransferSyntaxUID = JPEGLosslessSV1
    dataset.PixelData = pydicom.encaps.encapsulate([b"\xff\xd8\xff\xd9"])
    dataset["PixelData"].VR = "OB"
    dataset.save_as(path)
    with pytest.raises(ReadError, match=r"more software: one of: .*pylibjpeg-libjpeg") as error:
        reading.open(path)
    assert "fluorosam[dicom]" not in str(error.value)  # that would not help


def test_without_preamble_and_meta(tmp_path, dicom, stored):
    path = dicom(tmp_path / "a.dcm", stored, syntax=ImplicitVRLittleEndian)
    plain = reading.open(path).pixels
    data = path.read_bytes()
    length = int(pydicom.filereader.read_file_meta_info(path).FileMetaInformationGroupLength)
    bare = tmp_path / "bare.dcm"
    bare.write_bytes(data[132 + 12 + length :])
    np.testing.assert_array_equal(reading.open(bare).pixels, plain)


def test_real_files(shared_data: Path):
    for name in ("cadaver-chest", "cadaver-pelvis"):
        xray = reading.open(shared_data / "xray" / "samples" / f"{name}.dcm")
        assert xray.spacing_mm == (0.3, 0.3)
        assert 0.3 < xray.pixels.mean() < 0.7
        assert (xray.pixels.min(), xray.pixels.max()) == (0, 1)


def test_limits(tmp_path, dicom, stored):
    path = dicom(tmp_path / "a.dcm", stored, Rows=65535, Columns=65535)
    with pytest.raises(LimitError, match="65535 x 65535"):
        reading.open(path)
