"""Screws and pins for bone: shafts of rings, with threads that wind around them, and heads with sockets.

Frame: the tip at the origin, the head or tail at -z.
"""

import numpy as np
from jaxtyping import Float

from fluoroseg.project.mesh_body import Mesh
from fluoroseg.tools.lathe import lathe, rings
from fluoroseg.tools.tool import Part

FACETS = 36
"""Points around a ring."""

_PER_TURN = 12
_MOST_RINGS = 480
"""A long thread gets fewer rings to a turn, so that no screw has more than 40,000 faces."""

_TIP_LENGTHS = 2.5  # cone length of a wire's tip in diameters


def pin(diameter_mm: float, length_mm: float) -> tuple[Part, ...]:
    """A steel cylinder with a cone tip."""
    radius = diameter_mm / 2
    body = lathe([(0.0, 0.0), (-_TIP_LENGTHS * diameter_mm, radius), (-length_mm, radius)])
    return (Part(body, "stainless_steel"),)


def threaded_pin(
    diameter_mm: float, length_mm: float, threaded_mm: float, pitch_mm: float
) -> tuple[Part, ...]:
    """A steel pin with a self-drilling tip and a thread as thick as its shaft."""
    body = _turned(diameter_mm, threaded_mm, 0.78 * diameter_mm, pitch_mm, [(length_mm, diameter_mm)])
    return (Part(body, "stainless_steel"),)


def bone_screw(
    diameter_mm: float,
    length_mm: float,
    core_mm: float,
    pitch_mm: float,
    head_mm: float,
    socket_mm: float,
    threaded_mm: float = 0.0,
    shaft_mm: float = 0.0,
    bore_mm: float = 0.0,
    material: str = "stainless_steel",
) -> tuple[Part, ...]:
    """A screw with a round head and a hexagonal socket.

    threaded_mm: of the tip; 0: up to the head.  shaft_mm: thickness where it is smooth; 0: as its core.
    bore_mm: of the hole along a cannulated screw; 0: none.
    """
    neck = length_mm - 0.55 * head_mm
    bowl, dome = np.radians(np.linspace(20, 90, 8)), np.radians(np.linspace(15, 60, 5))
    bowl_z, bowl_r = neck + 0.35 * head_mm * (1 - np.cos(bowl)), head_mm / 2 * np.sin(bowl)
    dome_z = bowl_z[-1] + (length_mm - bowl_z[-1]) * np.sin(dome) / np.sin(dome[-1])
    head = [*zip(bowl_z, 2 * np.maximum(bowl_r, core_mm / 2), strict=True)]
    head += zip(dome_z, head_mm * np.cos(dome), strict=True)
    if threaded_mm:
        head = [(neck - 0.01, shaft_mm or core_mm), *head]
    body = _turned(diameter_mm, threaded_mm or neck, core_mm, pitch_mm, head, socket_mm, bore_mm)
    return (Part(body, material),)


def locking_screw(
    diameter_mm: float, length_mm: float, core_mm: float, pitch_mm: float, head_mm: float, socket_mm: float
) -> tuple[Part, ...]:
    """A screw of titanium alloy whose conical head is threaded too."""
    neck, ridges = length_mm - 0.75 * head_mm, 6
    z = np.linspace(neck, length_mm, 2 * ridges)
    wide = np.linspace(0.72, 1.0, ridges).repeat(2) * head_mm - 0.06 * head_mm * (np.arange(2 * ridges) % 2)
    head = list(zip(z, wide, strict=True))
    body = _turned(diameter_mm, neck, core_mm, pitch_mm, head, socket_mm)
    return (Part(body, "titanium_alloy"),)


def headless_screw(
    diameter_mm: float, length_mm: float, core_mm: float, pitch_mm: float, tail_mm: float, bore_mm: float
) -> tuple[Part, ...]:
    """A cannulated screw of titanium alloy with a finer, wider thread at its tail (Herbert)."""
    fore, aft = 0.35 * length_mm, 0.28 * length_mm
    z = -_heights(length_mm, 0.8 * pitch_mm)
    leading = _thread(z, core_mm, diameter_mm, pitch_mm, fore)
    trailing = _teeth(z / (0.8 * pitch_mm)) * (tail_mm - core_mm) / 2
    trailing *= np.clip((-z - (length_mm - aft)) / pitch_mm, 0, 1)[:, None]
    outer = np.maximum(leading + trailing, bore_mm / 2 + 0.15)
    inner = np.full((2, FACETS), bore_mm / 2)
    body = rings(np.concatenate([z, [-length_mm, 0.0]]), np.concatenate([outer, inner]), bored=True)
    return (Part(body, "titanium_alloy"),)


