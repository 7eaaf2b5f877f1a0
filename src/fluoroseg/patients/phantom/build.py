"""What distinguishes one phantom from another: sex, size, habitus and pose, drawn once, then applied."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from fluoroseg.patients.phantom.shapes import Point, turned

# The model that all regions are described in: a woman of 165 cm, millimetres, z from the floor, x to the
# left, y to the back. Joints about which regions move:
MODEL_HEIGHT_MM = 1650.0
HIP: Point = (86.0, -4.0, 858.0)
SHOULDER: Point = (160.0, 20.0, 1326.0)
COLLAR: Point = (24.0, -66.0, 1342.0)  # sternoclavicular joint
ACROMION: Point = (150.0, 14.0, 1362.0)  # acromioclavicular joint
NAPE: Point = (0.0, 10.0, 1518.0)  # atlanto-occipital joint

ARMS = {"down": (0.0, 25.0), "out": (75.0, 0.0), "up": (150.0, 10.0)}
"""Arms -> degrees lifted to the side and to the front, beyond the model's (12 degrees to the side).
Down they hang a little before the body, so that lateral views show the spine."""
LEGS = {"together": 0.0, "apart": 18.0}
"""Legs -> degrees of abduction of each."""

_HEIGHTS = (100.0, 120.0, 150.0, 165.0, 220.0)
_HEAD = (0.90, 0.93, 0.98, 1.0, 1.08)  # size of the head: after CDC's head circumference by height
_LEGS = (
    0.470,
    0.487,
    0.512,
    0.520,
    0.530,
)  # hip joint's height by stature: sitting height falls from .57 to .52
_BMI = (15.5, 15.5, 18.5, 22.5, 22.5)  # children: median of CDC's charts at these heights


@dataclass(frozen=True)
class Build:
    """lift_deg: arms to the side and to the front. bulk: girth of the muscles. seed: of textures."""

    female: bool
    height_cm: float
    weight_kg: float
    broad: float
    deep: float
    bulk: float
    lift_deg: tuple[float, float]
    spread_deg: float
    texture_seed: int

    @classmethod
    def sample(
        cls,
        rng: np.random.Generator,
        female: bool,
        height_cm: float,
        weight_kg: float | None = None,
        arms: str = "down",
        legs: str = "together",
    ) -> "Build":
        """Breadth, depth, bulk and (unless given) weight vary by a few per cent between people of one heig"""
        broad = (0.98 if female else 1.02) * rng.normal(1.0, 0.02)
        deep = (0.98 if female else 1.0) * rng.normal(1.0, 0.025)
        bulk = (0.96 if female else 0.98) * rng.normal(1.0, 0.02)
        usual = float(np.interp(height_cm, _HEIGHTS, _BMI)) * (1.0 if female else 1.03)
        bmi = usual * rng.normal(1.0, 0.05)
        weight = weight_kg if weight_kg is not None else bmi * (height_cm / 100) ** 2
        spread = LEGS[legs]
        side, front = ARMS[arms]
        if arms == "down":
            side += 0.8 * spread  # the hands keep clear of the thighs
        seed = int(rng.integers(2**31))
        return cls(female, height_cm, float(weight), broad, deep, bulk, (side, front), spread, seed)

    @property
    def tall(self) -> float:
        """Stature against the model's."""
        return self.height_cm * 10 / MODEL_HEIGHT_MM

    def frames(self) -> "dict[str, Float[np.ndarray, '4 4']]":
        """Region -> the map of the model's millimetres to the world's (of the left side)."""
        head = float(np.interp(self.height_cm, _HEIGHTS, _HEAD)) * (1.0 if self.female else 1.025)
        hip_z = 10 * self.height_cm * float(np.interp(self.height_cm, _HEIGHTS, _LEGS))
        crown = (MODEL_HEIGHT_MM - NAPE[2]) * head
        rise = (10 * self.height_cm - hip_z - crown) / (NAPE[2] - HIP[2])
        wide, deep = self.tall * self.broad, self.tall * self.deep
        straight = np.eye(3)
        size = (wide, deep, rise)
        trunk = _about((0, 0, HIP[2]), (0, 0, hip_z), straight, size)
        hips = 1.02 if self.female else 0.95  # against the shoulders, a woman's pelvis is the wider one
        pelvis = _about((0, 0, HIP[2]), (0, 0, hip_z), straight, (wide * hips, deep, rise))
        shoulders = 0.985 if self.female else 1.03
        side, front = self.lift_deg
        # Of a lift of the arm, a third is the shoulder blade's, a little of it the collarbone's.
        collar = _about(
            COLLAR, _at(trunk, COLLAR), turned((0, -side / 10, 0)), (wide * shoulders, deep, rise)
        )
        blade = _about(
            ACROMION, _at(collar, ACROMION), turned((0, -side / 3, 0)), (wide * shoulders, deep, rise)
        )
        long = rise * float(np.interp(self.height_cm, (100, 165), (0.94, 1.0)))
        swing = turned((0, -side, 0)) @ turned((-front, 0, 0))
        arm = _about(SHOULDER, _at(blade, SHOULDER), swing, (wide, deep, long))
        stride = turned((0, -self.spread_deg, 0))
        leg = _about(HIP, _at(pelvis, HIP), stride, (wide, deep, hip_z / HIP[2]))
        skull = _about(NAPE, _at(trunk, NAPE), straight, (head, head, head))
        return {
            "trunk": trunk, "pelvis": pelvis, "collar": collar, "blade": blade,
            "arm": arm, "leg": leg, "head": skull,
        }  # fmt: skip


def _about(
    model: Point, world: "Point | Float[np.ndarray, '3']", turn: Float[np.ndarray, "3 3"], size: Point
) -> Float[np.ndarray, "4 4"]:
    """Scales and turns about a point of the model, which goes to a point of the world."""
    frame = np.eye(4)
    frame[:3, :3] = turn @ np.diag(size)
    frame[:3, 3] = np.array(world, float) - frame[:3, :3] @ np.array(model, float)
    return frame


def _at(frame: Float[np.ndarray, "4 4"], point: Point) -> Float[np.ndarray, "3"]:
    return frame[:3, :3] @ np.array(point, float) + frame[:3, 3]
