"""One exposure: patient, view and tools become an X-ray with the truth of everything in it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from fluoroseg.errors import UsageError
from fluoroseg.geometry.camera import Camera
from fluoroseg.geometry.pose import View
from fluoroseg.geometry.views import find_view, random_view
from fluoroseg.patients.definitions import DEFINING, LUNG_PARTS, above_dome, cardiac_silhouette
from fluoroseg.patients.patient import Patient
from fluoroseg.physics import Detector, Exposure, flat_panel
from fluoroseg.procedures import perform
from fluoroseg.procedures import procedure as named_procedure
from fluoroseg.project import Picture, projector_of
from fluoroseg.tools import Arrangement, Tool, arrange

_FRONTAL = 0.7
"""Within about 45 degrees of AP or PA: farther round, one side's dome hides the other side's lung."""


class ByName(Mapping[str, Any]):
    """Name -> picture; each is made when it is asked for."""

    def __init__(self, names: Iterable[str], make: Callable[[str], Any]) -> None:
        self._names, self._make = dict.fromkeys(names), make

    def __getitem__(self, name: str) -> Any:
        if name not in self._names:
            raise KeyError(name)
        return self._make(name)

    def __contains__(self, name: object) -> bool:  # a Mapping's own would make the picture
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


@dataclass(frozen=True, eq=False)
class Shot:
    """An X-ray with its truth.

    image: float32 `[row, column]`, signal of the detector as a fraction of open air (1 = open air).
    masks: structure or tool name -> bool silhouette, for everything with at least one pixel in view.
    path_mm: the same names -> float32 path length along each ray in mm (0 outside the silhouette).
    camera: the geometry.
    phrases: the same names -> words that a person could use for it.
    record: JSON-able account of what was drawn (view, spectrum, seed, tools, patient), for replay.
    unknown: structures that an end of the volume cuts -> where they would go on in the picture.
    picture: what the projector made, from which data sets take their runs.
    """

    image: Float[np.ndarray, "h w"]
    masks: Mapping[str, Bool[np.ndarray, "h w"]]
    path_mm: Mapping[str, Float[np.ndarray, "h w"]]
    camera: Camera
    phrases: dict[str, list[str]]
    record: dict
    unknown: Mapping[str, Bool[np.ndarray, "h w"]] = field(default_factory=dict)
    picture: Picture | None = None


def simulate(
    patient: Patient,
    view: str | View = "pa chest",
    tools: Sequence[str | Tool] = (),
    size: int = 448,
    kvp: float = 90.0,
    seed: int = 0,
    *,
    procedure: str = "",
    factors: Mapping[str, float] | None = None,
    exposure: Exposure | None = None,
    detector: Detector | None = None,
    sparse: bool = False,
) -> Shot:
    """An X-ray of a patient and the truth of everything in it.

    view: a standard view's name ("pa chest"), "random", or a View (whose own size is then used).
    tools: names of the catalogue or tools; each is placed by chance where it belongs. What finds no place in
        this picture is left out, and named in the record (`not_placed`).
    size: pixels along each side.  kvp: tube voltage, 50-150.
    procedure: one of `fluoroseg.procedures`, whose tools come before `tools`; "": none.
    seed: of the random view, the tools' places and the noise; the same seed gives the same bytes.
    factors: structure -> factor on the attenuation of its voxels.
    exposure: all that the radiographer sets, with a voltage of its own.  detector: None: a flat panel.
    sparse: quicker, the tissue interpolated between rays where that is hardly seen (`Projector.render`).
    Raises AnatomyError when the patient has not what the view shows, UsageError for unknown names.
    """
    view = _find(patient, view, size, seed)
    camera, projector = view.camera, projector_of(patient)
    arranged, rng = Arrangement(), np.random.default_rng([seed, 1])
    if procedure:
        perform(arranged, named_procedure(procedure), patient, camera, rng)
    arrange(arranged, tools, patient, camera, rng)
    exposure = exposure or Exposure(kvp=kvp, blades=view.blades)
    detector = detector or flat_panel()
    picture = projector.render(
        camera, exposure, detector,
        solids=arranged.solids, factors=factors, lengths=True, sparse=sparse, seed=seed,
    )  # fmt: skip
    outlines = _outlines(picture, camera) if abs(camera.normal[1]) > _FRONTAL else {}
    names = (*picture.names, *outlines)
    record = {
        "patient": patient.name,
        "view": view.record,
        "kvp": exposure.highest_kev,
        "exposure": _plain(exposure),
        "detector": _plain(detector),
        "seed": seed,
        "factors": dict(factors or {}),
        "tools": [{"key": key} | asdict(placement) for key, (_, placement) in arranged.placed.items()],
        "procedure": procedure,
        "not_placed": arranged.missing,
    }
    return Shot(
        picture.image,
        ByName(names, lambda n: outlines[n] > 0 if n in outlines else picture.mask(n)),
        ByName(names, lambda n: outlines[n] if n in outlines else picture.length_mm(n)),
        camera,
        _phrases(names, arranged),
        record | _known(patient, view, names, picture),
        ByName(projector.cut, lambda n: picture.as_shown(projector.unknown(n, camera))),
        picture,
    )


def _find(patient: Patient, view: str | View, size: int, seed: int) -> View:
    if seed < 0:
        raise UsageError(f"a seed is 0 or more, not {seed}")
    if isinstance(view, View):
        return view
    if not isinstance(view, str):
        raise UsageError(f"a view is a name or a View, not {type(view).__name__}")
    if view == "random":
        return random_view(patient, size, np.random.default_rng([seed, 0]))
    return find_view(patient, view, size)


def _plain(settings: Exposure | Detector) -> dict[str, Any]:
    """JSON-able: what is not at its default; a spectrum of one's own by its highest energy (`kvp`)."""
    default = type(settings)()
    names = [f.name for f in fields(settings) if f.name != "kvp"]
    changed = {n: getattr(settings, n) for n in names if getattr(settings, n) != getattr(default, n)}
    return {n: asdict(v) if is_dataclass(v) and not isinstance(v, type) else v for n, v in changed.items()}


