"""The phantom: the same arguments give the same body, and it is built like one."""

import numpy as np
import pytest

from fluoroseg.anatomy import structures
from fluoroseg.errors import UsageError
from fluoroseg.patients.phantom import phantom


@pytest.fixture(scope="module")
def body():
    return phantom()


@pytest.fixture(scope="module")
def middle(body):
    """Structure name -> centre of mass in LPS mm."""
    index = np.argwhere(body.labels)
    label = body.labels[tuple(index.T)]
    world = body.to_world(index.astype(float))
    count = np.bincount(label)
    sums = [np.bincount(label, weights=world[:, axis]) for axis in range(3)]
    return {n: np.array([s[i] / count[i] for s in sums]) for i, n in body.structures.items()}


def test_deterministic_and_different_by_seed(body):
    one, again, other = phantom(spacing_mm=6.0), phantom(spacing_mm=6.0), phantom(seed=1, spacing_mm=6.0)
    np.testing.assert_array_equal(one.hu, again.hu)
    np.testing.assert_array_equal(one.labels, again.labels)
    assert body.name == one.name == again.name != other.name
    assert one.hu.shape != other.hu.shape or (one.hu != other.hu).any()


def test_names_ids_and_extent(body):
    catalogue = structures()
    assert all(catalogue[name].id == label for label, name in body.structures.items())
    assert len(body.structures) >= 380
    assert np.bincount(body.labels.ravel())[list(body.structures)].min() >= 3
    assert body.known > set(body.structures.values())
    assert "prostate" in body.known
    assert "uterus" in body.structures.values()
    np.testing.assert_allclose(body.spacing_mm, 3.0)
    tall = np.ptp(np.flatnonzero((body.hu > -500).any(axis=(0, 1)))) * 3.0
    assert 1600 < tall < 1700


def test_every_bone_of_spine_and_cage(body):
    names = set(body.structures.values())
    spine = [f"vertebrae_{c}{n}" for c, most in (("C", 7), ("T", 12), ("L", 5)) for n in range(1, most + 1)]
    ribs = [f"rib_{side}_{n}" for side in ("left", "right") for n in range(1, 13)]
    assert names.issuperset(spine + ribs + ["sacrum", "manubrium", "sternum_body"])
    assert names.issuperset({"disc_C2_C3", "disc_L5_S1", "costal_cartilage_left_10", "coccyx", "hyoid"})


def test_left_and_right(middle):
    assert middle["liver"][0] < -20
    assert middle["spleen"][0] > 50
    assert middle["heart"][0] > 5
    assert middle["stomach"][0] > 10
    for name, at in middle.items():
        if "left" in name and "right" not in name:
            assert at[0] > 3, name
            other = middle.get(name.replace("left", "right"))
            assert other is None or other[0] < -3, name


def test_from_head_to_foot_and_front_to_back(middle):
    order = [f"vertebrae_{c}{n}" for c, most in (("C", 7), ("T", 12), ("L", 5)) for n in range(1, most + 1)]
    heights = [middle[n][2] for n in ["brain", *order, "sacrum", "femur_left", "tibia_left", "talus_left"]]
    assert (np.diff(heights) < 0).all()
    ribs = [middle[f"rib_left_{n}"][2] for n in range(1, 13)]
    assert (np.diff(ribs) < 0).all()
    assert middle["sternum_body"][1] < middle["heart"][1] < middle["vertebrae_T8"][1]
    assert middle["patella_left"][1] < middle["femur_left"][1]
    assert middle["lung_lower_lobe_left"][1] > middle["lung_upper_lobe_left"][1]


def test_the_diaphragm_is_a_dome_and_higher_on_the_right(body):
    lungs = np.isin(body.labels, [i for i, n in body.structures.items() if n.startswith("lung_")])
    bottom = np.where(lungs.any(2), lungs.argmax(2), 10_000)  # lowest lung voxel of each column

    behind_heart = slice(round(-body.world_from_index[1, 3] / 3), None)

    def dome_z(x_mm):
        column = bottom[round((x_mm - body.world_from_index[0, 3]) / 3), behind_heart]
        return body.world_from_index[2, 3] + 3 * np.where(column < 10_000, column, 0).max()

    assert dome_z(-66) > dome_z(66)
    side = bottom[round((-118 - body.world_from_index[0, 3]) / 3)].min() * 3 + body.world_from_index[2, 3]
    assert side < dome_z(-66) - 40  # the costophrenic recess reaches down beside the dome


def test_densities(body):
    def typical(name):
        return np.median(body.hu[body.labels == body.label_of(name)])

    assert -900 < typical("lung_upper_lobe_left") < -750
    assert 30 < typical("liver") < 80
    assert 300 < np.percentile(body.hu[body.labels == body.label_of("femur_left")], 75) < 1500
    assert typical("trachea") < -800
    assert body.hu[0, 0, 0] == -1000


def test_the_skin_is_closed(body):
    skin = body.labels == body.label_of("skin")
    within = (body.labels > 0) & ~skin
    touched = np.zeros_like(within)
    for axis in range(3):
        for step in (1, -1):
            touched |= np.roll(body.labels == 0, step, axis)
    bare = np.unique(body.labels[within & touched])
    assert {body.structures[int(i)] for i in bare} <= {"subcutaneous_fat", "muscle"}
    assert 2000 < skin.sum() * 0.027 < 6000  # ml: 1.6 m2, a voxel thick


