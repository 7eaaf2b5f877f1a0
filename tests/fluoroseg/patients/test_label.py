"""Labelling a CT that has none: ways, names carried from an atlas onto a body of another size, refusals."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fluoroseg import cli
from fluoroseg.anatomy import structures
from fluoroseg.errors import GeometryError, UsageError
from fluoroseg.patients.label import label, write_labelled
from fluoroseg.patients.label_atlas import Carried, Found, carry_over
from fluoroseg.patients.label_merge import judged, with_names
from fluoroseg.patients.patient import Patient
from fluoroseg.patients.phantom import phantom
from fluoroseg.patients.sources import open_patient
from fluoroseg.patients.store import save_patient

pytest.importorskip("SimpleITK", reason="SimpleITK (extra `label`) is not installed")

ANGLE = np.deg2rad(6.0)
TURN = np.array([[np.cos(ANGLE), -np.sin(ANGLE), 0], [np.sin(ANGLE), np.cos(ANGLE), 0], [0, 0, 1]])
STRETCH = np.array([1.08, 0.95, 1.05])


def _pelvis(whole: Patient, below: int, above: int) -> Patient:
    """The part of a body around its hip bones, without arms: some slices below and above, 20 cm aside."""
    hips = np.argwhere(np.isin(whole.labels, [whole.label_of("hip_left"), whole.label_of("hip_right")]))
    low, high = hips.min(0), hips.max(0) + 1
    x, z = slice(low[0] - 5, high[0] + 5), slice(low[2] - below, high[2] + above)
    hu, labels = whole.hu[x, :, z].copy(), whole.labels[x, :, z].copy()
    numbers = set(np.unique(labels).tolist()) - {0}
    named = {n: name for n, name in whole.structures.items() if n in numbers}
    return Patient(hu, labels, whole.world_from_index, named, "pelvis")


@pytest.fixture(scope="module")
def atlas() -> Patient:
    return _pelvis(phantom(spacing_mm=6.0), 20, 15)


@pytest.fixture(scope="module")
def pelvis() -> Patient:
    """Another body, stretched, turned and moved."""
    body = _pelvis(phantom(seed=4, sex="male", height_cm=172, spacing_mm=6.0), 12, 8)
    bones = [n for n, name in body.structures.items() if structures()[name].tissue == "bone"]
    hu = np.where(np.isin(body.labels, bones), 700, body.hu).astype(np.int16)  # thin cortex is lost at 6 mm
    world = np.eye(4)
    world[:3, :3] = TURN * STRETCH * 6.0
    world[:3, 3] = 50, -20, 700
    return Patient(hu, body.labels, world, body.structures, "other")


@pytest.fixture(scope="module")
def carried(atlas: Patient, pelvis: Patient) -> Carried:
    return carry_over(pelvis.hu, pelvis.world_from_index, [atlas])


def _bare(patient: Patient) -> Patient:
    return Patient(patient.hu, np.zeros_like(patient.labels), patient.world_from_index, {}, "bare")


def test_bones_get_their_names(carried: Carried, pelvis: Patient) -> None:
    names = {"hip_left", "hip_right", "femur_left", "femur_right"}
    done = with_names(_bare(pelvis), carried, names)
    assert done.known == names
    for name in names:
        a, b = done.labels == done.label_of(name), pelvis.labels == pelvis.label_of(name)
        assert 2 * (a & b).sum() / (a.sum() + b.sum()) > 0.6, name


def test_what_is_believed_is_where_it_should_be(carried: Carried, pelvis: Patient) -> None:
    trusted = {one.name for one in judged(carried) if one.trusted}
    assert trusted >= {"hip_left", "hip_right"}
    done = with_names(_bare(pelvis), carried, trusted)
    for name in trusted & set(pelvis.structures.values()):
        hit = pelvis.labels == pelvis.label_of(name)
        assert (done.labels == done.label_of(name))[hit].any(), name
    assert done.known == trusted


def test_a_second_time_gives_the_same(carried: Carried, atlas: Patient, pelvis: Patient) -> None:
    again = carry_over(pelvis.hu, pelvis.world_from_index, [atlas])
    assert np.array_equal(again.labels, carried.labels)
    assert again.found == carried.found


@pytest.mark.parametrize("hu", [-1000, 40])
def test_nothing_to_see_nothing_believed(atlas: Patient, hu: int) -> None:
    world = np.diag([6.0, 6.0, 6.0, 1.0])
    carried = carry_over(np.full((24, 20, 22), hu, np.int16), world, [atlas])
    assert not [one.name for one in judged(carried) if one.trusted]


def test_a_tiny_volume_is_refused(atlas: Patient) -> None:
    with pytest.raises(GeometryError, match="2 x 4 x 6 mm; registration needs at least 60"):
        carry_over(np.full((1, 2, 3), 300, np.int16), np.diag([2.0, 2.0, 2.0, 1.0]), [atlas])


def test_swapped_sides_are_not_believed(atlas: Patient, pelvis: Patient, carried: Carried) -> None:
    mirrored = Carried(
        np.ascontiguousarray(carried.labels[::-1]), carried.names, carried.grid, carried.found, 0.9
    )
    for one in judged(mirrored):
        if one.name in ("hip_left", "hip_right"):
            assert not one.trusted
            assert one.why == "left and right are swapped"


def test_a_whole_without_its_part_is_not_believed(carried: Carried) -> None:
    parts = [Found("sacrum", 0.99, 0.99, 150.0), Found("vertebrae_S1", 0.99, 0.5, 50.0)]
    verdicts = {one.name: one for one in judged(replace(carried, found=tuple(parts)))}
    assert verdicts["sacrum"].why == "its part vertebrae_S1 is unknown"
    assert judged(replace(carried, found=(parts[0],)))[0].trusted


def test_a_pair_of_uneven_bones_is_not_believed(carried: Carried) -> None:
    assert all(one.trusted for one in judged(carried) if one.name.startswith("hip_"))
    smaller = {"hip_left": 0.6}
    found = tuple(replace(one, volume_ml=one.volume_ml * smaller.get(one.name, 1)) for one in carried.found)
    for one in judged(replace(carried, found=found)):
        if one.name.startswith("hip_"):
            assert not one.trusted
            assert one.why.startswith("left and right differ in volume")


def test_command_writes_a_patient(pelvis: Patient, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    save_patient(pelvis, tmp_path / "in")
    ct, out = str(tmp_path / "in" / "ct.nii.gz"), tmp_path / "out"
    assert cli.main(["patients", "label", ct, "--by", "rules", "-o", str(out), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    assert report["by"] == told["by"] == "rules"
    assert {s["name"] for s in report["structures"]} == open_patient(out).known
    assert (out / "sheet.png").stat().st_size > 1000
    assert cli.main(["patients", "label", ct, "--by", "rules", "-o", str(out)]) == 2, "never overwritten"


def test_wrong_arguments_are_told(atlas: Patient, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot label by 'magic'"):
        label("ct.nii.gz", "magic")
    with pytest.raises(UsageError, match="an atlas is not used"):
        label("ct.nii.gz", "rules", [atlas])
    with pytest.raises(UsageError, match="atlas bare: has no labels of single bones"):
        label("ct.nii.gz", "atlas", [_bare(atlas)])
    with pytest.raises(UsageError, match="at least one labelled patient"):
        carry_over(atlas.hu[:4], atlas.world_from_index, [])
    found = label(_stored(atlas, tmp_path), "rules")
    with pytest.raises(UsageError, match="exists already"):
        write_labelled(found, tmp_path)


def _stored(patient: Patient, folder: Path) -> Path:
    save_patient(patient, folder / "stored")
    return folder / "stored" / "ct.nii.gz"
