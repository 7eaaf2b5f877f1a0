"""Bodies, cameras and poses for the tests of meshes."""

import numpy as np

from fluoroseg.geometry.camera import Camera, aim
from fluoroseg.project.mesh import Mesh, Solid, SolidProjection, project_solids
from fluoroseg.tools import rings


def view(size: int = 64, field_mm: float = 300.0, mirror: bool = False) -> Camera:
    """Along +y through the origin, a little off centre and off the axes, so that no ray is special."""
    beam, up = np.array([0.1, 1.0, 0.03]), np.array([0.02, 0.0, 1.0])
    return aim(np.array([0.37, 0, 0.71]), beam, up, 620.0, 1020.0, field_mm / size, (size, size), mirror)


def rays(camera: Camera) -> np.ndarray:
    """Unit vectors from the source to each pixel, `[h, w, 3]`."""
    row, column = np.indices(camera.shape)
    ray = camera.origin_mm + row[..., None] * camera.down_mm + column[..., None] * camera.right_mm
    ray = ray - camera.source_mm
    return ray / np.linalg.norm(ray, axis=-1, keepdims=True)


def posed(seed: int = 0, shift_mm: tuple[float, float, float] = (0, 0, 0)) -> np.ndarray:
    """A random rotation, and a shift."""
    q = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))[0]
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = q * np.sign(np.linalg.det(q)), shift_mm
    return pose


def ball(radius_mm: float = 40.0, belts: int = 24) -> Mesh:
    """A sphere with its corners on the true one."""
    polar = np.pi * np.arange(belts + 1) / belts
    return rings(
        radius_mm * np.cos(polar), np.repeat(radius_mm * np.abs(np.sin(polar))[:, None], 2 * belts, axis=1)
    )


def box(half_mm: tuple[float, float, float] = (30.0, 20.0, 45.0)) -> Mesh:
    """Twelve faces."""
    corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]) * np.array(
        half_mm, dtype=float
    )
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    return Mesh(corners, np.array([f for a, b, c, d in quads for f in ((a, b, c), (a, c, d))]))


def torus(around: int = 32, across: int = 16, ring_mm: float = 40.0, tube_mm: float = 15.0) -> Mesh:
    u, w = np.meshgrid(np.arange(around) / around, np.arange(across) / across, indexing="ij")
    u, w = 2 * np.pi * u, 2 * np.pi * w
    reach = ring_mm + tube_mm * np.cos(w)
    vertices = np.stack([reach * np.cos(u), reach * np.sin(u), tube_mm * np.sin(w)], axis=-1).reshape(-1, 3)
    i, j = np.indices((around, across))
    a, b = i * across + j, (i + 1) % around * across + j
    c, d = (i + 1) % around * across + (j + 1) % across, i * across + (j + 1) % across
    faces = [np.stack(corners, axis=-1).reshape(-1, 3) for corners in ((a, b, c), (a, c, d))]
    return Mesh(vertices, np.concatenate(faces))


def bumpy(seed: int, belts: int = 12) -> Mesh:
    """A closed star of random radii: many rays cross it several times."""
    mesh = ball(1.0, belts)
    radius = np.random.default_rng(seed).uniform(15, 60, len(mesh.vertices_mm))
    return Mesh(mesh.vertices_mm * radius[:, None], mesh.faces)


def joined(*meshes: Mesh) -> Mesh:
    """Several bodies in one mesh."""
    start = np.cumsum([0] + [len(m.vertices_mm) for m in meshes])
    return Mesh(
        np.concatenate([m.vertices_mm for m in meshes]),
        np.concatenate([m.faces + s for m, s in zip(meshes, start, strict=False)]),
    )


def moved(mesh: Mesh, shift_mm: tuple[float, float, float]) -> Mesh:
    return Mesh(mesh.vertices_mm + np.array(shift_mm), mesh.faces)


def seen(mesh: Mesh, camera: Camera, pose: np.ndarray | None = None) -> SolidProjection:
    """One body, key "it", of iron."""
    return project_solids([Solid("it", mesh, np.eye(4) if pose is None else pose, "iron")], camera)
