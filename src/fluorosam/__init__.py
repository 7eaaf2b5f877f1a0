"""Name a structure in an X-ray, click it or box it, and get its mask."""

from typing import Any

__version__ = "0.5.0"

_PUBLIC = {
    "Mask": "fluorosam.predictor",
    "Sam": "fluorosam.predictor",
    "View": "fluorosam.predictor",
    "XRay": "fluorosam.formats.reading",
    "load": "fluorosam.predictor",
    "open": "fluorosam.formats.reading",
}
__all__ = ["__version__", "errors", *_PUBLIC]


def __getattr__(name: str) -> Any:
    """Public names are imported when first used, so that `import fluorosam` costs nothing."""
    import importlib

    if name == "errors":
        return importlib.import_module("fluorosam.errors")
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