def washer(diameter_mm: float, hole_mm: float, thick_mm: float) -> tuple[Part, ...]:
    """A ring under a screw's head; its lower face at the origin, +z towards the bone."""
    outer, inner = diameter_mm / 2, hole_mm / 2
    profile = [(0.0, outer), (-0.5 * thick_mm, outer), (-thick_mm, 0.8 * outer), (-thick_mm, 1.2 * inner)]
    return (Part(lathe([*profile, (-0.6 * thick_mm, inner), (0.0, inner)], 48, bored=True), "steel_316l"),)


def ridged(
    diameter_mm: float, core_mm: float, length_mm: float, pitch_mm: float, head_mm: float = 0.0
) -> Mesh:
    """A screw of few faces for sets of several: its thread does not climb, its head is a flat disc."""
    turns = max(int((length_mm - core_mm - 0.4 * head_mm) / pitch_mm), 1)
    z, profile = core_mm, [(0.0, 0.1 * core_mm), (-core_mm, core_mm / 2)]
    for _ in range(turns):
        crest = [(z + 0.15 * pitch_mm, diameter_mm / 2), (z + 0.3 * pitch_mm, diameter_mm / 2)]
        profile += [(-at, r) for at, r in [*crest, (z + 0.75 * pitch_mm, core_mm / 2)]]
        z += pitch_mm
    profile.append((-(length_mm - 0.4 * head_mm), core_mm / 2))
    if head_mm:
        profile += [(-(length_mm - 0.4 * head_mm), head_mm / 2), (-length_mm, 0.45 * head_mm)]
    return lathe(profile, 20)


def _turned(
    diameter_mm: float,
    threaded_mm: float,
    core_mm: float,
    pitch_mm: float,
    rest: list[tuple[float, float]],
    socket_mm: float = 0.0,
    bore_mm: float = 0.0,
) -> Mesh:
    """A thread from the tip on, then rings of (distance from the tip, diameter), then a hexagonal socket."""
    z = -_heights(threaded_mm, pitch_mm)
    shaft = np.maximum(_thread(z, core_mm, diameter_mm, pitch_mm, threaded_mm), 0.7 * bore_mm)
    if rest[0][1] > 1.05 * core_mm and len(rest) != 1:
        rest = [(threaded_mm + 0.5 * pitch_mm, rest[0][1]), *rest]
    elif len(rest) == 1:
        rest = [(threaded_mm + 0.2 * pitch_mm, rest[0][1]), *rest]
    depth, wide = np.array(rest).T
    parts = [shaft, np.repeat(wide[:, None] / 2, FACETS, axis=1)]
    heights = [z, -depth]
    if socket_mm:
        sides = _hexagon(socket_mm)
        parts.append(np.array([sides, sides]))
        heights.append(np.array([-depth[-1], -depth[-1] + 0.4 * wide.max()]))
    if bore_mm:
        parts.append(np.full((2, FACETS), bore_mm / 2))
        heights.append(np.array([heights[-1][-1], 0.0]))
    return rings(np.concatenate(heights), np.concatenate(parts), bored=bore_mm > 0)


def _heights(length_mm: float, pitch_mm: float) -> Float[np.ndarray, " ring"]:
    return np.linspace(0, length_mm, min(int(np.ceil(length_mm / pitch_mm * _PER_TURN)), _MOST_RINGS) + 1)


def _thread(
    z_mm: Float[np.ndarray, " ring"], core_mm: float, thread_mm: float, pitch_mm: float, end_mm: float
) -> Float[np.ndarray, "ring facet"]:
    """Radius of a threaded shaft from the tip at 0 to -end_mm.

    Over the first diameter the core narrows to a point; at the end the thread runs out.
    """
    tip = np.clip(-z_mm / core_mm, 0, 1)[:, None]
    run_out = np.clip((z_mm + end_mm) / (2 * pitch_mm) - 0.5, 0, 1)[:, None]
    depth = (thread_mm - core_mm) / 2 * np.minimum(tip, run_out)
    return core_mm / 2 * np.sqrt(tip) + depth * _teeth(z_mm / pitch_mm)


def _teeth(turns: Float[np.ndarray, " ring"]) -> Float[np.ndarray, "ring facet"]:
    """A right-handed buttress thread: 0 at its root, 1 at its crest, one turn a pitch."""
    phase = (turns[:, None] - np.arange(FACETS) / FACETS) % 1.0
    return np.clip(np.minimum(phase / 0.15, (0.75 - phase) / 0.45), 0, 1)


def _hexagon(flats_mm: float) -> Float[np.ndarray, " facet"]:
    """Radii of a hexagon of a width across its flats."""
    angle = 2 * np.pi * np.arange(FACETS) / FACETS
    return flats_mm / 2 / np.cos((angle + np.pi / 6) % (np.pi / 3) - np.pi / 6)
