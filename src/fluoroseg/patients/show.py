"""A patient on one sheet: three slices with their labels, and an X-ray from the front and from the left."""

import colorsys
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Float64, UInt8
from PIL import Image, ImageDraw, ImageFont

from fluoroseg.errors import UsageError
from fluoroseg.geometry.camera import aim
from fluoroseg.geometry.points import structure_points
from fluoroseg.patients.patient import Patient
from fluoroseg.render import check_free

WIDEST = 1500
HIGHEST = 560

_GAP = 10
_CAPTION = 22
_SOURCE_MM = 3000.0  # far away: little magnification
_WINDOW_HU = (-1000.0, 700.0)
_OPACITY = 0.45
_X, _Y, _Z = np.eye(3)


def facts(patient: Patient) -> dict[str, Any]:
    """JSON-able: size, spacing, HU, possible views, volume in ml of every structure, known names; and, where
    textbooks give one, the range of adults (`cut`: the volume's edge cuts the structure)."""
    from fluoroseg.geometry.views import views_of
    from fluoroseg.patients.volumes import volume_table

    voxels = np.zeros(1 << 16, np.int64)
    for plane in patient.labels:
        voxels += np.bincount(plane.ravel(), minlength=1 << 16)
    ml = float(np.prod(patient.spacing_mm)) / 1000
    return {
        "name": patient.name,
        "shape": list(patient.hu.shape),
        "spacing_mm": [round(float(mm), 4) for mm in patient.spacing_mm],
        "hu": [int(patient.hu.min()), int(patient.hu.max())],
        "views": list(views_of(patient)),
        "structures_ml": {
            name: round(float(voxels[label]) * ml, 2)
            for label, name in sorted(patient.structures.items())
            if voxels[label]
        },
        "adults_ml": [
            asdict(row) | {"ml": round(row.ml, 2), "within": row.within} for row in volume_table(patient)
        ],
        "known": sorted(patient.known),
    }


def sheet(patient: Patient) -> Image.Image:
    """Axial, coronal, sagittal slice through the middle of what is labelled; AP and left lateral X-ray.

    One scale for all. The patient's left is on the right; seen from the side, the front is on the left.
    """
    low, high = _body_box(patient)
    size = high - low
    mm = max(float(size[2]) / HIGHEST, float(size[1]) / HIGHEST, float(3 * size[0] + 2 * size[1]) / WIDEST)
    labelled = [p.world_mm for p in structure_points(patient).values()]
    middle = np.median(np.concatenate(labelled), axis=0) if labelled else (low + high) / 2
    planes = {"axial": (_X, _Y, "RL"), "coronal": (_X, -_Z, "RL"), "sagittal": (_Y, -_Z, "AP")}
    pictures = [
        _lettered(_slice(patient, right, down, middle, (low, high), mm), name, letters)
        for name, (right, down, letters) in planes.items()
    ]
    for name, lateral, letters in (("X-ray, AP", False, "RL"), ("X-ray, left lateral", True, "AP")):
        grey = xray(patient, mm, lateral=lateral)
        pictures.append(_lettered(np.repeat(grey[..., None], 3, axis=2), name, letters))
    spacing = " x ".join(f"{s:.3g}" for s in patient.spacing_mm)
    caption = f"{patient.name}: {len(structure_points(patient))} structures, voxels of {spacing} mm"
    return _side_by_side(pictures, caption)


def xray(patient: Patient, mm: float, *, lateral: bool = False) -> UInt8[np.ndarray, "h w"]:
    """The whole volume from the front (AP), or from the patient's right (left lateral), bone bright.

    mm: size of a pixel at the body's middle. The source is far away, so that both show the same scale.
    """
    from fluoroseg.physics import Exposure, flat_panel, presented
    from fluoroseg.project import projector_of

    box = low, high = _body_box(patient)
    side, beam = (_Y, _X) if lateral else (_X, _Y)
    shape = len(_steps(-_Z, box, mm)), len(_steps(side, box, mm))
    behind_mm = float((high - low) @ beam) / 2 + 50
    detector_mm = _SOURCE_MM + behind_mm
    pixel_mm = mm * detector_mm / _SOURCE_MM
    camera = aim((low + high) / 2, beam, _Z, _SOURCE_MM, detector_mm, pixel_mm, shape, mirror=lateral)
    exposure = Exposure(kvp=90.0, mas=40.0)
    image = projector_of(patient).render(camera, exposure, flat_panel(), seed=0).image
    return np.rint(255 * presented(image, edges=0.5)).astype(np.uint8)


