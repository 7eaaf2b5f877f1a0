"""From words to their grammar: side, number and level, and what is left, the noun. No anatomy here."""

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise

_SIDES = {
    **dict.fromkeys(("left", "l", "lt", "leftsided", "sinister", "sinistra", "sinistrum"), "left"),
    **dict.fromkeys(("right", "r", "rt", "rightsided", "dexter", "dextra", "dextrum"), "right"),
    **dict.fromkeys(("both", "bilateral", "bilaterally", "pair"), "both"),
}
_NUMBERS = [
    "one first i prima primum primus",
    "two second ii secunda secundum secundus",
    "three third iii tertia tertium tertius",
    "four fourth iv quarta quartum quartus",
    "five fifth v quinta quintum quintus",
    "six sixth vi sexta sextum sextus",
    "seven seventh vii septima septimum septimus",
    "eight eighth viii octava octavum octavus",
    "nine ninth ix nona nonum nonus",
    "ten tenth x decima decimum decimus",
    "eleven eleventh xi undecima",
    "twelve twelfth xii duodecima",
]
_NUMBER_OF = {word: n for n, words in enumerate(_NUMBERS, 1) for word in words.split()}
_LEVEL_LETTERS = {"c": "C", "t": "T", "th": "T", "d": "T", "l": "L", "s": "S"}
_SILENT_WORDS = (
    "the a an of on in at and with from to for side sides sided number patient patients please show me find"
    " segment segmentation highlight mark all every each this that my between where is are what which can"
    " could you we want see look give draw locate delineate display identify detect label select image"
    " picture film radiograph view whose"
)
SILENT = frozenset(_SILENT_WORDS.split())
_REWRITTEN = (  # said as one thing, but would be taken apart
    (r"['’]s?\b", " "),
    (r"\b(?:outline|contour|border)(?= (?:the|my|both|all)\b)", " "),  # what to do, not a word for the heart
    (r"\bi(?= (want|need|would|wish|d|am|m|can|cannot|do)\b)", " "),  # no Roman one
    (r"\bx[\s_-]?rays?\b|\bradiographs?\b", " "),
    (r"\bhand([\s-]+side)\b", r"\1"),  # "on the left-hand side"
    (r"\b(?:no|nr)\.?\s*(?=\d)", " "),
    (r"\bc[\s-]?spine\b", "cervical spine"),
    (r"\bt[\s-]?spine\b", "thoracic spine"),
    (r"\bl[\s-]?spine\b", "lumbar spine"),
    (r"\b(c|th?|d|l)[\s.]?(\d{1,2})\s*[-/]\s*(?=\d)", r"\1\2 \1"),  # "L4/5", "C5-6"
    (r"\b(c|th?|d|l)[\s.]?(\d{1,2})\s*[-/]\s*(?=[ctdls]h?\s?\d)", r"\1\2 "),  # "L4/L5"
    (r"[&+/]", " and "),
)
_SPINE = [
    *(f"C{n}" for n in range(1, 8)),
    *(f"T{n}" for n in range(1, 13)),
    *(f"L{n}" for n in range(1, 6)),
    "S1",
]
_GAPS = {frozenset(gap): "_".join(gap) for gap in pairwise(_SPINE)}
_STEMS = {
    "femora": "femur",
    "feet": "foot",
    "ossa": "os",
    "phalanges": "phalanx",
    "phalangeal": "phalanx",
    "pelves": "pelvis",
    "bronchi": "bronchus",
    "renes": "ren",
    "viscera": "viscus",
    "atria": "atrium",
    "testes": "testis",
    "arteriae": "arteria",
    "calves": "calf",
    "venae": "vena",
    "maxillae": "maxilla",
    "crura": "crus",
}
_ENDINGS = (
    ("uses", "us"),
    ("ises", "is"),
    ("ae", "a"),
    ("ies", "y"),
    ("ii", "ius"),
    ("eri", "erus"),
    ("ei", "eus"),
)


