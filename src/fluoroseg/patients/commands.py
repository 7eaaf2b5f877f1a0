"""What `fluoroseg patients ...` does. Everything heavy is imported by the command that needs it."""

import argparse
from typing import Any

from fluoroseg.program import tell


def list_patients(args: argparse.Namespace) -> int:
    from fluoroseg.patients.listing import found_in

    found: list[dict[str, Any]] = [{"patient": "phantom", "kind": "built-in"}]
    for folder in args.path:
        found += [{"patient": patient, "kind": kind} for patient, kind in found_in(folder)]
    if args.cached:
        from fluoroseg.patients.cache import entries

        sizes = {path: f"{size / 1e6:.1f} MB" for path, size in entries().items()}
        found += [{"patient": str(path), "kind": f"prepared, {size}"} for path, size in sizes.items()]
    tell(args.json, {"patients": found}, "\n".join(f"{p['patient']}  ({p['kind']})" for p in found))
    return 0


def show(args: argparse.Namespace) -> int:
    from fluoroseg.patients.show import facts, write_sheet
    from fluoroseg.patients.sources import open_patient
    from fluoroseg.render import check_free

    out = check_free(args.out) if args.out else None  # told before the patient is read
    patient = open_patient(args.patient, args.labels, trust_orientation=args.trust_orientation)
    told = facts(patient)
    if out is not None:
        write_sheet(patient, told, out)
        told["out"] = args.out
    tell(args.json, told, _as_text(told))
    return 0


def _as_text(told: dict[str, Any]) -> str:
    size = " x ".join(str(n) for n in told["shape"])
    spacing = " x ".join(f"{mm:g}" for mm in told["spacing_mm"])
    volumes = told["structures_ml"]
    lines = [
        f"{told['name']}: {size} voxels of {spacing} mm, HU {told['hu'][0]} to {told['hu'][1]}",
        f"views: {', '.join(told['views']) or 'none but random'}",
        f"structures ({len(volumes)}), ml:",
    ]
    lines += [f"  {volume:>10.2f}  {name}" for name, volume in volumes.items()]
    if told["adults_ml"]:
        lines.append("beside the range of adults, ml:")
    for row in told["adults_ml"]:
        verdict = "cut by the edge" if row["cut"] else "within" if row["within"] else "outside"
        lines.append(f"  {row['ml']:>10.2f}  {row['low_ml']:g}-{row['high_ml']:g}  {row['name']}  {verdict}")
    return "\n".join(lines)
