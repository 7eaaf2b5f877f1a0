"""Left for right: words, names of structures and groups, and bodies that have a side of their own."""

import pytest

from fluoroseg.anatomy import groups, structures
from fluoroseg.anatomy.mirror import can_be_mirrored, mirrored_name, twins
from fluoroseg.anatomy.sides import swap_sides

NO_TWIN = {"lung_middle_lobe_right", "atrial_appendage_left"}


@pytest.mark.parametrize(
    ("said", "mirrored"),
    [
        ("hip_left", "hip_right"),
        ("rib_right_3", "rib_left_3"),
        ("left lung", "right lung"),
        ("femur of the LEFT leg", "femur of the RIGHT leg"),
        ("Left-sided ilium", "Right-sided ilium"),
        ("L hip bone", "R hip bone"),
        ("lobus superior pulmonis dexter", "lobus superior pulmonis sinister"),
        ("left and right tibia", "right and left tibia"),
        ("vertebra L4", "vertebra L4"),
        ("brightly cleft", "brightly cleft"),
        ("sacrum", "sacrum"),
    ],
)
def test_words_in_the_mirror(said: str, mirrored: str) -> None:
    assert swap_sides(said) == mirrored
    assert swap_sides(mirrored) == said


def test_every_structure_has_one_name_in_the_mirror() -> None:
    for name, thing in structures().items():
        other = swap_sides(name)
        assert swap_sides(other) == name
        assert (other != name) == bool(thing.side), name
        if thing.side and name not in NO_TWIN:
            twin = structures()[other]
            assert {thing.side, twin.side} == {"left", "right"}
            assert (twin.kind, twin.level, twin.tissue) == (thing.kind, thing.level, thing.tissue)


def test_every_group_has_one_name_in_the_mirror() -> None:
    for name, inside in groups().items():
        other = groups()[swap_sides(name)]
        assert {swap_sides(n) for n in inside} - other <= {swap_sides(n) for n in NO_TWIN}, name


def test_a_mirrored_body_has_names_of_the_table_only() -> None:
    for name, thing in structures().items():
        other = mirrored_name(name)
        assert other in structures()
        if not thing.side:
            assert other == name
        elif other not in (name, "lung_left"):
            assert mirrored_name(other) == name
    assert mirrored_name("lung_middle_lobe_right") == "lung_left"
    assert mirrored_name("heart_atrium_left") == "heart_atrium_left"
    assert mirrored_name("k-wire 2.0 mm") == "k-wire 2.0 mm"


def test_twins() -> None:
    names = ["rib_right_3", "hip_left", "femur_left", "rib_left_3", "sacrum", "femur_right", "left shoe"]
    assert twins(names) == [("femur_left", "femur_right"), ("rib_left_3", "rib_right_3")]
    assert twins([]) == []


@pytest.mark.parametrize(
    ("names", "can"),
    [
        ((), True),
        (("femur_left", "patella_left", "k-wire 2.0 mm"), True),
        (("hip_left", "vertebrae_L5", "iliopsoas_left"), True),
        (("hip_left", "colon"), False),
        (("rib_left_3",), False),  # behind every rib there is a heart or a liver
        (("humerus_left", "lung_upper_lobe_left"), False),
    ],
)
def test_a_trunk_has_a_side_of_its_own(names: tuple[str, ...], can: bool) -> None:
    assert can_be_mirrored(names) == can
