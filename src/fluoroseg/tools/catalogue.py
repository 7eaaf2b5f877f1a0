"""All tools by name."""

import difflib
import re
from functools import cache
from types import MappingProxyType

from fluoroseg.errors import UsageError
from fluoroseg.tools.family import families
from fluoroseg.tools.own import is_file, tool_of_words
from fluoroseg.tools.tool import Tool

_SAME = {"kirschner": "k", "cortex": "cortical", "spongiosa": "cancellous", "intramedullary": "im"}
_PARTS = re.compile(r"\d+(?:\.\d+)?|[a-z]+")


@cache
def tools() -> MappingProxyType[str, Tool]:
    """Name -> tool, in the order of the catalogue. Nothing is built."""
    return MappingProxyType({one.name: one for f in families().values() for one in map(f.tool, f.rows())})


def tool(name: str) -> Tool:
    """A tool by its name, forgiving ("K wire 2mm", "Kirschner wire", "cortex screw 4.5x40"). UsageError.

    A family's name, or another word for it, without any size means the family's default model. A file
    ("x.stl", "x.stl:peek") is read as `tool_from_file` does, whose errors are raised.
    """
    if is_file(name):
        return tool_of_words(name)
    if name.lower() in tools():
        return tools()[name.lower()]
    words, numbers = _plain(name)
    exact, by_words = _index()
    if (words, numbers) in exact:
        return tools()[exact[words, numbers]]
    for family in by_words.get(words, ()):
        models = {_plain(one)[1]: one for one in reversed(_models(family))}
        if not numbers:
            return tools()[families()[family].default or _models(family)[0]]
        if numbers in models:
            return tools()[models[numbers]]
    known = [one for family in by_words.get(words, ())[:1] for one in _models(family)] or list(tools())
    near = difflib.get_close_matches(name.lower(), known, n=3, cutoff=0.3) or known[:3]
    raise UsageError(f"there is no tool {name!r}; did you mean one of: {', '.join(near)}?")


def families_called(name: str) -> tuple[str, ...]:
    """Families that are called so: by their own name, else by any of their phrases. UsageError for none."""
    if name.lower() in families():
        return (name.lower(),)
    found = tuple(dict.fromkeys(_index()[1].get(_plain(name)[0], ())))
    if not found:
        near = difflib.get_close_matches(name.lower(), families(), n=3, cutoff=0.3)
        raise UsageError(f"there is no family of tools {name!r}; did you mean one of: {', '.join(near)}?")
    return found


@cache
def _index() -> tuple[dict[tuple[str, tuple[str, ...]], str], dict[str, list[str]]]:
    """Plain name -> name, and plain words without numbers -> the families that are called so."""
    exact: dict[tuple[str, tuple[str, ...]], str] = {}
    by_words: dict[str, list[str]] = {}
    for family in families().values():
        for phrase in (family.family, *(p for p in family.phrases if "{" not in p)):
            by_words.setdefault(_plain(phrase)[0], []).append(family.family)
    for one in tools().values():
        exact.setdefault(_plain(one.name), one.name)
    return exact, by_words


def _models(family: str) -> list[str]:
    return [one.name for one in tools().values() if one.family == family]


def _plain(name: str) -> tuple[str, tuple[str, ...]]:
    """ "K-wire 2.0 mm", "2 mm k-wires" and "Kirschner wire 2mm" -> ("k wire", ("2",))."""
    found = _PARTS.findall(re.sub(r"(?<=\d)\s*(?:mm|x)\b|(?<=\d)x(?=\d)", " ", name.lower()))
    numbers = tuple(f"{float(n):g}" for n in found if n[0].isdigit())
    words = (_SAME.get(w, w) for w in found if not w[0].isdigit() and w not in ("mm", "x", "the", "a"))
    return " ".join(_singular(word) for word in words), numbers


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 4 and word.endswith("s") and not word.endswith("ss") else word
