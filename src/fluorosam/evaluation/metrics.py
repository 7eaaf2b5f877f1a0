"""Overlap of two masks."""

import numpy as np
from jaxtyping import Bool


def dice(truth: Bool[np.ndarray, "h w"], prediction: Bool[np.ndarray, "h w"]) -> float:
    """2 |A and B| / (|A| + |B|), 0..1. Two empty masks agree: 1. One empty mask: 0."""
    total = int(np.count_nonzero(truth)) + int(np.count_nonzero(prediction))
    return 2 * int(np.count_nonzero(truth & prediction)) / total if total else 1.0


def iou(truth: Bool[np.ndarray, "h w"], prediction: Bool[np.ndarray, "h w"]) -> float:
    """|A and B| / |A or B|, 0..1. Two empty masks agree: 1. One empty mask: 0."""
    union = int(np.count_nonzero(truth | prediction))
    return int(np.count_nonzero(truth & prediction)) / union if union else 1.0
