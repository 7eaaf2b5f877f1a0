"""Fingers and toes by their names: "index finger" is the second finger, counted from the thumb."""

_NAMES = {
    ("thumb",): ("first", "finger"),
    ("pollex",): ("first", "finger"),
    ("forefinger",): ("second", "finger"),
    ("index", "finger"): ("second", "finger"),
    ("pointer", "finger"): ("second", "finger"),
    ("pointing", "finger"): ("second", "finger"),
    ("middle", "finger"): ("third", "finger"),
    ("long", "finger"): ("third", "finger"),
    ("ring", "finger"): ("fourth", "finger"),
    ("little", "finger"): ("fifth", "finger"),
    ("small", "finger"): ("fifth", "finger"),
    ("pinky", "finger"): ("fifth", "finger"),
    ("pinky",): ("fifth", "finger"),
    ("pinkie",): ("fifth", "finger"),
    ("hallux",): ("first", "toe"),
    ("big", "toe"): ("first", "toe"),
    ("great", "toe"): ("first", "toe"),
    ("middle", "toe"): ("third", "toe"),
    ("little", "toe"): ("fifth", "toe"),
    ("small", "toe"): ("fifth", "toe"),
    ("pinky", "toe"): ("fifth", "toe"),
    ("baby", "toe"): ("fifth", "toe"),
}
WORDS = frozenset(word for name in _NAMES for word in name)
_NOUNS = {"fingers": "finger", "toes": "toe", "thumbs": "thumb", "pinkies": "pinky"}


def numbered(tokens: list[str]) -> list[str]:
    """The tokens with every named finger or toe as its number and "finger" or "toe"."""
    out: list[str] = []
    at = 0
    while at < len(tokens):
        pair = tuple(_NOUNS.get(t, t) for t in tokens[at : at + 2])
        name = next((n for n in (pair, pair[:1]) if n in _NAMES), None)
        out += _NAMES[name] if name else tokens[at : at + 1]
        at += len(name) if name else 1
    return out
