"""How an X-ray is kept in 16 bits: logarithmically, so that a pelvis keeps its detail beside open air.

    value = round(5000 * (ln(transmission) + 12)),   transmission = exp(value / 5000 - 12)

One step is 0.02 % of the transmission everywhere, finer than any detector's noise; linear steps would be
10 % of it behind a pelvis (1e-4 of the beam). Values reach from 6e-6 (0, which also stands for less) to 3
(65535); open air (1) is 60000, so the picture also looks right in any viewer.
"""

import io
import struct
import zlib

import numpy as np
from jaxtyping import Float, UInt8, UInt16
from PIL import Image

from fluoroseg.errors import LimitError, ReadError, UsageError

STEPS_PER_E = 5000
LOWEST_LN = -12
MAX_PIXELS = 1 << 26
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_UP = 2
"""PNG's filter "each byte minus the byte above"."""
_STREAM = b"\x78\x01"
"""How a zlib stream begins: deflate, 32 KiB, fastest level."""
_MOST_MEMORY = 9
"""zlib's largest memory level: fewer, larger blocks."""
_STRIPES = 4


def encode_png(image: Float[np.ndarray, "h w"]) -> bytes:
    """Transmitted fraction -> 16-bit greyscale PNG.

    The same image gives the same bytes wherever NumPy and zlib are the same builds; other builds may round
    a value by one step or pack the same values into other bytes. Raises UsageError for an image without
    pixels, with more than MAX_PIXELS, or with NaN.
    """
    height, width = image.shape
    if not 1 <= height * width <= MAX_PIXELS:
        raise UsageError(f"an image of {height} x {width} pixels; 1 to {MAX_PIXELS} pixels can be written")
    header = struct.pack(">IIBBBBB", width, height, 16, 0, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", _deflate(_differences(_to_values(image)))), (b"IEND", b""))
    return _SIGNATURE + b"".join(_chunk(kind, data) for kind, data in parts)


def decode_png(data: bytes, where: str = "PNG") -> Float[np.ndarray, "h w"]:
    """16-bit PNG of `encode_png` -> float32 transmitted fraction. Raises ReadError.

    The header is read by hand first, so that a huge or foreign picture is refused before any work.
    """
    if len(data) < 33 or not data.startswith(_SIGNATURE) or data[12:16] != b"IHDR":
        raise ReadError(f"{where}: not a PNG")
    width, height, bits, colour = struct.unpack(">IIBB", data[16:26])
    if (bits, colour) != (16, 0):
        raise ReadError(f"{where}: expected 16-bit greyscale, found {bits} bits, PNG colour type {colour}")
    if width * height > MAX_PIXELS:
        raise LimitError(f"{where}: {height} x {width} pixels are more than the {MAX_PIXELS} that are read")
    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as picture:
            values = np.asarray(picture, dtype=np.float32)
    except (OSError, ValueError, SyntaxError, struct.error) as e:
        raise ReadError(f"{where}: the PNG is broken: {e}") from None
    return np.exp(values / STEPS_PER_E + LOWEST_LN)


def _to_values(image: Float[np.ndarray, "h w"]) -> UInt16[np.ndarray, "h w"]:
    """Transmitted fraction -> the values of the file. Single precision is good for 1/100 of a step."""
    single = np.ascontiguousarray(image, dtype=np.float32)
    values = np.log(np.maximum(single, np.exp(np.float32(LOWEST_LN))))
    values -= np.float32(LOWEST_LN)
    values *= np.float32(STEPS_PER_E)
    if np.isnan(values).any():
        raise UsageError("the image has NaN; transmitted fractions are numbers from 0 up")
    return np.rint(values, out=values).clip(0, 65535, out=values).astype(np.uint16)


def _differences(values: UInt16[np.ndarray, "h w"]) -> UInt8[np.ndarray, "h bytes"]:
    """The rows of the PNG: a filter's number, then the bytes under that filter, high byte first."""
    samples = values.astype(">u2").view(np.uint8)
    rows = np.empty((samples.shape[0], samples.shape[1] + 1), dtype=np.uint8)
    rows[:, 0] = _UP
    rows[0, 1:] = samples[0]
    np.subtract(samples[1:], samples[:-1], out=rows[1:, 1:])
    return rows


def _deflate(rows: UInt8[np.ndarray, "h bytes"]) -> bytes:
    """Bytes by how often they occur, and runs of one byte; nothing else repeats in a noisy picture.

    Looking for repeated strings (zlib's levels) takes 2 to 10 times as long and gains 1 to 2 %. Always the
    same stripes, one after the other in one stream (RFC 1950), so that the threads change no byte.
    """
    from fluoroseg.project import threads

    stripes = [b""] * _STRIPES

    def pack(first: int, last: int) -> None:
        for i in range(first, last):
            own = rows[i * len(rows) // _STRIPES : (i + 1) * len(rows) // _STRIPES]
            packer = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS, _MOST_MEMORY, zlib.Z_RLE)
            end = zlib.Z_FINISH if i == _STRIPES - 1 else zlib.Z_SYNC_FLUSH
            stripes[i] = packer.compress(own.data) + packer.flush(end)

    threads.run(pack, _STRIPES)
    return _STREAM + b"".join(stripes) + struct.pack(">I", zlib.adler32(rows.data))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(kind)))
