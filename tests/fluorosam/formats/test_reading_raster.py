"""PNG, JPEG and TIFF in every mode, orientation, and what is refused."""

import numpy as np
import pytest
from PIL import Image

from fluorosam.errors import LimitError, ReadError
from fluorosam.formats import reading


@pytest.fixture
def ramp() -> np.ndarray:
    """8 bits, not square, nothing symmetric."""
    return (np.arange(12)[:, None] * 20 + np.arange(9)[None] * 3).astype(np.uint8)


@pytest.mark.parametrize("name", ["a.png", "a.tif", "misnamed.dcm"])
def test_8_bit(tmp_path, ramp, name):
    Image.fromarray(ramp).save(tmp_path / name, format="TIFF" if name == "a.tif" else "PNG")
    xray = reading.open(tmp_path / name)
    assert xray.pixels.dtype == np.float32
    assert xray.shape == (12, 9)
    assert xray.spacing_mm is None
    np.testing.assert_allclose(xray.pixels, ramp / 255, atol=1e-6)


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_16_bit(tmp_path, ramp, suffix):
    values = ramp.astype(np.uint16) * 257 + 3
    Image.fromarray(values).save(tmp_path / f"a.{suffix}")
    np.testing.assert_allclose(reading.open(tmp_path / f"a.{suffix}").pixels, values / 65535, atol=1e-6)


def test_float_and_32_bit_tiff_show_their_range(tmp_path, ramp):
    expected = (ramp - ramp.min()) / np.ptp(ramp)
    Image.fromarray(ramp.astype(np.int32) * 1000 - 5).save(tmp_path / "i.tif")
    np.testing.assert_allclose(reading.open(tmp_path / "i.tif").pixels, expected, atol=1e-6)
    values = ramp.astype(np.float32) * 1e-3
    values[0, 0] = np.nan
    Image.fromarray(values).save(tmp_path / "f.tif")
    shown = reading.open(tmp_path / "f.tif").pixels
    assert np.isfinite(shown).all()
    assert shown.min() == 0
    assert shown.max() == 1


def test_palette_colour_and_alpha(tmp_path, ramp):
    grey = Image.fromarray(ramp)
    grey.convert("RGB").save(tmp_path / "rgb.png")
    grey.convert("RGB").quantize(256).save(tmp_path / "palette.png")
    Image.fromarray(ramp > 100).save(tmp_path / "bits.png")
    opaque = grey.convert("RGBA")
    opaque.save(tmp_path / "rgba.png")
    half = opaque.copy()
    half.putalpha(51)
    half.save(tmp_path / "half.png")
    for name in ("rgb", "palette", "rgba"):
        np.testing.assert_allclose(reading.open(tmp_path / f"{name}.png").pixels, ramp / 255, atol=0.006)
    np.testing.assert_array_equal(reading.open(tmp_path / "bits.png").pixels, ramp > 100)
    np.testing.assert_allclose(reading.open(tmp_path / "half.png").pixels, ramp / 255 / 5, atol=0.006)


def test_white_is_zero_tiff_is_turned(tmp_path, ramp):
    values = ramp.astype(np.uint16) * 257
    for name, array, top in (("8.tif", ramp, 255), ("16.tif", values, 65535)):
        Image.fromarray(array).save(tmp_path / name, tiffinfo={262: 0})
        with Image.open(tmp_path / name) as picture:
            if picture.tag_v2[262] != 0:
                pytest.skip("this Pillow does not write WhiteIsZero")
            raw = np.frombuffer(
                (tmp_path / name).read_bytes(),
                dtype=array.dtype,
                count=array.size,
                offset=picture.tag_v2[273][0],
            ).reshape(array.shape)
        np.testing.assert_allclose(reading.open(tmp_path / name).pixels, 1 - raw / top, atol=1e-6)


def test_pages_of_a_tiff(tmp_path, ramp):
    pages = [Image.fromarray(ramp), Image.fromarray(255 - ramp)]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    first, second = reading.open_frames(tmp_path / "a.tif")
    np.testing.assert_allclose(first.pixels + second.pixels, 1, atol=1e-6)
    assert second.frame == 1
    with pytest.raises(ReadError, match="no frame 2"):
        reading.open(tmp_path / "a.tif", frame=2)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation(tmp_path, orientation):
    # EXIF: where row 0 and column 0 of the stored picture belong on the screen
    as_shown = np.zeros((40, 64), np.uint8)
    as_shown[:16, :32] = 255
    to_stored = {
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.T,
        6: lambda a: np.rot90(a, 1),
        7: lambda a: a[::-1, ::-1].T,
        8: lambda a: np.rot90(a, -1),
    }[orientation]
    exif = Image.Exif()
    exif[274] = orientation
    picture = Image.fromarray(np.ascontiguousarray(to_stored(as_shown)))
    picture.save(tmp_path / "a.jpg", exif=exif, quality=100)
    np.testing.assert_allclose(reading.open(tmp_path / "a.jpg").pixels, as_shown / 255, atol=0.02)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_tiff_orientation(tmp_path, ramp, orientation, dtype):
    as_shown = ramp.astype(dtype)
    turns = {3: 2, 6: 1, 8: -1}[orientation]
    picture = Image.fromarray(np.ascontiguousarray(np.rot90(as_shown, turns)))
    picture.save(tmp_path / "a.tif", tiffinfo={274: orientation})
    shown = reading.open(tmp_path / "a.tif").pixels
    np.testing.assert_allclose(shown, as_shown / np.iinfo(dtype).max, atol=1e-6)


def test_broken_exif_does_not_spoil_the_picture(tmp_path, ramp):
    Image.fromarray(ramp).save(tmp_path / "a.jpg", exif=b"Exif\0\0II*\0\xff\xff\xff\xffgarbage", quality=100)
    assert reading.open(tmp_path / "a.jpg").shape == (12, 9)


def test_huge_header_is_refused_at_once(tmp_path):
    import struct
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    for side in (7000, 12000, 60000):
        header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0))
        data = b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
        (tmp_path / "bomb.png").write_bytes(data)
        with pytest.raises(LimitError):
            reading.open(tmp_path / "bomb.png")


def test_wrong_things(tmp_path, ramp):
    Image.fromarray(ramp).save(tmp_path / "a.png")
    whole = (tmp_path / "a.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[:48])
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "text.png").write_text("not an image at all")
    for name, words in {
        "cut.png": "broken image",
        "empty.png": "empty",
        "text.png": "not a PNG, JPEG, TIFF or DICOM",
        "missing.png": "no such file",
        ".": "is a folder",
        "nul\0byte.png": "cannot be read",
    }.items():
        with pytest.raises(ReadError, match=words):
            reading.open(tmp_path / name)
