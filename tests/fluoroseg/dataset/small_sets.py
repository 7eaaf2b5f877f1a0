"""Shots and data sets of a few pixels."""

import numpy as np

from fluoroseg.dataset import record as records
from fluoroseg.dataset import shards
from fluoroseg.geometry.camera import aim
from fluoroseg.scene import Shot

CAMERA = aim(np.zeros(3), np.array([0.0, 1, 0]), np.array([0.0, 0, 1]), 700.0, 1000.0, 2.0, (40, 50))


def make_shot(seed: int) -> Shot:
    rng = np.random.default_rng(seed)
    rows, columns = np.indices((40, 50))
    lung = (rows - 20) ** 2 + (columns - 35) ** 2 < 80
    heart = columns < 6 + seed
    masks = {"lung_upper_lobe_left": lung, "heart": heart, "k-wire 2.0 mm": rows == columns}
    record = {
        "patient": f"p{seed % 2}",
        "view": {"name": "pa chest"},
        "kvp": 90.0,
        "seed": seed,
        "tools": [{"tool": "k-wire 2.0 mm", "key": "k-wire 2.0 mm"}],
        "known": ["heart", "liver", "lung_upper_lobe_left"],
        "visibility": {"heart": {"share": 0.25, "cut_by_volume": True}},
    }
    image = rng.uniform(1e-4, 1, (40, 50)).astype(np.float32)
    paths = {n: np.where(m, np.float32(30), np.float32(0)) for n, m in masks.items()}
    return Shot(image, masks, paths, CAMERA, {n: [n, f"the {n}"] for n in masks}, record)


def write_dataset(folder, shots_per_shard=(2, 3)):
    """A data set as `generate` leaves it."""
    folder.mkdir()
    infos, entries, number = [], [], 0
    for shard, count in enumerate(shots_per_shard):
        packed = []
        for _ in range(count):
            shot = make_shot(number)
            packed.append(shards.pack(shot, records.sample_record(shot, f"{number:08d}")))
            number += 1
        shards.write_shard(folder / shards.shard_name(shard), packed)
        one, there = shards.scan_shard(folder / shards.shard_name(shard))
        infos.append(vars(one))
        entries += there
    shards.write_index(folder, entries)
    told = {"format": shards.FORMAT, "complete": True, "images": number, "shards": infos}
    shards.write_json(folder / "dataset.json", told)
    return folder
