import pickle
from collections import Counter
from multiprocessing import get_context

import numpy as np
import pytest
from small_sets import write_dataset

import fluoroseg
from fluoroseg.anatomy import groups, members, phrases, read, structures
from fluoroseg.dataset import rle
from fluoroseg.dataset.concepts import concepts
from fluoroseg.dataset.index import Entry, region_of
from fluoroseg.dataset.sample import Masks, Sample
from fluoroseg.dataset.sampling import BalancedOrder, balanced_weights
from fluoroseg.dataset.streaming import stream
from fluoroseg.errors import ReadError, UsageError
from fluoroseg.geometry.camera import Camera
from fluoroseg.physics import Blades, Exposure
from fluoroseg.physics.fields import lit


def test_several_sets_are_one_after_the_other(tmp_path, torso_set):
    small = write_dataset(tmp_path / "small")
    data = fluoroseg.Dataset([small, torso_set])
    assert len(data) == 5 + 12
    assert [data[i].key for i in (0, 4, 5, -1)] == ["00000000", "00000004", "00000000", "00000011"]
    assert data.folder_of(4) == small
    assert data.folder_of(5) == data.folder_of(-1) == torso_set
    twin = pickle.loads(pickle.dumps(data))  # noqa: S301
    np.testing.assert_array_equal(twin[7].image, data[7].image)
    with pytest.raises(UsageError, match="at least one"):
        fluoroseg.Dataset([])


def test_spawned_workers_give_the_same(torso_set):
    data = fluoroseg.Dataset(torso_set, transform=_key_and_sum)
    with get_context("spawn").Pool(1) as pool:
        assert pool.map(data.__getitem__, range(12)) == list(data)


def _key_and_sum(sample):
    return sample.key, float(sample.image.sum())


def test_a_stream_is_the_same_samples_in_order(torso_set):
    data = fluoroseg.Dataset(torso_set)
    for ours, theirs in zip(stream(torso_set), data, strict=True):
        assert ours.record == theirs.record
        np.testing.assert_array_equal(ours.image, theirs.image)


@pytest.mark.parametrize("buffer", [1, 4, 100])
def test_parts_of_a_shuffled_stream_give_every_sample_once(torso_set, buffer):
    parts = [list(stream(torso_set, _key, (i, 3), seed=5, buffer=buffer)) for i in range(3)]
    keys = [key for part in parts for key in part]
    assert sorted(keys) == [f"{i:08d}" for i in range(12)]
    assert keys != sorted(keys)
    again = [list(stream(torso_set, _key, (i, 3), seed=5, buffer=buffer)) for i in range(3)]
    assert parts == again
    other = [list(stream(torso_set, _key, (i, 3), seed=6, buffer=buffer)) for i in range(3)]
    assert parts != other


def _key(sample):
    return sample.key


def test_a_stream_of_damaged_shards_and_wrong_parts(tmp_path):
    folder = write_dataset(tmp_path / "set")
    for wrong in ({"part": (2, 2)}, {"part": (-1, 2)}, {"buffer": 0}, {"seed": -1}):
        with pytest.raises(UsageError):
            stream(folder, **wrong)
    path = folder / "shard-000001.tar"
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(ReadError):
        list(stream(folder))


def entry(*names, tools=()):
    return Entry("k", "s.tar", (0, 1), (1, 1), "p", "v", tuple(tools), names)


def test_weights_are_what_drawing_a_name_and_then_a_sample_gives():
    entries = [entry("liver", "heart"), entry("liver"), entry("liver", "heart"), entry("spleen"), entry()]
    weights = balanced_weights(entries)
    np.testing.assert_allclose(weights, np.array([1 / 3 + 1 / 2, 1 / 3, 1 / 3 + 1 / 2, 1, 0]) / 3)
    rng, names = np.random.default_rng(0), ["liver", "heart", "spleen"]
    shows = {name: [i for i, e in enumerate(entries) if name in e.names] for name in names}
    drawn = Counter(int(rng.choice(shows[str(rng.choice(names))])) for _ in range(6000))
    np.testing.assert_allclose([drawn[i] / 6000 for i in range(5)], weights, atol=0.03)
    np.testing.assert_allclose(balanced_weights(entries, ["spleen"]), [0, 0, 0, 1, 0])
    twice = entry("liver", "screw", "screw (2)", tools=["screw", "screw"])
    np.testing.assert_allclose(balanced_weights([twice, entry("liver")]), [0.75, 0.25])
    with pytest.raises(UsageError, match="femur"):
        balanced_weights(entries, ["femur"])


def test_the_order_is_a_function_of_seed_and_epoch():
    weights = np.array([0.0, 1, 3, 0])
    order = BalancedOrder(weights, 4000, seed=7)
    first = list(order)
    assert len(order) == len(first) == 4000
    assert set(first) == {1, 2}
    assert 0.72 < np.mean(np.array(first) == 2) < 0.78
    assert list(order) == first == list(BalancedOrder(weights, 4000, seed=7))
    order.epoch = 1
    assert list(order) != first
    assert len(BalancedOrder(weights)) == 4
    for wrong in (np.zeros(3), np.array([1.0, -1]), np.array([np.nan]), np.empty(0)):
        with pytest.raises(UsageError):
            BalancedOrder(wrong)


