"""Shunts, contraceptives, gastric bands, capsules, endoscopes (`indwelling.toml`)."""

import numpy as np

from fluoroseg.project.mesh_body import Mesh
from fluoroseg.tools.curves import Curve, helix, through
from fluoroseg.tools.flexible import Parts, Path, curve_of, hooked
from fluoroseg.tools.lofts import wire
from fluoroseg.tools.shapes import bar, capsule, cylinder, hoop, lathed, pipe, ring_line
from fluoroseg.tools.solids import ball, difference, placed, shifted, union
from fluoroseg.tools.tool import Part

_SHUNT_REST = (
    *((0.0, 0, 0), (18, 0, -60), (6, 0, -150), (14, 0, -260), (20, 0, -330)),
    *((44, 0, -380), (58, 0, -410), (62, 0, -430)),
)


def shunt(path_mm: Path, valve_mm: float, tube_mm: float) -> Parts:
    """A ventriculo-peritoneal shunt: from the tip in the belly up to the valve behind the ear, and in."""
    turned = np.array(_SHUNT_REST) * [1, 1, tube_mm / 430.0]
    curve = curve_of(path_mm, 1200.0, lambda: through(turned))
    end = curve.length_mm
    back, front = end - 70.0, end - 70.0 - valve_mm
    tube = union(pipe(2.5, 1.2, 0.0, front, curve), pipe(2.5, 1.2, back, end, curve))
    house = lathed(
        ((-front, 0.0), (-front, 1.4), (-front - 5, 5.0), (-back + 12, 6.5), (-back, 1.6), (-back, 0.0)),
        curve,
    )
    inside = [
        shifted(ball(1.6, facets=12), _at(curve, front + 9)),
        placed(pipe(7.0, 4.4, -0.8, 0.8, facets=20), _at(curve, back - 10.0), _axis(curve, back - 10, 1)),
        placed(cylinder(1.4, -2.0, 2.0), _at(curve, front + 15.0), _axis(curve, front + 15, 1)),
    ]
    dots = union(capsule(1.0, at, at + 1.2, curve) for at in (back + 6.0, back + 16.0, back + 26.0))
    return (
        Part(tube, "barium_silicone"),
        Part(difference(house, *inside), "silicone"),
        Part(union(inside), "titanium"),
        Part(dots, "tantalum"),
    )


def _at(curve: Curve, along_mm: float) -> np.ndarray:
    return curve.place(np.array([[0.0, 0, -along_mm]]))[0]


def _axis(curve: Curve, along_mm: float, i: int) -> np.ndarray:
    return np.array([np.interp(along_mm, curve.at_mm, curve.axes[:, i, j]) for j in range(3)])


def copper_device(width_mm: float, high_mm: float, sleeves: bool) -> Parts:
    """A T of loaded polyethylene, copper wire on its stem and, in some, sleeves on its arms; two threads."""
    arms = _arms(width_mm, 4.5)
    coil = helix(0.86, 0.45, 0.62 * high_mm).points_mm - [0, 0, 0.2 * high_mm]
    copper = [wire(coil, 0.13, 4)]
    if sleeves:
        reach = arms.length_mm
        copper += [pipe(2.2, 1.52, a, a + 5.0, arms) for a in (0.2 * reach, 0.8 * reach - 5.0)]
    threads = [shifted(cylinder(0.25, high_mm, high_mm + 30.0, facets=6), (x, 0, -0.1)) for x in (-0.7, 0.7)]
    return (
        Part(_tee(arms, high_mm, 1.5), "barium_polypropylene"),
        Part(union(copper), "copper"),
        Part(union(threads), "nylon"),
    )


def hormone_device(width_mm: float, high_mm: float, ring: bool) -> Parts:
    """A T of loaded polyethylene with a drug cylinder, some with a ring of silver."""
    frame = Part(_tee(_arms(width_mm - 1.0, 3.5), high_mm, 1.2), "barium_polypropylene")
    drug = Part(pipe(3.0, 1.56, 5.0, high_mm - 8.0), "silicone")
    return (frame, drug, Part(pipe(2.4, 1.56, 2.9, 4.4), "silver")) if ring else (frame, drug)


def _arms(width_mm: float, drop_mm: float) -> Curve:
    side = np.array([[-0.5 * width_mm, 0, -drop_mm], [-0.33 * width_mm, 0, -0.9], [0, 0, -1.0]])
    return through(np.concatenate([side, side[1::-1] * [-1, 1, 1]]), 0.5)


def _tee(arms: Curve, high_mm: float, ball_mm: float) -> Mesh:
    """Arms, stem and the ball at its foot; a tenth of a millimetre thinner than what lies about it."""
    foot = shifted(ball(ball_mm, facets=16), (0, 0, -high_mm + ball_mm))
    return union(pipe(1.5, 0.4, 0.0, arms.length_mm, arms), capsule(1.4, 1.6, high_mm - 1.0), foot)


