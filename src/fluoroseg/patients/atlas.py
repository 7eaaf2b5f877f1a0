"""Surface atlases as patients: BodyParts3D (bones, muscles), HRA (organs, skin), and one of both."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from fluoroseg.errors import GeometryError, LimitError, ReadError, UsageError
from fluoroseg.patients import _atlas_body as bodies
from fluoroseg.patients._atlas_body import Body
from fluoroseg.patients._atlas_chest import fill_chest, fill_heart
from fluoroseg.patients._atlas_draw import Drawn, Grid, draw_parts, put_hu, put_labels
from fluoroseg.patients._atlas_fit import Fit, fit_body
from fluoroseg.patients._atlas_nerves import fill_canal, fill_skull
from fluoroseg.patients._atlas_parts import Part, read_bodyparts3d, read_hra
from fluoroseg.patients.patient import Patient
from fluoroseg.patients.voxelise import voxelise

MARGIN_MM = 24.0
MAX_VOXELS = 700_000_000
TWICE = ("femur", "tibia", "fibula", "patella", "ilium", "ischium", "pubis", "sacrum", "spinal_cord")
"""What HRA and BodyParts3D's body both have: BodyParts3D's stays (the cord is made to fit its canal)."""


def open_bodyparts3d(folder: str | Path, spacing_mm: float = 2.0) -> Patient:
    """Bones, discs, cartilages and muscles of one body, voxelised, and a body made around them.

    folder: holds `parts.csv` (columns file, name, group) and the surfaces it names, mm, x to the left,
    y to the back, z up. What the atlas lacks is invented where its bones give the place: skin, fat, lungs,
    mediastinum, brain, spinal cord, bowel gas. int16 HU, uint16 labels; `known` are the labelled names.

    Raises ReadError for a folder that is no such atlas, LimitError where it is too large, UsageError.
    """
    parts = read_bodyparts3d(Path(folder))
    body = _empty(parts, spacing_mm, folder)
    drawn = draw_parts(parts, body.grid)
    _label(body, drawn)
    inner = bodies.invent_skin(body, drawn)
    _furnish(body, drawn)
    bodies.invent_bowel_gas(body, inner)
    return body.patient("bodyparts3d")


def open_hra(folder: str | Path, spacing_mm: float = 2.0) -> Patient:
    """Organs, vessels, pelvis, knees and skin of one body of the Human Reference Atlas, voxelised.

    folder: its `.glb` files, metres, x to the left, y up, z to the front. Between them is soft tissue, and
    fat under the skin; lungs, brain, muscles and most bones are missing there and not invented: they are
    outside `known`.

    Raises ReadError for a folder that is no such atlas, LimitError where it is too large, UsageError.
    """
    parts = read_hra(Path(folder))
    body = _empty(parts, spacing_mm, folder)
    skin = [p for p in parts if p.structure == "skin"]
    if not skin:
        raise ReadError(f"{folder}: holds no surface of the skin (VH_M_skin or VH_F_skin)")
    drawn = draw_parts([p for p in parts if p.structure != "skin"], body.grid)
    _label(body, drawn)
    bodies.fill_skin(
        body, voxelise(skin[0].vertices, skin[0].faces, body.grid.corner, spacing_mm, body.grid.shape)
    )
    fill_heart(body)
    put_hu(drawn, body.hu)
    return body.patient(Path(folder).name)


def open_mixed(bones_folder: str | Path, organs_folder: str | Path, spacing_mm: float = 2.0) -> Patient:
    """BodyParts3D's bones and muscles with the organs of HRA, which `fit_atlases` brings into them.

    The lungs fill the rib cage above the diaphragm around heart and vessels; bone keeps its place where an
    organ reaches into it. Skin as in `open_bodyparts3d`, widened to HRA's on the trunk.

    Raises ReadError for folders that are no such atlases, GeometryError without common bones, LimitError,
    UsageError.
    """
    bones, organs = read_bodyparts3d(Path(bones_folder)), read_hra(Path(organs_folder))
    fit = fit_body(organs, bones)
    kept = [p for p in organs if not p.structure.startswith(TWICE) and p.tissue != "cartilage"]
    placed = [replace(p, vertices=fit(p.vertices)) for p in kept]
    skin = [p for p in placed if p.structure == "skin"]
    body = _empty(bones, spacing_mm, bones_folder)
    drawn = draw_parts([*bones, *(p for p in placed if p.structure != "skin")], body.grid)
    _label(body, drawn)
    bodies.invent_skin(body, drawn, skin[0] if skin else None)
    _furnish(body, drawn)
    return body.patient(f"bodyparts3d+{Path(organs_folder).name}")


def fit_atlases(bones_folder: str | Path, organs_folder: str | Path) -> Fit:
    """How `open_mixed` places the organs' body in the bones' body, and how far common bones stay apart."""
    return fit_body(read_hra(Path(organs_folder)), read_bodyparts3d(Path(bones_folder)))


def _empty(parts: list[Part], spacing_mm: float, folder: str | Path) -> Body:
    if not 0.3 <= spacing_mm <= 20:
        raise UsageError(f"voxels of {spacing_mm} mm make no sense for the atlas; try 2")
    corner = np.min([p.vertices.min(0) for p in parts], axis=0) - MARGIN_MM
    far = np.max([p.vertices.max(0) for p in parts], axis=0) + MARGIN_MM
    size = np.ceil((far - corner) / spacing_mm) + 1
    if size.prod() > MAX_VOXELS:
        raise LimitError(
            f"{folder}: at {spacing_mm} mm the atlas has {size.prod():.3g} voxels; use larger ones"
        )
    if (far - corner).max() > 3000:
        raise GeometryError(f"{folder}: the body is {(far - corner).max():.0f} mm long; is its unit right?")
    shape = (int(size[0]), int(size[1]), int(size[2]))
    hu = np.full(shape, bodies.AIR_HU, np.int16)
    return Body(Grid(corner, float(spacing_mm), shape), np.zeros(shape, np.uint16), hu)


def _label(body: Body, drawn: list[Drawn]) -> None:
    for name in sorted({d.structure for d in drawn} - {""}):
        body.add(name)
    put_labels(drawn, body.labels, body.label)


def _furnish(body: Body, drawn: list[Drawn]) -> None:
    """What BodyParts3D's bones enclose, then the parts' own HU over it."""
    fill_heart(body)
    fill_chest(body)
    fill_skull(body)
    fill_canal(body)
    put_hu(drawn, body.hu)