def test_prompts_are_right(torso_set):
    """Words read back to the name; the mask is the union of all labelled members, empty when absent."""
    rng, met = np.random.default_rng(0), Counter()
    for sample in fluoroseg.Dataset(torso_set):
        present = {name for name, mask in sample.masks.items() if mask.any()}
        for prompt in sample.prompts(rng, 60):
            if prompt.name not in structures() and prompt.name not in groups():
                assert prompt.name in sample.masks  # a tool
                continue
            want = np.zeros(sample.image.shape, dtype=bool)
            tools = [n for n in present if n not in structures()]
            for name in tools if prompt.name == "tool" else members(prompt.name) & present:
                want |= sample.masks[name]
            np.testing.assert_array_equal(prompt.mask, want)
            assert prompt.present == want.any()
            met["group" if prompt.name in groups() else "single"] += 1
            met["present" if prompt.present else "absent"] += 1
            if prompt.name != "tool":
                assert _meaning(prompt.words) == members(prompt.name)
    assert met["group"] > 10
    assert met["single"] > 10
    assert met["absent"] > 10
    assert met["present"] > 100


def _meaning(words):
    return frozenset().union(*(members(thing.name) for thing in read(words).structures))


def test_only_what_is_sure_is_asked(torso_set):
    for sample in fluoroseg.Dataset(torso_set):
        here, absent = concepts(sample.record)
        asked = {c.name for c in (*here, *absent)}
        assert "hip_bones" in asked  # both members are labelled
        assert asked.isdisjoint({"kidney_left", "kidneys", "lumbar_vertebrae", "ribs"})  # not all of them are


def test_prompts_are_drawn_by_seed_split_and_share(torso_set):
    data = fluoroseg.Dataset(torso_set)
    sample = data[0]

    def words(**options):
        return [(p.words, p.name) for p in sample.prompts(np.random.default_rng(3), 40, **options)]

    assert words() == words()
    assert words() != words(split="test")
    assert all(p.present for p in sample.prompts(np.random.default_rng(0), 30, absent=0.0))
    lacking = next(s for s in data if all(concepts(s.record)))
    assert not any(p.present for p in lacking.prompts(np.random.default_rng(0), 30, absent=1.0))
    plain = {w.lower() for w, name in words(split="train") if name == "liver"}
    assert plain
    assert plain.isdisjoint(w.lower() for w in phrases("liver", np.random.default_rng(0), 99, "test"))
    for wrong in ({"count": -1}, {"absent": 1.5}):
        with pytest.raises(UsageError):
            sample.prompts(np.random.default_rng(0), **wrong)


def test_what_radiographs_hardly_show_is_seldom_asked_for():
    """A bone, a muscle and a tool of one size; nothing else is known."""
    masks, objects = {}, []
    for i, name in enumerate(("femur_left", "gluteus_maximus_left", "k-wire 2.0 mm")):
        mask = np.zeros((60, 60), np.bool_)
        mask[:20, 20 * i : 20 * i + 20] = True
        masks[name] = rle.encode(mask)
        objects.append({"name": name, "area": 400, "phrases": [name]})
    record = {
        "height": 60,
        "width": 60,
        "known": ["femur_left", "gluteus_maximus_left"],
        "objects": objects,
        "key": "a",
        "absent": [],
    }
    sample = Sample(np.ones((60, 60), np.float32), Masks(masks), record)
    met = Counter(p.name for p in sample.prompts(np.random.default_rng(0), 900, absent=0.0))
    assert 0.08 < met["gluteus_maximus_left"] / met["femur_left"] < 0.25
    assert 0.7 < met["femur_left"] / met["k-wire 2.0 mm"] < 1.4
    nothing = Sample(sample.image, Masks({}), record | {"objects": []})
    absent = Counter(p.name for p in nothing.prompts(np.random.default_rng(0), 900, absent=1.0))
    assert 0.08 < absent["gluteus_maximus_left"] / absent["femur_left"] < 0.25


def test_the_region_is_the_one_shown_most():
    def seen(name, share):
        return {"name": name, "share_visible": share}

    known = ["liver", "spleen", "hip_left", "hip_right", "aorta"]
    both = [seen("liver", 0.2), seen("hip_left", 0.9), seen("aorta", 1.0)]
    assert region_of({"known": known, "objects": both}) == "pelvis"
    assert region_of({"known": known, "objects": [seen("liver", None), seen("hip_left", 0.9)]}) == "abdomen"
    vessel = [seen("aorta", 0.3), seen("k-wire 2.0 mm", None)]
    assert region_of({"known": known, "objects": vessel}) == structures()["aorta"].region
    assert region_of({"known": known, "objects": []}) == ""


@pytest.mark.parametrize("turn_deg", [0.0, 12.0, -40.0])
def test_the_field_is_the_box_around_the_lit_pixels(turn_deg):
    blades = Blades(size_mm=(120.0, 60.0), centre_mm=(15.0, -20.0), turn_deg=turn_deg)
    camera = Camera(
        np.array([0.0, -800.0, 0.0]),
        np.array([-150.0, 200.0, 100.0]),
        np.array([1.5, 0.0, 0.0]),
        np.array([0.0, 0.0, -1.0]),
        (201, 201),
    )
    seen = lit(camera, Exposure(blades=blades, focal_spot_mm=0.01))
    rows, columns = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
    corner = np.array([columns[0], rows[0]]) / 201
    size = np.array([len(columns), len(rows)]) / 201
    record = {"view": {"blades": vars(blades)}, "camera": camera.to_record(), "key": "0"}
    field = Sample(np.ones((201, 201), np.float32), Masks({}), record).field
    np.testing.assert_allclose(field, [*corner, *size], atol=1.5 / 201)
    assert Sample(np.ones((2, 2), np.float32), Masks({}), {"view": {}}).field is None
