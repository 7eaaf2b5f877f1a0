"""What a variation does, as plain numbers that are saved with a sample and replayed."""

from dataclasses import asdict, dataclass, fields
from typing import Any

from fluoroseg.errors import UsageError

JOINTS = (
    "lumbar",
    "thoracic",
    "neck",
    *(
        f"{joint}_{side}"
        for joint in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
        for side in ("left", "right")
    ),
)
"""Where a body can be bent: three stretches of the spine, six joints of each side."""

CONTRAST_IN = ("vessels", "urinary", "gut")


@dataclass(frozen=True)
class Wave:
    """One sine of the displacement: `amplitude_mm * sin(radians_per_mm . x + phase)`, x in LPS mm."""

    amplitude_mm: tuple[float, float, float]
    radians_per_mm: tuple[float, float, float]
    phase: float


@dataclass(frozen=True)
class Turn:
    """A joint moved; bones stay rigid. Ignored where a patient has not the bones on both sides of the joint.

    joint: one of `JOINTS`. flexion_deg: the far part forward (knee: backward). abduction_deg: away from the
    middle (spine: to the patient's left). twist_deg: outward about the body's long axis (spine: to the left).
    The spine's three are shared out evenly among its vertebrae.
    """

    joint: str
    flexion_deg: float = 0.0
    abduction_deg: float = 0.0
    twist_deg: float = 0.0


@dataclass(frozen=True)
class Opacity:
    """Fluid or consolidation in a lung; the structure's label stays.

    side: `left` or `right`. place: centre as fractions of that lung's box along x, y, z.
    radius_mm: of a consolidation; 0 for an effusion that fills the lung's lower `filled` (fraction).
    """

    side: str
    place: tuple[float, float, float]
    radius_mm: float
    filled: float


@dataclass(frozen=True)
class Pneumothorax:
    """Air around a lung that has shrunk towards its hilum to `scale` of its size; the lung's label stays."""

    side: str
    scale: float


@dataclass(frozen=True)
class Gas:
    """Bubbles of gas in stomach and bowel: how many, their radius, and the seed of their places."""

    count: int
    radius_mm: float
    seed: int


@dataclass(frozen=True)
class Contrast:
    """Contrast medium: `added_hu` in every labelled structure of `place` (one of `CONTRAST_IN`)."""

    place: str
    added_hu: float


@dataclass(frozen=True)
class Variation:
    """What `vary` does to a patient.

    mirrored: the whole body left for right, names too. scale: along LPS x, y, z. waves: a smooth bend.
    turns: posture. girth_mm: thickness gained (lost, when negative) by the soft tissue under the skin, fat
    and muscle alike; fat_mm: thickness of fat added outside the skin.
    soft_factor, lung_factor, bone_gain: change of density (HU + 1000) of labelled soft tissue and lung, and
    of what exceeds 150 HU (below 1: osteoporosis). density_sd, density_seed: every structure's density times
    a factor of its own, lognormal about 1.
    texture_hu, texture_seed: standard deviation and seed of tissue texture.
    """

    scale: tuple[float, float, float] = (1.0, 1.0, 1.0)
    waves: tuple[Wave, ...] = ()
    fat_mm: float = 0.0
    soft_factor: float = 1.0
    lung_factor: float = 1.0
    bone_gain: float = 1.0
    texture_hu: float = 0.0
    texture_seed: int = 0
    opacities: tuple[Opacity, ...] = ()
    mirrored: bool = False
    turns: tuple[Turn, ...] = ()
    girth_mm: float = 0.0
    density_sd: float = 0.0
    density_seed: int = 0
    pneumothoraces: tuple[Pneumothorax, ...] = ()
    gas: tuple[Gas, ...] = ()
    contrasts: tuple[Contrast, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """A dictionary of plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> "Variation":
        """The inverse of `to_json`, also after a trip through a JSON file, and of records from before a field
        was there. Raises UsageError for what is no such record."""
        try:
            values = {f.name: record[f.name] for f in fields(cls) if f.name in record}
            unknown = sorted(set(record) - set(values))
            if unknown:
                raise UsageError(f"a variation has no {unknown[:5]}; it has {[f.name for f in fields(cls)]}")
            if "scale" in values:
                values["scale"] = three(values["scale"])
            for name, part in _PARTS.items():
                values[name] = tuple(_part(part, p) for p in values.get(name, ()))
            return cls(**values)
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            raise UsageError(f"this is no record of a variation: {error!r}") from error


_PARTS: dict[str, type] = {
    "waves": Wave,
    "opacities": Opacity,
    "turns": Turn,
    "pneumothoraces": Pneumothorax,
    "gas": Gas,
    "contrasts": Contrast,
}


def three(values: Any) -> tuple[float, float, float]:
    x, y, z = (float(v) for v in values)
    return x, y, z


def _part(kind: type, record: dict[str, Any]) -> Any:
    return kind(**{k: three(v) if isinstance(v, list | tuple) else v for k, v in record.items()})
