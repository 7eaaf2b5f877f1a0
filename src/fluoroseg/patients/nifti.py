"""NIfTI volumes from anywhere, hostile files included: read, checked, turned from RAS to LPS.

nibabel parses the header; sizes, orientation and values are checked here, and no voxel is allocated
before the file has been seen to be able to hold it.
"""

import gzip
import math
import os
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from jaxtyping import Float, Int16, Shaped, UInt16

from fluoroseg.errors import LimitError, ReadError

MAX_VOXELS = 1_500_000_000
"""About 1100^3: larger than any clinical CT."""

MAX_INFLATION = 100
LARGE_BYTES = 1 << 31
"""A volume above LARGE_BYTES that is compressed more than MAX_INFLATION times is taken for a bomb."""

_DEFLATE_LIMIT = 1032  # deflate cannot do better than 1032 : 1 (zlib's technical notes)
_LPS_FROM_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
_MM_PER_UNIT = {1: 1000.0, 2: 1.0, 3: 0.001}  # NIfTI xyzt_units: metre, millimetre, micrometre


@dataclass(frozen=True)
class Volume:
    """Values `[i, j, k]` as stored (scale factors applied) and the affine, voxel centre index -> LPS mm.

    extension: what stands between header and voxels; TotalSegmentator writes its labels' names there.
    """

    values: Shaped[np.ndarray, "i j k"]
    world_from_index: Float[np.ndarray, "4 4"]
    extension: bytes = b""


def read_volume(path: str | Path) -> Volume:
    """A single-file NIfTI-1 or -2 (`.nii`, `.nii.gz`) with one 3-D frame.

    Raises LimitError for a volume that is too large, ReadError for anything else that is wrong.
    """
    path = Path(path)
    try:
        if not path.is_file():
            raise ReadError(f"{path}: no such file")
        with path.open("rb") as raw:
            return _read(path, raw, os.fstat(raw.fileno()).st_size)
    except (OSError, EOFError, zlib.error) as error:
        raise ReadError(f"{path}: cannot be read to its end, cut off or damaged ({error})") from error
    except MemoryError as error:
        raise LimitError(f"{path}: asks for more memory than there is") from error


def read_hu(path: str | Path) -> tuple[Int16[np.ndarray, "i j k"], Float[np.ndarray, "4 4"]]:
    """A CT: HU rounded to int16 (padding below -1024 HU becomes -1024) and `world_from_index`."""
    volume = read_volume(path)
    values = volume.values
    hu = np.empty(values.shape, np.int16)
    for i, plane in enumerate(values):  # plane by plane: no second float copy of the whole
        if plane.dtype.kind == "f" and not np.isfinite(plane).all():
            raise ReadError(f"{path}: has NaN or infinite voxels in plane i={i}; a CT has HU everywhere")
        hu[i] = np.clip(np.rint(plane), -1024, 32767)
    return hu, volume.world_from_index


def read_labels(path: str | Path) -> tuple[UInt16[np.ndarray, "i j k"], Float[np.ndarray, "4 4"]]:
    """A label volume: whole numbers 0 ... 65535 and `world_from_index`."""
    volume = read_volume(path)
    return whole_numbers(volume.values, path), volume.world_from_index


def whole_numbers(values: Shaped[np.ndarray, "i j k"], path: str | Path) -> UInt16[np.ndarray, "i j k"]:
    """Values of any type as labels. Raises ReadError for fractions, NaN, negative and too large ones."""
    labels = np.empty(values.shape, np.uint16)
    for i, plane in enumerate(values):
        if plane.dtype.kind == "f" and not (np.isfinite(plane).all() and (plane == np.rint(plane)).all()):
            raise ReadError(f"{path}: labels must be whole numbers, plane i={i} has others")
        if plane.min() < 0 or plane.max() > 65535:
            raise ReadError(f"{path}: labels must be 0 ... 65535, plane i={i} has others")
        labels[i] = plane
    return labels


def _read(path: Path, raw: BinaryIO, file_bytes: int) -> Volume:
    gzipped = raw.read(2) == b"\x1f\x8b"
    raw.seek(0)
    stream: Any = gzip.GzipFile(fileobj=raw) if gzipped else raw
    header, start = _read_header(path, stream)
    dtype, shape, offset = _layout(path, header)
    size = offset + math.prod(shape) * dtype.itemsize
    _check_size(path, shape, size, file_bytes, gzipped)
    with np.errstate(invalid="ignore", over="ignore"):  # any bit pattern may stand in a hostile header
        world_from_index = _LPS_FROM_RAS @ _ras_affine(path, header)
    extension = stream.read(offset - start)
    data = np.empty(shape, dtype, order="F")
    _fill(path, stream, data)
    return Volume(_scaled(path, header, data), world_from_index, extension)


