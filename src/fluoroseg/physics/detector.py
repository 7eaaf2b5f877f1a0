"""The detector: from the primary beam to the raw picture of a flat panel or an image intensifier."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from fluoroseg.errors import UsageError
from fluoroseg.geometry.camera import Camera
from fluoroseg.physics.attenuation import mass_attenuation_cm2_g
from fluoroseg.physics.defects import Defects, with_defects
from fluoroseg.physics.exposure import Exposure
from fluoroseg.physics.fields import collimated, open_field, pincushion_map, pixel_mm, round_field, warp
from fluoroseg.physics.readout import Noise, count_quanta, read_out
from fluoroseg.physics.scatter import Grid, coarse_step, glare, scatter, shrink
from fluoroseg.physics.spectrum import CSI_G_CM2, Spectrum, tube

_GRID = Grid()

_MOST_G_CM2 = 1e6
"""Along a ray; some metres of the densest metal have 1e4."""

_MOST_BLUR_PX = 50.0
"""Its weights are a cosine series of 512 pixels."""


@dataclass(frozen=True)
class Detector:
    """What stands behind the patient; presets: `flat_panel`, `image_intensifier`, `ideal`.

    scintillator_g_cm2: caesium iodide; None absorbs every photon.
    noise: Poisson noise of the quanta that the exposure brings.
    electronic_quanta_mm: standard deviation of the electronic noise on a pixel of 1 mm, in quanta of the
        open beam; it goes with the pixel's side (the noise of binned pixels adds in quadrature).
    blur_mm: standard deviation of the light spread; its MTF is exp(-2 pi^2 blur^2 f^2).
    scatter: scattered photons arrive.  grid: what stands against them.
    glare: share of the light that spreads far.  glare_mm: how far (see `scatter.glare`).
    flat_fielded: divided by the open field (heel effect, obliquity), whose noise stays.
    pincushion: distortion of an intensifier (see `pincushion_map`).  round: its round field.
    defects: of one panel.
    """

    scintillator_g_cm2: float | None = CSI_G_CM2
    noise: bool = True
    electronic_quanta_mm: float = 15.0
    blur_mm: float = 0.16
    scatter: bool = True
    grid: Grid | None = _GRID
    glare: float = 0.03
    glare_mm: float = 8.0
    flat_fielded: bool = True
    pincushion: float = 0.0
    round: bool = False
    defects: Defects | None = None

    def __post_init__(self) -> None:
        lengths = self.electronic_quanta_mm, self.blur_mm, self.glare_mm
        if not all(0 <= length < math.inf for length in lengths) or not 0 <= self.glare < 1:
            raise UsageError(
                f"a detector with electronic noise {self.electronic_quanta_mm:g}, blur {self.blur_mm:g} mm, "
                f"glare {self.glare:g} over {self.glare_mm:g} mm: finite, none below 0, the glare below 1"
            )
        pincushion_map((2, 2), self.pincushion)

    def beam(self, exposure: Exposure) -> Spectrum:
        """The exposure's spectrum as this detector weighs it: what `transmission` wants."""
        if isinstance(exposure.kvp, Spectrum):
            return exposure.kvp
        return tube(float(exposure.kvp), exposure.aluminium_mm, exposure.copper_mm, self.scintillator_g_cm2)


def flat_panel() -> Detector:
    """0.6 mm CsI on amorphous silicon behind a 10:1 grid, flat-fielded."""
    return Detector()


def image_intensifier() -> Detector:
    """A C-arm's intensifier: thinner CsI, strong veiling glare, round field, pincushion, heel left in."""
    return Detector(
        scintillator_g_cm2=0.15, electronic_quanta_mm=5.0, blur_mm=0.25, glare=0.12, glare_mm=25.0,
        flat_fielded=False, pincushion=0.06, round=True,
    )  # fmt: skip


def ideal() -> Detector:
    """Absorbs everything; the primary beam as it is: no noise, no blur, no scatter."""
    return Detector(
        scintillator_g_cm2=None, noise=False, electronic_quanta_mm=0.0, blur_mm=0.0, scatter=False,
        grid=None, glare=0.0,
    )  # fmt: skip


def detect(
    primary: Float32[np.ndarray, "h w"],
    areal_g_cm2: Float32[np.ndarray, "material h2 w2"],
    camera: Camera,
    exposure: Exposure,
    detector: Detector,
    seed: int,
) -> Float32[np.ndarray, "h w"]:
    """The raw picture: signal / mean of open air under the perpendicular ray (without scatter), 0 or more.

    primary: `transmission(areal_g_cm2, detector.beam(exposure), ...)`.
    areal_g_cm2: what the rays went through; its sum is the thickness that scatters.
    seed: of the noise; the same seed gives the same bits on any number of threads.
    An intensifier's picture comes out distorted; `pincushion_map` and `round_field` do the same to masks.
    Raises UsageError for shapes that do not fit, what is not finite, blades behind the detector, a seed < 0,
    more quanta than can be counted.
    """
    if primary.shape != camera.shape or areal_g_cm2.shape[1:] != camera.shape:
        raise UsageError(
            f"primary {primary.shape}, areal densities {areal_g_cm2.shape[1:]}; the camera has {camera.shape}"
        )
    if seed < 0:
        raise UsageError(f"a seed is 0 or more, not {seed}")
    pixel, noise = pixel_mm(camera), Noise(seed, len(primary))
    side, step = math.sqrt(pixel[0] * pixel[1]), coarse_step(pixel)
    flat = open_field(camera, exposure, step)
    signal, field, scattered = _arriving(primary, flat, areal_g_cm2, camera, exposure, detector)
    veil = _veil(signal, field, scattered, pixel, detector)
    quanta, hardening = open_quanta(camera, exposure, detector), _hardening(detector.beam(exposure))
    drawn = quanta if detector.noise else 0.0
    counted = count_quanta(signal, field, scattered, step, drawn, hardening, noise)
    if not detector.flat_fielded:
        flat = np.ones_like(flat)
    weights = _blur_weights(detector.blur_mm / side)
    electronic = detector.electronic_quanta_mm * side / quanta
    out = read_out(counted, weights, 1 - detector.glare, veil, flat, step, electronic, noise)
    if detector.defects:
        out = with_defects(out, detector.defects)
    return out * round_field(camera.shape) if detector.round else out


