"""Reading NIfTI: any orientation gives the same world; hostile files give one clear error, promptly."""

import gzip
import itertools
import pickle
import struct
import time
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fluoroseg.errors import LimitError, ReadError
from fluoroseg.patients.nifti import read_hu, read_labels, read_volume

RAS = np.array([[-1.5, 0, 0, 40], [0, 2, 0, -30], [0, 0, 3, 500], [0, 0, 0, 1.0]])


def save(path: Path, values: np.ndarray, affine: np.ndarray = RAS) -> Path:
    nib.save(nib.Nifti1Image(values, affine), path)
    return path


def raw_header(shape: tuple[int, ...], code: int = 4, bits: int = 16, **fields: object) -> nib.Nifti1Header:
    header = nib.Nifti1Header()
    header["dim"][: 1 + len(shape)] = [len(shape), *shape]
    header["datatype"], header["bitpix"], header["vox_offset"], header["magic"] = code, bits, 352, b"n+1"
    header.set_sform(RAS, 1)
    for key, value in fields.items():
        header[key] = value
    return header


def raw(shape: tuple[int, ...], body: bytes = b"", **fields: object) -> bytes:
    return raw_header(shape, **fields).binaryblock + b"\0\0\0\0" + body


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
@pytest.mark.parametrize("flips", list(itertools.product((1, -1), repeat=3)))
def test_every_axis_order_and_flip_gives_the_same_world(tmp_path, order, flips):
    values = np.random.default_rng(0).integers(-1000, 2000, (3, 4, 5), dtype=np.int16)
    transform = np.array([[axis, flip] for axis, flip in zip(order, flips, strict=True)])
    turned = nib.Nifti1Image(values, RAS).as_reoriented(transform)
    nib.save(turned, tmp_path / "ct.nii.gz")
    hu, world_from_index = read_hu(tmp_path / "ct.nii.gz")
    index = np.argwhere(np.ones(hu.shape))
    world = index @ world_from_index[:3, :3].T + world_from_index[:3, 3]
    original = (world * [-1, -1, 1] - RAS[:3, 3]) @ np.linalg.inv(RAS[:3, :3]).T
    np.testing.assert_allclose(hu.reshape(-1), values[tuple(np.rint(original).astype(int).T)])


def test_ras_becomes_lps(tmp_path):
    _, world_from_index = read_hu(save(tmp_path / "ct.nii", np.zeros((3, 4, 5), np.int16)))
    np.testing.assert_allclose(world_from_index @ [0, 0, 0, 1], [-40, 30, 500, 1])
    np.testing.assert_allclose(np.diag(world_from_index), [1.5, -2, 3, 1])


@pytest.mark.parametrize("dtype", ["int16", "int32", "uint8", "uint16", "float32", "float64", ">i2"])
@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_voxel_types(tmp_path, dtype, suffix):
    values = np.arange(60).reshape(3, 4, 5).astype(dtype)
    path = save(tmp_path / f"v{suffix}", values)
    np.testing.assert_array_equal(read_hu(path)[0], values)
    np.testing.assert_array_equal(read_labels(path)[0], values)


def test_scale_factors_and_single_frame(tmp_path):
    values = np.arange(60, dtype="<i2")
    body = raw((3, 4, 5, 1), values.tobytes(), scl_slope=2.0, scl_inter=-1024.0)
    (tmp_path / "ct.nii").write_bytes(body)
    np.testing.assert_array_equal(
        read_hu(tmp_path / "ct.nii")[0], values.reshape(3, 4, 5, order="F") * 2 - 1024
    )


def test_nifti_2_and_metres(tmp_path):
    image = nib.Nifti2Image(np.zeros((3, 4, 5), np.int16), RAS * [[0.001], [0.001], [0.001], [1]])
    image.header.set_xyzt_units("meter")
    nib.save(image, tmp_path / "ct.nii.gz")
    np.testing.assert_allclose(np.abs(np.diag(read_hu(tmp_path / "ct.nii.gz")[1])), [1.5, 2, 3, 1])


def test_qform_when_there_is_no_sform(tmp_path):
    image = nib.Nifti1Image(np.zeros((3, 4, 5), np.int16), None)
    image.set_qform(RAS, 1)
    image.set_sform(None, 0)
    nib.save(image, tmp_path / "ct.nii")
    np.testing.assert_allclose(np.diag(read_hu(tmp_path / "ct.nii")[1]), [1.5, -2, 3, 1], atol=1e-6)


def test_padding_below_air_is_clipped(tmp_path):
    hu, _ = read_hu(save(tmp_path / "ct.nii", np.full((3, 4, 5), -3024.0, np.float32)))
    assert (hu == -1024).all()


