"""Meshes against solid geometry; several solids; threads; bad input."""

import numpy as np
import pytest
from mesh_shapes import ball, box, joined, moved, posed, rays, seen, torus, view

from fluoroseg.errors import GeometryError
from fluoroseg.geometry.camera import Camera
from fluoroseg.project.mesh import Mesh, Solid, project_solids
from fluoroseg.project.threads import set_threads
from fluoroseg.tools import lathe


def sphere_span_mm(camera: Camera, centre: np.ndarray, radius_mm: float) -> tuple[np.ndarray, np.ndarray]:
    """Distance along each ray to the sphere's near and far side (equal where it misses)."""
    ray, way = rays(camera), centre - camera.source_mm
    middle = ray @ way
    half = np.sqrt(np.maximum(radius_mm**2 - (way @ way - middle**2), 0))
    return middle - half, middle + half


def box_path_mm(camera: Camera, half: np.ndarray, pose: np.ndarray) -> np.ndarray:
    """Slab by slab."""
    source, ray = (camera.source_mm - pose[:3, 3]) @ pose[:3, :3], rays(camera) @ pose[:3, :3]
    ends = np.sort([(-half - source) / ray, (half - source) / ray], axis=0)
    return np.maximum(ends[1].min(axis=-1) - ends[0].max(axis=-1), 0)


@pytest.mark.parametrize("seed", range(6))
def test_a_box_of_twelve_faces_is_exact(seed: int):
    camera, pose = view(mirror=seed % 2 == 0), posed(seed, (10, seed * 20, -8))
    out = seen(box(), camera, pose)
    truth = box_path_mm(camera, np.array([30.0, 20, 45]), pose)
    assert np.abs(out.path_mm("it") - truth).max() < 1e-4
    assert np.array_equal(out.mask("it"), truth > 0)


def test_a_box_along_the_rays_is_exact():
    """Its side faces are seen all but edge-on: the worst case of any rasteriser."""
    camera = view(size=200)
    pose = np.eye(4)
    pose[:3, :3] = np.stack(
        [camera.right_mm, camera.down_mm, np.cross(camera.right_mm, camera.down_mm)], axis=1
    )
    pose[:3, :3] /= np.linalg.norm(pose[:3, :3], axis=0)
    truth = box_path_mm(camera, np.array([30.0, 20, 45]), pose)
    assert np.abs(seen(box(), camera, pose).path_mm("it") - truth).max() < 1e-4


def test_edges_that_run_through_pixel_centres_belong_to_one_face():
    source = np.array([0.0, 0, -1000])
    camera = Camera(
        source, np.array([-50.0, -50, 0]), np.array([1.0, 0, 0]), np.array([0.0, 1, 0]), (101, 101)
    )
    mesh = Mesh(box((20.0, 20.0, 0.5)).vertices_mm - np.array([0, 0, 0.5]), box().faces)
    # The far side lies in the detector: its corners, edges and diagonals pass through pixel centres.
    out = seen(mesh, camera)
    truth = np.zeros((101, 101))
    truth[30:70, 30:70] = 1
    assert np.allclose(out.path_mm("it")[31:70, 31:70], truth[31:70, 31:70], atol=3e-3)
    assert not out.path_mm("it")[:29].any()
    assert out.repaired == {"it": 0}
    assert np.bincount(np.diff(out.cover.start)).tolist()[2:] == []


@pytest.mark.parametrize("belts", [12, 40])
def test_a_sphere_lies_between_its_corners_and_its_facets(belts: int):
    camera, centre = view(size=120), np.array([12.0, -30, 7])
    path = seen(ball(40.0, belts), camera, posed(3, (12, -30, 7))).path_mm("it")
    sagitta = 40 * (1 - np.cos(np.pi / belts / 2) ** 2)  # along belts and along the meridians
    outer, inner = (np.subtract(*sphere_span_mm(camera, centre, r)[::-1]) for r in (40.0, 40.0 - sagitta))
    assert (path <= outer + 1e-4).all()
    assert (path >= inner - 1e-4).all()


