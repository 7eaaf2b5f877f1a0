"""How many samples a second a data set gives through a torch DataLoader, and where the time goes.

    python benchmarks/reading.py DATASET [--workers 2] [--samples 1000] [--prompts 4]

Three readers: image and record alone; with prompts (words and masks); with every mask unpacked. Pictures are
handed over as arrays in batches of 16, in random order, from files that the system has read before. Each
is timed after its first batch, so that the workers' start does not count. CPU is what all processes
together spent on a sample, hand-over included: 2 cores / CPU is the rate where nothing else has to be done.
Then one process reads alone, and the parts of its CPU time are told.
"""

import argparse
import os
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader

from fluoroseg.dataset import record as records
from fluoroseg.dataset.intensity import decode_png
from fluoroseg.dataset.reading import Dataset, Sample

BATCH = 16


class WithPrompts:
    """A sample's picture and the words and masks of a few prompts."""

    def __init__(self, count: int) -> None:
        self.count = count

    def __call__(self, sample: Sample) -> tuple[np.ndarray, list[str], np.ndarray]:
        prompts = sample.prompts(np.random.default_rng(int(sample.key)), self.count)
        return sample.image, [p.words for p in prompts], np.stack([p.mask for p in prompts])


def image_alone(sample: Sample) -> np.ndarray:
    return sample.image


def with_all_masks(sample: Sample) -> tuple[np.ndarray, int]:
    return sample.image, sum(int(mask[0, 0]) for mask in sample.masks.values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("dataset")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--samples", type=int, default=1000)
    parser.add_argument("--prompts", type=int, default=4)
    args = parser.parse_args()
    torch.set_num_threads(1)
    kinds: dict[str, Callable[[Sample], Any]] = {
        "image and record": image_alone,
        f"and {args.prompts} prompts": WithPrompts(args.prompts),
        "and every mask": with_all_masks,
    }
    for what, transform in kinds.items():
        data = Dataset(args.dataset, transform)
        rate, cpu = loader_rate(data, args.workers, args.samples)
        alone = cpu_ms(lambda i, data=data: data[i], len(data), args.samples // 4)
        told = f"{rate:6.0f} samples/s with {args.workers} workers, {cpu:6.2f} ms of CPU each"
        print(f"{what:<20} {told} (two free cores: {2000 / cpu:.0f} samples/s); {alone:6.2f} ms alone")
    for what, ms in parts(Dataset(args.dataset), args.samples // 4).items():
        print(f"    {what:<20} {ms:6.2f} ms")


def loader_rate(data: Dataset, workers: int, samples: int) -> tuple[float, float]:
    """Samples a second of wall clock, from the second batch on, and ms of CPU a sample, of all processes."""
    before = sum(os.times()[:4])
    order = np.random.default_rng(0).integers(len(data), size=samples).tolist()
    loader = DataLoader(
        data,
        BATCH,
        sampler=order,
        num_workers=workers,
        collate_fn=list,
        prefetch_factor=4 if workers else None,
    )
    batches = iter(loader)
    next(batches)
    start, count = time.perf_counter(), 0
    for batch in batches:
        count += len(batch)
    rate = count / (time.perf_counter() - start)
    del batches  # ends the workers, whose CPU time counts from then on
    return rate, 1000 * (sum(os.times()[:4]) - before) / samples


def parts(data: Dataset, samples: int) -> dict[str, float]:
    """CPU ms a sample of what reading consists of."""
    size = len(data)
    bodies = [data.record_bytes(i % size) for i in range(samples)]
    pictures = [
        data._read(data.folder_of(i) / data.entries[i].shard, data.entries[i].image, "") for i in range(size)
    ]
    return {
        "file": cpu_ms(data.record_bytes, size, samples),
        "record": cpu_ms(lambda i: records.load(bodies[i % samples]), size, samples),
        "picture": cpu_ms(lambda i: decode_png(pictures[i]), size, samples),
    }


def cpu_ms(work: Callable[[int], Any], size: int, samples: int) -> float:
    work(0)
    start = time.thread_time()
    for i in range(samples):
        work(i % size)
    return 1000 * (time.thread_time() - start) / samples


if __name__ == "__main__":
    main()
