"""The last step to the screen: VOI look-up table or window, then inversion (DICOM PS3.3 C.11.2, C.11.6)."""

from dataclasses import dataclass

import numpy as np
import pydicom
from jaxtyping import Float32, Float64, Shaped
from pydicom.multival import MultiValue
from pydicom.pixels.processing import apply_voi


@dataclass(frozen=True)
class Display:
    """How values become grey. `lut` comes before the window; without either, the range in use is shown.

    lut: the data set or item that holds a VOI LUT Sequence.
    center, width: the first window, in modality units.
    function: LINEAR, LINEAR_EXACT or SIGMOID.
    inverted: low values are shown white.
    """

    lut: pydicom.Dataset | None = None
    center: float | None = None
    width: float | None = None
    function: str = "LINEAR"
    inverted: bool = False

    @classmethod
    def of(cls, item: pydicom.Dataset, inverted: bool) -> "Display":
        """From the data set or functional group that holds the VOI attributes."""
        lut = item if item.get("VOILUTSequence") else None
        function = str(item.get("VOILUTFunction") or "LINEAR")
        return cls(lut, _first(item, "WindowCenter"), _first(item, "WindowWidth"), function, inverted)


def display(
    how: Display, values: Float64[np.ndarray, "n"], used: Shaped[np.ndarray, "m"]
) -> Float32[np.ndarray, "n"]:
    """Modality values -> 0 (black) .. 1 (white).

    used: indices of the values that the picture has. A window that would show all of them as one grey
    is not meant; their range is shown instead.
    """
    for grey in (_by_lut(how, values), _by_window(how, values)):
        if grey is not None and (np.ptp(grey[used]) > 0 or used.size == 1):
            return grey
    return _by_range(how, values, used)


def _by_lut(how: Display, values: Float64[np.ndarray, "n"]) -> Float32[np.ndarray, "n"] | None:
    if how.lut is None:
        return None
    out = np.asarray(apply_voi(np.rint(values).astype(np.int64), how.lut), dtype=np.float64)
    top = max(float(out.max()), 1.0)
    return ((top - out if how.inverted else out) / top).astype(np.float32)


def _by_window(how: Display, values: Float64[np.ndarray, "n"]) -> Float32[np.ndarray, "n"] | None:
    """C.11.2.1.2 and .3; the sign is applied first, so that an inverted twin gives the very same greys."""
    if how.center is None or how.width is None or not np.isfinite([how.center, how.width]).all():
        return None
    sign = -1.0 if how.inverted else 1.0
    if how.function == "SIGMOID" and how.width > 0:
        exponent = np.clip(-4 * sign * (values - how.center) / how.width, -700, 700)
        return (1 / (1 + np.exp(exponent))).astype(np.float32)
    exact = how.function == "LINEAR_EXACT"
    center, width = (how.center, how.width) if exact else (how.center - 0.5, how.width - 1)
    if width < 0 or (exact and width == 0):
        return None
    distance = sign * (values - center)
    if width == 0:
        return (distance > 0).astype(np.float32)
    return np.clip(distance / width + 0.5, 0, 1).astype(np.float32)


def _by_range(
    how: Display, values: Float64[np.ndarray, "n"], used: Shaped[np.ndarray, "m"]
) -> Float32[np.ndarray, "n"]:
    low, high = float(values[used].min()), float(values[used].max())
    distance = high - values if how.inverted else values - low
    return np.clip(distance / max(high - low, np.finfo(np.float64).tiny), 0, 1).astype(np.float32)


def _first(item: pydicom.Dataset, keyword: str) -> float | None:
    value = item.get(keyword)
    if isinstance(value, MultiValue | list | tuple):
        value = value[0] if len(value) else None
    return None if value is None or value == "" else float(value)