@dataclass(frozen=True)
class Phrase:
    """side: left, right, both or "". level: "L4" (letter said), "4" (number only), "L4_L5" or "4_5" (two
    neighbours), or "". nouns: sorted."""

    side: str
    level: str
    nouns: tuple[str, ...]


def parse(tokens: list[str]) -> Phrase | None:
    """Sort tokens into side, level and noun stems. None when they contradict each other or break off."""
    if "and" in (*tokens[:1], *tokens[-1:]):
        return None
    sides: list[tuple[int, str]] = []
    levels: set[str] = set()
    nouns: list[str] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        following = tokens[at + 1] if at + 1 < len(tokens) else ""
        if token in _LEVEL_LETTERS and following.isdecimal():
            levels.add(f"{_LEVEL_LETTERS[token]}{int(following)}")
            at += 1
        elif token in _SIDES:
            sides.append((at, _SIDES[token]))
        elif (number := _number(token)) is not None:
            levels.add(str(number))
        elif token not in SILENT:
            nouns.append(stem(token))
        at += 1
    side, level = _one_side(sides, tokens), _one_level(levels)
    return None if side is None or level is None else Phrase(side, level, tuple(sorted(set(nouns))))


def tokenize(words: str) -> list[str]:
    """Lower-case words and numbers: "Rib_left_3" -> rib left 3; "3rd" stays one token; accents go."""
    text = words.lower()
    for pattern, replacement in _REWRITTEN:
        text = re.sub(pattern, replacement, text)
    text = unicodedata.normalize("NFKD", text.replace("_", " "))
    text = "".join(c for c in text if not unicodedata.combining(c))
    return re.findall(r"\d+(?:st|nd|rd|th)\b|[^\W\d_]+|\d+", text)


def stem(word: str) -> str:
    """The singular, English or Latin; only has to be the same for both numbers of a word."""
    if word in _STEMS:
        return _STEMS[word]
    for ending, singular in _ENDINGS:
        if word.endswith(ending) and len(word) > len(ending) + 1:
            return word[: -len(ending)] + singular
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3:
        return word[:-1]
    return word


def function_words() -> frozenset[str]:
    """Every word that `parse` understands itself."""
    return frozenset(_SIDES) | frozenset(_NUMBER_OF) | SILENT | frozenset(_LEVEL_LETTERS)


def deciding_words() -> frozenset[str]:
    """The words for sides and numbers: mistaking one of them names another structure."""
    return frozenset(w for w in (*_SIDES, *_NUMBER_OF) if len(w) > 2)


def is_number(token: str) -> bool:
    """Digits, "3rd", "third", "three", "III"."""
    return _number(token) is not None


def _number(token: str) -> int | None:
    if token.isdecimal():
        return int(token)
    if token[:-2].isdecimal():  # "1th" may have been "11th": not understood
        number = int(token[:-2])
        return number if token[-2:] == {1: "st", 2: "nd", 3: "rd"}.get(number, "th") else None
    return _NUMBER_OF.get(token)


def _one_side(sides: list[tuple[int, str]], tokens: list[str]) -> str | None:
    said = {side for _, side in sides}
    if said <= {"both"} or len(said) == 1:
        return next(iter(said), "")
    if said == {"left", "right"} and len(sides) == 2:  # "left and right", nothing else in between
        (first, _), (second, _) = sides
        return "both" if tokens[first + 1 : second] == ["and"] else None
    return None


def _one_level(levels: set[str]) -> str | None:
    """ "L4" and "4" agree; "L4" and "3" do not. Two neighbours ("L4" and "L5") are the gap between them."""
    if frozenset(levels) in _GAPS:
        return _GAPS[frozenset(levels)]
    numbers = sorted(int(level) for level in levels if level.isdecimal())
    if len(levels) == len(numbers) == 2 and numbers[1] - numbers[0] == 1:
        return f"{numbers[0]}_{numbers[1]}"
    longest = max(levels, key=len, default="")
    named = [level for level in levels if not level.isdecimal()]
    level = named[0] if named else longest
    return level if all(x in (level, level.lstrip("CTLS")) for x in levels) else None
