"""Files made to break a reader: only our errors, promptly and in little memory."""

import io
import random
import resource
import struct
import time
import zlib
from pathlib import Path

import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
)

from fluorosam.errors import LimitError, ReadError
from fluorosam.formats import reading


def _readable(path: Path) -> bool:
    """True for a valid picture, False for one of our errors; anything else fails the test."""
    try:
        xray = reading.open(path)
    except ReadError as error:
        return _refused(path, error)
    assert np.isfinite(xray.pixels).all()
    assert xray.pixels.dtype == np.float32
    return True


def _refused(path: Path, error: ReadError) -> bool:
    assert str(path) in str(error)
    return False


def _mutations(data: bytes, count: int, seed: int) -> list[bytes]:
    rng = random.Random(seed)
    out = []
    for _ in range(count):
        broken = bytearray(data)
        for _ in range(rng.randint(1, 8)):
            broken[rng.randrange(len(broken))] = rng.randrange(256)
        if rng.random() < 0.2:
            broken = broken[: rng.randrange(len(broken))]
        out.append(bytes(broken))
    return out


def _rich_dicom(dicom, path: Path) -> bytes:
    values = np.arange(64, dtype=np.uint16).reshape(8, 8)
    dicom(path, values, WindowCenter=30, WindowWidth=20, RescaleSlope=1, RescaleIntercept=0, BitsStored=12)
    return path.read_bytes()


def test_mutated_dicom(tmp_path, dicom):
    data = _rich_dicom(dicom, tmp_path / "whole.dcm")
    path, good = tmp_path / "broken.dcm", 0
    for broken in _mutations(data, 400, seed=1):
        path.write_bytes(broken)
        good += _readable(path)
    assert 20 < good < 380


@pytest.mark.parametrize("suffix", ["png", "jpg", "tif"])
def test_mutated_raster(tmp_path, suffix):
    Image.fromarray(np.arange(900, dtype=np.uint16).astype(np.uint8).reshape(30, 30)).save(
        tmp_path / f"a.{suffix}"
    )
    data = (tmp_path / f"a.{suffix}").read_bytes()
    path = tmp_path / f"broken.{suffix}"
    for broken in _mutations(data, 150, seed=2):
        path.write_bytes(broken)
        _readable(path)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=4096), st.sampled_from(["", "DICM", "PNG"]))
def test_random_bytes(tmp_path_factory, data, disguise):
    path = tmp_path_factory.mktemp("random") / "a.dcm"
    heads = {"": b"", "DICM": b"\0" * 128 + b"DICM", "PNG": b"\x89PNG\r\n\x1a\n"}
    path.write_bytes(heads[disguise] + data)
    _readable(path)


def test_nested_sequences(tmp_path, dicom):
    data = _rich_dicom(dicom, tmp_path / "whole.dcm")
    nest = b""
    for _ in range(2000):
        nest += struct.pack("<HH2s2xI", 0x0040, 0x0555, b"SQ", 0xFFFFFFFF)
        nest += struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF)
    path = tmp_path / "nested.dcm"
    # group 0040 belongs before 7FE0 (pixel data)
    at = data.index(struct.pack("<HH2s", 0x7FE0, 0x0010, b"OW"))
    path.write_bytes(data[:at] + nest + data[at:])
    start = time.process_time()
    with pytest.raises(ReadError, match="nested"):
        reading.open(path)
    assert time.process_time() - start < 1


def test_endless_header(tmp_path, dicom):
    data = _rich_dicom(dicom, tmp_path / "whole.dcm")
    at = data.index(struct.pack("<HH2s", 0x7FE0, 0x0010, b"OW"))
    path = tmp_path / "long.dcm"
    path.write_bytes(data[:at] + struct.pack("<HH2sH", 0x0041, 0x0010, b"SH", 0) * 1_000_000 + data[at:])
    start = time.process_time()
    with pytest.raises(LimitError, match="elements"):
        reading.open(path)
    assert time.process_time() - start < 1


