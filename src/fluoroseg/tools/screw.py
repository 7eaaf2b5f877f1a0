"""Cortical bone screws: a round head with a hexagonal socket, a core, and a thread that winds around it."""

from dataclasses import dataclass
from functools import cache, partial

import numpy as np
from jaxtyping import Float

from fluoroseg.errors import UsageError
from fluoroseg.project.mesh import Mesh
from fluoroseg.tools.lathe import rings
from fluoroseg.tools.tool import Tool

_FACETS = 36
_PER_TURN = 12
"""Points around a ring, and rings to a turn of the thread."""


@dataclass(frozen=True)
class CorticalSize:
    """Shallow thread of a cortical bone screw (ISO 5835, type HA), mm."""

    thread_mm: float
    core_mm: float
    pitch_mm: float
    head_mm: float
    socket_mm: float
    """Across the flats of the hexagon."""


CORTICAL = {
    2.7: CorticalSize(2.7, 1.9, 1.0, 5.0, 2.5),
    3.5: CorticalSize(3.5, 2.4, 1.25, 6.0, 2.5),
    4.5: CorticalSize(4.5, 3.0, 1.75, 8.0, 3.5),
}
"""Nominal diameter -> the screw's measures."""


@cache
def cortical_screw(diameter_mm: float = 4.5, length_mm: float = 40.0) -> Tool:
    """A cortical screw of stainless steel, tip to the top of its head `length_mm` long.

    Raises UsageError for a diameter that is not in `CORTICAL` or a length outside 8-150 mm.
    """
    if diameter_mm not in CORTICAL or not 8 <= length_mm <= 150:
        raise UsageError(
            f"cortical screws are {', '.join(f'{d:g}' for d in CORTICAL)} mm thick and 8-150 mm long, "
            f"not {diameter_mm:g} x {length_mm:g} mm"
        )
    size = f"{diameter_mm:g} x {length_mm:g} mm"
    return Tool(
        name=f"cortical screw {size}",
        family="cortical screw",
        description=f"cortical bone screw, stainless steel, {diameter_mm:g} mm thick, {length_mm:g} mm long, "
        "hexagonal socket",
        material="stainless_steel",
        length_mm=length_mm,
        phrases=("screw", "cortical screw", "cortex screw", "bone screw", f"cortical screw {size}"),
        build=partial(_mesh, CORTICAL[diameter_mm], length_mm),
    )


def _mesh(size: CorticalSize, length_mm: float) -> Mesh:
    head, neck = size.head_mm / 2, -(length_mm - 0.55 * size.head_mm)
    shaft_z = np.linspace(0, neck, int(np.ceil(-neck / size.pitch_mm * _PER_TURN)) + 1)
    shaft = _thread(size, shaft_z, neck)
    # The head: a bowl below, a dome above, and a hexagonal socket down its middle.
    bowl = np.radians(np.linspace(20, 90, 8))
    bowl_z, bowl_r = neck - 0.35 * size.head_mm * (1 - np.cos(bowl)), head * np.sin(bowl)
    dome = np.radians(np.linspace(15, 60, 5))
    dome_z = bowl_z[-1] - (-length_mm - bowl_z[-1]) * -np.sin(dome) / np.sin(dome[-1])
    socket_z = np.array([-length_mm, -length_mm + 0.4 * size.head_mm])
    angle = 2 * np.pi * np.arange(_FACETS) / _FACETS
    hexagon = size.socket_mm / 2 / np.cos((angle + np.pi / 6) % (np.pi / 3) - np.pi / 6)
    round_r = np.concatenate([np.maximum(bowl_r, size.core_mm / 2), head * np.cos(dome)])
    z = np.concatenate([shaft_z, bowl_z, dome_z, socket_z])
    return rings(z, np.concatenate([shaft, np.repeat(round_r[:, None], _FACETS, axis=1), [hexagon, hexagon]]))


def _thread(
    size: CorticalSize, z_mm: Float[np.ndarray, " ring"], neck_mm: float
) -> Float[np.ndarray, "ring facet"]:
    """Radius along the shaft: a buttress that climbs one pitch a turn and runs out at tip and neck."""
    angle = np.arange(_FACETS) / _FACETS
    phase = (z_mm[:, None] / size.pitch_mm - angle) % 1.0
    tooth = np.clip(np.minimum(phase / 0.15, (0.75 - phase) / 0.45), 0, 1)
    tip = np.clip(-z_mm / size.core_mm, 0, 1)[:, None]  # the core narrows to a point over one diameter
    run_out = np.clip((z_mm - neck_mm) / (2 * size.pitch_mm) - 0.5, 0, 1)[:, None]
    depth = (size.thread_mm - size.core_mm) / 2 * np.minimum(tip, run_out)
    return size.core_mm / 2 * np.sqrt(tip) + depth * tooth
