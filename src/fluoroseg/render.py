"""One exposure as a folder that a person can look at."""

import io
import os
import shutil
from pathlib import Path

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image

from fluoroseg.dataset.intensity import encode_png
from fluoroseg.dataset.record import dump, sample_record
from fluoroseg.errors import UsageError
from fluoroseg.overlay import draw_overlay
from fluoroseg.randomization.present import present
from fluoroseg.scene import Shot


def render_to_folder(shot: Shot, out: str | Path) -> None:
    """Writes a shot, whole or not at all.

    `image.png` 16-bit greyscale, logarithmic (`fluoroseg.dataset.intensity`); `preview.png` 8-bit as a
    viewer shows it, bone bright; `overlay.png` every structure coloured and named; `masks/<name>.png`
    0 / 255; `xray.json` the sample record as in a shard.

    Raises UsageError when `out` is a file or a folder that is not empty.
    """
    out = check_free(out)
    draft = out.with_name(f".{out.name}.{os.getpid()}.tmp")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        (draft / "masks").mkdir(parents=True)
        _write(shot, draft, out.name)
        draft.replace(out)
    except OSError as e:
        raise UsageError(f"{out}: the folder cannot be written: {e.strerror}") from e
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def check_free(out: str | Path) -> Path:
    """The path, when `render_to_folder` may write there; else UsageError. To ask before slow work."""
    out = Path(out)
    if not out.name:
        raise UsageError(f"{out}: the output is a new folder; give it a name")
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out}: is a file; the output is a folder")
    if out.is_dir() and any(out.iterdir()):
        raise UsageError(f"{out}: exists already and is not empty; take another folder")
    return out


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