def test_height_and_sex():
    man = phantom(sex="male", height_cm=185, spacing_mm=6.0)
    tall = np.ptp(np.flatnonzero((man.hu > -500).any(axis=(0, 1)))) * 6.0
    assert 1790 < tall < 1900
    assert man.name == "phantom-male-185cm-0"
    assert {"uterus", "prostate"} <= man.known
    assert "uterus" not in man.structures.values()
    assert "prostate" in man.structures.values()


@pytest.mark.parametrize(
    "wrong",
    [
        {"sex": "x"},
        {"height_cm": 20.0},
        {"height_cm": float("nan")},
        {"seed": -1},
        {"weight_kg": 20.0},
        {"weight_kg": float("nan")},
        {"arms": "crossed"},
        {"legs": "crossed"},
        {"spacing_mm": 0.0},
    ],
)
def test_refused(wrong):
    with pytest.raises(UsageError, match="must be"):
        phantom(**wrong)


@pytest.fixture(scope="module")
def volumes_ml(body):
    count = np.bincount(body.labels.ravel())
    return {n: count[i] * 0.027 for i, n in body.structures.items()}


@pytest.mark.parametrize(
    ("prefix", "low", "high"),
    [  # ICRP 89's reference woman, with the spread that CT studies find (lungs: in inspiration)
        ("liver", 1200, 1800),
        ("spleen", 90, 220),
        ("kidney_", 200, 380),
        ("pancreas", 55, 140),
        ("cerebrum|cerebellum|brain", 1150, 1450),
        ("heart", 400, 750),
        ("lung_", 3500, 5500),
        ("urinary_bladder", 100, 300),
        ("uterus", 40, 120),
        ("thyroid_gland", 8, 25),
        ("eye_", 11, 18),
        ("femur_", 600, 1000),
        ("hip_", 450, 900),
        ("spinal_cord", 15, 45),
    ],
)
def test_volumes_of_a_woman(volumes_ml, prefix, low, high):
    assert low < sum(v for n, v in volumes_ml.items() if n.startswith(tuple(prefix.split("|")))) < high


def test_left_and_right_are_alike(volumes_ml):
    tolerance = {"bone": 0.1, "cartilage": 0.2, "muscle": 0.4}  # liver and bowel press on muscles
    for name, volume in volumes_ml.items():
        rel = tolerance.get(structures()[name].tissue)
        if "left" in name and rel:
            assert volumes_ml[name.replace("left", "right")] == pytest.approx(volume, rel=rel, abs=0.5), name


def test_every_bone_is_one_piece(body):
    from scipy.ndimage import find_objects, label

    boxes = find_objects(body.labels)
    for number, name in body.structures.items():
        if structures()[name].tissue == "bone" and name != "skull":
            pieces, count = label(body.labels[boxes[number - 1]] == number, np.ones((3, 3, 3)))
            assert np.bincount(pieces.ravel())[1:].max() > 0.97 * (pieces > 0).sum(), (name, count)


def mass_kg(body):
    """From HU: water's density scaled, bone mineral less than its HU; air outside left out."""
    hu = body.hu[body.labels > 0].astype(float)
    density = np.clip(np.where(hu > 100, 1.07 + 0.0006 * (hu - 100), 1 + hu / 1000), 0, None)
    return density.sum() * np.prod(body.spacing_mm) / 1e6


@pytest.mark.parametrize(("height_cm", "weight_kg"), [(165.0, 120.0), (110.0, 19.0)])
def test_weight(height_cm, weight_kg):
    found = phantom(height_cm=height_cm, weight_kg=weight_kg, spacing_mm=6.0)
    assert mass_kg(found) == pytest.approx(weight_kg, rel=0.06)
    assert f"{weight_kg:g}kg" in found.name


def centre(body, name):
    return body.to_world(np.argwhere(body.labels == body.label_of(name)).astype(float)).mean(axis=0)


def test_poses():
    posed = phantom(arms="up", legs="apart", spacing_mm=6.0)
    plain = phantom(spacing_mm=6.0)
    assert centre(posed, "capitate_left")[2] > centre(posed, "brain")[2] + 100
    assert centre(plain, "capitate_left")[2] < centre(plain, "vertebrae_L1")[2]
    assert (
        centre(plain, "capitate_left")[1] < centre(plain, "vertebrae_L3")[1] - 150
    )  # clear of the lateral spine
    assert centre(posed, "talus_left")[0] > centre(plain, "talus_left")[0] + 150
    for body in (posed, plain):
        gap = centre(body, "humerus_left") - centre(body, "scapula_left")
        assert np.linalg.norm(gap) < 250


def test_a_child_has_a_child_s_proportions():
    child, adult = phantom(height_cm=110, spacing_mm=6.0), phantom(spacing_mm=6.0)

    def size(body, name):
        return np.ptp(np.argwhere(body.labels == body.label_of(name)), axis=0) * 6.0

    head = size(child, "brain")[2] / size(adult, "brain")[2]
    thigh = size(child, "femur_left")[2] / size(adult, "femur_left")[2]
    assert 0.85 < head < 1.0
    assert 0.55 < thigh < 0.65


def test_threads_change_nothing():
    from fluoroseg.project.threads import get_threads, set_threads

    before, found = get_threads(), []
    try:
        for number in (1, 3):
            set_threads(number)
            found.append(phantom(spacing_mm=8.0))
    finally:
        set_threads(before)
    np.testing.assert_array_equal(found[0].hu, found[1].hu)
    np.testing.assert_array_equal(found[0].labels, found[1].labels)
