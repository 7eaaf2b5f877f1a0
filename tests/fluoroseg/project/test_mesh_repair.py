"""Holes and flipped faces are told, and their rays mended from those around them."""

import numpy as np
import pytest
from mesh_shapes import ball, box, posed, seen, torus, view

from fluoroseg.project.mesh import Mesh, Solid, project_solids


def broken(mesh: Mesh, how: str, share: float, seed: int = 1) -> Mesh:
    chosen = np.random.default_rng(seed).random(len(mesh.faces)) < share
    if how == "holes":
        return Mesh(mesh.vertices_mm, mesh.faces[~chosen])
    return Mesh(mesh.vertices_mm, np.where(chosen[:, None], mesh.faces[:, ::-1], mesh.faces))


@pytest.mark.parametrize("how", ["holes", "flipped"])
@pytest.mark.parametrize("mesh", [ball(60, 70), torus(160, 100, 50, 20)], ids=["sphere 20k", "torus 32k"])
def test_one_face_in_a_hundred(mesh: Mesh, how: str):
    camera, pose = view(size=448, field_mm=310), posed(3)
    whole = seen(mesh, camera, pose)
    out = seen(broken(mesh, how, 0.01), camera, pose)
    error = np.abs(out.path_mm("it") - whole.path_mm("it"))[whole.mask("it")]
    assert whole.repaired == {"it": 0}
    assert 0.005 < out.repaired["it"] / whole.mask("it").sum() < 0.06
    assert error.mean() < 0.005
    assert (out.mask("it") != whole.mask("it")).sum() <= 5
    assert np.abs(out.material_mm["iron"] - out.path_mm("it")).max() < 1e-3
    assert np.sum(out.cover.leave_mm - out.cover.enter_mm, dtype=float) == pytest.approx(
        out.path_mm("it").sum(dtype=float), rel=1e-6
    )


@pytest.mark.parametrize("how", ["holes", "flipped"])
def test_one_face_in_twenty(how: str):
    camera, pose = view(size=300, field_mm=310), posed(3)
    whole, out = (seen(m, camera, pose) for m in (torus(160, 100), broken(torus(160, 100), how, 0.05)))
    assert np.abs(out.path_mm("it") - whole.path_mm("it"))[whole.mask("it")].mean() < 0.05


def test_a_leak_of_one_solid_is_not_the_others():
    camera = view(size=200)
    leaky = Solid("leaky", broken(ball(50, 40), "holes", 0.02), posed(1), "iron")
    sound = Solid("sound", box(), posed(2, (20, 10, 0)), "titanium")
    alone, out = project_solids([sound], camera), project_solids([sound, leaky], camera)
    assert out.repaired["sound"] == 0 < out.repaired["leaky"]
    assert np.array_equal(out.path_mm("sound"), alone.path_mm("sound"))
    assert np.array_equal(out.material_mm["titanium"], alone.material_mm["titanium"])
    total = out.material_mm["titanium"] + out.material_mm["iron"]
    assert (total <= out.path_mm("sound") + out.path_mm("leaky") + 1e-3).all()
    lengths = np.add.reduceat(np.append(out.cover.leave_mm - out.cover.enter_mm, 0), out.cover.start[:-1]) * (
        np.diff(out.cover.start) > 0
    )
    assert np.abs(lengths - total.ravel()).max() < 1e-3


def test_a_hole_of_the_body_is_no_leak():
    """The eye of a torus stays empty, also beside mended pixels."""
    camera = view(size=300)
    pose = np.eye(4)
    pose[:3, :3] = [[1, 0, 0], [0, 0, -1], [0, 1, 0]]  # its axis along the beam
    whole, out = (seen(m, camera, pose) for m in (torus(120, 60), broken(torus(120, 60), "holes", 0.03)))
    assert not whole.mask("it")[140:160, 140:160].any()
    assert (out.mask("it") & ~whole.mask("it")).sum() == 0


def test_a_surface_that_encloses_nothing_has_no_path():
    corners = np.array([[-20.0, 0, -20], [20, 0, -20], [0, 0, 25]])
    out = seen(Mesh(corners, np.array([[0, 1, 2]])), view())
    assert out.repaired["it"] > 50
    assert not out.mask("it").any()
    assert len(out.cover.enter_mm) == 0
