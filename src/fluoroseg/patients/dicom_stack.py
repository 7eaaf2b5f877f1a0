"""Pictures with a place in the patient, put into one volume; what cannot be one volume is told, not guessed.

Geometry: DICOM PS3.3 C.7.6.2.1.1. Index `[i, j, k]` = column, row, place along the pictures' normal.
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float

from fluoroseg.errors import GeometryError, ReadError
from fluoroseg.patients.patient import MAX_SHEAR_DEG

MAX_UNEVEN = 0.1
"""Of the distance between slices: how far one may lie from its even place (positions are rounded)."""

_SAME_DIRECTION = 1e-3


@dataclass(frozen=True)
class Plane:
    """One picture: where its first pixel's centre is and how its pixels run, in LPS mm.

    position_mm: x, y, z. directions: unit vectors along a row (3) and along a column (3).
    spacing_mm: between rows, between columns. shape: rows, columns. frame: in the file, from 0.
    """

    path: Path
    frame: int
    position_mm: tuple[float, ...]
    directions: tuple[float, ...]
    spacing_mm: tuple[float, float]
    shape: tuple[int, int]

    @property
    def what(self) -> str:
        return f"{self.path.name}" + (f" frame {self.frame + 1}" if self.frame else "")


def order_stack(planes: list[Plane]) -> tuple[list[int], Float[np.ndarray, "4 4"]]:
    """Which plane comes where along the normal, and `world_from_index`.

    Raises GeometryError for pictures of different size or direction, duplicates, gaps, uneven distances
    and a tilted gantry (a stack sheared by more than 0.5 degrees); ReadError for fewer than two pictures.
    """
    if len(planes) < 2:
        raise ReadError(f"{len(planes)} slice; a volume needs at least 2")
    check_alike(planes)
    row, column = unit_directions(planes[0])
    normal = np.cross(row, column)
    positions = np.array([p.position_mm for p in planes])
    order = np.argsort(positions @ normal, kind="stable")
    positions = positions[order]
    along = positions @ normal
    _check_even(along, [planes[n] for n in order])
    step = (positions[-1] - positions[0]) / (len(planes) - 1)
    _check_straight(positions, step, normal)
    affine = np.eye(4)
    between_rows, between_columns = planes[0].spacing_mm
    affine[:3] = np.column_stack([row * between_columns, column * between_rows, step, positions[0]])
    return [int(n) for n in order], affine


def unit_directions(plane: Plane) -> tuple[Float[np.ndarray, "3"], Float[np.ndarray, "3"]]:
    """Along a row, along a column. Raises GeometryError when they are not two perpendicular unit vectors."""
    row, column = np.array(plane.directions[:3]), np.array(plane.directions[3:])
    lengths = np.linalg.norm(row), np.linalg.norm(column)
    if abs(lengths[0] - 1) > 0.01 or abs(lengths[1] - 1) > 0.01 or abs(row @ column) > 0.005:
        raise GeometryError(
            f"{plane.what}: ImageOrientationPatient is {plane.directions}; "
            "expected two perpendicular unit vectors"
        )
    row = row / lengths[0]
    column = column - (column @ row) * row
    return row, column / np.linalg.norm(column)


def check_alike(planes: list[Plane]) -> None:
    for what, of in (
        ("size", lambda p: f"{p.shape[0]} x {p.shape[1]}"),
        ("pixel spacing", lambda p: " x ".join(f"{mm:.4g} mm" for mm in p.spacing_mm)),
        ("orientation", lambda p: " ".join(f"{c + 0.0:.2f}" for c in p.directions)),
    ):
        counts = Counter(of(p) for p in planes)
        if len(counts) > 1 and not (what == "orientation" and _same_orientation(planes)):
            told = ", ".join(f"{value} ({count})" for value, count in counts.most_common(4))
            raise GeometryError(f"slices of different {what}: {told}; keep those of one volume")
    if min(min(p.spacing_mm) for p in planes) <= 1e-3 or max(max(p.spacing_mm) for p in planes) > 100:
        raise GeometryError(f"pixel spacing {planes[0].spacing_mm} mm; expected 0.001 to 100 mm")


def _same_orientation(planes: list[Plane]) -> bool:
    directions = np.array([p.directions for p in planes])
    return bool(np.abs(directions - directions[0]).max() <= _SAME_DIRECTION)


def _check_even(along: Float[np.ndarray, "n"], planes: list[Plane]) -> None:
    """Equal distances along the normal, no slice twice, none missing."""
    gaps = np.diff(along)
    distinct = np.sort(gaps[gaps > 0.01])
    usual = float(distinct[(len(distinct) - 1) // 2]) if len(distinct) else 0.0  # the lower median
    twice = np.flatnonzero(gaps <= max(0.01, 0.05 * usual))
    if len(twice):
        n = int(twice[0])
        raise GeometryError(
            f"{len(twice)} slices are there twice, first {planes[n].what} and {planes[n + 1].what} at "
            f"{along[n]:.2f} mm: copies, or several phases; keep one of each place"
        )
    missing = np.flatnonzero(gaps > 1.5 * usual)
    whole = np.abs(gaps / usual - np.rint(gaps / usual)) < MAX_UNEVEN
    if len(missing) and whole.all():
        told = ", ".join(f"{along[n]:.2f} and {along[n + 1]:.2f} mm" for n in missing[:3])
        count = int(np.rint(gaps / usual - 1).sum())
        raise GeometryError(
            f"{count} slices are missing ({usual:.3g} mm apart), between {told}; export them all"
        )
    even = along[0] + np.arange(len(along)) * (along[-1] - along[0]) / (len(along) - 1)
    if np.abs(along - even).max() > MAX_UNEVEN * usual:
        raise GeometryError(
            f"slices lie {gaps.min():.3g} to {gaps.max():.3g} mm apart; one even distance is needed: "
            f"{_changes(along, gaps)}"
        )


def _changes(along: Float[np.ndarray, "n"], gaps: Float[np.ndarray, "m"]) -> str:
    at = np.flatnonzero(np.abs(np.diff(gaps)) > 0.05 * gaps[:-1])[:3]
    told = [f"from {gaps[n]:.3g} to {gaps[n + 1]:.3g} mm at {along[n + 1]:.2f} mm" for n in at]
    return "it changes " + ", ".join(told) if told else "it drifts"


def _check_straight(
    positions: Float[np.ndarray, "n 3"], step: Float[np.ndarray, "3"], normal: Float[np.ndarray, "3"]
) -> None:
    tilt_deg = float(np.degrees(np.arccos(min(1.0, step @ normal / np.linalg.norm(step)))))
    if tilt_deg > MAX_SHEAR_DEG:
        raise GeometryError(
            f"the stack is sheared by {tilt_deg:.1f} degrees (gantry tilt); at most {MAX_SHEAR_DEG}: "
            "straighten it first, for instance by dcm2niix, and give the NIfTI"
        )
    off = np.linalg.norm(positions - positions[0] - np.arange(len(positions))[:, None] * step, axis=1)
    if off.max() > max(1.0, np.linalg.norm(step)):
        raise GeometryError(
            f"slice {int(off.argmax()) + 1} lies {off.max():.3g} mm beside the stack's line; "
            "is it of another scan?"
        )
