"""Write src/fluoroseg/geometry/landmarks.csv: the segments' structures in the phantom, on the segments' axes.

python scripts/make_landmarks.py

The axes, as a body in the anatomical position has them:
- trunk, neck, head, femur, knee, shank, ankle: the standing phantom's own.
- pelvis: the anterior pelvic plane upright (the plane that both iliac spines and the pubis touch).
- scapula: the blade's plane square to y.
- humerus: z along the bone, x along the elbow's axis. forearm: z along the bones, x from ulna to radius.
- hand: z from the metacarpals to the wrist, x along the row of the metacarpals. foot: y along the foot.
"""

import csv
from pathlib import Path

import numpy as np

from fluoroseg import phantom
from fluoroseg.geometry.parts import Part, points_of
from fluoroseg.geometry.pelvic_plane import upright
from fluoroseg.geometry.points import structure_points
from fluoroseg.geometry.segments import moments, segments

OUT = Path(__file__).parents[1] / "src/fluoroseg/geometry/landmarks.csv"
COLUMNS = ["segment", "structure", "end", "x", "y", "z", "xx", "yy", "zz", "xy", "xz", "yz"]
STANDING = ("trunk", "neck", "head", "femur", "knee", "shank", "ankle")


class Model:
    """The phantom's points, and the segments' axes in its world."""

    def __init__(self) -> None:
        self._points = structure_points(phantom(spacing_mm=2.0))

    def moments(self, part: Part) -> tuple[np.ndarray, np.ndarray] | None:
        there = points_of(self._points, part)
        return moments(there) if there else None

    def axes(self, segment: str) -> np.ndarray:
        """Rows: the segment's x, y, z in the world."""
        side, _, name = segment.rpartition(" ")
        if name in STANDING:
            return np.eye(3)
        sign = {"left": 1.0, "right": -1.0, "": 0.0}[side]
        return getattr(self, f"_{name}")(side, sign)

    def _pelvis(self, side: str, sign: float) -> np.ndarray:
        return upright(
            np.concatenate([self._points[f"hip_{s}"].world_mm for s in ("left", "right")]), np.eye(3)
        ).T

    def _scapula(self, side: str, sign: float) -> np.ndarray:
        _, spread = self.moments(Part(f"scapula_{side}"))
        normal = np.linalg.eigh(spread)[1][:, 0]
        normal = normal * np.sign(normal[1])
        up = np.array([0.0, 0, 1])
        return rows(up - (up @ normal) * normal, np.cross(normal, up))

    def _humerus(self, side: str, sign: float) -> np.ndarray:
        top, bottom = (self.moments(Part(f"humerus_{side}", end)) for end in ("top", "bottom"))
        along = top[0] - bottom[0]
        wide = np.linalg.eigh(flattened(bottom[1], along))[1][:, -1]
        return rows(along, wide * np.sign(wide[0]))

    def _forearm(self, side: str, sign: float) -> np.ndarray:
        at = {
            (b, e): self.moments(Part(f"{b}_{side}", e))[0]
            for b in ("ulna", "radius")
            for e in ("top", "bottom", "")
        }
        along = at["ulna", "top"] + at["radius", "top"] - at["ulna", "bottom"] - at["radius", "bottom"]
        return rows(along, sign * (at["radius", "bottom"] - at["ulna", "bottom"]))

    def _hand(self, side: str, sign: float) -> np.ndarray:
        row = [self.moments(Part(f"metacarpal_{n}_{side}"))[0] for n in range(1, 6)]
        wrist = self.moments(Part(f"carpal_{side}"))[0]
        return rows(wrist - np.mean(row[1:], axis=0), sign * (row[1] - row[4]))

    def _foot(self, side: str, sign: float) -> np.ndarray:
        toes = self.moments(Part(f"metatarsal_2_{side}"))[0] + self.moments(Part(f"metatarsal_3_{side}"))[0]
        back = self.moments(Part(f"calcaneus_{side}"))[0] - toes / 2
        return rows(np.array([0.0, 0, 1]), np.cross(back, [0.0, 0, 1]))


def rows(z: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Right-handed unit axes along `z`, with x as near to `x` as can be."""
    z = z / np.linalg.norm(z)
    x = x - (x @ z) * z
    x = x / np.linalg.norm(x)
    return np.stack([x, np.cross(z, x), z])


def flattened(spread: np.ndarray, along: np.ndarray) -> np.ndarray:
    """A covariance seen along an axis."""
    along = along / np.linalg.norm(along)
    flat = np.eye(3) - np.outer(along, along)
    return flat @ spread @ flat


def main() -> None:
    model = Model()
    with OUT.open("w", encoding="utf-8", newline="") as text:
        table = csv.writer(text, lineterminator="\n")
        table.writerow(COLUMNS)
        for segment, marks in segments().items():
            axes = model.axes(segment)
            for mark in marks:
                found = model.moments(mark.part)
                if found is None:
                    continue
                centre, spread = axes @ found[0], axes @ found[1] @ axes.T
                numbers = [*centre, *np.diag(spread), spread[0, 1], spread[0, 2], spread[1, 2]]
                table.writerow([segment, mark.part.name, mark.part.end, *(f"{n:.1f}" for n in numbers)])


if __name__ == "__main__":
    main()
