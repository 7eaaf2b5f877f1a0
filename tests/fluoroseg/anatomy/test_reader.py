"""Words in, structures out: known ways to say things, mistakes, and what must never be guessed."""

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluoroseg.anatomy import groups, members, read, structure, structures, title


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("L4", "vertebrae_L4"),
        ("fourth lumbar vertebra", "vertebrae_L4"),
        ("4th lumbar vertabra", "vertebrae_L4"),
        ("lumbar 4", "vertebrae_L4"),
        ("vertebra lumbalis IV", "vertebrae_L4"),
        ("vertebrae_L4", "vertebrae_L4"),
        ("Spinal bone C6", "vertebrae_C6"),
        ("T12", "vertebrae_T12"),
        ("Th12", "vertebrae_T12"),
        ("D 12", "vertebrae_T12"),
        ("atlas", "vertebrae_C1"),
        ("third rib on the left", "rib_left_3"),
        ("left 3rd rib", "rib_left_3"),
        ("rib_left_3", "rib_left_3"),
        ("Costa III sinistra", "rib_left_3"),
        ("L 3rd rib", "rib_left_3"),
        ("third ribs", "rib_3"),
        ("collarbone", "clavicles"),
        ("right collar bone", "clavicula_right"),
        ("shinbone", "tibia"),
        ("left shin", "tibia_left"),
        ("breastbone", "sternum"),
        ("left hip bone", "hip_left"),
        ("L hip", "hip_left"),
        ("patella", "patella"),
        ("Patellae", "patella"),
        ("left kneecap", "patella_left"),
        ("metacarpals of the left hand", "metacarpal_left"),
        ("finger bones of the patient's right hand", "phalanges_hand_right"),
        ("hands", "hand"),
        ("left hand", "hand_left"),
        ("3rd metacarpal of the left hand", "metacarpal_3_left"),
        ("lungs", "lungs"),
        ("Lung", "lungs"),
        ("both lungs", "lungs"),
        ("left and right lung", "lungs"),
        ("left lung", "lung_left"),
        ("lung, right", "lung_right"),
        ("left lung on the x-ray", "lung_left"),
        ("lung on the left-hand side", "lung_left"),
        ("middle lobe", "lung_middle_lobe_right"),
        ("RUL", "lung_upper_lobe_right"),
        ("ribs", "ribs"),
        ("left ribs", "ribs_left"),
        ("lumbar vertebrae", "lumbar_vertebrae"),
        ("lumbar spine", "lumbar_vertebrae"),
        ("L-spine", "lumbar_vertebrae"),
        ("spine", "spine"),
        ("vertebrae", "vertebrae"),
        ("pelvis", "pelvis"),
        ("hips", "hip_bones"),
        ("femurs", "femora"),
        ("thigh bones", "femora"),
        ("left femur", "femur_left"),
        ("tibias", "tibia"),
        ("both kidneys", "kidneys"),
        ("heart", "heart"),
        ("cardiac silhouette", "heart"),
        ("cardiomediastinum", "cardiomediastinum"),
        ("mediastinal contour", "cardiomediastinum"),
        ("heart shadow with mediastinum", "cardiomediastinum"),
        ("airways", "airways"),
        ("windpipe", "trachea"),
        ("thoracic cage", "thoracic_cage"),
        ("shoulder girdle", "shoulder_girdle"),
        ("everything made of bone", "skeleton"),
        ("bone", "skeleton"),
        ("abdominal organs", "abdominal_organs"),
        ("Please segment the sacrum.", "sacrum"),
        ("oesophagus", "esophagus"),
    ],
)
def test_known_ways_to_say_it(words, name):
    assert read(words).name == name


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("femer", "femora"),
        ("left femurr", "femur_left"),
        ("clavical", "clavicles"),
        ("scaplua", "scapulae"),
        ("rigth lung", "lung_right"),
        ("lfet lung", "lung_left"),
        ("thrid rib on the left", "rib_left_3"),
        ("forth lumbar vertebra", "vertebrae_L4"),
        ("hart", "heart"),
        ("kidnies", "kidneys"),
        ("mandibel", "mandible"),
        ("pattela", "patella"),
    ],
)
def test_misspellings_are_forgiven(words, name):
    assert read(words).name == name


