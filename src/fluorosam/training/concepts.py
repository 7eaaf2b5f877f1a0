"""What data sets can teach."""

from collections import Counter
from collections.abc import Iterable

from fluoroseg.anatomy import structures
from fluoroseg.dataset.concepts import NEVER_ASKED, TOOL, VISIBLE_LUNGS
from fluoroseg.dataset.reading import Dataset


def taught(sets: Iterable[Dataset]) -> dict[str, int]:
    """Name that may be asked for -> number of pictures of the data sets that show it."""
    counts: Counter[str] = Counter()
    for data in sets:
        for entry in data.entries:
            tools = {name.split(" (")[0] for name in entry.tools}
            names = {name for name in entry.names if name in structures()} - (
                NEVER_ASKED - {*VISIBLE_LUNGS.values()}
            )
            counts.update(names | tools | ({TOOL} if tools else set()))
    return dict(sorted(counts.items()))
