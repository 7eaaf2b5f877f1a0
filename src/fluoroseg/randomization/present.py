"""From transmitted energy to pixels as a viewer shows them."""

import numpy as np
from jaxtyping import Bool, Float, Float32


def attenuation(transmission: Float[np.ndarray, "h w"]) -> Float32[np.ndarray, "h w"]:
    """`-ln(transmission)`, the line integral that film and flat panels are read by; 0 in open air."""
    return -np.log(np.clip(transmission, 1e-6, None)).astype(np.float32)


def body(log_image: Float[np.ndarray, "h w"]) -> Bool[np.ndarray, "h w"]:
    """Pixels behind which there is more than about 15 mm of tissue."""
    return log_image > 0.3


def present(
    transmission: Float[np.ndarray, "h w"], low: float = 1.0, high: float = 99.5
) -> Float32[np.ndarray, "h w"]:
    """Transmission -> pixels 0 .. 1, bone bright, windowed between two percentiles of the body.

    With air dominating the picture a window over all pixels makes bones vanish; hence the body's.
    """
    log_image = attenuation(transmission)
    inside = log_image[body(log_image)]
    if inside.size < 0.02 * log_image.size:
        inside = log_image.ravel()
    bottom, top = np.percentile(inside, (low, high))
    return np.clip((log_image - bottom) / max(top - bottom, 1e-6), 0, 1).astype(np.float32)
