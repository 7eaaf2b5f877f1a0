"""What is drawn: a record that is replayed, groups that do not disturb each other, names in the mirror."""

import json

import numpy as np
import pytest

from fluoroseg.dataset import rle
from fluoroseg.dataset.sample import Masks, Sample
from fluoroseg.errors import UsageError
from fluoroseg.project import threads
from fluoroseg.randomization import Draw, apply, apply_batch, randomize, sample
from fluoroseg.randomization.mix import AT_MOST, CALM, CALM_SHARE, FIELD_CUTS, GROUPS, MIX, QUARTER_TURNS
from fluoroseg.randomization.transforms import FILM

GROUP = {chance.name: chance.group for chance in MIX}


def pictures(count: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
    rng = np.random.default_rng(5)
    images = [np.exp(-3 * rng.random((10, 10))).astype(np.float32) for _ in range(count)]
    images = [np.kron(i, np.ones((8, 8), np.float32)) for i in images]
    return images, [(i < 0.3).astype(np.uint64) for i in images]


def test_every_draw_survives_json_and_replays() -> None:
    images, bits = pictures(1)
    for seed in range(60):
        draw = sample(np.random.default_rng(seed), mirror=0.5)
        again = Draw.from_record(json.loads(json.dumps(draw.to_record())))
        assert again == draw
        first, second = (apply(d, images[0], bits[0], (64, 96)) for d in (draw, again))
        assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def test_the_mix_is_drawn_as_often_as_it_says() -> None:
    draws = [sample(np.random.default_rng(seed)) for seed in range(1500)]
    steps = [[s.name for s in (*d.film, *d.picture)] for d in draws]
    for chance in MIX:
        share = np.mean([chance.name in names for names in steps])
        wanted = chance.share * (1 - CALM + CALM * CALM_SHARE)
        assert 0.75 * wanted - 0.02 < share < 1.1 * wanted + 0.03, chance.name
    for group, most in AT_MOST.items():
        assert max(sum(GROUP[n] == group for n in names) for names in steps) == most
    assert not any(d.geometry.mirror for d in draws)
    turned = np.mean([abs(d.geometry.rotate_deg) > 25 for d in draws])
    assert 0.5 < turned / (QUARTER_TURNS * (1 - CALM)) < 1.2
    assert all(GROUP[s.name] == "film" and s.name in FILM for d in draws for s in d.film)


@pytest.mark.parametrize("left_out", GROUPS)
def test_leaving_a_group_out_leaves_the_others_as_they_were(left_out: str) -> None:
    rest = tuple(g for g in GROUPS if g != left_out)
    for seed in range(30):
        whole, part = (sample(np.random.default_rng(seed), groups=g) for g in (GROUPS, rest))
        kept = [s for s in (*whole.film, *whole.picture) if GROUP[s.name] != left_out]
        assert [*part.film, *part.picture] == kept
        assert (part.geometry == whole.geometry) == (left_out != "geometry")
        assert (part.window == whole.window) == (left_out != "tone")


def test_a_zoom_shows_one_of_the_boxes() -> None:
    box = np.array([[0.7, 0.1, 0.1, 0.12]])
    draws = [sample(np.random.default_rng(s), boxes=box).geometry for s in range(400)]
    zoomed = [g for g in draws if g.zoom > 2]
    assert 0.06 < len(zoomed) / len(draws) < 0.18
    centres = np.array([g.shift for g in zoomed])
    assert np.abs(centres - [0.16 - 0.5, 0.75 - 0.5]).max() < 0.12


def test_collimated_pictures_are_mostly_cut_to_their_field() -> None:
    field = np.array([0.6, 0.1, 0.25, 0.2])
    draws = [sample(np.random.default_rng(s), field=field).geometry for s in range(400)]
    cut = [g for g in draws if g.zoom > 2.5]
    assert abs(len(cut) / len(draws) - FIELD_CUTS) < 0.08
    assert np.abs(np.array([g.shift for g in cut]) - [0.2 - 0.5, 0.725 - 0.5]).max() < 0.08


def test_one_thread_and_two_give_the_same_bits() -> None:
    images, bits = pictures(12)
    draws = [sample(np.random.default_rng(seed)) for seed in range(12)]
    found = []
    for number in (1, 2):
        threads.set_threads(number)
        try:
            found.append(apply_batch(draws, images, bits, (64, 80)))
        finally:
            threads.set_threads(0)
    assert found[0][0].shape == (12, 64, 80)
    assert all(np.array_equal(a, b) for a, b in zip(*found, strict=True))
    alone = apply(draws[3], images[3], bits[3], (64, 80))
    assert all(np.array_equal(a[3], b) for a, b in zip(found[0], alone, strict=True))


def hips(key: str) -> Sample:
    """A left hip on the right of the picture, a right hip and a sacrum."""
    masks = {n: np.zeros((96, 96), np.bool_) for n in ("hip_left", "hip_right", "sacrum")}
    masks["hip_left"][30:70, 60:85] = True
    masks["hip_right"][32:70, 12:35] = True
    masks["sacrum"][20:50, 42:54] = True
    image = np.full((96, 96), 0.5, np.float32)
    objects = []
    for n, (name, mask) in enumerate(masks.items()):
        image[mask] *= 0.2 + 0.2 * n
        rows, columns = np.nonzero(mask)
        box = [int(columns.min()), int(rows.min()), int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1]
        words = [name.replace("_", " "), "vertebra L 4"] if name == "sacrum" else [f"{name[4:]} hip"]
        objects.append({"name": name, "phrases": words, "segmentation": rle.encode(mask), "bbox": box})
    return Sample(
        image, Masks({o["name"]: o["segmentation"] for o in objects}), {"key": key, "objects": objects}
    )


def test_a_mirrored_sample_swaps_names_and_phrases() -> None:
    mirrored = 0
    for number in range(30):
        one = hips(f"{number:08d}")
        changed = randomize(seed=1, groups=("geometry",))(one)
        pixels, masks, draw = changed
        mirror = draw.geometry.mirror
        mirrored += mirror
        assert list(masks) == (["hip_right", "hip_left", "sacrum"] if mirror else list(one.masks))
        assert changed.phrases["hip_left"] == ["left hip"]
        assert changed.phrases["sacrum"] == one.phrases["sacrum"]
        assert pixels.shape == (96, 96)
        before = "hip_right" if mirror else "hip_left"
        carried = changed.carry_points(np.argwhere(one.masks[before])[:, ::-1].astype(float))
        inside = carried[((carried > 1) & (carried < 94)).all(1)].round().astype(int)
        if len(inside) > 50:
            assert masks["hip_left"][inside[:, 1], inside[:, 0]].mean() > 0.95
        for name, (x, y, width, height) in changed.boxes.items():
            assert masks[name][y : y + height, x : x + width].sum() == masks[name].sum()
            assert masks[name][y].any()
            assert masks[name][:, x + width - 1].any()
        if abs(draw.geometry.rotate_deg) < 40 and {"hip_left", "hip_right"} <= set(changed.boxes):
            assert changed.boxes["hip_left"][0] > changed.boxes["hip_right"][0]
    assert 5 < mirrored < 25


def test_wrong_arguments_are_told() -> None:
    with pytest.raises(UsageError, match="no group colour"):
        randomize(groups=("geometry", "colour"))
    with pytest.raises(UsageError, match="seed"):
        randomize(seed=-1)
    with pytest.raises(UsageError, match="window"):
        Draw(window=(50, 40))
    with pytest.raises(UsageError, match="outside"):
        Draw(outside=1.5)
    for wrong in (
        {},
        {"geometry": 3},
        Draw().to_record() | {"film": [3]},
        Draw().to_record() | {"window": 5},
    ):
        with pytest.raises(UsageError, match="record of a draw"):
            Draw.from_record(wrong)
    images, bits = pictures(2)
    with pytest.raises(UsageError, match="not as many"):
        apply_batch([Draw()], images, bits, (64, 64))
    with pytest.raises(UsageError, match="bits have shape"):
        apply(Draw(), images[0], bits[0][:-1], (64, 64))
    images[0][0, 0] = np.nan
    with pytest.raises(UsageError, match="finite"):
        apply(Draw(), images[0], bits[0], (64, 64))
