"""`fluoroseg patients label`."""

import argparse
from dataclasses import asdict

from fluoroseg.program import tell


def label_ct(args: argparse.Namespace) -> int:
    from fluoroseg.patients.label import label, write_labelled
    from fluoroseg.patients.sources import open_patient
    from fluoroseg.render import check_free

    check_free(args.out)  # told before any work
    found = label(args.ct, args.by, [open_patient(atlas) for atlas in args.atlas])
    write_labelled(found, args.out)
    trusted = [one for one in found.report if one.trusted]
    left = [one for one in found.report if not one.trusted]
    told = {"out": args.out, "by": found.way, "structures": [asdict(one) for one in found.report]}
    lines = [f"{args.out}: {len(trusted)} structures labelled, by {found.way}"]
    lines += [f"  {one.volume_ml:>10.2f} ml  {one.name}  ({one.method})" for one in trusted]
    if left:
        lines.append(f"{len(left)} left unknown, see report.json")
    tell(args.json, told, "\n".join(lines))
    return 0
