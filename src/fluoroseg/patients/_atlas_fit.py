"""Brings one atlas onto another by the bones that both have."""

from dataclasses import dataclass, field, replace

import numpy as np
from jaxtyping import Float

from fluoroseg.errors import GeometryError
from fluoroseg.patients._atlas_parts import Part

PELVIS = ("hip_left", "hip_right", "sacrum")
WHOLE = {"ilium": "hip", "ischium": "hip", "pubis": "hip"}
UNDER_DOME_MM = 6.0
AORTA = ("aorta_descending", "aorta_abdominal")
BEFORE_MM, BESIDE_MM, FADE_MM = 110.0, 45.0, 60.0
SAMPLES = 4000
ROUNDS = 40


@dataclass(frozen=True)
class Fit:
    """target = scale * rotation @ source + shift (mm), the trunk stretched along z, and pushed off the spine.

    The stretch grows evenly from nothing at the height `foot_mm` to `lift_mm` at `head_mm` and above.
    The push moves what lies at the height `spine[0]` and at `spine[2]` (y) or behind by `spine[1]` to the
    front, less the farther it lies before that or beside the midline.
    median_mm, p95_mm: how far the common bones' surfaces lie apart after the similarity.
    """

    scale: float
    rotation: Float[np.ndarray, "3 3"]
    shift: Float[np.ndarray, "3"]
    median_mm: float
    p95_mm: float
    foot_mm: float = 0.0
    head_mm: float = 1.0
    lift_mm: float = 0.0
    spine: Float[np.ndarray, "3 m"] = field(default_factory=lambda: np.zeros((3, 1)))

    def __call__(self, points: Float[np.ndarray, "n 3"]) -> Float[np.ndarray, "n 3"]:
        """Source points (LPS mm) in the target's body."""
        out = self.scale * points @ self.rotation.T + self.shift
        out[:, 2] += self.lift_mm * np.clip((out[:, 2] - self.foot_mm) / (self.head_mm - self.foot_mm), 0, 1)
        push, back = (np.interp(out[:, 2], self.spine[0], row) for row in self.spine[1:])
        near = np.clip(1 + (out[:, 1] - back) / BEFORE_MM, 0, 1) * np.exp(-((out[:, 0] / BESIDE_MM) ** 2))
        out[:, 1] -= push * near
        return out


def fit_body(source: list[Part], target: list[Part]) -> Fit:
    """The pelvis' similarity, and what it leaves wrong in the trunk.

    A body with a shorter trunk has its organs too low in the rib cage: the trunk is stretched until the
    liver is under the right dome. A body with another curve of the spine has its aorta in the vertebrae: it
    is pushed out of them. Raises GeometryError when the bones are not in both.
    """
    fit = fit_pelvis(source, target)
    liver, sheet = _points(source, "liver"), _points(target, "diaphragm")
    foot = float(_points(target, "sacrum")[:, 2].max())
    if not len(liver) or not len(sheet):
        return fit
    fit = _stretched(fit, liver, sheet, foot)
    return replace(fit, spine=_push(fit, source, target))


def _stretched(
    fit: Fit, liver: Float[np.ndarray, "n 3"], sheet: Float[np.ndarray, "m 3"], foot: float
) -> Fit:
    right = sheet[sheet[:, 0] < np.median(sheet[:, 0])]
    head = float(fit(liver)[:, 2].max())
    lift = float(right[:, 2].max()) - UNDER_DOME_MM - head
    if head - foot < 50 or abs(lift) > 0.5 * (head - foot):
        return fit
    return replace(fit, foot_mm=foot, head_mm=head, lift_mm=lift)


