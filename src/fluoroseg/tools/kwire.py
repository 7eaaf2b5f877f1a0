"""The K-wire: a thin steel cylinder with a cone tip."""

from functools import cache, partial

from fluoroseg.errors import UsageError
from fluoroseg.tools.lathe import lathe
from fluoroseg.tools.tool import Tool

_TIP_LENGTHS = 2.5  # cone length in diameters


@cache
def kwire(diameter_mm: float = 2.0, length_mm: float = 150.0) -> Tool:
    """A Kirschner wire of stainless steel. UsageError for sizes that are none."""
    if not (0.1 <= diameter_mm <= 10 and length_mm > 2 * _TIP_LENGTHS * diameter_mm):
        raise UsageError(f"a K-wire is .1-10 mm thick and longer, not {diameter_mm} x {length_mm} mm")
    size = f"{diameter_mm:g} mm" if diameter_mm % 1 else f"{diameter_mm:.1f} mm"
    radius = diameter_mm / 2
    return Tool(
        name=f"k-wire {size}",
        family="k-wire",
        description=f"Kirschner wire, stainless steel, {size} thick, {length_mm:g} mm long, trocar tip",
        material="stainless_steel",
        length_mm=length_mm,
        phrases=("k-wire", "Kirschner wire", "wire", "pin", f"k-wire {size}", f"{size} k-wire"),
        build=partial(lathe, ((0.0, 0.0), (-_TIP_LENGTHS * diameter_mm, radius), (-length_mm, radius))),
    )
