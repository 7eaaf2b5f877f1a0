"""One HTML page without anything outside it: pictures are part of the text."""

import base64
import html
import io
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from fluorosam.errors import UsageError
from fluorosam.formats.output import replace_text

_MARK = '<meta name="generator" content="fluorosam demo">'
_STYLE = """
body { background: #16181c; color: #e6e6e6; font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto;
       max-width: 1200px; padding: 0 1rem; }
.row { display: flex; flex-wrap: wrap; gap: 1rem; margin: 1.5rem 0; }
figure { margin: 0; flex: 1 1 340px; max-width: 590px; }
img { width: 100%; border-radius: 4px; display: block; }
figcaption { color: #b5b9c0; font-size: 0.9rem; padding-top: 0.3rem; }
table { border-collapse: collapse; }
th, td { padding: 0.3rem 1.2rem 0.3rem 0; text-align: left; border-bottom: 1px solid #333; }
"""


def check_ours(path: Path) -> None:
    """Raises UsageError when a file is there that is not an earlier page of ours."""
    if not os.path.lexists(path):
        return
    if not path.is_file() or _MARK not in path.read_text(encoding="utf-8", errors="replace")[:1000]:
        raise UsageError(f"{path} exists and was not made by `fluorosam demo`; choose another folder")


def write(path: Path, text: str) -> None:
    """Write the page, in place of an earlier one of ours; nothing else in the folder is touched."""
    check_ours(path)
    replace_text(path, text, errors="xmlcharrefreplace")


def document(title: str, introduction: str, parts: Sequence[str]) -> str:
    """The whole page; `parts` are HTML."""
    head = f'<meta charset="utf-8">{_MARK}<meta name="viewport" content="width=device-width">'
    return (
        f'<!doctype html>\n<html lang="en"><head>{head}<title>{html.escape(title)}</title>'
        f"<style>{_STYLE}</style></head>\n<body><h1>{html.escape(title)}</h1>\n"
        f"<p>{html.escape(introduction)}</p>\n" + "\n".join(parts) + "\n</body></html>\n"
    )


def figure(rgb: UInt8[np.ndarray, "h w 3"], caption: str) -> str:
    """A picture with words under it."""
    file = io.BytesIO()
    Image.fromarray(rgb).save(file, format="PNG")
    data = base64.b64encode(file.getvalue()).decode("ascii")
    words = html.escape(caption)
    picture = f'<img alt="{words}" src="data:image/png;base64,{data}">'
    return f"<figure>{picture}<figcaption>{words}</figcaption></figure>"


def row(parts: Sequence[str]) -> str:
    """Parts beside each other, as many as fit."""
    return f'<div class="row">{"".join(parts)}</div>'


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Plain text cells."""
    top = "".join(f"<th>{html.escape(cell)}</th>" for cell in head)
    lines = ["".join(f"<td>{html.escape(cell)}</td>" for cell in line) for line in rows]
    return f"<table><tr>{top}</tr>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"


def cross(rgb: UInt8[np.ndarray, "h w 3"], x: float, y: float, arm: int = 9) -> None:
    """Draw a green cross into the picture."""
    row_at, column_at = round(y), round(x)
    for rows, columns in (
        (slice(max(0, row_at - arm), row_at + arm + 1), slice(max(0, column_at - 1), column_at + 2)),
        (slice(max(0, row_at - 1), row_at + 2), slice(max(0, column_at - arm), column_at + arm + 1)),
    ):
        rgb[rows, columns] = (0, 255, 120)