def _read_header(path: Path, stream: Any) -> tuple[Any, int]:
    from nibabel.nifti1 import Nifti1Header
    from nibabel.nifti2 import Nifti2Header
    from nibabel.spatialimages import HeaderDataError
    from nibabel.wrapstruct import WrapStructError

    block = stream.read(348)
    endian = {b"\x5c\1\0\0": "<", b"\x1c\2\0\0": "<", b"\0\0\1\x5c": ">", b"\0\0\2\x1c": ">"}.get(block[:4])
    kind = Nifti1Header
    if block[:4] in (b"\x1c\2\0\0", b"\0\0\2\x1c"):  # sizeof_hdr = 540
        block, kind = block + stream.read(540 - len(block)), Nifti2Header
    if b"ni1" in block[344:348]:
        raise ReadError(f"{path}: half of a .hdr/.img pair; convert it to a single .nii or .nii.gz")
    magic = block[344:348] if kind is Nifti1Header else block[4:8]
    if endian is None or magic[:3] not in (b"n+1", b"n+2"):
        raise ReadError(f"{path}: not a NIfTI file (no NIfTI header at its start)")
    try:
        return kind(block, endianness=endian, check=False), len(block)
    except (HeaderDataError, WrapStructError, ValueError) as error:
        raise ReadError(f"{path}: broken NIfTI header ({error})") from error


def _layout(path: Path, header: Any) -> tuple[np.dtype, tuple[int, int, int], int]:
    """Voxel type, 3-D shape and offset of the first voxel, from an untrusted header."""
    from nibabel.spatialimages import HeaderDataError

    try:
        dtype = header.get_data_dtype()
    except (HeaderDataError, KeyError) as error:
        raise ReadError(f"{path}: unknown NIfTI data type code {int(header['datatype'])}") from error
    if dtype.kind not in "iuf" or dtype.itemsize > 8:
        raise ReadError(f"{path}: voxels are {dtype}; a CT or label volume has one plain number a voxel")
    count = int(header["dim"][0])
    dims = [int(n) for n in header["dim"][1 : 1 + count]] if 1 <= count <= 7 else []
    if len(dims) < 3 or min(dims) < 1:
        raise ReadError(f"{path}: dimensions {dims} (rank {count}); expected three positive ones")
    if math.prod(dims[3:]) != 1:
        raise ReadError(f"{path}: dimensions {dims}; expected one 3-D frame, extract one of them")
    offset = float(header["vox_offset"])
    smallest = len(header.binaryblock) + 4
    if not (offset == 0 or smallest <= offset <= 1 << 26):
        raise ReadError(
            f"{path}: voxels are said to start at byte {offset}, expected {smallest} or some more"
        )
    return dtype, (dims[0], dims[1], dims[2]), int(offset) or smallest


def _check_size(path: Path, shape: tuple[int, int, int], size: int, file_bytes: int, gzipped: bool) -> None:
    """Refuses, before anything is allocated, what is too large or cannot be inside the file."""
    voxels = math.prod(shape)
    if voxels > MAX_VOXELS:
        raise LimitError(f"{path}: {shape} is {voxels:.3g} voxels, at most {MAX_VOXELS:.3g} are read")
    if gzipped and size > LARGE_BYTES and size > MAX_INFLATION * file_bytes:
        raise LimitError(f"{path}: {file_bytes} bytes would expand to {size}; no CT compresses that well")
    if size > file_bytes * (_DEFLATE_LIMIT if gzipped else 1):
        raise ReadError(
            f"{path}: its header announces {shape} = {size} bytes, but the file has only {file_bytes}"
            f"{' compressed' if gzipped else ''} bytes: cut off or not what it claims"
        )


def _fill(path: Path, stream: Any, data: np.ndarray) -> None:
    """Reads exactly the announced bytes, and one more so that gzip checks its sum at the end."""
    target = data.reshape(-1, order="F").view(np.uint8).data
    done = 0
    while done < len(target):
        got = stream.readinto(target[done : done + (1 << 24)])
        if not got:
            raise ReadError(f"{path}: ends after {done} of {len(target)} voxel bytes")
        done += got
    stream.read(1)


def _ras_affine(path: Path, header: Any) -> Float[np.ndarray, "4 4"]:
    """The sform, else the qform, whichever is set and can be meant; in mm."""
    from nibabel.spatialimages import HeaderDataError

    affines = []
    if int(header["sform_code"]) > 0:
        affines.append(header.get_sform())
    if int(header["qform_code"]) > 0:
        try:
            affines.append(header.get_qform())
        except (HeaderDataError, ValueError, np.linalg.LinAlgError):
            affines.append(np.full((4, 4), np.nan))  # a quaternion that is none
    unit = _MM_PER_UNIT.get(int(header["xyzt_units"]) & 7, 1.0)
    for affine in affines:
        scaled = np.diag([unit, unit, unit, 1.0]) @ np.asarray(affine, np.float64)
        if not np.isfinite(scaled).all():
            continue
        spacing = np.linalg.norm(scaled[:3, :3], axis=0)
        volume = abs(np.linalg.det(scaled[:3, :3]))
        if spacing.min() >= 0.01 and spacing.max() <= 100 and volume > 1e-3 * spacing.prod():
            return scaled
    found = "neither sform nor qform is set" if not affines else "its sform / qform is singular or not finite"
    raise ReadError(f"{path}: no usable orientation: {found}; left and right cannot be told")


def _scaled(path: Path, header: Any, data: np.ndarray) -> np.ndarray:
    """Applies scl_slope and scl_inter; a slope of 0 or NaN means none (NIfTI-1 standard)."""
    slope, inter = float(header["scl_slope"]), float(header["scl_inter"])
    if slope == 0 or math.isnan(slope) or (slope, inter) == (1.0, 0.0):
        return data
    if not (math.isfinite(slope) and math.isfinite(inter)):
        raise ReadError(f"{path}: unusable scale factors: slope {slope}, intercept {inter}")
    return data.astype(np.float32) * np.float32(slope) + np.float32(inter)
