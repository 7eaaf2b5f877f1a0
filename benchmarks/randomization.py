"""What the default mix of the randomisation costs: CPU time of an image, and images a second by threads.

    python benchmarks/randomization.py [DATASET]

Without a data set a phantom's chest is randomised over and over. CPU time does not see how busy the machine
is otherwise (but for shared caches and hyper-threads); wall time does.
"""

import sys
import time

import numpy as np

import fluoroseg
from fluoroseg.project import threads
from fluoroseg.randomization import Draw, Step, apply_batch, sample
from fluoroseg.randomization.mix import MIX, Log
from fluoroseg.randomization.pipeline import develop
from fluoroseg.randomization.transforms import FILM

SIDE, COUNT = 256, 200


def main() -> None:
    pictures = _pictures()
    draws = [sample(np.random.default_rng(seed)) for seed in range(COUNT)]
    for draw, picture in zip(draws, pictures, strict=True):
        develop(draw, picture, (SIDE, SIDE))  # compiled now
    each = _cpu_ms(draws, pictures)
    print(f"default mix, {SIDE} x {SIDE}: {each:.1f} ms CPU an image, 2 cores {2000 / each:.0f} images/s")
    bits = [np.zeros(p.shape, np.uint64) for p in pictures]
    for number in (1, 2):
        threads.set_threads(number)
        begin = time.perf_counter()
        apply_batch(draws, pictures, bits, (SIDE, SIDE))
        print(f"apply_batch, {number} threads: {COUNT / (time.perf_counter() - begin):.0f} images/s")
    nothing = _cpu_ms([Draw()] * COUNT, pictures)
    print(f"\nwarp and window alone: {nothing:.2f} ms; on top, for each transform and its share of the mix:")
    for chance in MIX:
        step = Step(chance.name, {k: _high(r) for k, r in chance.ranges.items()}, seed=1)
        draw = Draw(film=(step,)) if chance.name in FILM else Draw(picture=(step,))
        cost = _cpu_ms([draw] * 40, pictures[:40]) - nothing
        print(f"{chance.name:18} {cost:6.2f} ms x {chance.share:.2f}")


def _pictures() -> list[np.ndarray]:
    if len(sys.argv) > 1:
        data = fluoroseg.Dataset(sys.argv[1])
        return [data[i % len(data)].image for i in range(COUNT)]
    shot = fluoroseg.simulate(fluoroseg.phantom(), view="pa chest", size=SIDE, seed=0)
    return [shot.image] * COUNT


def _cpu_ms(draws: list[Draw], pictures: list[np.ndarray]) -> float:
    begin = time.thread_time()
    for draw, picture in zip(draws, pictures, strict=True):
        develop(draw, picture, (SIDE, SIDE))
    return (time.thread_time() - begin) / len(draws) * 1000


def _high(wanted: object) -> object:
    """The costly end of a range, where there is one."""
    return wanted.high if isinstance(wanted, Log) else wanted[-1]  # type: ignore[index]


if __name__ == "__main__":
    main()