def test_endless_sequence(tmp_path, dicom):
    data = _rich_dicom(dicom, tmp_path / "whole.dcm")
    at = data.index(struct.pack("<HH2s", 0x7FE0, 0x0010, b"OW"))
    items = struct.pack("<HHI", 0xFFFE, 0xE000, 0) * 300_000
    sequence = struct.pack("<HH2s2xI", 0x0040, 0x0555, b"SQ", 0xFFFFFFFF) + items
    path = tmp_path / "long.dcm"
    path.write_bytes(data[:at] + sequence + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0) + data[at:])
    start = time.process_time()
    with pytest.raises(LimitError, match="sequence items"):
        reading.open(path)
    assert time.process_time() - start < 8  # all of them would take longer


def test_deflate_bomb(tmp_path, dicom):
    values = np.zeros((8, 8), np.uint16)
    path = dicom(tmp_path / "a.dcm", values, syntax=ExplicitVRLittleEndian)
    data = path.read_bytes()
    deflated = dicom(tmp_path / "b.dcm", values, syntax=DeflatedExplicitVRLittleEndian).read_bytes()
    start = 132 + 12 + struct.unpack("<I", deflated[140:144])[0]
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = data[132 + 12 + struct.unpack("<I", data[140:144])[0] :]
    bomb = squeeze.compress(body)
    for _ in range(250):
        bomb += squeeze.compress(bytes(1 << 20))
    path.write_bytes(deflated[:start] + bomb + squeeze.flush())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    with pytest.raises(LimitError, match="inflates"):
        reading.open(path)
    assert time.process_time() - began < 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 << 10  # kB


@pytest.mark.parametrize(
    ("elements", "words"),
    [
        ({"Rows": 9}, "cut off"),
        ({"Rows": 0}, "0 x 8"),
        ({"NumberOfFrames": 3}, "cut off"),
        ({"NumberOfFrames": -3}, "-3 frames"),
        ({"BitsStored": 40}, "Bits Stored"),
        ({"PhotometricInterpretation": "PALETTE COLOR"}, "PALETTE COLOR"),
        ({"RescaleSlope": "1e308", "RescaleIntercept": "1e308"}, "not finite"),
    ],
)
def test_headers_that_lie(tmp_path, dicom, elements, words):
    path = dicom(tmp_path / "a.dcm", np.arange(64, dtype=np.uint16).reshape(8, 8), **elements)
    with pytest.raises(ReadError, match=words):
        reading.open(path)


@pytest.mark.parametrize("syntax", [JPEGBaseline8Bit, JPEG2000Lossless])
def test_compressed_bomb(tmp_path, dicom, syntax):
    path = dicom(tmp_path / "a.dcm", np.zeros((8, 8), np.uint8))
    dataset = pydicom.dcmread(path)
    dataset.file_meta.TransferSyntaxUID = syntax
    stream = io.BytesIO()
    kind = "JPEG" if syntax == JPEGBaseline8Bit else "JPEG2000"
    Image.fromarray(np.full((8, 8), 77, np.uint8)).save(stream, format=kind)
    dataset.PixelData = pydicom.encaps.encapsulate([stream.getvalue()])
    dataset["PixelData"].VR = "OB"
    dataset.save_as(path)
    assert reading.open(path).shape == (8, 8)
    # the same, claiming a side of 60000 within the compressed picture
    data = stream.getvalue()
    side, huge = (2, 60000) if kind == "JPEG" else (4, 60000)
    at = data.index((8).to_bytes(side, "big") * 2, data.index(b"\xff\xc0" if side == 2 else b"\xff\x51"))
    bomb = data[:at] + huge.to_bytes(side, "big") * 2 + data[at + 2 * side :]
    dataset.PixelData = pydicom.encaps.encapsulate([bomb])
    dataset.save_as(path)
    with pytest.raises(ReadError, match="60000 x 60000 pixels, the header says 8 x 8"):
        reading.open(path)


def test_cut_pixel_data(tmp_path, dicom):
    path = dicom(tmp_path / "a.dcm", np.arange(6400, dtype=np.uint16).reshape(80, 80))
    path.write_bytes(path.read_bytes()[:-5000])
    with pytest.raises(ReadError):
        reading.open(path)


def test_dicom_without_pixels(tmp_path, dicom):
    path = dicom(tmp_path / "a.dcm", np.zeros((8, 8), np.uint16))
    dataset = pydicom.dcmread(path)
    del dataset.PixelData
    dataset.save_as(path)
    with pytest.raises(ReadError, match=r"no Rows or no Pixel Data"):
        reading.open(path)
