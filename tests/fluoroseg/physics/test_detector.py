import numpy as np
import pytest
from frontal import frontal

from fluoroseg.errors import UsageError
from fluoroseg.physics import (
    MATERIALS,
    Blades,
    Defects,
    Detector,
    Exposure,
    detect,
    flat_panel,
    fluoroscopy,
    ideal,
    image_intensifier,
    mass_attenuation_cm2_g,
    mono,
    open_field,
    open_quanta,
    pincushion_map,
    round_field,
    transmission,
    tube_bins,
)
from fluoroseg.physics.detector import _blur_weights, _hardening
from fluoroseg.project.threads import set_threads

SHAPE = (96, 120)
QUIET = Exposure(anode_turn_deg=None)
COUNTING = Detector(electronic_quanta_mm=0, blur_mm=0, scatter=False, grid=None, glare=0)


def camera(shape=SHAPE, pixel_mm=1.0, distance_mm=1000.0):
    return frontal(shape, pixel_mm, distance_mm)


def soft(g_cm2, shape=SHAPE):
    areal = np.zeros((len(MATERIALS), *shape), dtype=np.float32)
    areal[MATERIALS.index("soft")] = g_cm2
    return areal


def exposed(areal, exposure=QUIET, detector=COUNTING, seed=0, view=None):
    view = view or camera(areal.shape[1:])
    return detect(transmission(areal, detector.beam(exposure)), areal, view, exposure, detector, seed)


def test_an_ideal_detector_shows_the_primary_beam():
    areal = soft(np.linspace(0, 30, SHAPE[1], dtype=np.float32))
    primary = transmission(areal, ideal().beam(Exposure()))
    image = detect(primary, areal, camera(), Exposure(), ideal(), 0)
    assert image.dtype == np.float32
    np.testing.assert_allclose(image, primary, rtol=1e-6)


def test_quanta_follow_charge_inverse_square_pixel_area_and_grid():
    base = open_quanta(camera(), QUIET, COUNTING)
    assert open_quanta(camera(), Exposure(mas=6.0), COUNTING) == pytest.approx(3 * base)
    assert open_quanta(camera(distance_mm=2000.0), QUIET, COUNTING) == pytest.approx(base / 4)
    assert open_quanta(camera(pixel_mm=0.5), QUIET, COUNTING) == pytest.approx(base / 4)
    assert open_quanta(camera(), QUIET, flat_panel()) == pytest.approx(0.7 * base)


def test_effective_quanta_of_an_ideal_detector_are_those_of_the_tube():
    """(sum N E)^2 / sum N E^2 over SpekPy's photons: a little below the 1.55e6 photons/mm^2/mAs at 1 m."""
    beam = tube_bins(90, scintillator_g_cm2=None)
    photons = beam.weights * beam.kev_mm2_mas / beam.energies_kev
    expected = (photons @ beam.energies_kev) ** 2 / (photons @ beam.energies_kev**2)
    one = open_quanta(camera(), Exposure(mas=1.0), ideal())
    assert one == pytest.approx(expected, rel=1e-3)
    assert 0.85 < one / photons.sum() < 1


@pytest.mark.parametrize("g_cm2", [0.0, 10.0, 25.0])
def test_noise_is_that_of_the_quanta_which_the_hardened_beam_still_has(g_cm2):
    """Variance / mean^2 = sum N a t E^2 / (sum N a t E)^2 behind the body, by all 1 keV bins."""
    shape, detector = (300, 300), COUNTING
    image = exposed(soft(g_cm2, shape)).astype(np.float64)
    beam = tube_bins(90)
    through = beam.weights * np.exp(-g_cm2 * mass_attenuation_cm2_g("soft", beam.energies_kev))
    quanta = open_quanta(camera(), QUIET, detector) * (beam.weights @ beam.energies_kev)
    expected = (through @ beam.energies_kev) / quanta
    field = (1 + _rho_squared(camera(shape))) ** -1.5
    noise = (image - through.sum()) ** 2 * field
    assert image.mean() == pytest.approx(through.sum(), rel=2e-3)
    assert noise.mean() == pytest.approx(expected, rel=0.03)


def _rho_squared(view):
    rows, columns = np.indices(view.shape)
    down, right = rows - (view.shape[0] - 1) / 2, columns - (view.shape[1] - 1) / 2
    return (down**2 + right**2) / view.source_distance_mm**2


def test_hardening_starts_at_open_air_and_rises():
    hardening = _hardening(tube_bins(90))
    assert hardening[0] == pytest.approx(1)
    assert np.all(np.diff(hardening) > 0)
    assert hardening[-1] < 90 / 50


