"""What the network is punished for."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from fluorosam.model.decoder import Decoded


def loss(
    out: Decoded,
    masks: Float[Tensor, "b p h w"],
    present: Float[Tensor, "b p"],
    weight: Float[Tensor, "b p"],
) -> tuple[Float[Tensor, ""], dict[str, float]]:
    """`mask_loss`, squared error of the predicted IoU, presence.

    weight is 0 where a sliver of a structure makes its presence a matter of taste.
    """
    here = present * weight
    share = here.sum().clamp_min(1)
    with torch.no_grad():
        guess, truth = out.logits > 0, masks > 0.5
        both = (guess & truth).sum((2, 3))
        iou = both / (guess | truth).sum((2, 3)).clamp_min(1)
    score_loss = ((out.score - iou) ** 2 * here).sum() / share
    presence_loss = (
        F.binary_cross_entropy_with_logits(out.presence, present, reduction="none") * weight
    ).sum() / weight.sum().clamp_min(1)
    total = mask_loss(out.logits, masks, present, weight) + score_loss + 0.3 * presence_loss
    right = ((out.presence > 0) == (present > 0)).float()
    figures = {
        "dice": float(((2 * iou / (1 + iou)) * here).sum() / share),
        "presence": float((right * weight).sum() / weight.sum().clamp_min(1)),
    }
    return total, figures


def mask_loss(
    logits: Float[Tensor, "b p h w"],
    masks: Float[Tensor, "b p h w"],
    present: Float[Tensor, "b p"],
    weight: Float[Tensor, "b p"],
) -> Float[Tensor, ""]:
    """Cross-entropy + soft Dice of what is there.

    What is not in the picture has an empty mask, which counts a quarter; its Dice is undefined and left out.
    """
    pixel = F.binary_cross_entropy_with_logits(logits, masks, reduction="none").mean((2, 3))
    soft = logits.sigmoid()
    overlap = (soft * masks).sum((2, 3))
    dice = 1 - (2 * overlap + 1) / (soft.sum((2, 3)) + masks.sum((2, 3)) + 1)
    here = present * weight
    there = ((pixel * 5 + dice) * here).sum() / here.sum().clamp_min(1)
    empty = (pixel * 5 * (1 - present)).sum() / (1 - present).sum().clamp_min(1)
    return there + 0.25 * empty
