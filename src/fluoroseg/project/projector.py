"""The projector: prepares patients once, then marches through them view by view."""

import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Bool, Float32, UInt8

from fluoroseg.errors import GeometryError, UsageError
from fluoroseg.geometry.camera import Camera
from fluoroseg.patients.patient import Patient
from fluoroseg.physics.beam import transmission
from fluoroseg.physics.detector import Detector, detect, flat_panel
from fluoroseg.physics.exposure import Exposure
from fluoroseg.physics.fields import lit
from fluoroseg.physics.materials import DENSE_BONE_G_CM3_PER_HU, DENSITY_G_CM3, MATERIALS, NODES_HU
from fluoroseg.project.march import march
from fluoroseg.project.mesh import Cover, Solid, project_solids
from fluoroseg.project.picture import Picture
from fluoroseg.project.projection import Layer, Projection
from fluoroseg.project.unknown import beyond
from fluoroseg.project.volume import Volume, lay_out


def project(
    patient: Patient | Sequence[Patient],
    camera: Camera,
    *,
    lengths: bool = False,
    depths: bool = False,
    factors: Mapping[str, float] | None = None,
) -> Projection:
    """Materials and the silhouette of every structure along every ray of the camera, in one march.

    For many views of the same patient keep a `Projector`, whose arguments these are.
    """
    return Projector(patient).project(camera, lengths=lengths, depths=depths, factors=factors)


class Projector:
    """Patients laid out for the march. Holds no state that a view changes; free of randomness.

    patient: one, or several of which at any place the first counts that has matter there (HU above air, or
        a structure): a limb in another pose, a block beside the body.
    contrast: structures whose HU above soft tissue are iodine, not bone; None: those that look enhanced
        (`enhanced`).
    device: "cpu", or "cuda" (needs the `cuda` extra and a card; the same rays, computed there).
    Raises GeometryError for more structures or voxels than a march takes and for contrast in a structure
    that is not there, UsageError for a device that is not there.
    """

    def __init__(
        self,
        patient: Patient | Sequence[Patient],
        *,
        contrast: Iterable[str] | None = None,
        device: str = "cpu",
    ) -> None:
        patients = [patient] if isinstance(patient, Patient) else list(patient)
        if not patients:
            raise GeometryError("a projector needs at least one patient")
        self.volumes = tuple(lay_out(p) for p in patients)
        named = None if contrast is None else frozenset(contrast)
        self._known(*(named or ()))
        self._contrast = [
            enhanced(p) if named is None else named & set(p.structures.values()) for p in patients
        ]
        self._march = _march_on(device)

    def project(
        self,
        camera: Camera,
        *,
        lengths: bool = False,
        depths: bool = False,
        factors: Mapping[str, float] | None = None,
        cover: Cover | None = None,
        exposed: Bool[np.ndarray, "h w"] | None = None,
    ) -> Projection:
        """One view.

        lengths: also the path length inside each structure.  depths: also where each ray enters and leaves.
        factors: structure name -> factor on the attenuation of its voxels, at no extra march.
        cover: intervals of the rays where metal is (`project_solids`), which takes the tissue's place.
        exposed: march sparsely (on a CPU): where a voxel's shadow is wide, the tissue of every second row and
            column alone, the rest interpolated; where nothing is exposed, hardly anything (`sparse`).
        Raises GeometryError for a factor that is no number of 0 or more, or of a structure that is not there,
        and for a cover of another picture's size.
        """
        self._known(*(factors or {}))
        if cover is not None and len(cover.start) != camera.shape[0] * camera.shape[1] + 1:
            raise GeometryError(f"the cover is of {len(cover.start) - 1} rays, not of {camera.shape} pixels")
        for name, factor in (factors or {}).items():
            if not 0 <= factor < np.inf:
                raise GeometryError(f"attenuation factor of {name}: {factor}; 0 or more and finite is needed")
        parts: list[tuple[Float32[np.ndarray, "material h w"], Layer]] = []
        hidden, covered = None, cover
        for volume, contrast in zip(self.volumes, self._contrast, strict=True):
            tissue = (_ramps(), _factors(volume, factors), _flags(volume, contrast))
            parts.append(self._march(volume, camera, tissue, covered, hidden, lengths, depths, exposed))
            if volume is not self.volumes[-1]:
                from fluoroseg.project.priority import matter, merge

                hidden = merge(hidden, matter(volume, camera))
                covered = merge(hidden, cover)
        areal = parts[0][0] if len(parts) == 1 else np.sum([a for a, _ in parts], axis=0)
        return Projection(areal, tuple(layer for _, layer in parts))

    def render(
        self,
        camera: Camera,
        exposure: Exposure | None = None,
        detector: Detector | None = None,
        *,
        solids: Sequence[Solid] = (),
        factors: Mapping[str, float] | None = None,
        lengths: bool = False,
        depths: bool = False,
        sparse: bool = False,
        seed: int = 0,
    ) -> Picture:
        """The X-ray of one view, with everything that is in it.

        exposure: what the radiographer sets (None: 90 kVp, 2 mAs).  detector: None: a flat panel.
        solids: tools, whose material takes the place of the tissue.  seed: of the noise.
        sparse: quicker: tissue that neighbouring rays tell or the blades hide is interpolated (`sparse`).
        The rest is as in `project`. GeometryError also for a solid that has a structure's name as its key.
        """
        exposure, detector = exposure or Exposure(), detector or flat_panel()
        for name in {n for volume in self.volumes for n in volume.names} & {s.key for s in solids}:
            raise GeometryError(f"the key of a solid, {name!r}, is a structure's name; another key is needed")
        seen = project_solids(solids, camera)
        exposed = lit(camera, exposure) if sparse else None
        projection = self.project(
            camera, lengths=lengths, depths=depths, factors=factors, cover=seen.cover, exposed=exposed
        )
        metal = {m: path * np.float32(DENSITY_G_CM3[m] / 10) for m, path in seen.material_mm.items()}
        primary = transmission(projection.areal_g_cm2, detector.beam(exposure), metal)
        image = detect(primary, projection.areal_g_cm2, camera, exposure, detector, seed)
        return Picture(image, primary, camera, projection, seen).shown_by(exposure, detector)

    def batch(
        self,
        cameras: Iterable[Camera],
        exposure: Exposure | None = None,
        detector: Detector | None = None,
        *,
        seed: int = 0,
        **options: Any,
    ) -> Iterator[Picture]:
        """`render` for one camera after another, each when it is asked for; seeds seed, seed + 1, ..."""
        for number, camera in enumerate(cameras):
            yield self.render(camera, exposure, detector, seed=seed + number, **options)

    def unknown(self, name: str, camera: Camera) -> Bool[np.ndarray, "h w"]:
        """Rays that pass where the structure would go on if the volume did not end within it.

        There, neither the picture nor the mask tells the truth about it. GeometryError for a structure that
        no patient has.
        """
        self._known(name)
        parts = [beyond(v.cuts.get(name, ()), camera, v.index_from_world) for v in self.volumes]
        return np.logical_or.reduce(parts)

    @property
    def cut(self) -> tuple[str, ...]:
        """The structures that an end of their volume cuts."""
        return tuple(dict.fromkeys(name for volume in self.volumes for name in volume.cuts))

    def _known(self, *names: str) -> None:
        unknown = sorted(set(names) - {name for volume in self.volumes for name in volume.names})
        if unknown:
            patients = ", ".join(volume.name for volume in self.volumes)
            raise GeometryError(f"{patients}: there is no structure {', '.join(map(repr, unknown))}")


