"""What drills, reams, saws and measures in bone (`power.toml`): the tip at the origin, the rest along -z."""

import numpy as np

from fluoroseg.project.mesh_body import Mesh
from fluoroseg.tools.curves import helix, through
from fluoroseg.tools.flexible import Parts, Path, curve_of, hooked
from fluoroseg.tools.lofts import loft, wire
from fluoroseg.tools.shapes import bar, capsule, cylinder, hoop, lathed, pipe, ring_line
from fluoroseg.tools.solids import difference, extruded, placed, rounded, shifted, union
from fluoroseg.tools.tool import Part

_STEEL = "stainless_steel"


def _fluted(
    width_mm: float, start_mm: float, stop_mm: float, lead_mm: float, lobes: int, core: float
) -> Mesh:
    """A twisted bar: `lobes` ridges around a core, once around in `lead_mm`; pointed at its tip."""
    facets, count = 24, max(8, int((stop_mm - start_mm) / lead_mm * 14))
    z = -np.linspace(start_mm, stop_mm, count)
    angle = 2 * np.pi * np.arange(facets) / facets
    twist = 2 * np.pi * z[:, None] / lead_mm
    r = width_mm / 2 * (core + (1 - core) * np.clip(1.5 * np.cos(lobes * (angle - twist)) + 0.6, 0, 1))
    r *= np.clip((-z[:, None] - start_mm) / (0.35 * width_mm), 0.02, 1)
    ring = np.stack([r * np.cos(angle), r * np.sin(angle), np.repeat(z[:, None], facets, axis=1)], axis=-1)
    return loft(ring)


def drill_bit(width_mm: float, length_mm: float) -> Parts:
    """A twist drill with two flutes over its front, a plain shank with a flattened end."""
    flutes = min(0.5 * length_mm, 14.0 * width_mm + 15.0)
    shank = cylinder(width_mm, flutes - 0.5, length_mm - 12.0)
    flat = (0.8 * width_mm, 0.6 * width_mm)
    coupling = bar(((-length_mm + 12.05, *flat), (-length_mm, *flat)))
    return (Part(union(_fluted(width_mm, 0.0, flutes, 5.0 * width_mm, 2, 0.55), shank, coupling), _STEEL),)


def tap(width_mm: float, pitch_mm: float, length_mm: float) -> Parts:
    """A tap: a thread with three straight grooves on a shank with a T handle."""
    ridge = helix(0.42 * width_mm, pitch_mm, 36.0, 12).points_mm - [0, 0, 2.0]
    thread = union(
        wire(ridge, 0.16 * width_mm, 4),
        lathed(((0, 0.3 * width_mm), (-3, 0.42 * width_mm), (-40, 0.42 * width_mm)), facets=12),
    )
    grooves = [
        bar(((1.0, 0.3 * width_mm, 0.3 * width_mm, *spot), (-39.0, 0.3 * width_mm, 0.3 * width_mm, *spot)))
        for spot in 0.55 * width_mm * _corners(3)
    ]
    shank = cylinder(0.75 * width_mm, 38.0, length_mm - 16)
    return (Part(union(difference(union(thread), *grooves), shank, _tee(length_mm, 90.0, 14.0)), _STEEL),)


def _corners(count: int) -> np.ndarray:
    angle = 2 * np.pi * np.arange(count) / count
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def _tee(length_mm: float, across_mm: float, thick_mm: float) -> Mesh:
    return placed(capsule(thick_mm, 0.0, across_mm), (across_mm / 2, 0, -length_mm + thick_mm / 2), (1, 0, 0))


def t_handle(length_mm: float, across_mm: float, material: str) -> Parts:
    """A T handle with a coupling for bits."""
    stem = difference(cylinder(14.0, 0.0, length_mm - 20.0), cylinder(6.0, -1.0, 22.0, facets=6))
    return Part(stem, _STEEL), Part(_tee(length_mm, across_mm, 19.9), material)


def flexible_reamer(path_mm: Path, width_mm: float, length_mm: float) -> Parts:
    """A reamer's head on a wound shaft, over a guide wire."""
    curve = curve_of(path_mm, length_mm, lambda: hooked((200.0, 8.0), length_mm=length_mm))
    head = _fluted(width_mm, 0.0, 16.0, 60.0, 5, 0.7)
    head = Mesh(curve.place(head.vertices_mm), head.faces)
    coil = helix(3.2, 4.0, curve.length_mm - 60.0).points_mm - [0, 0, 18.0]
    shaft = cylinder(5.4, 15.0, curve.length_mm - 30.0, curve)
    end = cylinder(8.0, curve.length_mm - 40.0, curve.length_mm, curve)
    return (Part(union(head, shaft, wire(curve.place(coil), 0.6, 4), end), _STEEL),)


