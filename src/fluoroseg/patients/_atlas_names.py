"""Names of the parts of surface atlases -> canonical structures, by `atlas_names.csv`."""

import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fluoroseg import anatomy

ORDINALS = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
    "twelfth",
)  # fmt: skip
DIGITS = {
    "thumb": "finger 1", "index finger": "finger 2", "middle finger": "finger 3", "ring finger": "finger 4",
    "little finger": "finger 5", "big toe": "toe 1", "little toe": "toe 5", "axis": "2 cervical vertebra",
    "atlas": "1 cervical vertebra",
}  # fmt: skip
LAST = {"C": 7, "T": 12, "L": 5}
NEXT = {"C": "T1", "T": "L1", "L": "S1"}
UNNAMED, NOT_A_BODY = "-", "!"


@dataclass(frozen=True)
class PartName:
    """What a part's name says.

    structure: canonical name, "" for a part that has none of its own and for `surface_only` parts.
    lumen_mm: width of the hollow inside that belongs to the structure too; 0 for a solid part.
    surface_only: a patch or mark on another part, which encloses nothing.
    known: False for a name that no rule covers.
    """

    structure: str
    lumen_mm: float = 0.0
    surface_only: bool = False
    known: bool = True


def part_name(name: str, x_mm: float = 0.0) -> PartName:
    """What "Left seventh rib" (BodyParts3D) or "VH_M_renal_artery_L" (HRA) is.

    x_mm: middle of the part, to the body's left; decides the side where the atlas is known to err.
    """
    for base, side in _spellings(name):
        words = {
            "side": side, "place": "left" if x_mm > 0 else "right", "slug": _slug(base, ""),
            **_numbers(base),
        }  # fmt: skip
        for pattern, structure, lumen_mm in _rules():
            match = pattern.fullmatch(base)
            if match and structure == "?":
                break  # named where the table of anatomy has it, else deliberately not
            if match:
                text = structure.replace("\\1", (match.groups() or (base,))[0].split(" bone")[0])
                canonical = _slug(text.format_map(words), "")
                if canonical in anatomy.structures():
                    return PartName(canonical, lumen_mm)
                return PartName("", lumen_mm, structure == NOT_A_BODY)
        for candidate in (_slug(base, side), _slug(base, "")):
            if candidate in anatomy.structures():
                return PartName(candidate)
    return PartName("", known=any(p.fullmatch(b) for b, _ in _spellings(name) for p, _, _ in _rules()))


def _spellings(name: str) -> list[tuple[str, str]]:
    """The name in lower case without its side, ordinals as digits; then also without a piece's letter."""
    low = re.sub(r"[\s_]+", " ", re.sub(r"^VH_[MF]_", "", name)).strip().lower()
    for word, digits in DIGITS.items():
        low = re.sub(rf"\b{word}\b", digits, low)
    for n, word in enumerate(ORDINALS, 1):
        low = re.sub(rf"\b{word}\b", str(n), low)
    low = re.sub(r"\b(\d+) toe\b", r"toe \1", low)
    bare = re.sub(r" [a-kz]$", "", low)
    out = []
    for text in dict.fromkeys((low, bare)):
        found = re.search(r"\b(left|right)\b|(?<= )[lr](?=$| )", text)
        side = {"l": "left", "r": "right"}[found[0][0]] if found else ""
        rest = re.sub(r"\s*\b(?:left|right)\b|(?<= )[lr](?=$| )", " ", text) if found else text
        out.append((re.sub(r"\s+", " ", rest).strip(), side))
    return out


def _numbers(base: str) -> dict[str, str]:
    """The number in a name, and the vertebra and the next one below that it means."""
    number = re.search(r"\d+", base)
    region = re.search(r"cervical|thoracic|lumbar", base)
    out = {"n": number[0] if number else "", "level": "", "below": ""}
    if number and region:
        letter, n = region[0][0].upper(), int(number[0])
        out["level"] = f"{letter}{n}"
        out["below"] = f"{letter}{n + 1}" if n < LAST[letter] else NEXT[letter]
    return out


def _slug(base: str, side: str) -> str:
    return "_".join([*base.replace("-", " ").split(), *([side] if side else [])])


@cache
def _rules() -> list[tuple[re.Pattern[str], str, float]]:
    with (Path(__file__).parent / "atlas_names.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [(re.compile(r["pattern"]), r["structure"], float(r["lumen_mm"] or 0)) for r in rows]
