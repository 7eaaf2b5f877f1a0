"""What data sets can teach."""

from collections import Counter
from collections.abc import Iterable

import numpy as np
from jaxtyping import Int64

from fluoroseg.anatomy import structures
from fluoroseg.dataset.concepts import NEVER_ASKED, TOOL, VISIBLE
from fluoroseg.dataset.reading import Dataset


def taught(sets: Iterable[tuple[Dataset, Int64[np.ndarray, "_"]]]) -> dict[str, int]:
    """Name that may be asked for -> number of pictures that show it, of the numbered ones of each set."""
    counts: Counter[str] = Counter()
    for data, numbers in sets:
        for entry in (data.entries[number] for number in numbers):
            tools = {name.split(" (")[0] for name in entry.tools}
            names = {name for name in entry.names if name in structures()} - (
                NEVER_ASKED - {*VISIBLE.values()}
            )
            counts.update(names | tools | ({TOOL} if tools else set()))
    return dict(sorted(counts.items()))
