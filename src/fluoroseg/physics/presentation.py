"""From the raw picture to what is shown: logarithm, edges, window, polarity."""

import numpy as np
from jaxtyping import Bool, Float32

from fluoroseg.errors import UsageError


def presented(
    raw: Float32[np.ndarray, "h w"],
    *,
    window: tuple[float, float] = (1.0, 99.5),
    edges: float = 0.0,
    edges_px: float = 4.0,
    bone: str = "white",
    field: Bool[np.ndarray, "h2 w2"] | None = None,
) -> Float32[np.ndarray, "h w"]:
    """Pixels 0 .. 1 as a viewer shows them.

    window: percentiles of the body's pixels (`randomization.present`) that become black and white.
    edges: unsharp masking of the logarithm, log + edges x (log - its Gaussian mean); 0.3-1 is usual.
    edges_px: standard deviation of that Gaussian.
    bone: "white", as radiographs are shown, or "black", as fluoroscopy often is.
    field: pixels that are irradiated (round field, collimator); the rest is black and not windowed.
    Raises UsageError for another `bone`, a window that is none, a field of another shape.
    """
    from fluoroseg.randomization.present import attenuation, present

    if bone not in ("white", "black"):
        raise UsageError(f'bone is shown "white" or "black", not {bone!r}')
    if not 0 <= window[0] < window[1] <= 100:
        raise UsageError(f"a window goes from a lower to a higher percentile, 0 .. 100, not {window}")
    if field is not None and field.shape != raw.shape:
        raise UsageError(f"the field has shape {field.shape}; the picture has {raw.shape}")
    if edges > 0:
        from scipy.ndimage import gaussian_filter  # late: scipy costs 0.2 s at import

        log_image = attenuation(raw)
        raw = np.exp(-log_image - np.float32(edges) * (log_image - gaussian_filter(log_image, edges_px)))
    if field is not None:
        raw = np.where(field, raw, np.float32(1))  # open air is no body, so it does not touch the window
    shown = present(raw, *window)
    if bone == "black":
        shown = 1 - shown
    return shown if field is None else shown * field