def projector_of(patient: Patient) -> Projector:
    """The patient's projector on the CPU, laid out at the first call and kept as long as the patient."""
    key = id(patient)
    if key not in _KEPT:
        _KEPT[key] = Projector(patient)
        weakref.finalize(patient, _KEPT.pop, key, None)
    return _KEPT[key]


_KEPT: dict[int, Projector] = {}


def enhanced(patient: Patient) -> frozenset[str]:
    """Vessels and organs whose blood holds iodine: their voxels' mean is above 100 HU.

    Blood without contrast has 30-60 HU, the liver 70, portal-venous vessels from 120. Every third voxel
    along each axis is looked at.
    """
    from fluoroseg.anatomy import structures

    known = structures()
    labels, hu = patient.labels[::3, ::3, ::3], patient.hu[::3, ::3, ::3]
    soft = {
        label
        for label, name in patient.structures.items()
        if name in known and known[name].tissue in _ENHANCING
    }
    if not soft:
        return frozenset()
    number = np.bincount(labels.ravel(), minlength=65536)
    total = np.bincount(labels.ravel(), weights=hu.ravel(), minlength=65536)
    return frozenset(
        patient.structures[label] for label in soft if number[label] and total[label] > 100 * number[label]
    )


_ENHANCING = frozenset({"vessel", "organ", "fluid"})


def _ramps() -> Float32[np.ndarray, "3 6"]:
    """HU nodes, slope of the ramp from each to the next, pure densities."""
    ramps = np.zeros((3, len(MATERIALS)), dtype=np.float32)
    nodes = np.array(NODES_HU[:5])  # contrast and bone share the last
    ramps[0, :5], ramps[1, :5] = nodes, np.append(1 / np.diff(nodes), DENSE_BONE_G_CM3_PER_HU)
    ramps[2] = [DENSITY_G_CM3[m] for m in MATERIALS]
    return ramps


def _factors(volume: Volume, factors: Mapping[str, float] | None) -> Float32[np.ndarray, " slot"]:
    """Factor of each slot; empty when there are none, which spares the march the multiplication."""
    if not factors or not set(factors) & set(volume.names):
        return np.empty(0, dtype=np.float32)
    return np.array([factors.get(name, 1.0) for name in volume.names], dtype=np.float32)


def _flags(volume: Volume, contrast: frozenset[str]) -> UInt8[np.ndarray, " slot"]:
    """1 for the slots with contrast; empty when there are none."""
    if not contrast & set(volume.names):
        return np.empty(0, dtype=np.uint8)
    return np.array([name in contrast for name in volume.names], dtype=np.uint8)


def _march_on(device: str) -> Callable[..., tuple[Float32[np.ndarray, "material h w"], Layer]]:
    if device == "cpu":
        return march
    if device != "cuda":
        raise UsageError(f"a projector's device is 'cpu' or 'cuda', not {device!r}")
    from fluoroseg.project.cuda import CudaMarch

    return CudaMarch()
