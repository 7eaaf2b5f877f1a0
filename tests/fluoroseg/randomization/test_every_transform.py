"""Each transform does what it says, to pixels alone; compiled ones against slow references."""

import dataclasses

import numpy as np
import pytest
from scipy import ndimage

from fluoroseg.errors import UsageError
from fluoroseg.randomization import Draw, Geometry, Step, apply, film, shutters, texture, tone
from fluoroseg.randomization.fields import plasma, smooth_field, strokes
from fluoroseg.randomization.geometry import mapping
from fluoroseg.randomization.mix import MIX, Chance, Log
from fluoroseg.randomization.pipeline import pack
from fluoroseg.randomization.transforms import FILM, PICTURE, SHUTTERS, on_film, on_picture

SHAPE = (96, 112)
BY_NAME = {chance.name: chance for chance in MIX}
UNHIDDEN = {"width": 2.5, "height": 2.5, "radius": 2.0, "top": 0.0, "bottom": 0.0, "left": 0.0, "right": 0.0}


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def attenuation() -> np.ndarray:
    """A trunk of slowly changing thickness with two bones, air around it."""
    y, x = np.mgrid[-1 : 1 : SHAPE[0] * 1j, -1 : 1 : SHAPE[1] * 1j]
    body = 3 * np.sqrt(np.maximum(0.8 - x * x - 0.2 * y * y, 0))
    bones = 0.8 * (np.abs(x) < 0.1) + 0.5 * (np.abs(y - 0.3) < 0.05)
    return (body + bones * (body > 0)).astype(np.float32)


def pixels() -> np.ndarray:
    return np.clip(attenuation() / 3.6, 0, 1).astype(np.float32)


def middle(chance: Chance) -> dict:
    """Settings from the middle of their ranges."""
    chosen = {}
    for name, wanted in chance.ranges.items():
        match wanted:
            case Log(low, high):
                chosen[name] = float(np.sqrt(low * high))
            case (int(low), int(high)):
                chosen[name] = (low + high + 1) // 2
            case (low, high):
                chosen[name] = (0.1 * low + 0.9 * high) or 0.1
            case _:
                chosen[name] = wanted[-1]
    return chosen


def done(step: Step) -> tuple[np.ndarray, np.ndarray]:
    """Before and after one step."""
    if step.name in FILM:
        return attenuation(), on_film(step, attenuation())
    return pixels(), on_picture(step, pixels(), None)[0]


def test_the_mix_knows_every_transform_once() -> None:
    assert sorted(BY_NAME) == sorted(FILM | PICTURE | SHUTTERS)
    assert len(BY_NAME) == len(MIX)


@pytest.mark.parametrize("name", BY_NAME)
def test_it_changes_the_picture_and_is_replayed(name: str) -> None:
    step = Step(name, middle(BY_NAME[name]), seed=3)
    before, after = done(step)
    assert after.dtype == np.float32
    assert after.shape == SHAPE
    assert np.isfinite(after).all()
    assert np.abs(after - before).max() > 0.003
    assert np.array_equal(after, done(step)[1])
    if name not in FILM:
        assert after.min() >= 0
        assert after.max() <= 1


@pytest.mark.parametrize("name", [n for n in BY_NAME if "amount" in BY_NAME[n].ranges or n in SHUTTERS])
def test_with_no_strength_it_changes_nothing(name: str) -> None:
    settings = middle(BY_NAME[name])
    none = {"amount": type(settings.get("amount", 0.0))(0), "heel": 0.0} | UNHIDDEN
    before, after = done(Step(name, settings | {k: v for k, v in none.items() if k in settings}, seed=3))
    assert np.abs(after - before).max() < 2e-6


@pytest.mark.parametrize("name", BY_NAME)
def test_it_leaves_the_masks_alone_but_for_what_a_shutter_hides(name: str) -> None:
    transmission = np.exp(-attenuation())
    mask = attenuation() > 1
    step = Step(name, middle(BY_NAME[name]), seed=3)
    draw = Draw(film=(step,)) if name in FILM else Draw(picture=(step,))
    _, bits, inside = apply(draw, transmission, pack([mask], SHAPE), SHAPE)
    assert np.array_equal(bits > 0, mask & inside)
    assert inside.all() == (name not in SHUTTERS)


@pytest.mark.parametrize("name", SHUTTERS)
def test_a_shutter_shows_the_picture_or_hides_it(name: str) -> None:
    light, behind = SHUTTERS[name](pixels(), rng(), **middle(BY_NAME[name]))
    after, _ = on_picture(Step(name, middle(BY_NAME[name]), 0), pixels(), None)
    assert 0.1 < (light > 0.99).mean() < 0.99
    assert np.allclose(after[light == 1], pixels()[light == 1], atol=1e-6)
    assert np.allclose(after[light == 0], behind[light == 0].clip(0, 1), atol=1e-6)


