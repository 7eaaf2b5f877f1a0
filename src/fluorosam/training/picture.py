"""What the network is shown, to be looked at before the figures are believed."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from fluorosam.training.data import Batch


def save_batch(batch: Batch, path: Path) -> None:
    """A row for each picture: its first channel, then each prompt's mask in green with its words."""
    rows = []
    for i in range(len(batch.pictures)):
        grey = np.clip((batch.pictures[i, 0].numpy() + 1) * 127.5, 0, 255).astype(np.uint8)
        tiles = [np.stack([grey] * 3, -1)]
        for j in range(batch.masks.shape[1]):
            mask = np.kron(batch.masks[i, j].numpy(), np.ones((2, 2)))
            tile = tiles[0].copy()
            tile[..., ::2] -= (mask[..., None] * 0.5 * tile[..., ::2]).astype(np.uint8)
            tile[..., 1] = np.maximum(tile[..., 1], (mask * 120).astype(np.uint8))
            picture = Image.fromarray(tile)
            words = batch.phrases[i * batch.masks.shape[1] + j]
            sign = "" if batch.present[i, j] else "NOT: "
            ImageDraw.Draw(picture).text((3, 3), sign + words, fill=(255, 255, 0))
            tiles.append(np.asarray(picture))
        rows.append(np.concatenate(tiles, axis=1))
    columns = [np.concatenate(rows[k::2], axis=0) for k in range(min(2, len(rows)))]
    height = min(column.shape[0] for column in columns)
    Image.fromarray(np.concatenate([column[:height] for column in columns], axis=1)).save(path)
