"""Fingers and toes by their names: "index finger" is the second finger, counted from the thumb."""

_NAMES = {
    ("thumb",): ("1", "finger"),
    ("pollex",): ("1", "finger"),
    ("forefinger",): ("2", "finger"),
    ("index", "finger"): ("2", "finger"),
    ("pointer", "finger"): ("2", "finger"),
    ("pointing", "finger"): ("2", "finger"),
    ("middle", "finger"): ("3", "finger"),
    ("long", "finger"): ("3", "finger"),
    ("ring", "finger"): ("4", "finger"),
    ("little", "finger"): ("5", "finger"),
    ("small", "finger"): ("5", "finger"),
    ("pinky", "finger"): ("5", "finger"),
    ("pinky",): ("5", "finger"),
    ("pinkie",): ("5", "finger"),
    ("hallux",): ("1", "toe"),
    ("big", "toe"): ("1", "toe"),
    ("great", "toe"): ("1", "toe"),
    ("middle", "toe"): ("3", "toe"),
    ("little", "toe"): ("5", "toe"),
    ("small", "toe"): ("5", "toe"),
    ("pinky", "toe"): ("5", "toe"),
    ("baby", "toe"): ("5", "toe"),
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
