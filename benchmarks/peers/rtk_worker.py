"""ITK-RTK: Joseph's forward projection of the density volume, its filter driven with our rays."""

from pathlib import Path
from typing import Any

import numpy as np
from serve import Loaded, Prepared, View, load_density, serve


def load(folder: Path) -> tuple[Loaded, Any]:
    """The scene, and its density as an ITK image."""
    import itk

    itk.MultiThreaderBase.SetGlobalDefaultNumberOfThreads(2)
    scene = load_density(folder)
    return scene, image(scene.density, scene.world_from_index)


def prepare(scene: tuple[Loaded, Any], method: str, view: View) -> Prepared:
    """method: "joseph"."""
    geometry, blank = camera(view)
    return lambda: project(scene[1], geometry, blank), lambda out: array(out) / 10


def image(density: np.ndarray, world_from_index: np.ndarray) -> Any:
    """A volume [i, j, k] as an ITK image, float32."""
    import itk

    spacing = np.linalg.norm(world_from_index[:3, :3], axis=0)
    volume = itk.image_from_array(np.ascontiguousarray(density.T, dtype=np.float32))
    volume.SetSpacing(spacing)
    volume.SetOrigin(world_from_index[:3, 3])
    volume.SetDirection(itk.matrix_from_array(np.ascontiguousarray(world_from_index[:3, :3] / spacing)))
    return volume


def camera(view: View) -> tuple[Any, Any]:
    """RTK's geometry of one exposure, and the empty picture that its filter wants to be given."""
    import itk

    rows, columns = view.shape
    width, height = np.linalg.norm(view.right_mm), np.linalg.norm(view.down_mm)
    geometry = itk.RTK.ThreeDCircularProjectionGeometry.New()
    accepted = geometry.AddProjection(
        itk.Point[itk.D, 3](view.source_mm.tolist()),
        itk.Point[itk.D, 3](view.origin_mm.tolist()),
        itk.Vector[itk.D, 3]((view.right_mm / width).tolist()),
        itk.Vector[itk.D, 3]((view.down_mm / height).tolist()),
    )
    if not accepted:
        raise ValueError("RTK refuses this geometry")
    blank = itk.image_from_array(np.zeros((1, rows, columns), dtype=np.float32))
    blank.SetSpacing([width, height, 1.0])
    blank.SetOrigin([0.0, 0.0, 0.0])  # the detector's position above is the centre of pixel [0, 0]
    return geometry, blank


def project(volume: Any, geometry: Any, blank: Any) -> Any:
    """Line integrals along all rays, as an ITK image of one picture."""
    import itk

    picture = type(volume)
    joseph = itk.JosephForwardProjectionImageFilter[picture, picture].New()
    joseph.InPlaceOff()  # it would use up `blank`
    joseph.SetGeometry(geometry)
    joseph.SetInput(0, blank)
    joseph.SetInput(1, volume)
    joseph.Update()
    return joseph.GetOutput()


def array(picture: Any) -> np.ndarray:
    """[row, column] of an ITK image of one picture."""
    import itk

    return itk.array_from_image(picture)[0]


if __name__ == "__main__":
    serve(load, prepare)