@pytest.mark.parametrize(
    ("words", "suggested"),
    [
        ("light lung", "right lung"),  # a side is not corrected by another letter
        ("river", "liver"),
        ("fibia", "tibia"),
        ("right heart", "heart"),
        ("left middle lobe", "right middle lobe of the lung"),
        ("atrial appendage", "left atrial appendage"),  # the body has two, the catalogue one
        ("sacral vertebra", "first sacral vertebra"),
        ("vertebra 4", "fourth lumbar vertebra"),
        ("13th rib", "ribs"),
        ("L3 rib", "ribs"),  # lumbar or left?
        ("T4 lumbar vertebra", "lumbar vertebrae"),
        ("ribs and sternum", "sternum"),
        ("no lungs", "lungs"),
        ("left lung without heart", "heart"),
        ("Rfemur", "right femur"),
    ],
)
def test_what_is_not_clear_is_asked_not_guessed(words, suggested):
    answer = read(words)
    assert (answer.name, answer.structures) == ("", ())
    assert suggested in answer.suggestions


@pytest.mark.parametrize(
    "words", ["", "   ", "xyzzy", "the", "left", "17", "!?", "L9", "C8", "T13", "肺", "a" * 5000]
)
def test_unknown_words_have_no_structures(words):
    assert (read(words).name, read(words).structures) == ("", ())


def test_groups_are_answered_with_published_names():
    def names(words: str) -> list[str]:
        return [s.name for s in read(words).structures]

    lobes = ["lung_upper_lobe_left", "lung_lower_lobe_left"]
    assert names("left lung") == lobes
    assert names("lungs") == [n for n in structures() if n.startswith("lung_") and "lobe" in n]
    assert names("pelvis") == ["sacrum", "hip_left", "hip_right"]
    assert names("patella") == ["patella", "patella_left", "patella_right"]
    assert names("sacrum") == ["sacrum"]
    assert names("airways")[0] == "trachea"


def test_canonical_names_and_titles_read_as_themselves():
    for name in [*structures(), *groups()]:
        assert read(title(name)).name == name
        if name not in ("bone", "muscle"):  # the words mean all of it; labels of the rest are said otherwise
            assert read(name).name == name


def test_a_synonym_names_one_thing():
    """Said with its side and level, a word reads as its row or, for words of a group, as the group."""
    for name, s in structures().items():
        for word in (w.replace("{side}", "").replace("{nth}", "") for w in s.synonyms):
            said = f"{s.side} {word} {s.level}" if s.level else f"{s.side} {word}"
            assert members(read(said).name) == members(name), said
        for word in s.own_names:
            assert read(word).name == name


def test_a_lost_or_swapped_letter_never_names_another_structure():
    left = [s for s in structures().values() if s.side == "left" and s.level in ("", "3", "11")][::24]
    spine = [structure(f"vertebrae_{level}") for level in ("C6", "T9", "T12", "L4")]
    for s in [*left, *spine]:
        words = title(s.name)
        for at in range(len(words) - 1):
            lost = words[:at] + words[at + 1 :]
            swapped = words[:at] + words[at + 1] + words[at] + words[at + 2 :]
            for wrong in (lost, swapped):
                assert read(wrong).name in ("", s.name), wrong


@settings(max_examples=60)
@given(st.text(max_size=60))
def test_any_text_gets_an_answer(words):
    check(words)


MIXED = "left right both L R 3 third 3rd IV l4 T12 rib lung femur of the and"


@given(st.lists(st.sampled_from(tuple(MIXED.split()))))
def test_any_mix_of_known_words_gets_a_fitting_answer(words):
    answer = check(" ".join(words))
    said = {w for w in words if w in ("left", "right")}
    if len(said) == 1 and "both" not in words:
        assert all(s.side == next(iter(said)) for s in answer.structures)


def check(words: str):
    answer = read(words)
    assert answer == read(words)
    assert bool(answer.structures) == bool(answer.name)
    assert not (answer.name and answer.suggestions)
    if answer.name:
        assert {s.name for s in answer.structures} <= members(answer.name)
    for suggestion in answer.suggestions:
        assert read(suggestion).name
    return answer


def test_reading_is_light():
    code = "import sys, fluoroseg.anatomy as a; a.read('left lung'); print(sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not any(f"'{heavy}'" in loaded for heavy in ("scipy", "numba", "torch", "nibabel"))
