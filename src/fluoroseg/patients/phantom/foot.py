"""The phantom's foot bones: seven tarsals, five metatarsals, fourteen phalanges (left, mirrored)."""

from fluoroseg.patients.phantom.compounds import Union
from fluoroseg.patients.phantom.drawing import Part, bone, both_sides, within
from fluoroseg.patients.phantom.shapes import Ellipsoid, Point, Shape, Tube

# Great toe first: base and head of the metatarsal, then each following joint up to the tip.
_RAYS: tuple[tuple[Point, ...], ...] = (
    ((73, -66, 34), (66, -120, 13), (66, -148, 12), (67, -166, 10)),
    ((80, -70, 36), (80, -126, 13), (79, -146, 12), (79, -156, 10), (79, -164, 9)),
    ((89, -67, 34), (91, -121, 13), (91, -139, 12), (91, -148, 10), (91, -156, 9)),
    ((98, -62, 30), (102, -113, 12), (102, -129, 11), (102, -137, 10), (102, -144, 9)),
    ((108, -54, 24), (113, -102, 11), (113, -116, 10), (113, -123, 9), (113, -130, 8)),
)
_TOE_SEGMENTS = (("proximal", "distal"), *4 * (("proximal", "middle", "distal"),))


def foot() -> list[Part]:
    """All bones of the foot in drawing order."""
    tarsals = [bone(f"{name}_{{}}", shape, 1.5, 280, 800) for name, shape in _tarsals().items()]
    return within("leg", both_sides([*tarsals, *_rays()]))


def toe_paths() -> tuple[tuple[Point, ...], ...]:
    """Of each toe, great toe first: the points along its metatarsal and phalanges."""
    return _RAYS


def _tarsals() -> dict[str, Shape]:
    return {
        "talus": Union(
            (
                Tube(((84, 20, 68), (84, -4, 68)), 15, (1.05, 1.0, 1.0)),
                Tube(((82, -6, 64), (77, -26, 56)), (13, 12.5)),
            )
        ),
        "calcaneus": Union(
            (
                Tube(((89, 10, 38), (88, 34, 30), (88, 52, 26)), (14, 14, 16.5), (0.95, 1.0, 1.0)),
                Tube(((92, 6, 40), (97, -20, 36)), (13, 11)),
            )
        ),
        "navicular": Tube(((68, -41, 44), (77, -43, 50), (85, -40, 46)), (8.5, 9, 8), (1.0, 0.7, 1.15)),
        "cuboid": Tube(((98, -34, 34), (101, -48, 28)), (11.5, 9.5)),
        "cuneiform_medial": Tube(((70, -52, 40), (72, -60, 36)), (9, 9), (0.85, 0.9, 1.2)),
        "cuneiform_intermediate": Ellipsoid((80, -58, 44), (6.5, 9, 9)),
        "cuneiform_lateral": Ellipsoid((88, -54, 40), (7, 11, 10)),
    }


def _rays() -> list[Part]:
    parts = []
    for ray, (points, segments) in enumerate(zip(_RAYS, _TOE_SEGMENTS, strict=True), 1):
        thick = 7.2 if ray == 1 else 4.6
        metatarsal = small_bone(points[0], points[1], thick * 1.15, thick * 0.75, thick * 1.05, 0.0, 0.05)
        parts.append(bone(f"metatarsal_{ray}_{{}}", metatarsal, 1.7, 200, 1000))
        for n, segment in enumerate(segments):
            size = max(3.9, thick * (0.95, 0.85, 0.8)[n if ray > 1 else 2 * n])  # not below a voxel
            shape = small_bone(points[n + 1], points[n + 2], size, size * 0.72, size * 0.8, 0.1, 0.03)
            name = f"phalanx_{segment}_foot_{ray}_{{}}"
            parts.append(bone(name, shape, 1.5, 220, 900))
    return parts


def small_bone(
    start: Point, end: Point, base: float, waist: float, head: float, gap_start: float, gap_end: float
) -> Tube:
    """A small tubular bone between two joints; gaps are shares of its length that the joint spaces take."""

    def at(share: float) -> Point:
        x, y, z = (s + (e - s) * share for s, e in zip(start, end, strict=True))
        return x, y, z

    length = sum((e - s) ** 2 for s, e in zip(start, end, strict=True)) ** 0.5
    near, far = gap_start + base * 0.8 / length, 1 - gap_end - head * 0.8 / length
    near, far = min(near, 0.45), max(far, 0.55)
    return Tube(
        (at(near), at(0.75 * near + 0.25 * far), at(0.3 * near + 0.7 * far), at(far)),
        (base, waist, waist, head),
    )
