"""The small scene that other renderers drew once and that ours must draw alike. NumPy alone."""

import numpy as np

STRUCTURES = {1: "rest", 2: "ellipsoid", 3: "rod", 4: "plate"}
SIZE = 64
PHOTONS_OF_KEV = {30: 1.0, 45: 3.0, 60: 3.0, 75: 2.0, 90: 1.0}
"""The beam of the polyenergetic picture."""
METALS = {"sphere": "titanium", "box": "iron", "screw": "aluminium"}
BEAMS = {"frontal": (0.02, 1.0, 0.01), "oblique": (0.62, 0.55, 0.4), "steep": (-0.3, 0.35, 0.85)}


def volume() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """HU int16, labels uint16 [48, 40, 56], world_from_index 4x4; 1.5 x 2.0 x 1.2 mm, turned about all axes.

    HU 40-1500 throughout, where density is linear in HU, and 40 in the outer two layers: the integral of
    HU - 40 does not depend on what a renderer thinks of a volume's border.
    """
    shape = (48, 40, 56)
    i, j, k = np.indices(shape)
    labels = np.ones(shape, dtype=np.uint16)
    labels[((i - 20) / 11) ** 2 + ((j - 20) / 9) ** 2 + ((k - 25) / 16) ** 2 < 1] = 2
    labels[((i - 35) / 5) ** 2 + ((j - 14) / 4) ** 2 < 1] = 3
    labels[10:40, 28:31, 8:48] = 4
    inside = np.zeros(shape, dtype=bool)
    inside[2:-2, 2:-2, 2:-2] = True
    labels[~inside] = 1
    base = np.array([0, 60, 300, 900, 1300])[labels]
    hu = base + np.random.default_rng(11).integers(-20, 200, shape)
    hu[~inside] = 40
    world_from_index = np.eye(4)
    world_from_index[:3, :3] = turn(0.4, -0.3, 0.7) * np.array([1.5, 2.0, 1.2])
    world_from_index[:3, 3] = -world_from_index[:3, :3] @ ((np.array(shape) - 1) / 2)
    return hu.astype(np.int16), labels, world_from_index


def turn(about_x: float, about_y: float, about_z: float) -> np.ndarray:
    """Rotation about x, then y, then z, radians."""
    c, s = np.cos([about_x, about_y, about_z]), np.sin([about_x, about_y, about_z])
    x = np.array([[1, 0, 0], [0, c[0], -s[0]], [0, s[0], c[0]]])
    y = np.array([[c[1], 0, s[1]], [0, 1, 0], [-s[1], 0, c[1]]])
    return np.array([[c[2], -s[2], 0], [s[2], c[2], 0], [0, 0, 1]]) @ y @ x


def cameras() -> dict[str, dict]:
    """Arguments of `Camera` for each view: 300 mm from source to centre, 500 to the detector."""
    made = {}
    for name, beam in BEAMS.items():
        beam = np.array(beam) / np.linalg.norm(beam)
        right = np.cross(beam, [0.0, 0.1, 1.0])
        right /= np.linalg.norm(right)
        down = np.cross(beam, right)
        pixel_mm, half = 2.6, (SIZE - 1) / 2
        made[name] = {
            "source_mm": -300 * beam,
            "origin_mm": 200 * beam - half * pixel_mm * (right + down),
            "right_mm": pixel_mm * right,
            "down_mm": pixel_mm * down,
            "shape": (SIZE, SIZE),
        }
    return made


def meshes() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Closed surfaces, vertices [v, 3] mm in the world and faces [f, 3], counter-clockwise from outside.

    Tessellated finely: gVXR errs on large triangles.
    """
    bodies = {"sphere": _sphere, "box": _box, "screw": _screw}
    places = {"sphere": (-18, 5, 12), "box": (20, -8, 14), "screw": (0, 4, -18)}
    made = {}
    for name, body in bodies.items():
        points, (rows, columns) = body()
        made[name] = (points @ turn(0.5, 0.3, -0.4).T + places[name], _faces(rows, columns))
    return made


def _sphere() -> tuple[np.ndarray, tuple[int, int]]:
    """Radius 15 mm."""
    angle = np.linspace(0, np.pi, 121)[1:-1]
    return _revolve(15 * np.cos(angle), 15 * np.sin(angle)[:, None], ends=(15, -15))


def _box() -> tuple[np.ndarray, tuple[int, int]]:
    """24 x 16 x 20 mm: a sphere's net drawn out to a box, whose edges it cuts by less than its own step."""
    points, net = _sphere()
    wide = points / np.abs(points).max(axis=1, keepdims=True)
    return wide * np.array([12, 8, 10]), net


def _screw() -> tuple[np.ndarray, tuple[int, int]]:
    """70 mm long, 9 mm thick, with a thread of 5 mm pitch."""
    along = np.linspace(0, 1, 200)
    angle = np.arange(160) / 160
    thread = np.abs((along[:, None] * 14 - angle) % 1 - 0.5)
    return _revolve(35 - 70 * along, 4.5 - 2 * thread, ends=(35, -35))


def _revolve(
    height: np.ndarray, radius: np.ndarray, ends: tuple[float, float]
) -> tuple[np.ndarray, tuple[int, int]]:
    """Rings of 160 points at falling heights between two poles on the z axis."""
    angle = np.arange(160) / 160 * 2 * np.pi
    x, y = radius * np.cos(angle), radius * np.sin(angle)
    rings = np.stack([x, y, np.broadcast_to(height[:, None], x.shape)], axis=-1).reshape(-1, 3)
    poles = np.array([[0, 0, ends[0]], [0, 0, ends[1]]])
    return np.concatenate([rings, poles]), (len(height), 160)


def _faces(rows: int, columns: int) -> np.ndarray:
    """Triangles between neighbouring rings and from the first and last ring to the poles."""
    ring, place = np.meshgrid(np.arange(rows - 1), np.arange(columns), indexing="ij")
    a, b = (ring * columns + place).ravel(), (ring * columns + (place + 1) % columns).ravel()
    first, after = np.arange(columns), (np.arange(columns) + 1) % columns
    last, top, bottom = (rows - 1) * columns, np.full(columns, rows * columns), rows * columns + 1
    caps = [[top, first, after], [np.full(columns, bottom), last + after, last + first]]
    sides = [[a, a + columns, b], [b, a + columns, b + columns]]
    return np.concatenate([np.stack(f, axis=1) for f in (*sides, *caps)]).astype(np.int32)
