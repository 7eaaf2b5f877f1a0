"""Guidewires, angiography and guiding catheters, balloon catheters, introducer sheaths (`catheters.toml`)."""

import numpy as np

from fluoroseg.tools.curves import Curve, bent, through
from fluoroseg.tools.flexible import (
    MM_PER_FRENCH,
    MM_PER_INCH,
    Parts,
    Path,
    band,
    curve_of,
    hooked,
    shaft,
)
from fluoroseg.tools.shapes import capsule, lathed, pipe
from fluoroseg.tools.solids import union
from fluoroseg.tools.tool import Part

_WIRE_TIPS = {
    "straight": ((30.0, 4.0),),
    "j": ((9.4, 180.0),),
    "angled": ((4.0, 0.0), (10.0, 50.0)),
    "curved": ((60.0, 290.0),),
}

_PIGTAIL = ((2.0, 0.0), (38.0, 310.0))
_SHAPES: dict[str, tuple[tuple[float, ...], ...]] = {  # pieces from the tip: length, turn
    "pigtail": _PIGTAIL,
    "angled pigtail": (*_PIGTAIL, (15.0, 0.0), (12.0, -35.0)),
    **{f"jl{cm:g}": ((7.0, 0), (10.0, -85), (10 * cm, 0), (28.0, 155)) for cm in (3.5, 4.0, 5.0, 6.0)},
    **{f"jr{cm:g}": ((7.0, 0), (11.0, 85), (10 * cm, 0), (20.0, -32)) for cm in (3.5, 4.0, 5.0, 6.0)},
    **{f"al{n}": ((5.0, 0), (7.0, -65), (12.0, 20), (3.5 * (10 + 3 * n), 205)) for n in (1, 2, 3)},
    **{f"ar{n}": ((4.0, 0), (6.0, -50), (3.0 * (6 + 2 * n), 150)) for n in (1, 2)},
    "mpa1": ((20.0, 0), (25.0, 70)),
    "mpb2": ((12.0, 0), (25.0, 45)),
    **{f"c{n}": ((8.0, 0), (9.0, 65), (25 + 15 * n, 105), (25 + 15 * n, -50)) for n in (1, 2, 3)},
    **{f"sim{n}": ((8.0, 0), (10.0, -50), (26.0 * n, 0), (3.2 * (6 + 3 * n), 178)) for n in (1, 2, 3)},
    "vert": ((12.0, 0), (12.0, 45)),
    "h1": ((6.0, 0), (10.0, 60), (14.0, 0), (25.0, 40), (30.0, -25)),
    "ebu3.5": ((6.0, 0), (12.0, 60), (35.0, 0), (45.0, 120)),
    "ebu4": ((6.0, 0), (12.0, 60), (40.0, 0), (50.0, 120)),
}
"""jl and JR: the arm between the two bends in cm. Shapes are drawn after makers' pictures."""


def guidewire(
    path_mm: Path, inch: float, tip: str, length_mm: float, coil_mm: float, coil: str, core: str
) -> Parts:
    """A core, thin at the tip within a coil or jacket, full behind it."""
    curve = curve_of(path_mm, length_mm, lambda: hooked(*_WIRE_TIPS[tip], length_mm=length_mm))
    mm, coil_mm = inch * MM_PER_INCH, min(coil_mm, 0.9 * curve.length_mm)
    jacket = pipe(mm, 0.5 * mm, 0.0, coil_mm, curve)
    behind = ((0.0, 0.2 * mm), (-coil_mm, 0.2 * mm), (-coil_mm - 0.1, mm / 2), (-curve.length_mm, mm / 2))
    return Part(jacket, coil), Part(lathed(behind, curve), core)


def angiographic(path_mm: Path, shape: str, french: float, length_mm: float) -> Parts:
    """A wall loaded with barium sulphate, three tenths of the catheter thick."""
    curve = curve_of(path_mm, length_mm, lambda: hooked(*_SHAPES[shape], length_mm=length_mm))
    outer = french * MM_PER_FRENCH
    return (shaft(curve, outer, 0.7 * outer, "barium_polyurethane"),)


