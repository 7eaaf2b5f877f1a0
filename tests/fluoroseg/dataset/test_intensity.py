import io
import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from PIL import Image

from fluoroseg.dataset import intensity
from fluoroseg.dataset.intensity import decode_png, encode_png
from fluoroseg.errors import LimitError, ReadError, UsageError
from fluoroseg.project import threads

values_16_bit = arrays(np.uint16, array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=30))


def noisy(height: int = 120, width: int = 90) -> np.ndarray:
    """Something like an X-ray: a smooth body with a collimated border, noise, and open air."""
    rows, columns = np.indices((height, width), dtype=np.float32)
    thickness = 9 * np.exp(-((rows - height / 2) ** 2 + (columns - width / 2) ** 2) / 1500)
    image = np.exp(-thickness) * np.random.default_rng(0).normal(1, 0.02, (height, width))
    image[:, :5] = 0
    return image.astype(np.float32)


def by_the_definition(image: np.ndarray) -> np.ndarray:
    """value = round(5000 * (ln(transmission) + 12)), in double precision, one pixel at a time."""
    out = np.zeros(image.shape)
    for at, fraction in np.ndenumerate(image.astype(np.float64)):
        out[at] = 0 if fraction < np.exp(-12) else min(max(5000 * (np.log(fraction) + 12), 0), 65535)
    return out


def as_pillow_writes(values: np.ndarray) -> bytes:
    """What earlier versions wrote: Pillow's own choice of filters and levels."""
    file = io.BytesIO()
    Image.fromarray(values).save(file, format="PNG", compress_level=3)
    return file.getvalue()


def test_values_are_those_of_the_definition():
    image = noisy()
    picture = Image.open(io.BytesIO(encode_png(image)), formats=["PNG"])
    assert (picture.mode, picture.size) == ("I;16", (90, 120))
    assert np.abs(np.asarray(picture) - by_the_definition(image)).max() < 0.52


@pytest.mark.parametrize(
    ("fraction", "value"),
    [(0, 0), (-1, 0), (6e-6, 0), (1, 60000), (2.99, 65476), (9, 65535), (np.inf, 65535)],
)
def test_ends_of_the_scale(fraction, value):
    data = encode_png(np.full((2, 3), fraction, dtype=np.float32))
    assert (np.asarray(Image.open(io.BytesIO(data))) == value).all()


@given(values_16_bit)
@settings(max_examples=100, deadline=None)
def test_any_values_come_back(values):
    data = encode_png(np.exp(values.astype(np.float64) / 5000 - 12).astype(np.float32))
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(data))), values)
    np.testing.assert_array_equal(decode_png(data), decode_png(as_pillow_writes(values)))


def test_error_of_the_round_trip_is_half_a_step():
    image = noisy()[:, 5:]
    assert np.abs(np.log(decode_png(encode_png(image)) / image)).max() < 0.51 / 5000


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1), (40, 33)])
def test_layout_and_number_type_do_not_matter(shape):
    image = noisy()[: shape[0], 10 : 10 + shape[1]]
    expected = encode_png(np.ascontiguousarray(image))
    assert encode_png(np.asfortranarray(image)) == expected
    assert encode_png(image.astype(np.float64)) == expected
    assert decode_png(expected).shape == shape


def test_same_bytes_in_another_process():
    lines = [
        "import sys, numpy as np",
        "from fluoroseg.dataset.intensity import encode_png",
        "image = np.frombuffer(sys.stdin.buffer.read(), np.float32).reshape(120, 90)",
        "sys.stdout.buffer.write(encode_png(image))",
    ]
    image = noisy()
    run = subprocess.run([sys.executable, "-c", "\n".join(lines)], input=image.tobytes(), capture_output=True)
    assert run.returncode == 0, run.stderr
    assert run.stdout == encode_png(image)


@pytest.mark.parametrize("height", [1, 3, 5, 120])
def test_threads_change_no_byte(height):
    image = noisy()[:height]
    try:
        threads.set_threads(1)
        alone = encode_png(image)
        threads.set_threads(3)
        assert encode_png(image) == alone
    finally:
        threads.set_threads(0)


def test_stream_is_one_that_zlib_checks():
    data = encode_png(noisy())
    (length,) = struct.unpack(">I", data[33:37])
    rows = np.frombuffer(zlib.decompress(data[41 : 41 + length]), dtype=np.uint8).reshape(120, 181)
    assert (rows[:, 0] == 2).all()
    summed = np.cumsum(rows[:, 1:], axis=0, dtype=np.uint8).view(">u2")
    np.testing.assert_array_equal(summed, np.asarray(Image.open(io.BytesIO(data))))


def test_no_larger_than_pillow_makes_it():
    image = noisy(300, 300)
    values = np.asarray(Image.open(io.BytesIO(encode_png(image))))
    assert len(encode_png(image)) < 1.05 * len(as_pillow_writes(values))


@pytest.mark.parametrize("shape", [(0, 0), (0, 5), (5, 0), (1 << 14, (1 << 12) + 1)])
def test_sizes_that_cannot_be_written_are_refused(shape):
    with pytest.raises(UsageError, match="pixels"):
        encode_png(np.broadcast_to(np.float32(1), shape))


def test_nan_is_refused():
    image = noisy()
    image[3, 3] = np.nan
    with pytest.raises(UsageError, match="NaN"):
        encode_png(image)


def chunked(header: bytes, packed: bytes) -> bytes:
    parts = ((b"IHDR", header), (b"IDAT", packed), (b"IEND", b""))
    return intensity._SIGNATURE + b"".join(intensity._chunk(kind, data) for kind, data in parts)


def test_foreign_pictures_are_refused():
    file = io.BytesIO()
    Image.new("L", (4, 4)).save(file, format="PNG")
    for data in (b"", b"GIF89a" + bytes(50), intensity._SIGNATURE + bytes(50), file.getvalue()):
        with pytest.raises(ReadError):
            decode_png(data, "a file")


def test_a_huge_picture_is_refused_before_unpacking():
    header = struct.pack(">IIBBBBB", 1 << 20, 1 << 20, 16, 0, 0, 0, 0)
    with pytest.raises(LimitError, match="1048576 x 1048576"):
        decode_png(chunked(header, zlib.compress(b"")))


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_a_broken_file_gives_a_picture_or_our_error(data):
    good = encode_png(noisy(12, 9))
    cut = data.draw(st.integers(0, len(good)))
    at = data.draw(st.integers(0, len(good) - 1))
    byte = data.draw(st.integers(0, 255))
    broken = (good[:at] + bytes([byte]) + good[at + 1 :])[: max(cut, at + 1)]
    try:
        image = decode_png(broken, "a file")
    except ReadError:
        return
    assert image.dtype == np.float32
    assert image.ndim == 2
