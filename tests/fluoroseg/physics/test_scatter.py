import numpy as np
import pytest

from fluoroseg.errors import UsageError
from fluoroseg.physics import Grid
from fluoroseg.physics.scatter import coarse_step, glare, scatter, shrink

PIXEL = (5.0, 5.0)


def ratio(thickness_cm, radius_mm, gap_mm=100.0, kvp=90.0, size=161):
    """Scatter / primary on the axis of a round field behind a slab."""
    y, x = np.indices((size, size)) - size // 2
    primary = (np.hypot(x, y) * 5.0 <= radius_mm).astype(np.float32)
    slab = np.full((size, size), thickness_cm, dtype=np.float32)
    return float(scatter(primary, slab, PIXEL, kvp, gap_mm)[size // 2, size // 2])


@pytest.mark.parametrize(
    ("kvp", "thickness_cm", "gap_mm", "radius_mm", "monte_carlo"),
    [
        (60, 10, 100, 150, 1.012),
        (60, 15, 200, 150, 0.998),
        (60, 10, 50, 300, 1.494),
        (90, 2, 100, 150, 0.174),
        (90, 10, 100, 150, 1.048),
        (90, 20, 100, 150, 2.476),
        (90, 30, 100, 300, 7.827),
    ],
)
def test_scatter_to_primary_ratio_is_that_of_the_monte_carlo(
    kvp, thickness_cm, gap_mm, radius_mm, monte_carlo
):
    """scripts/scatter_monte_carlo.py 3e5: water slabs, round fields."""
    assert ratio(thickness_cm, radius_mm, gap_mm, kvp) == pytest.approx(monte_carlo, rel=0.15)


def test_known_magnitudes_of_large_and_narrow_fields():
    """Behind 10-20 cm of water, 90 kVp, large field, no grid: 1 to 3 and more; narrow: next to nothing."""
    assert 1.0 < ratio(10, 200) < 1.7
    assert 2.0 < ratio(20, 150) < 4.0
    assert ratio(20, 10) < 0.06
    assert ratio(0.0, 200) == pytest.approx(0, abs=1e-6)


def test_scatter_grows_with_thickness_and_field_and_falls_with_the_gap():
    assert ratio(5, 150) < ratio(10, 150) < ratio(20, 150) < ratio(30, 150)
    assert ratio(20, 50) < ratio(20, 100) < ratio(20, 200)
    assert ratio(20, 150, gap_mm=300) < ratio(20, 150, gap_mm=150) < ratio(20, 150, gap_mm=0)


@pytest.mark.parametrize("thickness_cm", [4.0, 14.0, 28.0])
def test_the_kernel_keeps_what_it_spreads(thickness_cm):
    """Of one ray's scatter the share within R is 1 - 1 / (1 + R^2 / l^2)."""
    size = 401
    primary = np.zeros((size, size), dtype=np.float32)
    primary[size // 2, size // 2] = 1
    slab = np.full((size, size), thickness_cm, dtype=np.float32)
    spread = scatter(primary, slab, PIXEL, 90.0, 50.0)
    amplitude = 0.118 * thickness_cm * (1 + 0.0486 * thickness_cm)
    length = 9 + 2.3 * thickness_cm + 0.82 * 50
    y, x = np.indices((size, size)) - size // 2
    for radius_mm in (200, 500, 900):
        within = spread[np.hypot(x, y) * 5 <= radius_mm].sum() / amplitude
        assert within == pytest.approx(1 - 1 / (1 + (radius_mm / length) ** 2), abs=0.005)


@pytest.mark.parametrize(
    ("depth_cm", "width_cm", "primary", "monte_carlo", "rel"),
    [
        (36, 24, [346e-6, 405e-6, 594e-6, 1140e-6, 3180e-6, 17800e-6, 1, 1, 1, 1],
         [351e-5, 368e-5, 389e-5, 505e-5], 0.5),
        (24, 36, [431e-5, 452e-5, 506e-5, 608e-5, 791e-5, 1130e-5, 1840e-5, 3600e-5, 0.102, 1],
         [244e-4, 245e-4, 253e-4, 264e-4, 275e-4, 294e-4], 0.25),
    ],
)  # fmt: skip
def test_behind_the_thick_middle_of_a_body_scatter_is_that_of_the_monte_carlo(
    depth_cm, width_cm, primary, monte_carlo, rel
):
    """scripts/scatter_cylinders.py 3e6: long elliptic cylinders of water, 90 kVp, beam of 40 cm.

    primary: every 2 cm from the middle, beginning at 5 mm.  monte_carlo: scatter there, 1 = open air.
    """
    across = np.arange(0.5, 20, 2)
    thickness = depth_cm * np.sqrt(np.clip(1 - (2 * across / width_cm) ** 2, 0, None))
    at = np.abs(np.arange(40) - 19.5)
    thickness_row = np.interp(at, across, thickness)
    primary_row = np.exp(np.interp(at, across, np.log(primary)))
    body, beam = (np.tile(row.astype(np.float32), (201, 1)) for row in (thickness_row, primary_row))
    middle = scatter(beam, body, (10.0, 10.0), 90.0, 100.0)[100, 20::2]
    np.testing.assert_allclose(middle[: len(monte_carlo)], monte_carlo, rtol=rel)


def test_scatter_in_the_shadow_of_thick_parts_is_weaker_than_between_them():
    """Seen from thin parts nothing changes: there the kernels of slabs stay."""
    body = np.full((81, 81), 10.0, dtype=np.float32)
    beam = np.ones_like(body)
    slab = scatter(beam, body, PIXEL, 90.0, 100.0)
    body[40, 40], beam[40, 40] = 30.0, 0.0
    insert = scatter(beam, body, PIXEL, 90.0, 100.0)
    assert insert[40, 40] == pytest.approx(slab[40, 40] * np.exp(-0.07 * 20), rel=0.02)
    assert insert[40, 50] == pytest.approx(slab[40, 50], rel=0.01)


def test_a_grid_takes_scatter_and_needs_exposure():
    grid = Grid()
    assert 4 < grid.primary / grid.scatter < 6
    assert grid.bucky_factor(0.0) == pytest.approx(1 / 0.7)
    assert 2.5 < grid.bucky_factor(3.0) < 4  # Bucky factors of 10:1 grids at 90 kVp: 3 to 5
    with pytest.raises(UsageError, match="scatter <= primary"):
        Grid(0.1, 0.2)


def test_glare_keeps_its_light_and_has_its_transfer_function():
    point = np.zeros((257, 257), dtype=np.float32)
    point[128, 128] = 1
    spread = glare(point, PIXEL, 25.0)
    assert spread.sum() == pytest.approx(1, rel=0.01)
    y, x = np.indices(spread.shape) - 128
    within = spread[np.hypot(x, y) * 5 <= 100].sum()
    assert within == pytest.approx(1 - np.exp(-100 / 25), abs=0.01)


def test_shrinking_keeps_means():
    picture = np.random.default_rng(0).random((23, 31)).astype(np.float32)
    small = shrink(picture, 5)
    assert small.shape == (5, 7)
    assert small[1, 2] == pytest.approx(picture[5:10, 10:15].mean(), rel=1e-5)
    assert small[4, 6] == pytest.approx(picture[20:, 30:].mean(), rel=1e-5)
    assert coarse_step((0.7, 0.7)) == 7
    assert coarse_step((9.0, 9.0)) == 1
