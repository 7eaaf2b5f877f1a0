import dataclasses

import numpy as np
import pytest

from fluoroseg.errors import AnatomyError, UsageError
from fluoroseg.patients.patient import Patient
from fluoroseg.plan import Plan, draw_sample, rng_of
from fluoroseg.procedures import procedure

PATIENT = Patient(
    np.zeros((4, 4, 4), np.int16), np.ones((4, 4, 4), np.uint16), np.eye(4), {1: "spleen", 5: "liver"}
)
PELVIS = dataclasses.replace(PATIENT, structures={1: "hip_left", 5: "sacrum"})


@pytest.mark.parametrize(("patients", "images"), [(1, 1), (3, 100), (7, 7), (5, 23), (10, 4)])
def test_patients_get_equal_consecutive_parts(patients, images):
    plan = Plan(tuple(f"p{i}" for i in range(patients)), images, per_body=4)
    order = [plan.patient_of(i) for i in range(images)]
    assert order == sorted(order)
    counts = [order.count(p) for p in plan.patients]
    assert max(counts) - min(counts) <= 1
    bodies = [plan.body_of(i) for i in range(images)]
    for index, body in enumerate(bodies):
        assert 0 <= index - body < 4
        assert plan.patient_of(body) == plan.patient_of(index)
        assert body in (order.index(order[index]), index - index % 4)


def test_shards_cover_the_images_once():
    plan = Plan(("p",), 23, per_shard=5)
    shards = list(plan.shards())
    assert [n for n, _ in shards] == list(range(5))
    assert [i for _, samples in shards for i in samples] == list(range(23))


@pytest.mark.parametrize(
    ("images", "per_shard"),
    [(1, 64), (16, 64), (1024, 64), (1025, 128), (2000, 128), (6000, 192), (10**6, 192)],
)
def test_shards_fit_the_number_of_images(images, per_shard):
    assert Plan(("p",), images).per_shard == per_shard
    assert Plan(("p",), images, per_shard=7).per_shard == 7


def test_draws_follow_the_plan_and_the_seed():
    plan = Plan(("p",), 4000, seed=3)
    views, tools = ("pa chest", "ap abdomen"), ("k-wire 2.0 mm", "k-wire 1.0 mm")
    draws = [draw_sample(plan, PATIENT, views, tools, rng_of(plan, i)) for i in range(4000)]
    again = draw_sample(plan, PATIENT, views, tools, rng_of(plan, 1234))
    assert again == draws[1234]
    assert draw_sample(Plan(("p",), 4000, seed=4), PATIENT, views, tools, rng_of(plan, 1)) == draws[1]
    assert np.mean([d.view == "random" for d in draws if not d.procedure]) == pytest.approx(0.5, abs=0.04)
    assert np.mean([bool(d.tools) for d in draws]) == pytest.approx(0.2, abs=0.04)
    assert np.mean([bool(d.procedure) for d in draws]) == pytest.approx(0.2, abs=0.04)
    assert all(d.view in procedure(d.procedure).views for d in draws if d.procedure)
    assert np.mean([bool(d.factors) for d in draws]) == pytest.approx(0.5, abs=0.04)
    assert {v for d in draws for v in (d.view,)} == {"random", *views}
    factors = np.array([f for d in draws for f in d.factors.values()])
    assert factors.min() >= 0.1
    assert factors.max() <= 4
    counts, edges = np.histogram(factors, bins=np.arange(0.1, 3, 0.2))
    assert 0.7 <= edges[counts.argmax()] <= 1.1  # the mode
    assert min(d.kvp for d in draws) >= 60
    assert max(d.kvp for d in draws) <= 125


def test_a_patient_without_standard_view_gets_random_ones():
    plan = Plan(("p",), 50)
    assert {draw_sample(plan, PATIENT, (), (), rng_of(plan, i)).view for i in range(50)} == {"random"}


def test_named_views_are_the_only_ones():
    plan = Plan(("p",), 50, views=("pa chest", "ap abdomen"))
    drawn = {
        draw_sample(plan, PATIENT, ("ap abdomen", "ap pelvis"), (), rng_of(plan, i)).view for i in range(50)
    }
    assert drawn == {"ap abdomen"}
    with pytest.raises(AnatomyError, match="allows none of the views"):
        draw_sample(plan, PATIENT, ("ap pelvis",), (), rng_of(plan, 0))


def test_named_targets_give_random_views_about_them():
    views = ("ap abdomen", "ap pelvis")
    plan = Plan(("p",), 80, targets=("hip_bones", "sacrum"))
    drawn = [draw_sample(plan, PELVIS, views, (), rng_of(plan, i)) for i in range(80)]
    assert {d.view for d in drawn} == {"random"}
    assert {d.target for d in drawn} == {"hip_bones", "sacrum"}
    assert {d.procedure for d in drawn} == {""}
    both = dataclasses.replace(plan, views=("ap pelvis",), procedures=0.0)
    drawn = [draw_sample(both, PELVIS, views, (), rng_of(both, i)) for i in range(80)]
    assert {d.view: bool(d.target) for d in drawn} == {"random": True, "ap pelvis": False}
    assert 25 < sum(d.view == "random" for d in drawn) < 55


def test_a_patient_is_asked_only_for_targets_that_it_has():
    plan = Plan(("p",), 20, targets=("femora", "sacrum"))
    drawn = [draw_sample(plan, PELVIS, (), (), rng_of(plan, i)) for i in range(20)]
    assert {d.target for d in drawn} == {"sacrum"}
    with pytest.raises(AnatomyError, match="has nothing of femora, sacrum"):
        draw_sample(plan, PATIENT, (), (), rng_of(plan, 0))


@pytest.mark.parametrize(
    "change",
    [{"patients": ()}, {"images": 0}, {"images": 10**12}, {"size": 3}, {"size": 10**6}, {"seed": -1}],
)
def test_plans_that_cannot_be_meant(change):
    with pytest.raises(UsageError):
        dataclasses.replace(Plan(("p",), 10), **change)