def _outlines(picture: Picture, camera: Camera) -> dict[str, Float[np.ndarray, "h w"]]:
    """What exists only in a view, as paths in mm: the lungs above the dome of the diaphragm, and the
    silhouette of heart and great vessels."""
    return _lungs_above_dome(picture, camera) | _heart_and_vessels(picture, camera)


def _lungs_above_dome(picture: Picture, camera: Camera) -> dict[str, Float[np.ndarray, "h w"]]:
    lungs: dict[str, Float[np.ndarray, "h w"]] = {}
    shown = DEFINING.intersection(picture.names)
    if not shown & {part for parts in LUNG_PARTS.values() for part in parts}:
        return lungs
    defining = {n: picture.length_mm(n) for n in picture.names if n in shown}
    left = float(camera.down_mm[0]), float(camera.right_mm[0])
    for name, mask in above_dome(defining, left).items():
        if mask.any():
            parts = [defining[part] for part in LUNG_PARTS[name.split("_")[1]] if part in defining]
            lungs[name] = np.where(mask, sum(parts), np.float32(0))
    return lungs


def _heart_and_vessels(picture: Picture, camera: Camera) -> dict[str, Float[np.ndarray, "h w"]]:
    """Its paths count 1 mm where only what it encloses (the windpipe) is passed."""
    from fluoroseg.anatomy import members

    if "cardiomediastinum" not in picture.names:
        return {}
    parts = members("cardiomediastinum")
    defining = {n: picture.length_mm(n) for n in picture.names if n in parts}
    mask = cardiac_silhouette(defining, (float(camera.down_mm[2]), float(camera.right_mm[2])))
    if mask is None or not mask.any():
        return {}
    whole = np.maximum(sum(defining.values()), np.float32(1))
    return {"cardiomediastinal_outline": np.where(mask, whole, np.float32(0))}


def _phrases(names: Iterable[str], arranged: Arrangement) -> dict[str, list[str]]:
    from fluoroseg.anatomy import phrases

    return {n: arranged.phrases(n) if n in arranged.placed else list(phrases(n)) for n in names}


def _known(patient: Patient, view: View, names: Iterable[str], picture: Picture) -> dict:
    """What the labels can tell, and how much of each structure the picture shows."""
    from fluoroseg.dataset.visibility import visibility

    seen = visibility(patient, view.camera, names, picture.field)
    return {"known": sorted(patient.known), "visibility": {name: dict(vars(v)) for name, v in seen.items()}}
