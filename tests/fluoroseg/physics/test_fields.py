import numpy as np
import pytest
from frontal import frontal

from fluoroseg.errors import UsageError
from fluoroseg.physics import (
    Blades,
    Exposure,
    collimated,
    mono,
    open_field,
    pincushion_map,
    round_field,
    warp,
)


def camera(shape=(101, 101), pixel_mm=3.0, distance_mm=1000.0):
    return frontal(shape, pixel_mm, distance_mm)


def test_without_heel_the_field_falls_by_distance_and_obliquity():
    field = open_field(camera(), Exposure(anode_turn_deg=None))
    assert field[50, 50] == pytest.approx(1)
    ray = np.hypot(1000, 150)
    assert field[50, 0] == pytest.approx((1000 / ray) ** 2 * (1000 / ray), rel=1e-5)
    np.testing.assert_allclose(field, field.T, rtol=1e-6)


@pytest.mark.parametrize(
    ("kvp", "expected"),
    [
        (60, (0.8243, 0.9308, 0.9774, 1.0097, 1.0112, 1.0070)),
        (90, (0.7751, 0.9040, 0.9660, 1.0188, 1.0281, 1.0308)),
        (120, (0.7174, 0.8728, 0.9529, 1.0290, 1.0465, 1.0562)),
    ],
)
def test_the_heel_is_that_of_the_tube_model(kvp, expected):
    """SpekPy 2.5: fluence 150, 100, 50, -50, -100, -150 mm towards the anode at 1 m, distance undone."""
    with_heel = open_field(camera(), Exposure(kvp=kvp))
    without = open_field(camera(), Exposure(kvp=kvp, anode_turn_deg=None))
    heel = (with_heel / without)[:, 50]
    rows = 50 - np.round(np.array([150, 100, 50, -50, -100, -150]) / 3).astype(int)
    np.testing.assert_allclose(heel[rows], expected, atol=0.03)
    assert np.all(np.diff(heel) > 0)
    assert 0.1 < 1 - heel.min() / heel.max() < 0.4


def test_the_anode_can_be_anywhere():
    up, right = (open_field(camera(), Exposure(anode_turn_deg=a)) for a in (0.0, 90.0))
    np.testing.assert_allclose(right, np.rot90(up, -1), rtol=1e-5)


def test_a_beam_of_ones_own_has_a_heel_too():
    assert open_field(camera(), Exposure(kvp=mono(60)))[0, 50] < 0.9


def test_the_coarse_field_is_the_fine_one():
    fine, coarse = (
        open_field(camera((90, 60), 1.0), Exposure()),
        open_field(camera((90, 60), 1.0), Exposure(), 5),
    )
    np.testing.assert_allclose(coarse, fine[2::5, 2::5], rtol=1e-6)


def test_penumbra_has_the_width_that_geometry_gives_it():
    view, exposure = camera((401, 401), 0.25), Exposure(focal_spot_mm=1.2)
    blades = Blades(size_mm=(40.0, 60.0), distance_mm=200.0, leak=0.0)
    shadow = collimated(view, exposure, blades)
    width = 1.2 * (1000 - 200) / 200
    x = (np.arange(401) - 200) * 0.25
    across, along = shadow[200], shadow[:, 200]
    assert across.sum() * 0.25 == pytest.approx(40, abs=0.05)
    assert along.sum() * 0.25 == pytest.approx(60, abs=0.05)
    rising = x[(across > 0) & (across < 1) & (x < 0)]
    assert rising.max() - rising.min() == pytest.approx(width, abs=0.3)
    assert across[np.searchsorted(x, -20.0)] == pytest.approx(0.5, abs=0.01)
    assert shadow[0, 0] == 0


def test_blades_turn_shift_and_leak():
    view = camera((201, 201), 1.0)
    plain = collimated(view, Exposure(), Blades((60.0, 30.0)))
    turned = collimated(view, Exposure(), Blades((60.0, 30.0), turn_deg=90.0))
    np.testing.assert_allclose(turned, plain.T, atol=1e-4)
    shifted = collimated(view, Exposure(), Blades((60.0, 30.0), centre_mm=(20.0, -10.0)))
    np.testing.assert_allclose(shifted, np.roll(plain, (-10, 20), axis=(0, 1)), atol=1e-4)
    assert plain[0, 0] == pytest.approx(0.001)
    clockwise = collimated(view, Exposure(), Blades((120.0, 4.0), turn_deg=30.0))
    assert clockwise[100 + 20, 100 + 35] > 0.9  # right end of a bar turned clockwise lies lower
    assert clockwise[100 - 20, 100 + 35] < 0.01


@pytest.mark.parametrize("shape", [(128, 128), (101, 101), (90, 140)])
@pytest.mark.parametrize("k", [0.0, 0.06, 0.2])
def test_pincushion_keeps_centre_and_edge_and_has_its_inverse(shape, k):
    where = pincushion_map(shape, k)
    half, centre = min(shape) / 2, (np.array(shape) - 1) / 2
    assert where.min() >= -0.5
    assert np.all(where.max(axis=(0, 1)) <= np.array(shape) - 0.5)
    rows, columns = np.indices(shape)
    out = np.hypot(rows - centre[0], columns - centre[1]) / half
    seen = np.hypot(where[..., 0] - centre[0], where[..., 1] - centre[1]) / half
    if k:
        middle = seen > 1e-3  # k r_in r^2 - (1 + k) r + r_in = 0 has r_out as its smaller root
        back = ((1 + k) - np.sqrt((1 + k) ** 2 - 4 * k * seen[middle] ** 2)) / (2 * k * seen[middle])
        np.testing.assert_allclose(back, out[middle], rtol=2e-4)
        assert np.all(seen[(out < 0.99) & middle] > out[(out < 0.99) & middle])
    else:
        np.testing.assert_allclose(where, np.stack([rows, columns], axis=-1), atol=1e-4)
    edge = np.abs(out - 1) < 1e-9
    np.testing.assert_allclose(seen[edge], 1, rtol=1e-5)


def test_straight_lines_bend_outwards_at_their_ends():
    """A straight bar off the centre: its ends appear farther out than its middle (a pincushion)."""
    where = pincushion_map((129, 129), 0.2)
    shown = np.abs(where[..., 0] - 32) < 0.5
    middle, end = np.nonzero(shown[:, 64])[0].mean(), np.nonzero(shown[:, 20])[0].mean()
    assert end < middle - 1


def test_warp_is_bilinear():
    picture = np.arange(20, dtype=np.float32).reshape(4, 5)
    where = np.array([[[0, 0], [1.5, 2.25], [3, 4], [9, 9]]], dtype=np.float32)
    np.testing.assert_allclose(warp(picture, where), [[0, 9.75, 19, 19]])


def test_the_round_field_is_the_largest_circle():
    seen = round_field((200, 300))
    assert seen.sum() == pytest.approx(np.pi * 100**2, rel=2e-3)
    assert seen[0, 150]
    assert not seen[0, 0]


def test_bad_input_is_refused():
    with pytest.raises(UsageError, match="more than 0"):
        Blades((0.0, 10.0))
    with pytest.raises(UsageError, match="leak"):
        Blades((10.0, 10.0), leak=1.0)
    with pytest.raises(UsageError, match="detector is at"):
        collimated(camera(), Exposure(), Blades((10.0, 10.0), distance_mm=1200.0))
    with pytest.raises(UsageError, match="charge"):
        Exposure(mas=0.0)
    with pytest.raises(UsageError, match="pincushion"):
        pincushion_map((10, 10), -0.1)
