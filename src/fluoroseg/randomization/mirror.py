"""What a mirror image does to words: left becomes right, and where a mirrored body is no other body."""

import re
from collections.abc import Iterable

from fluoroseg.anatomy import structures

_PAIRS = (
    ("left", "right"), ("leftsided", "rightsided"), ("lt", "rt"), ("l", "r"),
    ("sinister", "dexter"), ("sinistra", "dextra"), ("sinistrum", "dextrum"),
)  # fmt: skip
_OTHER = {a: b for pair in _PAIRS for a, b in (pair, pair[::-1])}
_WORD = re.compile(rf"(?<![^\W_])({'|'.join(_OTHER)})(?![^\W_])", re.IGNORECASE)

_ONE_SIDED = ("thorax", "abdomen")


def swap_sides(words: str) -> str:
    """A name or phrase as it is in the mirror: `rib_left_3` -> `rib_right_3`, "L hip" -> "R hip".

    Whole words alone are swapped (English, Latin, abbreviated), upper and lower case kept; "L5" is none.
    """
    return _WORD.sub(_swapped, words)


def can_be_mirrored(names: Iterable[str]) -> bool:
    """Whether the mirror image of a picture of these structures could be another patient's picture.

    Limbs, head and pelvis have no side of their own; a trunk has: heart, liver, stomach, aortic arch.
    """
    known = structures()
    return not any(known[n].region in _ONE_SIDED for n in names if n in known)


def _swapped(found: re.Match[str]) -> str:
    said = found[0]
    other = _OTHER[said.lower()]
    if said.isupper():
        return other.upper()
    return other.capitalize() if said[0].isupper() else other
