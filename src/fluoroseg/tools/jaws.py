"""The jaws of hinged instruments: the half at +x, its tip at the origin, its end at the pivot.

Each is made from the pivot's distance and the width of both halves together.
"""

from collections.abc import Callable

import numpy as np

from fluoroseg.project.mesh_body import Mesh
from fluoroseg.tools.curves import through
from fluoroseg.tools.shapes import bar, hoop
from fluoroseg.tools.solids import union


def _steps(start: float, stop: float, count: int = 9) -> np.ndarray:
    return np.linspace(start, stop, count)


def _blade(pivot: float, wide: float) -> Mesh:
    return bar(
        [
            (
                z,
                0.4 + (0.5 * wide - 0.4) * min(1, -z / (0.7 * pivot)),
                2.0,
                0.15 + 0.22 * wide * min(1, -z / (0.7 * pivot)),
                0,
            )
            for z in _steps(0, -pivot - 4)
        ]
    )


def _narrow(pivot: float, wide: float) -> Mesh:
    return bar(
        [
            (z, w, w + 0.6, 0.5 * w + 0.05, 0)
            for z in _steps(0, -pivot - 4)
            for w in (0.3 * wide - 0.2 * wide * z / pivot,)
        ],
        facets=8,
    )


def _toothed(pivot: float, wide: float) -> Mesh:
    hook = bar(((-0.3, 1.2, 1.2, 0.6, 0), (-1.6, 1.6, 1.6, -0.8, 0)))
    return union(_narrow(pivot, wide), hook)


def _blunt(pivot: float, wide: float) -> Mesh:
    return bar([(z, 0.42 * wide, 0.9 * wide, 0.24 * wide, 0) for z in _steps(0, -pivot - 4, 7)], facets=8)


def _ringed(pivot: float, wide: float) -> Mesh:
    """An open oval at the tip."""
    angle = np.linspace(0, 2 * np.pi, 28, endpoint=False)
    oval = np.stack(
        [0 * angle + 1.4, 0.5 * wide * np.cos(angle), -1.2 * wide * (1 + np.sin(angle)) - 1.4], axis=1
    )
    stem = bar([(z, 2.4, 4.0, 1.6, 0) for z in _steps(-2.3 * wide, -pivot - 4, 7)], facets=8)
    return union(hoop(oval[::-1], 2.2, 8), stem)


def _claw(pivot: float, wide: float) -> Mesh:
    """A bow outwards that comes back to a point: towel clips, reduction forceps."""
    way = through([(0.25, 0, 0), (0.35 * wide, 0, -0.12 * pivot), (0.5 * wide, 0, -0.45 * pivot),
                   (0.3 * wide, 0, -0.8 * pivot), (0.6, 0, -pivot - 3)])  # fmt: skip
    end = way.length_mm
    sizes = (
        (0.0, 0.4),
        (-0.15 * end, 0.09 * wide + 0.6),
        (-0.5 * end, 0.12 * wide + 1.0),
        (-end, 0.12 * wide + 2.0),
    )
    return bar([(z, w, w) for z, w in sizes], way, facets=8)


def _gripping(pivot: float, wide: float) -> Mesh:
    """Two wide curved jaws with coarse teeth."""
    teeth = [
        bar(((z, 2.6, 0.4 * wide, 1.6, 0), (z - 2.2, 0.6, 0.4 * wide, 0.4, 0)))
        for z in _steps(-2, -0.6 * pivot, 7)
    ]
    bow = [
        (z, 4.0, 0.5 * wide, 3.0 + 0.2 * wide * np.sin(np.pi * min(1, -z / pivot)), 0)
        for z in _steps(0, -pivot - 4)
    ]
    return union(bar(bow, facets=8), teeth)


JAWS: dict[str, Callable[[float, float], Mesh]] = {
    "blade": _blade,
    "narrow": _narrow,
    "toothed": _toothed,
    "blunt": _blunt,
    "ringed": _ringed,
    "claw": _claw,
    "gripping": _gripping,
}


def _spoon(pivot: float, wide: float) -> Mesh:
    """A cupped jaw; the cup's hollow faces its partner."""
    bow = [
        (z, 2.0 + 1.5 * s, wide * (0.6 + 0.4 * s), 1.4 + 0.5 * wide * s, 0)
        for z in _steps(0, -pivot - 3)
        for s in (np.sin(np.pi * min(1.0, -z / (0.8 * pivot))),)
    ]
    return bar(bow, facets=8)


def _cutter(pivot: float, wide: float) -> Mesh:
    return bar(
        [
            (z, 0.5 + 0.4 * wide * s, wide * (0.7 + 0.3 * s), 0.3 + 0.2 * wide * s, 0)
            for z in _steps(0, -pivot - 3)
            for s in (min(1.0, -z / pivot),)
        ]
    )


def _plier(pivot: float, wide: float) -> Mesh:
    return bar(
        [
            (z, 0.3 * wide + 0.3 * wide * s, wide, 0.18 * wide + 0.15 * wide * s, 0)
            for z in _steps(0, -pivot - 3)
            for s in (min(1.0, -z / pivot),)
        ]
    )


STRONG: dict[str, Callable[[float, float], Mesh]] = {"spoon": _spoon, "cutter": _cutter, "plier": _plier}
