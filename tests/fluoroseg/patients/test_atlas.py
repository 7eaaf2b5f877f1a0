"""Surface atlases as patients: tiny ones written here, and the real ones on a coarse grid."""

import csv
from pathlib import Path

import numpy as np
import pytest
import trimesh
from scipy import ndimage

from fluoroseg.errors import GeometryError, LimitError, ReadError, UsageError
from fluoroseg.patients.atlas import fit_atlases, open_bodyparts3d, open_hra, open_mixed
from fluoroseg.patients.patient import Patient
from fluoroseg.patients.volumes import volume_table

RADII_MM = np.array([40.0, 25.0, 30.0])
ML = 4 / 3 * np.pi * RADII_MM.prod() / 1000


def _ellipsoid(centre: tuple[float, float, float], holes: int = 0, scale: float = 1.0) -> trimesh.Trimesh:
    mesh = trimesh.creation.icosphere(subdivisions=4)
    mesh.apply_scale(RADII_MM * scale)
    mesh.apply_translation(centre)
    drop = np.random.default_rng(0).choice(len(mesh.faces), holes, replace=False)
    mesh.update_faces(~np.isin(np.arange(len(mesh.faces)), drop))
    return mesh


def _write_bones(folder: Path, parts: list[tuple[str, str, trimesh.Trimesh]]) -> Path:
    folder.mkdir(exist_ok=True)
    with (folder / "parts.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["file", "name", "fma", "group"])
        for n, (name, group, mesh) in enumerate(parts):
            mesh.export(folder / f"{n}.glb")
            table.writerow([f"{n}.glb", name, n, group])
    return folder


def _write_organs(folder: Path, parts: dict[str, trimesh.Trimesh]) -> Path:
    """As HRA has them: metres, x to the left, y up, z to the front; several named parts in one file."""
    folder.mkdir()
    scene = trimesh.Scene()
    for name, mesh in parts.items():
        lps = np.asarray(mesh.vertices) / 1000
        turned = trimesh.Trimesh(np.stack([lps[:, 0], lps[:, 2], -lps[:, 1]], 1), mesh.faces, process=False)
        scene.add_geometry(turned, node_name=name, geom_name=name)
    (folder / "organs.glb").write_bytes(scene.export(file_type="glb"))
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four parts as in BodyParts3D: two femora (one with holes), a patella made of two shells, a muscle."""
    parts = [
        ("Left femur", "bones", _ellipsoid((100, 0, 0))),
        ("Right femur", "bones", _ellipsoid((-100, 0, 0), holes=60)),
        ("Left patella", "bones", _ellipsoid((100, 0, 90)) + _ellipsoid((100, 0, 160))),
        ("Left extensor of nothing", "muscles", _ellipsoid((100, 0, -25))),
    ]
    return _write_bones(tmp_path / "bones", parts)


def _ml(patient: Patient) -> dict[str, float]:
    voxel = float(np.prod(patient.spacing_mm)) / 1000
    return {name: float((patient.labels == n).sum()) * voxel for n, name in patient.structures.items()}


def _middle(patient: Patient, name: str) -> np.ndarray:
    return patient.to_world(np.argwhere(patient.labels == patient.label_of(name)).astype(float)).mean(0)


@pytest.mark.parametrize("spacing_mm", [2.0, 3.0])
def test_volumes_and_sides(folder: Path, spacing_mm: float) -> None:
    patient = open_bodyparts3d(folder, spacing_mm)
    ml = _ml(patient)
    assert set(ml) == {"femur_left", "femur_right", "patella_left", "muscle"}
    assert patient.known == set(ml)
    assert ml["femur_left"] == pytest.approx(ML, rel=0.02)
    assert ml["femur_right"] == pytest.approx(ML, rel=0.03), "holes matter little"
    assert ml["patella_left"] == pytest.approx(2 * ML, rel=0.03)
    assert _middle(patient, "femur_left")[0] == pytest.approx(100, abs=1)
    assert _middle(patient, "femur_right")[0] == pytest.approx(-100, abs=1)


def _hu_at(patient: Patient, *points_mm: tuple[float, float, float]) -> list[int]:
    back = np.linalg.inv(patient.world_from_index)
    index = [np.rint(back[:3, :3] @ p + back[:3, 3]).astype(int) for p in points_mm]
    return [int(patient.hu[tuple(i)]) for i in index]


def test_bone_has_cortex_marrow_and_a_body_around(folder: Path) -> None:
    patient = open_bodyparts3d(folder, 2.0)
    marrow, cortex, fat, air = _hu_at(patient, (-100, 0, 0), (-100, 0, 28), (-100, 0, 34), (-100, 40, 60))
    assert -100 < marrow < 250, "fatty marrow in the middle of a long bone"
    assert cortex > 1200
    assert fat == -95
    assert air == -1000


def test_a_voxel_half_full_of_bone_has_half_its_hu(tmp_path: Path) -> None:
    """A plate of 1 mm at 2 mm: nothing vanishes, and the bone's sum of HU stays what it is."""
    plate = trimesh.creation.box((60, 60, 1.0))
    plate.apply_translation((0.3, 0.2, 0.6))
    patient = open_bodyparts3d(_write_bones(tmp_path / "thin", [("Left parietal bone", "bones", plate)]), 2.0)
    mask = patient.labels == patient.label_of("parietal_bone_left")
    seen = mask.any(2)
    assert seen.sum() >= 28 * 28
    assert np.array_equal(ndimage.binary_fill_holes(seen), seen)
    lump = patient.hu.astype(float) - np.where(patient.hu > -1000, -95, -1000)
    assert lump[patient.hu > -95].sum() * 8 == pytest.approx(60 * 60 * 1.0 * (1500 + 95), rel=0.15)


@pytest.fixture
def organs(tmp_path: Path) -> Path:
    shell = _ellipsoid((0, 0, 20))
    wall = shell + trimesh.Trimesh(
        (np.asarray(shell.vertices) - [0, 0, 20]) * 0.9 + [0, 0, 20], np.asarray(shell.faces)[:, ::-1]
    )
    tube = trimesh.creation.annulus(8, 10, height=120)
    tube.apply_translation((-60, 0, 0))
    return _write_organs(
        tmp_path / "hra-male",
        {
            "VH_M_skin": trimesh.creation.box((260, 160, 260)),
            "VH_M_gallbladder": wall,
            "VH_M_descending_aorta_a": tube,
            "VH_M_kidney_capsule_L": _ellipsoid((80, 20, 60), scale=0.5),
            "VH_M_patella_R": _ellipsoid((-80, -20, 90), scale=0.4),
            "VH_M_liver_capsule": _ellipsoid((80, 20, -60)),
        },
    )


def test_organs_are_filled_turned_and_inside_a_skin(organs: Path) -> None:
    patient = open_hra(organs, 2.0)
    ml = _ml(patient)
    assert set(ml) == {"skin", "gallbladder", "aorta_descending", "kidney_left", "patella_right"}
    assert ml["gallbladder"] == pytest.approx(ML, rel=0.03), "wall and what it encloses"
    assert ml["aorta_descending"] == pytest.approx(np.pi * 100 * 120 / 1000, rel=0.04), "open at both ends"
    assert _middle(patient, "kidney_left") == pytest.approx([80, 20, 60], abs=1)
    bile, soft, fat, air = _hu_at(patient, (0, 0, 20), (80, 20, -60), (0, 73, 0), (0, 90, 0))
    assert (bile, soft, fat, air) == (10, 25, -95, -1000)
    assert patient.known == set(ml)


def _skeleton(scale: float, lift: float) -> dict[str, trimesh.Trimesh]:
    """Hip bones and sacrum, lopsided enough to have one pose; `lift` raises everything."""
    out = {}
    for name, centre, size in (
        ("hip_l", (70, 5, 0), 1.0), ("hip_r", (-70, 0, 0), 1.0), ("sacrum", (0, 40, 20), 0.9),
    ):  # fmt: skip
        mesh = _ellipsoid(centre, scale=size)
        mesh.apply_transform(trimesh.transformations.rotation_matrix(0.5, [1, 2, 0], centre))
        mesh.apply_scale(scale)
        mesh.apply_translation((0, 0, lift))
        out[name] = mesh
    return out


def test_a_body_of_another_size_is_fitted(tmp_path: Path) -> None:
    target, source = _skeleton(1.0, 500.0), _skeleton(1.25, 100.0)
    bones = _write_bones(
        tmp_path / "bones",
        [
            ("Left hip bone", "bones", target["hip_l"]),
            ("Right hip bone", "bones", target["hip_r"]),
            ("Sacrum", "bones", target["sacrum"]),
        ],
    )
    parts = {
        "VH_M_ilium_compact_bone_L": source["hip_l"],
        "VH_M_ilium_compact_bone_R": source["hip_r"],
        "VH_M_sacrum": source["sacrum"],
        "VH_M_gallbladder": _ellipsoid((8, -8, 130), scale=0.5),
    }
    folder = _write_organs(tmp_path / "organs", parts)
    fit = fit_atlases(bones, folder)
    assert fit.scale == pytest.approx(0.8, rel=0.01)
    assert fit.median_mm < 1.0
    patient = open_mixed(bones, folder, 2.0)
    assert set(patient.structures.values()) == {"hip_left", "hip_right", "sacrum", "gallbladder"}
    assert _middle(patient, "gallbladder") == pytest.approx([6.4, -6.4, 524], abs=2)
    assert _ml(patient)["gallbladder"] == pytest.approx(ML * 0.5**3 * 0.8**3, rel=0.06)


def test_broken_folders(folder: Path, organs: Path, tmp_path: Path) -> None:
    with pytest.raises(GeometryError, match="hip_left"):
        open_mixed(folder, organs)
    with pytest.raises(UsageError, match="voxels"):
        open_bodyparts3d(folder, 0.01)
    with pytest.raises(ReadError, match=r"no \.glb"):
        open_hra(tmp_path / "gone")
    (folder / "0.glb").write_bytes(b"glTF nonsense")
    with pytest.raises(ReadError, match=r"0\.glb"):
        open_bodyparts3d(folder)
    (folder / "parts.csv").write_text("file,name,group\n../../etc/passwd,Left femur,bones\n")
    with pytest.raises(ReadError, match="not a file"):
        open_bodyparts3d(folder)
    for text in ("a,b\n1,2\n", "file,name,group\n", "file,name,group\n1.glb\n", "file,name,group\n,,\n"):
        (folder / "parts.csv").write_text(text)
        with pytest.raises(ReadError):
            open_bodyparts3d(folder)


def test_a_body_of_a_kilometre_is_refused(tmp_path: Path) -> None:
    bones = [
        ("Left femur", "bones", _ellipsoid((0, 0, 0))),
        ("Right femur", "bones", _ellipsoid((0, 0, 9e5))),
    ]
    with pytest.raises((LimitError, GeometryError)):
        open_bodyparts3d(_write_bones(tmp_path / "far", bones), 20.0)
    with pytest.raises(LimitError, match="larger"):
        open_bodyparts3d(tmp_path / "far", 1.0)


ORGANS = ("heart", "liver", "spleen", "kidney_l", "kidney_r", "pelvis", "urinary_bladder")


def _some(atlas: Path, folder: Path) -> tuple[Path, Path]:
    """The real bones with the diaphragm, and some organs: enough to see where things are, in seconds."""
    bones, organs = folder / "bones", folder / "organs"
    organs.mkdir()
    with (atlas / "bodyparts3d" / "parts.csv").open(newline="") as file:
        rows = [r for r in csv.DictReader(file) if r["group"] == "bones" or "muscl" not in r["file"]]
    bones.mkdir()
    with (bones / "parts.csv").open("w", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
    for row in rows:
        (bones / row["file"]).parent.mkdir(exist_ok=True)
        (bones / row["file"]).write_bytes((atlas / "bodyparts3d" / row["file"]).read_bytes())
    for name in ORGANS:
        (organs / f"{name}.glb").write_bytes((atlas / "hra-male" / f"vh_m_{name}.glb").read_bytes())
    return bones, organs


def test_real_bones_with_organs_at_6_mm(shared_data: Path, tmp_path: Path) -> None:
    """Every organ lies where it belongs, and most volumes are those of adults in spite of the coarse grid."""
    patient = open_mixed(*_some(shared_data / "atlas", tmp_path), 6.0)
    middle = {name: _middle(patient, name) for name in patient.structures.values()}
    assert middle["liver"][0] < middle["vertebrae_T12"][0] < middle["spleen"][0]
    assert middle["heart_ventricle_left"][0] > middle["vertebrae_T8"][0]
    assert middle["kidney_right"][0] < middle["vertebrae_L1"][0] < middle["kidney_left"][0]
    assert middle["lung_right"][0] < middle["heart_ventricle_left"][0] < middle["lung_left"][0]
    heights = [
        middle[n][2] for n in ("urinary_bladder", "kidney_left", "liver", "heart_atrium_left", "mandible")
    ]
    assert heights == sorted(heights)
    assert middle["sternum_body"][1] < middle["heart_ventricle_right"][1] < middle["vertebrae_T8"][1]
    assert np.mean([row.within for row in volume_table(patient)]) > 0.8
    left = [n for n in middle if n.startswith("rib_left")]
    assert len(left) == 12
    for name in left:
        assert middle[name][0] > middle[name.replace("left", "right")][0]
