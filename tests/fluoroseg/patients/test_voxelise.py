"""Voxelising closed, holed, turned, doubled and open surfaces against their volume by equation."""

import numpy as np
import pytest
import trimesh
from jaxtyping import Float, Int

from fluoroseg.patients.voxelise import coverage, touched, voxelise

RADIUS_MM = 40.0
SPHERE_ML = 4 / 3 * np.pi * RADIUS_MM**3 / 1000


def _volume_ml(
    vertices: Float[np.ndarray, "v 3"], faces: Int[np.ndarray, "f 3"], spacing_mm: float = 2.0
) -> float:
    low = vertices.min(0) - 3 * spacing_mm
    wide, deep, tall = (int(n) for n in np.ceil(np.ptp(vertices, axis=0) / spacing_mm) + 7)
    inside = voxelise(vertices, faces, low, spacing_mm, (wide, deep, tall))
    return float(inside.sum()) * spacing_mm**3 / 1000


@pytest.fixture(scope="module")
def sphere() -> trimesh.Trimesh:
    return trimesh.creation.icosphere(subdivisions=4, radius=RADIUS_MM)


def _surface(mesh: trimesh.Trimesh) -> tuple[np.ndarray, np.ndarray]:
    return np.array(mesh.vertices, float), np.array(mesh.faces, np.int64)


def test_closed_sphere(sphere: trimesh.Trimesh) -> None:
    assert _volume_ml(*_surface(sphere)) == pytest.approx(SPHERE_ML, rel=0.006)  # the icosphere's own volume


@pytest.mark.parametrize(("share", "lost"), [(0.02, 0.005), (0.05, 0.01), (0.1, 0.03)])
def test_holes(sphere: trimesh.Trimesh, share: float, lost: float) -> None:
    vertices, faces = _surface(sphere)
    kept = np.random.default_rng(0).random(len(faces)) > share
    assert _volume_ml(vertices, faces[kept]) == pytest.approx(_volume_ml(vertices, faces), rel=lost)


@pytest.mark.parametrize("share", [0.05, 0.3, 1.0])
def test_turned_faces_change_nothing(sphere: trimesh.Trimesh, share: float) -> None:
    vertices, faces = _surface(sphere)
    whole = _volume_ml(vertices, faces)
    turned = np.random.default_rng(1).random(len(faces)) < share
    faces[turned] = faces[turned][:, ::-1]
    assert _volume_ml(vertices, faces) == pytest.approx(whole, rel=1e-3)


def test_doubled_faces_change_nothing(sphere: trimesh.Trimesh) -> None:
    vertices, faces = _surface(sphere)
    whole = _volume_ml(vertices, faces)
    assert _volume_ml(vertices, np.concatenate([faces, faces])) == whole
    assert _volume_ml(vertices, np.concatenate([faces, faces[:700]])) == whole
    assert _volume_ml(vertices, np.concatenate([faces, faces[:, ::-1]])) == whole  # two-sided


def test_open_end_is_closed_flat(sphere: trimesh.Trimesh) -> None:
    vertices, faces = _surface(sphere)
    cut_mm = 25.0
    kept = np.asarray(sphere.triangles_center)[:, 2] < cut_mm
    cap = np.pi * (RADIUS_MM - cut_mm) ** 2 * (2 * RADIUS_MM + cut_mm) / 3 / 1000
    assert _volume_ml(vertices, faces[kept]) == pytest.approx(SPHERE_ML - cap, rel=0.02)


def test_overlapping_closed_surfaces_are_their_union(sphere: trimesh.Trimesh) -> None:
    vertices, faces = _surface(sphere)
    apart = 30.0
    lens = np.pi * (RADIUS_MM - apart / 2) ** 2 * (2 * RADIUS_MM + apart / 2) / 3 * 2 / 1000
    shift = np.array([apart, 0, 0])
    both = np.concatenate([vertices, vertices + shift])
    assert _volume_ml(both, np.concatenate([faces, faces + len(vertices)])) == pytest.approx(
        2 * SPHERE_ML - lens, rel=0.01
    )


def test_a_cavity_stays_empty(sphere: trimesh.Trimesh) -> None:
    vertices, faces = _surface(sphere)
    inner = np.concatenate([faces, faces[:, ::-1] + len(vertices)])
    shell = _volume_ml(np.concatenate([vertices, vertices / 2]), inner)
    assert shell == pytest.approx(SPHERE_ML * 7 / 8, rel=0.01)


def test_against_the_equation_on_a_rotated_box() -> None:
    box = trimesh.creation.box((30, 20, 10))
    turn = trimesh.transformations.rotation_matrix(0.7, [1, 2, 3])
    box.apply_transform(turn)
    inside = voxelise(*_surface(box), np.full(3, -25.0), 1.0, (51, 51, 51))
    points = (np.argwhere(np.ones(inside.shape, bool)) - 25.0) @ turn[:3, :3]
    expected = (np.abs(points) < [15, 10, 5]).all(1).reshape(inside.shape)
    assert np.mean(inside != expected) < 2e-4


def test_a_box_on_the_grid_has_its_voxels_and_its_coverage() -> None:
    vertices, faces = _surface(trimesh.creation.box((6, 6, 6)))  # faces between voxel centres
    inside = voxelise(vertices, faces, np.full(3, -5.5), 1.0, (12, 12, 12))
    assert inside.sum() == 216
    assert coverage(inside, 2).max() == 8
    assert coverage(inside, 2).sum() == 216


def test_a_sheet_is_touched_everywhere() -> None:
    vertices = np.array([[1, 1, 4.2], [9, 1, 4.2], [9, 9, 4.2], [1, 9, 4.2]])
    mask = touched(vertices, np.array([[0, 1, 2], [0, 2, 3]]), np.zeros(3), 1.0, (11, 11, 9))
    expected = np.zeros_like(mask)
    expected[1:10, 1:10, 4] = True
    assert (mask == expected).all()