def gastric_band(width_mm: float) -> Parts:
    """An adjustable band about the upper stomach, tilted as it lies, with its tube and port."""
    turn = np.radians(np.linspace(0, 345, 60))
    band = Curve(width_mm / 2 * np.stack([np.cos(turn), 0.35 * np.sin(turn), 0.6 * np.sin(turn)], axis=1))
    start = band.points_mm[0]
    tube = through(start + np.array([[7.0, 3, -4], [20, 5, -30], [-10, -10, -80], [-30, -20, -110]]))
    at = tube.points_mm[-1] + [-4.0, 0, -16.0]
    top = placed(pipe(25.0, 13.0, 0.0, 8.0, facets=32), at, (0, -1, 0))
    floor = placed(cylinder(12.9, 5.5, 7.5, facets=24), at, (0, -1, 0))
    return (
        Part(bar(((0, 9, 4), (-band.length_mm, 9, 4)), band, facets=12), "barium_silicone"),
        Part(pipe(3.4, 1.8, 0.0, tube.length_mm, tube), "barium_silicone"),
        Part(top, "peek"),
        Part(floor, "titanium"),
    )


def endoscopy_capsule(length_mm: float, width_mm: float) -> Parts:
    """A swallowed camera: shell, two silver oxide cells, a circuit board, a coil for its radio."""
    r = width_mm / 2
    shell = difference(capsule(width_mm, 0.0, length_mm), capsule(width_mm - 1.0, 0.5, length_mm - 0.5))
    cells = union(
        cylinder(1.5 * r, 0.42 * length_mm + 4.0 * i, 0.42 * length_mm + 3.6 + 4.0 * i, facets=24)
        for i in (0, 1)
    )
    board = cylinder(1.6 * r, 0.3 * length_mm, 0.33 * length_mm, facets=24)
    coil = union(hoop(ring_line(1.2 * r, 24, -0.78 * length_mm - z), 0.4, 6) for z in (0.0, 0.9, 1.8))
    return Part(shell, "pmma"), Part(cells, "steel_316l"), Part(union(board, coil), "copper")


def endoscope(path_mm: Path, width_mm: float, channel_mm: float, length_mm: float) -> Parts:
    """A flexible endoscope: steel tip, links in the part that bends, a braided shaft with its fibres."""
    curve = curve_of(path_mm, length_mm, lambda: hooked((80.0, 70.0), length_mm=length_mm))
    end, bend_mm = curve.length_mm, 90.0
    link, starts = (width_mm - 1.0, 0.82 * (width_mm - 1.0)), np.arange(13.0, bend_mm, 6.0)
    links = [pipe(*link, at, at + 4.5, curve) for at in starts]
    braid = pipe(width_mm - 0.7, width_mm - 0.9, bend_mm + 4.6, end, curve, 16)
    head = difference(
        lathed(((0.0, 0.4 * width_mm), (-1.0, width_mm / 2), (-12.0, width_mm / 2)), curve),
        *(_along(curve, d, x, y, -1.0, 13.0) for d, x, y in _bores(width_mm, channel_mm)),
    )
    fibres = [
        _along(curve, 0.06 * width_mm, x, y, 12.1, end)
        for x, y in ((-0.2 * width_mm, 0.1 * width_mm), (0.0, 0.27 * width_mm))
    ]
    return (
        Part(union(head, links, braid), "stainless_steel"),
        Part(pipe(width_mm, width_mm - 0.6, 12.1, end, curve), "polyurethane"),
        Part(union(fibres), "glass"),
    )


def _bores(width_mm: float, channel_mm: float) -> list[tuple[float, float, float]]:
    """Diameter, x, y: the working channel, the lens, two lights."""
    w = width_mm
    return [(channel_mm, 0.22 * w, -0.1 * w), (0.22 * w, -0.2 * w, 0.1 * w), (0.12 * w, 0.0, 0.28 * w)]


def _along(curve: Curve, width_mm: float, x_mm: float, y_mm: float, start_mm: float, stop_mm: float) -> Mesh:
    line = curve.part(start_mm, stop_mm).shifted(x_mm, y_mm)
    return cylinder(width_mm, 0.0, line.length_mm, line)


def echo_probe(path_mm: Path, width_mm: float, length_mm: float) -> Parts:
    """A probe for echocardiography from the oesophagus: a wide tip with the crystal's array, a shaft."""
    curve = curve_of(path_mm, length_mm, lambda: hooked((60.0, 25.0), length_mm=length_mm))
    head = lathed(((0.0, 2.0), (-3.0, width_mm / 2), (-38.0, width_mm / 2), (-46.0, 5.0)), curve)
    array = bar(((-6.0, 9.0, 6.0), (-22.0, 9.0, 6.0)), curve)
    cable = _along(curve, 2.4, 0.0, 0.0, 50.0, curve.length_mm)
    braid = pipe(9.0, 8.5, 46.1, curve.length_mm, curve, 16)
    return (
        Part(difference(head, array), "epoxy"),
        Part(array, "alumina"),
        Part(braid, "stainless_steel"),
        Part(cable, "copper"),
    )
