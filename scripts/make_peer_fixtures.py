"""Makes tests/fluoroseg/project/fixtures: one small scene as ITK-RTK and gVXR draw it.

    python scripts/make_peer_fixtures.py [rtk] [gvxr]

Wants an environment with `itk-rtk` and `gvxr` (benchmarks/README.md); not part of any test run. Both are
driven through their public Python interface only.
"""

import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
TESTS = ROOT / "tests/fluoroseg/project"
sys.path += [str(ROOT / "benchmarks/peers"), str(TESTS)]

import peer_scene  # noqa: E402  the paths above lead to it
import rtk_worker  # noqa: E402
from serve import View  # noqa: E402

ELEMENTS = {"titanium": ("Ti", 4.51), "iron": ("Fe", 7.87), "aluminium": ("Al", 2.699)}
"""Symbol and density, g/cm^3."""


def by_rtk() -> dict[str, np.ndarray]:
    """integral_hu_cm [view, h, w] of HU - 40; path_mm [view, label, h, w] of the labels 2, 3, 4.

    RTK's Joseph filter interpolates a mask between voxel centres, so its path lengths fade over one voxel.
    """
    hu, labels, world_from_index = peer_scene.volume()
    views = [View(**c) for c in peer_scene.cameras().values()]

    def project(values: np.ndarray) -> np.ndarray:
        image = rtk_worker.image(values, world_from_index)
        return np.stack([rtk_worker.array(rtk_worker.project(image, *rtk_worker.camera(v))) for v in views])

    paths = [project(labels == label) for label in list(peer_scene.STRUCTURES)[1:]]
    return {"integral_hu_cm": project(hu.astype(np.float32) - 40) / 10, "path_mm": np.stack(paths, axis=1)}


def by_gvxr() -> dict[str, np.ndarray]:
    """path_mm [view, mesh, h, w]; transmission [view, h, w] of all meshes, titanium, iron, aluminium."""
    from gvxrPython3 import gvxr

    gvxr.createOpenGLContext()
    gvxr.usePointSource()
    for kev, photons in peer_scene.PHOTONS_OF_KEV.items():
        gvxr.addEnergyBinToSpectrum(kev, "keV", photons)
    for name, (vertices, faces) in peer_scene.meshes().items():
        gvxr.makeTriangularMesh(name, vertices.ravel().tolist(), faces.ravel().tolist(), "mm")
        symbol, density = ELEMENTS[peer_scene.METALS[name]]
        gvxr.setElement(name, symbol)
        gvxr.setDensity(name, density, "g/cm3")
        gvxr.addPolygonMeshAsInnerSurface(name)
    paths, transmissions = [], []
    for view in (View(**c) for c in peer_scene.cameras().values()):
        _aim(gvxr, view)
        image = np.array(gvxr.computeXRayImage(), dtype=np.float64)[::-1]
        transmissions.append(image / gvxr.getTotalEnergyWithDetectorResponse())
        lengths = [np.array(gvxr.computePathLength(name))[::-1] for name in peer_scene.meshes()]
        paths.append(10 * np.stack(lengths))
    return {"path_mm": np.stack(paths), "transmission": np.stack(transmissions)}


def _aim(gvxr, view: View) -> None:
    """gVXR wants the detector's centre and its upward vector; its rows run upwards, ours downwards."""
    rows, columns = view.shape
    centre = view.origin_mm + (rows - 1) / 2 * view.down_mm + (columns - 1) / 2 * view.right_mm
    width, height = np.linalg.norm(view.right_mm), np.linalg.norm(view.down_mm)
    gvxr.setSourcePosition(*view.source_mm.tolist(), "mm")
    gvxr.setDetectorPosition(*centre.tolist(), "mm")
    gvxr.setDetectorUpVector(*(-view.down_mm / height).tolist())
    gvxr.setDetectorNumberOfPixels(columns, rows)
    gvxr.setDetectorPixelSize(width, height, "mm")


def main() -> None:
    wanted = sys.argv[1:] or ["rtk", "gvxr"]
    for name, package, draw in (("rtk", "itk-rtk", by_rtk), ("gvxr", "gvxr", by_gvxr)):
        if name in wanted:
            arrays = {k: v.astype(np.float32) for k, v in draw().items()}
            note = np.array(f"{package} {version(package)}")
            np.savez_compressed(TESTS / "fixtures" / f"{name}.npz", made_by=note, **arrays)


if __name__ == "__main__":
    main()
