"""The built-in phantom: `phantom()`, a stylised whole body, parametric in sex, size, habitus and pose."""

from fluoroseg.patients.phantom.body import phantom

__all__ = ["phantom"]
