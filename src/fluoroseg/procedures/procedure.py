"""Scenes with a purpose: which tools belong together, where, and in which views they are seen.

A table (`procedures.toml`) has one block for each procedure:

    ["hip nailing"]
    description = "intramedullary fixation of a fracture of the upper femur"
    views = ["ap {side} hip", "ap pelvis"]     # standard views; the likeliest first
    steps = [
        {tools = ["cephalomedullary nail"], in = ["femur_{side}"]},
        {tools = ["k-wire", "schanz pin"], in = ["femur_{side}"], number = [1, 2], chance = 0.5},
    ]

`tools` are families, one of which is drawn, then one of its models, again until one fits. `in` overrides
their own targets, `number` is drawn from first to last, and a step happens by `chance` (1 if left out).
`{side}` is the same side all through. `kind = "rods"` makes pedicle screws in neighbouring vertebrae, joined.
"""

import difflib
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from fluoroseg.errors import UsageError
from fluoroseg.geometry.camera import Camera
from fluoroseg.patients.patient import Patient
from fluoroseg.procedures.fusion import fuse
from fluoroseg.tools.arrangement import Arrangement
from fluoroseg.tools.body import Body
from fluoroseg.tools.catalogue import tools
from fluoroseg.tools.in_joint import JOINTS
from fluoroseg.tools.placement import place_in
from fluoroseg.tools.tool import Tool

_MODELS_TRIED = 6


@dataclass(frozen=True)
class Step:
    """Fields as in the table; `into` is its `in`."""

    tools: tuple[str, ...]
    into: tuple[str, ...] = ()
    number: tuple[int, int] = (1, 1)
    chance: float = 1.0
    kind: str = "one"


@dataclass(frozen=True)
class Procedure:
    """A kind of scene. views: names of standard views, with `{side}` where it has one."""

    name: str
    description: str
    views: tuple[str, ...]
    steps: tuple[Step, ...]

    def views_on(self, side: str) -> tuple[str, ...]:
        """Its views when it is done on that side."""
        return tuple(view.format(side=side) for view in self.views)


@cache
def procedures() -> dict[str, Procedure]:
    """Name -> procedure, in the order of the table."""
    text = (files("fluoroseg.procedures") / "procedures.toml").read_text(encoding="utf-8")
    return {
        name: Procedure(name, b["description"], tuple(b["views"]), tuple(_step(s) for s in b["steps"]))
        for name, b in tomllib.loads(text).items()
    }


def procedure(name: str) -> Procedure:
    """The procedure with this name (capitals, hyphens do not matter). UsageError with suggestions."""
    plain = re.sub(r"[\s_-]+", " ", name.lower()).strip()
    for known, found in procedures().items():
        if known.replace("-", " ") == plain:
            return found
    near = difflib.get_close_matches(plain, procedures(), n=4, cutoff=0.4) or list(procedures())
    raise UsageError(f"there is no procedure {name!r}; did you mean one of: {', '.join(near)}?")


def perform(
    found: Arrangement, what: Procedure, patient: Patient, camera: Camera, rng: np.random.Generator
) -> None:
    """Adds what belongs to a procedure, as far as this patient and this picture have places for it.

    Where it has a side, that is one whose structures the picture shows, by chance.
    """
    body = Body(patient, camera)
    side = _side(what, body, rng)
    for step in what.steps:
        if rng.random() >= step.chance:
            continue
        into = tuple(target.format(side=side) for target in step.into)
        if step.kind == "rods":
            fuse(found, _models(step.tools), body, into, rng)
            continue
        for _ in range(int(rng.integers(step.number[0], step.number[1] + 1))):
            _place_one(found, _models(step.tools), body, into, rng)


def _place_one(
    found: Arrangement,
    models: dict[str, list[Tool]],
    body: Body,
    into: tuple[str, ...],
    rng: np.random.Generator,
) -> None:
    """A model of a family; another one where it does not fit."""
    family = models[sorted(models)[int(rng.integers(len(models)))]]
    order = rng.permutation(len(family))[:_MODELS_TRIED]
    placed = None
    for index in order:
        placed = place_in(body, family[index], rng, into)
        if placed is not None:
            found.add(family[index], placed)
            return
    found.add(family[order[0]], None)


def _side(what: Procedure, body: Body, rng: np.random.Generator) -> str:
    """A side of which the picture shows something that the procedure is about."""
    sides = ["left", "right"]
    wanted = [target for step in what.steps for target in step.into if "{side}" in target]
    bones = [JOINTS[t.split()[0]].bone + "_{side}" if t.split()[0] in JOINTS else t for t in wanted]
    seen = [s for s in sides if body.seen(body.named(t.format(side=s) for t in bones))]
    choices = seen or sides
    return choices[int(rng.integers(len(choices)))]


def _models(families: Sequence[str]) -> dict[str, list[Tool]]:
    by_family = _by_family()
    return {family: by_family[family] for family in families}


@cache
def _by_family() -> dict[str, list[Tool]]:
    found: dict[str, list[Tool]] = {}
    for one in tools().values():
        found.setdefault(one.family, []).append(one)
    return found


def _step(block: dict[str, Any]) -> Step:
    number = tuple(block.get("number", (1, 1)))
    return Step(
        tuple(block["tools"]),
        tuple(block.get("in", ())),
        (number[0], number[-1]),
        float(block.get("chance", 1.0)),
        block.get("kind", "one"),
    )
