"""A user's words -> the structure that is meant, and the phrase that the network was taught for it."""

from dataclasses import dataclass

from fluorosam.errors import PromptError
from fluoroseg.anatomy import members, read


@dataclass(frozen=True)
class Wanted:
    """What a text prompt asks for.

    name: canonical structure or group name, "" where the anatomy does not know the words.
    phrase: the words that the network reads. members: canonical structure names in it.
    suggestions: what may have been meant, where `name` is "".
    """

    name: str
    phrase: str
    members: frozenset[str]
    suggestions: tuple[str, ...] = ()


def understand(words: str) -> Wanted:
    """Known anatomy gets its canonical phrase; other words are passed on as they are.

    Raises PromptError for empty or endless words.
    """
    if not words.strip():
        raise PromptError("the text prompt is empty; name a structure, for example 'left lung'")
    if len(words) > 300:
        raise PromptError(f"the text prompt has {len(words)} letters; 300 are enough to name a structure")
    answer = read(words)
    if answer.name:
        return Wanted(answer.name, canonical_phrase(answer.name), members(answer.name))
    return Wanted("", words.strip().lower(), frozenset(), answer.suggestions)


def canonical_phrase(name: str) -> str:
    """The one phrase for a canonical name, the same when training and when asked."""
    return name.replace("_", " ")