def cup_reamer(width_mm: float, length_mm: float) -> Parts:
    """A half ball with cutting holes, a cross inside it, a shaft with a grip."""
    r = width_mm / 2
    angle = np.radians(np.linspace(0, 90, 10))
    outside = [(-r * (1 - np.cos(a)), r * np.sin(a)) for a in angle]
    inside = [(-r + (r - 1.4) * np.cos(a), (r - 1.4) * np.sin(a)) for a in angle[::-1]]
    shell = lathed(outside + inside, hollow=True, facets=32)
    holes = [
        placed(
            cylinder(3.0, -4.0, 4.0, facets=8),
            _on_ball(r, tilt, turn),
            _on_ball(r, tilt, turn) + np.array([0, 0, r]),
        )
        for tilt, count in ((25, 5), (50, 9), (74, 12))
        for turn in np.arange(count) * 360.0 / count + tilt
    ]
    cross = [bar(((-0.9 * r, *size), (-r - 3, *size))) for size in ((width_mm - 3, 4.0), (4.0, width_mm - 3))]
    stem = cylinder(10.0, r, length_mm - 120)
    grip = lathed(((-length_mm + 120, 9.0), (-length_mm + 100, 14), (-length_mm, 13)), facets=20)
    return Part(union(difference(shell, *holes), cross, stem), _STEEL), Part(grip, "epoxy")


def _on_ball(r: float, tilt_deg: float, turn_deg: float) -> np.ndarray:
    t, a = np.radians(tilt_deg), np.radians(turn_deg)
    return np.array([r * np.sin(t) * np.cos(a), r * np.sin(t) * np.sin(a), -r + r * np.cos(t)])


def power_drill(bit_mm: float, body_mm: float, battery: bool) -> Parts:
    """A pistol: bit, chuck, motor in an aluminium body, grip; a battery or a hose below."""
    front = -70.0
    bit = drill_bit(bit_mm, 90.0)[0].mesh
    chuck = lathed(
        (
            (front, 6.0),
            (front - 18, 13),
            (front - 38, 15),
            (front - 38, bit_mm / 2 + 0.1),
            (front, bit_mm / 2 + 0.1),
        ),
        hollow=True,
        facets=24,
    )
    back = front - 38.2 - body_mm
    shell = pipe(44.0, 39.0, 38.2 - front, -back, facets=32)
    motor = cylinder(34.0, 46.0 - front, 46.0 - front + 0.6 * body_mm, facets=24)
    grip_way = through(
        [(25.0, 0, back + 0.6 * body_mm), (75, 0, back + 0.5 * body_mm), (125, 0, back + 0.42 * body_mm)]
    )
    grip = bar(((0.0, 34, 26), (-50.0, 30, 26), (-grip_way.length_mm, 34, 30)), grip_way, facets=16)
    trigger = placed(capsule(9.0, 0.0, 24.0), (34.0, 0, back + 0.6 * body_mm + 50), (0, 0, 1))
    parts = [Part(union(bit), _STEEL), Part(chuck, _STEEL), Part(union(shell, trigger), "aluminium")]
    parts += [Part(motor, "copper"), Part(grip, "peek")]
    if battery:
        low = back + 0.42 * body_mm
        case = shifted(extruded(rounded([(-32, -20), (32, -20), (32, 20), (-32, 20)], 6.0), 34.0), (0, 0, 0))
        pack = placed(case, (127.0, 0, low), (1, 0, 0), (0, 0, 1))
        cells = [
            placed(cylinder(16.0, -31.0, -3.0), (127.0, y, low + z), (1, 0, 0))
            for y in (-9.5, 9.5)
            for z in (-20, 0, 20)
        ]
        parts += [Part(difference(pack, *cells), "polypropylene"), Part(union(cells), "steel_316l")]
    return tuple(parts)


def saw_blade(length_mm: float, wide_mm: float, thick_mm: float) -> Parts:
    """An oscillating saw's blade: teeth across its end, holes and a slot in its root."""
    n = max(6, round(wide_mm / 1.8))
    x = np.linspace(-wide_mm / 2, wide_mm / 2, 2 * n + 1)
    teeth = [(float(a), 0.0 if i % 2 else -1.4) for i, a in enumerate(x)]
    root = [
        (6.0, -0.75 * length_mm),
        (11, -length_mm + 18),
        (11, -length_mm),
        (-11, -length_mm),
        (-11, -length_mm + 18),
        (-6, -0.75 * length_mm),
    ]
    side = [(wide_mm / 2, -0.5 * length_mm), *root, (-wide_mm / 2, -0.5 * length_mm)]
    slot = [(-2.5, -length_mm - 1), (2.5, -length_mm - 1), (2.5, -length_mm + 9), (-2.5, -length_mm + 9)]
    spots = [(6.0 * a, -length_mm + 10 + 6.0 * b) for a, b in _corners(6)[1:6]]
    holes = [1.5 * _corners(10) + np.array(spot) for spot in spots]
    return (Part(_plate([*teeth, *side], thick_mm, slot, *holes), _STEEL),)