def fit_pelvis(source: list[Part], target: list[Part]) -> Fit:
    """The similarity that brings the source's hip bones and sacrum onto the target's (trimmed ICP).

    Raises GeometryError when either atlas lacks one of them.
    """
    from scipy.spatial import cKDTree

    moving, fixed = _bones(source), _bones(target)
    trees = {name: cKDTree(points) for name, points in fixed.items()}
    a = np.concatenate([moving[n] for n in PELVIS])
    middle = [np.concatenate([p[n] for n in PELVIS]) for p in (moving, fixed)]
    scale = float(np.sqrt(middle[1].var(0).sum() / middle[0].var(0).sum()))
    rotation, shift = np.eye(3), middle[1].mean(0) - scale * middle[0].mean(0)
    distance = np.zeros(len(a))
    for _ in range(ROUNDS):
        placed = {n: scale * moving[n] @ rotation.T + shift for n in PELVIS}
        found = [trees[n].query(placed[n]) for n in PELVIS]
        distance = np.concatenate([d for d, _ in found])
        b = np.concatenate([fixed[n][at] for n, (_, at) in zip(PELVIS, found, strict=True)])
        near = distance <= np.quantile(distance, 0.9)  # what has no counterpart does not pull
        scale, rotation, shift = _similarity(a[near], b[near])
    return Fit(scale, rotation, shift, float(np.median(distance)), float(np.quantile(distance, 0.95)))


def _points(parts: list[Part], structure: str) -> Float[np.ndarray, "n 3"]:
    found = [p.vertices for p in parts if p.structure == structure]
    return np.concatenate(found) if found else np.zeros((0, 3))


def _push(fit: Fit, source: list[Part], target: list[Part]) -> Float[np.ndarray, "3 m"]:
    """For heights along the aorta: how far it must go to the front to be clear of the vertebrae, its back."""
    bones = np.concatenate(
        [p.vertices for p in target if p.structure.startswith(("vertebrae_", "disc_"))] or [np.zeros((0, 3))]
    )
    bones = bones[np.abs(bones[:, 0]) < 16]
    vessel = np.concatenate([fit(_points(source, name)) for name in AORTA])
    rows = []
    if not len(vessel) or not len(bones):
        return np.zeros((3, 1))
    for z in np.arange(float(vessel[:, 2].min()), float(vessel[:, 2].max()), 15.0):
        front = bones[np.abs(bones[:, 2] - z) < 15, 1]
        back = vessel[np.abs(vessel[:, 2] - z) < 15, 1]
        if len(front) and len(back):
            rows.append((z, max(back.max() - front.min() + 2.0, 0.0), back.max()))
    if not rows:
        return np.zeros((3, 1))
    first, last = rows[0], rows[-1]
    ends = [(first[0] - FADE_MM, 0.0, first[2]), *rows, (last[0] + FADE_MM, 0.0, last[2])]
    return np.array(ends).T


def _similarity(
    a: Float[np.ndarray, "n 3"], b: Float[np.ndarray, "n 3"]
) -> tuple[float, Float[np.ndarray, "3 3"], Float[np.ndarray, "3"]]:
    """Least squares of scale, rotation and shift (Umeyama 1991, eq. 40-43)."""
    middle_a, middle_b = a.mean(0), b.mean(0)
    u, d, vt = np.linalg.svd((b - middle_b).T @ (a - middle_a) / len(a))
    sign = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    rotation = (u * sign) @ vt
    scale = float((d * sign).sum() / (a - middle_a).var(0).sum())
    return scale, rotation, middle_b - scale * rotation @ middle_a


def _bones(parts: list[Part]) -> dict[str, Float[np.ndarray, "n 3"]]:
    """Points evenly on the surfaces of the pelvis' bones."""
    rng = np.random.default_rng(0)
    out: dict[str, list[np.ndarray]] = {}
    for part in parts:
        kind, _, side = part.structure.partition("_")
        name = f"{WHOLE.get(kind, kind)}_{side}" if side else part.structure
        if name in PELVIS:
            out.setdefault(name, []).append(part.vertices[part.faces])
    missing = [n for n in PELVIS if n not in out]
    if missing:
        raise GeometryError(
            f"the atlases cannot be brought together: one of them has no {', '.join(missing)}"
        )
    return {name: _spread(np.concatenate(triangles), rng) for name, triangles in out.items()}


def _spread(triangles: Float[np.ndarray, "f 3 3"], rng: np.random.Generator) -> Float[np.ndarray, "n 3"]:
    area = np.linalg.norm(
        np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]), axis=1
    )
    chosen = triangles[rng.choice(len(triangles), SAMPLES, p=area / area.sum())]
    u, v = rng.random((2, SAMPLES))
    flip = u + v > 1
    u, v = np.where(flip, 1 - u, u), np.where(flip, 1 - v, v)
    a, b, c = chosen[:, 0], chosen[:, 1], chosen[:, 2]
    return a + u[:, None] * (b - a) + v[:, None] * (c - a)
