"""One exposure as a folder that a person can look at."""

import io
from pathlib import Path

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image

from fluoroseg.dataset.files import check_free, new_folder
from fluoroseg.dataset.intensity import encode_png
from fluoroseg.dataset.record import dump, sample_record
from fluoroseg.overlay import draw_overlay
from fluoroseg.randomization.present import present
from fluoroseg.scene import Shot

__all__ = ["check_free", "preview", "render_to_folder"]


def render_to_folder(shot: Shot, out: str | Path) -> None:
    """Writes a shot, whole or not at all.

    `image.png` 16-bit greyscale, logarithmic (`fluoroseg.dataset.intensity`); `preview.png` 8-bit as a
    viewer shows it, bone bright; `overlay.png` every structure coloured and named; `masks/<name>.png`
    0 / 255; `xray.json` the sample record as in a shard.

    Raises UsageError when `out` is a file or a folder that is not empty.
    """
    with new_folder(out) as draft:
        (draft / "masks").mkdir()
        _write(shot, draft, Path(out).name)


def preview(transmission: Float[np.ndarray, "h w"]) -> UInt8[np.ndarray, "h w"]:
    """The picture as a viewer shows it: logarithmic, bone bright, windowed by the body's pixels."""
    return np.rint(present(transmission) * 255).astype(np.uint8)


def _write(shot: Shot, folder: Path, key: str) -> None:
    grey = preview(shot.image)
    (folder / "image.png").write_bytes(encode_png(shot.image))
    (folder / "preview.png").write_bytes(_png(Image.fromarray(grey)))
    (folder / "overlay.png").write_bytes(_png(draw_overlay(grey, shot.masks)))
    for name, mask in shot.masks.items():
        picture = Image.fromarray(mask.astype(np.uint8) * 255)
        (folder / "masks" / f"{name.replace('/', '_')}.png").write_bytes(_png(picture))
    (folder / "xray.json").write_bytes(dump(sample_record(shot, key)))


def _png(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, format="PNG", compress_level=3)
    return file.getvalue()
