"""Tubes for gut, pleura and urinary tract: feeding, draining, stenting (`drains.toml`)."""

import numpy as np

from fluoroseg.tools.airway import cuff, lined
from fluoroseg.tools.catheters import looped, pigtail_line
from fluoroseg.tools.curves import Curve, straight, through
from fluoroseg.tools.flexible import MM_PER_FRENCH, Parts, Path, curve_of, hooked
from fluoroseg.tools.shapes import bar, capsule, cylinder, lathed, pipe
from fluoroseg.tools.solids import difference, placed, union
from fluoroseg.tools.tool import Part

_J_MM = 11.0
"""Radius of a double J's loops."""


def stomach_tube(path_mm: Path, french: float, length_mm: float) -> Parts:
    """A nasogastric tube with a line that stops at the side holes."""
    curve = curve_of(path_mm, length_mm, lambda: hooked((60.0, 15.0), length_mm=length_mm))
    outer = french * MM_PER_FRENCH
    return lined(curve, outer, 0.68 * outer, "pvc", "barium_pvc", line_deg=40.0, eyes=(35.0, 60.0, 85.0))


def weighted_tube(path_mm: Path, french: float, weights: int, length_mm: float) -> Parts:
    """A thin feeding tube with pellets of tungsten in a bulb at its tip."""
    curve = curve_of(path_mm, length_mm, lambda: hooked((80.0, 20.0), length_mm=length_mm))
    outer, bulb = french * MM_PER_FRENCH, 4.4
    pellets = [capsule(bulb - 1.2, 1.5 + 7.2 * i, 8.3 + 7.2 * i, curve) for i in range(weights)]
    end = 1.5 + 7.2 * weights
    return (
        Part(pipe(outer, 0.7 * outer, end + 6, curve.length_mm, curve), "barium_polyurethane"),
        Part(pipe(bulb, bulb - 1.1, 0.5, end + 0.5, curve), "barium_polyurethane"),
        Part(union(pellets), "tungsten"),
    )


def chest_drain(path_mm: Path, french: float, length_mm: float) -> Parts:
    """A straight drain; the line's gap is the last side hole, which must lie within the chest."""
    curve = curve_of(path_mm, length_mm, lambda: hooked((40.0, 6.0), length_mm=length_mm))
    outer = french * MM_PER_FRENCH
    eye = min(90.0, 0.4 * curve.length_mm)
    return lined(curve, outer, 0.7 * outer, "pvc", "barium_pvc", eyes=(eye,))


def pigtail_drain(path_mm: Path, french: float, loop_mm: float, material: str, length_mm: float) -> Parts:
    """A drain that curls up at its tip, there too when it is laid along a curve."""
    curve = curve_of(path_mm, length_mm, lambda: pigtail_line(loop_mm / 2, 330.0, length_mm))
    curve = curve if len(path_mm) == 2 else looped(curve, loop_mm / 2)
    outer = french * MM_PER_FRENCH
    return (Part(pipe(outer, 0.65 * outer, 0.0, curve.length_mm, curve), material),)


def ureteral_stent(path_mm: Path, french: float, length_mm: float) -> Parts:
    """A double J: a loop in the kidney, a loop in the bladder."""
    line = straight(length_mm - 23.0) if len(path_mm) == 2 else through(path_mm)
    upper = looped(line, _J_MM, 320.0)
    lower = looped(Curve(upper.points_mm[::-1]), _J_MM, 320.0)
    curve = Curve(lower.points_mm[::-1])
    outer = french * MM_PER_FRENCH
    return (Part(pipe(outer, 0.55 * outer, 0.0, curve.length_mm, curve), "barium_polyurethane"),)