def test_electronic_noise_has_its_deviation_also_where_no_light_falls():
    detector = Detector(noise=False, electronic_quanta_mm=200, blur_mm=0, scatter=False, grid=None, glare=0)
    image = exposed(soft(5.0, (300, 301)), detector=detector).astype(np.float64)
    flat = image * (1 + _rho_squared(camera((300, 301)))) ** -1.5
    noise = (
        flat
        - transmission(soft(5.0, (1, 1)), detector.beam(QUIET))[0, 0]
        * (1 + _rho_squared(camera((300, 301)))) ** -1.5
    )
    assert noise.std() == pytest.approx(200 / open_quanta(camera(), QUIET, detector), rel=0.01)
    assert abs(noise.mean()) < 4 * noise.std() / 300
    neighbours = (noise[:, 1:] * noise[:, :-1]).mean() / noise.var()
    assert abs(neighbours) < 0.02


@pytest.mark.parametrize("blur_mm", [0.2, 0.5, 1.2])
def test_mtf_of_the_blur_at_known_frequencies(blur_mm):
    """A line across the detector spreads; its transform is exp(-2 pi^2 sigma^2 f^2)."""
    detector = Detector(
        noise=False, electronic_quanta_mm=0, blur_mm=blur_mm, scatter=False, grid=None, glare=0
    )
    line = np.full((128, 128), 0.5, dtype=np.float32)
    line[:, 64] += 1
    view = camera((128, 128), distance_mm=1e6)
    across = detect(line, soft(0.0, (128, 128)), view, QUIET, detector, 0)[64]
    along = detect(np.ascontiguousarray(line.T), soft(0.0, (128, 128)), view, QUIET, detector, 0)[:, 64]
    for profile in (across - 0.5, along - 0.5):
        for cycles_per_mm in (0.05, 0.125, 0.25, 0.375):
            phase = np.exp(-2j * np.pi * cycles_per_mm * np.arange(128))
            expected = np.exp(-2 * (np.pi * blur_mm * cycles_per_mm) ** 2)
            assert abs(profile @ phase) == pytest.approx(expected, abs=0.01)
        assert profile.sum() == pytest.approx(1, abs=1e-5)


def test_blur_takes_noise_and_signal_alike():
    sharp = exposed(soft(10.0, (200, 200)))
    blurred = exposed(
        soft(10.0, (200, 200)),
        detector=Detector(electronic_quanta_mm=0, blur_mm=0.8, scatter=False, grid=None, glare=0),
    )
    weights = _blur_weights(0.8)
    gain = weights[0] ** 2 + 2 * (weights[1:] ** 2).sum()
    assert blurred.std() / sharp.std() == pytest.approx(gain, rel=0.03)


def test_a_calibrated_panel_removes_the_heel_but_not_its_noise():
    exposure = Exposure(anode_turn_deg=0.0)
    view = camera((400, 200))
    detector = Detector(electronic_quanta_mm=0, blur_mm=0, scatter=False, grid=None, glare=0)
    image = exposed(soft(0.0, (400, 200)), exposure, detector, view=view)
    top, bottom = image[:60], image[-60:]
    assert top.mean() == pytest.approx(bottom.mean(), rel=1e-3)
    assert top.std() > 1.1 * bottom.std()
    raw = Detector(electronic_quanta_mm=0, blur_mm=0, scatter=False, grid=None, glare=0, flat_fielded=False)
    image = exposed(soft(0.0, (400, 200)), exposure, raw, view=view)
    assert image[:60].mean() < 0.85 * image[-60:].mean()


def test_an_intensifier_is_round_and_warps_masks_and_picture_alike():
    shape = (129, 129)
    areal = soft(0.0, shape)
    areal[MATERIALS.index("bone"), 30:34, :] = 8.0
    quiet = Detector(
        noise=False, electronic_quanta_mm=0, blur_mm=0, scatter=False, grid=None, glare=0, pincushion=0.1,
        round=True,
    )  # fmt: skip
    image = exposed(areal, detector=quiet, view=camera(shape))
    outside = ~round_field(shape)
    assert not image[outside].any()
    where = np.rint(pincushion_map(shape, 0.1)).astype(int)
    mask = (areal.sum(axis=0) > 0)[where[..., 0], where[..., 1]]
    inside = round_field(shape)
    assert (image[mask & inside] < 0.6).mean() > 0.9
    assert (image[~mask & inside] > 0.6).mean() > 0.97


@pytest.mark.parametrize("detector", [flat_panel(), image_intensifier()])
def test_same_seed_same_bits_on_any_number_of_threads(detector):
    shape = (201, 87)  # four blocks of rows
    areal = soft(np.linspace(0, 40, 87, dtype=np.float32), shape)
    pictures = []
    for number in (1, 2, 5):
        set_threads(number)
        pictures.append(exposed(areal, fluoroscopy(), detector, seed=11, view=camera(shape)))
    set_threads(0)
    np.testing.assert_array_equal(pictures[0], pictures[1])
    np.testing.assert_array_equal(pictures[0], pictures[2])
    assert np.isfinite(pictures[0]).all()
    assert np.any(pictures[0] != exposed(areal, fluoroscopy(), detector, seed=12, view=camera(shape)))


