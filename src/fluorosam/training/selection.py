"""Which samples of a data set a run draws from."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

import numpy as np
from jaxtyping import Int64

from fluorosam.errors import UsageError
from fluoroseg.anatomy import members
from fluoroseg.dataset import record as records
from fluoroseg.dataset.reading import Dataset

TOOLS, ATTENUATION = "tools", "attenuation"


def kept(data: Dataset, leave_out: Sequence[str], only: Sequence[str] = ()) -> Int64[np.ndarray, " n"]:
    """Numbers of the samples that show one of `only` (structures, groups; (): anything), and that no word of
    `leave_out` leaves out.

    A word is a pattern of patients' names ("phantom-*"), `tools` (pictures that show any) or
    `attenuation` (pictures for which the attenuation of the structures was drawn; each record is read
    once). Raises UsageError where nothing is kept.
    """
    out = np.zeros(len(data), dtype=np.bool_)
    shown = {part for name in only for part in members(name)}
    for number, entry in enumerate(data.entries):
        out[number] = any(fnmatchcase(entry.patient, word) for word in leave_out) or (
            TOOLS in leave_out and bool(entry.tools)
        )
        out[number] |= bool(only) and shown.isdisjoint(entry.names)
        if ATTENUATION in leave_out and not out[number]:
            record = records.load(data.record_bytes(number), f"{data.folder_of(number)}: {entry.key}")
            out[number] = bool(record.get("factors"))
    if out.all():
        raise UsageError(f"{data.paths[0]}: nothing is kept by leave_out {[*leave_out]} and only {[*only]}")
    return np.flatnonzero(~out)
