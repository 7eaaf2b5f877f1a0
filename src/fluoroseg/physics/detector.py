"""A thin detector: quantum noise, then the light spread of the scintillator."""

import numpy as np
from jaxtyping import Float


def expose(
    transmission: Float[np.ndarray, "h w"],
    rng: np.random.Generator,
    photons: float = 3e5,
    blur_px: float = 0.5,
) -> Float[np.ndarray, "h w"]:
    """A noisy picture, float32, 1 = mean of open air.

    photons: detected photons per pixel in open air, the exposure. A beam of 1 uGy air kerma carries about
        30,000 photons/mm^2 (RQA5, IEC 62220-1), so 3e5 on 0.7 mm pixels is some 20 uGy in open air: a
        chest radiograph. Fluoroscopy has 1e3-1e4.
    blur_px: standard deviation of the light spread in pixels. It follows the noise, as in a real
        scintillator: sharpness and noise lose alike. 0 leaves the counts uncorrelated.
    """
    from scipy.ndimage import gaussian_filter  # late: scipy costs 0.2 s at import

    counts = rng.poisson(np.asarray(transmission, dtype=np.float64) * photons)
    image = (counts / photons).astype(np.float32)
    return gaussian_filter(image, blur_px, mode="nearest") if blur_px > 0 else image
