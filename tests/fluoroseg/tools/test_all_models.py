"""Every model of the catalogue: its names, its mesh, its stated size, and its X-ray against Embree."""

from collections import Counter

import numpy as np
import pytest
import trimesh
from jaxtyping import Bool, Float

from fluoroseg.anatomy import groups, structures
from fluoroseg.geometry.camera import Camera, aim
from fluoroseg.physics import DENSITY_G_CM3
from fluoroseg.project import project_solids
from fluoroseg.tools import Part, Tool, families, tools
from fluoroseg.tools.in_joint import JOINTS
from fluoroseg.tools.solids import union

MODULES = sorted({family.make.split(".")[0] for family in families().values()})
MOST_FACES = 40_000


def made_by(module: str) -> list[Tool]:
    return [one for one in tools().values() if families()[one.family].make.startswith(f"{module}.")]


def faults(parts: tuple[Part, ...], disjoint: bool = True) -> list[str]:
    """What is wrong with parts: each closed, oriented, of a known material; and no two overlapping."""
    found = [f"{part.mesh.open_edges} open edges" for part in parts if part.mesh.open_edges]
    found += ["no volume" for part in parts if part.mesh.volume_mm3 <= 0]
    found += [part.material for part in parts if part.material not in DENSITY_G_CM3]
    if disjoint and not found and len(parts) > 1:
        volumes = sum(part.mesh.volume_mm3 for part in parts)
        joined = union(*(part.mesh for part in parts)).volume_mm3
        if abs(joined - volumes) > 2e-3 * volumes:
            found.append(f"parts of {volumes:.2f} mm^3 make {joined:.2f} mm^3 together")
    return found


def extent_mm(parts: tuple[Part, ...]) -> float:
    corners = np.concatenate([part.mesh.vertices_mm for part in parts])
    return float(np.ptp(corners, axis=0).max())


def test_there_are_enough_and_every_name_id_and_description_is_one_of_a_kind():
    assert len(families()) >= 60
    assert len(tools()) >= 500
    for words in ("name", "id", "description"):
        counts = Counter(getattr(one, words) for one in tools().values())
        assert [w for w, n in counts.items() if n > 1] == [], words


def test_phrases_and_targets_mean_something():
    known = {
        *("left", "right"),  # of letters
        *structures(),
        *groups(),
        *JOINTS,
        *(f"{j} {side}" for j in JOINTS for side in ("left", "right")),
    }
    for one in tools().values():
        assert one.phrases[-1] == one.name
        assert len(set(one.phrases)) == len(one.phrases) >= 2
        assert "{" not in one.description + one.name + "".join((*one.phrases, *one.target))
        assert set(one.target) <= known, one.name
    for family in families().values():
        assert not family.default or tools()[family.default].family == family.family


@pytest.mark.parametrize("module", MODULES)
def test_every_mesh_is_closed_disjoint_of_its_size_and_seen_as_embree_sees_it(module: str):
    wrong = {}
    first = {one.family: one.name for one in reversed(made_by(module))}
    last = {one.family: one.name for one in made_by(module)}
    for one in made_by(module):
        found = faults(one.parts, one.name in (first[one.family], last[one.family]))
        if abs(extent_mm(one.parts) - one.length_mm) > 0.02 * one.length_mm + 0.5:
            found.append(f"{extent_mm(one.parts):.1f} mm large, not {one.length_mm:.1f}")
        if sum(len(part.mesh.faces) for part in one.parts) > MOST_FACES:
            found.append("too many faces")
        if found:
            wrong[one.name] = found
    assert wrong == {}
    rng = np.random.default_rng(len(module))
    seen = {}
    for family in first:
        models = [one for one in made_by(module) if one.family == family]
        one = models[int(rng.integers(len(models)))]
        seen[one.name] = unlike_embree(one, rng)
    assert {name: pixels for name, pixels in seen.items() if pixels} == {}


def test_flexible_ones_follow_a_curve():
    t = np.linspace(0, 1, 60)[:, None]
    curve = np.hstack([40 * np.sin(2 * t), 30 * (1 - np.cos(1.5 * t)), -400 * t])
    wrong = {}
    for family in families().values():
        one = family.tool(next(family.rows()))
        if one.along is not None:
            parts = one.along(curve)
            corners = np.concatenate([part.mesh.vertices_mm for part in parts])
            found = faults(parts)
            if np.linalg.norm(corners - curve[0], axis=1).min() > 30:
                found.append("does not begin at the curve's tip")
            if found:
                wrong[one.name] = found
    assert wrong == {}


def unlike_embree(one: Tool, rng: np.random.Generator) -> int:
    """Pixels in which mask and silhouette differ though Embree's silhouette has no edge there."""
    camera = around(one, rng.normal(size=3), rng.normal(size=3))
    mask = project_solids(one.solids("tool", np.eye(4)), camera).mask("tool")
    truth = silhouette(one, camera)
    assert truth.any(), one.name
    return int((mask != truth)[~edge(truth)].sum())


def around(one: Tool, beam: Float[np.ndarray, "3"], up: Float[np.ndarray, "3"]) -> Camera:
    corners = np.concatenate([part.mesh.vertices_mm for part in one.parts])
    middle, size = (corners.min(axis=0) + corners.max(axis=0)) / 2, extent_mm(one.parts)
    return aim(middle, beam / np.linalg.norm(beam), up, 4 * size, 6 * size, 1.9 * size / 150, (150, 150))


def silhouette(one: Tool, camera: Camera) -> Bool[np.ndarray, "h w"]:
    """Rays from the source to each pixel that meet any face."""
    meshes = [trimesh.Trimesh(p.mesh.vertices_mm, p.mesh.faces, process=False) for p in one.parts]
    caster = trimesh.ray.ray_pyembree.RayMeshIntersector(trimesh.util.concatenate(meshes), scale_to_box=False)
    row, column = np.indices(camera.shape)
    pixel = camera.origin_mm + row[..., None] * camera.down_mm + column[..., None] * camera.right_mm
    ray = (pixel - camera.source_mm).reshape(-1, 3)
    hit = caster.intersects_any(np.broadcast_to(camera.source_mm, ray.shape), ray)
    return np.asarray(hit).reshape(camera.shape)


def edge(mask: Bool[np.ndarray, "h w"]) -> Bool[np.ndarray, "h w"]:
    """Pixels that have pixels of both kinds around them."""
    padded = np.pad(mask, 1, mode="edge")
    near = [padded[r : r + mask.shape[0], c : c + mask.shape[1]] for r in range(3) for c in range(3)]
    return np.any(near, axis=0) & ~np.all(near, axis=0)
