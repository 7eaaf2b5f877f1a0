"""A rendered view: image, shadows and runs tell the same, undistorted, distorted and collimated."""

import gc
import weakref
from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import binary_dilation, binary_erosion

from fluoroseg.dataset.rle import decode
from fluoroseg.errors import GeometryError
from fluoroseg.geometry.camera import aim
from fluoroseg.patients.patient import Patient
from fluoroseg.physics import Blades, Exposure, flat_panel, ideal, image_intensifier, round_field
from fluoroseg.project import Projector, Solid, projector_of
from fluoroseg.tools import tool


def body():
    """A soft body with a bone that runs out of its upper end (z) and a lung in its middle."""
    shape = (64, 48, 56)
    grid = np.moveaxis(np.indices(shape), 0, -1) * 3.0 - [94.5, 70.5, 82.5]
    inside = (grid[..., 0] / 85) ** 2 + (grid[..., 1] / 60) ** 2 < 1
    hu, labels = np.where(inside, 40, -1000).astype(np.int16), np.zeros(shape, np.uint16)
    bone = (np.abs(grid[..., 0] + 30) < 12) & (np.abs(grid[..., 1]) < 12) & (grid[..., 2] > -20)
    lung = np.linalg.norm(grid - [30, 0, 0], axis=-1) < 30
    hu[bone], labels[bone] = 900, 1
    hu[lung], labels[lung] = -800, 2
    world_from_index = np.diag([3.0, 3.0, 3.0, 1.0])
    world_from_index[:3, 3] = [-94.5, -70.5, -82.5]
    return Patient(hu, labels, world_from_index, {1: "humerus_left", 2: "lung_left"}, "body")


def camera(size=96):
    return aim(
        np.zeros(3),
        np.array([0.05, 1.0, 0.0]),
        np.array([0.0, 0.0, 1.0]),
        700,
        1000,
        330 / size,
        (size, size),
    )


def wire():
    one = tool("k-wire 3.2 mm")
    pose = np.eye(4)
    pose[:3, :3] = [[0, 0, 1], [0, 1, 0], [-1, 0, 0]]  # along x
    pose[:3, 3] = [60, 0, 10]
    return one.solids("wire", pose)[0]


SETTINGS = {
    "panel": (Exposure(), flat_panel()),
    "intensifier": (Exposure(), image_intensifier()),
    "collimated": (Exposure(blades=Blades((200.0, 120.0), (20.0, -10.0), turn_deg=10)), flat_panel()),
    "both": (Exposure(blades=Blades((200.0, 150.0))), image_intensifier()),
}


@pytest.mark.parametrize("setting", SETTINGS)
def test_masks_lengths_and_runs_tell_the_same(setting):
    picture = Projector(body()).render(camera(), *SETTINGS[setting], solids=[wire()], lengths=True)
    assert set(picture.names) == {"humerus_left", "lung_left", "wire"}
    runs, paths = picture.runs(), picture.path_summary_mm()
    assert runs.keys() == paths.keys() == set(picture.names)
    for name in picture.names:
        mask, length = picture.mask(name), picture.length_mm(name)
        np.testing.assert_array_equal(mask, length > 0)
        np.testing.assert_array_equal(decode(runs[name].rle), mask)
        assert runs[name].area == mask.sum()
        assert paths[name] == pytest.approx((length[mask].mean(), length.max()), rel=1e-5)
        if picture.field is not None:
            assert not mask[~picture.field].any()


def test_the_distorted_masks_lie_on_the_distorted_picture():
    """Bone is dark and lung is light within the masks, out to the rim, in the intensifier's picture."""
    silent = replace(
        image_intensifier(), noise=False, electronic_quanta_mm=0.0, scatter=False, glare=0.0, blur_mm=0.0
    )
    picture = Projector(body()).render(camera(), Exposure(anode_turn_deg=None), silent)
    straight = Projector(body()).render(camera(), Exposure(anode_turn_deg=None), ideal())
    inside = round_field(picture.image.shape)
    changed = picture.mask("humerus_left") != straight.mask("humerus_left")
    assert changed[inside].sum() > 30
    for name, sign in (("humerus_left", -1), ("lung_left", 1)):
        mask = picture.mask(name) & inside
        ring = binary_dilation(mask, iterations=4) & ~mask & inside
        core = binary_erosion(mask, iterations=3)
        assert sign * (np.log(picture.image[core]).mean() - np.log(picture.image[ring]).mean()) > 0.1
    assert not picture.image[~inside].any()