@pytest.mark.parametrize(("g_cm2", "least", "most"), [(10.0, 0.8, 1.7), (20.0, 2.0, 4.0)])
def test_scatter_behind_water_and_what_a_grid_leaves_of_it(g_cm2, least, most):
    """30 x 30 cm field, 100 mm gap, 90 kVp: 1 to 3 times the primary; a 10:1 grid cuts it 4 to 6 times."""
    shape = (100, 100)
    plain = Detector(noise=False, electronic_quanta_mm=0, blur_mm=0, grid=None, glare=0)
    behind = Detector(noise=False, electronic_quanta_mm=0, blur_mm=0, glare=0)
    areal, view = soft(g_cm2, shape), camera(shape, pixel_mm=3.0)
    primary = transmission(areal, plain.beam(QUIET))[50, 50]
    ratios = [exposed(areal, detector=d, view=view)[50, 50] / primary - 1 for d in (plain, behind)]
    assert least < ratios[0] < most
    assert 4 < ratios[0] / ratios[1] < 6


def test_scatter_reaches_behind_the_blades_and_the_beam_does_not():
    shape = (100, 100)
    exposure = Exposure(anode_turn_deg=None, blades=Blades((120.0, 120.0)))
    detector = Detector(noise=False, electronic_quanta_mm=0, blur_mm=0, grid=None, glare=0)
    image = exposed(soft(15.0, shape), exposure, detector, view=camera(shape, pixel_mm=3.0))
    assert 0.05 < image[50, 10] / image[50, 50] < 0.5
    assert image[50, 5] < image[50, 15] < image[50, 25]


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (200, 3), (7, 8)])
@pytest.mark.parametrize("detector", [flat_panel(), image_intensifier()])
def test_pictures_of_any_size(shape, detector):
    image = exposed(soft(5.0, shape), detector=detector)
    assert image.shape == shape
    assert np.isfinite(image).all()
    assert image.min() >= 0


def test_defects_are_the_panels_own():
    areal = soft(3.0)
    broken = Detector(
        noise=False, electronic_quanta_mm=0, blur_mm=0, scatter=False, grid=None, glare=0,
        defects=Defects(pixels=0.01, corrected=False),
    )  # fmt: skip
    first, second = (exposed(areal, detector=broken, seed=s) for s in (1, 2))
    np.testing.assert_array_equal(first == 0, second == 0)
    assert 0.005 < (first == 0).mean() < 0.015


def test_bad_input_is_refused():
    areal, primary = soft(1.0), np.ones(SHAPE, dtype=np.float32)
    with pytest.raises(UsageError, match="camera"):
        detect(primary, areal, camera((10, 10)), QUIET, COUNTING, 0)
    with pytest.raises(UsageError, match="finite"):
        detect(np.full(SHAPE, np.nan, dtype=np.float32), areal, camera(), QUIET, COUNTING, 0)
    with pytest.raises(UsageError, match="finite"):
        detect(primary, soft(np.inf), camera(), QUIET, COUNTING, 0)
    with pytest.raises(UsageError, match="in it already"):
        Exposure(kvp=mono(60), copper_mm=0.1)
    with pytest.raises(UsageError, match="seed"):
        detect(primary, areal, camera(), QUIET, COUNTING, -1)
    with pytest.raises(UsageError, match="1e\\+15 quanta"):
        detect(primary, areal, camera(), Exposure(mas=1e12), COUNTING, 0)
    with pytest.raises(UsageError, match="below 1"):
        Detector(glare=1.0)
    with pytest.raises(UsageError, match="pincushion"):
        Detector(pincushion=0.5)
    with pytest.raises(UsageError, match="finite"):
        detect(primary, soft(1e30), camera(), QUIET, COUNTING, 0)
    with pytest.raises(UsageError, match="pixels"):
        detect(primary, areal, camera(), QUIET, Detector(blur_mm=1e6), 0)


@pytest.mark.parametrize("pixel_mm", [0.3, 0.7, 1.9])
def test_the_field_between_its_coarse_pixels_is_the_field(pixel_mm):
    shape = (round(300 / pixel_mm), round(290 / pixel_mm))
    detector = Detector(
        noise=False, electronic_quanta_mm=0, blur_mm=0, scatter=False, grid=None, glare=0, flat_fielded=False
    )
    exposure, view = Exposure(kvp=120.0), camera(shape, pixel_mm)
    image = detect(np.ones(shape, dtype=np.float32), soft(0.0, shape), view, exposure, detector, 0)
    np.testing.assert_allclose(image, open_field(view, exposure), rtol=2e-3)