def guiding(path_mm: Path, shape: str, french: float, length_mm: float) -> Parts:
    """A soft tip, then a thin wall whose braid is taken as a sheet a 40th of a millimetre thick."""
    curve = curve_of(path_mm, length_mm, lambda: hooked(*_SHAPES[shape], length_mm=length_mm))
    outer = french * MM_PER_FRENCH
    soft = pipe(outer, 0.86 * outer, 0.0, 3.0, curve)
    inside = pipe(outer - 0.17, 0.86 * outer, 3.05, curve.length_mm, curve)
    return (
        Part(union(soft, inside), "barium_polyurethane"),
        Part(pipe(outer - 0.1, outer - 0.15, 3.05, curve.length_mm, curve), "stainless_steel"),
    )


def microcatheter(path_mm: Path, french: float, length_mm: float) -> Parts:
    """A thin shaft with a platinum band at its tip."""
    curve = curve_of(path_mm, length_mm, lambda: hooked((8.0, 35.0), length_mm=length_mm))
    outer = french * MM_PER_FRENCH
    return (
        shaft(curve, outer, 0.6 * outer, "barium_polyurethane"),
        Part(band(curve, outer, 1.0, 1.2, 0.06), "platinum"),
    )


def balloon(path_mm: Path, diameter_mm: float, balloon_mm: float, shaft_mm: float, length_mm: float) -> Parts:
    """Diluted contrast 4 mm behind the tip, tapered at both ends, a platinum band where it is widest."""
    curve = curve_of(path_mm, length_mm, lambda: hooked((20.0, 6.0), length_mm=length_mm))
    start, taper, inner = 4.0, 0.7 * diameter_mm, shaft_mm / 2 + 0.15
    back = start + taper + balloon_mm
    fill = (
        (-start, inner),
        (-start, inner + 0.05),
        (-start - taper, diameter_mm / 2),
        (-back, diameter_mm / 2),
        (-back - taper, inner + 0.05),
        (-back - taper, inner),
    )
    bands = union(band(curve, shaft_mm, at, 1.0, 0.1) for at in (start + taper, back - 1.0))
    return (
        shaft(curve, shaft_mm, 0.5 * shaft_mm, "polyethylene"),
        Part(lathed(fill, curve, hollow=True), "contrast"),
        Part(bands, "platinum"),
    )


def sheath(path_mm: Path, french: float, length_mm: float) -> Parts:
    """A thin tube with a band at its tip; behind it the valve, with a side tube and its tap."""
    curve = curve_of(path_mm, length_mm, lambda: hooked((3.0, 0.0), length_mm=length_mm - 36.0))
    inner, end = french * MM_PER_FRENCH, curve.length_mm
    outer = inner + 0.6
    valve = (
        (-end - 0.05, inner / 2),
        (-end - 0.05, outer / 2 + 1),
        (-end - 8, 5.5),
        (-end - 36, 5.5),
        (-end - 36, inner / 2),
    )
    way = np.array([[6.0, 0, -22], [16, 0, -22], [34, 0, -14], [50, 0, 10.0]]) - [0, 0, end]
    side = through(curve.place(way))
    return (
        shaft(curve, outer, inner, "polyethylene", 1.6),
        Part(pipe(outer, inner, 0.0, 1.5, curve), "gold"),
        Part(lathed(valve, curve, hollow=True), "pmma"),
        Part(pipe(3.0, 1.8, 0.0, side.length_mm, side), "pvc"),
        Part(capsule(7.0, side.length_mm + 0.1, side.length_mm + 14, side), "pmma"),
    )


def pigtail_line(radius_mm: float, turn_deg: float, length_mm: float) -> Curve:
    """A loop at the tip, then straight on: drains, stents of the ureter."""
    return hooked((np.radians(turn_deg) * radius_mm, turn_deg), length_mm=length_mm)


def looped(curve: Curve, radius_mm: float, turn_deg: float = 300.0) -> Curve:
    """A curve with a loop before its first point, smoothly joined: what remembers its shape curls up."""
    loop = bent((np.radians(turn_deg) * radius_mm, turn_deg), (1e-3, 0.0)).points_mm
    end, way = loop[-1], loop[-1] - loop[-2]
    z = -way / np.linalg.norm(way)
    frame = np.stack([np.cross([0.0, 1.0, 0.0], z), [0.0, 1.0, 0.0], z])
    joined = (loop - end) @ frame.T @ curve.axes[0] + curve.points_mm[0]
    return Curve(np.concatenate([joined[:-2], curve.points_mm]))
