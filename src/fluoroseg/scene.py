"""One exposure: patient, view and tools become an X-ray with the truth of everything in it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from jaxtyping import Bool, Float

from fluoroseg.errors import UsageError
from fluoroseg.geometry.camera import Camera
from fluoroseg.geometry.pose import View
from fluoroseg.geometry.views import find_view, random_view
from fluoroseg.patients.definitions import DEFINING, LUNG_PARTS, above_dome
from fluoroseg.patients.patient import Patient
from fluoroseg.physics import DENSITY_G_CM3, MATERIALS, Exposure, detect, flat_panel, transmission
from fluoroseg.project import Projection, project
from fluoroseg.project.mesh import Solid, project_solids
from fluoroseg.tools import Placement, Tool, place, tool

_FRONTAL = 0.7
"""Within about 45 degrees of AP or PA: farther round, one side's dome hides the other side's lung."""


@dataclass(frozen=True)
class Shot:
    """An X-ray with its truth.

    image: float32 `[row, column]`, transmitted energy fraction after the detector (1 = open air).
    masks: structure or tool name -> bool silhouette, for everything with at least one pixel in view.
    path_mm: the same names -> float32 path length along each ray in mm (0 outside the silhouette).
    camera: the geometry.
    phrases: the same names -> words that a person could use for it.
    record: JSON-able account of what was drawn (view, spectrum, seed, tools, patient), for replay.
    """

    image: Float[np.ndarray, "h w"]
    masks: dict[str, Bool[np.ndarray, "h w"]]
    path_mm: dict[str, Float[np.ndarray, "h w"]]
    camera: Camera
    phrases: dict[str, list[str]]
    record: dict


def simulate(
    patient: Patient,
    view: str | View = "pa chest",
    tools: Sequence[str | Tool] = (),
    size: int = 448,
    kvp: float = 90.0,
    seed: int = 0,
    *,
    factors: Mapping[str, float] | None = None,
    lengths: bool = True,
) -> Shot:
    """An X-ray of a patient and the truth of everything in it.

    view: a standard view's name ("pa chest"), "random", or a View (whose own size is then used).
    tools: names of the catalogue or tools; each is placed by chance in or at a bone in view.
    size: pixels along each side.  kvp: tube voltage, 50-150.
    seed: of the random view, the tools' places and the noise; the same seed gives the same bytes.
    factors: structure -> factor on the attenuation of its voxels.
    lengths: also the path lengths; without, `path_mm` holds those of tools alone, and it is faster.
    Raises AnatomyError when the patient has not what the view shows, UsageError for unknown names.
    """
    view = _find(patient, view, size, seed)
    placed = _place(patient, view.camera, tools, np.random.default_rng([seed, 1]))
    projection = project(patient, view.camera, lengths=True, factors=factors)
    paths = {name: projection.length_mm(name) for name in projection.names if lengths}
    masks = {name: projection.mask(name) for name in projection.names}
    if abs(view.camera.normal[1]) > _FRONTAL:
        _add_definitions(projection, masks, paths)
    solids = [Solid(key, one.mesh, spot.world_from_tool, one.material) for key, (one, spot) in placed.items()]
    metal = project_solids(solids, view.camera)
    for key in placed:
        if metal.mask(key).any():
            masks[key], paths[key] = metal.mask(key), metal.path_mm(key)
    areal = _without_displaced(projection.areal_g_cm2, metal.material_mm)
    metal_g_cm2 = {m: path / 10 * np.float32(DENSITY_G_CM3[m]) for m, path in metal.material_mm.items()}
    exposure, detector = Exposure(kvp=kvp), flat_panel()
    primary = transmission(areal, detector.beam(exposure), metal_g_cm2)
    image = detect(primary, areal, view.camera, exposure, detector, seed)
    record = {
        "patient": patient.name,
        "view": view.record,
        "kvp": float(kvp),
        "seed": seed,
        "factors": dict(factors or {}),
        "tools": [{"key": key} | asdict(placement) for key, (_, placement) in placed.items()],
    }
    return Shot(
        image, masks, paths, view.camera, _phrases(masks, placed), record | _known(patient, view, masks)
    )


def _find(patient: Patient, view: str | View, size: int, seed: int) -> View:
    if seed < 0:
        raise UsageError(f"a seed is 0 or more, not {seed}")
    if isinstance(view, View):
        return view
    if view == "random":
        return random_view(patient, size, np.random.default_rng([seed, 0]))
    return find_view(patient, view, size)


def _add_definitions(
    projection: Projection,
    masks: dict[str, Bool[np.ndarray, "h w"]],
    paths: dict[str, Float[np.ndarray, "h w"]],
) -> None:
    """Adds what exists only in a view: the lungs above the dome of the diaphragm."""
    defining = {n: paths[n] if n in paths else projection.length_mm(n) for n in masks if n in DEFINING}
    for name, mask in above_dome(defining).items():
        if mask.any():
            parts = [defining[part] for part in LUNG_PARTS[name.split("_")[1]] if part in defining]
            masks[name] = mask
            if paths:
                paths[name] = np.where(mask, sum(parts), np.float32(0))


def _phrases(names: Iterable[str], placed: Mapping[str, tuple[Tool, Placement]]) -> dict[str, list[str]]:
    from fluoroseg.anatomy import phrases

    return {name: list(placed[name][0].phrases if name in placed else phrases(name)) for name in names}


def _known(patient: Patient, view: View, names: Iterable[str]) -> dict:
    """What the labels can tell, and how much of each structure the picture shows."""
    from fluoroseg.dataset.visibility import visibility

    seen = visibility(patient, view.camera, names)
    return {"known": sorted(patient.known), "visibility": {name: asdict(v) for name, v in seen.items()}}


def _place(
    patient: Patient, camera: Camera, tools: Sequence[str | Tool], rng: np.random.Generator
) -> dict[str, tuple[Tool, Placement]]:
    """Key -> tool and its place; a second tool of the same name gets the key "name (2)"."""
    placed: dict[str, tuple[Tool, Placement]] = {}
    for wanted in tools:
        one = tool(wanted) if isinstance(wanted, str) else wanted
        earlier = sum(other.name == one.name for other, _ in placed.values())
        key = f"{one.name} ({earlier + 1})" if earlier else one.name
        placed[key] = (one, place(one, patient, camera, rng))
    return placed


def _without_displaced(
    areal_g_cm2: Float[np.ndarray, "material h w"], metal_mm: Mapping[str, Float[np.ndarray, "h w"]]
) -> Float[np.ndarray, "material h w"]:
    """Metal takes the place of as much soft tissue, as far as there is any on the ray."""
    soft = MATERIALS.index("soft")
    displaced = sum(metal_mm.values(), start=np.zeros_like(areal_g_cm2[0])) / 10 * DENSITY_G_CM3["soft"]
    areal = areal_g_cm2.copy()
    areal[soft] = np.maximum(areal[soft] - displaced, 0)
    return areal