@pytest.mark.parametrize(
    ("content", "error", "word"),
    [
        (b"", ReadError, "not a NIfTI"),
        (b"hello, this is text\n" * 40, ReadError, "not a NIfTI"),
        (bytes(np.random.default_rng(3).integers(0, 256, 4096, dtype=np.uint8)), ReadError, "not a NIfTI"),
        (pickle.dumps([1, 2, 3]) + b"\0" * 400, ReadError, "not a NIfTI"),
        (raw((32000, 32000, 32000)), LimitError, "voxels"),
        (raw((1000, 1000, 1000)), ReadError, "announces"),
        (raw((4, 4, 4), b"\0" * 100), ReadError, "announces|ends after"),
        (raw((4, 4)), ReadError, "three"),
        (raw((4, 4, 4, 2), b"\0" * 256), ReadError, "frame"),
        (raw((-4, 4, 4)), ReadError, "positive"),
        (raw((4, 4, 4), b"\0" * 128, dim=[200, 4, 4, 4, 1, 1, 1, 1]), ReadError, "rank 200"),
        (raw((4, 4, 4), b"\0" * 200, code=128, bits=24), ReadError, "voxels are"),
        (raw((4, 4, 4), b"\0" * 1024, code=32, bits=64), ReadError, "voxels are"),
        (raw((4, 4, 4), b"\0" * 128, code=77), ReadError, "data type"),
        (raw((4, 4, 4), b"\0" * 128, sform_code=0), ReadError, "orientation"),
        (raw((4, 4, 4), b"\0" * 128, srow_x=np.full(4, np.nan)), ReadError, "orientation"),
        (raw((4, 4, 4), b"\0" * 128, srow_x=[0, 2, 0, 0]), ReadError, "orientation"),
        (raw((4, 4, 4), b"\0" * 128, vox_offset=-8), ReadError, "start at"),
        (raw((4, 4, 4), b"\0" * 128, vox_offset=np.nan), ReadError, "start at"),
        (raw((4, 4, 4), b"\0" * 128, vox_offset=3e8), ReadError, "start at"),
        (raw((4, 4, 4), b"\0" * 128, scl_slope=np.inf), ReadError, "scale"),
        (raw((4, 4, 4), b"\0" * 128, magic=b"ni1"), ReadError, "pair"),
        (raw((4, 4, 4), np.full(64, np.nan, "<f4").tobytes(), code=16, bits=32), ReadError, "NaN"),
    ],
)
@pytest.mark.parametrize("compressed", [False, True])
def test_hostile_files(tmp_path, content, error, word, compressed):
    path = tmp_path / "ct.nii.gz"
    path.write_bytes(gzip.compress(content) if compressed else content)
    start = time.perf_counter()
    with pytest.raises(error, match=word) as caught:
        read_hu(path)
    assert time.perf_counter() - start < 1.0
    assert str(path) in str(caught.value)


def test_a_gzip_bomb_is_refused_before_it_expands(tmp_path):
    """4 GiB of float32 zeros would be 4 MB compressed; here its beginning and as many bytes behind."""
    path = tmp_path / "bomb.nii.gz"
    path.write_bytes(gzip.compress(raw((1024, 1024, 1024), code=16, bits=32)) + b"\0" * 4_500_000)
    start = time.perf_counter()
    with pytest.raises(LimitError, match="expand"):
        read_volume(path)
    assert time.perf_counter() - start < 0.5


@pytest.mark.parametrize("keep", [1, 20, 200, 400, -9, -1])
def test_a_cut_off_gzip(tmp_path, keep):
    values = np.random.default_rng(0).integers(0, 1000, (9, 9, 9), dtype=np.int16)
    whole = gzip.compress(raw(values.shape, values.tobytes()))
    (tmp_path / "ct.nii.gz").write_bytes(whole[:keep])
    with pytest.raises(ReadError):
        read_hu(tmp_path / "ct.nii.gz")


def test_a_wrong_checksum(tmp_path):
    whole = bytearray(gzip.compress(raw((4, 4, 4), b"\0" * 128)))
    whole[-8:-4] = struct.pack("<I", 1)
    (tmp_path / "ct.nii.gz").write_bytes(whole)
    with pytest.raises(ReadError, match="CRC"):
        read_hu(tmp_path / "ct.nii.gz")


@pytest.mark.parametrize("name", ["missing.nii.gz", "."])
def test_not_a_file(tmp_path, name):
    with pytest.raises(ReadError, match="no such file"):
        read_hu(tmp_path / name)


@pytest.mark.parametrize("values", [[0.5], [-1.0], [70000.0], [np.nan]])
def test_labels_must_be_small_whole_numbers(tmp_path, values):
    path = save(tmp_path / "l.nii", np.full((3, 4, 5), values[0], np.float32))
    with pytest.raises(ReadError, match="labels must be"):
        read_labels(path)


WHOLE = raw((4, 4, 4), bytes(range(128)))


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), max_size=6), st.booleans())
def test_any_damage_is_a_read_error_or_a_volume(tmp_path, damage, compressed):
    data = bytearray(WHOLE)
    for at, byte in damage:
        data[at] = byte
    path = tmp_path / "x.nii.gz"
    path.write_bytes(gzip.compress(bytes(data), 1) if compressed else bytes(data))
    try:
        hu, world_from_index = read_hu(path)
    except ReadError:
        return
    assert hu.ndim == 3
    assert np.isfinite(world_from_index).all()
