"""Names of atlas parts: examples, and every part of the real atlases is named or deliberately not."""

import csv
from pathlib import Path

import pytest

from fluoroseg import anatomy
from fluoroseg.patients._atlas_names import part_name
from fluoroseg.patients.surfaces import read_surfaces


@pytest.mark.parametrize(
    ("name", "structure"),
    [
        ("Seventh thoracic vertebra", "vertebrae_T7"),
        ("Atlas", "vertebrae_C1"),
        ("Navicular bone of left foot", "navicular_left"),
        ("Right twelfth rib", "rib_right_12"),
        ("Left fifth costal cartilage", "costal_cartilage_left_5"),
        ("Distal phalanx of right thumb", "phalanx_distal_hand_1_right"),
        ("Middle phalanx of left little toe", "phalanx_middle_foot_5_left"),
        ("Proximal phalanx of right second toe", "phalanx_proximal_foot_2_right"),
        ("Left fourth metacarpal bone", "metacarpal_4_left"),
        ("Right lateral cuneiform bone", "cuneiform_lateral_right"),
        ("Intervertebral disk of axis", "disc_C2_C3"),
        ("Intervertebral disk of twelfth thoracic vertebra", "disc_T12_L1"),
        ("Intervertebral disk of fifth lumbar vertebra", "disc_L5_S1"),
        ("Clavicular part of left deltoid", "deltoid_left"),
        ("Long head of right biceps femoris", "biceps_femoris_right"),
        ("Right longissimus thoracis", "longissimus_right"),
        ("VH_M_patella_R", "patella_right"),
        ("VH_F_jejenum", "jejunum"),
        ("VH_M_inferior_vena_cava_b", "inferior_vena_cava"),
        ("VH_M_splenic_flexure_of_colon", "colon_splenic_flexure"),
        ("VH_M_descending_aorta_b", "aorta_abdominal"),
        ("VH_M_heart_left_ventricle", "heart_ventricle_left"),
        ("VH_F_right_cardiac_atrium", "heart_atrium_right"),
        ("VH_F_ilium_compact_bone_L", "ilium_left"),
        ("VH_M_medial_condyle_of_left_femur_sup", "femur_left"),
        ("Set of right levatores costarum longi", "autochthon_right"),
        ("Thoracic rotator", ""),
        ("VH_M_falciform_ligament", ""),
        ("Left warp drive", ""),
    ],
)
def test_examples(name: str, structure: str) -> None:
    assert part_name(name).structure == structure


def test_a_wrong_side_in_the_atlas_is_told_by_the_place() -> None:
    """HRA calls the male's left renal artery right; kidneys and their vessels go by where they lie."""
    assert part_name("VH_M_right_renal_artery", x_mm=38.0).structure == "renal_artery_left"
    assert part_name("VH_F_right_renal_artery", x_mm=-38.0).structure == "renal_artery_right"
    assert part_name("VH_M_renal_pyramid_j", x_mm=-60.0).structure == "kidney_right"


def test_what_is_unknown_and_what_is_left_out() -> None:
    assert not part_name("Left warp drive").known
    assert part_name("Thoracic rotator").known
    assert part_name("VH_M_liver_capsule").surface_only
    assert part_name("VH_M_gallbladder").lumen_mm > 0


def test_every_part_of_bodyparts3d(shared_data: Path) -> None:
    with (shared_data / "atlas" / "bodyparts3d" / "parts.csv").open(newline="") as file:
        names = sorted({row["name"] for row in csv.DictReader(file)})
    found = {name: part_name(name) for name in names}
    assert [n for n, p in found.items() if not p.known] == []
    assert sum(bool(p.structure) for p in found.values()) > 0.83 * len(names)
    wrong = [
        n
        for n, p in found.items()
        if p.structure and (side := anatomy.structure(p.structure).side) and side not in n.lower()
    ]
    assert wrong == []


@pytest.mark.parametrize("sex", ["male", "female"])
def test_every_part_of_hra_and_its_side(shared_data: Path, sex: str) -> None:
    """No part is unknown; what has a side lies there (kidneys, knees, hip bones, vessels of the limbs)."""
    unknown, wrong = [], []
    paired = ("kidney", "patella", "tibia", "femur", "fibula", "ilium", "ischium", "pubis", "ovary", "ureter")
    paired += ("renal", "internal_iliac", "external_iliac")
    for path in sorted((shared_data / "atlas" / f"hra-{sex}").glob("*.glb")):
        for surface in read_surfaces(path):
            x_mm = float(surface.vertices[:, 0].mean()) * 1000
            part = part_name(surface.name, x_mm)
            if not part.known:
                unknown.append(surface.name)
            if part.structure.startswith(paired):
                side = anatomy.structure(part.structure).side
                wrong += [surface.name] if (x_mm > -14) != (side == "left") else []
    assert unknown == []
    assert wrong == []
