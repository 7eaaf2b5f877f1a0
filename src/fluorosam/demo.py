"""`fluorosam demo`: one X-ray, five names and a click, on one page that opens in any browser."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Bool

from fluorosam import page
from fluorosam.evaluation.metrics import dice
from fluorosam.formats import reading
from fluorosam.formats.overlay import draw
from fluorosam.predictor import Mask, Point, Sam, load
from fluorosam.prompts import next_click
from fluoroseg.scene import Shot

TOOL = "k-wire 2.0 mm"
NAMES = ("left lung", "right lung", "heart", "spine", "liver")
CLICKED = "right lung"
"""Where the truth is known, the click goes into the middle of this one."""

_SIMULATED = (
    "A chest X-ray was simulated from the built-in phantom, with a K-wire in it. The network was asked for "
    "five structures by name and for one by a click; blue is what it found, orange the known truth."
)
_OWN = (
    "The network was asked for five structures by name and for one by a click; blue is what it found. "
    "The truth is not known for this picture. Not for diagnosis."
)


@dataclass(frozen=True)
class Finding:
    """One question of the demonstration. truth is None where it is not known."""

    title: str
    found: Mask
    truth: Bool[np.ndarray, "h w"] | None
    click: Point | None = None

    @property
    def dice(self) -> float | None:
        return None if self.truth is None else dice(self.truth, self.found.array)


def make(out: Path, image: Path | None = None, model: str | None = None) -> Path:
    """Write `out/index.html` and return its path.

    image: an X-ray of the user's (no truth is known then); None simulates a chest X-ray of the phantom
    with a K-wire. An earlier page of ours is replaced, any other `index.html` is not: UsageError.
    """
    target = out / "index.html"
    page.check_ours(target)
    sam = load(model)
    if image is None:
        xray, shot = simulated()
        truth = {name: true_mask(shot, name) for name in NAMES}
    else:
        xray, truth = reading.open(image), {}
    page.write(target, _render(xray, findings(sam, xray, truth), image is None))
    return target


def simulated() -> tuple[reading.XRay, Shot]:
    """The phantom's chest with a K-wire, as a viewer shows it, and all that is known about it."""
    from fluoroseg.patients.phantom import phantom
    from fluoroseg.randomization.present import present
    from fluoroseg.scene import simulate

    shot = simulate(phantom(seed=0), view="pa chest", tools=[TOOL], size=448, seed=0)
    note = "simulated: the built-in phantom, PA chest, with a K-wire"
    return reading.XRay(present(shot.image), source=note), shot


def true_mask(shot: Shot, prompt: str) -> Bool[np.ndarray, "h w"]:
    """What the words stand for in a simulated picture, by the definitions that training uses."""
    from fluorosam.words import understand
    from fluoroseg.dataset.concepts import concepts

    names = list(shot.masks)
    here, _ = concepts({"objects": [{"name": name} for name in names], "known": shot.record["known"]})
    tools = {words: key for key in shot.masks for words in shot.phrases[key] if key == TOOL}
    wanted = understand(prompt).name or tools.get(prompt, "")
    parts = next((concept.objects for concept in here if concept.name == wanted), ())
    whole = np.zeros(shot.image.shape, dtype=bool)
    for part in parts:
        whole |= shot.masks[names[part]]
    return whole


def findings(sam: Sam, xray: reading.XRay, truth: dict[str, Bool[np.ndarray, "h w"]]) -> list[Finding]:
    """Five answers to words, one to a click."""
    view = sam.encode(xray)
    named = [Finding(f"“{one.prompt}”", one, truth.get(one.prompt)) for one in view.segment(list(NAMES))]
    target = truth.get(CLICKED)
    aim = target if target is not None else max((f.found.array for f in named), key=np.count_nonzero)
    point = next_click(aim, np.zeros_like(aim)) or (xray.shape[1] // 2, xray.shape[0] // 2, 1)
    clicked = view.segment(None, points=[point])
    return [*named, Finding(f"a click at {point[0]}, {point[1]}, no words", clicked, target, point)]


def _render(xray: reading.XRay, found: list[Finding], simulated: bool) -> str:
    together = draw(xray.pixels, [finding.found.array for finding in found[: len(NAMES)]])
    pictures = [page.figure(draw(xray.pixels, []), xray.source), page.figure(together, "all names together")]
    head = ["asked", "taken for", "present", "presence", "predicted score", "Dice" if simulated else "area"]
    parts = [
        page.row(pictures),
        page.table(head, [_line(finding) for finding in found]),
        page.row([_picture(xray, finding) for finding in found]),
    ]
    return page.document("FluoroSAM demo", _SIMULATED if simulated else f"{xray.path}. {_OWN}", parts)


def _line(finding: Finding) -> list[str]:
    one = finding.found
    last = f"{np.count_nonzero(one.array)} px" if finding.dice is None else f"{finding.dice:.3f}"
    verdict = "yes" if one.present else "no"
    return [finding.title, one.structure or "–", verdict, f"{one.presence:.2f}", f"{one.score:.2f}", last]


def _picture(xray: reading.XRay, finding: Finding) -> str:
    nothing = np.zeros(xray.shape, dtype=bool)
    truth = nothing if finding.truth is None else finding.truth
    rgb = draw(xray.pixels, [truth, finding.found.array], most_side=600, fill=0.15)
    if finding.click is not None:
        scale = rgb.shape[0] / xray.shape[0]
        page.cross(rgb, finding.click[0] * scale, finding.click[1] * scale)
    verdict = "" if finding.found.present else " — not found"
    score = "" if finding.dice is None else f", Dice {finding.dice:.2f}"
    return page.figure(rgb, f"{finding.title}{score}{verdict}")
