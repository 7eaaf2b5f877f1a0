"""The working ends of instruments with one handle, `wide` mm wide: the tip at the origin, the shaft at -z."""

from collections.abc import Callable

import numpy as np

from fluoroseg.project.mesh_body import Mesh
from fluoroseg.tools.curves import Curve, bent, through
from fluoroseg.tools.shapes import bar, lathed
from fluoroseg.tools.solids import ball, difference, extruded, shifted, stretched, union


def _edge(wide: float) -> Mesh:
    """A straight cutting edge across x."""
    return bar(((0.0, wide, 0.3), (-12.0, wide, 3.0), (-26.0, wide, 4.0), (-34.0, 7.0, 6.0)))


def _one_bevel(wide: float) -> Mesh:
    return bar(((0.0, wide, 0.3, 0, 1.5), (-8.0, wide, 4.0), (-30.0, wide, 5.0), (-38.0, 8.0, 7.0)))


def _channel(wide: float) -> Mesh:
    """A gouge: a trough."""
    r = wide / 2
    outside = ((0.0, r - 0.2), (-3.0, r), (-40.0, r), (-48.0, 4.0), (-48.0, 0.0))
    trough = lathed((*outside, (-40.0, 0.0), (-36.0, r - 1.2), (0.0, r - 0.5)), hollow=True)
    half = bar(((5.0, 3 * r, 3 * r, 0, 1.5 * r), (-32.0, 3 * r, 3 * r, 0, 1.5 * r)))
    return difference(trough, half)


def _cup(wide: float) -> Mesh:
    """A curette's spoon on a thin neck."""
    shell = stretched(ball(wide / 2, facets=24), (1.0, 0.6, 1.35))
    hollow = shifted(stretched(ball(0.4 * wide, facets=24), (1.0, 0.6, 1.35)), (0, 0.22 * wide, 0))
    neck = bar(((-1.1 * wide, 2.2, 2.2), (-24.0, 3.2, 3.2)), facets=8)
    return union(shifted(difference(shell, hollow), (0, 0, -0.675 * wide)), neck)


def _leaf(wide: float) -> Mesh:
    """A raspatory's rounded leaf, slightly bent."""
    side = Curve(bent((26.0, 16.0), (8.0, -4.0)).points_mm[:, [1, 0, 2]])
    sizes = ((0.0, 0.5, 0.4), (-3.0, 0.92, 1.0), (-9.0, 1.0, 1.6), (-20.0, 0.7, 3.0))
    return bar((*((z, w * wide, t) for z, w, t in sizes), (-33.0, 5.0, 5.0)), side, facets=12)


def _point(wide: float) -> Mesh:
    return bar(((0.0, 0.05, 0.05), (-4.0 * wide, wide, wide), (-6 - 6 * wide, wide, wide)), facets=4)


def _hook(wide: float) -> Mesh:
    bow = [(1.0, 0, -0.35), (0.92, 0, -0.12), (0.5, 0, 0.0), (0.08, 0, -0.3)]
    way = through(np.concatenate([wide * np.array(bow), [[0.0, 0, -wide - 8]]]))
    return bar(((0, 0.3, 0.3), (-0.5 * wide, 3, 3), (-way.length_mm, 4.5, 4.5)), way, facets=10)


def _hex(wide: float) -> Mesh:
    angle = np.radians(30 + 60 * np.arange(6))
    key = extruded(wide / np.sqrt(3) * np.stack([np.cos(angle), np.sin(angle)], axis=1), 18.0)
    return shifted(key, (0, 0, -18.0))


def _cross(wide: float) -> Mesh:
    long, short = 0.3 * wide, 0.15 * wide
    one = bar(((0.0, long, short), (-6.0, wide, short), (-20.0, wide, wide)))
    return union(one, bar(((0.0, short, long), (-6.0, short, wide), (-20.0, wide, wide))))


def _pusher(wide: float) -> Mesh:
    return lathed(((0.0, wide / 2 - 1), (-1.0, wide / 2), (-14.0, wide / 2), (-18.0, 0.3 * wide)), facets=24)


def _file(wide: float) -> Mesh:
    starts = -np.arange(2.0, 56.0, 3.2)
    teeth = [bar(((z, wide, 4.6), (z - 0.8, wide, 5.2), (z - 1.6, wide, 4.6))) for z in starts]
    return union(bar(((0, 0.8 * wide, 4), (-60, wide, 4.6))), teeth)


ENDS: dict[str, Callable[[float], Mesh]] = {
    **{"edge": _edge, "one bevel": _one_bevel, "channel": _channel, "cup": _cup, "leaf": _leaf},
    **{"point": _point, "hook": _hook, "hex": _hex, "cross": _cross, "pusher": _pusher, "file": _file},
}
