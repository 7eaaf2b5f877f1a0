"""Seven hundred phrases as a radiologist, surgeon, engineer or patient would say them, with their answers.

phrase_set.csv: words, the canonical name that they mean ("" = must be asked back or is not known), manner.
"""

import csv
from pathlib import Path

from fluoroseg.anatomy import read, structure, title
from fluoroseg.anatomy.catalogue import group_table, members

with Path(__file__).with_name("phrase_set.csv").open(encoding="utf-8") as file:
    SET = [(row["words"], row["name"], row["manner"]) for row in csv.DictReader(file)]


def test_the_set_is_large_and_its_names_exist():
    assert len(SET) >= 400
    assert len({words.lower() for words, _, _ in SET}) == len(SET)
    assert all(members(name) for _, name, _ in SET if name)


def test_nearly_every_phrase_is_understood():
    wrong = [(words, name, read(words).name) for words, name, _ in SET if not understood(words, name)]
    assert len(wrong) <= 0.01 * len(SET), wrong


def test_side_and_level_are_never_wrong():
    for words, name, _ in SET:
        answer = read(words)
        if answer.name and name:
            assert places(answer.name) == places(name), words
        assert not answer.name or name, words  # what must be asked back is never answered


def test_corrected_spellings_are_told():
    for words, name, manner in SET:
        answer = read(words)
        if manner == "typos" and answer.name == name != "":
            assert answer.corrected or read(words, strict=True).name == name, words


def understood(words: str, name: str) -> bool:
    """Named right, or, where it was not understood for sure, asked back with the right name."""
    answer = read(words)
    return answer.name == name or (not answer.name and title(name) in answer.suggestions)


def places(name: str) -> set[tuple[str, str]]:
    """Sides and levels of the structures that a name was made of."""
    chosen = group_table()[name].chosen if name in group_table() else (name,)
    return {(structure(n).side, structure(n).level) for n in chosen}
