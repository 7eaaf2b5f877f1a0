"""Pacemakers and defibrillators with their leads, and what is sewn or put into the heart (`cardiac.toml`).

Leads come with their generator: along a curve the ventricular lead follows it from the tip, and the generator
lies at its end; by itself the system lies as in a patient (LPS axes), the ventricular tip at the origin.
"""

import numpy as np
from jaxtyping import Float

from fluoroseg.project.mesh_body import Mesh
from fluoroseg.tools.curves import Curve, helix, through
from fluoroseg.tools.flexible import Parts, Path, curve_of
from fluoroseg.tools.shapes import capsule, cylinder, hoop, lathed, pipe, ring_line
from fluoroseg.tools.solids import Outline, difference, extruded, placed, rounded, shifted, union
from fluoroseg.tools.tool import Part

_APEX_TO_POCKET = (
    *((0.0, 0, 0), (-20, 6, 4), (-55, 22, 22), (-84, 34, 60), (-92, 40, 110)),
    *((-80, 30, 150), (-40, 10, 172), (10, -2, 180), (45, -12, 165)),
)
_ATRIUM_FROM = 0.45
"""Share of the ventricular lead's length from its tip at which the atrial lead turns back into its J."""

Line = Float[np.ndarray, "n 3"]


def pacemaker(path_mm: Path, leads: int, width_mm: float, thick_mm: float) -> Parts:
    """A generator with one lead (right ventricle), two (and right atrium) or three (and coronary sinus)."""
    curve = curve_of(path_mm, 700.0, lambda: through(_APEX_TO_POCKET))
    lines = _all_leads(curve, leads)
    return (*_generator(curve, width_mm, thick_mm), *_leads(lines, [()] * leads))


def defibrillator(path_mm: Path, leads: int, coils: int, width_mm: float, thick_mm: float) -> Parts:
    """As a pacemaker, larger, and the ventricular lead with one or two shock coils."""
    curve = curve_of(path_mm, 700.0, lambda: through(_APEX_TO_POCKET))
    lines = _all_leads(curve, leads)
    shock = ((18.0, 78.0), (190.0, 270.0))[:coils]
    return (*_generator(curve, width_mm, thick_mm), *_leads(lines, [shock, *[()] * (leads - 1)]))


def subcutaneous_defibrillator(width_mm: float, thick_mm: float) -> Parts:
    """The can at the left side of the chest, the lead along the sternum, its tip at the origin."""
    line = through(
        (
            (0.0, 0, 0),
            (0, 0, -60),
            (2, 0, -140),
            (12, 2, -168),
            (60, 12, -178),
            (104, 38, -174),
            (114, 42, -190),
        )
    )
    return (*_generator(line, width_mm, thick_mm), *_leads([line], [((20.0, 100.0),)]))


def _all_leads(curve: Curve, leads: int) -> list[Curve]:
    """The ventricular lead, and those that part from it in the atrium, beside it on the way there."""
    lines, start = [curve], _ATRIUM_FROM * curve.length_mm
    if leads > 1:
        lines.append(_branch(curve, start, (0.0, 2.8), ((0, -16), (8, -42), (24, -44), (32, -26))))
    if leads > 2:
        low = 0.75 * start
        lines.append(
            _branch(curve, low, (0.0, -2.8), ((-10, -22), (-34, -34), (-62, -22), (-80, 8)), x_sign=-1)
        )
    return lines


def _branch(
    curve: Curve,
    start_mm: float,
    beside: tuple[float, float],
    way: tuple[tuple[int, int], ...],
    x_sign: int = 1,
) -> Curve:
    """A curve that ends beside the given one from `start_mm` on, and before that goes its own way.

    way: steps from there (towards the tip's side, upwards), the last one the tip's place.
    """
    along = np.linspace(start_mm + 15.0, curve.length_mm, 16)
    rest = curve.place(np.column_stack([np.tile(beside, (16, 1)), -along]))
    here = curve.part(start_mm, start_mm + 1.0)
    at, tip, out = here.points_mm[0], curve.points_mm[0], 2 * np.array(beside) @ here.axes[0, :2]
    aside = (tip - at) * [1, 1, 0]
    aside = aside / max(float(np.linalg.norm(aside)), 1e-6)
    up = np.array([0.0, 0, 1])
    own = [at + out + x_sign * x * aside + (z + 10) * up for x, z in way]
    return through(np.concatenate([np.array(own)[::-1], rest]))