def test_clahe_is_its_definition() -> None:
    image = rng().random((64, 48)).astype(np.float32) ** 2
    tiles, clip = 4, 2.0
    cdf = np.empty((tiles, tiles, 256))
    level = np.floor(image * 255 + 0.5).astype(int)
    for i in range(tiles):
        for j in range(tiles):
            tile = level[i * 16 : (i + 1) * 16, j * 12 : (j + 1) * 12]
            count = np.bincount(tile.ravel(), minlength=256).astype(float)
            limit = max(1.0, clip * tile.size / 256)
            over = np.maximum(count - limit, 0).sum()
            cdf[i, j] = np.cumsum(np.minimum(count, limit) + over / 256) / tile.size
    y = ((np.arange(64) + 0.5) / 64 * tiles - 0.5).clip(0, tiles - 1)
    x = ((np.arange(48) + 0.5) / 48 * tiles - 0.5).clip(0, tiles - 1)
    expected = np.empty_like(image)
    for r in range(64):
        for c in range(48):
            plane = cdf[:, :, level[r, c]]
            expected[r, c] = ndimage.map_coordinates(plane, [[y[r]], [x[c]]], order=1)[0]
    assert np.abs(tone.clahe(image, rng(), amount=1.0, clip=clip, tiles=tiles) - expected).max() < 1e-5


def test_median_is_scipys() -> None:
    image = rng().random(SHAPE).astype(np.float32)
    expected = ndimage.median_filter(np.rint(image * 255), 5, mode="nearest") / 255
    assert np.abs(texture.median_blur(image, rng(), size=5) - expected).max() < 1e-6


def test_emboss_is_a_slope() -> None:
    ramp = np.linspace(0.2, 0.4, 50, dtype=np.float32)[None] * np.ones((40, 1), np.float32)
    along = texture.emboss(ramp, rng(), amount=0.5, turn_deg=0) - ramp
    across = texture.emboss(ramp, rng(), amount=0.5, turn_deg=90) - ramp
    assert np.abs(across).max() < 1e-6
    assert along[:, 5:-5].min() > 0
    reference = ndimage.correlate(ramp, np.array([[-0.5, 0, 0.5]] * 3), mode="nearest") * 0.5
    assert np.abs(along - reference).max() < 1e-6


def test_motion_blurs_a_dot_to_a_line() -> None:
    dot = np.zeros((41, 41), np.float32)
    dot[20, 20] = 1
    line = texture.motion_blur(dot, rng(), amount=7.0, turn_deg=0)
    assert line.sum() == pytest.approx(1, abs=1e-5)
    assert np.allclose(line[20, 17:24], 1 / 8, atol=0.02)
    assert not line[:20].any()
    steep = texture.motion_blur(dot, rng(), amount=7.0, turn_deg=90)
    assert np.allclose(steep, line.T, atol=1e-6)


def test_tone_curves_at_known_values() -> None:
    grey = np.full((8, 8), 0.5, np.float32)
    assert tone.gamma(grey, rng(), amount=np.log(2.0))[0, 0] == pytest.approx(0.25)
    assert tone.exposure(grey, rng(), amount=0.2)[0, 0] == pytest.approx(0.7)
    assert tone.linear_response(grey, rng(), amount=2.0)[0, 0] == pytest.approx(
        (1 - np.exp(-1)) / (1 - np.exp(-2))
    )
    assert np.allclose(tone.s_curve(np.array([[0, 0.5, 1]], np.float32), rng(), amount=2.0), [[0, 0.5, 1]])
    assert np.array_equal(tone.invert(tone.invert(grey, rng()), rng()), grey)
    assert tone.contrast(pixels(), rng(), amount=0.3).mean() == pytest.approx(pixels().mean(), abs=1e-5)
    assert tone.contrast(pixels(), rng(), amount=0.3).std() == pytest.approx(
        np.exp(0.3) * pixels().std(), rel=1e-4
    )


def test_noise_is_as_strong_and_as_coarse_as_it_says() -> None:
    flat = np.full((200, 200), 0.5, np.float32)
    white = texture.noise(flat, rng(), amount=0.05, grain_px=0.0) - flat
    coarse = texture.noise(flat, rng(), amount=0.05, grain_px=1.0) - flat
    assert white.std() == pytest.approx(0.05, rel=0.03)
    assert coarse.std() == pytest.approx(0.05, rel=0.03)
    neighbours = [np.corrcoef(n[:, 1:].ravel(), n[:, :-1].ravel())[0, 1] for n in (white, coarse)]
    assert abs(neighbours[0]) < 0.03
    assert neighbours[1] == pytest.approx(np.exp(-1 / 4), abs=0.05)


