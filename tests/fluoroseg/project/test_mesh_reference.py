"""The mesh kernels are held to the plain reference, ray by ray, also where things go wrong."""

import numpy as np
import pytest
from mesh_shapes import ball, box, bumpy, joined, moved, posed, rays, seen, torus, view

from fluoroseg.geometry.camera import Camera
from fluoroseg.project.mesh import Mesh, Solid, project_solids
from fluoroseg.project.mesh_reference import cast_reference


def compare(solids: list[Solid], camera: Camera, at_least_hit: int = 50) -> None:
    """Paths, silhouettes, materials and covered intervals of every ray."""
    out = project_solids(solids, camera)
    assert set(out.repaired.values()) == {0}
    paths = {s.key: out.path_mm(s.key) for s in solids}
    hit = 0
    for row, column in np.ndindex(camera.shape):
        own, new = cast_reference(solids, camera, row, column)
        for key, path in paths.items():
            assert path[row, column] == pytest.approx(sum(b - a for a, b in own[key]), abs=1e-3)
        for material, path in out.material_mm.items():
            parts = [b - a for s in solids if s.material == material for a, b in new[s.key]]
            assert path[row, column] == pytest.approx(sum(parts), abs=1e-3)
        ray = row * camera.shape[1] + column
        spans = slice(out.cover.start[ray], out.cover.start[ray + 1])
        cover = list(zip(out.cover.enter_mm[spans], out.cover.leave_mm[spans], strict=True))
        united = _united(sorted(part for parts in new.values() for part in parts))
        if len(united) == len(cover):  # intervals less than a micron long or apart may differ
            assert np.allclose(np.ravel(cover), np.ravel(united), atol=2e-3)
        hit += bool(united)
    assert hit >= at_least_hit


def _united(parts: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Ascending intervals that touch made one."""
    united: list[tuple[float, float]] = []
    for low, high in parts:
        if united and low - united[-1][1] < 1e-6:
            united[-1] = (united[-1][0], high)
        else:
            united.append((low, high))
    return united


@pytest.mark.parametrize("seed", range(4))
def test_random_closed_meshes(seed: int):
    solids = [
        Solid("a", bumpy(seed), posed(seed, (-20, 0, 10)), "iron"),
        Solid("b", torus(12, 8), posed(seed + 10, (20, 0, 0)), "titanium"),
        Solid("c", bumpy(seed + 50), posed(seed + 20, (0, 40, 0)), "iron"),
    ]
    compare(solids, view(size=28, mirror=seed % 2 == 1))


@pytest.mark.parametrize(
    ("along", "aside", "least"),
    [
        pytest.param(0.0, 0.0, 0, id="through the source's plane"),
        pytest.param(5.0, 12.0, 0, id="around the source"),
        pytest.param(30.0, 20.0, 50, id="reaching behind the source"),
        pytest.param(1005.0, 10.0, 5, id="through the detector"),
        pytest.param(700.0, 110.0, 5, id="over the border"),
    ],
)
@pytest.mark.parametrize("body", ["ball", "bumpy", "torus", "box"])
def test_meshes_at_the_source_the_detector_and_the_border(body: str, along: float, aside: float, least: int):
    mesh = {"ball": ball(45, 8), "bumpy": bumpy(3, 8), "torus": torus(12, 8), "box": box((60, 70, 80))}[body]
    camera = view(size=20)
    at = (
        camera.source_mm
        + along * rays(camera)[10, 10]
        + aside * camera.right_mm / np.linalg.norm(camera.right_mm)
    )
    compare([Solid("it", mesh, posed(7, tuple(at)), "iron")], camera, least)


def test_from_inside_a_body_every_ray_starts_in_it():
    camera = view(size=12)
    path = seen(ball(50, 20), camera, posed(1, tuple(camera.source_mm))).path_mm("it")
    assert (np.abs(path - 50) < 1).all()


def test_mirrored_and_stretched_poses():
    pose = posed(3)
    pose[:3, :3] = pose[:3, :3] @ np.diag([-1.2, 0.5, 1.0])
    compare([Solid("it", bumpy(1), pose, "iron")], view(size=24))


def test_faces_much_larger_than_the_picture():
    compare([Solid("it", box((4e4, 15.0, 4e4)), posed(0), "iron")], view(size=12), at_least_hit=10)
    slab = np.eye(4)
    compare([Solid("it", box((1e6, 15.0, 1e6)), slab, "iron")], view(size=12), at_least_hit=144)


def test_faces_without_area_and_corners_at_one_place_change_nothing():
    mesh, camera, pose = torus(), view(), posed(2)
    soup = Mesh(mesh.vertices_mm[mesh.faces].reshape(-1, 3), np.arange(mesh.faces.size).reshape(-1, 3))
    thin = np.array([[0, 0, 1], [5, 6, 5], [9, 9, 9]])
    needless = Mesh(mesh.vertices_mm, np.concatenate([thin, mesh.faces]))
    truth = seen(mesh, camera, pose)
    for other in (soup, needless):
        out = seen(other, camera, pose)
        assert np.array_equal(out.path_mm("it"), truth.path_mm("it"))
        assert out.repaired == {"it": 0}


def test_parts_that_share_a_face_are_one():
    two = joined(box((20, 20, 20)), moved(box((20, 20, 20)), (40, 0, 0)))
    camera, pose = view(size=48), posed(4)
    one = moved(box((40, 20, 20)), (20, 0, 0))
    assert np.allclose(
        seen(two, camera, pose).path_mm("it"), seen(one, camera, pose).path_mm("it"), atol=1e-3
    )
