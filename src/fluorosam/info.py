"""What is installed, told at once: reads the header of a weight file, never torch."""

import json
from math import prod
from pathlib import Path
from typing import Any

from fluorosam.errors import WeightsError

_MAX_HEADER_BYTES = 16 << 20


def describe(path: Path) -> dict[str, Any]:
    """Name, size, parameters and the notes of a safetensors file. Raises WeightsError."""
    header = _header(path)
    notes = _notes(path, header.pop("__metadata__", {}))
    try:
        parameters = sum(prod(tensor["shape"]) for tensor in header.values())
    except (KeyError, TypeError):
        raise WeightsError(f"{path}: its header does not describe tensors") from None
    return {
        "name": path.stem,
        "file": str(path),
        "bytes": path.stat().st_size,
        "parameters": parameters,
        "structures": sorted(notes.get("taught", {})),
        "notes": {key: value for key, value in notes.items() if key != "taught"},
    }


def _header(path: Path) -> dict[str, Any]:
    """The JSON at the start of a safetensors file: 8 bytes of little-endian length, then the text."""
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if not 2 <= length <= min(_MAX_HEADER_BYTES, path.stat().st_size):
                raise WeightsError(f"{path}: not a safetensors file")
            header = json.loads(file.read(length))
    except (OSError, ValueError, RecursionError) as error:
        raise WeightsError(f"{path}: not a safetensors file: {error}") from None
    if not isinstance(header, dict):
        raise WeightsError(f"{path}: not a safetensors file")
    return header


def _notes(path: Path, metadata: Any) -> dict[str, Any]:
    try:
        notes = json.loads(metadata["notes"])
    except (KeyError, TypeError, ValueError, RecursionError):
        notes = None
    if not isinstance(notes, dict) or not isinstance(notes.get("taught", {}), dict):
        raise WeightsError(f"{path}: has no notes of ours; it was not written by fluorosam")
    return notes
