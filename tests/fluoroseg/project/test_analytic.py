"""Bodies whose shadow and path lengths are known: sphere, box, cylinder, from any side, on any grid."""

from itertools import permutations, product

import numpy as np
import pytest

from fluoroseg.geometry.camera import Camera, aim
from fluoroseg.patients.patient import Patient
from fluoroseg.physics import DENSITY_G_CM3, MATERIALS
from fluoroseg.project import project

EXTENT_MM = 120.0
SIZES_MM = np.array([36.0, 24.0, 30.0])  # sphere: first; box: half edges; cylinder: radius, half height


def camera(beam, up=(0.0, 0.0, 1.0), offset=(0.0, 0.0, 0.0), size=40):
    centre = np.array(offset, dtype=float)
    return aim(centre, np.array(beam, dtype=float), np.array(up), 500, 800, 120 * 1.6 / size, (size, size))


CAMERAS = {
    "ap": camera((0, 1, 0)),
    "lateral": camera((1, 0, 0)),
    "axial": camera((0, 0, -1), up=(0.0, 1.0, 0.0)),
    "oblique": camera((0.6, 0.7, 0.3)),
    "off-axis": camera((-0.4, 0.9, 0.2), offset=(30.0, -20.0, 15.0)),
}


def rays(view: Camera):
    """Unit directions [h, w, 3] from the source, and the distance to each pixel."""
    rows, columns = np.indices(view.shape)
    to_pixel = (
        view.origin_mm + rows[..., None] * view.down_mm + columns[..., None] * view.right_mm - view.source_mm
    )
    distance = np.linalg.norm(to_pixel, axis=-1)
    return to_pixel / distance[..., None], distance


def quadric_chord(a, b, c):
    """Length between the roots of a t^2 + 2 b t + c."""
    return 2 * np.sqrt(np.maximum(b * b - a * c, 0)) / np.maximum(a, 1e-12)


def slab_interval(source, direction, half):
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.stack([(-half - source) / direction, (half - source) / direction])
    return t.min(axis=0), t.max(axis=0)


def sphere_chord(view):
    direction, _ = rays(view)
    s = view.source_mm
    return quadric_chord(np.ones(view.shape), direction @ s, s @ s - SIZES_MM[0] ** 2)


def box_chord(view, half=SIZES_MM):
    direction, _ = rays(view)
    near, far = slab_interval(view.source_mm, direction, half)
    return np.maximum(far.min(axis=-1) - near.max(axis=-1), 0)


def cylinder_chord(view):
    """Axis along z, radius SIZES_MM[1], half height SIZES_MM[2]."""
    direction, _ = rays(view)
    s, d = view.source_mm[:2], direction[..., :2]
    a, b, c = (d**2).sum(axis=-1), d @ s, s @ s - SIZES_MM[1] ** 2
    root = np.sqrt(np.maximum(b * b - a * c, 0))
    low, high = slab_interval(view.source_mm[2], direction[..., 2], SIZES_MM[2])
    return np.where(
        b * b > a * c, np.maximum(np.minimum((-b + root) / a, high) - np.maximum((-b - root) / a, low), 0), 0
    )


BODIES = {
    "sphere": (lambda p: (p**2).sum(axis=-1) < SIZES_MM[0] ** 2, sphere_chord),
    "box": (lambda p: np.all(np.abs(p) < SIZES_MM, axis=-1), box_chord),
    "cylinder": (
        lambda p: ((p[..., :2] ** 2).sum(axis=-1) < SIZES_MM[1] ** 2) & (np.abs(p[..., 2]) < SIZES_MM[2]),
        cylinder_chord,
    ),
}


