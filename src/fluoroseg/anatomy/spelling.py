"""Which known words a misspelled one may be: forgiving for nouns, strict for sides and numbers."""

import difflib

from fluoroseg.anatomy import grammar

_OTHER_WORDS = (
    "angle anulus axial best border breath caudal chordae chords clavicular coast color colour core"
    " crest cystic dense ductal facet fast flat gastric glue hard hepatitis hilum labrum limbic limbus"
    " lingula lobular lobule margin medulla meniscus metal molar palmar patellar perineal peritoneal"
    " piriform pink plantar pleura pleural prominens radical radium ramus scales scapular serum shape"
    " should since sole stoma styloid subscapular supine suture taurus test thenar tibial trace ureteral"
    " ureteric urethral vaginal value vesical vulva"
)
_NO_MISTAKES = frozenset(_OTHER_WORDS.split())
"""Words of their own, so near to a noun of the tables that they would be taken for its misspelling."""


def corrections(token: str, nouns: frozenset[str]) -> list[str]:
    """Known words this token may be a misspelling of; [] when none, or when it might hide a side or number.

    Sides and numbers are corrected by one lost, added or swapped letter only ("tight" is not "right"),
    nouns when nothing alike begins otherwise (people misspell the inside: "river" is not "liver").
    """
    if token in _NO_MISTAKES:
        return []
    slips = [w for w in grammar.deciding_words() if _slipped(token, w)]
    unsure = any(_slipped(token, w) for w in grammar.SILENT)  # "ahnd": and, hand
    short = grammar.function_words() - {w for w in grammar.SILENT if len(w) > 5}  # "lumber" is no "number"
    if unsure or any(_substituted(token, w) for w in short):
        return []
    stem = grammar.stem(token)
    alike = _alike(stem, nouns) if len(stem) > 3 else []
    return [] if any(noun[0] != stem[0] for noun in alike) else sorted({*alike, *slips})[:6]


def _alike(stem: str, nouns: frozenset[str]) -> list[str]:
    """The noun most like the stem, those that are nearly as like it, and those one slip away."""
    cutoff = 0.8 if len(stem) < 7 else 0.85
    match = difflib.SequenceMatcher(b=stem)  # analyses b once
    ratios = {}
    furthest = len(stem) * 2 * (1 - cutoff) / cutoff  # no ratio reaches the cutoff beyond
    for noun in nouns:
        if abs(len(noun) - len(stem)) > furthest:
            continue
        match.set_seq1(noun)
        if match.real_quick_ratio() >= cutoff and match.quick_ratio() >= cutoff:
            ratios[noun] = match.ratio()
    least = max(cutoff, max(ratios.values(), default=0.0) - 0.07)
    if len(stem) < 6:  # little is left of a short word when more than a letter is wrong
        slips = [n for n in nouns if _slipped(stem, n)]
        return slips or [n for n in nouns if _substituted(stem, n)]
    return [n for n in nouns if ratios.get(n, 0.0) >= least or _slipped(stem, n)]


def _slipped(token: str, word: str) -> bool:
    """Whether token is word with one letter lost, one added (but no plural), or two neighbours swapped."""
    if len(token) < 3 or abs(len(token) - len(word)) > 1 or token == word + "s":
        return False
    short, long = sorted((token, word), key=len)
    if len(short) < len(long):
        return any(long[:i] + long[i + 1 :] == short for i in range(len(long)))
    return any(word[:i] + word[i + 1] + word[i] + word[i + 2 :] == token for i in range(len(word) - 1))


def _substituted(token: str, word: str) -> bool:
    return len(token) == len(word) > 3 and sum(a != b for a, b in zip(token, word, strict=True)) == 1