def write_sheet(patient: Patient, told: dict[str, Any], out: str | Path) -> None:
    """Writes `sheet.png` and `patient.json` (the facts) into a new folder. Raises UsageError."""
    out = check_free(out)
    picture = sheet(patient)
    try:
        out.mkdir(parents=True, exist_ok=True)
        picture.save(out / "sheet.png", optimize=True)
        (out / "patient.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{out}: the folder cannot be written: {error.strerror}") from error


def _body_box(patient: Patient) -> tuple[Float64[np.ndarray, "3"], Float64[np.ndarray, "3"]]:
    """Corners, in LPS mm, of the box around everything denser than lung."""
    step = np.maximum(1, np.round(4.0 / patient.spacing_mm)).astype(int)
    coarse = patient.hu[:: step[0], :: step[1], :: step[2]] > -300
    index = np.argwhere(coarse if coarse.any() else np.ones_like(coarse)) * step
    world = patient.to_world(index.astype(np.float64))
    return world.min(0) - 10, world.max(0) + 10


def _slice(
    patient: Patient,
    right: Float[np.ndarray, "3"],
    down: Float[np.ndarray, "3"],
    middle: Float64[np.ndarray, "3"],
    box: tuple[Float64[np.ndarray, "3"], Float64[np.ndarray, "3"]],
    mm: float,
) -> UInt8[np.ndarray, "h w 3"]:
    """The plane through `middle`, sampled every `mm`; nearest voxel, labels as colours."""
    across, along = (_steps(axis, box, mm) for axis in (right, down))
    through = np.cross(right, down) ** 2 * middle
    world = through + along[:, None, None] * down + across[None, :, None] * right
    index = np.rint(
        (world - patient.world_from_index[:3, 3]) @ np.linalg.inv(patient.world_from_index[:3, :3]).T
    )
    inside = ((index >= 0) & (index < patient.hu.shape)).all(-1)
    at = tuple(np.moveaxis(np.where(inside[..., None], index, 0).astype(int), -1, 0))
    bottom, top = _WINDOW_HU
    grey = np.clip((np.where(inside, patient.hu[at], -1000) - bottom) / (top - bottom), 0, 1) * 255
    labels = np.where(inside, patient.labels[at], 0)
    picture = np.repeat(grey[..., None], 3, axis=2)
    for label in np.unique(labels[labels > 0]).tolist():
        mask = labels == label
        picture[mask] += _OPACITY * (_colour(label) - picture[mask])
    return picture.astype(np.uint8)


def _steps(
    axis: Float[np.ndarray, "3"], box: tuple[Float64[np.ndarray, "3"], Float64[np.ndarray, "3"]], mm: float
) -> Float64[np.ndarray, "n"]:
    """Places along a signed world axis that sample the box every `mm`."""
    ends = sorted((float(box[0] @ axis), float(box[1] @ axis)))
    return np.arange(ends[0], ends[1], mm)


def _colour(label: int) -> Float64[np.ndarray, "3"]:
    """Hues by the golden ratio, so that neighbours in the table differ."""
    hue = label * 0.618034 % 1
    return 255 * np.array(colorsys.hsv_to_rgb(hue, 0.55 + 0.45 * (label % 2), 1.0))


def _lettered(picture: UInt8[np.ndarray, "h w 3"], name: str, letters: str) -> Image.Image:
    image = Image.fromarray(picture)
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(12)
    draw.text((4, image.height // 2 - 8), letters[0], fill=(255, 220, 0), font=font)
    draw.text((image.width - 12, image.height // 2 - 8), letters[1], fill=(255, 220, 0), font=font)
    draw.text((4, 2), name, fill=(160, 160, 160), font=ImageFont.load_default(10))
    return image


def _side_by_side(pictures: list[Image.Image], caption: str) -> Image.Image:
    width = sum(p.width for p in pictures) + _GAP * (len(pictures) - 1)
    whole = Image.new("RGB", (width, max(p.height for p in pictures) + _CAPTION))
    left = 0
    for picture in pictures:
        whole.paste(picture, (left, _CAPTION))
        left += picture.width + _GAP
    draw = ImageDraw.Draw(whole)
    draw.text((4, 4), caption, fill=(235, 235, 235), font=ImageFont.load_default(12))
    return whole
