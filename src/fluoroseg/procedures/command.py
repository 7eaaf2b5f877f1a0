"""What `fluoroseg tools procedures` does."""

import argparse

from fluoroseg.program import tell


def list_procedures(args: argparse.Namespace) -> int:
    """Every procedure with what it is, its views, and the families of tools that may be in it."""
    from fluoroseg.procedures.procedure import procedures

    told = [
        {
            "name": what.name,
            "description": what.description,
            "views": list(what.views),
            "tools": list(dict.fromkeys(family for step in what.steps for family in step.tools)),
        }
        for what in procedures().values()
    ]
    width = max(len(what.name) for what in procedures().values())
    lines = [f"{what.name:<{width}}  {what.description}" for what in procedures().values()]
    tell(args.json, {"procedures": told}, "\n".join(lines))
    return 0
