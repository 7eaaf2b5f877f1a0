"""Families of tools: tables of sizes, and the functions that make tools from a row of them.

A table (`*.toml` in this package) has one block for each family:

    ["cortical screw"]
    make = "screws.cortical"             # function of a module here: keyword arguments -> tuple of Parts
    name = "cortical screw {diameter_mm} x {length_mm} mm"
    description = "cortical bone screw, ..., {diameter_mm} mm thick, {length_mm} mm long"
    phrases = ["screw", "cortical screw", "{diameter_mm} mm cortical screw"]   # generic ones first
    default = "cortical screw 4.5 x 40 mm"   # what the family's name alone means; without: its first model
    site = "bone"                        # of `tool.SITES`
    target = []                          # structures or joints; may be left out
    frame = "tip at the origin"          # where the origin is
    length = "length_mm"                 # largest extent: columns and numbers joined by " + "
    flexible = true                      # `make` takes a path first, [n, 3] mm from the tip; may be left out
    columns = ["diameter_mm", "length_mm", "core_mm"]
    models = [[4.5, [30, 40], 3.0]]      # a list in a row stands for a model of each of its values
    told = ["length_mm"]                 # columns for the texts alone, not for `make`; may be left out
    fixed = { material = "steel_316l" }  # what `make` gets for every model; may be left out

`{column}` in a text is the number as the table has it; columns in mm, deg and ratios reach `make` as floats.
"""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from importlib import import_module
from importlib.resources import files
from itertools import product
from typing import Any

import numpy as np
from jaxtyping import Float

from fluoroseg.errors import UsageError
from fluoroseg.tools.tool import Part, Tool

FIRST = ("wires", "screws", "plates", "nails", "fixators", "spine", "hip", "knee", "arm", "dental")
"""Tables in whose order families are looked through ("screw" means the first that is called so); all
others follow in the order of their names."""


@dataclass(frozen=True)
class Family:
    """A block of a table; fields as there."""

    family: str
    make: str
    name: str
    description: str
    phrases: tuple[str, ...]
    site: str
    frame: str
    length: str
    columns: tuple[str, ...]
    models: tuple[list[Any], ...]
    default: str = ""
    target: tuple[str, ...] = ()
    flexible: bool = False
    told: tuple[str, ...] = ()
    fixed: Mapping[str, Any] = field(default_factory=dict)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Column -> value for every model."""
        for model in self.models:
            for values in product(*(v if isinstance(v, list) else [v] for v in model)):
                yield dict(zip(self.columns, values, strict=True))

    def tool(self, row: dict[str, Any]) -> Tool:
        """The tool of one row; nothing is built yet."""
        row = dict(self.fixed) | row
        length = sum(float(row[t]) if t in row else float(t) for t in self.length.split(" + "))
        made = {c: v for c, v in row.items() if c not in self.told}
        sizes = {c: float(v) if _is_measure(c) else v for c, v in made.items()}
        words = {c: v.replace("_", " ") if isinstance(v, str) else v for c, v in row.items()}
        build: Callable[..., tuple[Part, ...]] = partial(_make, self.make, sizes)
        along = build if self.flexible else None
        return Tool(
            name=self.name.format_map(words),
            family=self.family,
            description=self.description.format_map(words),
            length_mm=length,
            phrases=tuple(dict.fromkeys(p.format_map(words) for p in (*self.phrases, self.name))),
            site=self.site,
            build=partial(build, _straight(length)) if self.flexible else build,
            along=along,
            target=tuple(t.format_map(row) for t in self.target),
        )


@cache
def families() -> dict[str, Family]:
    """Name -> family, in the order of the tables."""
    found = {}
    tables = {p.name.removesuffix(".toml"): p for p in files("fluoroseg.tools").iterdir()}
    tables = {name: p for name, p in sorted(tables.items()) if p.name.endswith(".toml")}
    for table in dict.fromkeys((*(t for t in FIRST if t in tables), *tables)):
        text = tables[table].read_text(encoding="utf-8")
        for name, block in tomllib.loads(text).items():
            if "make" not in block:  # a table of something else
                continue
            fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in block.items()}
            found[name] = Family(name, **fields)
    return found


def sized(family: str, **sizes: Any) -> Tool:
    """A tool with sizes of one's own: `sized("k-wire", diameter_mm=1.8)`; the rest as its family's first.

    Raises UsageError for an unknown family or column, or a measure that is not above 0.
    """
    if family not in families():
        raise UsageError(f"there is no family of tools {family!r}; there are: {', '.join(families())}")
    one = families()[family]
    unknown = [name for name in sizes if name not in one.columns]
    wrong = [n for n, v in sizes.items() if n.endswith("_mm") and not 0 < v < 3000]
    if unknown or wrong:
        raise UsageError(
            f"{family}: no sizes {[f'{n}={sizes[n]!r}' for n in unknown + wrong]}; it has "
            f"{', '.join(one.columns)}, those in mm above 0 and below 3000"
        )
    return one.tool(next(one.rows()) | sizes)


def _make(function: str, sizes: dict[str, Any], *path: Float[np.ndarray, "n 3"]) -> tuple[Part, ...]:
    module, _, name = function.partition(".")
    made: tuple[Part, ...] = getattr(import_module(f"fluoroseg.tools.{module}"), name)(*path, **sizes)
    return made


def _straight(length_mm: float) -> Float[np.ndarray, "n 3"]:
    """From the tip at the origin down the z axis."""
    return np.array([[0.0, 0.0, 0.0], [0.0, 0.0, -length_mm]])


def _is_measure(column: str) -> bool:
    return column.endswith(("_mm", "_deg", "_ratio"))