def _leads(lines: list[Curve], shock: list[tuple[tuple[float, float], ...]]) -> Parts:
    """Insulation with a coiled conductor inside, two electrodes at the tip, and shock coils about it."""
    skin, core, tips, coils = [], [], [], []
    for line, spans in zip(lines, shock, strict=True):
        skin.append(pipe(2.0, 1.2, 2.5, line.length_mm, line, 10))
        core.append(pipe(1.1, 0.6, 2.5, line.length_mm - 0.5, line, 10))
        tips += [capsule(1.9, 0.0, 2.4, line), pipe(2.3, 2.05, 12.0, 15.0, line, 10)]
        coils += [pipe(2.8, 2.05, a, b, line, 10) for a, b in spans]
    out = (Part(union(skin), "silicone"), Part(union(core), "cobalt_chromium"))
    return (*out, Part(union(*tips, *coils), "platinum"))


def _generator(curve: Curve, width_mm: float, thick_mm: float) -> Parts:
    """The can behind the curve's end: shell, battery and circuit board; the header with the leads' plugs."""
    w, h = width_mm, 0.82 * width_mm
    outline = rounded([(-w / 2, -h), (w / 2, -h), (w / 2, 0), (-w / 2, 0)], 0.28 * w)
    header = rounded([(-0.4 * w, 0.3), (0.4 * w, 0.3), (0.3 * w, 0.28 * w), (-0.4 * w, 0.28 * w)], 0.08 * w)
    battery = rounded(
        [(-0.4 * w, -0.92 * h), (0.4 * w, -0.92 * h), (0.4 * w, -0.5 * h), (-0.4 * w, -0.5 * h)], 3
    )
    board = [(-0.38 * w, -0.42 * h), (0.38 * w, -0.42 * h), (0.3 * w, -0.16 * h), (-0.3 * w, -0.16 * h)]
    shell = difference(
        _slab(outline, thick_mm), _slab(rounded(outline * 0.98 - [0, 0.01 * h], 2), thick_mm - 0.7)
    )
    plugs = union(cylinder(3.0, 2.0, 9.0), shifted(cylinder(3.0, 2.0, 9.0), (0.18 * w, 0, 0)))
    plug = shifted(plugs, (-0.1 * w, 0, 0.27 * w))
    down = -curve.axes[-1, 2] * [1.0, 0.3, 1.0]
    drop = np.array([0.0, 0, -1.0]) if abs(down[2]) < 0.3 else down

    pose = curve.points_mm[-1] + 1.6 * drop / np.linalg.norm(drop)

    def laid(body: Mesh) -> Mesh:
        """x, z of the can's plane; the header's top at the lead's end, the can below it."""
        return placed(shifted(body, (0, 0, -0.28 * w - 0.3)), pose, -drop, (1.0, 0, 0))

    solid_header = difference(_slab(header, thick_mm - 1.0), plug)
    return (
        Part(laid(shell), "titanium"),
        Part(laid(_slab(battery, thick_mm - 2.0)), "glass"),
        Part(laid(_slab(np.array(board), 2.5)), "aluminium"),
        Part(laid(solid_header), "epoxy"),
        Part(laid(plug), "steel_316l"),
    )


def _slab(outline: Outline, thick_mm: float) -> Mesh:
    """An outline in the x-z plane, as thick along y."""
    flat = extruded(outline, thick_mm)
    x, y, z = flat.vertices_mm.T
    return Mesh(np.stack([x, thick_mm / 2 - z, y], axis=1), flat.faces)


def leadless_pacemaker(diameter_mm: float, length_mm: float, tines: int) -> Parts:
    """A capsule in the right ventricle: its battery in a titanium shell, tines or a helix at its tip."""
    shell = lathed(
        (
            *((-2.0, 0.0), (-2.0, diameter_mm / 2), (-length_mm, diameter_mm / 2), (-length_mm, 0.0)),
            *((-length_mm + 0.4, 0.0), (-length_mm + 0.4, diameter_mm / 2 - 0.4)),
            *((-2.4, diameter_mm / 2 - 0.4), (-2.4, 0.0)),
        ),
        facets=24,
    )
    battery = cylinder(diameter_mm - 1.2, 0.35 * length_mm, length_mm - 0.8, facets=24)
    if not tines:
        screw = helix(diameter_mm / 2 - 1.0, 0.9, 1.85)
        grip = union(pipe(0.5, 0.2, 0.0, screw.length_mm, screw, 6), cylinder(2.0, 1.0, 1.99))
        return Part(shell, "titanium"), Part(battery, "glass"), Part(grip, "platinum")
    hooks = []
    for angle in 2 * np.pi * np.arange(tines) / tines:
        bow = np.radians(np.linspace(0, 200, 16))
        r, z = diameter_mm / 2 - 0.6 + 2.6 * (1 - np.cos(bow)) / 2, -1.9 + 1.75 * np.sin(bow) + 0.0 * bow
        hooks.append(through(np.stack([r * np.cos(angle), r * np.sin(angle), z], axis=1)))
    grip = union(pipe(0.3, 0.1, 0.0, hook.length_mm, hook, 6) for hook in hooks)
    return Part(shell, "titanium"), Part(battery, "glass"), Part(grip, "nitinol")


