"""Where a tool lies in a patient: drawn once as a frozen record, then applied."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from fluoroseg.geometry.camera import Camera
from fluoroseg.geometry.points import StructurePoints, structure_points
from fluoroseg.patients.patient import Patient
from fluoroseg.tools.tool import Tool


@dataclass(frozen=True)
class Placement:
    """A tool's pose.

    tip_mm: LPS.  direction: unit vector from tail to tip.
    structure: the structure that the tip lies in, "" when it lies just somewhere in the field.
    """

    tool: str
    tip_mm: tuple[float, float, float]
    direction: tuple[float, float, float]
    structure: str

    @property
    def world_from_tool(self) -> Float[np.ndarray, "4 4"]:
        """Tool frame (tip at the origin, pointing to +z) -> LPS mm."""
        z = np.array(self.direction, dtype=np.float64)
        x = np.cross(z, np.eye(3)[np.argmin(np.abs(z))])
        x /= np.linalg.norm(x)
        pose = np.eye(4)
        pose[:3, :3] = np.stack([x, np.cross(z, x), z], axis=1)
        pose[:3, 3] = self.tip_mm
        return pose


def place(tool: Tool, patient: Patient, camera: Camera, rng: np.random.Generator) -> Placement:
    """The tool driven into a random bone in view, its tail outwards; without bone, across the field.

    The axis lies within 15 degrees of the bone's long axis (a third of the draws) or within 45 degrees of
    the detector's plane, so that the tool is seen from its side more often than end on.
    """
    bones = {
        name: points.world_mm[_inside(camera, points.world_mm)]
        for name, points in structure_points(patient).items()
        if _is_bone(name)
    }
    bones = {name: points for name, points in bones.items() if len(points)}
    if bones:
        name = sorted(bones)[int(rng.integers(len(bones)))]
        tip = bones[name][int(rng.integers(len(bones[name])))] + rng.normal(0, 2, 3)
        along_bone = rng.random() < 1 / 3 and len(bones[name]) > 10
        axis = _long_axis(bones[name], rng) if along_bone else _across(camera, rng)
        tip_outwards = (tip - _middle(structure_points(patient))) @ axis > 0
    else:
        name, along = "", rng.uniform(0.55, 0.75)
        row, column = rng.uniform(0.2, 0.8, 2) * camera.shape
        pixel = camera.origin_mm + row * camera.down_mm + column * camera.right_mm
        tip = camera.source_mm + along * (pixel - camera.source_mm)
        axis, tip_outwards = _across(camera, rng), False
    if tip_outwards:
        axis = -axis
    return Placement(tool.name, _three(tip), _three(axis / np.linalg.norm(axis)), name)


def _is_bone(name: str) -> bool:
    from fluoroseg.anatomy import structure

    return name == "bone" or structure(name).tissue == "bone"


def _inside(camera: Camera, points: Float[np.ndarray, "n 3"]) -> np.ndarray:
    """Which points lie in the picture, a tenth of its size away from the border."""
    spot = camera.project(points) / np.array(camera.shape)
    return ((spot > 0.1) & (spot < 0.9)).all(axis=1)


def _across(camera: Camera, rng: np.random.Generator) -> Float[np.ndarray, "3"]:
    right, down = (v / np.linalg.norm(v) for v in (camera.right_mm, camera.down_mm))
    angle = rng.uniform(0, 2 * np.pi)
    out = np.radians(rng.uniform(-45, 45))
    flat = np.cos(angle) * right + np.sin(angle) * down
    return np.cos(out) * flat + np.sin(out) * camera.normal


def _long_axis(points: Float[np.ndarray, "n 3"], rng: np.random.Generator) -> Float[np.ndarray, "3"]:
    axis = np.linalg.svd(points - points.mean(axis=0), full_matrices=False)[2][0]
    return axis + np.tan(np.radians(15)) / np.sqrt(3) * rng.uniform(-1, 1, 3)


def _middle(points: dict[str, StructurePoints]) -> Float[np.ndarray, "3"]:
    return np.concatenate([p.world_mm for p in points.values()]).mean(axis=0)


def _three(vector: Float[np.ndarray, "3"]) -> tuple[float, float, float]:
    return float(vector[0]), float(vector[1]), float(vector[2])
