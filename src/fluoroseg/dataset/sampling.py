"""Which samples come how often: every structure equally, whatever the data set shows most."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence

import numpy as np
from jaxtyping import Float64, Int64

from fluoroseg.dataset.index import Entry
from fluoroseg.errors import UsageError


def balanced_weights(
    entries: Sequence[Entry], names: Collection[str] | None = None
) -> Float64[np.ndarray, "samples"]:
    """Probability of each sample, so that each structure is sought equally often; they add up to 1.

    It is what one gets by drawing a name, then one of the n(name) samples that show it:
    p(sample) = 1 / |names| * sum over the sample's names of 1 / n(name).
    `names`: structures and tools to balance (tools by their catalogue's name); None: all that occur.
    Samples that show none of them get 0. Raises UsageError when no sample shows any.
    """
    shown = [_names(entry, names) for entry in entries]
    counts = Counter(name for sample in shown for name in sample)
    if not counts:
        raise UsageError(
            f"no sample shows any of {sorted(names or ())[:8]}; `dataset info` lists what there is"
        )
    weights = np.array([sum(1 / counts[name] for name in sample) for sample in shown])
    return weights / weights.sum()


class BalancedOrder:
    """Numbers of samples, drawn with replacement by weights; a `sampler` for a torch DataLoader.

    weights: probabilities of the samples (`balanced_weights`, or any from 0 up, not all 0).
    length: numbers in an epoch (None: as many as there are samples).
    The order depends on `seed` and `epoch` alone: set `epoch` before each pass, or the same comes again.
    Raises UsageError for weights that are none.
    """

    def __init__(
        self, weights: Float64[np.ndarray, "samples"], length: int | None = None, seed: int = 0
    ) -> None:
        total = float(weights.sum()) if weights.size else 0.0
        if not np.isfinite(total) or total <= 0 or weights.min() < 0:
            raise UsageError("weights must be finite numbers from 0 up, and not all 0")
        if seed < 0 or (length is not None and length < 0):
            raise UsageError(f"seed {seed}, length {length}: expected numbers from 0 up")
        self.length = weights.size if length is None else length
        self.seed, self.epoch = seed, 0
        self._last = np.cumsum(weights / total)
        self._last /= self._last[-1]  # exactly 1, so that every draw lies below it

    def __len__(self) -> int:
        return self.length

    def __iter__(self) -> Iterator[int]:
        return iter(self.numbers().tolist())

    def numbers(self) -> Int64[np.ndarray, "length"]:
        """This epoch's numbers."""
        drawn = np.random.default_rng([self.seed, self.epoch]).random(self.length)
        return np.searchsorted(self._last, drawn, side="right").astype(np.int64)


def _names(entry: Entry, wanted: Collection[str] | None) -> set[str]:
    """What a sample shows, several of one tool ("screw (2)") counted as one."""
    names = {*entry.tools, *(n for n in entry.names if n.split(" (")[0] not in entry.tools)}
    return names if wanted is None else names & set(wanted)