def loop_recorder(length_mm: float, width_mm: float, thick_mm: float) -> Parts:
    """A flat capsule below the skin: titanium half with its battery, polymer half with the aerial."""
    half, w = 0.6 * length_mm, width_mm
    can = rounded(
        [(-w / 2, -length_mm), (w / 2, -length_mm), (w / 2, -length_mm + half), (-w / 2, -length_mm + half)],
        w / 4,
    )
    head = rounded(
        [(-w / 2, -length_mm + half + 0.1), (w / 2, -length_mm + half + 0.1), (w / 2, 0), (-w / 2, 0)], w / 4
    )
    inner = np.array([0.0, -length_mm + half / 2]) + (can - [0.0, -length_mm + half / 2]) * 0.88
    aerial = _slab([(-w / 4, -0.34 * length_mm), (w / 4, -0.34 * length_mm), (w / 4, -3), (-w / 4, -3)], 0.4)
    return (
        Part(difference(_slab(can, thick_mm), _slab(inner, thick_mm - 0.7)), "titanium"),
        Part(_slab(inner, thick_mm - 1.4), "glass"),
        Part(difference(_slab(head, thick_mm), aerial), "epoxy"),
        Part(aerial, "titanium"),
    )


def bileaflet_valve(diameter_mm: float, open_deg: float) -> Parts:
    """A ring of pyrolytic carbon in a sewing cuff, a stiffening ring of titanium, two half discs.

    Carbon is taken as carbon fibre; the leaflets, which are made opaque with tungsten, as alumina.
    """
    inner, outer = diameter_mm - 5.5, diameter_mm - 2.2
    housing = pipe(outer - 0.9, inner, -3.5, 3.5, facets=48)
    stiff = pipe(outer, outer - 0.85, -1.0, 1.0, facets=48)
    cuff = hoop(ring_line(outer + 1.2, 48), 1.0, 8)
    r = inner / 2 - 0.25
    angle = np.radians(np.linspace(-78, 78, 24))
    half_disc = r * np.stack([np.sin(angle), np.cos(angle) - np.cos(angle[0])], axis=1)
    leaf = extruded(half_disc, 0.65)
    lean = np.radians(open_deg)
    leaves = [
        placed(leaf, (0, sign * 1.8, -2.5), (0, -sign * np.sin(lean), np.cos(lean)), (sign, 0, 0))
        for sign in (-1, 1)
    ]
    return (
        Part(housing, "carbon_fibre"),
        Part(stiff, "titanium"),
        Part(cuff, "polyester"),
        Part(union(leaves), "alumina"),
    )


def bioprosthesis(diameter_mm: float, length_mm: float) -> Parts:
    """A tissue valve's stent: a wire with three posts, a foot's band, the sewing cuff; +z with the flow."""
    turn = np.arange(96) / 96
    post = np.abs(((3 * turn) % 1) * 2 - 1) ** 2.2
    z = -length_mm / 2 + 1.5 + (length_mm - 3.0) * post
    r = (diameter_mm / 2 - 1.5) * (1 - 0.06 * post)
    crown = np.stack([r * np.cos(2 * np.pi * turn), r * np.sin(2 * np.pi * turn), z], axis=1)
    low = length_mm / 2 - 0.7
    foot = pipe(diameter_mm - 1.6, diameter_mm - 2.2, low - 0.6, low + 0.6, facets=48)
    cuff = hoop(ring_line(diameter_mm + 1.0, 48, -low), 2.4, 8)
    return Part(union(hoop(crown, 1.0, 6), foot), "cobalt_chromium"), Part(cuff, "polyester")


def annuloplasty_ring(diameter_mm: float, closed: bool) -> Parts:
    """A titanium core in silicone: the D of the mitral ring, or an open C for the tricuspid valve."""
    span = 2 * np.pi if closed else np.radians(280)
    angle = np.linspace(0, span, 65)[:-1] + (0 if closed else np.radians(130))
    x, y = diameter_mm / 2 * np.cos(angle), 0.36 * diameter_mm * np.sin(angle)
    line = np.stack([x, np.where(y < 0, 0.75 * y, y), 0.06 * diameter_mm * np.cos(2 * angle)], axis=1)
    if closed:
        return (Part(hoop(line, 1.4, 8), "titanium"),)
    curve = Curve(line)
    return (
        Part(pipe(3.0, 1.55, 0.0, curve.length_mm, curve), "silicone"),
        Part(cylinder(1.5, 0.5, curve.length_mm - 0.5, curve), "titanium"),
    )
