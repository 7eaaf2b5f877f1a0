"""The kernels against the plain reference, and what the public face promises."""

import numpy as np
import pytest

from fluoroseg.errors import GeometryError
from fluoroseg.geometry.camera import aim
from fluoroseg.patients.patient import Patient
from fluoroseg.physics import DENSITY_G_CM3, MATERIALS
from fluoroseg.project import Projector, project
from fluoroseg.project.mesh import Cover
from fluoroseg.project.reference import project_reference
from fluoroseg.project.threads import set_threads

VIEWS = {"ap": (0.1, 1.0, 0.05), "oblique": (0.6, 0.62, 0.5), "axial": (0.05, 0.1, 1.0)}


def noise(shape=(24, 30, 17), structures=40, seed=0):
    """Random HU and labels; labels in blobs, some voxels without one, labels far apart in value."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, structures + 1, -(-np.array(shape) // 3))
    blobs = coarse.repeat(3, 0).repeat(3, 1).repeat(3, 2)[: shape[0], : shape[1], : shape[2]]
    hu = rng.integers(-1024, 3000, shape).astype(np.int16)
    world_from_index = np.diag([1.2, -1.0, 2.5, 1.0])
    world_from_index[:3, 3] = [-14, 15, -20]
    names = {int(label) * 61: f"structure {label}" for label in range(1, structures + 1)}
    return Patient(hu, (blobs * 61).astype(np.uint16), world_from_index, names)


def camera(view, size=(20, 26)):
    beam = np.array(VIEWS[view])
    up = np.array([0.0, 0.0, 1.0]) if view != "axial" else np.array([0.0, 1.0, 0.0])
    return aim(np.zeros(3), beam, up, 120, 200, 3.0, size)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("structures", [40, 1023])
@pytest.mark.parametrize("factors", [None, {"structure 3": 0.0, "structure 5": 1.7}])
def test_kernels_match_the_reference(view, structures, factors):
    patient = noise(structures=structures)
    plain = project_reference(patient, camera(view), factors)
    lengths = plain.lengths_mm
    seen = project(patient, camera(view), lengths=True, depths=True, factors=factors)
    np.testing.assert_allclose(seen.areal_g_cm2, plain.areal_g_cm2, rtol=1e-4, atol=2e-4)
    wrong = sum(np.mean(np.abs(seen.length_mm(name) - length) > 1e-3) for name, length in lengths.items())
    assert wrong / len(lengths) < 1e-3
    hit = {name for name, length in lengths.items() if length.any()}
    assert len(hit ^ set(seen.names)) <= len(hit) * 0.01
    for name in list(hit)[:40]:
        enter, leave = seen.depths_mm(name)
        differ = np.abs(np.nan_to_num(enter) - np.nan_to_num(plain.enter_mm[name])) > 1e-3
        differ |= np.abs(np.nan_to_num(leave) - np.nan_to_num(plain.leave_mm[name])) > 1e-3
        assert differ.mean() < 4e-3


def test_a_single_slice_is_a_volume_too():
    patient = noise(shape=(24, 1, 17))
    plain = project_reference(patient, camera("ap"))
    seen = project(patient, camera("ap"), lengths=True)
    np.testing.assert_allclose(seen.areal_g_cm2, plain.areal_g_cm2, rtol=1e-4, atol=2e-4)
    lengths = plain.lengths_mm
    assert sum(seen.length_mm(n).sum() for n in lengths) == pytest.approx(
        sum(x.sum() for x in lengths.values())
    )


def test_more_labels_on_one_ray_than_expected():
    """Every voxel along the ray its own structure: the store for lengths grows until all fit."""
    labels = np.arange(3 * 100 * 3).reshape(3, 100, 3) + 1
    names = {int(v): f"voxel {v}" for v in labels.ravel()}
    patient = Patient(
        np.zeros((3, 100, 3), np.int16), labels.astype(np.uint16), np.diag([1.0, 1, 1, 1]), names
    )
    view = aim(
        np.array([1.0, 50.0, 1.0]),
        np.array([0.0, 1.0, 0.0]),
        np.array([0.0, 0.0, 1.0]),
        500,
        800,
        0.1,
        (1, 1),
    )
    seen = project(patient, view, lengths=True)
    assert len(seen.names) == 100
    np.testing.assert_allclose([seen.length_mm(n)[0, 0] for n in seen.names], 1, rtol=1e-5)


@pytest.mark.parametrize("threads", [2, 5])
def test_number_of_threads_changes_no_bit(threads):
    patient = noise(shape=(60, 60, 60))

    def picture():
        seen = project(patient, camera("oblique", size=(70, 70)), lengths=True, factors={"structure 2": 1.3})
        return seen.areal_g_cm2, seen.layers[0].bits, *(seen.length_mm(n) for n in seen.names)

    try:
        set_threads(1)
        one = picture()
        set_threads(threads)
        several = picture()
    finally:
        set_threads(0)
    for a, b in zip(one, several, strict=True):
        np.testing.assert_array_equal(a, b)


def smooth(seed=0, shape=(72, 80, 64)):
    """Large organs in a body in noisy air: whole bricks of one label, and of air alone."""
    rng = np.random.default_rng(seed)
    grid = np.moveaxis(np.indices(shape), 0, -1) / np.array(shape) * 2 - 1
    radius = np.linalg.norm(grid * [1, 1.4, 1], axis=-1)
    hu = np.where(radius < 0.75, 50, -1000) + rng.normal(0, 15, shape)
    labels = np.digitize(grid[..., 2] + 0.3 * grid[..., 0], [-0.3, 0.3, 0.6]).astype(np.uint16)
    labels[radius > 0.7] = 0
    hu[labels == 2] += 300
    world_from_index = np.diag([-1.1, 0.9, 1.2, 1.0])
    world_from_index[:3, 3] = [40, -37, -40]
    return Patient(
        hu.clip(-1024, 3000).astype(np.int16), labels, world_from_index, {1: "aorta", 2: "heart", 3: "liver"}
    )


@pytest.mark.parametrize("view", VIEWS)
def test_blocks_that_are_alike_are_skipped_without_a_trace(view):
    patient, seen_from = smooth(), camera(view, size=(40, 50))
    plain = project_reference(patient, seen_from, contrast=("heart",))
    volume = Projector(patient).volumes[0]
    assert 0.2 < volume.brick_air.mean() < 0.9
    assert np.any(volume.brick_label < 65534)
    seen = Projector(patient, contrast=("heart",)).project(seen_from, lengths=True)
    np.testing.assert_allclose(seen.areal_g_cm2, plain.areal_g_cm2, rtol=1e-4, atol=2e-4)
    for name, length in plain.lengths_mm.items():
        assert np.mean(np.abs(seen.length_mm(name) - length) > 1e-3) < 2e-3


@pytest.mark.parametrize("turn_deg", [45, 135, 225, 315])
@pytest.mark.parametrize("spacing_mm", [0.68, 0.7, 1.34])
def test_blocks_are_alike_for_rays_between_two_axes_too(turn_deg, spacing_mm):
    # Column 16 begins a tile and runs at exactly 45 degrees: rounding decides along which axis it is marched.
    labels = np.zeros((64, 64, 24), np.uint16)
    labels[:32], labels[32:48], labels[:, 40:] = 1, 2, 3
    hu = np.full(labels.shape, 40, np.int16)
    hu[:, :24] = -1000
    beam = np.array([np.sin(np.radians(turn_deg)), np.cos(np.radians(turn_deg)), 0.0])
    for offset_mm in (-41.7, -23.3, -7.1):
        world_from_index = np.diag([spacing_mm, spacing_mm, 1.0, 1.0])
        world_from_index[:3, 3] = offset_mm, 0.37 * offset_mm, -20
        patient = Patient(hu, labels, world_from_index, {1: "a", 2: "b", 3: "c"})
        centre = patient.to_world(np.array([[31.5, 15.3, 11.5]]))[0]
        seen_from = aim(centre, beam, np.array([0.0, 0.0, 1.0]), 500, 700, 2.0, (16, 33))
        blocks, voxels = Projector(patient), Projector(patient)
        voxels.volumes[0].brick_label[:], voxels.volumes[0].brick_air[:] = 65534, 0
        one, other = (p.project(seen_from, lengths=True) for p in (blocks, voxels))
        np.testing.assert_allclose(one.areal_g_cm2, other.areal_g_cm2, rtol=1e-4, atol=2e-4)
        for name in "abc":
            np.testing.assert_array_equal(one.length_mm(name), other.length_mm(name))


def test_contrast_is_what_would_be_bone_in_an_enhanced_structure():
    patient, seen_from = smooth(), camera("ap")
    auto = Projector(patient).project(seen_from).areal_g_cm2
    named = Projector(patient, contrast=("heart",)).project(seen_from).areal_g_cm2
    none = Projector(patient, contrast=()).project(seen_from).areal_g_cm2
    np.testing.assert_array_equal(auto, named)
    contrast, bone = MATERIALS.index("contrast"), MATERIALS.index("bone")
    assert not none[contrast].any()
    volume = none[bone] / DENSITY_G_CM3["bone"]
    swapped = named[contrast] / DENSITY_G_CM3["contrast"] + named[bone] / DENSITY_G_CM3["bone"]
    np.testing.assert_allclose(swapped, volume, atol=1e-4)
    assert named[contrast].max() > 0.5
    others = [m for m in range(len(MATERIALS)) if m not in (contrast, bone)]
    np.testing.assert_allclose(named[others], none[others], atol=1e-4)


def random_cover(rays, seed=0, reach_mm=(60.0, 180.0)):
    rng = np.random.default_rng(seed)
    number = rng.integers(0, 5, rays)
    start = np.concatenate([[0], np.cumsum(number)])
    bounds = [np.sort(rng.uniform(*reach_mm, 2 * n)) for n in number]
    flat = np.concatenate(bounds).reshape(-1, 2).astype(np.float32)
    return Cover(start.astype(np.int64), flat[:, 0].copy(), flat[:, 1].copy())


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("factors", [None, {"structure 3": 0.0, "structure 5": 1.7}])
def test_metal_takes_the_place_of_tissue(view, factors):
    patient, seen_from = noise(), camera(view)
    cover = random_cover(20 * 26)
    plain = project_reference(patient, seen_from, factors, contrast=("structure 7",), cover=cover)
    projector = Projector(patient, contrast=("structure 7",))
    seen = projector.project(seen_from, factors=factors, cover=cover, lengths=True)
    np.testing.assert_allclose(seen.areal_g_cm2, plain.areal_g_cm2, rtol=1e-4, atol=1e-3)
    free = projector.project(seen_from, factors=factors, lengths=True)
    assert seen.areal_g_cm2.sum() < 0.9 * free.areal_g_cm2.sum()
    np.testing.assert_array_equal(seen.layers[0].bits, free.layers[0].bits)
    np.testing.assert_array_equal(seen.length_mm("structure 3"), free.length_mm("structure 3"))


def test_a_ray_all_in_metal_meets_no_tissue():
    patient, seen_from = noise(), camera("oblique")
    rays = 20 * 26
    whole = Cover(np.arange(rays + 1), np.zeros(rays, np.float32), np.full(rays, 500, np.float32))
    assert Projector(patient).project(seen_from, cover=whole).areal_g_cm2.max() < 1e-3


def block(hu, label, low, high, name, spacing=2.0):
    """A box of one structure in air."""
    shape = (60, 60, 60)
    grid = np.moveaxis(np.indices(shape), 0, -1) * spacing - 59.0
    inside = np.all((grid > low) & (grid < high), axis=-1)
    world_from_index = np.diag([spacing, spacing, spacing, 1.0])
    world_from_index[:3, 3] = -59.0
    volume = np.where(inside, hu, -1000).astype(np.int16)
    return Patient(volume, (inside * label).astype(np.uint16), world_from_index, {label: name})


@pytest.mark.parametrize("view", VIEWS)
def test_the_first_of_several_volumes_counts_where_it_has_matter(view):
    """A bone block inside a soft one, as two volumes and as one."""
    inner, outer = block(1500, 1, -20, 20, "inner"), block(40, 2, -40, 40, "outer")
    inside = inner.labels > 0
    together = Patient(
        np.where(inside, inner.hu, outer.hu),
        np.where(inside, inner.labels, outer.labels),
        outer.world_from_index,
        {1: "inner", 2: "outer"},
    )
    seen_from = camera(view, size=(30, 30))
    two = project([inner, outer], seen_from, lengths=True, depths=True)
    one = project(together, seen_from, lengths=True, depths=True)
    assert set(two.names) == {"inner", "outer"}
    np.testing.assert_array_equal(two.mask("inner"), one.mask("inner"))
    assert np.mean(two.mask("outer") != one.mask("outer")) < 0.02
    for name in one.names:
        assert two.length_mm(name).sum() == pytest.approx(one.length_mm(name).sum(), rel=0.02)
    # At the seam one volume blends bone into soft tissue, two blend each into its own air.
    assert two.areal_g_cm2[1:].sum() == pytest.approx(one.areal_g_cm2[1:].sum(), rel=0.05)
    reverse = project([outer, inner], seen_from)
    np.testing.assert_array_equal(reverse.names, ("outer",))


def test_the_air_about_a_limb_covers_nothing():
    limb, body = block(300, 1, (-50, -50, -50), (-35, -35, 50), "limb"), block(40, 2, 0, 40, "body")
    seen_from = camera("oblique", size=(30, 30))
    both, alone = project([limb, body], seen_from, lengths=True), project(body, seen_from, lengths=True)
    np.testing.assert_array_equal(both.length_mm("body"), alone.length_mm("body"))


def test_factors_scale_exactly_the_structures_part():
    projector, view = Projector(noise()), camera("oblique")
    none, plain, double = (
        projector.project(view, factors={"structure 4": f}).areal_g_cm2 for f in (0.0, 1.0, 2.0)
    )
    np.testing.assert_allclose(double - plain, plain - none, atol=1e-4)
    np.testing.assert_array_equal(plain, projector.project(view).areal_g_cm2)
    hit = projector.project(view).mask("structure 4")
    assert np.all((plain - none).sum(axis=0)[hit] > 0)
    np.testing.assert_array_equal(plain[:, ~hit], none[:, ~hit])


def test_lengths_do_not_change_the_rest():
    patient, view = noise(), camera("ap")
    with_lengths, without = project(patient, view, lengths=True), project(patient, view)
    np.testing.assert_array_equal(with_lengths.areal_g_cm2, without.areal_g_cm2)
    np.testing.assert_array_equal(with_lengths.layers[0].bits, without.layers[0].bits)
    assert with_lengths.names == without.names


def test_a_patient_without_labels_has_materials_only():
    patient, view = noise(), camera("ap")
    bare = project(Patient(patient.hu, patient.labels, patient.world_from_index, {}), view)
    assert bare.names == ()
    np.testing.assert_array_equal(bare.areal_g_cm2, project(patient, view).areal_g_cm2)


def test_two_labels_of_one_structure_are_one_shadow():
    plain = noise(structures=3)
    merged = Patient(plain.hu, plain.labels, plain.world_from_index, {61: "a", 122: "a", 183: "b"})
    one, two = project(plain, camera("ap"), lengths=True), project(merged, camera("ap"), lengths=True)
    expected = one.length_mm("structure 1") + one.length_mm("structure 2")
    np.testing.assert_allclose(two.length_mm("a"), expected, rtol=1e-6)


def test_what_cannot_be_meant_is_refused():
    patient, view = noise(structures=3), camera("ap")
    seen = project(patient, view)
    with pytest.raises(GeometryError, match="spleen"):
        seen.mask("spleen")
    with pytest.raises(GeometryError, match="lengths=True"):
        seen.length_mm("structure 1")
    with pytest.raises(GeometryError, match="depths=True"):
        seen.depths_mm("structure 1")
    for wrong in (-1.0, float("nan"), float("inf")):
        with pytest.raises(GeometryError, match="structure 1"):
            project(patient, view, factors={"structure 1": wrong})
    with pytest.raises(GeometryError, match="spleen"):
        Projector(patient, contrast=["spleen"])
    with pytest.raises(GeometryError, match="cover is of 3 rays"):
        Projector(patient).project(view, cover=Cover(np.zeros(4, np.int64), *np.zeros((2, 0), np.float32)))
    with pytest.raises(GeometryError, match="at least one patient"):
        Projector([])
    with pytest.raises(GeometryError, match="spleen"):
        project(patient, view, factors={"spleen": 2.0})
    with pytest.raises(GeometryError, match="1023"):
        Projector(
            Patient(
                patient.hu, patient.labels, patient.world_from_index, {i: f"s{i}" for i in range(1, 1100)}
            )
        )
