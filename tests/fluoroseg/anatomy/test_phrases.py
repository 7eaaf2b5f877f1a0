"""Whatever we say for a structure, we understand."""

import numpy as np
import pytest

from fluoroseg.anatomy import groups, members, phrases, read, structures, title
from fluoroseg.anatomy.phrases import held_out, sayings
from fluoroseg.anatomy.templates import HELD_OUT, REQUESTS
from fluoroseg.errors import AnatomyError

NAMES = [*structures(), *groups()]
ONE_SIDE = [name for name in NAMES if not name.endswith("_right")]
"""The words of the other side differ by that one word."""


def test_every_phrase_reads_back():
    said = 0
    for at, name in enumerate(ONE_SIDE):
        every = phrases(name, count=1000)
        for phrase in {*every[:3], *every[at % 8 :: 8]}:  # of the many of ribs and fingers every eighth
            said += 1
            assert members(read(phrase).name) == members(name), phrase
    assert said > 2500


@pytest.mark.parametrize("split", [None, "train", "test"])
def test_drawn_phrases_read_back_and_vary(split):
    rng = np.random.default_rng(0)
    for name in NAMES[::7]:
        drawn = [p for _ in range(3) for p in phrases(name, rng, 4, split)]
        assert all(members(read(p).name) == members(name) for p in drawn), drawn
        assert len(set(drawn)) >= 2, name


def test_nothing_of_a_test_phrase_is_trained():
    """Of every phrase for testing the template, the synonym or the request is in no phrase for training."""
    trained = [s for name in NAMES for s in sayings(name) if not held_out(s)]
    tested = [s for name in NAMES for s in sayings(name) if held_out(s)]
    templates, words = {s.template for s in trained}, {s.word.lower() for s in trained}
    assert not templates & HELD_OUT
    assert all(s.template not in templates or s.word.lower() not in words for s in tested)
    assert not {s.text.lower() for s in trained} & {s.text.lower() for s in tested}
    assert len(tested) > 0.2 * len(trained)


def test_the_splits_share_no_phrase():
    rng = np.random.default_rng(1)
    drawn: dict[str, set[str]] = {"train": set(), "test": set()}
    for name in NAMES:
        for split, said in drawn.items():
            plain, asked = phrases(name, None, 1000, split), phrases(name, rng, 8, split)
            assert plain
            assert asked
            said.update(p.lower() for p in (*plain, *asked))
        assert phrases(name, split="train")[0] == title(name)
    assert not drawn["train"] & drawn["test"]
    held = [r.format("") for r in REQUESTS if r in HELD_OUT]
    assert not any(phrase.startswith(request[:12]) for phrase in drawn["train"] for request in held)


@pytest.mark.parametrize("wrong", [{"count": 0}, {"count": -3}, {"split": "validation"}])
def test_wrong_arguments_are_refused(wrong):
    with pytest.raises(AnatomyError, match="expected 1 or more"):
        phrases("liver", **wrong)


def test_the_same_seed_says_the_same():
    first, second = (phrases("rib_left_3", np.random.default_rng(7), 5) for _ in range(2))
    assert first == second
    assert len(first) == 5
    assert phrases("rib_left_3", np.random.default_rng(8), 5) != first


def test_a_phrase_belongs_to_one_thing():
    owner: dict[str, frozenset[str]] = {}
    for name in NAMES:
        for phrase in phrases(name, count=1000):
            assert owner.setdefault(phrase.lower(), members(name)) == members(name), phrase


def test_titles():
    expected = {
        "rib_left_3": "left third rib",
        "vertebrae_L4": "fourth lumbar vertebra",
        "hip_left": "left hip bone",
        "lungs": "lungs",
        "rib_3": "left and right third rib",
        "hand_right": "right hand",
        "lung_left": "left lung",
    }
    assert {name: title(name) for name in expected} == expected


def test_every_sided_structure_says_its_side():
    for name, s in structures().items():
        if s.side:
            said = [p for p in phrases(name, count=1000) if p not in s.own_names]
            assert said
            assert all(s.side in p or p.startswith(f"{s.side[0].upper()} ") for p in said)


def test_unknown_names_are_refused():
    with pytest.raises(AnatomyError, match="lung_left"):
        phrases("lung_lefd")
