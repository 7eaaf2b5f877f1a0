"""Patients: CT with labels, rules, atlas or the built-in phantom, all as one `Patient`.

The phantom is `fluoroseg.patients.phantom.phantom`, also `fluoroseg.phantom`.
"""

from typing import Any

__all__ = ["Patient", "open_patient"]


def __getattr__(name: str) -> Any:
    """Imports on first use, so that command lines answer `--help` at once."""
    if name == "Patient":
        from fluoroseg.patients.patient import Patient

        return Patient
    if name == "open_patient":
        from fluoroseg.patients.sources import open_patient

        return open_patient
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
