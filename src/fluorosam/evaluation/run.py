"""`fluorosam evaluate`: sets in, a report folder out."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from fluorosam.evaluation import report
from fluorosam.evaluation.evaluate import Failure, Score, evaluate
from fluorosam.evaluation.sets import read_set
from fluorosam.evaluation.sheet import sheet, worst
from fluorosam.failures import ALL_FAILED, Failures
from fluorosam.formats.inputs import unique_stems
from fluorosam.formats.output import check_free, check_results_folder, new_folder
from fluorosam.predictor import Sam, load

_DEFINITIONS = """\
Dice is 2 |A and B| / (|A| + |B|); two empty masks give 1. Mean ± standard deviation over the cases.
"text only" is the answer to the words alone; "+n points" the answer after n clicks of a simulated user on
top of the words, each in the middle of the largest remaining error. The model's own pick is scored, never
the best of several. What the model calls not present has an empty mask, hence Dice 0 where it is there.
"wrong side": answers by words that share more pixels with the same thing of the other side."""


def run(
    folders: Sequence[Path], points: int, out: Path, model: str | None, tell: Callable[[str], None]
) -> int:
    """Evaluate, print the tables, write `report.json`, `report.md`, a picture sheet for each set and one of
    the worst cases into `out` (which must not exist). Returns the exit code. Raises ReadError for a broken
    index, UsageError."""
    check_free(out)
    check_results_folder(out.parent)
    sets = [read_set(folder) for folder in folders]
    names = unique_stems(Path(one.name) for one in sets)
    sam, failures = load(model), Failures()
    scores: dict[str, list[Score]] = {}
    for name, one in zip(names, sets, strict=True):
        scores[name] = []
        for result in evaluate(sam, one, points):
            if isinstance(result, Failure):
                failures.add(result.image, result.error)
            else:
                scores[name].append(result)
        if scores[name]:
            tell(f"\n{name}\n\n{report.table(report.summary(scores[name]))}")
    scores = {name: of_set for name, of_set in scores.items() if of_set}
    if not scores:
        return ALL_FAILED
    with new_folder(out) as folder:
        _write(folder, sam, scores, points, model)
    tell(f"\n{out / 'report.md'}")
    return failures.finish(out, len(scores))


def _write(folder: Path, sam: Sam, scores: dict[str, list[Score]], points: int, model: str | None) -> None:
    record = {
        "model": model or "default",
        "points": points,
        "sets": {
            name: {"prompts": report.summary(of_set), "cases": [report.case_record(s) for s in of_set]}
            for name, of_set in scores.items()
        },
    }
    (folder / "report.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    text = [f"# Evaluation of {record['model']}", _DEFINITIONS]
    for name, of_set in scores.items():
        text += [f"## {name}", report.table(report.summary(of_set)), f"![sheet](sheet-{name}.png)"]
        sheet(sam, of_set, name).save(folder / f"sheet-{name}.png")
    worst(sam, [score for of_set in scores.values() for score in of_set]).save(folder / "worst.png")
    text += ["## The worst of all", "![the worst twenty](worst.png)"]
    for name, of_set in scores.items():
        text += [f"## {name}: every case", report.case_table(of_set)]
    (folder / "report.md").write_text("\n\n".join(text) + "\n", encoding="utf-8")