def _plate(outline: object, thick_mm: float, *holes: object) -> Mesh:
    flat = extruded(outline, thick_mm, holes)  # type: ignore[arg-type]
    x, z, y = flat.vertices_mm.T
    return Mesh(np.stack([x, thick_mm / 2 - y, z], axis=1), flat.faces)


def hand_saw(length_mm: float, high_mm: float) -> Parts:
    """An amputation saw: a blade with a stiff back and an open grip."""
    x = np.arange(0.0, 0.62 * length_mm, 2.5)
    teeth = [p for a in x for p in ((high_mm, -a), (high_mm - 1.6, -a - 1.25))]
    blade = _plate([(0.0, 0.0), *teeth, (high_mm, -0.64 * length_mm), (0.0, -0.64 * length_mm)], 1.2)
    back = bar(((0.0, 5.0, 4.0), (-0.64 * length_mm, 5.0, 4.0)))
    grip = rounded(
        [(-4, -0.63 * length_mm), (high_mm, -0.63 * length_mm), (high_mm + 18, -length_mm), (-8, -length_mm)],
        8,
    )
    inner = rounded(
        [
            (6, -0.72 * length_mm),
            (high_mm - 4, -0.72 * length_mm),
            (high_mm + 2, -0.93 * length_mm),
            (4, -0.93 * length_mm),
        ],
        5,
    )
    return (Part(union(blade, back, _plate(grip, 9.0, inner)), _STEEL),)


def wire_saw(path_mm: Path, length_mm: float) -> Parts:
    """A Gigli saw: twisted wires with a loop at each end."""
    bow = ((0.0, 0, 0), (60.0, 0, -0.22), (86, 0, -0.5), (60, 0, -0.78), (0, 0, -1.0))
    curve = curve_of(path_mm, 500.0, lambda: through(np.array(bow) * [1, 1, length_mm]))
    strand = helix(0.42, 6.0, curve.length_mm, 8).points_mm
    strands = [wire(curve.place(strand * [sign, sign, 1]), 0.4, 4) for sign in (1, -1)]
    loops = []
    for at, way in ((0.0, 1), (curve.length_mm, -1)):
        eye = ring_line(8.0, 20)[:, [0, 2, 1]] + np.array([0, 0, 4.0 * way])
        loops.append(hoop(curve.place(eye - np.array([0, 0, at])), 1.2, 6))
    return (Part(union(strands, loops), _STEEL),)


def depth_gauge(length_mm: float) -> Parts:
    """A hooked needle in a sleeve with marks and a slider."""
    hook = bar(((0.0, 1.2, 0.9, 0.9, 0), (-1.0, 1.2, 0.9, 0.9, 0)))
    needle = bar(((0.0, 1.0, 1.0), (-0.6 * length_mm, 1.0, 1.0)))
    sleeve = lathed(
        (
            (-0.45 * length_mm, 1.2),
            (-0.45 * length_mm, 2.5),
            (-0.5 * length_mm, 5.5),
            (-length_mm, 5.5),
            (-length_mm, 1.2),
        ),
        hollow=True,
    )
    window = bar(((-0.6 * length_mm, 20.0, 4.0), (-0.9 * length_mm, 20.0, 4.0)))
    slide = bar(((-0.62 * length_mm, 2.2, 2.2), (-0.97 * length_mm, 2.2, 2.2)))
    return (Part(union(hook, needle, slide, difference(sleeve, window)), _STEEL),)


def drill_sleeve(bore_mm: float, length_mm: float) -> Parts:
    """A toothed sleeve with a handle at its side."""
    tube = pipe(bore_mm + 3.0, bore_mm + 0.2, 0.0, length_mm)
    handle = bar(((0.0, 5, 4), (-50.0, 5, 4), (-60.0, 16, 5), (-150.0, 16, 5)), facets=12)
    arm = placed(shifted(handle, (0, 0, 0)), (bore_mm / 2 + 1, 0, -0.8 * length_mm), (-0.9, 0, 0.45))
    return (Part(union(tube, arm), _STEEL),)