def open_quanta(camera: Camera, exposure: Exposure, detector: Detector) -> float:
    """Effective quanta in a pixel of open air behind the grid, under the perpendicular ray.

    The number whose Poisson noise is that of the energy-integrating detector: (sum N a E)^2 / sum N a E^2,
    over photon energies E, N photons of which the share a is absorbed; by the inverse square law.
    """
    beam = detector.beam(exposure)
    height, width = pixel_mm(camera)
    kev = exposure.mas * beam.kev_mm2_mas * height * width * (1000 / camera.source_distance_mm) ** 2
    grid = detector.grid.primary if detector.grid else 1.0
    return float(kev * grid / (beam.weights @ beam.energies_kev))


def _arriving(
    primary: Float32[np.ndarray, "h w"],
    field: Float32[np.ndarray, "h2 w2"],
    areal_g_cm2: Float32[np.ndarray, "material h w"],
    camera: Camera,
    exposure: Exposure,
    detector: Detector,
) -> tuple[Float32[np.ndarray, "h w"], Float32[np.ndarray, "h2 w2"], Float32[np.ndarray, "h2 w2"]]:
    """Primary beam, the field it is to be multiplied by, and scatter behind the grid, all distorted.

    The last two are on the coarse grid of `field`.
    """
    thickness = areal_g_cm2.sum(axis=0)
    if not math.isfinite(float(primary.sum())) or not float(thickness.max()) < _MOST_G_CM2:
        raise UsageError(
            f"primary and areal densities must be finite, the densities less than {_MOST_G_CM2:g} g/cm^2; "
            f"their largest are {primary.max():g} and {thickness.max():g} g/cm^2"
        )
    signal = primary * collimated(camera, exposure, exposure.blades) if exposure.blades else primary
    scattered = np.zeros_like(field)
    if detector.scatter:
        pixel, grid = pixel_mm(camera), detector.grid
        step = coarse_step(pixel)
        scattered = scatter(
            shrink(signal, step) * field, shrink(thickness, step), (pixel[0] * step, pixel[1] * step),
            exposure.highest_kev, exposure.air_gap_mm,
        )  # fmt: skip
        scattered *= np.float32(grid.scatter / grid.primary if grid else 1)
    if detector.pincushion:
        signal = warp(signal, pincushion_map(signal.shape, detector.pincushion))
        where = pincushion_map(field.shape, detector.pincushion)
        field, scattered = warp(field, where), warp(scattered, where)
    return signal, field, scattered


def _veil(
    signal: Float32[np.ndarray, "h w"],
    field: Float32[np.ndarray, "h2 w2"],
    scattered: Float32[np.ndarray, "h2 w2"],
    pixel: tuple[float, float],
    detector: Detector,
) -> Float32[np.ndarray, "h2 w2"]:
    """Glare's share of the signal on the coarse grid. It is so broad that it carries no noise."""
    if not detector.glare:
        return np.zeros_like(field)
    step = coarse_step(pixel)
    bright = shrink(signal, step) * field + scattered
    if detector.round:
        bright = bright * round_field(bright.shape)
    spread = glare(bright, (pixel[0] * step, pixel[1] * step), detector.glare_mm)
    return np.float32(detector.glare) * spread


def _hardening(beam: Spectrum) -> Float32[np.ndarray, " octave"]:
    """Signal per quantum where soft tissue leaves 2^-n of the beam, relative to open air.

    A hardened beam has fewer quanta for the same signal. sum w E t / sum w t over energies, t transmission.
    """
    g_cm2 = np.linspace(0, 80, 321)
    exponent = -np.outer(g_cm2, mass_attenuation_cm2_g("soft", beam.energies_kev))
    through = np.exp(exponent) * beam.weights
    signal = through.sum(axis=1)
    energy = through @ beam.energies_kev / signal
    octaves = np.interp(-np.arange(24.0), np.log2(signal)[::-1], energy[::-1])
    return (octaves / energy[0]).astype(np.float32)


def _blur_weights(sigma_px: float) -> Float32[np.ndarray, " n"]:
    """Half of a symmetric kernel, its middle first, whose MTF up to Nyquist's frequency is the Gaussian's."""
    if sigma_px > _MOST_BLUR_PX:
        raise UsageError(f"a blur of {sigma_px:g} pixels: up to {_MOST_BLUR_PX:g} can be made")
    if sigma_px < 0.05:
        return np.ones(1, dtype=np.float32)
    frequency = (np.arange(256) + 0.5) / 512
    mtf = np.exp(-2 * (np.pi * sigma_px * frequency) ** 2)
    lags = np.arange(math.ceil(4 * sigma_px) + 3)
    weights = np.cos(2 * np.pi * np.outer(lags, frequency)) @ mtf / len(frequency)
    return (weights / (weights[0] + 2 * weights[1:].sum())).astype(np.float32)
