"""The table of structures and the groups made from it."""

import re

import nibabel
import numpy as np
import pytest

from fluoroseg.anatomy import groups, members, structure, structures
from fluoroseg.anatomy.catalogue import group_table
from fluoroseg.errors import AnatomyError

TISSUES = {
    "bone", "cartilage", "tooth", "lung", "air", "muscle", "fat", "vessel", "organ", "fluid", "nerve",
    "soft", "metal",
}  # fmt: skip


def test_ids_and_names_are_unique_and_complete():
    ids = [s.id for s in structures().values()]
    assert len(set(ids)) == len(ids) == len(structures())
    assert {i for i in ids if i < 2000} == {*range(1, 118), *range(301, 312), 1000}
    assert not structures().keys() & group_table().keys()
    assert all(re.fullmatch(r"[a-zA-Z0-9_]+", name) for name in [*structures(), *groups()])


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (2, "kidney_right"),
        (10, "lung_upper_lobe_left"),
        (14, "lung_lower_lobe_right"),
        (25, "sacrum"),
        (26, "vertebrae_S1"),
        (27, "vertebrae_L5"),
        (32, "vertebrae_T12"),
        (43, "vertebrae_T1"),
        (50, "vertebrae_C1"),
        (51, "heart"),
        (57, "common_carotid_artery_right"),
        (61, "atrial_appendage_left"),
        (69, "humerus_left"),
        (77, "hip_left"),
        (91, "skull"),
        (92, "rib_left_1"),
        (103, "rib_left_12"),
        (115, "rib_right_12"),
        (117, "costal_cartilages"),
        (301, "patella"),
        (311, "phalanges_hand"),
        (1000, "tool"),
    ],
)
def test_published_ids(number, name):
    assert structure(name).id == number


def test_fields_follow_the_name():
    for s in structures().values():
        sides = {"left", "right"} & set(s.name.split("_"))
        assert sides == ({s.side} if s.side else set()), s.name
        assert s.tissue in TISSUES, s.name
        assert s.part_of == "" or s.part_of in structures(), s.name
        if s.kind in ("rib", "vertebrae"):
            assert s.level == s.name.split("_")[-1]


def test_codes_are_sound():
    """FMA ids name one structure, SNOMED CT codes one type, left and right alike, and have a check digit."""
    every = structures().values()
    fma = [s.fma for s in every if s.fma]
    assert len(fma) > 350
    assert len(set(fma)) == len(fma)
    assert all(re.fullmatch(r"[1-9][0-9]{3,6}", code) for code in fma)
    kinds: dict[str, set[str]] = {}
    for s in every:
        if s.snomed:
            assert re.fullmatch(r"[1-9][0-9]{5,17}", s.snomed), s.name
            assert verhoeff(s.snomed) == 0, s.name
            kinds.setdefault(s.snomed, set()).add(re.sub("_(left|right)", "", s.name))
    assert len(kinds) > 180
    assert all(len(names) == 1 for names in kinds.values()), kinds
    assert all(s.totalsegmentator == (s.name,) for s in every if s.id <= 117 or 301 <= s.id <= 311)


def verhoeff(code: str) -> int:
    """SNOMED CT's check digit: 0 for a valid identifier (D. Gumm's form of Verhoeff's dihedral check)."""
    permute = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]
    check = 0
    for at, digit in enumerate(map(int, reversed(code))):
        for _ in range(at % 8):
            digit = permute[digit]
        check = dihedral(check, digit)
    return check


def dihedral(a: int, b: int) -> int:
    turned = (a + b) % 5 if a < 5 else (a - b) % 5
    return turned if (a < 5) == (b < 5) else turned + 5


def test_left_and_right_are_twins():
    for s in structures().values():
        if s.side == "left" and s.name != "atrial_appendage_left":
            twin = structure(s.name.replace("left", "right"))
            same = ("level", "region", "tissue", "synonyms", "kind")
            assert all(getattr(s, f) == getattr(twin, f) for f in same), s.name
            assert twin.part_of == s.part_of.replace("left", "right")


def test_members_include_the_finer_parts():
    assert members("lung_left") == {"lung_left", "lung_upper_lobe_left", "lung_lower_lobe_left"}
    assert members("lungs") == members("lung_left") | members("lung_right")
    assert members("patella") == {"patella", "patella_left", "patella_right"}
    assert members("rib_left_3") == {"rib_left_3"}
    assert {"heart", "aorta", "superior_vena_cava", "pulmonary_vein"} < members("cardiomediastinum")
    assert {"hip_left", "hip_right", "sacrum", "vertebrae_S1"} < members("pelvis")
    assert {structure(n).region for n in members("pelvis")} == {"pelvis"}
    assert len(members("hand_left")) == 3 + 8 + 5 + 14
    assert len(members("foot_right")) == 3 + 7 + 5 + 14
    assert members("skeleton") >= {n for n, s in structures().items() if s.tissue == "bone"}


def test_members_of_a_part_are_members_of_the_whole():
    for name, s in structures().items():
        assert name in members(name)
        if s.part_of:
            assert members(name) < members(s.part_of)


def test_groups_by_rule():
    sizes = {"ribs": 24, "ribs_left": 12, "cervical_vertebrae": 7, "thoracic_vertebrae": 12, "rib_3": 2}
    assert {n: len(groups()[n]) for n in sizes} == sizes
    assert groups()["lumbar_vertebrae"] == {f"vertebrae_L{i}" for i in range(1, 6)}
    assert groups()["lower_lumbar_spine"] == {"vertebrae_L4", "vertebrae_L5"}
    assert len(groups()["true_ribs_left"]) == 7
    assert groups()["finger_1_left"] == {f"phalanx_{part}_hand_1_left" for part in ("proximal", "distal")}
    assert len(groups()["discs"]) == 23
    assert groups()["femora"] == members("femur_left") | members("femur_right")
    assert all(structure(n).side == "left" for n in members("leg_left") | members("ribs_left"))


def test_every_pair_can_be_named_together():
    sets = {*groups().values(), *map(members, structures())}
    for name, s in structures().items():
        if s.side == "left" and name != "atrial_appendage_left":
            both = members(name) | members(name.replace("left", "right"))
            assert any(both == found or both | {s.kind} == found for found in sets), name


def test_unknown_names_are_refused_with_a_hint():
    for ask in (structure, members):
        with pytest.raises(AnatomyError, match="hip_left"):
            ask("hip_leftt")


def test_ids_lie_where_a_real_body_has_them(shared_data):
    """Centroids in TotalSegmentator's own example: RAS, so x grows to the right and z to the head."""
    image = nibabel.load(shared_data / "ct" / "totalsegmentator-example" / "labels.nii.gz")
    labels = np.asarray(image.dataobj).astype(int)
    centre = {}
    for s in structures().values():
        voxels = np.argwhere(labels == s.id)
        if len(voxels):
            centre[s.name] = image.affine[:3, :3] @ voxels.mean(axis=0) + image.affine[:3, 3]
    middle = centre["spinal_cord"][0]
    sided = [n for n in centre if structure(n).side]
    assert len(sided) >= 35
    for name in sided:
        assert (centre[name][0] > middle) == (structure(name).side == "right"), name
    spine = ["sacrum", "vertebrae_S1"] + [f"vertebrae_L{i}" for i in range(5, 0, -1)] + ["vertebrae_T12"]
    heights = [centre[n][2] for n in spine]
    assert heights == sorted(heights)
    assert centre["liver"][0] > middle > centre["spleen"][0]
    assert centre["urinary_bladder"][2] < centre["kidney_left"][2]
    assert centre["prostate"][2] < centre["urinary_bladder"][2]