def test_a_cylinder_lies_between_its_corners_and_its_facets():
    camera, facets, radius = view(size=120), 48, 10.0
    mesh, pose = lathe([(300.0, radius), (-300.0, radius)], facets), posed(4)
    axis = pose[:3, 2]
    path = seen(mesh, camera, pose).path_mm("it")
    across, way = rays(camera) - (rays(camera) @ axis)[..., None] * axis, -camera.source_mm
    way = way - way @ axis * axis
    nearest = way @ way - (across @ way) ** 2 / (across**2).sum(axis=-1)
    corner = radius * np.sqrt(2 * np.pi / facets / np.sin(2 * np.pi / facets))
    for bound, sign in ((corner, 1), (corner * np.cos(np.pi / facets), -1)):
        chord = 2 * np.sqrt(np.maximum(bound**2 - nearest, 0)) / np.linalg.norm(across, axis=-1)
        assert (sign * (chord - path) >= -1e-4).all()
    assert path.max() > 20


def test_overlapping_parts_of_a_solid_count_once():
    camera = view(size=100)
    two = joined(moved(ball(40, 60), (-20, 0, 0)), moved(ball(40, 60), (20, 5, 0)))
    out = seen(two, camera)
    (a0, a1), (b0, b1) = (sphere_span_mm(camera, np.array(c, float), 40.0) for c in ((-20, 0, 0), (20, 5, 0)))
    overlap = np.maximum(np.minimum(a1, b1) - np.maximum(a0, b0), 0) * ((a1 > a0) & (b1 > b0))
    truth = a1 - a0 + b1 - b0 - overlap
    assert overlap.max() > 60
    assert np.abs(out.path_mm("it") - truth)[truth > 0].mean() < 0.12  # 60 belts: sagitta 0.03 mm
    assert out.path_mm("it")[50, 50] == pytest.approx(truth[50, 50], abs=0.15)


def test_where_solids_overlap_the_earlier_takes_the_ray():
    camera = view(size=80)
    first = Solid("first", ball(30), posed(1, (-10, 0, 0)), "titanium")
    second = Solid("second", box(), posed(2, (10, 0, 0)), "iron")
    third = Solid("third", torus(), posed(3), "titanium")
    out = project_solids([first, second, third], camera)
    alone = {s.key: project_solids([s], camera).path_mm(s.key) for s in (first, second, third)}
    for key, path in alone.items():
        assert np.array_equal(out.path_mm(key), path)
    assert set(out.material_mm) == {"titanium", "iron"}
    only_two = project_solids([first, second], camera)
    assert np.abs(only_two.material_mm["titanium"] - alone["first"]).max() < 1e-4
    swapped = project_solids([second, first], camera)
    assert np.abs(swapped.material_mm["iron"] - alone["second"]).max() < 1e-4
    for two in (only_two, swapped):
        total = sum(two.material_mm.values())
        assert (total <= alone["first"] + alone["second"] + 1e-3).all()
        assert (total < alone["first"] + alone["second"] - 10).any()
    assert np.allclose(sum(only_two.material_mm.values()), sum(swapped.material_mm.values()), atol=1e-3)


def test_the_cover_holds_the_intervals_of_all_solids():
    camera = view(size=80)
    out = project_solids(
        [Solid("a", torus(), posed(5), "iron"), Solid("b", ball(25), posed(0, (25, 30, 0)), "titanium")],
        camera,
    )
    cover, total = out.cover, sum(out.material_mm.values())
    assert cover.start.shape == (80 * 80 + 1,)
    assert (cover.leave_mm > cover.enter_mm).all()
    pixel = np.repeat(np.arange(80 * 80), np.diff(cover.start))
    same = np.diff(pixel) == 0
    assert (cover.enter_mm[1:][same] > cover.leave_mm[:-1][same]).all()
    lengths = np.bincount(pixel, cover.leave_mm - cover.enter_mm, minlength=80 * 80).reshape(80, 80)
    assert np.abs(lengths - total).max() < 1e-3
    assert np.diff(cover.start).max() >= 2
    near, far = sphere_span_mm(camera, np.array([25.0, 30, 0]), 25.0)
    middle = np.unravel_index(np.argmax(far - near), near.shape)
    r = middle[0] * 80 + middle[1]
    spans = slice(cover.start[r], cover.start[r + 1])
    assert cover.enter_mm[spans].min() <= near[middle] + 0.5
    assert cover.leave_mm[spans].max() >= far[middle] - 0.5