def test_quantum_noise_grows_behind_thicker_parts_as_poisson_does() -> None:
    steps = np.repeat(np.array([1, 2, 3], np.float32), 120)[:, None] * np.ones((1, 300), np.float32)
    noise = film.quantum_noise(steps, rng(), amount=0.02, grain_px=0.0) - steps
    sd = [noise[i * 120 : (i + 1) * 120].std() for i in range(3)]
    assert sd[1] == pytest.approx(0.02, rel=0.03)
    assert sd[2] / sd[0] == pytest.approx(np.e, rel=0.03)


def test_scatter_takes_contrast_and_saturation_takes_skin() -> None:
    before = attenuation()
    veiled = film.scatter_veil(before, rng(), amount=1.0)
    assert (veiled <= before + 1e-6).all()
    assert np.ptp(veiled[:, 56]) < np.ptp(before[:, 56])
    share = np.exp(before - veiled)[before > 0.3] - 1
    assert np.median(share) == pytest.approx(1, abs=0.4)
    burnt = film.overexposed_air(before, rng(), amount=1.0)
    assert not burnt[before < 1].any()
    assert np.allclose(burnt[before > 1], before[before > 1] - 1)


def test_lines_and_levels_are_counted() -> None:
    flat = np.full(SHAPE, 2, np.float32)
    dead = film.dead_lines(flat, rng(1), amount=1, thickness_px=2) != flat
    assert sorted({int(dead.all(0).sum()), int(dead.all(1).sum())}) == [0, 2]
    ramp = np.linspace(0, 1, 1000, dtype=np.float32).reshape(20, 50)
    assert len(np.unique(texture.quantise(ramp, rng(), levels=24))) == 24
    good, bad = (np.abs(texture.jpeg(pixels(), rng(), quality=q) - pixels()).mean() for q in (95, 10))
    assert good < 0.004 < bad
    dropped = texture.pixel_dropout(np.full((200, 200), 0.4, np.float32), rng(), amount=0.05, value=1.0)
    assert (dropped == 1).mean() == pytest.approx(0.05, abs=0.01)
    light, _ = shutters.round_field(pixels(), rng(), radius=0.4, edge_px=1.0, value=0.0)
    assert light.sum() == pytest.approx(np.pi * (0.4 * 96) ** 2, rel=0.03)


@pytest.mark.parametrize(
    "step",
    [
        Step("nonsense"),
        Step("gamma"),
        Step("gamma", {"amount": 0.1, "more": 1}),
        Step("cables", {"amount": 1, "radius_px": 1.0, "density": 1.0}),
    ],
)
def test_a_step_that_is_none_is_refused(step: Step) -> None:
    with pytest.raises(UsageError, match=r"there is no transform|has the settings"):
        apply(Draw(picture=(step,)), np.full(SHAPE, 0.5, np.float32), np.zeros(SHAPE, np.uint64), SHAPE)


def test_strokes_cover_what_lies_within_their_radius() -> None:
    path = np.stack([np.linspace(10, 40, 200), np.linspace(12, 60, 200)], axis=1)
    cover = strokes((50, 70), path, 3.0)
    y, x = np.indices((50, 70))
    distance = np.sqrt(((np.stack([y, x], axis=-1)[:, :, None] - path) ** 2).sum(-1)).min(-1)
    assert np.abs(cover - (3.5 - distance).clip(0, 1)).max() < 1e-5


def test_a_smooth_field_is_the_reference_spline_of_unit_height() -> None:
    field = smooth_field(rng(4), (60, 80), 5)
    bend = np.stack([rng(4).normal(0, 2, (8, 8))] * 2)
    route = dataclasses.replace(mapping(Geometry(), (60, 80), (60, 80)), bend=bend)
    places = np.stack(np.indices((60, 80)), axis=-1).reshape(-1, 2).astype(np.float64)
    assert np.abs((route.source(places) - places)[:, 0].reshape(60, 80) - field).max() < 1e-4
    squares = [(smooth_field(rng(s), (20, 20), 4) ** 2).mean() for s in range(40)]
    assert np.sqrt(np.mean(squares)) == pytest.approx(1, abs=0.1)
    cloud = plasma(rng(2), (64, 64), 0.5)
    assert (cloud.min(), cloud.max()) == pytest.approx((-1, 1), abs=1e-5)
