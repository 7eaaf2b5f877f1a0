"""Whatever we say for a structure, we understand."""

import numpy as np
import pytest

from fluoroseg.anatomy import groups, members, phrases, read, structures, title
from fluoroseg.errors import AnatomyError

NAMES = [*structures(), *groups()]


def test_every_phrase_reads_back():
    said = 0
    for name in NAMES:
        for phrase in phrases(name, count=1000):
            said += 1
            assert members(read(phrase).name) == members(name), phrase
    assert said > 5000


def test_drawn_phrases_read_back_and_vary():
    rng = np.random.default_rng(0)
    for name in NAMES:
        drawn = [p for _ in range(3) for p in phrases(name, rng, count=6)]
        assert all(read(p).name == name for p in drawn), drawn
        assert len(set(drawn)) >= 2, name


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
