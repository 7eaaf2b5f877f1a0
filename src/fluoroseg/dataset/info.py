"""What a data set holds, counted."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from fluoroseg.dataset import record as records
from fluoroseg.dataset.reading import Dataset

READ_RECORDS = 2000
"""Phrases, voltages and the like are counted in so many records at most, evenly spread: it stays quick."""


def info(folder: Path) -> dict[str, Any]:
    """Counts of images by body part, view, patient, procedure, tool and structure, from the index: at once.

    Keys: images, complete, plan, sources, versions; regions, views, patients, procedures, tools, structures
    (each name -> images); records_read (evenly spread, READ_RECORDS at most) and what these tell: phrases
    (number of different ones), objects (mean of an image), absent (mean number of names known to be absent),
    cut (share of the objects that an edge cuts), kvp and pixel_mm (5th, 50th, 95th percentile), sizes (rows
    x columns -> records), not_placed (tools that found no place -> records).
    """
    data = Dataset(folder)
    description, entries = data.descriptions[0], data.entries
    return {
        "images": len(entries),
        "complete": description.get("complete") is True,
        "plan": description.get("plan"),
        "sources": description.get("sources"),
        "versions": description.get("versions"),
        "regions": _count(e.region or "none" for e in entries),
        "views": _count(e.view for e in entries),
        "patients": _count(e.patient for e in entries),
        "procedures": _count(e.procedure for e in entries if e.procedure),
        "tools": _count(t for e in entries for t in sorted(set(e.tools))),
        "structures": _count(n for e in entries for n in e.names if n.split(" (")[0] not in e.tools),
        **_from_records(data),
    }


def _from_records(data: Dataset) -> dict[str, Any]:
    step = max(1, -(-len(data) // READ_RECORDS))
    phrases: set[str] = set()
    missing: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    objects, absent, cut = [], [], []
    kvp, pixel_mm = [], []
    for number in range(0, len(data), step):
        record = records.load(data.record_bytes(number), data.entries[number].key)
        sizes[f"{record['height']} x {record['width']}"] += 1
        objects.append(len(record["objects"]))
        absent.append(len(record["absent"]))
        for item in record["objects"]:
            phrases.update(item["phrases"])
            cut.append(bool(item.get("cut")))
        missing.update(set(record.get("not_placed", ())))
        kvp.append(float(record.get("kvp", np.nan)))
        pixel_mm.append(_pixel_mm(record.get("camera", {})))
    return {
        "records_read": len(objects),
        "phrases": len(phrases),
        "objects": round(float(np.mean(objects)), 1) if objects else 0.0,
        "absent": round(float(np.mean(absent)), 1) if absent else 0.0,
        "cut": round(float(np.mean(cut)), 3) if cut else 0.0,
        "kvp": _percentiles(kvp),
        "pixel_mm": _percentiles(pixel_mm),
        "sizes": _count(sizes.elements()),
        "not_placed": _count(missing.elements()),
    }


def _pixel_mm(camera: dict[str, Any]) -> float:
    """Width of a pixel; NaN where the record does not tell it."""
    step = camera.get("right_mm")
    if not isinstance(step, list) or not all(type(n) in (int, float) for n in step):
        return float("nan")
    return float(np.linalg.norm(step))


def _percentiles(values: list[float]) -> list[float]:
    known = [v for v in values if np.isfinite(v)]
    return [round(float(p), 3) for p in np.percentile(known, (5, 50, 95))] if known else []


def _count(words: Iterable[str]) -> dict[str, int]:
    """Most frequent first, then by name."""
    counts = Counter(words)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
