"""The surface atlas: voxelising watertight and holed surfaces, names, and a few real parts."""

import csv
from pathlib import Path

import numpy as np
import pytest
import trimesh

from fluoroseg.errors import ReadError
from fluoroseg.patients._atlas_names import canonical
from fluoroseg.patients.atlas import open_bodyparts3d
from fluoroseg.patients.voxelise import voxelise

RADII_MM = np.array([40.0, 25.0, 30.0])
ML = 4 / 3 * np.pi * RADII_MM.prod() / 1000


def _ellipsoid(centre: tuple[float, float, float], holes: int = 0) -> trimesh.Trimesh:
    mesh = trimesh.creation.icosphere(subdivisions=4)
    mesh.apply_scale(RADII_MM)
    mesh.apply_translation(centre)
    drop = np.random.default_rng(0).choice(len(mesh.faces), holes, replace=False)
    mesh.update_faces(~np.isin(np.arange(len(mesh.faces)), drop))
    return mesh


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four parts as in BodyParts3D: two femora (one with holes), a patella made of two shells, a muscle."""
    parts = [
        ("Left femur", "bones", _ellipsoid((100, 0, 0))),
        ("Right femur", "bones", _ellipsoid((-100, 0, 0), holes=60)),
        ("Left patella", "bones", _ellipsoid((100, 0, 90)) + _ellipsoid((100, 0, 160))),
        ("Left biceps brachii", "muscles", _ellipsoid((100, 0, -25))),
    ]
    with (tmp_path / "parts.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["file", "name", "fma", "group"])
        for n, (name, group, mesh) in enumerate(parts):
            mesh.export(tmp_path / f"{n}.glb")
            table.writerow([f"{n}.glb", name, n, group])
    return tmp_path


@pytest.mark.parametrize("spacing_mm", [2.0, 3.0])
def test_volumes_and_sides(folder: Path, spacing_mm: float) -> None:
    patient = open_bodyparts3d(folder, spacing_mm)
    ml = {name: (patient.labels == n).sum() * spacing_mm**3 / 1000 for n, name in patient.structures.items()}
    assert set(ml) == {"femur_left", "femur_right", "patella_left"}
    assert ml["femur_left"] == pytest.approx(ML, rel=0.01)
    assert ml["femur_right"] == pytest.approx(ML, rel=0.03), "holes matter little"
    assert ml["patella_left"] == pytest.approx(2 * ML, rel=0.03)
    x = {
        n: patient.to_world(np.argwhere(patient.labels == patient.label_of(n)).astype(float))[:, 0].mean()
        for n in ml
    }
    assert x["femur_left"] == pytest.approx(100, abs=1)
    assert x["femur_right"] == pytest.approx(-100, abs=1)


def test_bone_has_cortex_marrow_and_a_body_around(folder: Path) -> None:
    patient = open_bodyparts3d(folder, 2.0)
    centre, edge, near, far = np.array([[-100, 0, 0], [-100, 0, 29], [-100, 0, 35], [-100, 40, 60]], float)
    index = [
        np.rint((p - patient.world_from_index[:3, 3]) / 2).astype(int) for p in (centre, edge, near, far)
    ]
    hu = [int(patient.hu[tuple(i)]) for i in index]
    assert hu[0] == 250
    assert hu[1] >= 1000
    assert hu[2] == -90
    assert hu[3] == -1000


def test_voxelise_against_the_equation_on_a_rotated_box() -> None:
    box = trimesh.creation.box((30, 20, 10))
    turn = trimesh.transformations.rotation_matrix(0.7, [1, 2, 3])
    box.apply_transform(turn)
    inside = voxelise(np.asarray(box.vertices), np.asarray(box.faces), np.full(3, -25.0), 1.0, (51, 51, 51))
    points = (np.argwhere(np.ones(inside.shape, bool)) - 25.0) @ turn[:3, :3]
    expected = (np.abs(points) < [15, 10, 5]).all(1).reshape(inside.shape)
    assert np.mean(inside != expected) < 2e-4


def test_names() -> None:
    assert canonical("Seventh thoracic vertebra") == "vertebrae_T7"
    assert canonical("Navicular bone of left foot") == "tarsal_left"
    assert canonical("Right twelfth rib") == "rib_right_12"
    assert canonical("Distal phalanx of right thumb") == "phalanges_hand_right"
    assert canonical("Intervertebral disk of axis") == ""
    assert canonical("Set of right levatores costarum longi") == ""


def test_broken_folders(folder: Path) -> None:
    (folder / "0.glb").write_bytes(b"glTF nonsense")
    with pytest.raises(ReadError, match=r"0\.glb"):
        open_bodyparts3d(folder)
    (folder / "parts.csv").write_text("file,name,group\n../../etc/passwd,Left femur,bones\n")
    with pytest.raises(ReadError, match="not a file"):
        open_bodyparts3d(folder)
    (folder / "parts.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ReadError, match="columns"):
        open_bodyparts3d(folder)


def test_real_parts(shared_data: Path, tmp_path: Path) -> None:
    """Bones that are not watertight come out alike on both sides and of a human size."""
    source = shared_data / "atlas" / "bodyparts3d"
    wanted = {"Left hip bone", "Right hip bone", "Left scapula", "Right scapula", "Sacrum"}
    with (source / "parts.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["name"] in wanted]
    with (tmp_path / "parts.csv").open("w", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
    for row in rows:
        (tmp_path / row["file"]).parent.mkdir(exist_ok=True)
        (tmp_path / row["file"]).write_bytes((source / row["file"]).read_bytes())
    patient = open_bodyparts3d(tmp_path, 3.0)
    ml = {name: (patient.labels == n).sum() * 0.027 for n, name in patient.structures.items()}
    assert 200 < ml["hip_left"] < 350
    assert ml["hip_left"] == pytest.approx(ml["hip_right"], rel=0.05)
    assert ml["scapula_left"] == pytest.approx(ml["scapula_right"], rel=0.05)
    x = {
        n: np.argwhere(patient.labels == patient.label_of(n))[:, 0].mean() for n in ("hip_left", "hip_right")
    }
    assert x["hip_left"] > x["hip_right"]
