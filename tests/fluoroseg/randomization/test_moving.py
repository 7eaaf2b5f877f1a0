"""Geometry: pictures, masks, points and boxes move together; the compiled warp against its reference."""

import numpy as np
import pytest

from fluoroseg.errors import UsageError
from fluoroseg.randomization import Draw, Geometry, apply, carry_boxes, carry_points
from fluoroseg.randomization.geometry import mapping, warp
from fluoroseg.randomization.pipeline import pack

SOURCE, TARGET = (150, 130), (128, 160)
MOVES = {
    "mirror": Geometry(mirror=True),
    "rotation": Geometry(rotate_deg=70),
    "zoom and shift": Geometry(zoom=1.4, shift=(0.08, -0.05)),
    "stretch": Geometry(stretch=1.3),
    "elastic": Geometry(elastic=0.03, seed=5),
    "pincushion": Geometry(pincushion=0.2),
    "barrel": Geometry(pincushion=-0.2),
    "s": Geometry(s_shape=0.2),
    "all": Geometry(True, -35, 1.2, 0.9, (0.02, 0.04), 0.02, 0.15, -0.1, 7),
}
every_move = pytest.mark.parametrize("geometry", MOVES.values(), ids=MOVES)


@every_move
def test_the_kernel_looks_where_the_reference_says(geometry: Geometry) -> None:
    route = mapping(geometry, SOURCE, TARGET)
    y, x = np.indices(TARGET)
    expected = route.source(np.stack([y, x], axis=-1).reshape(-1, 2).astype(np.float64))
    for axis in range(2):
        ramp = np.indices(SOURCE)[axis].astype(np.float32)
        out, index = warp(ramp, route)
        inside = index >= 0
        limit = expected[:, axis].reshape(TARGET).clip(0, SOURCE[axis] - 1)
        assert np.abs(out - limit)[inside].max() < 0.01
        nearest = (index // SOURCE[1], index % SOURCE[1])[axis]
        assert np.abs(nearest - expected[:, axis].reshape(TARGET))[inside].max() < 0.501
    there = ((expected > -0.4) & (expected < np.array(SOURCE) - 0.6)).all(1).reshape(TARGET)
    gone = ((expected < -0.6) | (expected > np.array(SOURCE) - 0.4)).any(1).reshape(TARGET)
    assert (index[there] >= 0).all()
    assert (index[gone] < 0).all()
    assert there.any()


@every_move
def test_a_point_stays_on_its_dot(geometry: Geometry) -> None:
    rng = np.random.default_rng(0)
    seen = 0
    for x, y in rng.uniform(20, 110, (25, 2)):
        rows, columns = np.indices(SOURCE)
        dot = (rows - y) ** 2 + (columns - x) ** 2 < 3.5**2
        transmission = np.where(dot, 0.05, 0.5).astype(np.float32)
        pixels, bits, _ = apply(Draw(geometry), transmission, pack([dot], SOURCE), TARGET)
        found = np.argwhere(bits)
        (there,) = carry_points(geometry, np.array([[x, y]]), SOURCE, TARGET)
        edge = np.array(TARGET)[::-1]
        if not ((there > 12) & (there < edge - 12)).all():
            continue
        seen += 1
        assert np.abs(found.mean(0)[::-1] - there).max() < 0.7
        bright = np.argwhere(pixels > 0.5)
        assert np.abs(bright.mean(0)[::-1] - there).max() < 0.7
    assert seen > 5


@every_move
def test_a_box_holds_its_mask_and_little_else(geometry: Geometry) -> None:
    mask = np.zeros(SOURCE, np.bool_)
    mask[50:95, 40:85] = True
    _, bits, _ = apply(Draw(geometry), np.full(SOURCE, 0.5, np.float32), pack([mask], SOURCE), TARGET)
    rows, columns = np.nonzero(bits)
    (x, y, width, height) = carry_boxes(geometry, np.array([[40, 50, 45, 45]]), SOURCE, TARGET)[0]
    found = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
    assert np.abs(found - [x, y, x + width, y + height]).max() < 2


def test_a_box_outside_has_no_size() -> None:
    boxes = carry_boxes(Geometry(zoom=4), np.array([[2.0, 2, 5, 5], [60, 70, 5, 5]]), SOURCE, SOURCE)
    assert boxes[0, 2:].min() == 0
    assert np.abs(boxes[1, 2:] - 20).max() < 1e-6


@every_move
def test_the_way_back_ends_where_it_began(geometry: Geometry) -> None:
    route = mapping(geometry, SOURCE, TARGET)
    places = np.random.default_rng(1).uniform(5, 120, (200, 2))
    assert np.abs(route.target(route.source(places)) - places).max() < 1e-6


def test_mirror_and_quarter_turn_are_exact() -> None:
    shape = (96, 96)
    rng = np.random.default_rng(2)
    bits = rng.integers(0, 2**40, shape).astype(np.uint64)
    transmission = rng.uniform(0.1, 0.9, shape).astype(np.float32)
    plain, _, _ = apply(Draw(), transmission, bits, shape)
    for geometry, expected in (
        (Geometry(), lambda a: a),
        (Geometry(mirror=True), np.fliplr),
        (Geometry(rotate_deg=90), lambda a: np.rot90(a, -1)),
        (Geometry(rotate_deg=-90), np.rot90),
        (Geometry(mirror=True, rotate_deg=180), np.flipud),
    ):
        pixels, moved, inside = apply(Draw(geometry), transmission, bits, shape)
        assert np.array_equal(moved, expected(bits))
        assert np.abs(pixels - expected(plain)).max() < 0.02
        assert inside.all()
    turned = carry_points(Geometry(rotate_deg=90), np.array([[0.0, 0], [95, 0], [10, 30]]), shape, shape)
    assert np.allclose(turned, [[95, 0], [95, 95], [65, 10]])


def test_pincushion_magnifies_the_edge_and_keeps_the_middle() -> None:
    x = np.array([[50.0, 50], [51, 50], [70, 50], [71, 50], [85, 50], [86, 50]])
    moved = carry_points(Geometry(pincushion=0.2), x, (101, 101), (101, 101))
    assert np.allclose(moved[0], 50)
    middle, half, edge = moved[1, 0] - moved[0, 0], moved[3, 0] - moved[2, 0], moved[5, 0] - moved[4, 0]
    assert 0.99 < middle < half < edge


def test_shrinking_does_not_alias() -> None:
    stripes = np.where(np.arange(512) % 3 == 0, 0.2, 0.8).astype(np.float32) * np.ones((512, 1), np.float32)
    out, _ = warp(stripes, mapping(Geometry(), (512, 512), (128, 128)))
    assert out[8:-8, 8:-8].std() < 0.1 * stripes.std()


@pytest.mark.parametrize(
    "wrong",
    [{"zoom": 0.0}, {"stretch": -1.0}, {"rotate_deg": float("nan")}, {"elastic": -0.1}, {"pincushion": 0.5}],
)
def test_a_geometry_that_cannot_be_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(UsageError, match=r"lie|lies|finite"):
        Geometry(**wrong)


def test_a_picture_of_nothing_is_refused() -> None:
    with pytest.raises(UsageError, match="2 rows and columns"):
        mapping(Geometry(), (1, 5), (64, 64))