def test_metal_replaces_what_it_lies_in():
    """A wire within bone: the ray meets less bone by just the wire's way, and more metal."""
    patient, seen_from = body(), camera()
    projector = Projector(patient)
    with_wire, without = projector.render(seen_from, solids=[wire()]), projector.render(seen_from)
    inside = with_wire.mask("wire") & without.mask("humerus_left") & (with_wire.length_mm("wire") > 2)
    assert inside.sum() > 5
    bone = (without.projection.areal_g_cm2 - with_wire.projection.areal_g_cm2)[-1][inside]
    way_cm = with_wire.length_mm("wire")[inside] / 10
    full = np.percentile(bone / way_cm, 90)
    assert 0.9 < full < 1.35  # 900 HU: 59 % of pure bone's 1.92 g/cm^3
    assert (with_wire.image[inside] < without.image[inside]).all()
    outside = ~with_wire.mask("wire")
    areal = with_wire.projection.areal_g_cm2[:, outside]
    np.testing.assert_allclose(areal, without.projection.areal_g_cm2[:, outside], atol=1e-5)


def test_a_solid_of_no_known_material_is_refused():
    with pytest.raises(GeometryError, match="unobtainium"):
        Solid("wire", wire().mesh, np.eye(4), "unobtainium")


def test_a_solid_with_the_name_of_a_structure_is_refused():
    with pytest.raises(GeometryError, match="humerus_left"):
        Projector(body()).render(camera(16), solids=[replace(wire(), key="humerus_left")])


def test_no_summary_of_paths_that_were_not_asked_for():
    with pytest.raises(GeometryError, match="lengths=True"):
        Projector(body()).render(camera(16)).path_summary_mm()


def test_the_primary_beam_is_the_silent_detectors_picture():
    picture = Projector(body()).render(camera(), Exposure(anode_turn_deg=None), ideal())
    np.testing.assert_allclose(picture.image, picture.primary, rtol=1e-4, atol=1e-5)


def test_a_batch_is_its_pictures():
    projector, seen_from = Projector(body()), [camera(32), camera(40)]
    batch = list(projector.batch(seen_from, seed=5, lengths=True))
    for number, picture in enumerate(batch):
        alone = projector.render(seen_from[number], seed=5 + number, lengths=True)
        np.testing.assert_array_equal(picture.image, alone.image)
        np.testing.assert_array_equal(picture.length_mm("lung_left"), alone.length_mm("lung_left"))


def test_where_a_cut_structure_would_go_on_is_unknown():
    """The bone runs out at the head's end: above the volume, in line with it, and nowhere else."""
    projector, seen_from = Projector(body()), camera()
    assert projector.cut == ("humerus_left",)
    unknown = projector.unknown("humerus_left", seen_from)
    assert unknown.any()
    assert not projector.unknown("lung_left", seen_from).any()
    beyond = np.array([[-30.0, 0.0, 85.5 + 20]])  # 20 mm past the end
    inside = np.array([[-30.0, 0.0, 40.0]])
    (r, c), (r_in, c_in) = np.rint(
        np.concatenate([seen_from.project(beyond), seen_from.project(inside)])
    ).astype(int)
    assert unknown[r, c]
    assert not unknown[r_in, c_in]
    mask = Projector(body()).render(seen_from).mask("humerus_left")
    assert np.nonzero(unknown)[0].max() <= np.nonzero(mask)[0].min() + 12  # it starts where the mask ends
    with pytest.raises(GeometryError, match="spleen"):
        projector.unknown("spleen", seen_from)


def test_a_patients_projector_is_kept_as_long_as_the_patient():
    patient = body()
    kept = projector_of(patient)
    assert projector_of(patient) is kept
    gone = weakref.ref(kept)
    del kept, patient
    gc.collect()
    assert gone() is None
