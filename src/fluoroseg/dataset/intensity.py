"""How an X-ray is kept in 16 bits: logarithmically, so that a pelvis keeps its detail beside open air.

    value = round(5000 * (ln(transmission) + 12)),   transmission = exp(value / 5000 - 12)

One step is 0.02 % of the transmission everywhere, finer than any detector's noise; linear steps would be
10 % of it behind a pelvis (1e-4 of the beam). Values reach from 6e-6 (0, which also stands for less) to 3
(65535); open air (1) is 60000, so the picture also looks right in any viewer.
"""

import io
import struct

import numpy as np
from jaxtyping import Float
from PIL import Image

from fluoroseg.errors import LimitError, ReadError

STEPS_PER_E = 5000
LOWEST_LN = -12
MAX_PIXELS = 1 << 26
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def encode_png(image: Float[np.ndarray, "h w"]) -> bytes:
    """Transmitted fraction -> 16-bit greyscale PNG. The same image gives the same bytes."""
    logarithm = np.log(np.maximum(image, np.exp(LOWEST_LN)))
    values = np.rint(STEPS_PER_E * (logarithm - LOWEST_LN)).clip(0, 65535).astype(np.uint16)
    file = io.BytesIO()
    Image.fromarray(values).save(file, format="PNG", compress_level=3)
    return file.getvalue()


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
