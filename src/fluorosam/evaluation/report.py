"""Scores -> tables: `report.json` for programs, `report.md` for people."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from fluorosam.evaluation.evaluate import Score

ALL = "(all)"


def by_prompt(scores: Sequence[Score]) -> dict[str, list[Score]]:
    """The scores of each prompt, prompts in alphabetical order."""
    groups: dict[str, list[Score]] = {}
    for score in sorted(scores, key=lambda s: s.case.prompt):
        groups.setdefault(score.case.prompt, []).append(score)
    return groups


def summary(scores: Sequence[Score]) -> dict[str, Any]:
    """Prompt -> its numbers; `(all)` is the mean over all cases.

    dice, iou: a list over the number of clicks (0 = words alone) of mean and standard deviation over the
    cases. called_present: how many of the cases in which the structure is there were called present;
    called_absent: how many of the others were called absent. wrong_side: how many answers by words lie
    rather on the other side, of those that can be told.
    """
    groups = by_prompt(scores)
    return {name: _numbers(group) for name, group in [*groups.items(), (ALL, list(scores))]}


def case_record(score: Score) -> dict[str, Any]:
    """One case for `report.json`."""
    return {
        "image": score.case.image.name,
        "prompt": score.case.prompt,
        "dice": [round(v, 4) for v in score.dice],
        "iou": [round(v, 4) for v in score.iou],
        "present": score.present,
        "presence": round(score.presence, 4),
        "score": round(score.score, 4),
        "truth_px": score.truth_px,
        "wrong_side": score.wrong_side,
    }


def table(numbers: dict[str, Any]) -> str:
    """A Markdown table of `summary`: mean Dice ± standard deviation by words, then with clicks."""
    counts = range(len(next(iter(numbers.values()))["dice"]))
    head = [
        "prompt",
        "n",
        "text only",
        *(f"+{n} point{'s' * (n > 1)}" for n in counts if n),
        "called present",
        "wrong side",
    ]
    rows = []
    for prompt, entry in numbers.items():
        values = [f"{d['mean']:.3f} ± {d['sd']:.3f}" for d in entry["dice"]]
        there, absent = entry["called_present"], entry["called_absent"]
        calls = f"{there[0]}/{there[1]}" + (f", absent {absent[0]}/{absent[1]}" if absent[1] else "")
        sides = "{}/{}".format(*entry["wrong_side"]) if entry["wrong_side"][1] else ""
        rows.append([prompt, str(entry["n"]), *values, calls, sides])
    return _markdown(head, rows)


def case_table(scores: Sequence[Score]) -> str:
    """A Markdown table of single cases, worst first within each prompt."""
    head = ["prompt", "image", "text only", "most points", "presence", "score"]
    rows = [
        [
            s.case.prompt,
            s.case.image.name,
            *(f"{v:.3f}" for v in (s.dice[0], s.dice[-1], s.presence, s.score)),
        ]
        for group in by_prompt(scores).values()
        for s in sorted(group, key=lambda s: s.dice[0])
    ]
    return _markdown(head, rows)


def _numbers(scores: list[Score]) -> dict[str, Any]:
    there = [s for s in scores if s.truth_px]
    absent = [s for s in scores if not s.truth_px]
    sides = [s.wrong_side for s in scores if s.wrong_side is not None]
    return {
        "n": len(scores),
        "dice": _spread([s.dice for s in scores]),
        "iou": _spread([s.iou for s in scores]),
        "called_present": [sum(s.present for s in there), len(there)],
        "called_absent": [sum(not s.present for s in absent), len(absent)],
        "wrong_side": [sum(sides), len(sides)],
    }


def _spread(values: list[tuple[float, ...]]) -> list[dict[str, float]]:
    """Mean and sample standard deviation (0 for a single case) for each count of clicks."""
    array = np.array(values)
    sd = array.std(axis=0, ddof=1) if len(array) > 1 else np.zeros(array.shape[1])
    return [
        {"mean": round(float(m), 4), "sd": round(float(s), 4)}
        for m, s in zip(array.mean(axis=0), sd, strict=True)
    ]


def _markdown(head: list[str], rows: list[list[str]]) -> str:
    lines = [[cell.replace("|", "/") for cell in line] for line in (head, *rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    text = ["| " + " | ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)) + " |" for line in lines]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([text[0], rule, *text[1:]])
