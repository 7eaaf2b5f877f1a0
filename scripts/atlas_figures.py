"""Prints, for the surface atlases: how well organs fit the bones, and volumes beside textbook ranges.

python scripts/atlas_figures.py BODYPARTS3D HRA [HRA ...] [--spacing 2.0]
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from fluoroseg.patients import _atlas_draw, atlas
from fluoroseg.patients._atlas_parts import read_bodyparts3d, read_hra
from fluoroseg.patients.patient import Patient
from fluoroseg.patients.volumes import volume_table


def main() -> None:
    """One block of lines for each body."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bones", type=Path)
    parser.add_argument("organs", type=Path, nargs="+")
    parser.add_argument("--spacing", type=float, default=2.0)
    told = parser.parse_args()
    _tell(atlas.open_bodyparts3d(told.bones, told.spacing))
    for organs in told.organs:
        _tell(atlas.open_hra(organs, told.spacing))
        _tell_fit(told.bones, organs, told.spacing)
        _tell(atlas.open_mixed(told.bones, organs, told.spacing))


def _tell(patient: Patient) -> None:
    rows = volume_table(patient)
    sys.stdout.write(
        f"{patient.name}: {patient.hu.shape} voxels, {len(patient.structures)} structures; "
        f"{sum(r.within for r in rows)} of {len(rows)} volumes within their range\n"
    )
    for r in rows:
        mark = " " if r.within else "*"
        sys.stdout.write(
            f"  {mark} {r.name:24s} {r.ml:8.1f} ml   {r.low_ml:g} to {r.high_ml:g}{' cut' * r.cut}\n"
        )


def _tell_fit(bones: Path, organs: Path, spacing_mm: float) -> None:
    """Scale and residual of the fit, and what share of the organs' volume bone takes away."""
    fit = atlas.fit_atlases(bones, organs)
    hard = [p for p in read_bodyparts3d(bones) if p.tissue == "bone"]
    kept = [p for p in read_hra(organs) if not p.structure.startswith((*atlas.TWICE, "skin"))]
    soft = [replace(p, vertices=fit(p.vertices)) for p in kept]
    grid = atlas._empty([*hard, *soft], spacing_mm, bones).grid
    bone = np.zeros(grid.shape, bool)
    for part in _atlas_draw.draw_parts(hard, grid):
        bone.reshape(-1)[part.index[part.filled >= 0.5]] = True
    drawn = _atlas_draw.draw_parts(soft, grid)
    total = sum(d.filled.sum() for d in drawn)
    lost = sum(d.filled[bone.reshape(-1)[d.index]].sum() for d in drawn)
    sys.stdout.write(
        f"{organs.name} in {bones.name}: scale {fit.scale:.3f}, pelvis apart {fit.median_mm:.1f} mm (median) "
        f"and {fit.p95_mm:.1f} mm (95 %), trunk stretched by {fit.lift_mm:.0f} mm, aorta pushed by up to "
        f"{fit.spine[1].max():.0f} mm, {100 * lost / total:.1f} % of the organs' volume in bone\n"
    )


if __name__ == "__main__":
    main()
