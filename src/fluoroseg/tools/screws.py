"""Screws and pins for bone: shafts of rings, with threads that wind around them, and heads with sockets.

Frame: the tip at the origin, the head or tail at -z.
"""

import numpy as np
from jaxtyping import Float

from fluoroseg.tools.lathe import lathe, rings
from fluoroseg.tools.tool import Part

FACETS = 36
PER_TURN = 12
"""Points around a ring, and rings to a turn of a thread."""

_TIP_LENGTHS = 2.5  # cone length of a wire's tip in diameters


def pin(diameter_mm: float, length_mm: float) -> tuple[Part, ...]:
    """A steel cylinder with a cone tip."""
    radius = diameter_mm / 2
    body = lathe([(0.0, 0.0), (-_TIP_LENGTHS * diameter_mm, radius), (-length_mm, radius)])
    return (Part(body, "stainless_steel"),)


def cortical(
    diameter_mm: float, length_mm: float, core_mm: float, pitch_mm: float, head_mm: float, socket_mm: float
) -> tuple[Part, ...]:
    """A fully threaded steel screw with a round head and a hexagonal socket."""
    neck = -(length_mm - 0.55 * head_mm)
    shaft_z = thread_heights(0, neck, pitch_mm)
    shaft = thread(shaft_z, core_mm, diameter_mm, pitch_mm, 0, neck)
    # The head: a bowl below, a dome above, and a hexagonal socket down its middle.
    bowl = np.radians(np.linspace(20, 90, 8))
    bowl_z, bowl_r = neck - 0.35 * head_mm * (1 - np.cos(bowl)), head_mm / 2 * np.sin(bowl)
    dome = np.radians(np.linspace(15, 60, 5))
    dome_z = bowl_z[-1] - (-length_mm - bowl_z[-1]) * -np.sin(dome) / np.sin(dome[-1])
    socket_z = np.array([-length_mm, -length_mm + 0.4 * head_mm])
    round_r = np.concatenate([np.maximum(bowl_r, core_mm / 2), head_mm / 2 * np.cos(dome)])
    z = np.concatenate([shaft_z, bowl_z, dome_z, socket_z])
    hexagon = hexagonal(socket_mm)
    body = rings(z, np.concatenate([shaft, np.repeat(round_r[:, None], FACETS, axis=1), [hexagon, hexagon]]))
    return (Part(body, "stainless_steel"),)


def thread_heights(start_mm: float, end_mm: float, pitch_mm: float) -> Float[np.ndarray, " ring"]:
    """Heights of the rings of a threaded shaft, from the tip down."""
    return np.linspace(start_mm, end_mm, int(np.ceil((start_mm - end_mm) / pitch_mm * PER_TURN)) + 1)


def thread(
    z_mm: Float[np.ndarray, " ring"],
    core_mm: float,
    thread_mm: float,
    pitch_mm: float,
    start_mm: float,
    end_mm: float,
) -> Float[np.ndarray, "ring facet"]:
    """Radius along a threaded shaft between two heights: a right-handed buttress, one pitch a turn.

    At the start the core narrows to a point over one diameter; at the end the thread runs out.
    """
    angle = np.arange(FACETS) / FACETS
    phase = (z_mm[:, None] / pitch_mm - angle) % 1.0
    tooth = np.clip(np.minimum(phase / 0.15, (0.75 - phase) / 0.45), 0, 1)
    tip = np.clip((start_mm - z_mm) / core_mm, 0, 1)[:, None]
    run_out = np.clip((z_mm - end_mm) / (2 * pitch_mm) - 0.5, 0, 1)[:, None]
    return core_mm / 2 * np.sqrt(tip) + (thread_mm - core_mm) / 2 * np.minimum(tip, run_out) * tooth


def hexagonal(flats_mm: float) -> Float[np.ndarray, " facet"]:
    """Radii of a hexagon of a width across its flats."""
    angle = 2 * np.pi * np.arange(FACETS) / FACETS
    return flats_mm / 2 / np.cos((angle + np.pi / 6) % (np.pi / 3) - np.pi / 6)
