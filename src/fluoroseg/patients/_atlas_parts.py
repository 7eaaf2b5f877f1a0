"""The parts of a surface atlas: read, named, brought to LPS mm."""

import csv
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from fluoroseg import anatomy
from fluoroseg.errors import LimitError, ReadError
from fluoroseg.patients._atlas_names import part_name
from fluoroseg.patients.surfaces import read_surfaces

MAX_PARTS = 5000
MAX_CORNERS = 60_000_000
HRA_MM = 1000.0
OTHER = {"bone": "bone", "muscle": "muscle"}  # parts without a name of their own still are one or the other


@dataclass(frozen=True)
class Part:
    """One part of the body. structure: canonical name or "". tissue: as in the table of anatomy.

    lumen_mm: width of a hollow inside that belongs to it (0: solid). vertices: LPS mm.
    """

    name: str
    structure: str
    tissue: str
    lumen_mm: float
    vertices: Float[np.ndarray, "v 3"]
    faces: Int[np.ndarray, "f 3"]


def read_bodyparts3d(folder: Path) -> list[Part]:
    """Every part once. Its surfaces are in mm, x to the left, y to the back, z up. ReadError, LimitError."""
    table = folder / "parts.csv"
    try:
        with table.open(newline="", encoding="utf-8") as text:
            rows = {row["file"]: (row["name"], row["group"]) for row in csv.DictReader(text)}
    except (OSError, KeyError, UnicodeDecodeError, csv.Error) as error:
        raise ReadError(f"{table}: expected a table with columns file, name, group ({error!r})") from error
    if not rows or any(not v for row in rows.items() for v in (row[0], *row[1])):
        raise ReadError(f"{table}: lists no parts, or parts without file, name and group")
    if len(rows) > MAX_PARTS:
        raise LimitError(f"{table}: lists {len(rows)} parts; {MAX_PARTS} are the limit")
    out, corners = [], 0
    for file, (name, group) in rows.items():
        path = (folder / file).resolve()
        if not path.is_relative_to(folder.resolve()) or not path.is_file():
            raise ReadError(f"{table}: names {file!r}, which is not a file in {folder}")
        surfaces = read_surfaces(path)
        vertices, faces = _joined([(s.vertices, s.faces) for s in surfaces])
        corners += faces.size
        _check_size(folder, corners)
        structure = part_name(name).structure
        tissue = anatomy.structure(structure).tissue if structure else _group_tissue(name, group)
        out.append(Part(name, structure or OTHER.get(tissue, ""), tissue, 0.0, vertices, faces))
    return out


def read_hra(folder: Path) -> list[Part]:
    """Every structure once (its sub-parts joined), unnamed sub-parts singly. ReadError, LimitError.

    The files hold metres, x to the left, y up, z to the front. Patches that only mark a place on another
    part are left out.
    """
    files = sorted(folder.glob("*.glb")) if folder.is_dir() else []
    if not files:
        raise ReadError(f"{folder}: holds no .glb files")
    if len(files) > MAX_PARTS:
        raise LimitError(f"{folder}: holds {len(files)} files; {MAX_PARTS} are the limit")
    found: dict[str, list[Part]] = {}
    corners = 0
    for path in files:
        for surface in read_surfaces(path):
            corners += surface.faces.size
            _check_size(folder, corners)
            lps = np.stack([surface.vertices[:, 0], -surface.vertices[:, 2], surface.vertices[:, 1]], axis=1)
            named = part_name(surface.name, float(lps[:, 0].mean()) * HRA_MM)
            if named.surface_only:
                continue
            tissue = (
                anatomy.structure(named.structure).tissue if named.structure else _hra_tissue(surface.name)
            )
            part = Part(surface.name, named.structure, tissue, named.lumen_mm, lps * HRA_MM, surface.faces)
            found.setdefault(named.structure or surface.name, []).append(part)
    return [_join(parts) for parts in found.values()]


def _join(parts: list[Part]) -> Part:
    vertices, faces = _joined([(p.vertices, p.faces) for p in parts])
    lumen = max(p.lumen_mm for p in parts)
    return replace(parts[0], lumen_mm=lumen, vertices=vertices, faces=faces)


def _joined(
    surfaces: list[tuple[Float[np.ndarray, "_ 3"], Int[np.ndarray, "_ 3"]]],
) -> tuple[Float[np.ndarray, "v 3"], Int[np.ndarray, "f 3"]]:
    first = np.cumsum([0, *(len(v) for v, _ in surfaces)])
    return np.concatenate([v for v, _ in surfaces]), np.concatenate(
        [f + n for (_, f), n in zip(surfaces, first, strict=False)]
    )


def _group_tissue(name: str, group: str) -> str:
    soft = ("tendon", "ligament", "retinaculum", "membrane", "linea")
    if any(word in name.lower() for word in soft) or group == "tendons":
        return "soft"
    return "bone" if group == "bones" else "muscle"


def _hra_tissue(name: str) -> str:
    low = name.lower()
    if "meniscus" in low:
        return "cartilage"
    return "vessel" if "vein" in low or "arter" in low or "sinus" in low else "fluid"


def _check_size(folder: Path, corners: int) -> None:
    if corners > MAX_CORNERS:
        raise LimitError(f"{folder}: more than {MAX_CORNERS // 3} triangles in all")