def flat_drain(path_mm: Path, width_mm: float, length_mm: float) -> Parts:
    """A flat perforated drain of silicone, 20 cm long, on a round tube."""
    curve = curve_of(path_mm, length_mm, lambda: hooked((120.0, 20.0), length_mm=length_mm))
    flat = bar(((-0.0, width_mm, 3.5), (-200.0, width_mm, 3.5), (-212.0, 5.0, 5.0)), curve, facets=16)
    rows = np.arange(8.0, 196.0, 12.0)
    spots = curve.place(np.column_stack([0 * rows, 0 * rows, -rows]))
    holes = [placed(cylinder(2.0, -5.0, 5.0, facets=8), spot, curve.axes[0, 1]) for spot in spots]
    line = bar(((-1.0, 1.2, 0.5, 0.32 * width_mm), (-199.0, 1.2, 0.5, 0.32 * width_mm)), curve)
    tube = pipe(5.0, 3.2, 212.1, curve.length_mm, curve)
    return Part(
        union(difference(flat, line, *holes), tube),
        "silicone",
    ), Part(line, "barium_silicone")


def gastrostomy_tube(french: float, length_mm: float) -> Parts:
    """A tube with a bumper in the stomach and a ring on the skin; the bumper at the origin."""
    outer = french * MM_PER_FRENCH
    tube = lined(straight(length_mm), outer, 0.65 * outer, "silicone", "barium_silicone", start_mm=4.0)
    bumper = lathed(((0.0, 0.0), (-1.5, 8.0), (-3.0, 13.0), (-3.9, 13.0), (-3.9, 0.0)), facets=32)
    ring = pipe(26.0, outer + 0.1, 38.0, 43.0, facets=32)
    return (*tube, Part(bumper, "barium_silicone"), Part(ring, "silicone"))


def bladder_catheter(path_mm: Path, french: float, balloon_mm: float, length_mm: float) -> Parts:
    """A balloon of water about the shaft, 20 mm behind the tip; a funnel at the tail."""
    curve = curve_of(path_mm, length_mm - 30, lambda: hooked((20.0, 0.0), length_mm=length_mm - 30.0))
    outer, end, r = french * MM_PER_FRENCH, curve.length_mm, balloon_mm / 2
    water = [(-18.0, outer / 2 + 0.05)]
    water += [(-18.0 - r * (1 - c), outer / 2 + (r - outer / 2) * s) for c, s in _half_circle()]
    funnel = ((-end - 0.1, outer / 2 - 1), (-end - 0.1, outer / 2 + 1), (-end - 30, 6.5), (-end - 30, 5.0))
    return (
        *lined(curve, outer, 0.5 * outer, "silicone", "barium_silicone"),
        Part(lathed(water, curve, hollow=True), "soft"),
        Part(lathed(funnel, curve, hollow=True), "rubber"),
    )


def _half_circle() -> list[tuple[float, float]]:
    angle = np.radians(np.linspace(10, 170, 9))
    ends = [(float(np.cos(a)), float(np.sin(a))) for a in angle]
    return [*ends, (-1.0, 0.02)]


def balloon_tamponade(path_mm: Path, length_mm: float) -> Parts:
    """A tube with a balloon of air in the stomach and a long one in the oesophagus."""
    curve = curve_of(path_mm, length_mm, lambda: hooked((60.0, 10.0), length_mm=length_mm))
    bags = union(cuff(curve, 6.0, 70.0, 30.0, 70.0), cuff(curve, 6.0, 26.0, 110.0, 190.0))
    return (*lined(curve, 6.0, 4.0, "rubber", "barium_pvc", line_deg=50.0), Part(bags, "rubber"))


def bile_stent(path_mm: Path, french: float, length_mm: float) -> Parts:
    """A plastic stent with a flap at both ends."""
    curve = curve_of(path_mm, length_mm, lambda: hooked((0.5 * length_mm, 30.0), length_mm=length_mm))
    outer, end = french * MM_PER_FRENCH, curve.length_mm
    flaps = [((-18.0, 0.5), (-10.0, 0.5)), ((-end + 18, 0.5), (-end + 10, 0.5))]
    barbs = [
        bar(((a, 1.6, 0.5, outer / 2 + 0.3, 0), (b, 1.6, 0.5, outer / 2 + 2.8, 0)), curve)
        if a > b
        else bar(((b, 1.6, 0.5, outer / 2 + 2.8, 0), (a, 1.6, 0.5, outer / 2 + 0.3, 0)), curve)
        for (a, _), (b, _) in flaps
    ]
    return (Part(union(pipe(outer, 0.72 * outer, 0.0, end, curve), barbs), "barium_polyurethane"),)
