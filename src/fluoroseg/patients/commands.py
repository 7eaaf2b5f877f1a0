"""What `fluoroseg patients ...` does. Everything heavy is imported by the command that needs it."""

import argparse
from pathlib import Path
from typing import Any

from fluoroseg.program import tell


def list_patients(args: argparse.Namespace) -> int:
    found = [{"patient": "phantom", "kind": "built-in"}]
    for folder in args.path:
        found += [{"patient": str(path), "kind": kind} for path, kind in _patients_in(Path(folder))]
    tell(args.json, {"patients": found}, "\n".join(f"{p['patient']}  ({p['kind']})" for p in found))
    return 0


def show(args: argparse.Namespace) -> int:
    import numpy as np

    from fluoroseg.geometry.views import views_of
    from fluoroseg.patients.sources import open_patient

    patient = open_patient(args.patient, args.labels)
    voxels = np.bincount(patient.labels.ravel(), minlength=1)
    ml = float(np.prod(patient.spacing_mm)) / 1000
    volumes = {
        name: round(float(voxels[label]) * ml, 2)
        for label, name in sorted(patient.structures.items())
        if label < len(voxels) and voxels[label]
    }
    told: dict[str, Any] = {
        "name": patient.name,
        "shape": list(patient.hu.shape),
        "spacing_mm": [round(float(mm), 4) for mm in patient.spacing_mm],
        "hu": [int(patient.hu.min()), int(patient.hu.max())],
        "views": list(views_of(patient)),
        "structures_ml": volumes,
        "known": sorted(patient.known),
    }
    size = " x ".join(str(n) for n in patient.hu.shape)
    spacing = " x ".join(f"{mm:g}" for mm in told["spacing_mm"])
    lines = [f"{patient.name}: {size} voxels of {spacing} mm, HU {told['hu'][0]} to {told['hu'][1]}"]
    lines += [f"views: {', '.join(told['views']) or 'none but random'}", f"structures ({len(volumes)}), ml:"]
    tell(
        args.json, told, "\n".join(lines + [f"  {volume:>10.2f}  {name}" for name, volume in volumes.items()])
    )
    return 0


def _patients_in(folder: Path) -> list[tuple[Path, str]]:
    """What looks like a patient in a folder, by its files' names."""
    from fluoroseg.errors import ReadError

    if not folder.is_dir():
        raise ReadError(f"{folder}: there is no such folder")
    kinds = {"ct.nii.gz": "CT", "ct.nii": "CT", "bone_hu.nii.gz": "bones of a CT", "parts.csv": "surfaces"}
    found = []
    for path in [folder, *sorted(folder.iterdir())]:
        if path.is_dir():
            found += [(path, kind) for file, kind in kinds.items() if (path / file).is_file()][:1]
        elif path.name.endswith((".nii", ".nii.gz")) and path.name not in (*kinds, "labels.nii.gz"):
            found.append((path, "unlabelled CT"))
    return found
