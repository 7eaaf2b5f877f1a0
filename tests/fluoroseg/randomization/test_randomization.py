"""Randomised pictures in range, one normalisation for all, and the door to data sets."""

import pickle
from pathlib import Path

import numpy as np
import pytest

import fluoroseg
from fluoroseg.generate import generate
from fluoroseg.randomization import Draw, apply, network_input, network_shape, present, sample
from fluoroseg.randomization.normalise import resize
from fluoroseg.randomization.pipeline import pack


def scene(shape: tuple[int, int] = (160, 128)) -> tuple[np.ndarray, np.ndarray]:
    """A bright-field picture with two blocks of tissue; bit 0 is the upper one, bit 1 the lower one."""
    transmission = np.full(shape, 0.4, dtype=np.float32)
    transmission[:10] = 1.0
    upper, lower = np.zeros(shape, np.bool_), np.zeros(shape, np.bool_)
    upper[30:60, 30:80] = True
    lower[90:130, 50:110] = True
    transmission[upper] *= 0.2
    transmission[lower] *= 0.05
    return transmission, pack([upper, lower], shape)


def test_the_empty_draw_changes_nothing_but_the_presentation() -> None:
    transmission, bits = scene((128, 128))
    pixels, warped, inside = apply(Draw(window=(0, 100)), transmission, bits, (128, 128))
    assert np.array_equal(warped, bits)
    assert inside.all()
    assert pixels[bits == 2].min() > pixels[bits == 1].max() > pixels[bits == 0].max()


def test_every_draw_gives_pixels_in_range_and_hides_masks_behind_the_frame() -> None:
    transmission, bits = scene()
    rng = np.random.default_rng(3)
    for _ in range(40):
        pixels, warped, inside = apply(sample(rng), transmission, bits, (96, 128))
        assert pixels.shape == warped.shape == inside.shape == (96, 128)
        assert np.isfinite(pixels).all()
        assert pixels.min() >= 0
        assert pixels.max() <= 1
        assert not warped[~inside].any()


@pytest.mark.parametrize(("rows", "columns"), [(512, 512), (3000, 2400), (400, 3200), (90, 90), (7, 5000)])
def test_the_network_shape_keeps_area_and_aspect(rows: int, columns: int) -> None:
    height, width = network_shape(rows, columns)
    assert height % 32 == width % 32 == 0
    assert 0.7 < height * width / 256**2 < 1.35
    aspect = np.clip(rows / columns, 1 / 4, 4)
    assert 0.7 < (height / width) / aspect < 1.45


def test_the_input_does_not_depend_on_exposure_nor_on_letters_and_frames() -> None:
    rng = np.random.default_rng(0)
    plain = np.cumsum(rng.random((128, 160)), axis=1).astype(np.float32)
    base = network_input(plain)
    assert base.shape == (2, 128, 160)
    assert np.abs(base - network_input(plain * 37 + 400)).max() < 1e-3
    stamped = plain.copy()
    stamped[:6] = 0
    stamped[10:20, 10:24] = plain.max() * 3
    difference = np.abs(network_input(stamped)[0] - base[0])[40:]
    assert difference.max() < 0.15
    assert not network_input(np.full((64, 64), 3.0, dtype=np.float32)).any()


def test_resize_keeps_the_mean() -> None:
    picture = np.random.default_rng(0).random((300, 200)).astype(np.float32)
    assert abs(resize(picture, (96, 64)).mean() - picture.mean()) < 0.01


def test_present_takes_its_window_from_the_body() -> None:
    transmission = np.ones((100, 100), dtype=np.float32)
    transmission[40:60, 40:60] = np.linspace(0.1, 0.4, 20)
    pixels = present(transmission)
    assert pixels[0, 0] == 0
    assert pixels[50, 41] > 0.85
    assert pixels[50, 58] < 0.1


def test_the_transform_of_a_data_set_is_replayed_and_pickled(patients: list[str], tmp_path: Path) -> None:
    generate(tmp_path / "d", patients[:1], 1, size=48, seed=2, workers=1)
    transform = pickle.loads(pickle.dumps(fluoroseg.randomize(seed=3)))  # noqa: S301 - our own bytes
    pixels, masks, draw = fluoroseg.Dataset(tmp_path / "d", transform=transform)[0]
    again, _, same = fluoroseg.Dataset(tmp_path / "d", transform=fluoroseg.randomize(seed=3))[0]
    _, _, other = fluoroseg.Dataset(tmp_path / "d", transform=fluoroseg.randomize(seed=4))[0]
    assert draw == same != other
    assert np.array_equal(pixels, again)
    plain = fluoroseg.Dataset(tmp_path / "d")[0]
    assert len(masks) == len(plain.masks) > 0
    assert all(mask.shape == (48, 48) and mask.dtype == bool for mask in masks.values())
    assert any(mask.any() for mask in masks.values())
