"""What `fluoroseg views ...` does. Everything heavy is imported by the command that needs it."""

import argparse
from typing import Any

from fluoroseg.program import tell


def list_views(args: argparse.Namespace) -> int:
    from fluoroseg.geometry.standard import REGIONS, STANDARD_VIEWS
    from fluoroseg.geometry.views import views, views_of

    names, told = views(), {}
    if args.patient:
        from fluoroseg.patients.sources import open_patient

        patient = open_patient(args.patient, args.labels)
        names, told = views_of(patient), {"patient": patient.name}
    found: list[dict[str, Any]] = []
    for name in names:
        view = STANDARD_VIEWS[name]
        region = REGIONS[view.region]
        angles = {k: getattr(view, k) for k in ("rotation_deg", "tilt_deg", "roll_deg")}
        found.append(
            {"name": name, "shows": view.shows, "segment": region.segment, **angles, "device": region.device}
        )
    width = max((len(name) for name in names), default=0)
    lines = [f"{view['name']:<{width}}  {view['shows']}" for view in found]
    tell(args.json, told | {"views": found}, "\n".join(lines) or "none but random")
    return 0