def volume(body, spacing=(1.5, 1.5, 1.5), order=(0, 1, 2), flips=(1, 1, 1), fortran=False):
    """The body in air on a grid of EXTENT_MM, its array axes permuted and flipped; world unchanged."""
    spacing = np.array(spacing)
    shape = np.round(EXTENT_MM / spacing).astype(int)
    axes = np.zeros((3, 3))
    for index_axis, world_axis in enumerate(order):
        axes[world_axis, index_axis] = flips[index_axis] * spacing[world_axis]
    shape = shape[list(order)]
    world_from_index = np.eye(4)
    world_from_index[:3, :3] = axes
    world_from_index[:3, 3] = -axes @ (shape - 1) / 2
    points = np.moveaxis(np.indices(shape), 0, -1) @ axes.T + world_from_index[:3, 3]
    inside = BODIES[body][0](points)
    hu, labels = np.where(inside, 40, -1000).astype(np.int16), (inside * 7).astype(np.uint16)
    if fortran:
        hu, labels = np.asfortranarray(hu), np.asfortranarray(labels)
    return Patient(hu, labels, world_from_index, {7: body})


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("view", CAMERAS)
@pytest.mark.parametrize("spacing", [(1.5, 1.5, 1.5), (1.0, 1.5, 2.5)])
def test_path_length_and_silhouette(body, view, spacing):
    seen = project(volume(body, spacing), CAMERAS[view], lengths=True)
    exact = BODIES[body][1](CAMERAS[view])
    length, mask = seen.length_mm(body), seen.mask(body)
    np.testing.assert_array_equal(mask, length > 0)
    inside, coarse = exact > 0, max(spacing)
    # The grid cannot know better than a voxel, at the rim less; over the picture its errors cancel.
    assert np.quantile(np.abs(length - exact)[inside], 0.8) < 1.2 * coarse
    assert length.sum() == pytest.approx(exact.sum(), rel=0.015)
    assert np.mean(mask != inside) < 0.04
    assert mask[exact > 8 * coarse].all()
    # At the surface HU are interpolated, so part of the mass is lung and fat; the mass itself is right.
    mass = (seen.areal_g_cm2[1:].sum(axis=0) * 10 / DENSITY_G_CM3["soft"]).sum()
    assert mass == pytest.approx(exact.sum(), rel=0.02)


@pytest.mark.parametrize("flips", list(product((1, -1), repeat=3)))
@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_order_and_direction_of_the_arrays_axes_change_nothing(order, flips):
    spacing, view = (2.0, 3.0, 4.0), CAMERAS["off-axis"]
    plain = project(volume("cylinder", spacing), view, lengths=True)
    turned = project(volume("cylinder", spacing, order, flips, fortran=sum(flips) > 0), view, lengths=True)
    np.testing.assert_allclose(turned.areal_g_cm2, plain.areal_g_cm2, atol=1e-4)
    assert np.mean(turned.mask("cylinder") != plain.mask("cylinder")) < 2e-3
    difference = np.abs(turned.length_mm("cylinder") - plain.length_mm("cylinder"))
    assert np.mean(difference > 1e-3) < 5e-3


def test_rotated_volume():
    """An oblique affine: the same sphere wherever the voxel axes point."""
    turn = np.linalg.qr(np.random.default_rng(3).normal(size=(3, 3)))[0]
    plain = volume("sphere")
    world_from_index = plain.world_from_index.copy()
    world_from_index[:3] = turn @ world_from_index[:3]
    seen = project(
        Patient(plain.hu, plain.labels, world_from_index, plain.structures), CAMERAS["oblique"], lengths=True
    )
    exact = sphere_chord(CAMERAS["oblique"])
    assert seen.length_mm("sphere").sum() == pytest.approx(exact.sum(), rel=0.01)
    assert np.mean(seen.mask("sphere") != (exact > 0)) < 0.03


@pytest.mark.parametrize("view", CAMERAS)
def test_lengths_of_labels_and_rest_make_the_chord_of_the_volume(view):
    ball = volume("sphere")
    labels = np.where(ball.labels == 7, 7, 9).astype(np.uint16)
    seen = project(
        Patient(ball.hu, labels, ball.world_from_index, {7: "sphere", 9: "rest"}), CAMERAS[view], lengths=True
    )
    total = seen.length_mm("sphere") + seen.length_mm("rest")
    chord = box_chord(CAMERAS[view], np.full(3, EXTENT_MM / 2))
    assert np.abs(total - chord).max() <= 2.01 * np.abs(seen.layers[0].step_mm).max()
    assert total.sum() == pytest.approx(chord.sum(), rel=2e-3)
    pure = np.array([DENSITY_G_CM3[m] for m in MATERIALS]).reshape(-1, 1, 1)
    np.testing.assert_allclose((seen.areal_g_cm2 * 10 / pure).sum(axis=0), total, rtol=1e-5, atol=1e-2)


def test_nothing_behind_the_detector_or_before_the_source_counts():
    centre, up = np.array([0.0, -300.0, 0.0]), np.array([0.0, 0.0, 1.0])
    before = aim(centre, np.array([0.0, 1.0, 0.0]), up, 100, 200, 2.0, (8, 8))
    away = aim(np.array([0.0, 300.0, 0.0]), np.array([0.0, 1.0, 0.0]), up, 100, 200, 2.0, (8, 8))
    for view in (before, away):
        seen = project(volume("sphere"), view)
        assert seen.names == ()
        assert seen.areal_g_cm2.max() == 0
