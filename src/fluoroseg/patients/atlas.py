"""The BodyParts3D atlas (surfaces of bones and muscles of one body) as a patient."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, UInt8, UInt16
from scipy import ndimage

from fluoroseg.errors import LimitError, ReadError, UsageError
from fluoroseg.patients import _atlas_names as names
from fluoroseg.patients._atlas_body import clothe
from fluoroseg.patients.patient import Patient
from fluoroseg.patients.voxelise import voxelise

MARGIN_MM = 24.0
MAX_VOXELS = 400_000_000
OUTSIDE, SOFT, CARTILAGE, MARROW, THIN_CORTEX, CORTEX = range(6)
LONG_BONES = ("femur", "tibia", "humerus", "radius", "ulna", "fibula", "metatarsal", "metacarpal", "hip")


@dataclass(frozen=True)
class Part:
    """One surface of the atlas; vertices in LPS mm."""

    name: str
    structure: str
    bone: bool
    vertices: Float[np.ndarray, "v 3"]
    faces: np.ndarray


def open_bodyparts3d(folder: str | Path, spacing_mm: float = 2.0) -> Patient:
    """Voxelise the atlas and put a body around it.

    folder: holds `parts.csv` (columns file, name, group) and the surfaces it names, mm, x to the left,
    y to the back, z up. Bones have a cortical shell; lungs, mediastinum and bowel gas, which the atlas
    lacks, are made from the rib cage and the diaphragm when these are there. Takes a minute at 2 mm: keep
    the result with `store.save_patient`.

    Raises ReadError for a folder that is no such atlas, UsageError without trimesh (extra `atlas`).
    """
    if not 0.3 <= spacing_mm <= 20:
        raise UsageError(f"voxels of {spacing_mm} mm make no sense for the atlas; try 2")
    parts = _read_parts(Path(folder))
    corner = np.min([p.vertices.min(0) for p in parts], axis=0) - MARGIN_MM
    far = np.max([p.vertices.max(0) for p in parts], axis=0) + MARGIN_MM
    shape = tuple(int(n) for n in np.ceil((far - corner) / spacing_mm) + 1)
    if np.prod(shape, dtype=float) > MAX_VOXELS:
        raise LimitError(f"{folder}: at {spacing_mm} mm the atlas has {shape} voxels; use larger voxels")
    labels = np.zeros(shape, np.uint16)
    tissue = np.zeros(shape, np.uint8)
    found = sorted({p.structure for p in parts} - {""})
    number = {name: n for n, name in enumerate(found, 1)}
    sheets = {name: np.zeros(shape, bool) for name in ("diaphragm", "wall")}
    for part in sorted(parts, key=lambda p: (p.bone, "cartilage" in p.structure)):  # bone has the last word
        _draw(part, corner, spacing_mm, labels, tissue, number, sheets)
    affine = np.diag([spacing_mm, spacing_mm, spacing_mm, 1.0])
    affine[:3, 3] = corner
    structures = {label: name for name, label in number.items()}
    hu = clothe(labels, tissue, structures, sheets, spacing_mm)
    return Patient(hu, labels, affine, structures, "bodyparts3d")


def _read_parts(folder: Path) -> list[Part]:
    table = folder / "parts.csv"
    try:
        with table.open(newline="", encoding="utf-8") as file:
            rows = [(row["file"], row["name"], row["group"]) for row in csv.DictReader(file)]
    except (OSError, KeyError, UnicodeDecodeError, csv.Error) as error:
        raise ReadError(f"{table}: expected a table with columns file, name, group ({error!r})") from error
    if not rows:
        raise ReadError(f"{table}: lists no parts")
    return [_read_part(folder, *row) for row in rows]


def _read_part(folder: Path, file: str, name: str, group: str) -> Part:
    try:
        import trimesh
    except ImportError as error:
        raise UsageError("reading a surface atlas needs trimesh: pip install 'fluorosam[atlas]'") from error
    path = (folder / file).resolve()
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        raise ReadError(f"{folder / 'parts.csv'}: names {file!r}, which is not a file in {folder}")
    try:
        mesh: Any = trimesh.load(path, force="mesh", process=False)
    except Exception as error:  # trimesh's readers raise whatever they meet in a broken file
        raise ReadError(f"{path}: not a surface that can be read ({error!r})") from error
    vertices = np.asarray(mesh.vertices, np.float64)
    if not len(mesh.faces) or not np.isfinite(vertices).all():
        raise ReadError(f"{path}: has no faces, or vertices that are not numbers")
    return Part(name, names.canonical(name), names.is_bone(name, group), vertices, np.asarray(mesh.faces))


def _draw(
    part: Part,
    corner: Float[np.ndarray, "3"],
    spacing_mm: float,
    labels: UInt16[np.ndarray, "i j k"],
    tissue: UInt8[np.ndarray, "i j k"],
    number: dict[str, int],
    sheets: dict[str, Bool[np.ndarray, "i j k"]],
) -> None:
    """Write one part into the volumes, in its own box."""
    low = np.maximum(np.floor((part.vertices.min(0) - corner) / spacing_mm).astype(int) - 2, 0)
    high = np.ceil((part.vertices.max(0) - corner) / spacing_mm).astype(int) + 3
    box = tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    shape = labels[box].shape
    inside = voxelise(part.vertices, part.faces, corner + low * spacing_mm, spacing_mm, shape)
    for sheet, mark in (("diaphragm", "Diaphragm"), ("wall", "external oblique"), ("wall", "Linea alba")):
        if mark in part.name:
            sheets[sheet][box] |= inside
    labels[box][inside] = number.get(part.structure, 0)
    if not part.bone:
        soft = CARTILAGE if "cartilage" in part.name.lower() or " disk " in part.name else SOFT
        tissue[box][inside] = soft
        return
    long = part.structure.startswith(LONG_BONES)
    depth_mm = ndimage.distance_transform_edt(inside) * spacing_mm
    tissue[box][inside] = MARROW
    tissue[box][inside & (depth_mm <= (3.6 if long else 1.6) + 0.5 * spacing_mm)] = (
        CORTEX if long else THIN_CORTEX
    )
