"""Simulated X-rays with a mask, a path length and words for every structure in them."""

from typing import Any

__version__ = "0.5.0"

_PUBLIC = {
    "Dataset": "fluoroseg.dataset.reading",
    "Sample": "fluoroseg.dataset.reading",
    "Patient": "fluoroseg.patients.patient",
    "Shot": "fluoroseg.scene",
    "open_patient": "fluoroseg.patients.sources",
    "phantom": "fluoroseg.patients.phantom",
    "randomize": "fluoroseg.randomization",
    "simulate": "fluoroseg.scene",
}
__all__ = ["__version__", "errors", *_PUBLIC]


def __getattr__(name: str) -> Any:
    """Public names are imported when first used, so that `import fluoroseg` costs nothing."""
    import importlib

    if name == "errors":
        return importlib.import_module("fluoroseg.errors")
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
