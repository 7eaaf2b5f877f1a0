"""The standard view that a person means."""

import re

from fluoroseg.errors import UsageError
from fluoroseg.geometry.standard import REGIONS, STANDARD_VIEWS


def canonical_view(name: str) -> str:
    """The standard view that a person means. Raises UsageError with suggestions.

    Words in any order, usual synonyms, "LAO 45 CRA 25". Of several views of one place the first is meant;
    a side is never guessed.
    """
    words = re.sub(r"[^a-z0-9]+", " ", name.lower())
    for pattern, meant in _SYNONYMS.items():
        words = re.sub(pattern, meant, words)
    wanted = frozenset(words.split()) - _FILLING
    fits = [view for view in STANDARD_VIEWS if wanted and wanted <= set(view.split())]
    exact = [view for view in fits if wanted == set(view.split())]
    places = {_place(view) for view in fits}  # "knee" is two
    here = [view for view in fits if set(_place(view).split()) == wanted]  # "pelvis", "left hip"
    if exact or here or (len(places) == 1 and wanted - _DIRECTIONS):
        return (exact or here or fits)[0]
    near = fits or [view for view in STANDARD_VIEWS if wanted & set(view.split())] or list(STANDARD_VIEWS)
    raise UsageError(f"there is no view {name!r}; did you mean one of: {', '.join(near[:40])}?")


def _place(view: str) -> str:
    region = STANDARD_VIEWS[view].region
    return REGIONS[region].place or region


_FILLING = frozenset({"view", "projection", "of", "the", "x", "ray", "xray", "radiograph", "a", "s"})
_DIRECTIONS = frozenset(
    {"ap", "pa", "lateral", "oblique", "left", "right", "spine", "lao", "rao", "lpo", "rpo"}
)
_SYNONYMS = {
    r"\b(antero ?posterior|frontal)\b": "ap",
    r"\bpostero ?anterior\b": "pa",
    r"\blat\b": "lateral",
    r"\bleft anterior oblique\b": "lao",
    r"\bright anterior oblique\b": "rao",
    r"\bleft posterior oblique\b": "lpo",
    r"\bright posterior oblique\b": "rpo",
    r"\b(cra|cran)\b": "cranial",
    r"\b(cau|caud)\b": "caudal",
    r"\b(lao|rao|cranial|caudal) \d+\b": r"\1",
    r"\b(thorax|cxr|lungs?)\b": "chest",
    r"\blordotic\b": "apical lordotic",
    r"\bapical apical\b": "apical",
    r"\bc ?spine\b": "cervical spine",
    r"\bt ?spine\b": "thoracic spine",
    r"\bl ?spine\b": "lumbar spine",
    r"\b(odontoid|peg)\b": "dens",
    r"\b(l5 s1|lumbosacral spot)\b": "lumbosacral junction",
    r"\bhead\b": "skull",
    r"\b(reverse )?(smv|submentovertical)\b": "submentovertex",
    r"\bpelvic\b": "pelvis",
    r"\bjudet\b": "oblique",
    r"\b(skyline|merchant)\b": "sunrise",
    r"\b(tibia( and)?( fibula)?|tib fib|shank)\b": "lower leg",
    r"\b(heel|os calcis)\b": "calcaneus",
    r"\b(scapular y|y view)\b": "y scapula",
    r"\baxillary\b": "axial",
    r"\btrue ap\b": "grashey",
    r"\bcollar ?bone\b": "clavicle",
    r"\b(coronary|coronaries)( arter(y|ies))?\b": "coronary arteries",
    r"\bcerebral( arteries)?\b": "cerebral arteries",
    r"\bventriculogram\b": "left ventricle",
}
