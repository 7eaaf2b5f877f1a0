"""Words for left and right, exchanged."""

import re

_OPPOSITES = (
    ("left", "right"), ("leftsided", "rightsided"), ("lt", "rt"), ("l", "r"),
    ("sinister", "dexter"), ("sinistra", "dextra"), ("sinistrum", "dextrum"),
)  # fmt: skip
_OTHER = {a: b for pair in _OPPOSITES for a, b in (pair, pair[::-1])}
_WORD = re.compile(rf"(?<![^\W_])({'|'.join(_OTHER)})(?![^\W_])", re.IGNORECASE)


def swap_sides(words: str) -> str:
    """A name or phrase as it is in the mirror: `rib_left_3` -> `rib_right_3`, "L hip" -> "R hip".

    Whole words alone are swapped (English, Latin, abbreviated), upper and lower case kept; "L5" is none.
    """
    return _WORD.sub(_opposite, words)


def _opposite(found: re.Match[str]) -> str:
    said = found[0]
    other = _OTHER[said.lower()]
    if said.isupper():
        return other.upper()
    return other.capitalize() if said[0].isupper() else other
