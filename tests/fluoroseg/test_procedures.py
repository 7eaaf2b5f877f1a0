"""Procedures: what they name exists, and each puts its tools where the picture shows them."""

import json
from functools import cache

import numpy as np
import pytest

import fluoroseg
from fluoroseg.anatomy import groups, structures
from fluoroseg.cli import main
from fluoroseg.errors import UsageError
from fluoroseg.geometry.standard import STANDARD_VIEWS
from fluoroseg.geometry.views import find_view
from fluoroseg.patients.patient import Patient
from fluoroseg.procedures import perform, procedure, procedures
from fluoroseg.tools import Arrangement, tools
from fluoroseg.tools.in_joint import JOINTS


@cache
def phantom() -> Patient:
    return fluoroseg.phantom()


def done(name: str, view: str, seed: int) -> Arrangement:
    found = Arrangement()
    camera = find_view(phantom(), view, 160).camera
    perform(found, procedure(name), phantom(), camera, np.random.default_rng(seed))
    return found


def test_there_are_many_and_all_they_name_exists():
    families = {one.family for one in tools().values()}
    assert len(procedures()) >= 12
    for what in procedures().values():
        assert what.description
        for side in ("left", "right"):
            assert set(what.views_on(side)) <= set(STANDARD_VIEWS)
            for step in what.steps:
                assert set(step.tools) <= families, what.name
                for target in step.into:
                    meant = target.format(side=side)
                    assert meant in structures() or meant in groups() or meant.split()[0] in JOINTS, meant


@pytest.mark.parametrize("name", procedures())
def test_each_shows_tools_in_one_of_its_views(name: str):
    what = procedure(name)
    for seed, view in enumerate(view for side in ("left", "right") for view in what.views_on(side)):
        found = done(name, view, seed)
        if found.placed:
            break
    assert found.placed, found.missing
    again = done(name, view, seed)
    assert [at for _, at in again.placed.values()] == [at for _, at in found.placed.values()]
    families = {family for step in what.steps for family in step.tools}
    assert {one.family for one, _ in found.placed.values()} <= families
    for key in found.placed:
        assert found.phrases(key)
    assert {solid.key for solid in found.solids} == set(found.placed)


def test_a_fusion_has_screws_in_vertebrae_on_both_sides_and_rods_that_join_them():
    found = done("spinal fusion", "ap lumbar spine", 3)
    screws = [at for one, at in found.placed.values() if one.family == "pedicle screw"]
    rods = [at for one, at in found.placed.values() if one.family == "spinal rod"]
    assert len(screws) >= 4
    assert len(rods) == 2
    assert {np.sign(rod.curve_mm[0][0]) for rod in rods} == {1.0, -1.0}
    for screw in screws:
        assert screw.structure.startswith("vertebrae_")
        one = next(t for t, at in found.placed.values() if at is screw)
        head = np.array(screw.tip_mm) - one.length_mm * np.array(screw.direction)
        assert min(np.linalg.norm(np.array(rod.curve_mm) - head, axis=1).min() for rod in rods) < 3


def test_one_side_is_kept_through_a_procedure():
    for seed in range(4):
        found = done("hip replacement", "ap pelvis", seed)
        assert len({np.sign(at.tip_mm[0]) for _, at in found.placed.values()}) == 1
        knee = done("knee replacement", "ap left knee", seed)
        assert all("right" not in f"{key} {at.structure}" for key, (_, at) in knee.placed.items())


def test_a_name_that_is_none_is_told():
    assert procedure("Hip-Nailing").name == "hip nailing"
    with pytest.raises(UsageError, match=r"did you mean.*hip nailing"):
        procedure("hip nail")
    with pytest.raises(UsageError, match="no procedure"):
        fluoroseg.simulate(phantom(), "pa chest", procedure="haircut")


def test_a_picture_of_a_procedure_names_what_is_in_it():
    shot = fluoroseg.simulate(phantom(), "ap pelvis", size=160, procedure="hip replacement", seed=1)
    stem = next(t for t in shot.record["tools"] if "stem" in t["key"])
    assert shot.masks[stem["key"]].sum() > 50
    assert any(" in the " in phrase for phrase in shot.phrases[stem["key"]])
    assert shot.record["procedure"] == "hip replacement"
    assert shot.record["not_placed"] == []


def test_the_command_lists_them(capsys: pytest.CaptureFixture[str]):
    assert main(["tools", "procedures", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["procedures"]
    assert {one["name"] for one in told} == set(procedures())
    assert main(["tools", "procedures"]) == 0
    assert "hip nailing" in capsys.readouterr().out