def test_the_number_of_threads_changes_nothing():
    camera = view(size=220)
    holed = Mesh(ball(60, 50).vertices_mm, np.delete(ball(60, 50).faces, slice(100, 9000, 100), axis=0))
    solids = [Solid("a", torus(80, 60), posed(5), "iron"), Solid("b", holed, posed(6), "titanium")]
    results = []
    for threads in (1, 2, 5):
        set_threads(threads)
        try:
            results.append(project_solids(solids, camera))
        finally:
            set_threads(0)
    assert results[0].repaired["b"] > 10
    for other in results[1:]:
        assert other.repaired == results[0].repaired
        for key in "ab":
            assert np.array_equal(other.path_mm(key), results[0].path_mm(key))
        for material, path in results[0].material_mm.items():
            assert np.array_equal(other.material_mm[material], path)
        for name in ("start", "enter_mm", "leave_mm"):
            assert np.array_equal(getattr(other.cover, name), getattr(results[0].cover, name))


def test_no_solids_and_solids_out_of_view_are_empty():
    camera = view()
    none = project_solids([], camera)
    assert not none.cover.start.any()
    assert none.material_mm == none.repaired == {}
    for shift in ((5_000.0, 0.0, 0.0), (0.0, -2_000.0, 0.0), (0.0, 2_000.0, 0.0), (0.0, 0.0, 500.0)):
        out = seen(ball(), camera, posed(1, shift))
        assert not out.path_mm("it").any()
        assert not out.mask("it").any()
        assert not out.material_mm["iron"].any()
        assert len(out.cover.enter_mm) == out.cover.start[-1] == 0
        assert out.repaired == {"it": 0}


def test_solids_with_one_key_are_parts_of_one_thing():
    camera, apart = view(), posed(3, (70.0, 0.0, 0.0))
    left, right = Solid("a", box(), posed(3), "iron"), Solid("b", ball(20), apart, "titanium")
    alone = project_solids([left, right], camera)
    parts = project_solids(
        [Solid("it", box(), posed(3), "iron"), Solid("it", ball(20), apart, "titanium")], camera
    )
    assert list(parts.repaired) == ["it"]
    assert np.array_equal(parts.mask("it"), alone.mask("a") | alone.mask("b"))
    assert np.array_equal(parts.path_mm("it"), alone.path_mm("a") + alone.path_mm("b"))
    for material in ("iron", "titanium"):
        assert np.array_equal(parts.material_mm[material], alone.material_mm[material])


def test_bad_meshes_solids_and_keys_are_told():
    corners, faces = box().vertices_mm, box().faces
    for vertices, indices, told in (
        (corners, faces[:0], "at least one face"),
        (corners, faces + 1, r"name vertices 1 to 8"),
        (corners, faces - 1, r"name vertices -1 to 6"),
        (np.where(corners > 40, np.nan, corners), faces, "vertex 1 .*not finite"),
        (corners, faces[:, ::-1], "inside out"),
    ):
        with pytest.raises(GeometryError, match=told):
            Mesh(vertices, indices)
    flat, broken, shear = np.diag([1.0, 1, 0, 1]), np.diag([1.0, np.inf, 1, 1]), np.diag([1.0, 1, 1, 2])
    for matrix, told in ((flat, "flattens"), (broken, "finite"), (shear, "affine")):
        with pytest.raises(GeometryError, match=told):
            Solid("it", box(), matrix, "iron")
    one = Solid("it", box(), np.eye(4), "iron")
    with pytest.raises(GeometryError, match=r"no solid 'screw'.*'it'"):
        project_solids([one], view()).path_mm("screw")


def test_closed_and_open_edges_volume():
    assert box().open_edges == torus().open_edges == ball().open_edges == 0
    assert box().volume_mm3 == pytest.approx(60 * 40 * 90)
    assert moved(box(), (500, 0, 0)).volume_mm3 == pytest.approx(60 * 40 * 90)
    assert Mesh(box().vertices_mm, box().faces[1:]).open_edges == 3
    flipped = box().faces.copy()
    flipped[0] = flipped[0][::-1]
    assert Mesh(box().vertices_mm, flipped).open_edges == 3
    assert Mesh(np.eye(3, dtype=np.float32), np.array([[0, 1, 2]])).open_edges == 3
