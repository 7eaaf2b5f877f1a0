"""What data sets can teach."""

from collections import Counter
from collections.abc import Collection, Iterable

import numpy as np
from jaxtyping import Int64

from fluoroseg.anatomy import members, structures
from fluoroseg.dataset.concepts import NEVER_ASKED, TOOL, VISIBLE
from fluoroseg.dataset.reading import Dataset


def taught(
    sets: Iterable[tuple[Dataset, Int64[np.ndarray, "_"]]], only: Collection[str] = ()
) -> dict[str, int]:
    """Name that may be asked for -> number of pictures that show it, of the numbered ones of each set.

    only: structures and groups, of whose parts alone it tells; (): everything, tools among it.
    """
    parts = {part for name in only for part in members(name)}
    parts |= {visible for whole, visible in VISIBLE.items() if whole in parts}
    counts: Counter[str] = Counter()
    for data, numbers in sets:
        for entry in (data.entries[number] for number in numbers):
            tools = {name.split(" (")[0] for name in entry.tools}
            names = {name for name in entry.names if name in structures()} - (
                NEVER_ASKED - {*VISIBLE.values()}
            )
            shown = names | tools | ({TOOL} if tools else set())
            counts.update(shown & parts if only else shown)
    return dict(sorted(counts.items()))
