"""What shapes the picture's field: anode, obliquity, collimator, the intensifier's round entrance."""

import numpy as np
from jaxtyping import Bool, Float, Float32

from fluoroseg.errors import UsageError
from fluoroseg.geometry.camera import Camera
from fluoroseg.physics.exposure import Blades, Exposure

ANODE_DEG = 12.0


def open_field(camera: Camera, exposure: Exposure, step: int = 1) -> Float32[np.ndarray, "h w"]:
    """Open-air signal without collimator, 1 under the perpendicular ray, for each square of `step` pixels.

    Inverse square and obliquity: (1 + rho^2)^(-3/2), rho = distance from the perpendicular ray's foot /
    source distance. Heel effect: the beam is born at some depth in a 12 degree tungsten anode, so a ray
    towards the anode's end leaves through more metal: exp(-a cos 12 (1 / sin(12 - psi) - 1 / sin 12)), psi
    its angle from the perpendicular ray towards the anode. a (attenuation x mean depth) =
    0.0170 + 0.000225 (kVp - 60): fitted to SpekPy 2.5 at 60, 90 and 120 kVp.
    """
    x, y = _from_foot_mm(camera, step)
    distance = np.float32(abs(camera.source_distance_mm))
    x, y = x / distance, y / distance
    field = (1 + x * x + y * y) ** np.float32(-1.5)
    if exposure.anode_turn_deg is None:
        return field
    turn, angle = np.radians(exposure.anode_turn_deg), np.radians(ANODE_DEG)
    sine, cosine = np.float32(np.sin(angle)), np.float32(np.cos(angle))
    depth = np.float32(max(0.0170 + 0.000225 * (exposure.highest_kev - 60), 0.005))
    towards = x * np.float32(np.sin(turn)) - y * np.float32(np.cos(turn))
    # 1 / sin(angle - psi); beyond the anode's own surface hardly anything is left
    path = np.sqrt(1 + towards * towards) / np.maximum(sine - cosine * towards, np.float32(0.01))
    return field * np.exp(-depth * cosine * (path - 1 / sine))


def collimated(camera: Camera, exposure: Exposure, blades: Blades) -> Float32[np.ndarray, "h w"]:
    """Share of the focal spot that each pixel sees past the blades: 1 inside, `leak` outside.

    Between them a linear penumbra, focal spot x (source distance - blades' distance) / blades' distance
    wide. Raises UsageError when the blades are not between focal spot and detector.
    """
    distance = abs(camera.source_distance_mm)
    if blades.distance_mm >= distance:
        raise UsageError(
            f"blades {blades.distance_mm:g} mm from the focal spot; the detector is at {distance:g} mm"
        )
    width = max(exposure.focal_spot_mm * (distance - blades.distance_mm) / blades.distance_mm, 1e-6)
    x, y = _from_centre_mm(camera)
    x, y = x - np.float32(blades.centre_mm[0]), y - np.float32(blades.centre_mm[1])
    turn = np.radians(blades.turn_deg)
    cosine, sine = np.float32(np.cos(turn)), np.float32(np.sin(turn))
    across, along = x * cosine + y * sine, y * cosine - x * sine
    inside = _edge(across, blades.size_mm[0], width) * _edge(along, blades.size_mm[1], width)
    return np.float32(blades.leak) + np.float32(1 - blades.leak) * inside


def lit(camera: Camera, exposure: Exposure) -> Bool[np.ndarray, "h w"]:
    """Pixels that see any part of the focal spot past the blades."""
    if exposure.blades is None:
        return np.ones(camera.shape, dtype=bool)
    return collimated(camera, exposure, exposure.blades) > exposure.blades.leak


def round_field(shape: tuple[int, int]) -> Bool[np.ndarray, "h w"]:
    """The intensifier's entrance: the largest circle in the picture."""
    row, column = _normalised(shape)
    return row * row + column * column <= 1


def pincushion_map(shape: tuple[int, int], pincushion: float) -> Float32[np.ndarray, "h w 2"]:
    """`(row, column)` of the undistorted picture that each pixel of an intensifier's picture shows.

    r_in = r_out (1 + k) / (1 + k r_out^2), radii in halves of the shorter side: the centre and the round
    field's edge stay, the magnification rises outwards by (1 + k)^2 / (1 - k). All points lie in the
    picture. Raises UsageError unless 0 <= k < 0.3.
    """
    if not 0 <= pincushion < 0.3:
        raise UsageError(f"pincushion {pincushion:g}: from 0 (none) to below 0.3")
    row, column = _normalised(shape)
    k, half = np.float32(pincushion), np.float32(min(shape) / 2)
    scale = half * (1 + k) / (1 + k * (row * row + column * column))
    where = np.empty((*shape, 2), dtype=np.float32)
    np.multiply(row, scale, out=where[..., 0])
    np.multiply(column, scale, out=where[..., 1])
    where += np.array([(n - 1) / 2 for n in shape], dtype=np.float32)
    return where


def warp(
    picture: Float32[np.ndarray, "h w"], where: Float32[np.ndarray, "h2 w2 2"]
) -> Float32[np.ndarray, "h2 w2"]:
    """The picture's values at `(row, column)`, bilinear; beyond its edge those of the edge."""
    from scipy import ndimage  # late: scipy costs 0.2 s at import

    from fluoroseg.project.threads import run

    out = np.empty(where.shape[:2], dtype=np.float32)

    def some(first: int, last: int) -> None:
        place = np.moveaxis(where[first:last], -1, 0)
        ndimage.map_coordinates(picture, place, out[first:last], order=1, mode="nearest")

    run(some, len(out))
    return out


def pixel_mm(camera: Camera) -> tuple[float, float]:
    """Height and width of a pixel."""
    return float(np.linalg.norm(camera.down_mm)), float(np.linalg.norm(camera.right_mm))


def _edge(
    position_mm: Float[np.ndarray, "h w"], opening_mm: float, penumbra_mm: float
) -> Float[np.ndarray, "h w"]:
    inside = (np.float32(opening_mm / 2) - np.abs(position_mm)) / np.float32(penumbra_mm)
    return np.clip(inside + np.float32(0.5), 0, 1)


def _from_foot_mm(camera: Camera, step: int) -> tuple[Float32[np.ndarray, "1 w"], Float32[np.ndarray, "h 1"]]:
    """Centres of squares of `step` pixels, to the right of and below the perpendicular ray's foot."""
    height, width = pixel_mm(camera)
    foot = camera.source_mm - camera.origin_mm
    rows, columns = camera.shape
    shift = (step - 1) / 2
    x = (np.arange(0, columns, step) + shift) * width - foot @ camera.right_mm / width
    y = (np.arange(0, rows, step) + shift) * height - foot @ camera.down_mm / height
    return x.astype(np.float32)[None, :], y.astype(np.float32)[:, None]


def _from_centre_mm(camera: Camera) -> tuple[Float32[np.ndarray, "1 w"], Float32[np.ndarray, "h 1"]]:
    height, width = pixel_mm(camera)
    rows, columns = camera.shape
    x, y = (np.arange(columns) - (columns - 1) / 2) * width, (np.arange(rows) - (rows - 1) / 2) * height
    return x.astype(np.float32)[None, :], y.astype(np.float32)[:, None]


def _normalised(shape: tuple[int, int]) -> tuple[Float32[np.ndarray, "h 1"], Float32[np.ndarray, "1 w"]]:
    """Row and column from the picture's centre, in halves of its shorter side."""
    row, column = (((np.arange(n) - (n - 1) / 2) / (min(shape) / 2)).astype(np.float32) for n in shape)
    return row[:, None], column[None, :]
